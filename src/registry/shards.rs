//! A hash table cut into separately locked parts, one cache line pair each.

use crossbeam_utils::CachePadded;
use hashbrown::HashTable;
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

pub(super) struct Shards<T> {
    /// A power of two of them.
    shards: Box<[CachePadded<RwLock<HashTable<T>>>]>,
}

const SHARDS_MAX: u16 = 1 << 15;

impl<T> Shards<T> {
    pub(super) fn new(count: u16) -> Self {
        let count = count.clamp(1, SHARDS_MAX).next_power_of_two();
        let shard = || CachePadded::new(RwLock::new(HashTable::new()));
        Self {
            shards: (0..count).map(|_| shard()).collect(),
        }
    }

    pub(super) fn read(&self, hash: u64) -> RwLockReadGuard<'_, HashTable<T>> {
        self.shards[self.index(hash)].read()
    }

    pub(super) fn write(&self, hash: u64) -> RwLockWriteGuard<'_, HashTable<T>> {
        self.shards[self.index(hash)].write()
    }

    pub(super) fn count(&self) -> usize {
        self.shards.len()
    }

    /// What `f` makes of each item of one shard, collected so that no lock outlives the call.
    pub(super) fn collect<R>(&self, shard: usize, f: impl Fn(&T) -> R) -> Vec<R> {
        self.shards[shard].read().iter().map(f).collect()
    }

    /// A table takes its tag from the top seven bits and its bucket from the low bits; the shard
    /// comes from the bits between.
    fn index(&self, hash: u64) -> usize {
        (hash >> 42) as usize & (self.shards.len() - 1)
    }
}
