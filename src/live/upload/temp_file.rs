use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use bytes::Bytes;
use tempfile::TempPath;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::upload_dir::{Share, UploadDir};
use super::{CloseReason, UploadWriter};
use crate::live;

/// An uploaded file on disk. It is removed when this is dropped; whoever wants to keep it copies or renames it first.
///
/// Only the owner of the process may read it, and its name cannot be guessed.
#[derive(Debug)]
pub struct TempFile {
    /// Away only while the file is being removed.
    kept: Option<Kept>,
}

/// A file and what it takes of the bytes for all; it goes before they are free. Its fields are dropped in their order.
#[derive(Debug)]
struct Kept {
    path: TempPath,
    share: Share,
}

impl TempFile {
    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        let kept = self.kept.as_ref();
        &kept.expect("only dropping takes the file").path
    }

    fn grow(&mut self, bytes: u64) -> io::Result<()> {
        let kept = self.kept.as_mut();
        kept.expect("only dropping takes the file")
            .share
            .grow(bytes)
    }
}

/// Removing a file blocks, so a thread for that does it; without a runtime there is nothing to be blocked.
impl Drop for TempFile {
    fn drop(&mut self) {
        let Some(kept) = self.kept.take() else {
            return;
        };
        if let Ok(runtime) = Handle::try_current() {
            // A runtime that is shutting down drops the closure, and the file with it.
            runtime.spawn_blocking(move || drop(kept));
        }
    }
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
        let (created, share) = spawn_blocking(move || dir.create()).await??;
        let (handle, path) = created.into_parts();
        let kept = Some(Kept { path, share });
        Ok(Self {
            file: TempFile { kept },
            handle: Some(handle),
        })
    }

    async fn write_chunk(&mut self, chunk: Bytes) -> live::Result<()> {
        self.file.grow(chunk.len() as u64)?;
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What a full disk says comes back from the write, and the file goes with its writer.
    #[tokio::test]
    async fn a_full_disk_fails_the_write() {
        let parent = tempfile::tempdir().expect("there is room");
        let dir = UploadDir::default().inside(parent.path().to_owned());
        let mut writer = TempFileWriter::init(dir).await.expect("a file");
        let path = writer.file.path().to_owned();
        let full = File::options().write(true).open("/dev/full");
        writer.handle = Some(full.expect("every Linux has it"));
        let refused = writer.write_chunk(Bytes::from_static(b"abc")).await;
        let cause = refused.expect_err("there is no room").to_string();
        assert!(cause.starts_with("No space left on device"), "{cause}");
        let again = writer.write_chunk(Bytes::from_static(b"d")).await;
        assert!(again.is_err());
        drop(writer);
        gone(&path).await;
    }

    async fn gone(path: &Path) {
        while path.exists() {
            tokio::task::yield_now().await;
        }
    }
}
