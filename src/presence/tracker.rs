//! Runs the state: every change is announced to its topic, in order, with no lock held meanwhile.
//!
//! A topic has one publisher at a time. Whoever changes a topic that has none becomes it, and publishes what has
//! changed until nothing has; changes that others make meanwhile only join what is waiting.

mod phx_refs;
mod presences;
mod publisher;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytestring::ByteString;
use parking_lot::Mutex;
use serde::Serialize;

use self::phx_refs::PhxRefs;
use self::presences::{Presences, Publishes, push};
use self::publisher::Publisher;
use super::callbacks::{ErasedFetch, ErasedHandleMetas};
use super::error::BadMeta;
use super::state::{self, Limits, Replica, State};
use super::{Builder, Entry, Meta, PresenceDiff, PresenceState, TrackError, UpdateError};
use crate::channel::guard;
use crate::protocol::{Payload, event};
use crate::pubsub::{PubSub, SubscriberId};
use crate::telemetry;

/// All presences of one [`Presence`](super::Presence) on this node.
pub(super) struct Tracker {
    pubsub: PubSub,
    phx_refs: PhxRefs,
    key_bytes_max: usize,
    meta_bytes_max: usize,
    waiting_metas_max: usize,
    fetch: Option<Box<dyn ErasedFetch>>,
    handle_metas: Option<Box<dyn ErasedHandleMetas>>,
    presences: Mutex<Presences>,
}

/// One presence: who, and where.
pub(super) struct Presentee {
    owner: state::Owner,
    topic: ByteString,
    key: ByteString,
}

impl Presentee {
    pub(super) fn new(
        owner: &impl super::Owner,
        topic: impl Into<ByteString>,
        key: impl Into<ByteString>,
    ) -> Option<Self> {
        Some(Self {
            owner: state_owner(owner.subscriber_id()?),
            topic: topic.into(),
            key: key.into(),
        })
    }
}

const fn state_owner(id: SubscriberId) -> state::Owner {
    state::Owner(id.as_u64())
}

/// Ends all presences of its owner when dropped.
pub(super) struct Departure {
    tracker: Arc<Tracker>,
    owner: state::Owner,
}

impl Drop for Departure {
    fn drop(&mut self) {
        self.tracker.presences.lock().owners.remove(&self.owner);
        self.tracker.leave_all(self.owner);
    }
}

