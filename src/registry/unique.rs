//! At most one value per key.

use std::borrow::Borrow;

use super::RegisterError;
use super::buckets::{Buckets, Owned, Slot};
use super::occupancy::Occupancy;

pub(super) struct UniqueTable<K, V> {
    entries: Buckets<Entry<K, V>>,
}

/// The registration owns it.
///
/// In this order a look-up is likely to need one cache line only.
#[repr(C)]
pub(super) struct Entry<K, V> {
    key: K,
    value: V,
}

impl<K, V> UniqueTable<K, V> {
    pub(super) fn new(shards: u16) -> Self {
        Self {
            entries: Buckets::new(shards),
        }
    }

    pub(super) fn shards(&self) -> usize {
        self.entries.shards()
    }

    pub(super) fn flush(&self) {
        self.entries.flush();
    }

    pub(super) fn keys(&self, shard: usize) -> Vec<K>
    where
        K: Clone,
    {
        self.entries.collect(shard, |entry| entry.key.clone())
    }

    /// Takes exactly this entry out, not one that replaced it; answers how many are left near it,
    /// if it was still there.
    pub(super) fn remove(&self, hash: u64, entry: Owned<Entry<K, V>>) -> Option<usize> {
        self.entries.remove(hash, entry)
    }

    #[inline]
    pub(super) fn with<Q, R>(&self, hash: u64, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let is_it = |entry: &Entry<K, V>| entry.key.borrow() == key;
        self.entries.with(hash, is_it, |entry| f(&entry.value))
    }
}

impl<K: Eq, V> UniqueTable<K, V> {
    pub(super) fn insert(
        &self,
        hash: u64,
        key: K,
        value: V,
        occupancy: &Occupancy,
        rehash: impl Fn(&K) -> u64,
        f: impl FnOnce(),
    ) -> Result<Owned<Entry<K, V>>, RegisterError> {
        // Made before the lock is taken, thus dropped after it is given back.
        let entry = Box::new(Entry { key, value });
        let Slot::Vacant(vacant) = self.slot(hash, &entry) else {
            return Err(RegisterError::AlreadyRegistered);
        };
        let reservation = occupancy.reserve()?;
        f();
        let entry = vacant.insert(entry, |entry| rehash(&entry.key));
        reservation.keep();
        Ok(entry)
    }

    pub(super) fn insert_or_replace(
        &self,
        hash: u64,
        key: K,
        value: V,
        occupancy: &Occupancy,
        rehash: impl Fn(&K) -> u64,
    ) -> Result<Owned<Entry<K, V>>, RegisterError> {
        let entry = Box::new(Entry { key, value });
        match self.slot(hash, &entry) {
            Slot::Occupied(occupied) => Ok(occupied.replace(entry)),
            Slot::Vacant(vacant) => {
                let reservation = occupancy.reserve()?;
                let entry = vacant.insert(entry, |entry| rehash(&entry.key));
                reservation.keep();
                Ok(entry)
            }
        }
    }

    fn slot(&self, hash: u64, entry: &Entry<K, V>) -> Slot<'_, Entry<K, V>> {
        self.entries.slot(hash, |other| other.key == entry.key)
    }
}

impl<K, V> Entry<K, V> {
    pub(super) fn key(&self) -> &K {
        &self.key
    }
}
