//! Limits and callbacks of presences to be built.

use std::fmt;
use std::sync::Arc;

use super::callbacks::{ErasedFetch, ErasedHandleMetas};
use super::tracker::Tracker;
use super::{Fetch, HandleMetas, Presence};
use crate::pubsub::PubSub;

/// Limits and callbacks of a [`Presence`] to be built.
#[must_use = "a builder does nothing until it builds"]
pub struct Builder {
    pub(super) pubsub: PubSub,
    pub(super) presences_max: usize,
    pub(super) key_bytes_max: usize,
    pub(super) meta_bytes_max: usize,
    pub(super) waiting_metas_max: usize,
    pub(super) fetch: Option<Box<dyn ErasedFetch>>,
    pub(super) handle_metas: Option<Box<dyn ErasedHandleMetas>>,
}

impl Builder {
    pub(super) fn new(pubsub: PubSub) -> Self {
        Self {
            pubsub,
            presences_max: 10_000_000,
            key_bytes_max: 1_024,
            meta_bytes_max: 16 * 1_024,
            waiting_metas_max: 100_000,
            fetch: None,
            handle_metas: None,
        }
    }

    /// How many presences there may be at once: 10 million unless set. Beyond it tracking fails.
    pub const fn presences_max(mut self, presences_max: usize) -> Self {
        self.presences_max = presences_max;
        self
    }

    /// How many bytes a key may have: 1,024 unless set. Beyond it tracking fails.
    pub const fn key_bytes_max(mut self, key_bytes_max: usize) -> Self {
        self.key_bytes_max = key_bytes_max;
        self
    }

    /// How many bytes a meta may have as JSON, references included: 16 KiB unless set. Beyond it tracking or updating
    /// fails.
    pub const fn meta_bytes_max(mut self, meta_bytes_max: usize) -> Self {
        self.meta_bytes_max = meta_bytes_max;
        self
    }

    /// How many metas of one topic may wait for its callbacks and its subscribers: 100,000 unless set. Beyond it
    /// tracking and updating fail; who leaves, leaves all the same.
    pub const fn waiting_metas_max(mut self, waiting_metas_max: usize) -> Self {
        self.waiting_metas_max = waiting_metas_max;
        self
    }

    /// Enriches presences before they are seen.
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Box::new(fetch));
        self
    }

    /// Hears of every diff.
    pub fn handle_metas(mut self, handler: impl HandleMetas) -> Self {
        self.handle_metas = Some(Box::new(handler));
        self
    }

    /// The presences: nobody as yet.
    #[must_use]
    pub fn build(self) -> Presence {
        Presence(Arc::new(Tracker::new(self)))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("presences_max", &self.presences_max)
            .field("key_bytes_max", &self.key_bytes_max)
            .field("meta_bytes_max", &self.meta_bytes_max)
            .field("waiting_metas_max", &self.waiting_metas_max)
            .finish_non_exhaustive()
    }
}
