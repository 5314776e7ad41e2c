//! A hash table that is read without locks.
//!
//! It is cut into shards, each with a table of its own and a lock for its writers. Readers follow
//! pointers: from the shard to its table, in the table to the bucket that the hash names, and from
//! there to the entry. A bucket fills one cache line and has in it a byte of the hash of each of
//! its seven entries, so that a look-up misses the caches twice: for the bucket and for the entry.
//!
//! An entry never moves. Removing it takes its pointer out of its bucket, replacing it puts another
//! pointer there, and a table that is to grow or shrink is copied, pointers only, and replaced at a
//! stroke. What was taken out is [`Retired`] for the readers that may still see it.
//!
//! # Why the unsafe code is sound
//!
//! * A pointer in a bucket is null or that of an entry whose [`Owned`] is somewhere. A pointer in a
//!   shard is null or that of a [`Table`] of its own.
//! * Pointers are stored with release and loaded with acquire ordering: who has one sees what it
//!   points to in full.
//! * Only the holder of a shard's lock stores pointers in the shard and in its current table. No
//!   other table changes.
//! * A pointer is followed only under the shard's lock or while a [`Reading`] lives, and what is
//!   borrowed through it ends before either.
//! * A table or an entry is freed in two cases only. It was replaced or removed under the lock and
//!   retired thereafter, and a grace period that began later is over: no reader has a pointer to
//!   it. For an entry this includes the readers of former tables that still name it, for such a
//!   table was taken out of sight before the entry was. Or the whole is dropped, and with it a
//!   table that nobody else has.
//! * An entry is retired by [`Buckets::remove`] alone, which takes its owner, and there is one. One
//!   whose owner is forgotten stays forever.
//! * Entries are seen by all threads that share the whole and dropped by any of them, as those of
//!   an `Arc` are; the marker `owns` says so.
//!
//! A callback that panics ends its reading or gives its lock back as it unwinds, and nothing was
//! changed before it ran.

#![expect(
    unsafe_code,
    reason = "reading without locks means following pointers that others take away"
)]

use std::array;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crossbeam_utils::CachePadded;

use self::table::{AtomicTable, BUCKETS_MIN, Position, Table};
use super::readers::Reading;
use super::retired::Retired;
use super::sync::{AtomicPtr, Mutex, MutexGuard, Ordering};

mod table;
#[cfg(all(test, not(bennu_loom)))]
mod tests;

pub(super) struct Buckets<T> {
    /// By shard. They rarely change, and all readers need them: close together they stay in every
    /// core's nearest cache.
    tables: [AtomicTable<T>; SHARDS_MAX],
    /// One less than the number of shards in use, which is a power of two.
    shards_mask: usize,
    /// By shard: how many entries it has. Whoever writes there holds the lock.
    writers: Box<[CachePadded<Mutex<usize>>]>,
    retired: Retired<Unlinked<T>>,
    owns: PhantomData<Arc<T>>,
}

/// A power of two: how many writers can be at work at a time, at best.
pub(super) const SHARDS_MAX: usize = if cfg!(bennu_loom) { 1 } else { 256 };

/// With more on average a table grows: about one entry in twenty is then not in the bucket where
/// it belongs, but in a later one.
const ENTRIES_PER_BUCKET_MAX: usize = 5;

/// With fewer entries for each bucket, one to this many, a table shrinks.
const BUCKETS_PER_ENTRY_MAX: usize = 2;

impl<T> Buckets<T> {
    /// `shards` is rounded up to a power of two of at most [`SHARDS_MAX`].
    pub(super) fn new(shards: u16) -> Self {
        let shards = usize::from(shards).clamp(1, SHARDS_MAX).next_power_of_two();
        Self {
            shards_mask: shards - 1,
            tables: array::from_fn(|_| AtomicTable::none()),
            writers: (0..shards).map(|_| CachePadded::default()).collect(),
            retired: Retired::new(),
            owns: PhantomData,
        }
    }

    /// Runs `f` on an entry. Whatever becomes of the entry, it stays until then.
    #[inline]
    pub(super) fn with<R>(
        &self,
        hash: u64,
        is_it: impl Fn(&T) -> bool,
        f: impl FnOnce(&T) -> R,
    ) -> Option<R> {
        let reading = Reading::begin();
        let entry = self.find(&reading, hash, is_it)?;
        // SAFETY: it was found during the reading, which lives until `f` is done.
        Some(f(unsafe { &*entry }))
    }

