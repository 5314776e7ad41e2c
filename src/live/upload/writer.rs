use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::UploadEntry;
use super::temp_file::TempFileWriter;
use super::upload_dir::UploadDir;
use crate::live;

/// Where the bytes of an uploaded file go, as `Phoenix.LiveView.UploadWriter`.
///
/// Unless told otherwise they go to a [`TempFile`](super::TempFile). A writer of one's own sends them on as they come:
/// to object storage, through a virus scanner, into a hash. It runs in the task of the file's channel, which takes the
/// next chunk when `write_chunk` is done; the view goes on meanwhile. What blocks the thread belongs into
/// `tokio::task::spawn_blocking`.
///
/// An error, or a panic, ends the transfer. The entry stays with
/// [`UploadError::WriterFailure`](super::UploadError::WriterFailure) until it is cancelled.
///
/// ```
/// use bennu::live;
/// use bennu::live::upload::{CloseReason, UploadOptions, UploadWriter};
/// use bytes::Bytes;
///
/// /// Counts lines and keeps nothing.
/// struct LineCounter {
///     lines: usize,
/// }
///
/// impl UploadWriter for LineCounter {
///     type Options = ();
///     type Meta = usize;
///
///     async fn init((): ()) -> live::Result<Self> {
///         Ok(Self { lines: 0 })
///     }
///
///     async fn write_chunk(&mut self, chunk: Bytes) -> live::Result<()> {
///         self.lines += chunk.iter().filter(|byte| **byte == b'\n').count();
///         Ok(())
///     }
///
///     async fn close(&mut self, _: CloseReason) -> live::Result<()> {
///         Ok(())
///     }
///
///     fn meta(self) -> usize {
///         self.lines
///     }
/// }
///
/// let options = UploadOptions::new([".txt"]).writer::<LineCounter>(|_entry| ());
/// ```
pub trait UploadWriter: Sized + Send + 'static {
    /// What a writer is made of, for one entry.
    type Options: Send + 'static;

    /// What consuming the entry gives.
    type Meta: Send + 'static;

    /// Makes the writer when the client begins to send.
    fn init(options: Self::Options) -> impl Future<Output = live::Result<Self>> + Send;

    /// Takes the next bytes of the file.
    fn write_chunk(&mut self, chunk: Bytes) -> impl Future<Output = live::Result<()>> + Send;

    /// Ends the writing, once. A writer that was dropped without it was killed with its task.
    fn close(&mut self, reason: CloseReason) -> impl Future<Output = live::Result<()>> + Send;

    /// What consuming the entry gives, after it was closed as done.
    fn meta(self) -> Self::Meta;
}

/// Why a writer is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The file is complete.
    Done,
    /// The file is no longer wanted, or its client is gone.
    Cancel,
    /// The writer failed.
    Error,
}

type Opening = Pin<Box<dyn Future<Output = live::Result<Box<dyn AnyWriter>>> + Send>>;

/// How the writer of an entry is made.
pub(super) type OpenWriter = dyn Fn(&UploadEntry, &UploadDir) -> Opening + Send + Sync;

/// Into temporary files.
pub(super) fn temp_files() -> Arc<OpenWriter> {
    Arc::new(|_, dir| open::<TempFileWriter>(dir.clone()))
}

/// Into writers of type `W`.
pub(super) fn writers<W: UploadWriter>(
    options: impl Fn(&UploadEntry) -> W::Options + Send + Sync + 'static,
) -> Arc<OpenWriter> {
    Arc::new(move |entry, _| open::<W>(options(entry)))
}

fn open<W: UploadWriter>(options: W::Options) -> Opening {
    Box::pin(async move {
        let writer: Box<dyn AnyWriter> = Box::new(W::init(options).await?);
        Ok(writer)
    })
}

/// A writer of any type.
pub(super) trait AnyWriter: Send {
    fn write_chunk_as(&mut self, chunk: Bytes) -> Step<'_>;
    fn close_as(&mut self, reason: CloseReason) -> Step<'_>;
    fn into_meta(self: Box<Self>) -> Box<dyn Any + Send>;
}

pub(super) type Step<'w> = Pin<Box<dyn Future<Output = live::Result<()>> + Send + 'w>>;

impl<W: UploadWriter> AnyWriter for W {
    fn write_chunk_as(&mut self, chunk: Bytes) -> Step<'_> {
        Box::pin(self.write_chunk(chunk))
    }

    fn close_as(&mut self, reason: CloseReason) -> Step<'_> {
        Box::pin(self.close(reason))
    }

    fn into_meta(self: Box<Self>) -> Box<dyn Any + Send> {
        Box::new((*self).meta())
    }
}
