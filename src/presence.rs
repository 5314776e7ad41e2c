//! Who is present under which topic, as `Phoenix.Presence`.
//!
//! A channel tracks its client under a key, a user's id say; while the channel lives, everyone who joined the topic
//! sees that key with the channel's *meta*. Several channels under one key, a user's devices, give several metas.
//! Every change is broadcast to the topic as `presence_diff`; the full picture, pushed as `presence_state` after a
//! join, is what [`Presence::list`] returns.
//!
//! ```
//! use bennu::channel::{self, Channel, JoinError, JoinSocket, Socket};
//! use bennu::presence::Presence;
//! use bennu::protocol::{Payload, event};
//! use serde_json::json;
//!
//! struct Room;
//!
//! impl Channel for Room {
//!     type Info = ();
//!
//!     async fn join(_: Payload, _: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
//!         Ok((Self, Payload::empty()))
//!     }
//!
//!     async fn after_join(&mut self, socket: &mut Socket<Self>) -> channel::Result<()> {
//!         let presence = socket.assigns::<Presence>().clone();
//!         presence.track(socket, "ada", json!({"status": "online"}))?;
//!         socket.push(event::PRESENCE_STATE, &presence.list(socket.topic()).await)?;
//!         Ok(())
//!     }
//! }
//! ```
//!
//! Diffs reach the subscribers of this node (PR-14) in the order of the changes. Changes that meet while a diff is on
//! its way out leave together in the next one.

mod builder;
mod callbacks;
mod error;
mod owner;
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "the state can replicate; the trackers of other nodes are heard once an adapter connects some"
    )
)]
pub(crate) mod state;
mod tracker;

use std::fmt;
use std::sync::Arc;

use bytestring::ByteString;
use serde::Serialize;

use self::tracker::{Presentee, Tracker};
use crate::channel::{Channel, JoinSocket};
use crate::pubsub::PubSub;

pub use crate::protocol::presence::{
    Meta, MetaError, Presence as Entry, PresenceDiff, PresenceState,
};

pub use builder::Builder;
pub use callbacks::{Fetch, HandleMetas};
pub use error::{TrackError, UpdateError};
pub use owner::{Owner, TaskOwner};

/// Who is present, by topic and key; cloning shares it. Phoenix: a module with `use Phoenix.Presence`.
///
/// The methods without `_in` work on a channel's own topic. Each takes the meta as anything that serializes to a JSON
/// object; Phoenix's references `phx_ref` and `phx_ref_prev` are added to it.
#[derive(Clone)]
pub struct Presence(Arc<Tracker>);

impl Presence {
    /// Presences that are announced through `pubsub`, with default limits.
    #[must_use]
    pub fn new(pubsub: PubSub) -> Self {
        Self::builder(pubsub).build()
    }

    /// Sets limits and callbacks before building.
    pub fn builder(pubsub: PubSub) -> Builder {
        Builder::new(pubsub)
    }

    /// Tracks a channel under `key` in its topic until the channel ends; answers the `phx_ref`. Phoenix: `track/3`.
    ///
    /// # Errors
    /// When the owner is tracked under this key already or not connected, the meta is no object, or a limit is reached.
    pub fn track<C: Channel>(
        &self,
        socket: &mut JoinSocket<C>,
        key: impl Into<ByteString>,
        meta: impl Serialize,
    ) -> Result<String, TrackError> {
        let topic = socket.seat.topic.clone();
        self.track_in(socket, topic, key, meta)
    }

    /// Tracks any owner, a live view say, under `key` in any topic until the owner ends; answers the `phx_ref`.
    /// Phoenix: `track/4`.
    ///
    /// ```
    /// use bennu::presence::{Presence, TaskOwner};
    /// use bennu::pubsub::PubSub;
    /// use serde_json::json;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let presence = Presence::new(PubSub::new());
    /// let mut owner = TaskOwner::new();
    /// presence.track_in(&mut owner, "room:1", "ada", json!({"device": "phone"}))?;
    /// assert_eq!(presence.get_by_key("room:1", "ada").await.map(|ada| ada.metas.len()), Some(1));
    ///
    /// drop(owner);
    /// assert!(presence.list("room:1").await.is_empty());
    /// # Ok::<(), bennu::presence::TrackError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`track`](Self::track).
    pub fn track_in(
        &self,
        owner: &mut impl Owner,
        topic: impl Into<ByteString>,
        key: impl Into<ByteString>,
        meta: impl Serialize,
    ) -> Result<String, TrackError> {
        let presentee = Presentee::new(&*owner, topic, key).ok_or(TrackError::NotConnected)?;
        let (phx_ref, departure) = self.0.track(presentee, &meta)?;
        if let Some(departure) = departure {
            owner.own(departure);
        }
        Ok(phx_ref)
    }

