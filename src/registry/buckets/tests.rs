use std::sync::Arc;
use std::thread;

use super::*;

/// As good as random, and the same for all keys that are equal modulo 1,000.
fn hash(key: &u32) -> u64 {
    u64::from(key % 1_000 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn insert<V>(buckets: &Buckets<u32, V>, key: u32, value: V) -> EntryId {
    match buckets.slot(hash(&key), &key) {
        Slot::Vacant(vacant) => vacant.insert(key, |_| value, hash),
        Slot::Occupied(_) => panic!("{key} is there already"),
    }
}

fn contains<V>(buckets: &Buckets<u32, V>, key: u32) -> bool {
    buckets.with(hash(&key), &key, |_| ()).is_some()
}

/// All in one bucket and those after it, more than a bucket can count.
#[test]
fn keys_of_one_hash_are_found_behind_each_other_and_removed_in_any_order() {
    let buckets = Buckets::new(256);
    let keys = || (0..600_u32).map(|number| number * 1_000);
    let ids: Vec<_> = keys().map(|key| (key, insert(&buckets, key, ()))).collect();
    let (first, second): (Vec<_>, Vec<_>) = ids.into_iter().partition(|(key, _)| key % 7_000 == 0);
    for (removed, kept) in [(&first, &second[..]), (&second, &[])] {
        for (key, id) in removed {
            assert!(buckets.remove(hash(key), *id));
            assert!(!buckets.remove(hash(key), *id));
            assert!(!contains(&buckets, *key));
        }
        assert!(kept.iter().all(|(key, _)| contains(&buckets, *key)));
    }
    assert!(!keys().any(|key| contains(&buckets, key)));
    assert!((0..buckets.shards()).all(|shard| buckets.keys(shard).is_empty()));
}

#[test]
fn a_table_is_as_large_as_its_entries_ask_for() {
    let buckets = Buckets::new(256);
    let table_buckets = |key: u32| {
        let locked = buckets.lock(hash(&key));
        locked.table().map_or(0, |table| table.buckets.len())
    };
    assert_eq!(table_buckets(0), 0);
    let entries: Vec<_> = (0..1_000).map(|number| number * 1_000).collect();
    let mut ids: Vec<_> = entries
        .iter()
        .map(|key| insert(&buckets, *key, ()))
        .collect();
    assert_eq!(table_buckets(0), 256);

    let last = ids.pop().unwrap();
    for (key, id) in entries.iter().zip(ids) {
        assert!(buckets.remove(hash(key), id));
    }
    insert(&buckets, 0, ());
    assert_eq!(table_buckets(0), 1, "the next insertion gives memory back");
    assert!(buckets.remove(hash(&999_000), last) && contains(&buckets, 0));
}

#[test]
fn an_id_does_not_name_the_entry_that_took_its_place() {
    let buckets = Buckets::new(256);
    let former = insert(&buckets, 1, 'a');
    let Slot::Occupied(occupied) = buckets.slot(hash(&1), &1) else {
        panic!("it was inserted");
    };
    let present = occupied.replace(1, 'b');
    assert!(!buckets.remove(hash(&1), former));
    assert_eq!(buckets.with(hash(&1), &1, |value| *value), Some('b'));
    assert!(buckets.remove(hash(&1), present));
}

#[test]
fn every_value_is_dropped_once_whatever_became_of_it() {
    let value = Arc::new(());
    let buckets = Buckets::new(256);
    let ids: Vec<_> = (0..500)
        .map(|key| insert(&buckets, key, Arc::clone(&value)))
        .collect();
    for (key, id) in (0..250).zip(ids) {
        assert!(buckets.remove(hash(&key), id));
    }
    for key in 250..300 {
        if let Slot::Occupied(occupied) = buckets.slot(hash(&key), &key) {
            occupied.replace(key, Arc::clone(&value));
        }
    }
    drop(buckets);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_value_stays_while_it_is_read_and_goes_thereafter() {
    let buckets = Buckets::new(256);
    let value = Arc::new(7);
    let id = insert(&buckets, 0, Arc::clone(&value));
    buckets.with(hash(&0), &0, |read| {
        assert!(buckets.remove(hash(&0), id));
        come_and_go(&buckets, 1_000);
        assert_eq!((**read, Arc::strong_count(&value)), (7, 2));
    });
    // Other tests' readers are waited for, too, but none of them reads for long.
    while Arc::strong_count(&value) > 1 {
        come_and_go(&buckets, 1_000);
        thread::yield_now();
    }
}

/// With one thread there is one stripe, which keeps less than a batch when nobody reads.
#[test]
fn what_was_removed_does_not_pile_up() {
    let buckets = Buckets::new(256);
    let value = Arc::new(7);
    let entry = |key| insert(&buckets, key, Arc::clone(&value));
    let mut kept = usize::MAX;
    while kept > 64 {
        for key in 0..1_000 {
            let id = entry(key);
            assert!(buckets.remove(hash(&key), id));
        }
        kept = Arc::strong_count(&value) - 1;
        thread::yield_now();
    }
}

/// Whatever a reader finds is what was inserted with that key, or replaced it.
#[test]
fn readers_and_writers_on_many_threads_see_nothing_but_whole_entries() {
    let buckets = Buckets::<u32, Box<u64>>::new(256);
    let write = |thread: u32| {
        let mine = |number: u32| thread * 1_000_000 + number % 40 * 1_000;
        for number in 0..4_000 {
            let id = insert(&buckets, mine(number), Box::new(u64::from(mine(number))));
            let Slot::Occupied(occupied) = buckets.slot(hash(&mine(number)), &mine(number)) else {
                panic!("it was inserted");
            };
            let successor = occupied.replace(mine(number), Box::new(u64::from(mine(number))));
            assert!(!buckets.remove(hash(&mine(number)), id));
            assert!(buckets.remove(hash(&mine(number)), successor));
        }
    };
    let read = || {
        for number in 0..40_000_u32 {
            let key = number % 3 * 1_000_000 + number % 40 * 1_000;
            if let Some(value) = buckets.with(hash(&key), &key, |value| **value) {
                assert_eq!(value, u64::from(key));
            }
        }
    };
    thread::scope(|scope| {
        for thread in 0..3 {
            scope.spawn(move || write(thread));
            scope.spawn(read);
        }
    });
    assert!((0..buckets.shards()).all(|shard| buckets.keys(shard).is_empty()));
}

fn come_and_go(buckets: &Buckets<u32, Arc<i32>>, times: u32) {
    for key in 1..=times {
        let id = insert(buckets, key, Arc::new(0));
        assert!(buckets.remove(hash(&key), id));
    }
}
