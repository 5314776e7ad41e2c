//! Sets of ticks of one replica's logical clock.

use std::ops::RangeInclusive;

/// A set of ticks, kept as runs: all ticks up to now are one run, and each gap starts another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClockSet {
    /// First and last tick of each run; ascending, and never adjacent.
    runs: Vec<(u64, u64)>,
}

impl ClockSet {
    /// The tick after the last; the first tick is 1.
    pub(crate) fn next(&self) -> u64 {
        self.runs.last().map_or(1, |&(_, last)| last + 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(crate) fn contains(&self, clock: u64) -> bool {
        let next = self.runs.partition_point(|&(_, last)| last < clock);
        self.runs
            .get(next)
            .is_some_and(|&(first, _)| first <= clock)
    }

    pub(crate) fn insert(&mut self, clock: u64) {
        if let Some((_, last)) = self.runs.last_mut()
            && last.checked_add(1) == Some(clock)
        {
            *last = clock;
        } else {
            self.insert_run(clock, clock);
        }
    }

    pub(crate) fn remove(&mut self, clock: u64) {
        let at = self.runs.partition_point(|&(_, last)| last < clock);
        let Some(&(first, last)) = self.runs.get(at).filter(|run| run.0 <= clock) else {
            return;
        };
        let before = (first < clock).then(|| (first, clock - 1));
        let after = (clock < last).then(|| (clock + 1, last));
        self.runs.splice(at..=at, before.into_iter().chain(after));
    }

    pub(crate) fn union(&mut self, other: &Self) {
        if self.runs.is_empty() {
            self.runs.clone_from(&other.runs);
            return;
        }
        for &(first, last) in &other.runs {
            self.insert_run(first, last);
        }
    }

    pub(crate) fn is_superset(&self, other: &Self) -> bool {
        other.runs.iter().all(|&(first, last)| {
            let at = self.runs.partition_point(|run| run.1 < first);
            let run = self.runs.get(at);
            run.is_some_and(|run| run.0 <= first && last <= run.1)
        })
    }

    pub(crate) fn ranges(&self) -> impl Iterator<Item = RangeInclusive<u64>> {
        self.runs.iter().map(|&(first, last)| first..=last)
    }

    /// How many stretches are missing between the first tick and the last one here.
    pub(crate) fn gaps(&self) -> usize {
        let starts_late = self.runs.first().is_some_and(|&(first, _)| first > 1);
        self.runs.len().saturating_sub(1) + usize::from(starts_late)
    }

    /// Replaces all runs that touch the new one by their union with it.
    fn insert_run(&mut self, first: u64, last: u64) {
        let from = self
            .runs
            .partition_point(|run| run.1 < first.saturating_sub(1));
        let to = self
            .runs
            .partition_point(|run| run.0 <= last.saturating_add(1));
        let touched = &self.runs[from..to];
        let first = touched.first().map_or(first, |run| run.0.min(first));
        let last = touched.last().map_or(last, |run| run.1.max(last));
        self.runs.splice(from..to, [(first, last)]);
    }
}

/// Collects runs, in any order; a run that ends before it starts is left out.
impl FromIterator<(u64, u64)> for ClockSet {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(runs: I) -> Self {
        let mut set = Self::default();
        for (first, last) in runs {
            if first <= last {
                set.insert_run(first, last);
            }
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ticks_in_any_order_become_one_run() {
        let mut set = ClockSet::default();
        for clock in [5, 1, 3, 4, 2, 3] {
            set.insert(clock);
        }
        assert_eq!(set.runs, [(1, 5)]);
        assert_eq!((set.next(), set.gaps()), (6, 0));
    }

    #[test]
    fn the_greatest_tick_does_not_overflow() {
        let mut set = ClockSet::from_iter([(u64::MAX, u64::MAX), (9, 8), (0, 0)]);
        set.insert(u64::MAX);
        set.union(&set.clone());
        assert!(set.contains(u64::MAX) && set.contains(0) && !set.contains(9));
    }

    /// Every pair of subsets of a few ticks, against the standard set.
    #[test]
    fn it_agrees_with_a_plain_set() {
        let subsets =
            || (0_u64..256).map(|bits| (1..=8).filter(move |tick| bits >> (tick - 1) & 1 == 1));
        for left in subsets() {
            let plain: BTreeSet<u64> = left.collect();
            let set = gathered(&plain);
            for right in subsets() {
                let other: BTreeSet<u64> = right.collect();
                let other_set = gathered(&other);
                let mut union = set.clone();
                union.union(&other_set);
                assert_eq!(union, gathered(&(&plain | &other)));
                assert_eq!(set.is_superset(&other_set), plain.is_superset(&other));
            }
            for tick in 1..=8 {
                let mut without = set.clone();
                without.remove(tick);
                let mut rest = plain.clone();
                rest.remove(&tick);
                assert_eq!(
                    (without, set.contains(tick)),
                    (gathered(&rest), plain.contains(&tick))
                );
            }
            let ticks: Vec<u64> = set.ranges().flatten().collect();
            assert_eq!(ticks, plain.into_iter().collect::<Vec<_>>());
        }
    }

    fn gathered(ticks: &BTreeSet<u64>) -> ClockSet {
        ticks.iter().map(|&tick| (tick, tick)).collect()
    }
}
