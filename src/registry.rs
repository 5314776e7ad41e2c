//! Who is reachable under which key: a concurrent map whose entries live as long as their owners.
//!
//! [`Registry`] is the counterpart of Elixir's `Registry`. Registering returns a [`Registration`];
//! dropping it, be it by hand or because the task that holds it ended, takes the entry away.
//!
//! ```
//! use bennu::registry::{RegisterError, Registry};
//!
//! let sessions: Registry<String, u16> = Registry::unique();
//! let registration = sessions.register("ada".to_owned(), 4000)?;
//!
//! assert_eq!(sessions.lookup("ada"), Some(4000));
//! assert_eq!(
//!     sessions.register("ada".to_owned(), 4001).err(),
//!     Some(RegisterError::AlreadyRegistered),
//! );
//!
//! drop(registration);
//! assert_eq!(sessions.lookup("ada"), None);
//! # Ok::<(), RegisterError>(())
//! ```
//!
//! A look-up takes no lock and writes to no memory that another thread uses, so any number of
//! threads look up at full speed, even one and the same key. Writers lock one shard of 256
//! (see [`Builder::shards`]); an empty registry takes about 40 KB.
//!
//! What a look-up costs is waiting for memory, mostly. A key that holds its content in itself, such
//! as a number, a `Uuid` or a type for short texts like `compact_str::CompactString`, costs one
//! wait less than a `String`.

use std::borrow::Borrow;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::sync::Arc;

use crossbeam_utils::CachePadded;
use foldhash::fast::RandomState;

use self::buckets::Owned;
use self::duplicate::{DuplicateTable, Group};
use self::members::MemberId;
use self::occupancy::Occupancy;
use self::stripes::Stripes;
use self::unique::{Entry, UniqueTable};

mod buckets;
mod duplicate;
mod members;
#[cfg(all(test, bennu_loom))]
mod model;
mod occupancy;
mod readers;
mod retired;
mod stripes;
mod sync;
mod tags;
mod unique;

/// A concurrent map from keys to values, each entry owned by a [`Registration`].
///
/// A *unique* registry holds at most one value per key, a *duplicate* registry any number; see
/// [`Registry::unique`] and [`Registry::duplicate`]. The handle is cheap to clone, and all clones
/// share the entries. Counterpart of Elixir's `Registry`.
pub struct Registry<K, V> {
    inner: Arc<Inner<K, V>>,
    /// What registrations count as their references, so that threads do not all count in one.
    shares: Arc<Stripes<Share<K, V>>>,
}

type Share<K, V> = Arc<CachePadded<Arc<Inner<K, V>>>>;

struct Inner<K, V> {
    /// Written to by whoever registers, and thus apart from what every look-up reads.
    occupancy: CachePadded<Occupancy>,
    /// Seeded at random for each registry: peers choose keys, and must not choose collisions.
    hasher: RandomState,
    table: Table<K, V>,
}

impl<K, V> Inner<K, V> {
    fn unregister(&self, place: Place<K, V>) {
        let left = match (&self.table, place) {
            (Table::Unique(table), Place::Unique(hash, entry)) => table.remove(hash, entry),
            (Table::Duplicate(table), Place::Duplicate(group, id)) => table.remove(&group, id),
            _ => unreachable!("a registration's place is made by its own registry's table"),
        };
        let Some(left) = left else { return };
        self.occupancy.release();
        if left == 0 && self.occupancy.entries() == 0 {
            self.flush();
        }
    }

    /// Nobody may come for long: what was removed is not to wait for others to follow.
    fn flush(&self) {
        match &self.table {
            Table::Unique(table) => table.flush(),
            Table::Duplicate(table) => table.flush(),
        }
    }
}

enum Table<K, V> {
    Unique(UniqueTable<K, V>),
    Duplicate(DuplicateTable<K, V>),
}

impl<K, V> Registry<K, V> {
    /// A registry where a key has at most one value, with default limits.
    ///
    /// Counterpart of Elixir's `keys: :unique`.
    #[must_use]
    pub fn unique() -> Self {
        Builder::default().unique()
    }

