//! A hash table that is read without locks.
//!
//! A table is cut into shards, each with a lock for its writers. Readers follow pointers: from the
//! shard to its table, in the table to the bucket that the hash names, and from there to the entry.
//! A bucket fills one cache line and has in it a byte of the hash of each of its seven entries, so
//! that a look-up misses the caches twice: for the bucket, and for the entry with key and value.
//!
//! An entry never moves and never changes. Removing it takes its pointer out of its bucket,
//! replacing it puts another pointer there, and a table that is to grow or shrink is copied,
//! pointers only, and replaced at a stroke. What was taken out is [`Retired`] for the readers that
//! may still see it.
//!
//! # Why the unsafe code is sound
//!
//! * Every pointer in a shard or a bucket is null or comes from `Box::into_raw`.
//! * Pointers are stored with release and loaded with acquire ordering: who has one sees what it
//!   points to in full.
//! * Only the holder of a shard's lock stores pointers in the shard and in its current table. No
//!   other table changes.
//! * A pointer is followed only under the shard's lock or while a [`Reading`] lives, and what is
//!   borrowed through it ends before either.
//! * A table or an entry is freed in three cases only. It was replaced or removed under the lock
//!   and retired thereafter, and a grace period that began later is over: no reader has a pointer
//!   to it. For an entry this includes the readers of former tables that still name it, for such a
//!   table was taken out of sight before the entry was. Or the whole is dropped, and nobody else
//!   has it. Or an insertion unwinds before it stored the pointer anywhere.
//! * Keys and values are seen by all threads that share the whole and dropped by any of them. The
//!   marker `owns` demands of them what a lock would demand.

#![expect(
    unsafe_code,
    reason = "reading without locks means following pointers that others take away"
)]

use std::borrow::Borrow;
use std::marker::PhantomData;
use std::{array, ptr};

use crossbeam_utils::CachePadded;
use parking_lot::RwLock;

use super::readers::{self, Reading};
use super::retired::Retired;
use super::sync::{AtomicPtr, AtomicU64, Mutex, MutexGuard, Ordering};
use super::tags::{PLACES, Tag, Tags};

#[cfg(all(test, not(bennu_loom)))]
mod tests;

pub(super) struct Buckets<K, V> {
    /// By shard; null before the first insertion. They rarely change, and all readers need them:
    /// close together they stay in every core's nearest cache.
    tables: [AtomicPtr<Table<K, V>>; SHARDS_MAX],
    /// One less than the number of shards in use, which is a power of two.
    shards_mask: usize,
    /// By shard; whoever writes there holds the lock.
    writers: Box<[CachePadded<Mutex<Writer>>]>,
    retired: Retired<Unlinked<K, V>>,
    owns: PhantomData<RwLock<(K, V)>>,
}

/// What the holder of a shard's lock keeps count of.
#[derive(Default)]
struct Writer {
    entries: usize,
    ids: u64,
}

/// Names one entry among all that were ever in its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EntryId(u64);

/// Does not own the entries: while it is copied, two tables name them.
struct Table<K, V> {
    /// A power of two of them.
    buckets: Box<[Bucket<K, V>]>,
}

#[repr(C, align(64))]
struct Bucket<K, V> {
    tags: AtomicU64,
    entries: [AtomicPtr<Entry<K, V>>; PLACES],
}

struct Entry<K, V> {
    key: K,
    id: EntryId,
    value: V,
}

/// A power of two: how many writers can be at work at a time, at best.
pub(super) const SHARDS_MAX: usize = if cfg!(bennu_loom) { 1 } else { 256 };

/// With more on average a table grows: about one entry in twenty is then not in the bucket where
/// it belongs, but in a later one.
const ENTRIES_PER_BUCKET_MAX: usize = 5;

/// With fewer entries for each bucket, one to this many, a table shrinks.
const BUCKETS_PER_ENTRY_MAX: usize = 2;

impl<K, V> Buckets<K, V> {
    /// `shards` is rounded up to a power of two of at most [`SHARDS_MAX`].
    pub(super) fn new(shards: u16) -> Self {
        let shards = usize::from(shards).clamp(1, SHARDS_MAX).next_power_of_two();
        Self {
            shards_mask: shards - 1,
            tables: array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            writers: (0..shards).map(|_| CachePadded::default()).collect(),
            retired: Retired::new(),
            owns: PhantomData,
        }
    }

