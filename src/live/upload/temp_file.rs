use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tempfile::{NamedTempFile, TempDir, TempPath};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::{CloseReason, UploadWriter};
use crate::live;
use crate::token::random::random_bytes;

/// An uploaded file on disk. It is removed when this is dropped; whoever wants to keep it copies or renames it first.
///
/// Only the owner of the process may read it, and its name cannot be guessed.
#[derive(Debug)]
pub struct TempFile {
    /// Away only while the file is being removed.
    path: Option<TempPath>,
}

impl TempFile {
    /// Where the file is.
    ///
    /// # Panics
    /// Never: the path is there until the value is dropped.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.path.as_ref().expect("only dropping takes the path")
    }
}

/// Removing a file blocks, so a thread for that does it; without a runtime there is nothing to be blocked.
impl Drop for TempFile {
    fn drop(&mut self) {
        let Some(path) = self.path.take() else {
            return;
        };
        if let Ok(runtime) = Handle::try_current() {
            // A runtime that is shutting down drops the closure, and the path with it.
            runtime.spawn_blocking(move || drop(path));
        }
    }
}

/// The directory of this process for uploaded files; made when the first file comes, removed with the last handle.
#[derive(Debug, Clone)]
pub(in crate::live) struct UploadDir(Arc<Place>);

#[derive(Debug)]
struct Place {
    parent: PathBuf,
    dir: Mutex<Option<TempDir>>,
}

impl Default for UploadDir {
    fn default() -> Self {
        Self::inside(std::env::temp_dir())
    }
}

impl UploadDir {
    pub(in crate::live) fn inside(parent: PathBuf) -> Self {
        let dir = Mutex::new(None);
        Self(Arc::new(Place { parent, dir }))
    }

    /// A new file. Blocks the thread.
    fn create(&self) -> io::Result<NamedTempFile> {
        match create_in(&self.path()?) {
            // Something that clears old files has taken the directory away.
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                *self.0.dir.lock() = None;
                create_in(&self.path()?)
            }
            created => created,
        }
    }

    fn path(&self) -> io::Result<PathBuf> {
        let mut dir = self.0.dir.lock();
        if let Some(dir) = &*dir {
            return Ok(dir.path().to_owned());
        }
        let made = make_dir(&self.0.parent)?;
        Ok(dir.insert(made).path().to_owned())
    }
}

fn make_dir(parent: &Path) -> io::Result<TempDir> {
    let name = format!("bennu-uploads-{}-", std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&name);
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

/// Writes a file into the [`UploadDir`].
pub(super) struct TempFileWriter {
    file: TempFile,
    /// Away while a chunk is written, and after the file was closed.
    handle: Option<File>,
}

impl UploadWriter for TempFileWriter {
    type Options = UploadDir;
    type Meta = TempFile;

    async fn init(dir: UploadDir) -> live::Result<Self> {
        let created = spawn_blocking(move || dir.create()).await??;
        let (handle, path) = created.into_parts();
        Ok(Self {
            file: TempFile { path: Some(path) },
            handle: Some(handle),
        })
    }

    async fn write_chunk(&mut self, chunk: Bytes) -> live::Result<()> {
        let handle = self.handle.take();
        let mut handle = handle.ok_or(io::Error::from(ErrorKind::BrokenPipe))?;
        let written = spawn_blocking(move || handle.write_all(&chunk).map(|()| handle));
        self.handle = Some(written.await??);
        Ok(())
    }

    async fn close(&mut self, _: CloseReason) -> live::Result<()> {
        self.handle = None;
        Ok(())
    }

    fn meta(self) -> TempFile {
        self.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_made_with_the_first_file_and_removed_with_the_last_handle() {
        let parent = TempDir::new().expect("there is room");
        let children = || {
            std::fs::read_dir(parent.path())
                .expect("it is there")
                .count()
        };
        let dir = UploadDir::inside(parent.path().to_owned());
        assert_eq!(children(), 0);
        let file = dir.create().expect("a file");
        let other = dir.create().expect("a file");
        assert_ne!(file.path(), other.path());
        assert_eq!(children(), 1);
        drop(dir);
        assert_eq!(children(), 0);
    }

    #[test]
    fn a_directory_that_was_cleared_away_is_made_again() {
        let parent = TempDir::new().expect("there is room");
        let dir = UploadDir::inside(parent.path().to_owned());
        let first = dir.path().expect("a directory");
        std::fs::remove_dir(&first).expect("it is empty");
        assert!(dir.create().is_ok());
        assert_ne!(dir.path().expect("a directory"), first);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look_into_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let parent = TempDir::new().expect("there is room");
        let dir = UploadDir::inside(parent.path().to_owned());
        let file = dir.create().expect("a file");
        let mode = |path: &Path| {
            let metadata = std::fs::metadata(path).expect("it is there");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(mode(&dir.path().expect("a directory")), 0o700);
    }
}
