//! Any number of values per key, gathered in one group per key.

use std::borrow::Borrow;
use std::sync::Arc;

use super::RegisterError;
use super::buckets::{Buckets, Owned, Slot};
use super::members::{MemberId, Members};
use super::occupancy::Occupancy;
use super::sync::{Mutex, RwLock, RwLockWriteGuard};

pub(super) struct DuplicateTable<K, V> {
    groups: Buckets<Named<K, V>>,
}

/// The values of one key, shared by the table and the key's registrations.
///
/// A group that lost its last member is retired for good: it leaves the table, and who comes
/// later founds another. No shard lock is ever awaited with the members' lock held, nor the
/// reverse, so a long visit of one key holds up nobody but the comers and goers of that key.
pub(super) struct Group<K, V> {
    hash: u64,
    key: K,
    members: RwLock<Members<V>>,
    /// The group's name in the table, from its founding until it is retired.
    name: Mutex<Option<Owned<Named<K, V>>>>,
}

/// What the table names.
type Named<K, V> = Arc<Group<K, V>>;

impl<K, V> DuplicateTable<K, V> {
    pub(super) fn new(shards: u16) -> Self {
        Self {
            groups: Buckets::new(shards),
        }
    }

    pub(super) fn shards(&self) -> usize {
        self.groups.shards()
    }

    pub(super) fn flush(&self) {
        self.groups.flush();
    }

    pub(super) fn keys(&self, shard: usize) -> Vec<K>
    where
        K: Clone,
    {
        self.groups.collect(shard, |group| group.key.clone())
    }

    /// Answers how many are left near it, at a guess; it was there, for nothing replaces a member.
    pub(super) fn remove(&self, group: &Group<K, V>, id: MemberId) -> Option<usize> {
        let mut members = group.members.write();
        let value = members.remove(id);
        let left = members.len();
        drop(members);
        let left_in_shard = (left == 0).then(|| self.remove_group(group));
        drop(value);
        Some(left_in_shard.unwrap_or(left))
    }

    /// Takes a retired group out, unless another did; then it is out, too, when this returns.
    fn remove_group(&self, group: &Group<K, V>) -> usize {
        let mut name = group.name.lock();
        let removed = name.take().map(|name| self.groups.remove(group.hash, name));
        removed.flatten().unwrap_or_default()
    }
}

impl<K: Eq, V> DuplicateTable<K, V> {
    pub(super) fn insert(
        &self,
        hash: u64,
        key: K,
        value: V,
        occupancy: &Occupancy,
        f: impl FnOnce(),
    ) -> Result<(Arc<Group<K, V>>, MemberId), RegisterError> {
        let reservation = occupancy.reserve()?;
        let place = self.join_or_found(hash, key, value, f);
        reservation.keep();
        Ok(place)
    }

    /// Tries again while groups retire, or are founded by others, between its two steps.
    fn join_or_found(
        &self,
        hash: u64,
        key: K,
        value: V,
        f: impl FnOnce(),
    ) -> (Arc<Group<K, V>>, MemberId) {
        loop {
            if let Some(group) = self.find(hash, &key) {
                let Some(mut members) = group.join() else {
                    self.remove_group(&group);
                    continue;
                };
                f();
                let id = members.push(value);
                drop(members);
                return (group, id);
            }
            if let Slot::Vacant(vacant) = self.groups.slot(hash, |group| group.key == key) {
                f();
                let (group, id) = Group::found(hash, key, value);
                let name = vacant.insert(Box::new(Arc::clone(&group)), |group| group.hash);
                *group.name.lock() = Some(name);
                return (group, id);
            }
        }
    }

    pub(super) fn with<Q, R>(&self, hash: u64, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let group = self.find(hash, key)?;
        let members = group.members.read();
        members.first().map(f)
    }

    pub(super) fn for_each<Q>(&self, hash: u64, key: &Q, f: impl FnMut(&V))
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        if let Some(group) = self.find(hash, key) {
            group.members.read().iter().for_each(f);
        }
    }

    pub(super) fn count<Q>(&self, hash: u64, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        self.find(hash, key)
            .map_or(0, |group| group.members.read().len())
    }

    fn find<Q>(&self, hash: u64, key: &Q) -> Option<Arc<Group<K, V>>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let is_it = |group: &Named<K, V>| group.key.borrow() == key;
        self.groups.with(hash, is_it, Arc::clone)
    }
}

impl<K, V> Group<K, V> {
    fn found(hash: u64, key: K, value: V) -> (Arc<Self>, MemberId) {
        let (members, id) = Members::new(value);
        let group = Self {
            hash,
            key,
            members: RwLock::new(members),
            name: Mutex::new(None),
        };
        (Arc::new(group), id)
    }

    /// The members to join, unless the group is retired.
    fn join(&self) -> Option<RwLockWriteGuard<'_, Members<V>>> {
        let members = self.members.write();
        (members.len() > 0).then_some(members)
    }

    pub(super) fn key(&self) -> &K {
        &self.key
    }
}

#[cfg(all(test, not(bennu_loom)))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::thread;

    use super::super::Registry;

    /// J-3: what `f` does, such as queueing the reply to a join, comes between two visits: none is
    /// under way, and the next one finds the value with that work done.
    #[test]
    fn registering_with_a_callback_excludes_visits_of_the_key() {
        let registry: Registry<&str, Arc<AtomicBool>> = Registry::duplicate();
        let (entered, left, stop) = (AtomicU32::new(0), AtomicU32::new(0), AtomicBool::new(false));
        let visit = || {
            while !stop.load(Ordering::Relaxed) {
                registry.for_each("room", |prepared| {
                    entered.fetch_add(1, Ordering::Relaxed);
                    assert!(
                        prepared.load(Ordering::Relaxed),
                        "visited before the callback ran"
                    );
                    left.fetch_add(1, Ordering::Relaxed);
                });
            }
        };
        thread::scope(|scope| {
            scope.spawn(visit);
            let others = registry.register("room", Arc::new(AtomicBool::new(true)));
            for _ in 0..2_000 {
                let prepared = Arc::new(AtomicBool::new(false));
                let prepare = || {
                    let visits = (
                        entered.load(Ordering::Relaxed),
                        left.load(Ordering::Relaxed),
                    );
                    assert_eq!(visits.0, visits.1, "a visit is under way");
                    prepared.store(true, Ordering::Relaxed);
                };
                drop(registry.register_with("room", Arc::clone(&prepared), prepare));
            }
            drop(others);
            stop.store(true, Ordering::Relaxed);
        });
        assert!(registry.is_empty());
    }

    #[test]
    fn a_panicking_callback_registers_nothing() {
        for registry in [Registry::unique(), Registry::duplicate()] {
            let attempt = || registry.register_with("key", (), || panic!("as the caller wished"));
            thread::scope(|scope| assert!(scope.spawn(attempt).join().is_err()));
            assert_eq!((registry.len(), registry.count("key")), (0, 0));
            assert_eq!(registry.keys().count(), 0);
            assert!(registry.register("key", ()).is_ok());
        }
    }
}
