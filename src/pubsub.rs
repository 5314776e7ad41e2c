//! Publish and subscribe by topic, as `Phoenix.PubSub`.
//!
//! A [`PubSub`] hands every [`Broadcast`] to the subscribers of its topic, in the caller's task.
//! Channels and live views subscribe through their sockets, plain tasks with [`PubSub::receiver`]; whoever wants to be
//! called in the broadcaster's task implements [`Subscriber`].
//! Delivery is at most once; nothing is stored or replayed (channels-wire PS-2).
//!
//! ```
//! use bennu::pubsub::PubSub;
//! use bennu::protocol::Payload;
//!
//! let pubsub = PubSub::new();
//! let told = pubsub.broadcast("room:1", "new_message", Payload::empty());
//! assert!(told.is_ok());
//! ```

mod adapter;
mod broadcast;
mod receiver;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytestring::ByteString;

use crate::protocol::Payload;
use crate::registry::{RegisterError, Registration, Registry};

use receiver::Queue;

pub use adapter::{Adapter, AdapterError, Local};
pub use broadcast::Broadcast;
pub use receiver::{Missed, Receiver};

/// Who subscribed: the identity that `broadcast_from` leaves out, a pid in Phoenix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubscriberId(u64);

impl SubscriberId {
    /// An identity that no other subscriber of this program has.
    #[must_use]
    pub fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) const fn as_u64(self) -> u64 {
        self.0
    }
}

/// Takes the broadcasts of a topic.
///
/// `deliver` runs in the broadcaster's task while the topic is locked: it must hand the broadcast on and return, never
/// wait, and never subscribe or unsubscribe.
pub trait Subscriber: Send + Sync + 'static {
    /// Takes one broadcast.
    fn deliver(&self, broadcast: &Broadcast);
}

/// One subscription; dropping it unsubscribes.
#[must_use = "dropping a subscription ends it"]
pub struct Subscription(
    #[expect(dead_code, reason = "held for its drop")] Registration<ByteString, Entry>,
);

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription")
    }
}

struct Entry {
    id: SubscriberId,
    subscriber: Arc<dyn Subscriber>,
}

/// The publish-subscribe hub of an endpoint, as `Phoenix.PubSub`; cloning shares it.
#[derive(Clone)]
pub struct PubSub {
    topics: Registry<ByteString, Entry>,
    adapter: Arc<dyn Adapter>,
}

impl fmt::Debug for PubSub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PubSub")
            .field("node", &self.adapter.node_name())
            .finish_non_exhaustive()
    }
}

impl Default for PubSub {
    fn default() -> Self {
        Self::new()
    }
}

impl PubSub {
    /// A hub for this node alone.
    #[must_use]
    pub fn new() -> Self {
        Self::with_adapter(Local)
    }

    /// A hub whose broadcasts also travel to other nodes through `adapter`.
    #[must_use]
    pub fn with_adapter(adapter: impl Adapter) -> Self {
        Self {
            topics: Registry::duplicate(),
            adapter: Arc::new(adapter),
        }
    }

    /// Subscribes to `topic`; every broadcast to it is delivered until the subscription is dropped.
    ///
    /// Subscribing twice delivers twice (PS-1).
    ///
    /// # Errors
    /// [`RegisterError::Full`] when the hub holds as many subscriptions as it may.
    pub fn subscribe(
        &self,
        topic: impl Into<ByteString>,
        id: SubscriberId,
        subscriber: Arc<dyn Subscriber>,
    ) -> Result<Subscription, RegisterError> {
        self.topics
            .register(topic.into(), Entry { id, subscriber })
            .map(Subscription)
    }

