mod transfer;

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;

use super::held::Held;
use super::open::OpenUploads;
use super::options::{Destination, Rules};
use super::state::{Identity, State};
use super::{MaxEntriesMode, UploadEntry, UploadError};
use crate::channel::Recipient;
use crate::live::component::ComponentId;
use crate::live::mail::PartMail;
use crate::protocol::live::{self as wire, UploadAnswer};

pub(super) use transfer::Ticket;
pub(crate) use transfer::UploadMail;

/// An upload as templates and the socket see it, `Phoenix.LiveView.UploadConfig`; an [`Upload`](super::Upload)
/// dereferences to it.
pub struct UploadConfig {
    identity: Identity,
    rules: Rules,
    /// The component that it belongs to; none for the view's own.
    component: Option<ComponentId>,
    /// Where the view hears what channels did.
    view: Option<Recipient<PartMail>>,
    open: Option<OpenUploads>,
    state: Mutex<State>,
}

impl UploadConfig {
    pub(super) fn new(
        identity: Identity,
        rules: Rules,
        component: Option<ComponentId>,
        view: Option<Recipient<PartMail>>,
        open: Option<OpenUploads>,
    ) -> Self {
        Self {
            identity,
            rules,
            component,
            view,
            open,
            state: Mutex::new(State::new()),
        }
    }

