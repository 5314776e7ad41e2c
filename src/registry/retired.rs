//! What readers may still see, and is to be dropped once they do not.

use std::mem;

use crossbeam_utils::CachePadded;

use super::readers::{GracePeriod, thread_number};
use super::sync::Mutex;

pub(super) struct Retired<T> {
    /// By thread, so that threads rarely meet here.
    stripes: Box<[CachePadded<Mutex<Batches<T>>>]>,
}

struct Batches<T> {
    fresh: Vec<T>,
    /// Retired before the grace period began.
    waiting: Option<(GracePeriod, Vec<T>)>,
}

const STRIPES: usize = if cfg!(bennu_loom) { 1 } else { 8 };

/// How many items gather in a stripe before their readers are asked after: that interrupts every
/// core that runs a thread of this process, and takes a microsecond or more.
const BATCH: usize = if cfg!(bennu_loom) { 1 } else { 64 };

impl<T> Retired<T> {
    pub(super) fn new() -> Self {
        Self {
            stripes: (0..STRIPES).map(|_| CachePadded::default()).collect(),
        }
    }

    /// Keeps what has just been taken out of the readers' sight, and gives back what none of them
    /// can see any more: at least now and then, for the caller to drop without a lock held.
    ///
    /// Nobody waits here. A reader that does not come to an end keeps everything retired since.
    #[must_use]
    pub(super) fn retire(&self, item: T) -> Vec<T> {
        let mut batches = self.stripes[thread_number() % STRIPES].lock();
        batches.fresh.push(item);
        if batches.fresh.len() < BATCH {
            return Vec::new();
        }
        batches.unseen()
    }

    /// Asks after the readers of everything there is, and gives back what none of them can see.
    #[must_use]
    pub(super) fn flush(&self) -> Vec<T> {
        let stripes = self.stripes.iter();
        stripes
            .flat_map(|batches| batches.lock().unseen())
            .collect()
    }
}

impl<T> Default for Batches<T> {
    fn default() -> Self {
        Self {
            fresh: Vec::new(),
            waiting: None,
        }
    }
}

impl<T> Batches<T> {
    fn unseen(&mut self) -> Vec<T> {
        let mut unseen = match &mut self.waiting {
            None => Vec::new(),
            Some((grace_period, batch)) if grace_period.is_over() => mem::take(batch),
            Some(_) => return Vec::new(),
        };
        self.waiting = None;
        if self.fresh.is_empty() {
            return unseen;
        }
        if let Some(grace_period) = GracePeriod::begin() {
            let batch = mem::take(&mut self.fresh);
            if grace_period.is_over() {
                unseen.extend(batch);
            } else {
                self.waiting = Some((grace_period, batch));
            }
        }
        unseen
    }
}