    /// Subscribes a plain task, which awaits the broadcasts; 1,024 may wait for it.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    pub fn receiver(&self, topic: impl Into<ByteString>) -> Result<Receiver, RegisterError> {
        self.receiver_with(topic, receiver::BROADCASTS_MAX)
    }

    /// As [`receiver`](Self::receiver), with room for `broadcasts_max`; what finds none is lost, and the receiver is
    /// told how many.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    pub fn receiver_with(
        &self,
        topic: impl Into<ByteString>,
        broadcasts_max: usize,
    ) -> Result<Receiver, RegisterError> {
        let (id, queue) = (SubscriberId::unique(), Arc::new(Queue::new(broadcasts_max)));
        let subscription = self.subscribe(topic, id, queue.clone())?;
        Ok(Receiver::new(queue, id, subscription))
    }

    /// Subscribes and runs `then` before any broadcast to the topic can be delivered to the new subscriber (J-3).
    pub(crate) fn subscribe_then(
        &self,
        topic: ByteString,
        id: SubscriberId,
        subscriber: Arc<dyn Subscriber>,
        then: impl FnOnce(),
    ) -> Result<Subscription, RegisterError> {
        self.topics
            .register_with(topic, Entry { id, subscriber }, then)
            .map(Subscription)
    }

    /// Sends an event to every subscriber of `topic`, on every node.
    ///
    /// # Errors
    /// Fails only when the adapter does; then nobody on this node was told either (PS-2).
    pub fn broadcast(
        &self,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: Payload,
    ) -> Result<(), AdapterError> {
        self.publish(None, &Broadcast::new(topic, event, payload))
    }

    /// As [`broadcast`](Self::broadcast), leaving out the subscriptions of `from`.
    ///
    /// # Errors
    /// As `broadcast`.
    pub fn broadcast_from(
        &self,
        from: SubscriberId,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: Payload,
    ) -> Result<(), AdapterError> {
        self.publish(Some(from), &Broadcast::new(topic, event, payload))
    }

    /// Sends an event to the subscribers of `topic` on this node only.
    pub fn local_broadcast(
        &self,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: Payload,
    ) {
        self.dispatch(None, &Broadcast::new(topic, event, payload));
    }

    /// As [`local_broadcast`](Self::local_broadcast), leaving out the subscriptions of `from`.
    pub fn local_broadcast_from(
        &self,
        from: SubscriberId,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: Payload,
    ) {
        self.dispatch(Some(from), &Broadcast::new(topic, event, payload));
    }

    /// Sends an event to the subscribers of `topic` on the node of this name, which may be this one. Where no node has
    /// the name, nobody is told and nothing fails (PS-3).
    ///
    /// ```
    /// use bennu::protocol::Payload;
    /// use bennu::pubsub::PubSub;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let pubsub = PubSub::new();
    /// let mut jobs = pubsub.receiver("jobs")?;
    /// pubsub.direct_broadcast("elsewhere", "jobs", "run", Payload::empty())?;
    /// pubsub.direct_broadcast(pubsub.node_name(), "jobs", "rest", Payload::empty())?;
    /// assert_eq!(jobs.receive().await?.event(), "rest");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the adapter fails.
    pub fn direct_broadcast(
        &self,
        node_name: &str,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: Payload,
    ) -> Result<(), AdapterError> {
        let broadcast = Broadcast::new(topic, event, payload);
        if node_name == self.node_name() {
            self.dispatch(None, &broadcast);
            return Ok(());
        }
        self.adapter.direct_broadcast(node_name, &broadcast)
    }

    /// How many subscriptions `topic` has on this node.
    #[must_use]
    pub fn subscriber_count(&self, topic: &str) -> usize {
        self.topics.count(topic)
    }

    /// The name of this node among those that the adapter connects.
    #[must_use]
    pub fn node_name(&self) -> &str {
        self.adapter.node_name()
    }

    fn publish(
        &self,
        from: Option<SubscriberId>,
        broadcast: &Broadcast,
    ) -> Result<(), AdapterError> {
        self.adapter.broadcast(broadcast)?;
        self.dispatch(from, broadcast);
        Ok(())
    }

    fn dispatch(&self, from: Option<SubscriberId>, broadcast: &Broadcast) {
        self.topics.for_each(broadcast.topic(), |entry| {
            if from != Some(entry.id) {
                entry.subscriber.deliver(broadcast);
            }
        });
    }
}