    /// Replaces the meta of a channel in its topic; answers the new `phx_ref`. Phoenix: `update/3`.
    ///
    /// # Errors
    /// When the channel is not tracked under this key, the meta is no object, or a limit is reached.
    pub fn update<C: Channel>(
        &self,
        socket: &mut JoinSocket<C>,
        key: impl Into<ByteString>,
        meta: impl Serialize,
    ) -> Result<String, UpdateError> {
        let topic = socket.seat.topic.clone();
        self.update_in(socket, topic, key, meta)
    }

    /// Replaces the meta of any owner in any topic; answers the new `phx_ref`. Phoenix: `update/4`.
    ///
    /// For a meta that depends on the former one see [`meta_in`](Self::meta_in).
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn update_in(
        &self,
        owner: &mut impl Owner,
        topic: impl Into<ByteString>,
        key: impl Into<ByteString>,
        meta: impl Serialize,
    ) -> Result<String, UpdateError> {
        let presentee = Presentee::new(owner, topic, key).ok_or(UpdateError::NoPresence)?;
        self.0.update(&presentee, &meta)
    }

    /// The present meta of a channel in its topic, from which to make the next: the function form of `update/3`.
    #[must_use]
    pub fn meta<C: Channel>(
        &self,
        socket: &JoinSocket<C>,
        key: impl Into<ByteString>,
    ) -> Option<Meta> {
        self.meta_in(socket, socket.seat.topic.clone(), key)
    }

    /// The present meta of any owner in any topic, from which to make the next: the function form of `update/4`.
    ///
    /// Nobody else changes it meanwhile, since changing it takes the owner. References left in the next meta are
    /// replaced.
    ///
    /// ```
    /// # use bennu::presence::{Presence, TaskOwner};
    /// # use bennu::pubsub::PubSub;
    /// # use serde_json::{Value, json};
    /// # let presence = Presence::new(PubSub::new());
    /// # let mut owner = TaskOwner::new();
    /// presence.track_in(&mut owner, "room:1", "ada", json!({"device": "phone", "typing": false}))?;
    ///
    /// let meta = presence.meta_in(&owner, "room:1", "ada").expect("ada was tracked");
    /// let mut meta: Value = meta.deserialize()?;
    /// meta["typing"] = json!(true);
    /// presence.update_in(&mut owner, "room:1", "ada", meta)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn meta_in(
        &self,
        owner: &impl Owner,
        topic: impl Into<ByteString>,
        key: impl Into<ByteString>,
    ) -> Option<Meta> {
        self.0.meta(&Presentee::new(owner, topic, key)?)
    }

    /// Ends the presence of a channel under `key` in its topic, if there is one. Phoenix: `untrack/2`.
    pub fn untrack<C: Channel>(&self, socket: &mut JoinSocket<C>, key: impl Into<ByteString>) {
        let topic = socket.seat.topic.clone();
        self.untrack_in(socket, topic, key);
    }

    /// Ends the presence of any owner under `key` in any topic, if there is one. Phoenix: `untrack/3`.
    pub fn untrack_in(
        &self,
        owner: &mut impl Owner,
        topic: impl Into<ByteString>,
        key: impl Into<ByteString>,
    ) {
        if let Some(presentee) = Presentee::new(owner, topic, key) {
            self.0.untrack(&presentee);
        }
    }

    /// Ends all presences of an owner. Phoenix: `untrack/1`.
    pub fn untrack_all(&self, owner: &mut impl Owner) {
        if let Some(id) = owner.subscriber_id() {
            self.0.untrack_all(id);
        }
    }

    /// Everyone present in `topic`, keys in order, each key's metas as they joined; what `presence_state` carries.
    /// Phoenix: `list/1`.
    ///
    /// Waits for the [`Fetch`] callback, if there is one.
    pub async fn list(&self, topic: &str) -> PresenceState {
        self.0.list(topic).await
    }

    /// What is known under one key of `topic`. Phoenix: `get_by_key/2`.
    ///
    /// Waits for the [`Fetch`] callback, if there is one.
    pub async fn get_by_key(&self, topic: &str, key: &str) -> Option<Entry> {
        self.0.get_by_key(topic, key).await
    }
}

impl fmt::Debug for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presence")
            .field("presences", &self.0.len())
            .finish_non_exhaustive()
    }
}
