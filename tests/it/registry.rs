//! The registry as an application sees it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use bennu::registry::{RegisterError, Registration, Registry};

#[test]
fn a_unique_key_is_refused_until_its_owner_lets_go() {
    let registry: Registry<String, u32> = Registry::unique();
    let first = registry.register("key".to_owned(), 1).unwrap();

    let refused = registry.register("key".to_owned(), 2);
    assert_eq!(refused.unwrap_err(), RegisterError::AlreadyRegistered);
    assert_eq!(registry.lookup("key"), Some(1));

    drop(first);
    assert_eq!(registry.lookup("key"), None);
    let _second = registry.register("key".to_owned(), 2).unwrap();
    assert_eq!(registry.lookup("key"), Some(2));
}

#[test]
fn an_entry_ends_with_the_panic_of_its_owner() {
    let registry = Registry::unique();
    let owned = registry.clone();
    let owner = thread::spawn(move || {
        let _registration = owned.register("key", 1).unwrap();
        assert_eq!(owned.lookup("key"), None, "the owner dies here");
    });
    assert!(owner.join().is_err());
    assert_eq!(registry.lookup("key"), None);
    assert!(registry.is_empty());
}

#[test]
fn the_end_of_a_replaced_owner_leaves_its_successor_alone() {
    let registry = Registry::unique();
    let old = registry.register("session", 1).unwrap();
    let new = registry.register_or_replace("session", 2).unwrap();
    assert_eq!((registry.lookup("session"), registry.len()), (Some(2), 1));

    drop(old);
    assert_eq!((registry.lookup("session"), registry.len()), (Some(2), 1));
    drop(new);
    assert_eq!((registry.lookup("session"), registry.len()), (None, 0));
}

#[test]
fn a_successor_may_end_before_the_owner_it_replaced() {
    let registry = Registry::unique();
    let old = registry.register("session", 1).unwrap();
    drop(registry.register_or_replace("session", 2).unwrap());
    let third = registry.register("session", 3).unwrap();

    drop(old);
    assert_eq!(registry.lookup("session"), Some(3));
    drop(third);
    assert!(registry.is_empty());
}

#[test]
fn a_full_registry_refuses_until_an_entry_goes() {
    for registry in [
        Registry::builder().entries_max(2).unique(),
        Registry::builder().entries_max(2).duplicate(),
    ] {
        let first = registry.register(1, ()).unwrap();
        let _second = registry.register(2, ()).unwrap();
        assert_eq!(
            registry.register(3, ()).unwrap_err(),
            RegisterError::Full,
            "{registry:?}"
        );
        assert_eq!((registry.len(), registry.count(&3)), (2, 0));

        drop(first);
        let _third = registry.register(3, ()).unwrap();
        assert_eq!((registry.len(), registry.count(&3)), (2, 1));
    }
}

#[test]
fn a_full_registry_still_replaces_and_names_a_taken_key() {
    let registry = Registry::builder().entries_max(1).unique();
    let _old = registry.register('a', 1).unwrap();

    let taken = registry.register('a', 2);
    assert_eq!(taken.unwrap_err(), RegisterError::AlreadyRegistered);
    let other = registry.register_or_replace('b', 2);
    assert_eq!(other.unwrap_err(), RegisterError::Full);
    let _new = registry.register_or_replace('a', 3).unwrap();
    assert_eq!(registry.lookup(&'a'), Some(3));
}

#[test]
fn a_registry_of_no_entries_refuses_all() {
    let registry = Registry::builder().entries_max(0).shards(0).duplicate();
    assert_eq!(registry.register(1, ()).unwrap_err(), RegisterError::Full);
    assert_eq!(registry.keys().count(), 0);
}

#[test]
fn every_value_of_a_key_is_visited_once_whoever_left_before() {
    let registry = Registry::duplicate();
    let mut registrations: Vec<_> = (0..10)
        .map(|value| registry.register("room", value).unwrap())
        .collect();
    let _elsewhere = registry.register("attic", 99).unwrap();
    for leaver in [9, 0, 4] {
        drop(registrations.remove(leaver));
    }
    // 9 left, then 0, then the fifth of what remained: 5.
    assert_eq!(values(&registry, "room"), [1, 2, 3, 4, 6, 7, 8]);
    assert_eq!((registry.count("room"), registry.len()), (7, 8));
}

#[test]
fn equal_values_under_one_key_are_separate_entries() {
    let registry = Registry::duplicate();
    let first = registry.register("room", 7).unwrap();
    let _second = registry.register("room", 7).unwrap();
    assert_eq!(values(&registry, "room"), [7, 7]);
    drop(first);
    assert_eq!(values(&registry, "room"), [7]);
}

#[test]
fn keys_are_listed_once_each_while_they_have_values() {
    let registry = Registry::duplicate();
    let _one = registry.register(1, 'a').unwrap();
    let _same = registry.register(1, 'b').unwrap();
    let gone = registry.register(2, 'c').unwrap();
    let _three = registry.register_or_replace(3, 'd').unwrap();
    drop(gone);

    let mut keys: Vec<_> = registry.keys().collect();
    keys.sort_unstable();
    assert_eq!(keys, [1, 3]);
}

