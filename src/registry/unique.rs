//! At most one value per key.

use std::borrow::Borrow;

use super::RegisterError;
use super::buckets::{Buckets, EntryId, Slot};
use super::occupancy::Occupancy;

pub(super) struct UniqueTable<K, V> {
    entries: Buckets<K, V>,
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
        self.entries.keys(shard)
    }

    /// Takes exactly this entry out, not one that replaced it; answers whether it was still there.
    pub(super) fn remove(&self, hash: u64, id: EntryId) -> bool {
        self.entries.remove(hash, id)
    }

    #[inline]
    pub(super) fn with<Q, R>(&self, hash: u64, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        self.entries.with(hash, key, f)
    }
}

impl<K: Eq, V> UniqueTable<K, V> {
    pub(super) fn insert(
        &self,
        key: K,
        value: V,
        occupancy: &Occupancy,
        rehash: impl Fn(&K) -> u64,
        f: impl FnOnce(),
    ) -> Result<EntryId, RegisterError> {
        let Slot::Vacant(vacant) = self.entries.slot(rehash(&key), &key) else {
            return Err(RegisterError::AlreadyRegistered);
        };
        let reservation = occupancy.reserve()?;
        f();
        let id = vacant.insert(key, |_| value, rehash);
        reservation.keep();
        Ok(id)
    }

    pub(super) fn insert_or_replace(
        &self,
        key: K,
        value: V,
        occupancy: &Occupancy,
        rehash: impl Fn(&K) -> u64,
    ) -> Result<EntryId, RegisterError> {
        match self.entries.slot(rehash(&key), &key) {
            Slot::Occupied(occupied) => Ok(occupied.replace(key, value)),
            Slot::Vacant(vacant) => {
                let reservation = occupancy.reserve()?;
                let id = vacant.insert(key, |_| value, rehash);
                reservation.keep();
                Ok(id)
            }
        }
    }
}
