//! Counts a registry's entries and keeps them under the limit.

use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};

use crossbeam_utils::CachePadded;

use super::RegisterError;

#[derive(Debug)]
pub(super) struct Occupancy {
    entries: CachePadded<AtomicU32>,
    entries_max: u32,
}

impl Occupancy {
    pub(super) fn new(entries_max: u32) -> Self {
        Self {
            entries: CachePadded::default(),
            entries_max,
        }
    }

    pub(super) fn entries(&self) -> usize {
        self.entries.load(Ordering::Relaxed) as usize
    }

    /// Sets a place aside for an entry about to be inserted.
    pub(super) fn reserve(&self) -> Result<Reservation<'_>, RegisterError> {
        let room = |entries: u32| (entries < self.entries_max).then(|| entries + 1);
        self.entries
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .map_or(Err(RegisterError::Full), |_| Ok(Reservation(self)))
    }

    /// Gives the place of a removed entry back.
    pub(super) fn release(&self) {
        self.entries.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A place set aside; given back unless kept, so that a panic before the insertion costs nothing.
#[derive(Debug)]
pub(super) struct Reservation<'a>(&'a Occupancy);

impl Reservation<'_> {
    pub(super) fn keep(self) {
        mem::forget(self);
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}
