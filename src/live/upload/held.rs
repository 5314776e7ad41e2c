//! An entry of an upload, and where it stands.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::options::Rules;
use super::state::Identity;
use super::{ENTRY_TEXT_BYTES_MAX, UploadEntry, UploadError};
use crate::channel::Recipient;
use crate::protocol::live as wire;

/// An entry and where it stands.
pub(super) struct Held {
    pub(super) entry: Arc<UploadEntry>,
    pub(super) stage: Stage,
    /// What consuming the entry gives; away while it is consumed.
    pub(super) meta: Option<Meta>,
}

pub(super) type Meta = Box<dyn Any + Send>;

pub(super) enum Stage {
    /// Not taken: it can only be cancelled.
    Invalid,
    /// Nothing has come yet.
    Waiting,
    /// A channel receives it, or has received it.
    Sending(Recipient<Notice>),
    /// The writer failed: it can only be cancelled.
    Failed,
    /// Used up; it goes after the current callback's changes are on their way.
    Consumed,
}

/// What an upload tells the channel of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::live) enum Notice {
    /// The entry is not wanted any more.
    Cancelled,
    /// The file has been used.
    Consumed,
    /// No chunk has come for some time.
    ChunkTimeout,
}

impl Held {
    /// An entry is done when the client has said so and all of it is there.
    pub(super) fn note_done(&mut self) {
        if self.entry.progress == 100 && self.meta.is_some() {
            Arc::make_mut(&mut self.entry).done = true;
        }
    }

    /// Tells the channel that the entry is not wanted any more.
    pub(super) fn cancel(self) {
        if let Stage::Sending(channel) = self.stage {
            tell(&channel, Notice::Cancelled);
        }
    }
}

/// Tells a channel; one that has ended need not know.
pub(super) fn tell(channel: &Recipient<Notice>, notice: Notice) {
    let _ = channel.send_reserved(notice);
}

/// Whether what the client says of a file is short enough to be kept.
pub(super) fn fits(chosen: &wire::UploadEntry) -> bool {
    let texts = [
        Some(&chosen.reference),
        Some(&chosen.name),
        chosen.relative_path.as_ref(),
        Some(&chosen.media_type),
    ];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    let meta = chosen
        .meta
        .as_ref()
        .map_or(0, |meta| meta.to_string().len());
    texts + meta <= ENTRY_TEXT_BYTES_MAX
}

pub(super) fn validate(entry: &UploadEntry, rules: &Rules) -> Result<(), UploadError> {
    if entry.client_size > rules.max_file_size {
        return Err(UploadError::TooLarge);
    }
    if !rules.accept.takes(entry) {
        return Err(UploadError::NotAccepted);
    }
    match &rules.validate {
        Some(validate) => validate(entry).map_err(UploadError::Custom),
        None => Ok(()),
    }
}

impl UploadEntry {
    pub(super) fn new(of: &Identity, chosen: wire::UploadEntry) -> Self {
        Self {
            reference: chosen.reference,
            upload_ref: of.reference.clone(),
            upload_name: of.name.clone(),
            uuid: Uuid::new_v4().to_string(),
            client_name: chosen.name,
            client_relative_path: chosen.relative_path,
            client_size: chosen.size,
            client_type: chosen.media_type,
            client_last_modified: chosen.last_modified,
            client_meta: chosen.meta,
            progress: 0,
            preflighted: false,
            valid: false,
            done: false,
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entry.fmt(f)
    }
}
