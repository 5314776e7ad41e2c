//! What an upload knows of its entries. It decides and does nothing else: whoever calls it tells the channels.

use std::fmt;
use std::sync::Arc;

use super::held::{Held, Meta, Notice, Stage, fits, validate};
use super::options::Rules;
use super::{ConsumeError, ENTRIES_OVER_MAX, MaxEntriesMode, UploadEntry, UploadError};
use crate::channel::Recipient;
use crate::protocol::live as wire;

pub(super) struct State {
    entries: Vec<Held>,
    /// By the reference of the entry, or of the upload.
    errors: Vec<(Arc<str>, UploadError)>,
    /// How many entries were consumed.
    consumed: usize,
    /// Whether files may be chosen.
    allowed: bool,
}

/// Why a channel may not receive an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegisterError {
    AlreadyRegistered,
    Disallowed,
}

/// Which upload entries belong to.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) reference: Arc<str>,
    pub(super) name: Arc<str>,
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            entries: Vec::new(),
            errors: Vec::new(),
            consumed: 0,
            allowed: true,
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<UploadEntry>> {
        self.entries.iter().map(|held| &held.entry)
    }

    pub(super) fn errors(&self) -> &[(Arc<str>, UploadError)] {
        &self.errors
    }

    pub(super) fn errors_of(&self, reference: &str) -> Vec<UploadError> {
        let own = self.errors.iter().filter(|(of, _)| **of == *reference);
        own.map(|(_, error)| error.clone()).collect()
    }

    pub(super) fn find(&self, reference: &str) -> Option<&Arc<UploadEntry>> {
        let held = self.held(reference)?;
        Some(&held.entry)
    }

    fn held(&self, reference: &str) -> Option<&Held> {
        let mut entries = self.entries.iter();
        entries.find(|held| held.entry.reference == reference)
    }

    fn held_mut(&mut self, reference: &str) -> Option<&mut Held> {
        let mut entries = self.entries.iter_mut();
        entries.find(|held| held.entry.reference == reference)
    }

    fn held_by_uuid(&mut self, uuid: &str) -> Option<&mut Held> {
        let mut entries = self.entries.iter_mut();
        entries.find(|held| held.entry.uuid == uuid)
    }

    /// Takes the files that were chosen and are not there yet (10.2). Says whether the client may send, and gives back the
    /// entries that they replace.
    pub(super) fn put_entries(
        &mut self,
        of: &Identity,
        rules: &Rules,
        chosen: Vec<wire::UploadEntry>,
    ) -> (bool, Vec<Held>) {
        if !self.allowed {
            return (false, Vec::new());
        }
        let replaced = self.replace_sole_entry(rules, &chosen);
        let entries_max = rules.max_entries.saturating_add(ENTRIES_OVER_MAX);
        for chosen in chosen {
            let known = self.held(&chosen.reference).is_some();
            if !known && self.entries.len() < entries_max && fits(&chosen) {
                self.put_entry(of, rules, chosen);
            }
        }
        if self.has_too_many(rules) {
            self.put_error(&of.reference, UploadError::TooManyFiles);
        }
        (rules.auto_upload || self.errors.is_empty(), replaced)
    }

    fn replace_sole_entry(&mut self, rules: &Rules, chosen: &[wire::UploadEntry]) -> Vec<Held> {
        let ([chosen], 1) = (chosen, rules.max_entries) else {
            return Vec::new();
        };
        if self.held(&chosen.reference).is_some() || !fits(chosen) {
            return Vec::new();
        }
        self.errors.clear();
        std::mem::take(&mut self.entries)
    }

    fn put_entry(&mut self, of: &Identity, rules: &Rules, chosen: wire::UploadEntry) {
        let mut entry = UploadEntry::new(of, chosen);
        let error = validate(&entry, rules).err();
        entry.valid = error.is_none();
        if let Some(error) = error {
            self.put_error(&entry.reference.as_str().into(), error);
        }
        self.entries.push(Held {
            stage: if entry.valid {
                Stage::Waiting
            } else {
                Stage::Invalid
            },
            entry: Arc::new(entry),
            meta: None,
        });
    }

    /// Adds an error, at the end and once.
    pub(super) fn put_error(&mut self, reference: &Arc<str>, error: UploadError) {
        let error = (reference.clone(), error);
        self.errors.retain(|held| *held != error);
        self.errors.push(error);
    }

    fn has_too_many(&self, rules: &Rules) -> bool {
        let consumed = match rules.max_entries_mode {
            MaxEntriesMode::Selected => 0,
            MaxEntriesMode::Total => self.consumed,
        };
        consumed + self.entries.len() > rules.max_entries
    }

    fn forget_too_many(&mut self, rules: &Rules) {
        if !self.has_too_many(rules) {
            let too_many = UploadError::TooManyFiles;
            self.errors.retain(|(_, error)| *error != too_many);
        }
    }

    /// Marks the entries that the client may send now, or be told why not: those of `references` that have room and were
    /// not marked before (10.3).
    pub(super) fn preflight(
        &mut self,
        rules: &Rules,
        references: &[String],
    ) -> Vec<Arc<UploadEntry>> {
        let room = match rules.max_entries_mode {
            MaxEntriesMode::Selected => rules.max_entries,
            MaxEntriesMode::Total => rules.max_entries.saturating_sub(self.consumed),
        };
        let mut marked = Vec::new();
        for held in self.entries.iter_mut().take(room) {
            if !held.entry.preflighted && references.contains(&held.entry.reference) {
                Arc::make_mut(&mut held.entry).preflighted = true;
                marked.push(held.entry.clone());
            }
        }
        marked
    }

    /// Notes where an external uploader sends an entry to.
    pub(super) fn put_meta(&mut self, uuid: &str, meta: Meta) {
        if let Some(held) = self.held_by_uuid(uuid) {
            held.meta = Some(meta);
        }
    }

    /// Gives an entry to a channel.
    pub(super) fn register(
        &mut self,
        reference: &str,
        channel: Recipient<Notice>,
    ) -> Result<Arc<UploadEntry>, RegisterError> {
        let held = self.held_mut(reference).ok_or(RegisterError::Disallowed)?;
        match held.stage {
            Stage::Waiting => {
                held.stage = Stage::Sending(channel);
                Ok(held.entry.clone())
            }
            Stage::Sending(_) => Err(RegisterError::AlreadyRegistered),
            Stage::Invalid | Stage::Failed | Stage::Consumed => Err(RegisterError::Disallowed),
        }
    }

    /// Notes that the file is complete; what it is comes back if nobody wants it any more.
    pub(super) fn complete(&mut self, uuid: &str, meta: Meta) -> Option<Meta> {
        let Some(held) = self.held_by_uuid(uuid) else {
            return Some(meta);
        };
        held.meta = Some(meta);
        held.note_done();
        None
    }

    /// Notes how far the client says it is.
    pub(super) fn put_progress(&mut self, reference: &str, percent: u8) {
        if let Some(held) = self.held_mut(reference) {
            Arc::make_mut(&mut held.entry).progress = percent;
            held.note_done();
        }
    }

    /// Notes that the writer of an entry failed; says whether the entry is still there.
    pub(super) fn fail(&mut self, uuid: &str, why: String) -> bool {
        let Some(held) = self.held_by_uuid(uuid) else {
            return false;
        };
        held.stage = Stage::Failed;
        let reference = held.entry.reference.as_str().into();
        self.put_error(&reference, UploadError::WriterFailure(why));
        true
    }

    /// Drops an entry that its channel has left unfinished, or finished and unused.
    pub(super) fn channel_ended(&mut self, uuid: &str, rules: &Rules) -> Option<Held> {
        let held = self.held_by_uuid(uuid)?;
        let Stage::Sending(_) = held.stage else {
            return None;
        };
        let reference = held.entry.reference.clone();
        self.remove(&reference, rules)
    }

    /// Drops an entry.
    pub(super) fn remove(&mut self, reference: &str, rules: &Rules) -> Option<Held> {
        let position = self
            .entries
            .iter()
            .position(|held| held.entry.reference == reference)?;
        let removed = self.entries.remove(position);
        self.errors.retain(|(of, _)| **of != *reference);
        self.forget_too_many(rules);
        Some(removed)
    }

    /// Takes no more files and drops all entries.
    pub(super) fn close(&mut self) -> Vec<Held> {
        self.allowed = false;
        self.errors.clear();
        std::mem::take(&mut self.entries)
    }

    /// Hands out what one entry became.
    pub(super) fn take(&mut self, uuid: &str) -> Result<(Arc<UploadEntry>, Meta), ConsumeError> {
        let held = self.held_by_uuid(uuid).ok_or(ConsumeError::NoSuchEntry)?;
        if !held.entry.done {
            return Err(ConsumeError::InProgress);
        }
        let meta = held.meta.take().ok_or(ConsumeError::NoSuchEntry)?;
        Ok((held.entry.clone(), meta))
    }

    /// Hands out what all entries became, unless one is still in progress.
    pub(super) fn take_all(&mut self) -> Result<Vec<(Arc<UploadEntry>, Meta)>, ConsumeError> {
        if self.entries.iter().any(|held| !held.entry.done) {
            return Err(ConsumeError::InProgress);
        }
        let entries = self.entries.iter_mut();
        let taken = entries.filter_map(|held| Some((held.entry.clone(), held.meta.take()?)));
        Ok(taken.collect())
    }

    /// Marks an entry as used up and gives its channel, if it has one.
    pub(super) fn consumed(&mut self, uuid: &str) -> Option<Recipient<Notice>> {
        let held = self.held_by_uuid(uuid)?;
        match std::mem::replace(&mut held.stage, Stage::Consumed) {
            Stage::Sending(channel) => Some(channel),
            _ => None,
        }
    }

    /// Drops an entry that was used up.
    pub(super) fn remove_consumed(&mut self, uuid: &str, rules: &Rules) {
        let consumed = self.held_by_uuid(uuid).and_then(|held| {
            let consumed = matches!(held.stage, Stage::Consumed);
            consumed.then(|| held.entry.reference.clone())
        });
        if let Some(reference) = consumed {
            self.consumed += 1;
            self.remove(&reference, rules);
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("entries", &self.entries)
            .field("errors", &self.errors)
            .field("consumed", &self.consumed)
            .field("allowed", &self.allowed)
            .finish()
    }
}

#[cfg(test)]
mod tests;