    /// A registry where a key may have many values, with default limits.
    ///
    /// Counterpart of Elixir's `keys: :duplicate`.
    ///
    /// ```
    /// use bennu::Registry;
    ///
    /// let listeners = Registry::duplicate();
    /// let _first = listeners.register("room:1", 'a');
    /// let _second = listeners.register("room:1", 'b');
    ///
    /// assert_eq!(listeners.count("room:1"), 2);
    /// ```
    #[must_use]
    pub fn duplicate() -> Self {
        Builder::default().duplicate()
    }

    /// Sets limits before building; see [`Builder`].
    #[must_use]
    pub fn builder() -> Builder<K, V> {
        Builder::default()
    }

    /// The number of entries; a key of a duplicate registry counts once per value.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.occupancy.entries()
    }

    /// Whether nothing is registered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: Hash + Eq, V> Registry<K, V> {
    /// Registers `value` under `key` until the returned guard is dropped.
    ///
    /// # Errors
    ///
    /// [`RegisterError::AlreadyRegistered`] if the registry is unique and the key is taken,
    /// [`RegisterError::Full`] at the limit of [`Builder::entries_max`]. The value is dropped.
    pub fn register(&self, key: K, value: V) -> Result<Registration<K, V>, RegisterError> {
        self.register_with(key, value, || ())
    }

    /// Like [`Registry::register`], and runs `f` before any [`Registry::for_each`] of this key can
    /// see the value, and after every one that could not.
    ///
    /// `f` runs under a lock and only if the registration succeeds.
    pub(crate) fn register_with(
        &self,
        key: K,
        value: V,
        f: impl FnOnce(),
    ) -> Result<Registration<K, V>, RegisterError> {
        let occupancy = &self.inner.occupancy;
        let hash = self.hash(&key);
        let rehash = |key: &K| self.hash(key);
        let place = match &self.inner.table {
            Table::Unique(table) => {
                let entry = table.insert(hash, key, value, occupancy, rehash, f)?;
                Place::Unique(hash, entry)
            }
            Table::Duplicate(table) => {
                let (group, id) = table.insert(hash, key, value, occupancy, f)?;
                Place::Duplicate(group, id)
            }
        };
        Ok(self.registration(place))
    }

    /// Registers `value` under `key`, taking the place of the entry that a unique registry may
    /// have there; in a duplicate registry this is [`Registry::register`].
    ///
    /// For an owner that returns before its former self was found dead: a reloaded page, say. The
    /// former owner's guard stays valid, and dropping it leaves the new entry alone.
    ///
    /// ```
    /// use bennu::Registry;
    ///
    /// let tabs = Registry::unique();
    /// let old = tabs.register("tab", 1)?;
    /// let _new = tabs.register_or_replace("tab", 2)?;
    ///
    /// drop(old);
    /// assert_eq!(tabs.lookup("tab"), Some(2));
    /// # Ok::<(), bennu::registry::RegisterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RegisterError::Full`] at the limit of [`Builder::entries_max`] if nothing is replaced.
    pub fn register_or_replace(
        &self,
        key: K,
        value: V,
    ) -> Result<Registration<K, V>, RegisterError> {
        let Table::Unique(table) = &self.inner.table else {
            return self.register(key, value);
        };
        let hash = self.hash(&key);
        let rehash = |key: &K| self.hash(key);
        let occupancy = &self.inner.occupancy;
        let entry = table.insert_or_replace(hash, key, value, occupancy, rehash)?;
        Ok(self.registration(Place::Unique(hash, entry)))
    }

    /// A clone of the key's value; in a duplicate registry of any one of its values.
    ///
    /// Counterpart of Elixir's `Registry.lookup/2`.
    #[must_use]
    #[inline]
    pub fn lookup<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.with(key, V::clone)
    }

    /// Runs `f` on the key's value without cloning it; in a duplicate registry on any one of them.
    ///
    /// The value stays until `f` returns, even if its registration ends meanwhile. In a unique
    /// registry `f` may use the registry as it likes, but keep it short: nothing that is removed
    /// while it runs can be dropped before it returns. In a duplicate registry what is said of
    /// [`Registry::for_each`] applies.
    ///
    /// ```
    /// use bennu::Registry;
    ///
    /// let names = Registry::unique();
    /// let _guard = names.register(1, "Ada".to_owned());
    ///
    /// assert_eq!(names.with(&1, String::len), Some(3));
    /// assert_eq!(names.with(&2, String::len), None);
    /// ```
    #[inline]
    pub fn with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        match &self.inner.table {
            Table::Unique(table) => table.with(hash, key, f),
            Table::Duplicate(table) => table.with(hash, key, f),
        }
    }

    /// Runs `f` on every value of the key, once each, in no particular order.
    ///
    /// The entries of a key in a duplicate registry cannot come or go meanwhile: `f` runs under the
    /// key's lock. In it, any other use of the same key may deadlock: registering, dropping a
    /// registration, but looking it up, too, when another thread waits to register. So may two
    /// visits that each use the other's key. Counterpart of Elixir's `Registry.dispatch/3`.
    ///
    /// ```
    /// use bennu::Registry;
    ///
    /// let amounts = Registry::duplicate();
    /// let _guards = [amounts.register("till", 2), amounts.register("till", 3)];
    ///
    /// let mut sum = 0;
    /// amounts.for_each("till", |amount| sum += amount);
    /// assert_eq!(sum, 5);
    /// ```
    pub fn for_each<Q>(&self, key: &Q, mut f: impl FnMut(&V))
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        match &self.inner.table {
            Table::Unique(table) => table.with(hash, key, f).unwrap_or_default(),
            Table::Duplicate(table) => table.for_each(hash, key, &mut f),
        }
    }

    /// The number of values under the key.
    #[must_use]
    pub fn count<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        match &self.inner.table {
            Table::Unique(table) => usize::from(table.with(hash, key, |_| ()).is_some()),
            Table::Duplicate(table) => table.count(hash, key),
        }
    }

    /// The keys, each once, in no particular order.
    ///
    /// No lock is held between two items; a key that comes or goes meanwhile may be seen or not.
    /// Counterpart of Elixir's `Registry.select/2`.
    ///
    /// ```
    /// use bennu::Registry;
    ///
    /// let rooms = Registry::duplicate();
    /// let _guards = [rooms.register("attic", 1), rooms.register("attic", 2)];
    ///
    /// assert_eq!(rooms.keys().collect::<Vec<_>>(), ["attic"]);
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = K>
    where
        K: Clone,
    {
        let table = &self.inner.table;
        let shards = match table {
            Table::Unique(table) => table.shards(),
            Table::Duplicate(table) => table.shards(),
        };
        (0..shards).flat_map(move |shard| match table {
            Table::Unique(table) => table.keys(shard),
            Table::Duplicate(table) => table.keys(shard),
        })
    }

    #[inline]
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.inner.hasher.hash_one(key)
    }

    fn registration(&self, place: Place<K, V>) -> Registration<K, V> {
        Registration {
            share: Arc::clone(self.shares.own()),
            place: Some(place),
        }
    }
}

