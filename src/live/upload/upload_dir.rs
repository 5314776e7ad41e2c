use std::fs::{self, DirEntry, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tempfile::{NamedTempFile, TempDir};

use crate::telemetry;
use crate::token::random::random_bytes;

/// What the names of all such directories begin with, whichever process they belong to.
const NAME_PREFIX: &str = "bennu-uploads-";

/// How many bytes all files have together, unless the application says otherwise.
const BYTES_MAX: u64 = 10 << 30;

/// How often a directory is made anew because another process took it for one that was left behind.
const ATTEMPTS_MAX: u32 = 16;

/// The directory of this process for uploaded files; made when the first file comes, removed with the last handle.
#[derive(Debug, Clone)]
pub(in crate::live) struct UploadDir(Arc<Place>);

#[derive(Debug)]
struct Place {
    parent: PathBuf,
    bytes_max: u64,
    /// Of all files that are there.
    bytes: AtomicU64,
    dir: Mutex<Option<LockedDir>>,
}

/// A directory that other processes see is in use, for as long as this one lives. Its fields are dropped in their order.
#[derive(Debug)]
struct LockedDir {
    dir: TempDir,
    #[expect(dead_code, reason = "held for its drop")]
    lock: Option<File>,
}

impl Default for UploadDir {
    fn default() -> Self {
        Self::new(std::env::temp_dir(), BYTES_MAX)
    }
}

impl UploadDir {
    fn new(parent: PathBuf, bytes_max: u64) -> Self {
        Self(Arc::new(Place {
            parent,
            bytes_max,
            bytes: AtomicU64::new(0),
            dir: Mutex::new(None),
        }))
    }

    /// Another one, inside `parent`.
    pub(super) fn inside(&self, parent: PathBuf) -> Self {
        Self::new(parent, self.0.bytes_max)
    }

    /// Another one, whose files have so many bytes together and no more.
    pub(super) fn with_bytes_max(&self, bytes_max: u64) -> Self {
        Self::new(self.0.parent.clone(), bytes_max)
    }

    /// A new file, with what it takes of the bytes that all have together. Blocks the thread.
    pub(super) fn create(&self) -> io::Result<(NamedTempFile, Share)> {
        let share = Share {
            place: self.0.clone(),
            bytes: 0,
        };
        Ok((self.create_file()?, share))
    }

    fn create_file(&self) -> io::Result<NamedTempFile> {
        let dir = self.path()?;
        match create_in(&dir) {
            // Something that clears old files has taken the directory away.
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                self.forget(&dir);
                create_in(&self.path()?)
            }
            created => created,
        }
    }

    /// Lets a directory that is gone be made again, unless another thread has done so: that one has files by now.
    fn forget(&self, gone: &Path) {
        self.0.dir.lock().take_if(|held| held.dir.path() == gone);
    }

    /// Removes the directories of processes that were killed. Blocks the thread.
    pub(super) fn sweep(&self) {
        let Ok(children) = fs::read_dir(&self.0.parent) else {
            return;
        };
        for child in children.flatten().filter(is_upload_dir) {
            remove_unless_in_use(&child.path());
        }
    }

    fn path(&self) -> io::Result<PathBuf> {
        let mut dir = self.0.dir.lock();
        if let Some(LockedDir { dir, .. }) = &*dir {
            return Ok(dir.path().to_owned());
        }
        let made = LockedDir::make(&self.0.parent)?;
        Ok(dir.insert(made).dir.path().to_owned())
    }
}

/// The bytes of one file. Others may have them once this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    place: Arc<Place>,
    bytes: u64,
}

