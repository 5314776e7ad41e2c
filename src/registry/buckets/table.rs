//! One shard's table: buckets of a cache line each, and the one word that leads to them.

use std::array;
use std::ptr;

use super::super::sync::{AtomicPtr, AtomicU64, Ordering};
use super::super::tags::{PLACES, Tag, Tags};

/// Buckets, and how many: a pointer to the first, whose alignment leaves room for the count.
///
/// So a reader has both by one load. This is a name, not an owner: copies are free, and whoever
/// knows that no copy is left calls [`Table::free`].
pub(super) struct Table<T>(*mut Bucket<T>);

/// What a shard's readers start from.
pub(super) struct AtomicTable<T>(AtomicPtr<Bucket<T>>);

/// Where in a table an entry is.
#[derive(Clone, Copy)]
pub(super) struct Position {
    bucket: usize,
    place: usize,
}

#[repr(C, align(64))]
struct Bucket<T> {
    tags: AtomicU64,
    entries: [AtomicPtr<T>; PLACES],
}

/// The low bits of an aligned pointer: by how much to shift a hash for the number of its bucket.
const SHIFT: usize = align_of::<Bucket<u8>>() - 1;

/// With one bucket the shift would be by all 64 bits, which does not fit.
pub(super) const BUCKETS_MIN: usize = 2;

impl<T> AtomicTable<T> {
    pub(super) fn none() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    #[inline]
    pub(super) fn load(&self) -> Option<Table<T>> {
        Table::from_word(self.0.load(Ordering::Acquire))
    }

    pub(super) fn of(table: Table<T>) -> Self {
        Self(AtomicPtr::new(table.0))
    }