    /// Runs `f` on the value of a key. Whatever becomes of the entry, the value stays until then.
    #[inline]
    pub(super) fn with<Q, R>(&self, hash: u64, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let Some(_reading) = Reading::begin() else {
            return self.with_introduced(hash, key, f);
        };
        let table = self.tables[self.shard(hash)].load(Ordering::Acquire);
        // SAFETY: the reading began before the pointer was loaded, and lives until `f` is done.
        let table = unsafe { table.as_ref() }?;
        // SAFETY: the same holds for what is found in the table.
        let (_, entry) = unsafe { table.find(hash, |entry| entry.key.borrow() == key) }?;
        Some(f(&entry.value))
    }

    #[cold]
    #[inline(never)]
    fn with_introduced<Q, R>(&self, hash: u64, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        readers::introduce();
        self.with(hash, key, f)
    }

    /// Locks the key's shard and answers what the key has there.
    pub(super) fn slot(&self, hash: u64, key: &K) -> Slot<'_, K, V>
    where
        K: Eq,
    {
        let locked = self.lock(hash);
        match locked.position(|entry| entry.key == *key) {
            Some(position) => Slot::Occupied(Occupied { locked, position }),
            None => Slot::Vacant(Vacant { locked }),
        }
    }

    /// Takes exactly this entry out, not one that replaced it; answers whether it was there.
    pub(super) fn remove(&self, hash: u64, id: EntryId) -> bool {
        let mut locked = self.lock(hash);
        let Some(position) = locked.position(|entry| entry.id == id) else {
            return false;
        };
        let entry = locked.remove(position);
        drop(locked);
        self.retire(Unlinked::Entry(AtomicPtr::new(entry)));
        true
    }

    /// Drops what was removed, as far as no reader may still see it.
    pub(super) fn flush(&self) {
        drop(self.retired.flush());
    }

    pub(super) fn shards(&self) -> usize {
        self.shards_mask + 1
    }

    /// The keys of one shard.
    pub(super) fn keys(&self, shard: usize) -> Vec<K>
    where
        K: Clone,
    {
        let _writer = self.writers[shard].lock();
        let table = self.tables[shard].load(Ordering::Acquire);
        // SAFETY: the shard is locked until the keys are cloned.
        let table = unsafe { table.as_ref() };
        let entries = table.into_iter().flat_map(Table::entries);
        // SAFETY: as above; a table names entries only.
        entries
            .map(|entry| unsafe { (*entry).key.clone() })
            .collect()
    }

    fn lock(&self, hash: u64) -> Locked<'_, K, V> {
        let shard = self.shard(hash);
        Locked {
            writer: self.writers[shard].lock(),
            table: &self.tables[shard],
            retired: &self.retired,
            hash,
        }
    }

    /// The bits are not those that bucket and tag are made of.
    #[inline]
    fn shard(&self, hash: u64) -> usize {
        ((hash >> 40) as usize % SHARDS_MAX) & self.shards_mask
    }

    fn retire(&self, unlinked: Unlinked<K, V>) {
        drop(self.retired.retire(unlinked));
    }
}

impl<K, V> Drop for Buckets<K, V> {
    fn drop(&mut self) {
        for table in &self.tables {
            let table = table.load(Ordering::Acquire);
            if table.is_null() {
                continue;
            }
            // SAFETY: nobody else has any of it. The table is freed after the entries it names,
            // each of which is named once.
            unsafe {
                (*table)
                    .entries()
                    .for_each(|entry| drop(Box::from_raw(entry)));
                drop(Box::from_raw(table));
            }
        }
    }
}

/// What a key has in the table; its shard is locked until this is dropped or used.
pub(super) enum Slot<'a, K, V> {
    Occupied(Occupied<'a, K, V>),
    Vacant(Vacant<'a, K, V>),
}

pub(super) struct Occupied<'a, K, V> {
    locked: Locked<'a, K, V>,
    position: Position,
}

impl<K, V> Occupied<'_, K, V> {
    /// Puts a new entry in place of the one there is.
    pub(super) fn replace(self, key: K, value: V) -> EntryId {
        let Self {
            mut locked,
            position,
        } = self;
        let id = locked.next_id();
        let entry = Box::into_raw(Box::new(Entry { key, id, value }));
        let replaced = locked.replace(position, entry);
        locked.unlock_and_retire(Unlinked::Entry(AtomicPtr::new(replaced)));
        id
    }
}

pub(super) struct Vacant<'a, K, V> {
    locked: Locked<'a, K, V>,
}

