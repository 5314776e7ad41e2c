use std::cell::RefCell;
use std::sync::Arc;
use std::thread;

use super::*;

struct Entry<V> {
    key: u32,
    value: V,
}

/// As good as random, and the same for all keys that are equal modulo 1,000.
fn hash(key: u32) -> u64 {
    u64::from(key % 1_000 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn slot<V>(buckets: &Buckets<Entry<V>>, key: u32) -> Slot<'_, Entry<V>> {
    buckets.slot(hash(key), |entry| entry.key == key)
}

fn insert<V>(buckets: &Buckets<Entry<V>>, key: u32, value: V) -> Owned<Entry<V>> {
    match slot(buckets, key) {
        Slot::Vacant(vacant) => {
            vacant.insert(Box::new(Entry { key, value }), |entry| hash(entry.key))
        }
        Slot::Occupied(_) => panic!("{key} is there already"),
    }
}

fn replace<V>(buckets: &Buckets<Entry<V>>, key: u32, value: V) -> Owned<Entry<V>> {
    match slot(buckets, key) {
        Slot::Occupied(occupied) => occupied.replace(Box::new(Entry { key, value })),
        Slot::Vacant(_) => panic!("{key} is not there"),
    }
}

fn remove<V>(buckets: &Buckets<Entry<V>>, entry: Owned<Entry<V>>) -> bool {
    buckets.remove(hash(entry.key), entry).is_some()
}

fn with<V, R>(buckets: &Buckets<Entry<V>>, key: u32, f: impl FnOnce(&V) -> R) -> Option<R> {
    let is_it = |entry: &Entry<V>| entry.key == key;
    buckets.with(hash(key), is_it, |entry| f(&entry.value))
}

fn contains<V>(buckets: &Buckets<Entry<V>>, key: u32) -> bool {
    with(buckets, key, |_| ()).is_some()
}

fn is_empty<V>(buckets: &Buckets<Entry<V>>) -> bool {
    (0..buckets.shards()).all(|shard| buckets.collect(shard, |_| ()).is_empty())
}

/// All in one bucket and those after it, more than a bucket can count.
#[test]
fn keys_of_one_hash_are_found_behind_each_other_and_removed_in_any_order() {
    let buckets = Buckets::new(256);
    let keys = || (0..600_u32).map(|number| number * 1_000);
    let entries: Vec<_> = keys().map(|key| insert(&buckets, key, ())).collect();
    let (first, mut second): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|entry| entry.key % 7_000 == 0);
    for entry in first {
        let key = entry.key;
        assert!(remove(&buckets, entry));
        assert!(!contains(&buckets, key));
    }
    while let Some(entry) = second.pop() {
        assert!(remove(&buckets, entry));
        let mut kept = second.iter().step_by(16);
        assert!(kept.all(|entry| contains(&buckets, entry.key)));
    }
    assert!(!keys().any(|key| contains(&buckets, key)));
    assert!(is_empty(&buckets));
}

#[test]
fn a_table_is_as_large_as_its_entries_ask_for() {
    let buckets = Buckets::new(256);
    let table_buckets = |key: u32| {
        let locked = buckets.lock(hash(key));
        locked.table.load().map_or(0, Table::len)
    };
    assert_eq!(table_buckets(0), 0);
    let keys = (0..1_000).map(|number| number * 1_000);
    let mut entries: Vec<_> = keys.map(|key| insert(&buckets, key, ())).collect();
    assert_eq!(table_buckets(0), 256);

    let last = entries.pop().unwrap();
    for entry in entries {
        assert!(remove(&buckets, entry));
    }
    let first = insert(&buckets, 0, ());
    assert_eq!(table_buckets(0), 2, "the next insertion gives memory back");
    assert!(remove(&buckets, last) && remove(&buckets, first));
}

#[test]
fn an_entry_that_was_replaced_takes_nothing_but_itself_away() {
    let buckets = Buckets::new(256);
    let former = insert(&buckets, 1, 'a');
    let present = replace(&buckets, 1, 'b');
    assert_eq!((former.value, present.value), ('a', 'b'));
    assert!(!remove(&buckets, former));
    assert_eq!(with(&buckets, 1, |value| *value), Some('b'));
    assert!(remove(&buckets, present));
}

