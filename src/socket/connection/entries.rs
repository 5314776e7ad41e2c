//! The channels of a connection by their topics.

use std::hash::BuildHasher;

use bytestring::ByteString;
use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::channel::JoinId;
use crate::protocol::Ref;

/// A table of boxes: the smallest one has room for three, and most connections have one channel.
pub(super) struct Entries<H> {
    table: HashTable<Box<Entry<H>>>,
    hasher: RandomState,
}

/// A joined topic.
pub(super) struct Entry<H> {
    pub(super) topic: ByteString,
    pub(super) id: JoinId,
    pub(super) join_ref: Ref,
    pub(super) handle: H,
}

/// Tables larger than this give their memory back once they are empty.
const KEPT_CAPACITY: usize = 8;

impl<H> Entries<H> {
    pub(super) fn new() -> Self {
        Self {
            table: HashTable::new(),
            hasher: RandomState::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn get(&self, topic: &str) -> Option<&Entry<H>> {
        let hash = self.hasher.hash_one(topic);
        let entry = self.table.find(hash, |entry| entry.topic == *topic);
        entry.map(|entry| &**entry)
    }

    /// Adds a channel whose topic has none.
    pub(super) fn insert(&mut self, entry: Entry<H>) {
        let hasher = &self.hasher;
        let hash = |entry: &Entry<H>| hasher.hash_one(&*entry.topic);
        let entry = Box::new(entry);
        self.table
            .insert_unique(hash(&entry), entry, |entry| hash(entry));
    }

    pub(super) fn remove(&mut self, topic: &str) -> Option<Entry<H>> {
        let hash = self.hasher.hash_one(topic);
        let found = self.table.find_entry(hash, |entry| entry.topic == *topic);
        found.ok().map(|found| *found.remove().0)
    }

    /// Takes the channel out, unless its topic has another by now.
    pub(super) fn remove_join(&mut self, id: JoinId) -> Option<Entry<H>> {
        let removed = self.table.extract_if(|entry| entry.id == id).next();
        if self.table.is_empty() && self.table.capacity() > KEPT_CAPACITY {
            self.table = HashTable::new();
        }
        removed.map(|entry| *entry)
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry<H>> {
        self.table.iter().map(|entry| &**entry)
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = Entry<H>> {
        self.table.drain().map(|entry| *entry)
    }
}
