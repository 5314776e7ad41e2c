//! What replicas tell each other, and what they tell their users.

use std::collections::{BTreeMap, btree_map};

use bytestring::ByteString;

use super::{ClockSet, Owner, Replica};

/// Which ticks of which replica are known.
pub(crate) type Context = BTreeMap<Replica, ClockSet>;

/// One presence with all that other replicas need of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element<M> {
    pub(crate) owner: Owner,
    pub(crate) topic: ByteString,
    pub(crate) key: ByteString,
    pub(crate) meta: M,
}

impl<M: Clone> Element<M> {
    pub(crate) fn new(owner: Owner, topic: ByteString, key: ByteString, meta: M) -> Self {
        Self {
            owner,
            topic,
            key,
            meta,
        }
    }

    pub(super) fn joined(&self, diff: &mut Diff<M>) {
        diff.join(self.topic.clone(), self.key.clone(), self.meta.clone());
    }

    pub(super) fn left(&self, diff: &mut Diff<M>) {
        diff.leave(self.topic.clone(), self.key.clone(), self.meta.clone());
    }
}

/// What is told of one replica.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReplicaDelta<M> {
    /// The ticks spoken for: those not among `elements` are gone.
    pub(crate) seen: ClockSet,
    /// Elements still there, by the tick that added them.
    pub(crate) elements: BTreeMap<u64, Element<M>>,
}

impl<M> ReplicaDelta<M> {
    /// What a sound sender said anyway: the ticks of the elements are among those spoken for.
    pub(super) fn speaking_for_its_elements(mut self) -> Self {
        for &clock in self.elements.keys() {
            self.seen.insert(clock);
        }
        self
    }
}

impl<M> Default for ReplicaDelta<M> {
    fn default() -> Self {
        Self {
            seen: ClockSet::default(),
            elements: BTreeMap::new(),
        }
    }
}

/// What one replica tells another, of itself or of several.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Delta<M> {
    replicas: BTreeMap<Replica, ReplicaDelta<M>>,
}

impl<M> Delta<M> {
    /// Whether there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.replicas.is_empty()
    }

    /// Says something of one replica, in place of what was said of it before.
    pub(crate) fn insert(&mut self, replica: Replica, delta: ReplicaDelta<M>) {
        if !delta.seen.is_empty() || !delta.elements.is_empty() {
            self.replicas.insert(replica, delta);
        }
    }

    pub(crate) fn iter(&self) -> btree_map::Iter<'_, Replica, ReplicaDelta<M>> {
        self.replicas.iter()
    }
}

impl<M> Default for Delta<M> {
    fn default() -> Self {
        Self {
            replicas: BTreeMap::new(),
        }
    }
}

impl<M> IntoIterator for Delta<M> {
    type Item = (Replica, ReplicaDelta<M>);
    type IntoIter = btree_map::IntoIter<Replica, ReplicaDelta<M>>;

    fn into_iter(self) -> Self::IntoIter {
        self.replicas.into_iter()
    }
}

/// How the visible presences changed, by topic (TR-4).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Diff<M> {
    topics: BTreeMap<ByteString, TopicDiff<M>>,
}

/// Keys and metas that came and went in one topic, in the order it happened.
///
/// An updated presence is in both lists.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TopicDiff<M> {
    pub(crate) joins: Vec<(ByteString, M)>,
    pub(crate) leaves: Vec<(ByteString, M)>,
}

impl<M> Diff<M> {
    /// Whether nothing changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    pub(crate) fn join(&mut self, topic: ByteString, key: ByteString, meta: M) {
        self.topics
            .entry(topic)
            .or_default()
            .joins
            .push((key, meta));
    }

    pub(crate) fn leave(&mut self, topic: ByteString, key: ByteString, meta: M) {
        self.topics
            .entry(topic)
            .or_default()
            .leaves
            .push((key, meta));
    }
}

impl<M> Default for Diff<M> {
    fn default() -> Self {
        Self {
            topics: BTreeMap::new(),
        }
    }
}

impl<M> Default for TopicDiff<M> {
    fn default() -> Self {
        Self {
            joins: Vec::new(),
            leaves: Vec::new(),
        }
    }
}

impl<M> IntoIterator for Diff<M> {
    type Item = (ByteString, TopicDiff<M>);
    type IntoIter = btree_map::IntoIter<ByteString, TopicDiff<M>>;

    fn into_iter(self) -> Self::IntoIter {
        self.topics.into_iter()
    }
}
