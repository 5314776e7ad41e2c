//! One thing several times, so that threads that would all write to it rarely meet.

use crossbeam_utils::CachePadded;

use super::readers::thread_number;

pub(super) struct Stripes<T>(Box<[CachePadded<T>]>);

/// A server has about as many threads as the machine has cores; more share stripes.
pub(super) const STRIPES: usize = if cfg!(bennu_loom) { 1 } else { 8 };

impl<T> Stripes<T> {
    pub(super) fn new(stripe: impl Fn() -> T) -> Self {
        Self((0..STRIPES).map(|_| stripe().into()).collect())
    }

    /// That of this thread.
    pub(super) fn own(&self) -> &T {
        &self.0[thread_number() % STRIPES]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|stripe| &**stripe)
    }
}