    /// Answers the former table.
    pub(super) fn swap(&self, table: Table<T>) -> Option<Table<T>> {
        Table::from_word(self.0.swap(table.0, Ordering::AcqRel))
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Table<T> {}

impl<T> Table<T> {
    /// `buckets` is a power of two of at least [`BUCKETS_MIN`].
    pub(super) fn new(buckets: usize) -> Self {
        debug_assert!(buckets.is_power_of_two() && buckets >= BUCKETS_MIN);
        let first: Box<[Bucket<T>]> = (0..buckets).map(|_| Bucket::new()).collect();
        let first = Box::into_raw(first).cast::<Bucket<T>>();
        let shift = u64::BITS - buckets.trailing_zeros();
        Self(first.map_addr(|address| address | shift as usize))
    }

    #[inline]
    fn from_word(word: *mut Bucket<T>) -> Option<Self> {
        (!word.is_null()).then_some(Self(word))
    }

    /// # Safety
    ///
    /// Nobody uses a copy of it, now or later.
    pub(super) unsafe fn free(self) {
        let buckets = ptr::slice_from_raw_parts_mut(self.first(), self.len());
        // SAFETY: the same pointer and length that `new` had of a box.
        drop(unsafe { Box::from_raw(buckets) });
    }

    /// How many buckets there are.
    pub(super) fn len(self) -> usize {
        1 << (u64::BITS - (self.0.addr() & SHIFT) as u32)
    }

    #[inline]
    fn first(self) -> *mut Bucket<T> {
        self.0.map_addr(|address| address & !SHIFT)
    }

    /// # Safety
    ///
    /// The table is not freed while the bucket is used, and `at` is less than its length.
    #[inline]
    unsafe fn bucket<'a>(self, at: usize) -> &'a Bucket<T> {
        // SAFETY: within the slice that `new` made.
        unsafe { &*self.first().add(at) }
    }

    /// The bucket where an entry belongs: as many of the hash's highest bits as there are.
    #[inline]
    fn home(self, hash: u64) -> usize {
        // Wrapping is by 64, which takes the shift from the pointer's other bits.
        hash.wrapping_shr(self.0.addr() as u32) as usize
    }

    /// The bucket where it is if there was no place.
    fn after(self, bucket: usize) -> usize {
        (bucket + 1) & (self.len() - 1)
    }

    /// The entry that is the one, among those of this hash.
    ///
    /// # Safety
    ///
    /// Neither the table nor an entry it names, or named since a [`Reading`](super::Reading) of
    /// this thread began, is freed meanwhile.
    #[inline]
    pub(super) unsafe fn find(
        self,
        hash: u64,
        is_it: impl Fn(*const T) -> bool,
    ) -> Option<(Position, *const T)> {
        let home = self.home(hash);
        // SAFETY: the caller sees to it; a hash's highest bits are less than the length.
        let bucket = unsafe { self.bucket(home) };
        let tags = bucket.tags();
        match bucket.find(tags, hash, &is_it) {
            Some((place, entry)) => Some((Position::new(home, place), entry)),
            None if !tags.is_passed() => None,
            // SAFETY: the caller sees to it.
            None => unsafe { self.find_away_from(home, hash, is_it) },
        }
    }

    /// Looks in the buckets after the one where the entry belongs: a few look-ups in a hundred.
    ///
    /// # Safety
    ///
    /// As for [`Table::find`].
    #[cold]
    #[inline(never)]
    unsafe fn find_away_from(
        self,
        home: usize,
        hash: u64,
        is_it: impl Fn(*const T) -> bool,
    ) -> Option<(Position, *const T)> {
        let mut at = self.after(home);
        while at != home {
            // SAFETY: the caller sees to it; `after` stays below the length.
            let bucket = unsafe { self.bucket(at) };
            let tags = bucket.tags();
            if let Some((place, entry)) = bucket.find(tags, hash, &is_it) {
                return Some((Position::new(at, place), entry));
            }
            if !tags.is_passed() {
                return None;
            }
            at = self.after(at);
        }
        None
    }

    /// For who has the lock, or is alone with the table; there is a vacant place.
    ///
    /// # Safety
    ///
    /// The table is not freed meanwhile.
    pub(super) unsafe fn insert(self, hash: u64, entry: *const T) {
        let mut at = self.home(hash);
        loop {
            // SAFETY: the caller sees to it; home and `after` are below the length.
            let bucket = unsafe { self.bucket(at) };
            if let Some(place) = bucket.vacant_place() {
                bucket.entries[place].store(entry.cast_mut(), Ordering::Release);
                bucket.set_tags(bucket.tags().with(place, Tag::of(hash)));
                return;
            }
            bucket.set_tags(bucket.tags().passed());
            at = self.after(at);
        }
    }

    /// For who has the lock: puts another entry of the same key in the place of this one.
    ///
    /// # Safety
    ///
    /// The position is one in this table, which is not freed meanwhile.
    pub(super) unsafe fn replace(self, position: Position, entry: *const T) {
        // SAFETY: the caller sees to it.
        let bucket = unsafe { self.bucket(position.bucket) };
        bucket.entries[position.place].store(entry.cast_mut(), Ordering::Release);
    }

    /// For who has the lock.
    ///
    /// # Safety
    ///
    /// As for [`Table::replace`], and the hash is that of the entry.
    pub(super) unsafe fn remove(self, hash: u64, position: Position) {
        let mut at = self.home(hash);
        while at != position.bucket {
            // SAFETY: the caller sees to it.
            let bucket = unsafe { self.bucket(at) };
            bucket.set_tags(bucket.tags().unpassed());
            at = self.after(at);
        }
        // SAFETY: the caller sees to it.
        unsafe { self.replace(position, ptr::null()) };
    }

    /// For who has the lock, or is alone with the table.
    ///
    /// # Safety
    ///
    /// The table is not freed while the iterator is used.
    pub(super) unsafe fn entries<'a>(self) -> impl Iterator<Item = *const T> + use<'a, T>
    where
        T: 'a,
    {
        // SAFETY: the caller sees to it.
        let buckets = (0..self.len()).map(move |at| unsafe { self.bucket::<'a>(at) });
        let entries = buckets.flat_map(|bucket| &bucket.entries);
        let entries = entries.map(|place| place.load(Ordering::Acquire).cast_const());
        entries.filter(|entry| !entry.is_null())
    }
}

impl Position {
    #[inline]
    fn new(bucket: usize, place: usize) -> Self {
        Self { bucket, place }
    }
}

impl<T> Bucket<T> {
    fn new() -> Self {
        Self {
            tags: AtomicU64::new(Tags::default().word()),
            entries: array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
        }
    }

    #[inline]
    fn find(
        &self,
        tags: Tags,
        hash: u64,
        is_it: impl Fn(*const T) -> bool,
    ) -> Option<(usize, *const T)> {
        for place in tags.matching(Tag::of(hash)) {
            let entry = self.entries[place].load(Ordering::Acquire).cast_const();
            // Where an entry was, its tag remains and null.
            if !entry.is_null() && is_it(entry) {
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
        let is_vacant = |entry: &AtomicPtr<T>| entry.load(Ordering::Acquire).is_null();
        self.entries.iter().position(is_vacant)
    }

    fn set_tags(&self, tags: Tags) {
        self.tags.store(tags.word(), Ordering::Release);
    }
}
