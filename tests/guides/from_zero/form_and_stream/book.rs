//! What guests wrote.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// How many entries the book keeps: past them the oldest go.
const ENTRIES_MAX: usize = 1_000;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The book, which all pages share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    last_id: u64,
    newest_first: VecDeque<Entry>,
}

impl Book {
    pub(crate) fn sign(&self, name: String, text: String) -> Entry {
        let mut entries = self.lock();
        entries.last_id += 1;
        let id = entries.last_id;
        let entry = Entry { id, name, text };
        entries.newest_first.push_front(entry.clone());
        entries.newest_first.truncate(ENTRIES_MAX);
        entry
    }

    pub(crate) fn newest(&self, count: usize) -> Vec<Entry> {
        let entries = self.lock();
        entries.newest_first.iter().take(count).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
