//! The replicated set of presences: an add-wins observed-remove set, without tasks, clocks or I/O.
//!
//! Every replica alone adds and removes its own elements, tagging each with the next tick of its
//! logical clock. What it tells others is a [`Delta`]: the ticks the delta speaks for, and which
//! of them stand for an element that is still there. A tick spoken for without an element was a
//! removal, now or earlier. Deltas may therefore be lost, repeated and reordered: what is missing
//! shows as a gap in the [`Context`] and is made up for by [`State::extract`], and an element whose
//! tick was seen once can never come back.
//!
//! Counterpart of `Phoenix.Tracker.State`.

use std::collections::VecDeque;
use std::collections::btree_map::{self, BTreeMap};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use bytestring::ByteString;

pub(crate) use self::clocks::ClockSet;
pub(crate) use self::delta::{Context, Delta, Diff, Element, ReplicaDelta};
use self::record::Record;
use self::topics::Topics;

mod clocks;
mod delta;
mod record;
mod replication;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
mod topics;

/// One node's share in a tracker: its name, and which start of that node it is.
///
/// A node that restarts is a new replica with a greater `vsn`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Replica(Arc<(String, u64)>);

impl Replica {
    pub(crate) fn new(name: &str, vsn: u64) -> Self {
        Self(Arc::new((name.to_owned(), vsn)))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.0
    }

    pub(crate) fn vsn(&self) -> u64 {
        self.0.1
    }
}

/// Whom a presence belongs to on its replica: a number the tracker gives to each tracked task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Owner(pub(crate) u64);

/// What a [`State`] accepts at most.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Elements, hidden ones included. Beyond it joins and deltas that bring more are refused.
    pub(crate) elements_max: usize,
    /// Other replicas known at a time, and permanently lost ones remembered. Beyond it new ones
    /// are refused, and the replica lost first is forgotten.
    pub(crate) replicas_max: usize,
    /// Gaps in what was heard of one replica. Beyond it deltas are refused as if lost, until a
    /// transfer has closed the gaps.
    pub(crate) gaps_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            elements_max: 10_000_000,
            replicas_max: 1_024,
            gaps_max: 1_024,
        }
    }
}

/// The presences of all replicas, as one replica knows them; `M` is a presence's meta.
///
/// Metas are cloned into diffs and deltas: make that cheap.
pub(crate) struct State<M> {
    replica: Replica,
    limits: Limits,
    own: Record<M>,
    others: BTreeMap<Replica, Record<M>>,
    /// Replicas declared lost for good: what third parties still tell of them is not listened to.
    lost: VecDeque<Replica>,
    /// Own elements by owner, topic and key, with the tick they were added at.
    tracked: BTreeMap<(Owner, ByteString, ByteString), u64>,
    topics: Topics<M>,
    /// Elements of all replicas, hidden ones included.
    elements: usize,
    /// Own changes since the last [`State::take_delta`]; nothing is recorded before the first.
    delta: Option<ReplicaDelta<M>>,
}

impl<M: Clone> State<M> {
    pub(crate) fn new(replica: Replica) -> Self {
        Self::with_limits(replica, Limits::default())
    }

    pub(crate) fn with_limits(replica: Replica, limits: Limits) -> Self {
        Self {
            replica,
            limits,
            own: Record::new(true),
            others: BTreeMap::new(),
            lost: VecDeque::new(),
            tracked: BTreeMap::new(),
            topics: Topics::default(),
            elements: 0,
            delta: None,
        }
    }

    /// Adds a presence of this replica.
    pub(crate) fn join(
        &mut self,
        owner: Owner,
        topic: ByteString,
        key: ByteString,
        meta: M,
    ) -> Result<(), TrackError> {
        let full = self.elements >= self.limits.elements_max;
        let clock = self.own.seen.next();
        match self.tracked.entry((owner, topic.clone(), key.clone())) {
            btree_map::Entry::Occupied(_) => return Err(TrackError::AlreadyTracked),
            btree_map::Entry::Vacant(_) if full => return Err(TrackError::Full),
            btree_map::Entry::Vacant(vacant) => vacant.insert(clock),
        };
        self.add_own(clock, Element::new(owner, topic, key, meta));
        Ok(())
    }

    /// Replaces a presence of this replica; answers its former meta, or nothing if there is none.
    pub(crate) fn update(
        &mut self,
        owner: Owner,
        topic: &ByteString,
        key: &ByteString,
        meta: M,
    ) -> Option<M> {
        let identity = (owner, topic.clone(), key.clone());
        let former = *self.tracked.get(&identity)?;
        let removed = self.remove_own(former);
        let clock = self.own.seen.next();
        self.tracked.insert(identity, clock);
        self.add_own(clock, Element::new(owner, topic.clone(), key.clone(), meta));
        Some(removed.meta)
    }