    /// The name the upload was allowed under, and that of its input.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.identity.name
    }

    /// What the page knows the upload by: the id of its input, and the value of `phx-drop-target`.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.identity.reference
    }

    /// The value of the input's attribute `accept`; none when every file is taken.
    #[must_use]
    pub fn accept(&self) -> Option<&str> {
        self.rules.accept.attribute()
    }

    /// How many files may be chosen.
    #[must_use]
    pub const fn max_entries(&self) -> usize {
        self.rules.max_entries
    }

    /// Which entries that number counts.
    #[must_use]
    pub const fn max_entries_mode(&self) -> MaxEntriesMode {
        self.rules.max_entries_mode
    }

    /// The largest file, in bytes.
    #[must_use]
    pub const fn max_file_size(&self) -> u64 {
        self.rules.max_file_size
    }

    /// Whether files are sent as soon as they are chosen.
    #[must_use]
    pub const fn auto_upload(&self) -> bool {
        self.rules.auto_upload
    }

    /// The files that were chosen, in that order, also those that are not taken.
    #[must_use]
    pub fn entries(&self) -> Vec<Arc<UploadEntry>> {
        self.state.lock().entries().cloned().collect()
    }

    /// The entries that are done, and those that are not.
    #[must_use]
    pub fn uploaded_entries(&self) -> (Vec<Arc<UploadEntry>>, Vec<Arc<UploadEntry>>) {
        self.entries().into_iter().partition(|entry| entry.done)
    }

    /// What is wrong with the upload as a whole, `upload_errors/1`.
    #[must_use]
    pub fn upload_errors(&self) -> Vec<UploadError> {
        self.state.lock().errors_of(self.reference())
    }

    /// What is wrong with one entry, `upload_errors/2`.
    #[must_use]
    pub fn entry_errors(&self, entry: &UploadEntry) -> Vec<UploadError> {
        self.state.lock().errors_of(&entry.reference)
    }

    /// Drops the entry with this reference, and what came of it; says whether it was there. The client hears of it from
    /// the next render and stops to send.
    pub fn cancel_upload(&self, reference: &str) -> bool {
        let removed = self.state.lock().remove(reference, &self.rules);
        let Some(held) = removed else {
            return false;
        };
        held.cancel();
        true
    }

    /// Takes no more files; entries that are still there are cancelled. So does dropping the upload.
    pub fn disallow_upload(&self) {
        if let Some(open) = &self.open {
            open.remove(self.reference());
        }
        cancel(self.state.lock().close());
    }

    /// References of entries, in their order, as the client compares them.
    pub(super) fn references(&self, of: impl Fn(&UploadEntry) -> bool) -> String {
        let state = self.state.lock();
        let entries = state.entries().filter(|entry| of(entry));
        let references: Vec<&str> = entries.map(|entry| &*entry.reference).collect();
        references.join(",")
    }

    /// What there are errors about; none when there are none.
    pub(super) fn error_references(&self) -> Option<String> {
        let state = self.state.lock();
        let mut references: Vec<&str> = Vec::new();
        for (reference, _) in state.errors() {
            if !references.contains(&&**reference) {
                references.push(reference);
            }
        }
        (!references.is_empty()).then(|| references.join(","))
    }

    pub(in crate::live) const fn component(&self) -> Option<ComponentId> {
        self.component
    }

    pub(in crate::live) const fn is_external(&self) -> bool {
        matches!(self.rules.destination, Destination::External)
    }

    /// Takes what was chosen; says whether the client may send.
    pub(in crate::live) fn put_entries(&self, chosen: Vec<wire::UploadEntry>) -> bool {
        let mut state = self.state.lock();
        let (allowed, replaced) = state.put_entries(&self.identity, &self.rules, chosen);
        drop(state);
        cancel(replaced);
        allowed
    }

    /// Marks entries of a preflight.
    pub(in crate::live) fn preflight(&self, references: &[String]) -> Vec<Arc<UploadEntry>> {
        self.state.lock().preflight(&self.rules, references)
    }

    pub(in crate::live) fn put_external(&self, entry: &UploadEntry, meta: Value) {
        self.state.lock().put_meta(&entry.uuid, Box::new(meta));
    }

    pub(in crate::live) fn put_error(&self, entry: &UploadEntry, error: UploadError) {
        let mut state = self.state.lock();
        state.put_error(&entry.reference.as_str().into(), error);
    }

    /// What is wrong with one entry, as clients are told of it.
    pub(in crate::live) fn json_errors(&self, entry: &UploadEntry) -> Vec<Value> {
        let errors = self.entry_errors(entry);
        errors.iter().map(UploadError::to_json).collect()
    }

    /// The answer to a preflight whose choice has errors.
    pub(in crate::live) fn refusal(&self) -> UploadAnswer {
        let state = self.state.lock();
        let errors = state.errors().iter();
        let mut error: Vec<_> = errors
            .map(|(of, error)| (of.to_string(), error.to_json()))
            .collect();
        if error.is_empty() {
            error.push((self.reference().to_owned(), "disallowed".into()));
        }
        UploadAnswer::Refused { error }
    }

    pub(in crate::live) fn client_config(&self) -> wire::UploadConfig {
        let timeout = self.rules.chunk_timeout.as_millis();
        wire::UploadConfig {
            max_file_size: self.rules.max_file_size,
            max_entries: self.rules.max_entries,
            chunk_size: self.rules.chunk_size,
            chunk_timeout: timeout.try_into().unwrap_or(u64::MAX),
        }
    }

    /// Notes how far the client is and gives the entry, if it is there.
    pub(in crate::live) fn put_progress(
        &self,
        reference: &str,
        progress: &wire::ProgressValue,
    ) -> Option<Arc<UploadEntry>> {
        let mut state = self.state.lock();
        match progress {
            wire::ProgressValue::Percent(percent) => state.put_progress(reference, *percent),
            wire::ProgressValue::Failed { .. } if self.is_external() => {
                state.find(reference)?;
                state.put_error(&reference.into(), UploadError::ExternalClientFailure);
            }
            wire::ProgressValue::Failed { .. } => {}
        }
        state.find(reference).cloned()
    }

    pub(super) fn state(&self) -> &Mutex<State> {
        &self.state
    }
}

fn cancel(entries: Vec<Held>) {
    for held in entries {
        held.cancel();
    }
}

impl fmt::Debug for UploadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadConfig")
            .field("name", &self.identity.name)
            .field("reference", &self.identity.reference)
            .field("rules", &self.rules)
            .field("component", &self.component)
            .finish_non_exhaustive()
    }
}