impl Tracker {
    pub(super) fn new(builder: Builder) -> Self {
        let replica = Replica::new(builder.pubsub.node_name(), micros_since_epoch());
        let limits = Limits {
            elements_max: builder.presences_max,
            ..Limits::default()
        };
        let presences = Presences::new(State::with_limits(replica, limits));
        Self {
            pubsub: builder.pubsub,
            phx_refs: PhxRefs::new(),
            key_bytes_max: builder.key_bytes_max,
            meta_bytes_max: builder.meta_bytes_max,
            waiting_metas_max: builder.waiting_metas_max,
            fetch: builder.fetch,
            handle_metas: builder.handle_metas,
            presences: Mutex::new(presences),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.presences.lock().state.len()
    }

    /// Adds a presence; answers its `phx_ref`, and what its owner has to keep unless it does already.
    pub(super) fn track(
        self: &Arc<Self>,
        presentee: Presentee,
        fields: &impl Serialize,
    ) -> Result<(String, Option<Departure>), TrackError> {
        let Presentee { owner, topic, key } = presentee;
        if key.len() > self.key_bytes_max {
            return Err(TrackError::KeyTooLong { bytes: key.len() });
        }
        let meta = self.next_meta(None, fields)?;
        let phx_ref = meta.phx_ref().to_owned();
        let mut presences = self.presences.lock();
        if presences.waiting_metas(&topic) >= self.waiting_metas_max {
            return Err(TrackError::Busy);
        }
        presences
            .state
            .join(owner, topic.clone(), key.clone(), meta.clone())?;
        let is_new = presences.owners.insert(owner);
        let publishes = presences.wait(&topic, |diff| push(&mut diff.joins, &key, meta));
        drop(presences);
        let departure = is_new.then(|| Departure {
            tracker: self.clone(),
            owner,
        });
        self.publish_if(publishes, topic);
        Ok((phx_ref, departure))
    }

    /// Replaces a meta; answers the new `phx_ref`.
    pub(super) fn update(
        self: &Arc<Self>,
        presentee: &Presentee,
        fields: &impl Serialize,
    ) -> Result<String, UpdateError> {
        let Presentee { owner, topic, key } = presentee;
        let mut former = self.meta(presentee).ok_or(UpdateError::NoPresence)?;
        let (phx_ref, publishes) = loop {
            // Serializing runs the application's code, which the lock must not wait for.
            let meta = self.next_meta(Some(former.phx_ref()), fields)?;
            let mut presences = self.presences.lock();
            let present = presences.state.get(*owner, topic, key).cloned();
            let present = present.ok_or(UpdateError::NoPresence)?;
            if present.phx_ref() != former.phx_ref() {
                former = present;
                continue;
            }
            if presences.waiting_metas(topic) >= self.waiting_metas_max {
                return Err(UpdateError::Busy);
            }
            presences.state.update(*owner, topic, key, meta.clone());
            let phx_ref = meta.phx_ref().to_owned();
            let publishes = presences.wait(topic, |diff| {
                push(&mut diff.joins, key, meta) + push(&mut diff.leaves, key, former)
            });
            break (phx_ref, publishes);
        };
        self.publish_if(publishes, topic.clone());
        Ok(phx_ref)
    }

    pub(super) fn untrack(self: &Arc<Self>, presentee: &Presentee) {
        let Presentee { owner, topic, key } = presentee;
        let mut presences = self.presences.lock();
        let Some(meta) = presences.state.leave(*owner, topic, key) else {
            return;
        };
        let publishes = presences.wait(topic, |diff| push(&mut diff.leaves, key, meta));
        drop(presences);
        self.publish_if(publishes, topic.clone());
    }

    pub(super) fn untrack_all(self: &Arc<Self>, id: SubscriberId) {
        self.leave_all(state_owner(id));
    }

    fn leave_all(self: &Arc<Self>, owner: state::Owner) {
        let mut presences = self.presences.lock();
        let mut changed = Vec::new();
        for (topic, left) in presences.state.leave_all(owner) {
            let publishes = presences.wait(&topic, |diff| {
                let leaves = left.leaves.into_iter();
                leaves
                    .map(|(key, meta)| push(&mut diff.leaves, &key, meta))
                    .sum()
            });
            changed.push((publishes, topic));
        }
        drop(presences);
        for (publishes, topic) in changed {
            self.publish_if(publishes, topic);
        }
    }

    pub(super) fn meta(&self, presentee: &Presentee) -> Option<Meta> {
        let Presentee { owner, topic, key } = presentee;
        self.presences.lock().state.get(*owner, topic, key).cloned()
    }

    pub(super) async fn list(&self, topic: &str) -> PresenceState {
        let presences = self.presences.lock().list(topic);
        self.fetch(topic, presences).await
    }

    pub(super) async fn get_by_key(&self, topic: &str, key: &str) -> Option<Entry> {
        let entry = self.presences.lock().entry(topic, key)?;
        let presences = self.fetch(topic, BTreeMap::from([(key.to_owned(), entry)]));
        presences.await.remove(key)
    }

    fn next_meta(&self, prev: Option<&str>, fields: &impl Serialize) -> Result<Meta, BadMeta> {
        let meta = Meta::new(&self.phx_refs.next(), prev, fields).map_err(BadMeta::Invalid)?;
        let bytes = meta.as_json().len();
        if bytes > self.meta_bytes_max {
            return Err(BadMeta::TooLong { bytes });
        }
        Ok(meta)
    }

    fn publish_if(self: &Arc<Self>, publishes: Publishes, topic: ByteString) {
        if publishes == Publishes::Caller {
            Publisher::new(self.clone(), topic).start();
        }
    }

    async fn fetch(&self, topic: &str, presences: PresenceState) -> PresenceState {
        let Some(fetch) = &self.fetch else {
            return presences;
        };
        if presences.is_empty() {
            return presences;
        }
        let bare = presences.clone();
        guard(async { fetch.fetch(topic, presences).await })
            .await
            .unwrap_or_else(|cause| {
                telemetry::presence_callback_crashed(topic, "fetch", &cause);
                bare
            })
    }

    fn has_callbacks(&self) -> bool {
        self.fetch.is_some() || self.handle_metas.is_some()
    }

    fn broadcast(&self, topic: &ByteString, diff: &PresenceDiff) {
        let payload = Payload::json(diff).expect("a diff is JSON, its keys are text");
        self.pubsub
            .local_broadcast(topic.clone(), event::PRESENCE_DIFF, payload);
    }
}

fn micros_since_epoch() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    })
}
