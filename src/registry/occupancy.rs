//! Counts a registry's entries and keeps them under the limit.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};

use super::RegisterError;
use super::stripes::{STRIPES, Stripes};

/// Threads claim places several at a time, and use up and refill what they claimed.
pub(super) struct Occupancy {
    claimed: AtomicU64,
    /// Of the places claimed, those that are not taken.
    spare: Stripes<AtomicU64>,
    entries_max: u64,
    /// How many places are claimed or given back at a time.
    step: u64,
}

impl Occupancy {
    pub(super) fn new(entries_max: u32) -> Self {
        let entries_max = u64::from(entries_max);
        Self {
            claimed: AtomicU64::new(0),
            spare: Stripes::new(AtomicU64::default),
            entries_max,
            step: (entries_max / (16 * STRIPES as u64)).clamp(1, 64),
        }
    }

    /// Exact while nothing comes or goes; else it may be a few steps off.
    pub(super) fn entries(&self) -> usize {
        let spare = |spare: &AtomicU64| spare.load(Ordering::Relaxed);
        let spare: u64 = self.spare.iter().map(spare).sum();
        self.claimed.load(Ordering::Relaxed).saturating_sub(spare) as usize
    }

    /// Sets a place aside for an entry about to be inserted.
    ///
    /// Spare places of other threads count as free: the limit is met to the entry.
    pub(super) fn reserve(&self) -> Result<Reservation<'_>, RegisterError> {
        let own = self.spare.own();
        if take(own, 1) || self.claim(own) || self.spare.iter().any(|spare| take(spare, 1)) {
            return Ok(Reservation(self));
        }
        Err(RegisterError::Full)
    }

    /// Gives the place of a removed entry back.
    pub(super) fn release(&self) {
        let own = self.spare.own();
        let spare = own.fetch_add(1, Ordering::Relaxed) + 1;
        if spare > 2 * self.step && take(own, self.step) {
            self.claimed.fetch_sub(self.step, Ordering::Relaxed);
        }
    }

    /// Claims as many places as there are, up to a step, and takes one of them.
    fn claim(&self, own: &AtomicU64) -> bool {
        let room = |claimed| self.step.min(self.entries_max - claimed);
        let claim = |claimed| (room(claimed) > 0).then(|| claimed + room(claimed));
        let relaxed = Ordering::Relaxed;
        let Ok(before) = self.claimed.fetch_update(relaxed, relaxed, claim) else {
            return false;
        };
        own.fetch_add(room(before) - 1, relaxed);
        true
    }
}

fn take(spare: &AtomicU64, places: u64) -> bool {
    let rest = |spare: u64| spare.checked_sub(places);
    spare
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest)
        .is_ok()
}

/// A place set aside; given back unless kept, so that a panic before the insertion costs nothing.
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

#[cfg(all(test, not(bennu_loom)))]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    /// Whoever claimed the places: what one thread has to spare another may use.
    #[test]
    fn every_place_is_given_and_none_twice() {
        for entries_max in [0, 1, 100, 1_000, 5_000] {
            let occupancy = Occupancy::new(entries_max);
            let taken = AtomicUsize::new(0);
            let fill = || {
                while let Ok(reservation) = occupancy.reserve() {
                    reservation.keep();
                    taken.fetch_add(1, Ordering::Relaxed);
                }
            };
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(fill);
                }
            });
            // Another may have been about to take what this thread found spare nowhere.
            fill();
            assert_eq!(taken.into_inner(), entries_max as usize);
            assert_eq!(occupancy.entries(), entries_max as usize);
        }
    }

    #[test]
    fn what_one_thread_takes_another_may_give_back() {
        let occupancy = Occupancy::new(100_000);
        for _ in 0..10 {
            for _ in 0..10_000 {
                occupancy.reserve().unwrap().keep();
            }
            assert_eq!(occupancy.entries(), 10_000);
            let release = || (0..10_000).for_each(|_| occupancy.release());
            thread::scope(|scope| scope.spawn(release).join().unwrap());
            assert_eq!(occupancy.entries(), 0);
        }
        let spare = |spare: &AtomicU64| spare.load(Ordering::Relaxed) <= 2 * occupancy.step;
        assert!(occupancy.spare.iter().all(spare));
    }
}