#[test]
fn every_value_is_dropped_once_whatever_became_of_it() {
    let value = Arc::new(());
    let buckets = Buckets::new(256);
    let first: Vec<_> = (0..500)
        .map(|key| insert(&buckets, key, Arc::clone(&value)))
        .collect();
    let second: Vec<_> = (250..300)
        .map(|key| replace(&buckets, key, Arc::clone(&value)))
        .collect();
    for entry in first.into_iter().chain(second) {
        let replaced = (250..300).contains(&entry.key) && contains(&buckets, entry.key);
        assert!(remove(&buckets, entry) || replaced);
    }
    drop(buckets);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_value_stays_while_it_is_read_and_goes_thereafter() {
    let buckets = Buckets::new(256);
    let value = Arc::new(7);
    let mut entry = Some(insert(&buckets, 0, Arc::clone(&value)));
    with(&buckets, 0, |read| {
        assert!(entry.take().is_some_and(|entry| remove(&buckets, entry)));
        come_and_go(&buckets, 1_000);
        assert_eq!((**read, Arc::strong_count(&value)), (7, 2));
    });
    // Other tests' readers are waited for, too, but none of them reads for long.
    while Arc::strong_count(&value) > 1 {
        come_and_go(&buckets, 1_000);
        thread::yield_now();
    }
}

/// A look-up ends in the table where it began.
#[test]
fn an_outgrown_table_stays_while_it_is_read() {
    let buckets = Buckets::new(256);
    let insert = |number: u32| insert(&buckets, number * 1_000, number);
    let entries = RefCell::new((0..10).map(insert).collect::<Vec<_>>());
    let grow_and_compare = |entry: &Entry<u32>| {
        let others = entries.borrow().len() as u32..100;
        entries.borrow_mut().extend(others.map(insert));
        entry.value == 9
    };
    let found = buckets.with(hash(0), grow_and_compare, |entry| entry.value);
    assert_eq!(found, Some(9));
    let mut entries = entries.into_inner().into_iter();
    assert!(entries.all(|entry| remove(&buckets, entry)));
}

/// However the reading ends: what comes after it is not kept by it.
#[test]
fn a_callback_that_panics_ends_its_reading() {
    let buckets = Buckets::new(256);
    let value = Arc::new(7);
    let entry = insert(&buckets, 0, Arc::clone(&value));
    let panic = || with(&buckets, 0, |_| panic!("as the caller wished"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panic)).is_err());
    assert!(remove(&buckets, entry));
    while Arc::strong_count(&value) > 1 {
        come_and_go(&buckets, 1_000);
        thread::yield_now();
    }
}

/// With one thread there is one stripe: three batches of 128 at most when nobody reads.
#[test]
fn what_was_removed_does_not_pile_up() {
    let buckets = Buckets::new(256);
    let value = Arc::new(7);
    let mut kept = usize::MAX;
    while kept > 3 * 128 {
        for key in 0..10_000 {
            let entry = insert(&buckets, key, Arc::clone(&value));
            assert!(remove(&buckets, entry));
        }
        kept = Arc::strong_count(&value) - 1;
        thread::yield_now();
    }
}

/// Whoever reads on keeps all that is removed meanwhile, and writers go on.
#[test]
fn a_reader_that_does_not_end_stops_no_writer_and_keeps_what_goes() {
    let buckets = Buckets::new(256);
    let value = Arc::new(7);
    let held = insert(&buckets, 10_000_000, Arc::clone(&value));
    let come_and_go = |keys: u32| {
        for key in 0..keys {
            assert!(remove(&buckets, insert(&buckets, key, Arc::clone(&value))));
        }
        Arc::strong_count(&value)
    };
    let kept = with(&buckets, 10_000_000, |_| come_and_go(5_000));
    assert_eq!(kept, Some(5_002));
    while come_and_go(5_000) > 2 + 3 * 128 {
        thread::yield_now();
    }
    assert!(remove(&buckets, held));
}

/// Whatever a reader finds is what was inserted with that key, or replaced it, in tables that grow
/// and shrink all the while.
#[test]
fn readers_and_writers_on_many_threads_see_nothing_but_whole_entries() {
    let buckets = Buckets::<Entry<Box<u64>>>::new(256);
    let turns = 100;
    let write = |thread: u32| {
        let keys = (0..40).map(|number| thread * 1_000_000 + number * 1_000);
        for _ in 0..turns {
            let insert = |key: u32| insert(&buckets, key, Box::new(u64::from(key)));
            let former: Vec<_> = keys.clone().map(insert).collect();
            let replace = |key: u32| replace(&buckets, key, Box::new(u64::from(key)));
            let present: Vec<_> = keys.clone().map(replace).collect();
            let mut removed = former.into_iter().map(|entry| remove(&buckets, entry));
            assert!(!removed.any(|was_there| was_there));
            assert!(present.into_iter().all(|entry| remove(&buckets, entry)));
        }
    };
    let read = || {
        for number in 0..turns * 400 {
            let key = number % 3 * 1_000_000 + number % 40 * 1_000;
            if let Some(value) = with(&buckets, key, |value| **value) {
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
    assert!(is_empty(&buckets));
}

fn come_and_go(buckets: &Buckets<Entry<Arc<i32>>>, times: u32) {
    for key in 1..=times {
        assert!(remove(buckets, insert(buckets, key, Arc::new(0))));
    }
}