impl Share {
    /// Takes some more.
    ///
    /// # Errors
    /// When all files together would have too many.
    pub(super) fn grow(&mut self, bytes: u64) -> io::Result<()> {
        let Place {
            bytes: all,
            bytes_max,
            ..
        } = &*self.place;
        let grown = all.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |all| {
            all.checked_add(bytes).filter(|sum| sum <= bytes_max)
        });
        grown.map_err(|all| {
            let full = format!("all uploaded files have {all} of at most {bytes_max} bytes");
            io::Error::new(ErrorKind::QuotaExceeded, full)
        })?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.place.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl LockedDir {
    fn make(parent: &Path) -> io::Result<Self> {
        for _ in 0..ATTEMPTS_MAX {
            let dir = make_dir(parent)?;
            // Until it is locked another process may sweep it away.
            if let Ok(lock) = lock(dir.path())
                && dir.path().is_dir()
            {
                return Ok(Self { dir, lock });
            }
        }
        Err(io::Error::new(
            ErrorKind::ResourceBusy,
            "another process removes the directory for uploads as soon as it is made",
        ))
    }
}

fn make_dir(parent: &Path) -> io::Result<TempDir> {
    let prefix = format!("{NAME_PREFIX}{}-", std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(parent)
}

fn create_in(dir: &Path) -> io::Result<NamedTempFile> {
    let name = format!("{:032x}", u128::from_ne_bytes(random_bytes::<16>()));
    tempfile::Builder::new()
        .prefix(&name)
        .rand_bytes(0)
        .tempfile_in(dir)
}

/// Somebody else holds the lock.
struct InUse;

/// Locks a directory until the file is closed, at the latest by the end of the process; none where that cannot be done.
fn lock(dir: &Path) -> Result<Option<File>, InUse> {
    // The dot lets nothing but a directory be opened, whatever has taken its place.
    let Ok(file) = File::open(dir.join(".")) else {
        return Ok(None);
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(InUse),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

fn is_upload_dir(child: &DirEntry) -> bool {
    let name = child.file_name();
    name.as_encoded_bytes().starts_with(NAME_PREFIX.as_bytes())
        && child.file_type().is_ok_and(|kind| kind.is_dir())
}

fn remove_unless_in_use(dir: &Path) {
    let Ok(Some(lock)) = lock(dir) else {
        return;
    };
    telemetry::upload_dir_swept(dir, fs::remove_dir_all(dir));
    drop(lock);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(parent: &Path) -> UploadDir {
        UploadDir::default().inside(parent.to_owned())
    }

    fn children(parent: &TempDir) -> usize {
        fs::read_dir(parent.path()).expect("it is there").count()
    }

    #[test]
    fn the_directory_is_made_with_the_first_file_and_removed_with_the_last_handle() {
        let parent = TempDir::new().expect("there is room");
        let dir = inside(parent.path());
        assert_eq!(children(&parent), 0);
        let (file, _) = dir.create().expect("a file");
        let (other, _) = dir.create().expect("a file");
        assert_ne!(file.path(), other.path());
        assert_eq!(children(&parent), 1);
        drop(dir);
        assert_eq!(children(&parent), 0);
    }

    #[test]
    fn files_have_so_many_bytes_together_and_no_more() {
        let parent = TempDir::new().expect("there is room");
        let dir = inside(parent.path()).with_bytes_max(10);
        let (_first, mut share) = dir.create().expect("a file");
        let (_second, mut other) = dir.create().expect("a file");
        assert!(share.grow(6).is_ok() && other.grow(4).is_ok());
        let refused = other.grow(1).expect_err("it is full");
        let says = "all uploaded files have 10 of at most 10 bytes";
        assert_eq!(refused.to_string(), says);
        assert!(other.grow(u64::MAX).is_err() && other.grow(0).is_ok());
        drop(share);
        assert!(other.grow(6).is_ok() && other.grow(1).is_err());
    }

    #[test]
    fn a_directory_that_was_cleared_away_is_made_again() {
        let parent = TempDir::new().expect("there is room");
        let dir = inside(parent.path());
        let first = dir.path().expect("a directory");
        fs::remove_dir(&first).expect("it is empty");
        assert!(dir.create().is_ok());
        assert_ne!(dir.path().expect("a directory"), first);
    }

    /// Two threads find the directory gone; the slower one has heard of it before the other made a new one.
    #[test]
    fn the_new_directory_is_not_taken_for_the_one_that_was_cleared_away() {
        let parent = TempDir::new().expect("there is room");
        let dir = inside(parent.path());
        let first = dir.path().expect("a directory");
        fs::remove_dir(&first).expect("it is empty");
        let (file, _) = dir.create().expect("a file");
        dir.forget(&first);
        assert!(file.path().exists());
    }

    #[cfg(unix)]
    #[test]
    fn sweeping_takes_what_nobody_holds_and_nothing_else() {
        let parent = TempDir::new().expect("there is room");
        let left_behind = parent.path().join("bennu-uploads-1-x");
        fs::create_dir_all(left_behind.join("deep")).expect("there is room");
        fs::write(left_behind.join("file"), "abc").expect("there is room");
        let others = ["bennu-uploads", "other-1"].map(|name| parent.path().join(name));
        others
            .iter()
            .for_each(|other| fs::create_dir(other).expect("there is room"));
        let link = parent.path().join("bennu-uploads-2-link");
        std::os::unix::fs::symlink(&others[1], &link).expect("there is room");
        let own = inside(parent.path());
        let (file, _) = own.create().expect("a file");

        inside(parent.path()).sweep();
        own.sweep();
        assert!(!left_behind.exists());
        assert!(others.iter().all(|other| other.is_dir()) && link.exists());
        assert!(file.path().exists());
    }

    #[test]
    fn a_parent_that_is_not_there_is_swept_without_a_word() {
        let parent = TempDir::new().expect("there is room");
        inside(&parent.path().join("absent")).sweep();
        assert_eq!(children(&parent), 0);
    }

    /// Many processes that make their directories while others sweep.
    #[cfg(unix)]
    #[test]
    fn no_directory_is_swept_once_it_was_given_out() {
        let parent = TempDir::new().expect("there is room");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let dir = inside(parent.path());
                        let (file, _) = dir.create().expect("a file");
                        dir.sweep();
                        assert!(file.path().exists());
                    }
                });
            }
        });
        assert_eq!(children(&parent), 0);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look_into_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let parent = TempDir::new().expect("there is room");
        let dir = inside(parent.path());
        let (file, _) = dir.create().expect("a file");
        let mode = |path: &Path| {
            let metadata = fs::metadata(path).expect("it is there");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(mode(&dir.path().expect("a directory")), 0o700);
    }
}