#[test]
fn a_dropped_value_may_use_the_registry_again() {
    for registry in [Registry::unique(), Registry::duplicate()] {
        let value = || OnDrop(registry.clone());
        let first = registry.register("key", value()).unwrap();
        let _refused_or_second = registry.register("key", value());
        let _replacing_or_third = registry.register_or_replace("key", value()).unwrap();
        drop(first);
    }
}

#[test]
fn debug_output_shows_no_contents() {
    let registry = Registry::unique();
    let _secret = registry.register("secret key", "secret value").unwrap();
    let shown = format!("{registry:?}");
    assert_eq!(shown, r#"Registry { keys: "unique", len: 1, .. }"#);
}

#[test]
fn handles_and_guards_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Registry<String, u32>>();
    crosses::<Registration<String, u32>>();
}

#[test]
fn of_many_that_race_for_a_unique_key_one_wins() {
    let registry = Registry::unique();
    for round in 0..200 {
        let barrier = Barrier::new(4);
        let contend = |name: u32| {
            barrier.wait();
            registry.register(round, name).ok()
        };
        let won: Vec<_> = thread::scope(|scope| {
            let racers: Vec<_> = (0..4)
                .map(|name| scope.spawn(move || contend(name)))
                .collect();
            racers
                .into_iter()
                .filter_map(|racer| racer.join().unwrap())
                .collect()
        });
        assert_eq!((won.len(), registry.len()), (1, 1));
    }
}

/// Few keys and many comings and goings, so that groups are founded and retired all the time.
#[test]
fn owners_that_come_and_go_on_many_threads_lose_and_leave_nothing() {
    let registry = Registry::builder().shards(2).duplicate();
    let barrier = Barrier::new(4);
    let come_and_go = |thread: u32| {
        barrier.wait();
        let mut held = Vec::new();
        for turn in 0..5_000_u32 {
            let (key, name) = (turn % 3, thread << 16 | turn);
            held.push((key, name, registry.register(key, name).unwrap()));
            let found = values(&registry, &key);
            assert!(found.windows(2).all(|pair| pair[0] != pair[1]), "twice");
            assert!(found.contains(&name), "own entry is missing");
            if turn % 4 != 3 {
                let (key, name, registration) = held.swap_remove(turn as usize % held.len());
                drop(registration);
                assert!(!values(&registry, &key).contains(&name), "still there");
            }
            if held.len() > 8 {
                held.clear();
            }
        }
    };
    thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || come_and_go(thread));
        }
    });
    assert_eq!((registry.len(), registry.keys().count()), (0, 0));
}

/// A seeded walk next to the simplest model there is.
#[test]
fn a_random_walk_agrees_with_a_map_of_lists() {
    let registry = Registry::duplicate();
    let mut model = BTreeMap::<u32, Vec<u32>>::new();
    let mut held: Vec<(u32, u32, Registration<u32, u32>)> = Vec::new();
    let mut seed = 0x9e37_79b9_u32;
    for value in 0..20_000 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (choice, key) = (seed >> 8, seed >> 24 & 7);
        if choice % 100 < 50 {
            model.entry(key).or_default().push(value);
            held.push((key, value, registry.register(key, value).unwrap()));
        } else if !held.is_empty() {
            let (key, value, registration) = held.swap_remove(choice as usize % held.len());
            drop(registration);
            model.get_mut(&key).unwrap().retain(|other| *other != value);
        }
        assert_eq!(values(&registry, &key), *model.entry(key).or_default());
    }
    assert_eq!(registry.len(), held.len());
}

#[test]
fn visits_of_one_key_run_beside_each_other() {
    let registry = Arc::new(Registry::duplicate());
    let _entry = registry.register("room", AtomicU32::new(0)).unwrap();
    let both_inside = Arc::new(Barrier::new(2));
    let visitors = [(); 2].map(|()| {
        let (registry, both_inside) = (Arc::clone(&registry), Arc::clone(&both_inside));
        thread::spawn(move || {
            registry.for_each("room", |visits| {
                both_inside.wait();
                visits.fetch_add(1, Ordering::Relaxed);
            });
        })
    });
    for visitor in visitors {
        visitor.join().unwrap();
    }
    assert_eq!(
        registry.with("room", |visits| visits.load(Ordering::Relaxed)),
        Some(2)
    );
}

fn values<K, Q>(registry: &Registry<K, u32>, key: &Q) -> Vec<u32>
where
    K: std::hash::Hash + Eq + std::borrow::Borrow<Q>,
    Q: std::hash::Hash + Eq + ?Sized,
{
    let mut values = Vec::new();
    registry.for_each(key, |value| values.push(*value));
    values.sort_unstable();
    values
}

/// A value whose end takes the locks that its removal took.
struct OnDrop(Registry<&'static str, Self>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.with("key", |_| ());
        assert!(self.0.count("another key") == 0);
    }
}