    #[inline]
    fn find(&self, _: &Reading, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<*const T> {
        let table = self.tables[self.shard(hash)].load()?;
        // SAFETY: the reading began before the table was loaded, and is not over.
        let found = unsafe { table.find(hash, |entry| is_it(&*entry)) };
        found.map(|(_, entry)| entry)
    }

    /// Locks the hash's shard and answers what is there.
    pub(super) fn slot(&self, hash: u64, is_it: impl Fn(&T) -> bool) -> Slot<'_, T> {
        let locked = self.lock(hash);
        // SAFETY: an entry of the table lives as long as the lock is held.
        match locked.position(|entry| is_it(unsafe { &*entry })) {
            Some(position) => Slot::Occupied(Occupied { locked, position }),
            None => Slot::Vacant(Vacant { locked }),
        }
    }

    /// Takes exactly this entry out, not one that replaced it; answers how many are left in its
    /// shard, if it was there.
    ///
    /// It was inserted here, with this hash.
    pub(super) fn remove(&self, hash: u64, entry: Owned<T>) -> Option<usize> {
        let mut locked = self.lock(hash);
        let position = locked.position(|other| other == entry.as_ptr());
        let left = position.map(|position| locked.remove(position));
        locked.unlock_and_retire(Unlinked::Entry(entry));
        left
    }

    /// Drops what was removed, as far as no reader may still see it.
    pub(super) fn flush(&self) {
        drop(self.retired.flush());
    }

    pub(super) fn shards(&self) -> usize {
        self.shards_mask + 1
    }

    /// What `f` makes of each entry of one shard, collected so that no lock outlives the call.
    pub(super) fn collect<R>(&self, shard: usize, f: impl Fn(&T) -> R) -> Vec<R> {
        let _entries = self.writers[shard].lock();
        let Some(table) = self.tables[shard].load() else {
            return Vec::new();
        };
        // SAFETY: the shard is locked until all is collected.
        let entries = unsafe { table.entries() };
        // SAFETY: as above.
        entries.map(|entry| f(unsafe { &*entry })).collect()
    }

    fn lock(&self, hash: u64) -> Locked<'_, T> {
        let shard = self.shard(hash);
        Locked {
            entries: self.writers[shard].lock(),
            table: &self.tables[shard],
            retired: &self.retired,
            hash,
        }
    }

    /// The bits above those of the tag, and below those that say which bucket.
    #[inline]
    fn shard(&self, hash: u64) -> usize {
        ((hash >> 8) as usize % SHARDS_MAX) & self.shards_mask
    }
}

impl<T> Drop for Buckets<T> {
    fn drop(&mut self) {
        for table in self.tables.iter().filter_map(AtomicTable::load) {
            // SAFETY: nobody else has it.
            unsafe { table.free() };
        }
    }
}

/// Who has this owns an entry, which the table may name; it is there until it is removed.
pub(super) struct Owned<T> {
    /// Atomic only so that threads may hand it on.
    entry: AtomicPtr<T>,
    shares: PhantomData<Arc<T>>,
}

impl<T> Owned<T> {
    fn new(entry: Box<T>) -> Self {
        Self {
            entry: AtomicPtr::new(Box::into_raw(entry)),
            shares: PhantomData,
        }
    }

    fn as_ptr(&self) -> *const T {
        self.entry.load(Ordering::Relaxed)
    }
}

impl<T> Deref for Owned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: it came from a box, and is freed after this was given to `Buckets::remove`.
        unsafe { &*self.as_ptr() }
    }
}

/// What is in the table; its shard is locked until this is dropped or used.
pub(super) enum Slot<'a, T> {
    Occupied(Occupied<'a, T>),
    Vacant(Vacant<'a, T>),
}

pub(super) struct Occupied<'a, T> {
    locked: Locked<'a, T>,
    position: Position,
}

impl<T> Occupied<'_, T> {
    /// Puts another entry of the same hash in place of the one there is, whose owner keeps it.
    pub(super) fn replace(self, entry: Box<T>) -> Owned<T> {
        let entry = Owned::new(entry);
        self.locked.replace(self.position, &entry);
        entry
    }
}

pub(super) struct Vacant<'a, T> {
    locked: Locked<'a, T>,
}

