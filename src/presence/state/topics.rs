//! The visible presences, where users look for them.

use std::collections::{BTreeMap, HashMap};

use bytestring::ByteString;
use foldhash::fast::RandomState;

use super::{Element, Replica};

/// Visible elements, by topic and key, each key's in the order they were joined here.
pub(super) struct Topics<M> {
    topics: HashMap<ByteString, Keys<M>, RandomState>,
}

type Keys<M> = BTreeMap<ByteString, Vec<Presence<M>>>;

/// A visible element, where topic and key lead to it.
struct Presence<M> {
    replica: Replica,
    clock: u64,
    meta: M,
}

impl<M> Topics<M> {
    pub(super) fn keys(
        &self,
        topic: &str,
    ) -> impl Iterator<Item = (&ByteString, impl ExactSizeIterator<Item = &M>)> {
        let keys = self.topics.get(topic).into_iter().flatten();
        keys.map(|(key, presences)| (key, metas(presences)))
    }

    pub(super) fn metas(&self, topic: &str, key: &str) -> impl ExactSizeIterator<Item = &M> {
        let presences = self.topics.get(topic).and_then(|keys| keys.get(key));
        metas(presences.map_or(&[], Vec::as_slice))
    }

    pub(super) fn hide(&mut self, replica: &Replica, clock: u64, element: &Element<M>) {
        let Some(keys) = self.topics.get_mut(&element.topic) else {
            return;
        };
        if let Some(presences) = keys.get_mut(&element.key) {
            presences.retain(|other| other.clock != clock || other.replica != *replica);
            if presences.is_empty() {
                keys.remove(&element.key);
            }
        }
        if keys.is_empty() {
            self.topics.remove(&element.topic);
        }
    }
}

impl<M: Clone> Topics<M> {
    pub(super) fn show(&mut self, replica: &Replica, clock: u64, element: &Element<M>) {
        let keys = self.topics.entry(element.topic.clone()).or_default();
        let presences = keys.entry(element.key.clone()).or_default();
        presences.push(Presence {
            replica: replica.clone(),
            clock,
            meta: element.meta.clone(),
        });
    }
}

impl<M> Default for Topics<M> {
    fn default() -> Self {
        Self {
            topics: HashMap::default(),
        }
    }
}

fn metas<M>(presences: &[Presence<M>]) -> impl ExactSizeIterator<Item = &M> {
    presences.iter().map(|presence| &presence.meta)
}
