//! The folders that are watched.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::telemetry;

/// Folders that tools fill with more than anybody wants to watch.
const LEFT_OUT: [&str; 3] = ["target", "node_modules", "_build"];

/// The folders that are watched, each by itself: so they can be counted, and some left out.
pub(super) struct Folders {
    watcher: RecommendedWatcher,
    watched: HashSet<PathBuf>,
    /// Those that somebody named.
    roots: Vec<PathBuf>,
    /// Of the roots, those that are gone.
    lost: Vec<PathBuf>,
    folders_max: usize,
}

/// Why a folder is not watched.
enum NotWatched {
    /// It is gone by now.
    Gone,
    /// Nor will be any other.
    Full,
}

impl Folders {
    pub(super) fn new(watcher: RecommendedWatcher, folders_max: usize) -> Self {
        Self {
            watcher,
            watched: HashSet::new(),
            roots: Vec::new(),
            lost: Vec::new(),
            folders_max,
        }
    }

    /// Watches a folder that somebody named.
    pub(super) fn add_root(&mut self, dir: &Path) {
        match fs::canonicalize(dir) {
            Ok(dir) => {
                self.roots.push(dir.clone());
                drop(self.add_tree(dir));
            }
            Err(cause) => telemetry::live_reload_not_watched(dir, &cause),
        }
    }

    /// Watches a folder that was made inside a watched one, and gives the files that it has already.
    pub(super) fn add(&mut self, folder: &Path) -> Vec<PathBuf> {
        if is_left_out(folder.file_name()) || self.watched.contains(folder) {
            return Vec::new();
        }
        self.add_tree(folder.to_owned())
    }

    /// A folder is gone, with all that are in it.
    pub(super) fn forget(&mut self, folder: &Path) {
        if !self.watched.contains(folder) {
            return;
        }
        let gone: Vec<_> = self
            .watched
            .extract_if(|watched| watched.starts_with(folder))
            .collect();
        for gone in gone {
            // The system has forgotten a deleted folder by itself; one that was moved away it goes on watching.
            let _ = self.watcher.unwatch(&gone);
            if self.roots.contains(&gone) {
                self.lost.push(gone);
            }
        }
    }

    /// Whether a folder that somebody named is gone: a tool may be making it anew.
    pub(super) const fn has_lost(&self) -> bool {
        !self.lost.is_empty()
    }

    /// Watches the folders that are there again, and gives the files that they have already.
    pub(super) fn find_lost(&mut self) -> Vec<PathBuf> {
        let found: Vec<_> = self.lost.extract_if(.., |root| root.is_dir()).collect();
        found
            .into_iter()
            .flat_map(|root| self.add_tree(root))
            .collect()
    }

    fn add_tree(&mut self, root: PathBuf) -> Vec<PathBuf> {
        let (mut folders, mut files) = (vec![root], Vec::new());
        while let Some(folder) = folders.pop() {
            match self.watch(&folder) {
                Ok(()) => read(&folder, &mut folders, &mut files),
                Err(NotWatched::Gone) => {}
                Err(NotWatched::Full) => break,
            }
        }
        files
    }

    fn watch(&mut self, folder: &Path) -> Result<(), NotWatched> {
        if self.watched.contains(folder) {
            return Err(NotWatched::Gone);
        }
        if self.watched.len() >= self.folders_max {
            telemetry::live_reload_folders_exceeded(self.folders_max, folder);
            return Err(NotWatched::Full);
        }
        match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched.insert(folder.to_owned());
                Ok(())
            }
            Err(cause) => Err(not_watched(folder, &cause)),
        }
    }
}

fn not_watched(folder: &Path, cause: &notify::Error) -> NotWatched {
    if matches!(cause.kind, ErrorKind::PathNotFound) {
        return NotWatched::Gone;
    }
    telemetry::live_reload_not_watched(folder, cause);
    match cause.kind {
        ErrorKind::MaxFilesWatch => NotWatched::Full,
        _ => NotWatched::Gone,
    }
}

/// Sorts what a folder holds; one that cannot be read holds nothing.
fn read(folder: &Path, folders: &mut Vec<PathBuf>, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !is_left_out(Some(&entry.file_name())) => {
                folders.push(entry.path());
            }
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

fn is_left_out(name: Option<&OsStr>) -> bool {
    let name = name.and_then(OsStr::to_str).unwrap_or_default();
    name.starts_with('.') || LEFT_OUT.contains(&name)
}
