//! What happens to entries while they are sent, and after.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::UploadConfig;
use crate::channel::{Crash, Recipient};
use crate::live;
use crate::live::mail::PartMail;
use crate::live::upload::UploadEntry;
use crate::live::upload::held::{Meta, Notice, tell};
use crate::live::upload::open::OpenUploads;
use crate::live::upload::options::Destination;
use crate::live::upload::state::RegisterError;
use crate::live::upload::writer::{AnyWriter, OpenWriter};

/// What the channel of an entry did, or what became of the entry after a callback.
#[derive(Debug)]
pub(crate) struct UploadMail {
    pub(in crate::live) upload: Arc<UploadConfig>,
    entry: Arc<UploadEntry>,
    news: News,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// The client has begun to send the file.
    Begun,
    /// The entry was used and goes.
    Consumed,
    /// The entry went with its channel.
    Ended,
    /// The writer failed; the entry stays.
    Failed,
}

impl UploadConfig {
    pub(in crate::live::upload) const fn chunk_timeout(&self) -> Duration {
        self.rules.chunk_timeout
    }

    /// Gives an entry to a channel.
    pub(in crate::live::upload) fn register(
        &self,
        reference: &str,
        channel: Recipient<Notice>,
    ) -> Result<Arc<UploadEntry>, RegisterError> {
        self.state.lock().register(reference, channel)
    }

    pub(in crate::live::upload) async fn open_writer(
        &self,
        entry: &UploadEntry,
    ) -> live::Result<Box<dyn AnyWriter>> {
        let writer = self.writer();
        let (open, uploads) =
            writer.ok_or_else(|| Crash::new("only uploads of a connected view have writers"))?;
        open(entry, uploads.dir()).await
    }

    fn writer(&self) -> Option<(&Arc<OpenWriter>, &OpenUploads)> {
        match (&self.rules.destination, &self.open) {
            (Destination::Writer(open), Some(uploads)) => Some((open, uploads)),
            _ => None,
        }
    }

    /// An entry's channel is open and ready for its file.
    pub(in crate::live::upload) fn begun(self: &Arc<Self>, entry: &Arc<UploadEntry>) {
        self.tell_view(entry, News::Begun);
    }

    /// The file of an entry is complete. One that nobody wants any more is dropped.
    pub(in crate::live::upload) fn complete(&self, entry: &UploadEntry, meta: Meta) {
        let unwanted = self.state.lock().complete(&entry.uuid, meta);
        drop(unwanted);
    }

    /// The writer of an entry failed.
    pub(in crate::live::upload) fn fail(self: &Arc<Self>, entry: &Arc<UploadEntry>, why: String) {
        if self.state.lock().fail(&entry.uuid, why) {
            self.tell_view(entry, News::Failed);
        }
    }

    /// The channel of an entry has ended.
    pub(in crate::live::upload) fn channel_ended(self: &Arc<Self>, entry: &Arc<UploadEntry>) {
        let removed = self.state.lock().channel_ended(&entry.uuid, &self.rules);
        if removed.is_some() {
            self.tell_view(entry, News::Ended);
        }
    }

    /// What an entry became has been used.
    pub(in crate::live::upload) fn consumed(self: &Arc<Self>, entry: &Arc<UploadEntry>) {
        let channel = self.state.lock().consumed(&entry.uuid);
        if let Some(channel) = channel {
            tell(&channel, Notice::Consumed);
        }
        if !self.tell_view(entry, News::Consumed) {
            self.remove_consumed(entry);
        }
    }

    fn remove_consumed(&self, entry: &UploadEntry) {
        let mut state = self.state.lock();
        state.remove_consumed(&entry.uuid, &self.rules);
    }

    /// Tells the view; false when it does not hear it. What it missed it shows with its next render.
    fn tell_view(self: &Arc<Self>, entry: &Arc<UploadEntry>, news: News) -> bool {
        let Some(view) = &self.view else {
            return false;
        };
        let mail = UploadMail {
            upload: self.clone(),
            entry: entry.clone(),
            news,
        };
        view.send_reserved(PartMail::Upload(mail)).is_ok()
    }
}

impl UploadMail {
    /// Whether the client is told even if the page stays as it is: Phoenix pushes a diff when a file begins to arrive.
    pub(in crate::live) fn is_always_told(&self) -> bool {
        matches!(self.news, News::Begun)
    }

    /// Does what waited until the view was free; gives the entry of which the view has to be told.
    pub(in crate::live) fn settle(&self) -> Option<Arc<UploadEntry>> {
        match self.news {
            News::Consumed => {
                self.upload.remove_consumed(&self.entry);
                None
            }
            News::Begun | News::Ended => None,
            News::Failed => {
                let state = self.upload.state.lock();
                let entry = state.find(&self.entry.reference).cloned();
                entry.filter(|entry| entry.uuid == self.entry.uuid)
            }
        }
    }
}

/// The entry of a channel: it goes with the channel.
#[derive(Debug)]
pub(in crate::live::upload) struct Ticket {
    upload: Weak<UploadConfig>,
    pub(in crate::live::upload) entry: Arc<UploadEntry>,
}

impl Ticket {
    pub(in crate::live::upload) fn new(
        upload: &Arc<UploadConfig>,
        entry: Arc<UploadEntry>,
    ) -> Self {
        let upload = Arc::downgrade(upload);
        Self { upload, entry }
    }

    pub(in crate::live::upload) fn complete(&self, meta: Meta) {
        if let Some(upload) = self.upload.upgrade() {
            upload.complete(&self.entry, meta);
        }
    }

    pub(in crate::live::upload) fn fail(&self, why: String) {
        if let Some(upload) = self.upload.upgrade() {
            upload.fail(&self.entry, why);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(upload) = self.upload.upgrade() {
            upload.channel_ended(&self.entry);
        }
    }
}
