//! What readers may still see, and is to be dropped once they do not.

use std::mem;

use super::readers::GracePeriod;
use super::stripes::Stripes;
use super::sync::Mutex;

pub(super) struct Retired<T> {
    /// By thread, so that threads rarely meet here.
    stripes: Stripes<Mutex<Batches<T>>>,
}

/// Items on their way out: `fresh`, then `waiting`, then `unseen`.
///
/// The three change places, so that their memory is used again.
struct Batches<T> {
    fresh: Vec<T>,
    /// Retired before `grace_period` began.
    waiting: Vec<T>,
    /// There while something waits.
    grace_period: Option<GracePeriod>,
    /// Retired before a grace period that is over.
    unseen: Vec<T>,
}

/// How many items gather in a stripe before their readers are asked after: that interrupts every
/// core that runs a thread of this process, and takes a microsecond or more.
const BATCH: usize = if cfg!(bennu_loom) { 1 } else { 128 };

impl<T> Retired<T> {
    pub(super) fn new() -> Self {
        Self {
            stripes: Stripes::new(Mutex::default),
        }
    }

    /// Keeps what has just been taken out of the readers' sight, and gives back up to two items
    /// that none of them can see any more, for the caller to drop without a lock held.
    ///
    /// Two, for one item comes: what was left behind is caught up with, and nobody drops many at
    /// a time. Nobody waits here. A reader that does not come to an end keeps everything retired
    /// since; without one a stripe has at most three batches.
    #[must_use]
    pub(super) fn retire(&self, item: T) -> [Option<T>; 2] {
        let mut batches = self.stripes.own().lock();
        batches.fresh.push(item);
        if batches.unseen.is_empty() && batches.fresh.len() >= BATCH {
            batches.advance();
        }
        [batches.unseen.pop(), batches.unseen.pop()]
    }

    /// Asks after the readers of everything there is, and gives back what none of them can see.
    #[must_use]
    pub(super) fn flush(&self) -> Vec<T> {
        let stripes = self.stripes.iter();
        stripes.flat_map(|stripe| stripe.lock().flush()).collect()
    }
}

impl<T> Default for Batches<T> {
    fn default() -> Self {
        Self {
            fresh: Vec::new(),
            waiting: Vec::new(),
            grace_period: None,
            unseen: Vec::new(),
        }
    }
}

impl<T> Batches<T> {
    /// Finds what is unseen by now, with nothing so before, and lets the fresh ones wait.
    fn advance(&mut self) {
        self.end_waiting();
        if self.grace_period.is_some() || self.fresh.is_empty() {
            return;
        }
        self.grace_period = GracePeriod::begin();
        if self.grace_period.is_some() {
            mem::swap(&mut self.waiting, &mut self.fresh);
            // Much gathered while somebody read for long.
            self.fresh.shrink_to(BATCH);
        }
        if self.unseen.is_empty() {
            self.end_waiting();
        }
    }

    /// For when nothing is unseen.
    fn end_waiting(&mut self) {
        debug_assert!(self.unseen.is_empty());
        if self
            .grace_period
            .take_if(|period| period.is_over())
            .is_some()
        {
            mem::swap(&mut self.unseen, &mut self.waiting);
        }
    }

    fn flush(&mut self) -> Vec<T> {
        let mut unseen = mem::take(&mut self.unseen);
        for _ in 0..2 {
            self.advance();
            unseen.append(&mut self.unseen);
        }
        unseen
    }
}

#[cfg(all(test, not(bennu_loom)))]
mod tests {
    use super::super::readers::Reading;
    use super::*;

    #[test]
    fn what_gathered_while_somebody_read_for_long_leaves_no_memory_behind() {
        let retired = Retired::new();
        let reading = Reading::begin();
        for item in 0..100 * BATCH {
            assert_eq!(retired.retire(item), [None, None]);
        }
        drop(reading);
        let capacities = || {
            let batches = retired.stripes.own().lock();
            [&batches.fresh, &batches.waiting, &batches.unseen].map(Vec::capacity)
        };
        // Other tests' readers are waited for, too, but none of them reads for long.
        while capacities().iter().any(|capacity| *capacity > 2 * BATCH) {
            let _ = retired.retire(0);
        }
        let kept = retired.flush().len();
        assert!(kept <= 3 * BATCH, "{kept}");
    }
}