impl<K, V> Vacant<'_, K, V> {
    /// Inserts an entry, its value made once its id is known.
    ///
    /// `rehash` is to find for any key the hash it was inserted with.
    pub(super) fn insert(
        self,
        key: K,
        value: impl FnOnce(EntryId) -> V,
        rehash: impl Fn(&K) -> u64,
    ) -> EntryId {
        let mut locked = self.locked;
        let id = locked.next_id();
        let value = value(id);
        let entry = Box::new(Entry { key, id, value });
        let outgrown = locked.make_room(rehash);
        locked.insert(Box::into_raw(entry));
        if let Some(table) = outgrown {
            locked.unlock_and_retire(Unlinked::Table(AtomicPtr::new(table)));
        }
        id
    }
}

/// A shard that nobody else writes to.
struct Locked<'a, K, V> {
    writer: MutexGuard<'a, Writer>,
    table: &'a AtomicPtr<Table<K, V>>,
    retired: &'a Retired<Unlinked<K, V>>,
    hash: u64,
}

impl<K, V> Locked<'_, K, V> {
    fn next_id(&mut self) -> EntryId {
        self.writer.ids += 1;
        EntryId(self.writer.ids)
    }

    fn table(&self) -> Option<&Table<K, V>> {
        let table = self.table.load(Ordering::Acquire);
        // SAFETY: only who has the lock replaces the table, and that is by `&mut self`.
        unsafe { table.as_ref() }
    }

    fn position(&self, is_it: impl Fn(&Entry<K, V>) -> bool) -> Option<Position> {
        // SAFETY: only who has the lock takes entries away.
        let found = unsafe { self.table()?.find(self.hash, is_it) };
        found.map(|(position, _)| position)
    }

    /// Replaces the table if the next entry makes it too full or if it is far too empty, and
    /// answers the former one.
    fn make_room(&mut self, rehash: impl Fn(&K) -> u64) -> Option<*mut Table<K, V>> {
        let entries = self.writer.entries + 1;
        let buckets = self.table().map_or(0, |table| table.buckets.len());
        let crowded = entries > buckets * ENTRIES_PER_BUCKET_MAX;
        let forlorn = entries * BUCKETS_PER_ENTRY_MAX < buckets;
        if !crowded && !forlorn {
            return None;
        }
        let table = Table::new(entries.div_ceil(ENTRIES_PER_BUCKET_MAX).next_power_of_two());
        for entry in self.table().into_iter().flat_map(Table::entries) {
            // SAFETY: only who has the lock takes entries away.
            let hash = rehash(unsafe { &(*entry).key });
            table.insert(hash, entry);
        }
        let table = Box::into_raw(Box::new(table));
        let former = self.table.swap(table, Ordering::AcqRel);
        (!former.is_null()).then_some(former)
    }

    fn insert(&mut self, entry: *mut Entry<K, V>) {
        let table = self.table().expect("room was made");
        table.insert(self.hash, entry);
        self.writer.entries += 1;
    }

    fn replace(&mut self, position: Position, entry: *mut Entry<K, V>) -> *mut Entry<K, V> {
        let table = self.table().expect("a position is one in the table");
        table.buckets[position.bucket].entries[position.place].swap(entry, Ordering::AcqRel)
    }

    fn remove(&mut self, position: Position) -> *mut Entry<K, V> {
        let table = self.table().expect("a position is one in the table");
        let entry = table.remove(self.hash, position);
        self.writer.entries -= 1;
        entry
    }

    fn unlock_and_retire(self, unlinked: Unlinked<K, V>) {
        drop(self.writer);
        drop(self.retired.retire(unlinked));
    }
}

#[derive(Clone, Copy)]
struct Position {
    bucket: usize,
    place: usize,
}

impl<K, V> Table<K, V> {
    fn new(buckets: usize) -> Self {
        Self {
            buckets: (0..buckets).map(|_| Bucket::new()).collect(),
        }
    }

    /// # Safety
    ///
    /// The shard is locked, or a [`Reading`] began before the table's pointer was loaded, until
    /// the entry is no longer used.
    #[inline]
    unsafe fn find(
        &self,
        hash: u64,
        is_it: impl Fn(&Entry<K, V>) -> bool,
    ) -> Option<(Position, &Entry<K, V>)> {
        let home = self.home(hash);
        let bucket = self.buckets.get(home)?;
        let tags = bucket.tags();
        // SAFETY: the caller sees to it.
        match unsafe { bucket.find(tags, hash, &is_it) } {
            Some((place, entry)) => Some((
                Position {
                    bucket: home,
                    place,
                },
                entry,
            )),
            None if !tags.is_passed() => None,
            // SAFETY: the caller sees to it.
            None => unsafe { self.find_away_from(home, hash, is_it) },
        }
    }