    /// Removes a presence of this replica; answers its meta if there was one.
    pub(crate) fn leave(
        &mut self,
        owner: Owner,
        topic: &ByteString,
        key: &ByteString,
    ) -> Option<M> {
        let identity = (owner, topic.clone(), key.clone());
        let clock = self.tracked.remove(&identity)?;
        Some(self.remove_own(clock).meta)
    }

    /// Removes every presence of one owner on this replica.
    pub(crate) fn leave_all(&mut self, owner: Owner) -> Diff<M> {
        let mut diff = Diff::default();
        let identities: Vec<_> = self.owned(owner).map(|(id, _)| id.clone()).collect();
        for (owner, topic, key) in identities {
            if let Some(meta) = self.leave(owner, &topic, &key) {
                diff.leave(topic, key, meta);
            }
        }
        diff
    }

    /// The visible presences of a topic: its keys in order, each with its metas in join order.
    pub(crate) fn get_by_topic(
        &self,
        topic: &str,
    ) -> impl Iterator<Item = (&ByteString, impl ExactSizeIterator<Item = &M>)> {
        self.topics.keys(topic)
    }

    /// The visible metas of a key in a topic, in join order.
    pub(crate) fn get_by_key(&self, topic: &str, key: &str) -> impl ExactSizeIterator<Item = &M> {
        self.topics.metas(topic, key)
    }

    /// The presences of one owner on this replica: topic, key and meta.
    pub(crate) fn get_by_owner(
        &self,
        owner: Owner,
    ) -> impl Iterator<Item = (&ByteString, &ByteString, &M)> {
        self.owned(owner)
            .filter_map(|(_, clock)| self.own.elements.get(clock))
            .map(|element| (&element.topic, &element.key, &element.meta))
    }

    /// One presence of this replica.
    pub(crate) fn get(&self, owner: Owner, topic: &ByteString, key: &ByteString) -> Option<&M> {
        let identity = (owner, topic.clone(), key.clone());
        let clock = self.tracked.get(&identity)?;
        self.own.elements.get(clock).map(|element| &element.meta)
    }

    /// The number of presences of all replicas, hidden ones included.
    pub(crate) fn len(&self) -> usize {
        self.elements
    }

    fn owned(
        &self,
        owner: Owner,
    ) -> impl Iterator<Item = (&(Owner, ByteString, ByteString), &u64)> {
        let first = (owner, ByteString::new(), ByteString::new());
        self.tracked
            .range(first..)
            .take_while(move |((other, _, _), _)| *other == owner)
    }

    fn add_own(&mut self, clock: u64, element: Element<M>) {
        self.topics.show(&self.replica, clock, &element);
        if let Some(delta) = &mut self.delta {
            delta.seen.insert(clock);
            delta.elements.insert(clock, element.clone());
        }
        self.own.seen.insert(clock);
        self.own.elements.insert(clock, element);
        self.elements += 1;
    }

    /// Takes one tick of its own, which nothing but news of this removal can make known: who
    /// missed the removal has a gap there. An addition's tick would not do, not even in an update:
    /// it may also become known by that addition's own removal later.
    fn remove_own(&mut self, clock: u64) -> Element<M> {
        let removed = self.own.elements.remove(&clock);
        let element = removed.expect("what is tracked is an own element");
        self.topics.hide(&self.replica, clock, &element);
        let removal = self.own.seen.next();
        self.own.seen.insert(removal);
        if let Some(delta) = &mut self.delta {
            delta.seen.insert(clock);
            delta.seen.insert(removal);
            delta.elements.remove(&clock);
        }
        self.elements -= 1;
        element
    }
}

/// Why [`State::join`] refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrackError {
    /// The owner is present under this topic and key already.
    AlreadyTracked,
    /// [`Limits::elements_max`] is reached.
    Full,
}

impl fmt::Display for TrackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyTracked => "the owner is already tracked under this topic and key",
            Self::Full => "the tracker holds as many presences as it may",
        })
    }
}

impl Error for TrackError {}

/// Why what another replica sent was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeError {
    /// The sender's elements would exceed [`Limits::elements_max`].
    Full,
    /// The sender named more replicas than [`Limits::replicas_max`].
    TooManyReplicas,
    /// Too much sent before was missed, see [`Limits::gaps_max`]: a transfer is due.
    TooManyGaps,
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the tracker holds as many presences as it may",
            Self::TooManyReplicas => "more replicas than the tracker may know",
            Self::TooManyGaps => "too many deltas were missed before this one",
        })
    }
}

impl Error for MergeError {}