impl<K, V> Clone for Registry<K, V> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            shares: Arc::clone(&self.shares),
        }
    }
}

impl<K, V> fmt::Debug for Registry<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = match self.inner.table {
            Table::Unique(_) => "unique",
            Table::Duplicate(_) => "duplicate",
        };
        f.debug_struct("Registry")
            .field("keys", &keys)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Limits of a [`Registry`] to be built.
///
/// ```
/// use bennu::Registry;
/// use bennu::registry::RegisterError;
///
/// let small = Registry::builder().entries_max(1).unique();
/// let _guard = small.register("a", ())?;
///
/// assert_eq!(small.register("b", ()).err(), Some(RegisterError::Full));
/// # Ok::<(), RegisterError>(())
/// ```
pub struct Builder<K, V> {
    entries_max: u32,
    shards: u16,
    entries: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Default for Builder<K, V> {
    fn default() -> Self {
        Self {
            entries_max: 10_000_000,
            shards: 256,
            entries: PhantomData,
        }
    }
}

impl<K, V> fmt::Debug for Builder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("entries_max", &self.entries_max)
            .field("shards", &self.shards)
            .finish_non_exhaustive()
    }
}

impl<K, V> Builder<K, V> {
    /// How many entries there may be at once: 10 million unless set. Beyond it registering fails
    /// with [`RegisterError::Full`].
    #[must_use]
    pub fn entries_max(mut self, entries_max: u32) -> Self {
        self.entries_max = entries_max;
        self
    }

