//! What readers may still see, and is to be dropped once they do not.

use std::mem;

use super::readers::GracePeriod;
use super::stripes::{STRIPES, Stripes};
use super::sync::{AtomicU64, Mutex, Ordering};

pub(super) struct Retired<T> {
    /// By thread, so that threads rarely meet here.
    stripes: Stripes<Mutex<Batches<T>>>,
    /// The stripe that is helped next: nobody may retire anything there any more.
    helped: AtomicU64,
}

/// What no reader can see any more, for the caller to drop without a lock held.
#[must_use]
pub(super) struct Gone<T> {
    _own: [Option<T>; 2],
    /// Of a stripe that is far behind.
    _others: Vec<T>,
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
            helped: AtomicU64::new(0),
        }
    }

    /// Keeps what has just been taken out of the readers' sight, and gives back some items that
    /// none of them can see any more.
    ///
    /// Two, for one item comes: what was left behind is caught up with, and nobody drops many at
    /// a time. Once for each batch it is two batches of another stripe if that is far behind: its
    /// threads may have nothing more to retire. Nobody waits here. A reader that does not come to
    /// an end keeps everything retired since; without one each stripe comes down to three batches.
    pub(super) fn retire(&self, item: T) -> Gone<T> {
        let mut batches = self.stripes.own().lock();
        batches.fresh.push(item);
        let is_batch = batches.unseen.is_empty() && batches.fresh.len() >= BATCH;
        if is_batch {
            batches.advance();
        }
        let own = [batches.unseen.pop(), batches.unseen.pop()];
        drop(batches);
        let others = match is_batch && STRIPES > 1 {
            true => self.help(),
            false => Vec::new(),
        };
        Gone {
            _own: own,
            _others: others,
        }
    }

    /// Looks at one stripe after the other.
    #[cold]
    fn help(&self) -> Vec<T> {
        let helped = self.helped.fetch_add(1, Ordering::Relaxed) as usize % STRIPES;
        let stripe = self.stripes.iter().nth(helped);
        stripe.map_or_else(Vec::new, |stripe| stripe.lock().catch_up())
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

    /// Up to two batches that are unseen, if there are more than three in all.
    fn catch_up(&mut self) -> Vec<T> {
        if self.fresh.len() + self.waiting.len() + self.unseen.len() <= 3 * BATCH {
            return Vec::new();
        }
        if self.unseen.is_empty() {
            self.advance();
        }
        let left = self.unseen.len().saturating_sub(2 * BATCH);
        let gone = self.unseen.split_off(left);
        if left == 0 {
            self.unseen.shrink_to(BATCH);
        }
        gone
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
    use std::sync::{Arc, Barrier};
    use std::thread;

    use super::super::readers::Reading;
    use super::*;

    #[test]
    fn what_gathered_while_somebody_read_for_long_leaves_no_memory_behind() {
        let retired = Retired::new();
        let reading = Reading::begin();
        for item in 0..100 * BATCH {
            let gone = retired.retire(item);
            assert!(gone._own == [None, None] && gone._others.is_empty());
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

    /// Threads that retire nothing more leave it to others.
    #[test]
    fn what_gathered_in_all_stripes_goes_though_one_thread_alone_retires_more() {
        let retired = Retired::new();
        let item = Arc::new(());
        let retire = |items: usize| {
            for _ in 0..items {
                let _ = retired.retire(Arc::clone(&item));
            }
        };
        let reading = Reading::begin();
        // None ends before all have begun: it would hand its stripe on.
        let begun = Barrier::new(STRIPES);
        thread::scope(|scope| {
            for _ in 0..STRIPES {
                scope.spawn(|| {
                    retire(50 * BATCH);
                    begun.wait();
                });
            }
        });
        assert_eq!(Arc::strong_count(&item), 1 + STRIPES * 50 * BATCH);
        drop(reading);
        // Other tests' readers are waited for, too, but none of them reads for long.
        while Arc::strong_count(&item) > 1 + STRIPES * 3 * BATCH {
            retire(BATCH);
        }
    }
}
