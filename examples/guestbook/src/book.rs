//! What guests wrote.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// How many entries the book keeps: past them the oldest go.
const ENTRIES_MAX: usize = 1_000;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) text: String,
    /// The name of a file among the photos.
    pub(crate) photo: Option<String>,
}

/// The book, which all pages share.
#[derive(Clone, Debug)]
pub struct Book {
    entries: Arc<Mutex<Entries>>,
    photos: PathBuf,
}

#[derive(Debug, Default)]
struct Entries {
    last_id: u64,
    newest_first: VecDeque<Entry>,
}

impl Book {
    /// An empty book, whose photos are kept in this directory.
    pub fn new(photos: impl Into<PathBuf>) -> Self {
        Self {
            entries: Arc::default(),
            photos: photos.into(),
        }
    }

    pub(crate) fn photos(&self) -> &Path {
        &self.photos
    }

    /// Keeps a photo under a name of ours, and gives that name.
    pub(crate) async fn keep_photo(&self, file: &Path, uuid: &str) -> io::Result<String> {
        let name = format!("{uuid}.jpg");
        tokio::fs::copy(file, self.photos.join(&name)).await?;
        Ok(name)
    }

    pub(crate) fn sign(&self, name: String, text: String, photo: Option<String>) -> Entry {
        let mut entries = self.lock();
        entries.last_id += 1;
        let id = entries.last_id;
        let entry = Entry {
            id,
            name,
            text,
            photo,
        };
        entries.newest_first.push_front(entry.clone());
        entries.newest_first.truncate(ENTRIES_MAX);
        entry
    }

    pub(crate) fn newest(&self, count: usize) -> Vec<Entry> {
        let entries = self.lock();
        entries.newest_first.iter().take(count).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
