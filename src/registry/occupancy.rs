//! Counts a registry's entries and keeps them under the limit.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};

use super::RegisterError;

#[derive(Debug)]
pub(super) struct Occupancy {
    entries: AtomicU64,
    entries_max: u32,
}

impl Occupancy {
    pub(super) fn new(entries_max: u32) -> Self {
        Self {
            entries: AtomicU64::new(0),
            entries_max,
        }
    }

    pub(super) fn entries(&self) -> usize {
        self.entries.load(Ordering::Relaxed) as usize
    }

    /// Sets a place aside for an entry about to be inserted.
    ///
    /// A refused attempt counts until it is refused: at the limit another may be refused with it.
    pub(super) fn reserve(&self) -> Result<Reservation<'_>, RegisterError> {
        let reservation = Reservation(self);
        let entries = self.entries.fetch_add(1, Ordering::Relaxed);
        if entries >= u64::from(self.entries_max) {
            return Err(RegisterError::Full);
        }
        Ok(reservation)
    }

    /// Gives the place of a removed entry back; answers whether it was the last.
    pub(super) fn release(&self) -> bool {
        self.entries.fetch_sub(1, Ordering::Relaxed) == 1
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
