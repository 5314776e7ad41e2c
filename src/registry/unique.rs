//! At most one value per key.

use std::borrow::Borrow;
use std::sync::Arc;

use hashbrown::hash_table;

use super::RegisterError;
use super::occupancy::Occupancy;
use super::shards::Shards;

pub(super) struct UniqueTable<K, V> {
    /// Pointers, not pairs: a slot of nine bytes keeps far more of the table in the caches.
    shards: Shards<Arc<Entry<K, V>>>,
}

/// Shared by the table and the registration.
pub(super) struct Entry<K, V> {
    hash: u64,
    key: K,
    value: V,
}

impl<K, V> UniqueTable<K, V> {
    pub(super) fn new(shards: u16) -> Self {
        Self {
            shards: Shards::new(shards),
        }
    }

    pub(super) fn shards(&self) -> usize {
        self.shards.count()
    }

    pub(super) fn keys(&self, shard: usize) -> Vec<K>
    where
        K: Clone,
    {
        self.shards.collect(shard, |entry| entry.key.clone())
    }

    /// Takes exactly this entry out, not one that replaced it; answers whether it was still there.
    pub(super) fn remove(&self, entry: &Arc<Entry<K, V>>) -> bool {
        let same = |other: &Arc<_>| Arc::ptr_eq(other, entry);
        let mut shard = self.shards.write(entry.hash);
        match shard.find_entry(entry.hash, same) {
            // The registration still shares the entry, so the value is not dropped under the lock.
            Ok(occupied) => drop(occupied.remove()),
            Err(_) => return false,
        }
        true
    }
}

impl<K: Eq, V> UniqueTable<K, V> {
    pub(super) fn insert(
        &self,
        hash: u64,
        key: K,
        value: V,
        occupancy: &Occupancy,
        f: impl FnOnce(),
    ) -> Result<Arc<Entry<K, V>>, RegisterError> {
        // Made before the lock is taken, thus dropped after it is given back.
        let entry = Arc::new(Entry { hash, key, value });
        let mut shard = self.shards.write(hash);
        match shard.entry(hash, |other| other.key == entry.key, |other| other.hash) {
            hash_table::Entry::Occupied(_) => return Err(RegisterError::AlreadyRegistered),
            hash_table::Entry::Vacant(vacant) => {
                let reservation = occupancy.reserve()?;
                f();
                vacant.insert(Arc::clone(&entry));
                reservation.keep();
            }
        }
        drop(shard);
        Ok(entry)
    }

    pub(super) fn insert_or_replace(
        &self,
        hash: u64,
        key: K,
        value: V,
        occupancy: &Occupancy,
    ) -> Result<Arc<Entry<K, V>>, RegisterError> {
        let entry = Arc::new(Entry { hash, key, value });
        // Outlives the lock, as the replaced value must.
        let mut _replaced = None;
        let mut shard = self.shards.write(hash);
        match shard.entry(hash, |other| other.key == entry.key, |other| other.hash) {
            hash_table::Entry::Occupied(mut occupied) => {
                _replaced = Some(std::mem::replace(occupied.get_mut(), Arc::clone(&entry)));
            }
            hash_table::Entry::Vacant(vacant) => {
                occupancy.reserve()?.keep();
                vacant.insert(Arc::clone(&entry));
            }
        }
        drop(shard);
        Ok(entry)
    }

    pub(super) fn with<Q, R>(&self, hash: u64, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let shard = self.shards.read(hash);
        let entry = shard.find(hash, |entry| entry.key.borrow() == key)?;
        Some(f(&entry.value))
    }
}

impl<K, V> Entry<K, V> {
    pub(super) fn key(&self) -> &K {
        &self.key
    }
}