impl<T> Vacant<'_, T> {
    /// `rehash` is to find for any entry the hash it was inserted with.
    pub(super) fn insert(mut self, entry: Box<T>, rehash: impl Fn(&T) -> u64) -> Owned<T> {
        let outgrown = self.locked.make_room(rehash);
        let entry = Owned::new(entry);
        self.locked.insert(&entry);
        if let Some(table) = outgrown {
            self.locked.unlock_and_retire(Unlinked::Table(table));
        }
        entry
    }
}

/// A shard that nobody else writes to.
struct Locked<'a, T> {
    entries: MutexGuard<'a, usize>,
    table: &'a AtomicTable<T>,
    retired: &'a Retired<Unlinked<T>>,
    hash: u64,
}

impl<T> Locked<'_, T> {
    fn position(&self, is_it: impl Fn(*const T) -> bool) -> Option<Position> {
        // SAFETY: only who has the lock replaces the table or takes entries away.
        let found = unsafe { self.table.load()?.find(self.hash, is_it) };
        found.map(|(position, _)| position)
    }

    /// Replaces the table if the next entry makes it too full or if it is far too empty, and
    /// answers the former one.
    fn make_room(&mut self, rehash: impl Fn(&T) -> u64) -> Option<Outgrown<T>> {
        let entries = *self.entries + 1;
        let buckets = self.table.load().map_or(0, Table::len);
        let crowded = entries > buckets * ENTRIES_PER_BUCKET_MAX;
        let forlorn = entries * BUCKETS_PER_ENTRY_MAX < buckets && buckets > BUCKETS_MIN;
        (crowded || forlorn).then(|| self.copy_table(entries, rehash))?
    }

    #[cold]
    fn copy_table(&mut self, room: usize, rehash: impl Fn(&T) -> u64) -> Option<Outgrown<T>> {
        let buckets = room.div_ceil(ENTRIES_PER_BUCKET_MAX).next_power_of_two();
        let copy = Outgrown::new(Table::new(buckets.max(BUCKETS_MIN)));
        if let Some(table) = self.table.load() {
            // SAFETY: only who has the lock replaces the table or takes entries away, and nobody
            // else has the copy, which has room.
            unsafe {
                for entry in table.entries() {
                    copy.table().insert(rehash(&*entry), entry);
                }
            }
        }
        self.table.swap(copy.keep()).map(Outgrown::new)
    }

    fn insert(&mut self, entry: &Owned<T>) {
        let table = self.table.load().expect("room was made");
        // SAFETY: only who has the lock replaces the table.
        unsafe { table.insert(self.hash, entry.as_ptr()) };
        *self.entries += 1;
    }

    fn replace(&self, position: Position, entry: &Owned<T>) {
        let table = self.table.load().expect("a position is one in the table");
        // SAFETY: only who has the lock replaces the table.
        unsafe { table.replace(position, entry.as_ptr()) };
    }

    fn remove(&mut self, position: Position) -> usize {
        let table = self.table.load().expect("a position is one in the table");
        // SAFETY: as for `replace`; the position was found by this hash.
        unsafe { table.remove(self.hash, position) };
        *self.entries -= 1;
        *self.entries
    }

    fn unlock_and_retire(self, unlinked: Unlinked<T>) {
        drop(self.entries);
        drop(self.retired.retire(unlinked));
    }
}

/// What is out of sight of all but the readers that were there before; freed when dropped.
enum Unlinked<T> {
    Entry(Owned<T>),
    Table(#[expect(dead_code, reason = "held for its drop")] Outgrown<T>),
}

impl<T> Drop for Unlinked<T> {
    fn drop(&mut self) {
        if let Self::Entry(entry) = self {
            // SAFETY: it came from a box, and the readers that may have seen it are done.
            drop(unsafe { Box::from_raw(entry.as_ptr().cast_mut()) });
        }
    }
}

/// A table that is freed when this is dropped; not so the entries it names.
struct Outgrown<T>(AtomicTable<T>);

impl<T> Outgrown<T> {
    /// For a table that nobody finds any more, or nobody has found yet.
    fn new(table: Table<T>) -> Self {
        Self(AtomicTable::of(table))
    }

    fn table(&self) -> Table<T> {
        self.0.load().expect("it was made of a table")
    }

    fn keep(self) -> Table<T> {
        std::mem::ManuallyDrop::new(self).table()
    }
}

impl<T> Drop for Outgrown<T> {
    fn drop(&mut self) {
        // SAFETY: nobody else has it, or it was retired, and the readers that may have are done.
        unsafe { self.table().free() };
    }
}
