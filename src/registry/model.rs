//! Every interleaving of a few threads, and every value a load may see, tried by loom.
//!
//! A value has a cell that readers look into and its drop writes to: dropping a value that a reader
//! may still look at, or looking at a dropped one, is a race that loom reports. A value that
//! is never dropped shows in the count.

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::buckets::{Buckets, Owned, Slot};
use super::duplicate::DuplicateTable;
use super::occupancy::Occupancy;

/// Comparing a key looks into it, which must not be while it is made or dropped.
struct Key {
    number: u32,
    watched: UnsafeCell<()>,
}

impl Key {
    fn new(number: u32) -> Self {
        let watched = UnsafeCell::new(());
        Self { number, watched }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.watched.with(|_| ());
        self.number == other.number
    }
}

impl Eq for Key {}

impl Drop for Key {
    fn drop(&mut self) {
        self.watched.with_mut(|_| ());
    }
}

/// All keys meet in the first bucket, and some share a tag: their last byte.
fn hash(number: u32) -> u64 {
    u64::from(number % 256)
}

struct Value {
    content: u32,
    /// Holds nothing: loom watches who looks into it.
    watched: UnsafeCell<()>,
    dropped: &'static AtomicUsize,
}

impl Value {
    fn read(&self) -> u32 {
        self.watched.with(|_| thread::yield_now());
        self.content
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.watched.with_mut(|_| ());
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

struct Entry {
    key: Key,
    value: Value,
}

/// A table, and how many values were made for it and dropped.
struct World {
    buckets: Buckets<Entry>,
    made: AtomicUsize,
    dropped: &'static AtomicUsize,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            buckets: Buckets::new(1),
            made: AtomicUsize::new(0),
            dropped: Box::leak(Box::new(AtomicUsize::new(0))),
        })
    }

    fn value(&self, content: u32) -> Value {
        self.made.fetch_add(1, Ordering::Relaxed);
        Value {
            content,
            watched: UnsafeCell::new(()),
            dropped: self.dropped,
        }
    }

    fn entry(&self, number: u32, content: u32) -> Box<Entry> {
        let (key, value) = (Key::new(number), self.value(content));
        Box::new(Entry { key, value })
    }

    fn slot(&self, number: u32) -> Slot<'_, Entry> {
        let key = Key::new(number);
        self.buckets.slot(hash(number), |entry| entry.key == key)
    }

    fn insert(&self, number: u32) -> Owned<Entry> {
        let entry = self.entry(number, number);
        match self.slot(number) {
            Slot::Vacant(vacant) => vacant.insert(entry, |entry| hash(entry.key.number)),
            Slot::Occupied(_) => panic!("{number} is there already"),
        }
    }

    fn replace(&self, number: u32, content: u32) -> Owned<Entry> {
        let entry = self.entry(number, content);
        match self.slot(number) {
            Slot::Occupied(occupied) => occupied.replace(entry),
            Slot::Vacant(_) => panic!("{number} is not there"),
        }
    }

    fn remove(&self, entry: Owned<Entry>) -> bool {
        let hash = hash(entry.key.number);
        self.buckets.remove(hash, entry).is_some()
    }

    fn read(&self, number: u32) -> Option<u32> {
        self.with(number, Value::read)
    }

    fn with(&self, number: u32, f: impl FnOnce(&Value) -> u32) -> Option<u32> {
        let key = Key::new(number);
        let is_it = |entry: &Entry| entry.key == key;
        self.buckets
            .with(hash(number), is_it, |entry| f(&entry.value))
    }
}

/// The last one out counts: whatever was made is dropped, once.
fn close(world: Arc<World>) {
    let dropped = world.dropped;
    let world = Arc::try_unwrap(world).unwrap_or_else(|_| panic!("others still have the table"));
    let made = world.made.load(Ordering::Relaxed);
    drop(world);
    assert_eq!(dropped.load(Ordering::Relaxed), made);
}

fn model(scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(scenario);
}

fn beside<T: 'static, R: 'static>(
    shared: &Arc<T>,
    f: impl FnOnce(&T) -> R + 'static,
) -> thread::JoinHandle<R> {
    let shared = Arc::clone(shared);
    thread::spawn(move || f(&shared))
}

#[test]
fn a_reader_finds_a_removed_entry_whole_or_not_at_all() {
    model(|| {
        let world = World::new();
        let entry = world.insert(1);
        let reader = beside(&world, |world| world.read(1));
        assert!(world.remove(entry));
        assert_eq!(world.read(1), None);
        let read = reader.join().unwrap();
        assert!(read.is_none() || read == Some(1));
        close(world);
    });
}

#[test]
fn a_reader_finds_a_new_entry_whole_or_not_at_all() {
    model(|| {
        let world = World::new();
        let reader = beside(&world, |world| (world.read(1), world.read(1)));
        let entry = world.insert(1);
        let (first, second) = reader.join().unwrap();
        assert!(matches!(
            (first, second),
            (None, None) | (None, Some(1)) | (Some(1), Some(1))
        ));
        assert!(world.remove(entry));
        close(world);
    });
}

