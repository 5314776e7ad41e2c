//! What replicas tell each other, and how each takes it in.

use std::collections::btree_map;
use std::mem;

use super::{ClockSet, Context, Delta, Diff, MergeError, Record, Replica, ReplicaDelta, State};

impl<M: Clone> State<M> {
    /// What this replica knows: another one that is sent this can [`State::extract`] the rest.
    pub(crate) fn context(&self) -> Context {
        self.records()
            .map(|(replica, record)| (replica.clone(), record.seen.clone()))
            .collect()
    }

    /// What changed on this replica since the last call; on the first call all there is.
    pub(crate) fn take_delta(&mut self) -> Delta<M> {
        let recorded = self.delta.replace(ReplicaDelta::default());
        let own = recorded.unwrap_or_else(|| self.own.since(&ClockSet::default()));
        let mut delta = Delta::default();
        delta.insert(self.replica.clone(), own);
        delta
    }

    /// All that this replica knows and `known` does not say.
    pub(crate) fn extract(&self, known: &Context) -> Delta<M> {
        let nothing = ClockSet::default();
        let mut delta = Delta::default();
        for (replica, record) in self.records() {
            let known = known.get(replica).unwrap_or(&nothing);
            if !known.is_superset(&record.seen) {
                delta.insert(replica.clone(), record.since(known));
            }
        }
        delta
    }

    /// Takes in what another replica sent; answers how the visible presences changed.
    ///
    /// What concerns this replica's own elements is skipped: nobody knows better. Elements of a
    /// replica that is not up are kept hidden. A refused delta changes nothing, as if it had been
    /// lost on the way.
    pub(crate) fn merge(&mut self, delta: Delta<M>) -> Result<Diff<M>, MergeError> {
        let deltas: Vec<_> = delta
            .into_iter()
            .filter(|(replica, _)| self.listens_to(replica))
            .map(|(replica, delta)| (replica, delta.speaking_for_its_elements()))
            .collect();
        self.check(&deltas)?;
        let mut diff = Diff::default();
        for (replica, delta) in deltas {
            self.merge_one(&replica, delta, &mut diff);
        }
        Ok(diff)
    }

    /// Shows the elements of a replica that was heard of, for the first time or again.
    pub(crate) fn replica_up(&mut self, replica: &Replica) -> Result<Diff<M>, MergeError> {
        let mut diff = Diff::default();
        if *replica == self.replica {
            return Ok(diff);
        }
        let known = self.others.len();
        let record = match self.others.entry(replica.clone()) {
            btree_map::Entry::Occupied(occupied) => occupied.into_mut(),
            btree_map::Entry::Vacant(_) if known >= self.limits.replicas_max => {
                return Err(MergeError::TooManyReplicas);
            }
            btree_map::Entry::Vacant(vacant) => vacant.insert(Record::new(false)),
        };
        self.lost.retain(|lost| lost != replica);
        if !mem::replace(&mut record.up, true) {
            for (&clock, element) in &record.elements {
                self.topics.show(replica, clock, element);
                element.joined(&mut diff);
            }
        }
        Ok(diff)
    }

    /// Hides the elements of a replica that fell silent; they are kept.
    pub(crate) fn replica_down(&mut self, replica: &Replica) -> Diff<M> {
        let mut diff = Diff::default();
        let Some(record) = self.others.get_mut(replica) else {
            return diff;
        };
        if mem::replace(&mut record.up, false) {
            for (&clock, element) in &record.elements {
                self.topics.hide(replica, clock, element);
                element.left(&mut diff);
            }
        }
        diff
    }

    /// Forgets a replica. If it is heard of again it starts from nothing.
    pub(crate) fn replica_permdown(&mut self, replica: &Replica) -> Diff<M> {
        let diff = self.replica_down(replica);
        if let Some(record) = self.others.remove(replica) {
            self.elements -= record.elements.len();
            self.remember_lost(replica.clone());
        }
        diff
    }

    fn records(&self) -> impl Iterator<Item = (&Replica, &Record<M>)> {
        self.others.iter().chain([(&self.replica, &self.own)])
    }

    fn listens_to(&self, replica: &Replica) -> bool {
        *replica != self.replica
            && (self.others.contains_key(replica) || !self.lost.contains(replica))
    }

    /// Whether the deltas stay within the limits, counting what they bring before what they take.
    fn check(&self, deltas: &[(Replica, ReplicaDelta<M>)]) -> Result<(), MergeError> {
        let mut replicas = self.others.len();
        let mut elements = self.elements;
        for (replica, delta) in deltas {
            let record = self.others.get(replica);
            replicas += usize::from(record.is_none());
            let seen = |clock: &u64| record.is_some_and(|record| record.seen.contains(*clock));
            elements += delta.elements.keys().filter(|clock| !seen(clock)).count();
            let mut merged = delta.seen.clone();
            if let Some(record) = record {
                merged.union(&record.seen);
            }
            if merged.gaps() > self.limits.gaps_max {
                return Err(MergeError::TooManyGaps);
            }
        }
        if replicas > self.limits.replicas_max {
            return Err(MergeError::TooManyReplicas);
        }
        if elements > self.limits.elements_max {
            return Err(MergeError::Full);
        }
        Ok(())
    }

    fn merge_one(&mut self, replica: &Replica, delta: ReplicaDelta<M>, diff: &mut Diff<M>) {
        let (topics, elements) = (&mut self.topics, &mut self.elements);
        let record = self.others.entry(replica.clone());
        let record = record.or_insert_with(|| Record::new(false));
        for clock in record.removed_by(&delta) {
            let removed = record.elements.remove(&clock);
            let element = removed.expect("only elements that are there are removed");
            *elements -= 1;
            if record.up {
                topics.hide(replica, clock, &element);
                element.left(diff);
            }
        }
        for (clock, element) in delta.elements {
            if record.seen.contains(clock) {
                continue;
            }
            *elements += 1;
            if record.up {
                topics.show(replica, clock, &element);
                element.joined(diff);
            }
            record.elements.insert(clock, element);
        }
        record.seen.union(&delta.seen);
    }

    fn remember_lost(&mut self, replica: Replica) {
        self.lost.push_back(replica);
        if self.lost.len() > self.limits.replicas_max {
            self.lost.pop_front();
        }
    }
}