    /// Looks in the buckets after the one where the entry belongs: one look-up in a hundred or
    /// fewer.
    ///
    /// # Safety
    ///
    /// As for [`Table::find`].
    #[inline(never)]
    unsafe fn find_away_from(
        &self,
        home: usize,
        hash: u64,
        is_it: impl Fn(&Entry<K, V>) -> bool,
    ) -> Option<(Position, &Entry<K, V>)> {
        let mut at = self.after(home);
        while at != home {
            let bucket = &self.buckets[at];
            let tags = bucket.tags();
            // SAFETY: the caller sees to it.
            if let Some((place, entry)) = unsafe { bucket.find(tags, hash, &is_it) } {
                return Some((Position { bucket: at, place }, entry));
            }
            if !tags.is_passed() {
                return None;
            }
            at = self.after(at);
        }
        None
    }

    /// For who has the lock, or is alone with the table.
    fn insert(&self, hash: u64, entry: *mut Entry<K, V>) {
        let mut at = self.home(hash);
        loop {
            let bucket = &self.buckets[at];
            if let Some(place) = bucket.vacant_place() {
                bucket.entries[place].store(entry, Ordering::Release);
                bucket.set_tags(bucket.tags().with(place, Tag::of(hash)));
                return;
            }
            bucket.set_tags(bucket.tags().passed());
            at = self.after(at);
        }
    }

    /// For who has the lock.
    fn remove(&self, hash: u64, position: Position) -> *mut Entry<K, V> {
        let mut at = self.home(hash);
        while at != position.bucket {
            let bucket = &self.buckets[at];
            bucket.set_tags(bucket.tags().unpassed());
            at = self.after(at);
        }
        let bucket = &self.buckets[at];
        bucket.entries[position.place].swap(ptr::null_mut(), Ordering::AcqRel)
    }

    /// The bucket where an entry belongs.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        hash as usize & (self.buckets.len() - 1)
    }

    /// The bucket where it is if there was no place.
    #[inline]
    fn after(&self, bucket: usize) -> usize {
        (bucket + 1) & (self.buckets.len() - 1)
    }

    /// For who has the lock, or is alone with the table.
    fn entries(&self) -> impl Iterator<Item = *mut Entry<K, V>> {
        let places = self.buckets.iter().flat_map(|bucket| &bucket.entries);
        let entries = places.map(|place| place.load(Ordering::Acquire));
        entries.filter(|entry| !entry.is_null())
    }
}

impl<K, V> Bucket<K, V> {
    fn new() -> Self {
        Self {
            tags: AtomicU64::new(Tags::default().word()),
            entries: array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
        }
    }

    /// # Safety
    ///
    /// As for [`Table::find`].
    #[inline]
    unsafe fn find(
        &self,
        tags: Tags,
        hash: u64,
        is_it: impl Fn(&Entry<K, V>) -> bool,
    ) -> Option<(usize, &Entry<K, V>)> {
        for place in tags.matching(Tag::of(hash)) {
            let entry = self.entries[place].load(Ordering::Acquire);
            // SAFETY: the caller sees to it. Where an entry was, its tag remains and null.
            if let Some(entry) = unsafe { entry.as_ref() }
                && is_it(entry)
            {
                return Some((place, entry));
            }
        }
        None
    }

    #[inline]
    fn tags(&self) -> Tags {
        Tags::from_word(self.tags.load(Ordering::Acquire))
    }

    fn vacant_place(&self) -> Option<usize> {
        let is_vacant = |entry: &AtomicPtr<Entry<K, V>>| entry.load(Ordering::Acquire).is_null();
        self.entries.iter().position(is_vacant)
    }

    fn set_tags(&self, tags: Tags) {
        self.tags.store(tags.word(), Ordering::Release);
    }
}

/// What is out of sight of all but the readers that were there before; freed when dropped.
///
/// The pointers are atomic only so that threads may hand them on; `owns` guards what is behind.
enum Unlinked<K, V> {
    Entry(AtomicPtr<Entry<K, V>>),
    Table(AtomicPtr<Table<K, V>>),
}

impl<K, V> Drop for Unlinked<K, V> {
    fn drop(&mut self) {
        // SAFETY: it is dropped once no reader has a pointer to it, and nothing else names it.
        unsafe {
            match self {
                Self::Entry(entry) => drop(Box::from_raw(entry.load(Ordering::Acquire))),
                Self::Table(table) => drop(Box::from_raw(table.load(Ordering::Acquire))),
            }
        }
    }
}