/// The former owner keeps its entry, and lets go of it while the reader may still have it.
#[test]
fn a_reader_finds_a_replaced_entry_or_its_successor() {
    model(|| {
        let world = World::new();
        let former = world.insert(1);
        let reader = beside(&world, |world| (world.read(1), world.read(1)));
        let present = world.replace(1, 2);
        assert!(!world.remove(former));
        let (first, second) = reader.join().unwrap();
        assert!(matches!(
            (first, second),
            (Some(1), Some(1 | 2)) | (Some(2), Some(2))
        ));
        assert!(world.remove(present));
        close(world);
    });
}

/// The reader may be in the former table, which still names the entry that the new one lost.
#[test]
fn a_reader_of_an_outgrown_table_outlives_no_entry_of_it() {
    model(|| {
        let world = World::new();
        let mut entries: Vec<_> = (1..=10).map(|number| world.insert(number)).collect();
        let reader = beside(&world, |world| world.read(1));
        entries.push(world.insert(11));
        assert!(world.remove(entries.swap_remove(0)));
        let read = reader.join().unwrap();
        assert!(read.is_none() || read == Some(1));
        assert!(entries.into_iter().all(|entry| world.remove(entry)));
        close(world);
    });
}

/// An entry that stays is found whichever table the reader is in, and wherever in it: entry 8
/// found no place in the bucket where it belongs.
#[test]
fn a_table_that_grows_hides_no_entry() {
    model(|| {
        let world = World::new();
        let mut entries: Vec<_> = (1..=10).map(|number| world.insert(number)).collect();
        let reader = beside(&world, |world| world.read(8));
        entries.push(world.insert(11));
        assert_eq!(reader.join().unwrap(), Some(8));
        assert!(entries.into_iter().all(|entry| world.remove(entry)));
        close(world);
    });
}

/// Key 257 has hash and tag of key 1, and takes its place.
#[test]
fn a_reader_does_not_take_another_key_for_its_own() {
    model(|| {
        let world = World::new();
        let entry = world.insert(1);
        let reader = beside(&world, |world| world.read(1));
        assert!(world.remove(entry));
        let other = world.insert(257);
        let read = reader.join().unwrap();
        assert!(read.is_none() || read == Some(1));
        assert_eq!(world.read(257), Some(257));
        assert!(world.remove(other));
        close(world);
    });
}

#[test]
fn what_two_writers_remove_two_readers_may_still_read() {
    model(|| {
        let world = World::new();
        let (one, two) = (world.insert(1), world.insert(2));
        let other = beside(&world, move |world| {
            let read = world.read(1);
            assert!(world.remove(two));
            read
        });
        let read = world.read(2);
        assert!(world.remove(one));
        assert!(read.is_none() || read == Some(2));
        let read = other.join().unwrap();
        assert!(read.is_none() || read == Some(1));
        close(world);
    });
}

#[test]
fn a_reading_within_a_reading_does_not_end_it() {
    model(|| {
        let world = World::new();
        let (one, two) = (world.insert(1), world.insert(2));
        let reader = beside(&world, |world| {
            let nested = |value: &Value| {
                assert_eq!(world.read(2), Some(2));
                value.read()
            };
            world.with(1, nested)
        });
        assert!(world.remove(one));
        let read = reader.join().unwrap();
        assert!(read.is_none() || read == Some(1));
        assert!(world.remove(two));
        close(world);
    });
}

/// J-3: what the callback does comes before every visit that finds the value, and after every one
/// that does not: loom reports a race on `log` if a visit is under way meanwhile.
#[test]
fn a_registration_with_a_callback_and_a_visit_exclude_each_other() {
    model(|| {
        let topic = Topic::new();
        let first = topic.register(1, || ());
        let visitor = beside(&topic, Topic::visit);
        let (group, id) = topic.register(2, || topic.write());
        let seen = visitor.join().unwrap();
        assert!(seen == [1] || seen == [1, 2], "{seen:?}");
        topic.table.remove(&group, id);
        topic.table.remove(&first.0, first.1);
        assert!(topic.visit().is_empty());
    });
}

/// The last one out retires the group while another joins it or founds the next.
#[test]
fn who_joins_a_group_that_retires_is_in_one_that_does_not() {
    model(|| {
        let topic = Topic::new();
        let (group, id) = topic.register(1, || ());
        let leaver = beside(&topic, move |topic| topic.table.remove(&group, id));
        let (group, id) = topic.register(2, || ());
        leaver.join().unwrap();
        assert_eq!(topic.visit(), [2]);
        topic.table.remove(&group, id);
        assert!(topic.visit().is_empty());
    });
}

struct Topic {
    table: DuplicateTable<&'static str, u32>,
    occupancy: Occupancy,
    log: UnsafeCell<()>,
}

impl Topic {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            table: DuplicateTable::new(1),
            occupancy: Occupancy::new(10),
            log: UnsafeCell::new(()),
        })
    }

    fn register(&self, value: u32, f: impl FnOnce()) -> Place {
        let place = self.table.insert(0, "topic", value, &self.occupancy, f);
        place.unwrap_or_else(|_| panic!("there is room for ten"))
    }

    fn write(&self) {
        self.log.with_mut(|_| ());
    }

    fn visit(&self) -> Vec<u32> {
        let mut seen = Vec::new();
        self.table.for_each(0, "topic", |value| {
            self.log.with(|_| ());
            seen.push(*value);
        });
        seen
    }
}

type Place = (
    std::sync::Arc<super::duplicate::Group<&'static str, u32>>,
    super::members::MemberId,
);
