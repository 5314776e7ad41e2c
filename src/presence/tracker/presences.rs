//! What the tracker's lock protects.

use std::collections::{HashMap, HashSet};
use std::mem;

use bytestring::ByteString;
use foldhash::fast::RandomState;

use crate::presence::state::{self, State};
use crate::presence::{Entry, Meta, PresenceDiff, PresenceState};

/// Everyone who is present, and what has to be published of it.
pub(super) struct Presences {
    pub(super) state: State<Meta>,
    /// Topics with changes that were not published yet, or with a publisher.
    waiting: HashMap<ByteString, Waiting, RandomState>,
    /// Owners that hold a [`Departure`](super::Departure).
    pub(super) owners: HashSet<state::Owner, RandomState>,
}

/// What has to be published to one topic.
#[derive(Default)]
struct Waiting {
    diff: PresenceDiff,
    metas: usize,
    has_publisher: bool,
}

/// Who publishes a change.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Publishes {
    /// The one who made it.
    Caller,
    /// The publisher that the topic has.
    Other,
}

/// One diff on its way out.
pub(super) struct Change {
    pub(super) diff: PresenceDiff,
    /// Everyone after the diff, when somebody wants to know.
    pub(super) presences: Option<PresenceState>,
}

impl Presences {
    pub(super) fn new(state: State<Meta>) -> Self {
        Self {
            state,
            waiting: HashMap::default(),
            owners: HashSet::default(),
        }
    }

    pub(super) fn waiting_metas(&self, topic: &str) -> usize {
        self.waiting.get(topic).map_or(0, |waiting| waiting.metas)
    }

    /// Adds a change to what has to be published; `change` answers how many metas that were.
    pub(super) fn wait(
        &mut self,
        topic: &ByteString,
        change: impl FnOnce(&mut PresenceDiff) -> usize,
    ) -> Publishes {
        let waiting = self.waiting.entry(topic.clone()).or_default();
        waiting.metas += change(&mut waiting.diff);
        if mem::replace(&mut waiting.has_publisher, true) {
            Publishes::Other
        } else {
            Publishes::Caller
        }
    }

    /// The next diff to publish to a topic; nothing when all is published, and then the topic has no publisher.
    pub(super) fn take(&mut self, topic: &ByteString, with_presences: bool) -> Option<Change> {
        let waiting = self.waiting.get_mut(topic);
        let waiting = waiting.expect("a topic with a publisher is in the table");
        if waiting.metas == 0 {
            self.waiting.remove(topic);
            return None;
        }
        waiting.metas = 0;
        let diff = mem::take(&mut waiting.diff);
        let presences = with_presences.then(|| self.list(topic));
        Some(Change { diff, presences })
    }

    /// Leaves what waits to the one who makes the next change.
    pub(super) fn give_up(&mut self, topic: &ByteString) {
        if let Some(waiting) = self.waiting.get_mut(topic) {
            waiting.has_publisher = false;
        }
    }

    pub(super) fn list(&self, topic: &str) -> PresenceState {
        self.state
            .get_by_topic(topic)
            .map(|(key, metas)| (key.to_string(), Entry::from_metas(metas.cloned().collect())))
            .collect()
    }

    pub(super) fn entry(&self, topic: &str, key: &str) -> Option<Entry> {
        let metas: Vec<_> = self.state.get_by_key(topic, key).cloned().collect();
        (!metas.is_empty()).then(|| Entry::from_metas(metas))
    }
}

pub(super) fn push(part: &mut PresenceState, key: &str, meta: Meta) -> usize {
    match part.get_mut(key) {
        Some(entry) => entry.metas.push(meta),
        None => {
            part.insert(key.to_owned(), Entry::from_metas(vec![meta]));
        }
    }
    1
}
