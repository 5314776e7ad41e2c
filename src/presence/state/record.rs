//! What one replica knows of another, or of itself.

use std::collections::BTreeMap;

use super::{ClockSet, Element, ReplicaDelta};

/// What is known of one replica.
pub(super) struct Record<M> {
    pub(super) up: bool,
    /// Every tick heard of, be it an addition or a removal.
    pub(super) seen: ClockSet,
    /// The elements still there, by the tick that added them.
    pub(super) elements: BTreeMap<u64, Element<M>>,
}

impl<M: Clone> Record<M> {
    pub(super) fn new(up: bool) -> Self {
        Self {
            up,
            seen: ClockSet::default(),
            elements: BTreeMap::new(),
        }
    }

    /// What one who has seen `known` lacks. The delta is silent on elements that are both known
    /// and still there, and so neither repeats nor removes them.
    pub(super) fn since(&self, known: &ClockSet) -> ReplicaDelta<M> {
        let mut seen = self.seen.clone();
        let mut elements = BTreeMap::new();
        for (&clock, element) in &self.elements {
            if known.contains(clock) {
                seen.remove(clock);
            } else {
                elements.insert(clock, element.clone());
            }
        }
        ReplicaDelta { seen, elements }
    }

    /// The elements whose tick the delta speaks for without bringing them.
    pub(super) fn removed_by(&self, delta: &ReplicaDelta<M>) -> Vec<u64> {
        let spoken_for = delta.seen.ranges();
        let present = spoken_for.flat_map(|ticks| self.elements.range(ticks));
        present
            .map(|(&clock, _)| clock)
            .filter(|clock| !delta.elements.contains_key(clock))
            .collect()
    }
}