    /// Over how many separately locked parts the keys are spread: 256 unless set, rounded up to a
    /// power of two, and at most 256. Readers do not notice.
    ///
    /// A shard takes 128 bytes before it has an entry; where few threads write, few will do.
    #[must_use]
    pub fn shards(mut self, shards: u16) -> Self {
        self.shards = shards;
        self
    }

    /// Builds a registry where a key has at most one value.
    #[must_use]
    pub fn unique(self) -> Registry<K, V> {
        let table = Table::Unique(UniqueTable::new(self.shards));
        self.build(table)
    }

    /// Builds a registry where a key may have many values.
    #[must_use]
    pub fn duplicate(self) -> Registry<K, V> {
        let table = Table::Duplicate(DuplicateTable::new(self.shards));
        self.build(table)
    }

    fn build(self, table: Table<K, V>) -> Registry<K, V> {
        let inner = Arc::new(Inner {
            occupancy: Occupancy::new(self.entries_max).into(),
            hasher: RandomState::default(),
            table,
        });
        let share = || Arc::new(Arc::clone(&inner).into());
        Registry {
            shares: Arc::new(Stripes::new(share)),
            inner,
        }
    }
}

/// Keeps one entry in a [`Registry`]; dropping it takes the entry away.
///
/// Give it to the task the entry stands for: however the task ends, the entry goes with it. An
/// entry's removal takes constant time, whatever the number of values under its key.
///
/// In a duplicate registry the value is dropped at once. In a unique one the guard owns it, even if
/// it was replaced, and a look-up may be about to use it: so it is dropped a little later, when some
/// hundred others were removed or the last entry goes, on the thread that happens to be there.
#[must_use = "dropping a registration at once takes the entry away again"]
pub struct Registration<K, V> {
    share: Share<K, V>,
    /// There until this is dropped.
    place: Option<Place<K, V>>,
}

enum Place<K, V> {
    /// With the key's hash.
    Unique(u64, Owned<Entry<K, V>>),
    Duplicate(Arc<Group<K, V>>, MemberId),
}

impl<K, V> Registration<K, V> {
    /// The key this entry was registered under.
    ///
    /// ```
    /// let registry = bennu::Registry::unique();
    /// let registration = registry.register("key", ())?;
    ///
    /// assert_eq!(registration.key(), &"key");
    /// # Ok::<(), bennu::registry::RegisterError>(())
    /// ```
    #[must_use]
    pub fn key(&self) -> &K {
        match self.place.as_ref().expect("it is there until the drop") {
            Place::Unique(_, entry) => entry.key(),
            Place::Duplicate(group, _) => group.key(),
        }
    }
}

impl<K, V> Drop for Registration<K, V> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.share.unregister(place);
        }
    }
}

impl<K: fmt::Debug, V> fmt::Debug for Registration<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("key", self.key())
            .finish_non_exhaustive()
    }
}

/// Why [`Registry::register`] refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterError {
    /// The caller's key is taken, and the registry is unique.
    AlreadyRegistered,
    /// The registry's own limit is reached: [`Builder::entries_max`].
    Full,
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyRegistered => "the key is already registered",
            Self::Full => "the registry holds as many entries as it may",
        })
    }
}

impl Error for RegisterError {}
