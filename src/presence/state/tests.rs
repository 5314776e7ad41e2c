use std::collections::{BTreeMap, BTreeSet};

use super::*;

#[test]
fn a_topic_lists_its_keys_in_order_and_each_keys_metas_as_they_joined() {
    let mut state = state("a");
    for (owner, key, meta) in [(1, "zoe", 1), (2, "ada", 2), (3, "zoe", 3), (4, "zoe", 4)] {
        join(&mut state, owner, "room", key, meta);
    }
    join(&mut state, 1, "attic", "zoe", 5);
    state.leave(Owner(3), &"room".into(), &"zoe".into());

    let listed: Vec<_> = state
        .get_by_topic("room")
        .map(|(key, metas)| (key.to_string(), metas.copied().collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        listed,
        [("ada".into(), vec![2]), ("zoe".into(), vec![1, 4])]
    );
    assert_eq!(
        state.get_by_key("room", "zoe").collect::<Vec<_>>(),
        [&1, &4]
    );
    assert_eq!(state.get_by_key("room", "nobody").len(), 0);
    assert_eq!(state.get_by_topic("nowhere").count(), 0);
}

/// PR-10: the same owner cannot be tracked twice under a topic and key.
#[test]
fn an_owner_joins_a_topic_and_key_once() {
    let mut state = state("a");
    join(&mut state, 1, "room", "ada", 1);
    let again = state.join(Owner(1), "room".into(), "ada".into(), 2);
    assert_eq!(again, Err(TrackError::AlreadyTracked));
    assert_eq!(state.get(Owner(1), &"room".into(), &"ada".into()), Some(&1));

    assert_eq!(
        state.leave(Owner(1), &"room".into(), &"ada".into()),
        Some(1)
    );
    assert_eq!(state.leave(Owner(1), &"room".into(), &"ada".into()), None);
    join(&mut state, 1, "room", "ada", 3);
    assert_eq!(view(&state), [("room", "ada", 3)].map(owned).into());
}

#[test]
fn an_update_replaces_the_meta_and_answers_the_former() {
    let mut state = state("a");
    let (room, ada) = ("room".into(), "ada".into());
    assert_eq!(state.update(Owner(1), &room, &ada, 2), None);
    join(&mut state, 1, "room", "ada", 1);
    assert_eq!(state.update(Owner(1), &room, &ada, 2), Some(1));
    assert_eq!(view(&state), [("room", "ada", 2)].map(owned).into());
    assert_eq!(state.len(), 1);
}

#[test]
fn all_that_an_owner_has_leaves_with_it_and_nothing_else() {
    let mut state = state("a");
    join(&mut state, 1, "room", "ada", 1);
    join(&mut state, 1, "attic", "ada", 2);
    join(&mut state, 2, "room", "ada", 3);
    join(&mut state, 0, "room", "ada", 4);
    assert_eq!(state.get_by_owner(Owner(1)).count(), 2);

    let diff = changes(state.leave_all(Owner(1)));
    assert_eq!(
        diff,
        (
            vec![],
            vec![("attic", "ada", 2), ("room", "ada", 1)]
                .into_iter()
                .map(owned)
                .collect()
        )
    );
    assert_eq!(
        view(&state),
        [("room", "ada", 3), ("room", "ada", 4)].map(owned).into()
    );
    assert!(state.leave_all(Owner(1)).is_empty());
}

/// PR-3: an update is in both halves of one diff.
#[test]
fn a_merged_update_is_a_join_and_a_leave() {
    let (mut a, mut b) = (state("a"), state("b"));
    b.replica_up(&replica("a")).unwrap();
    join(&mut a, 1, "room", "ada", 1);
    b.merge(a.take_delta()).unwrap();
    a.update(Owner(1), &"room".into(), &"ada".into(), 2);

    let diff = changes(b.merge(a.take_delta()).unwrap());
    assert_eq!(
        diff,
        (
            vec![owned(("room", "ada", 2))],
            vec![owned(("room", "ada", 1))]
        )
    );
}

#[test]
fn a_removal_that_overtakes_its_addition_prevents_it() {
    let (mut a, mut b) = (state("a"), state("b"));
    b.replica_up(&replica("a")).unwrap();
    a.take_delta();
    join(&mut a, 1, "room", "ada", 1);
    let addition = a.take_delta();
    a.leave(Owner(1), &"room".into(), &"ada".into());
    let removal = a.take_delta();

    assert!(b.merge(removal).unwrap().is_empty());
    assert!(b.merge(addition).unwrap().is_empty());
    assert_eq!(b.len(), 0);
}

#[test]
fn what_came_and_went_between_two_deltas_is_never_told() {
    let mut a = state("a");
    a.take_delta();
    join(&mut a, 1, "room", "ada", 1);
    a.leave(Owner(1), &"room".into(), &"ada".into());
    let delta = a.take_delta();
    assert!(delta.iter().all(|(_, delta)| delta.elements.is_empty()));
    assert!(!delta.is_empty(), "but that the clock went on is");
    assert!(a.take_delta().is_empty());
}

#[test]
fn a_transfer_names_only_what_the_other_lacks() {
    let (mut a, mut b) = (state("a"), state("b"));
    b.replica_up(&replica("a")).unwrap();
    for owner in 0..10 {
        join(&mut a, owner, "room", "ada", owner as u32);
    }
    b.merge(a.take_delta()).unwrap();
    join(&mut a, 10, "room", "ada", 10);
    a.leave(Owner(3), &"room".into(), &"ada".into());

    let transfer = a.extract(&b.context());
    let metas = |(_, delta): (_, &ReplicaDelta<u32>)| {
        delta
            .elements
            .values()
            .map(|element| element.meta)
            .collect::<Vec<_>>()
    };
    assert_eq!(transfer.iter().map(metas).collect::<Vec<_>>(), [[10]]);
    let diff = changes(b.merge(transfer).unwrap());
    assert_eq!(
        diff,
        (
            vec![owned(("room", "ada", 10))],
            vec![owned(("room", "ada", 3))]
        )
    );
    assert!(a.extract(&b.context()).is_empty());
}

/// TR-5: a silent replica's elements are hidden, not forgotten.
#[test]
fn a_replica_that_goes_down_and_comes_up_takes_its_elements_along() {
    let (mut a, mut b) = (state("a"), state("b"));
    join(&mut a, 1, "room", "ada", 1);
    let joined = (vec![owned(("room", "ada", 1))], vec![]);
    let left = (vec![], vec![owned(("room", "ada", 1))]);

    assert!(
        b.merge(a.take_delta()).unwrap().is_empty(),
        "not heard of yet"
    );
    assert_eq!(changes(b.replica_up(&replica("a")).unwrap()), joined);
    assert!(b.replica_up(&replica("a")).unwrap().is_empty());
    assert_eq!(changes(b.replica_down(&replica("a"))), left);
    assert!(b.replica_down(&replica("a")).is_empty());
    assert_eq!((view(&b).len(), b.len()), (0, 1));

    join(&mut a, 2, "room", "bob", 2);
    a.leave(Owner(1), &"room".into(), &"ada".into());
    assert!(
        b.merge(a.take_delta()).unwrap().is_empty(),
        "hidden changes"
    );
    let back = changes(b.replica_up(&replica("a")).unwrap());
    assert_eq!(back, (vec![owned(("room", "bob", 2))], vec![]));
}

/// TR-5: a restarted node is a new replica, and the old one is lost at once.
#[test]
fn a_restarted_node_begins_anew_beside_its_former_self() {
    let mut b = state("b");
    let starts = [1, 2].map(|vsn| Replica::new("a", vsn));
    for (replica, meta) in starts.iter().zip([10, 20]) {
        let mut a = State::new(replica.clone());
        join(&mut a, 1, "room", "ada", meta);
        b.replica_up(replica).unwrap();
        b.merge(a.take_delta()).unwrap();
    }
    assert_eq!(b.get_by_key("room", "ada").collect::<Vec<_>>(), [&10, &20]);

    let former = |known: &&Replica| known.name() == "a" && known.vsn() < 2;
    let context = b.context();
    let former: Vec<_> = context.keys().filter(former).collect();
    assert_eq!(former, [&starts[0]]);
    b.replica_permdown(former[0]);
    assert_eq!(b.get_by_key("room", "ada").collect::<Vec<_>>(), [&20]);
}

/// TR-5: after the permanent end only the replica itself can bring its elements back.
#[test]
fn a_lost_replica_is_not_revived_by_what_others_remember() {
    let (mut a, mut b, mut c) = (state("a"), state("b"), state("c"));
    join(&mut a, 1, "room", "ada", 1);
    for other in [&mut b, &mut c] {
        other.replica_up(&replica("a")).unwrap();
        other.merge(a.extract(&other.context())).unwrap();
    }
    assert_eq!(changes(b.replica_permdown(&replica("a"))).1.len(), 1);
    assert!(b.replica_permdown(&replica("a")).is_empty());

    assert!(b.merge(c.extract(&b.context())).unwrap().is_empty());
    assert_eq!((b.len(), b.context().len()), (0, 1));

    b.replica_up(&replica("a")).unwrap();
    let back = changes(b.merge(a.extract(&b.context())).unwrap());
    assert_eq!(back.0, [owned(("room", "ada", 1))]);
}

#[test]
fn nobody_else_removes_an_own_element_or_brings_one() {
    let mut a = state("a");
    join(&mut a, 1, "room", "ada", 1);
    let mut forged = Delta::default();
    let seen = ClockSet::from_iter([(1, u64::MAX)]);
    forged.insert(
        replica("a"),
        ReplicaDelta {
            seen,
            elements: BTreeMap::new(),
        },
    );
    assert!(a.merge(forged).unwrap().is_empty());
    assert!(a.replica_down(&replica("a")).is_empty());
    assert!(a.replica_permdown(&replica("a")).is_empty());
    assert!(a.replica_up(&replica("a")).unwrap().is_empty());
    join(&mut a, 2, "room", "ada", 2);
    assert_eq!((view(&a).len(), a.len()), (2, 2));
}

#[test]
fn an_element_whose_tick_the_sender_did_not_speak_for_is_still_merged_once() {
    let (mut a, mut b) = (state("a"), state("b"));
    b.replica_up(&replica("a")).unwrap();
    join(&mut a, 1, "room", "ada", 1);
    let elements = (a.take_delta().into_iter().next().unwrap().1).elements;
    let mut unsound = Delta::default();
    let seen = ClockSet::default();
    unsound.insert(replica("a"), ReplicaDelta { seen, elements });

    assert_eq!(b.merge(unsound.clone()).unwrap().into_iter().count(), 1);
    assert!(b.merge(unsound).unwrap().is_empty());
    assert_eq!((view(&b).len(), b.len()), (1, 1));
}

#[test]
fn elements_beyond_the_limit_are_refused_local_and_remote() {
    let limits = Limits {
        elements_max: 2,
        ..Limits::default()
    };
    let mut a = State::with_limits(replica("a"), limits);
    a.replica_up(&replica("b")).unwrap();
    join(&mut a, 1, "room", "ada", 1);
    let mut b = state("b");
    for owner in 1..=2 {
        join(&mut b, owner, "room", "bob", 0);
    }
    assert_eq!(a.merge(b.take_delta()), Err(MergeError::Full));
    assert_eq!(
        (a.len(), a.context().len()),
        (1, 2),
        "nothing of it was taken in"
    );

    b.leave(Owner(1), &"room".into(), &"bob".into());
    a.merge(b.extract(&a.context())).unwrap();
    assert_eq!(a.len(), 2);
    assert_eq!(
        a.join(Owner(2), "room".into(), "ada".into(), 2),
        Err(TrackError::Full)
    );
    assert_eq!(
        a.merge(b.extract(&Context::new()))
            .map(|diff| diff.is_empty()),
        Ok(true)
    );
}

#[test]
fn replicas_beyond_the_limit_are_refused_until_one_is_lost() {
    let limits = Limits {
        replicas_max: 1,
        ..Limits::default()
    };
    let mut a = State::with_limits(replica("a"), limits);
    let mut c = state("c");
    join(&mut c, 1, "room", "cleo", 1);
    a.replica_up(&replica("b")).unwrap();

    assert_eq!(
        a.replica_up(&replica("c")),
        Err(MergeError::TooManyReplicas)
    );
    assert_eq!(a.merge(c.take_delta()), Err(MergeError::TooManyReplicas));
    a.replica_permdown(&replica("b"));
    a.replica_up(&replica("c")).unwrap();
    a.replica_permdown(&replica("c"));
    assert_eq!(a.lost, [replica("c")], "the first one lost is forgotten");
}

#[test]
fn gaps_beyond_the_limit_are_refused_until_a_transfer_closes_them() {
    let limits = Limits {
        gaps_max: 1,
        ..Limits::default()
    };
    let mut a = State::with_limits(replica("a"), limits);
    let mut b = state("b");
    b.take_delta();
    let mut deltas = (1..=5)
        .map(|owner| {
            join(&mut b, owner, "room", "bob", 0);
            b.take_delta()
        })
        .collect::<Vec<_>>();
    a.merge(deltas.remove(1)).unwrap();
    assert_eq!(a.merge(deltas.remove(2)), Err(MergeError::TooManyGaps));
    assert_eq!(a.len(), 1);

    a.merge(b.extract(&a.context())).unwrap();
    assert_eq!(
        (a.len(), a.context()),
        (
            5,
            Context::from([
                (replica("a"), ClockSet::default()),
                (replica("b"), [(1, 5)].into_iter().collect())
            ])
        )
    );
}

pub(super) fn replica(name: &str) -> Replica {
    Replica::new(name, 1)
}

pub(super) fn state(name: &str) -> State<u32> {
    State::new(replica(name))
}

pub(super) fn join(
    state: &mut State<u32>,
    owner: u64,
    topic: &'static str,
    key: &'static str,
    meta: u32,
) {
    state
        .join(Owner(owner), topic.into(), key.into(), meta)
        .unwrap();
}

pub(super) fn owned((topic, key, meta): (&str, &str, u32)) -> (String, String, u32) {
    (topic.to_owned(), key.to_owned(), meta)
}

pub(super) fn view(state: &State<u32>) -> BTreeSet<(String, String, u32)> {
    let mut view = BTreeSet::new();
    for topic in ["room", "attic", "cellar"] {
        for (key, metas) in state.get_by_topic(topic) {
            view.extend(metas.map(|meta| owned((topic, key, *meta))));
        }
    }
    view
}

pub(super) type Changes = Vec<(String, String, u32)>;

/// Joins and leaves of all topics.
pub(super) fn changes(diff: Diff<u32>) -> (Changes, Changes) {
    let (mut joins, mut leaves) = (Vec::new(), Vec::new());
    for (topic, diff) in diff {
        joins.extend(
            diff.joins
                .iter()
                .map(|(key, meta)| owned((&topic, key, *meta))),
        );
        leaves.extend(
            diff.leaves
                .iter()
                .map(|(key, meta)| owned((&topic, key, *meta))),
        );
    }
    (joins, leaves)
}
