#![doc = include_str!("upload.md")]

mod accept;
mod channel;
mod components;
mod config;
mod held;
mod open;
mod options;
mod state;
mod temp_file;
mod token;
mod upload_dir;
mod writer;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use crate::channel::Crash;
use held::Meta;

pub use accept::{Accept, Filters};
pub use components::{live_file_input, live_img_preview};
pub use config::UploadConfig;
pub use options::{MaxEntriesMode, UploadOptions};
pub use temp_file::TempFile;
pub use writer::{CloseReason, UploadWriter};

pub(super) use channel::{Receiving, UploadChannel};
pub(crate) use config::UploadMail;
pub(super) use open::{OpenUploads, Uploads};
pub(super) use token::UploadToken;

/// How many uploads a view and its components may have at once. One more takes no files.
pub const UPLOADS_MAX: usize = 1_000;

/// How many entries past [`max_entries`](UploadOptions::max_entries) an upload keeps, to show that they are too many.
/// Further ones are not taken.
pub const ENTRIES_OVER_MAX: usize = 100;

/// How many bytes the name, the path, the media type and the metadata of an entry may have together. A file of which the
/// client says more is not taken.
pub const ENTRY_TEXT_BYTES_MAX: usize = 16 * 1024;

/// Files that a view or a component takes from its page: what `allow_upload` gives.
///
/// It is kept in a field and shown with [`live_file_input`]. What holds for every upload stands in [`UploadConfig`], to
/// which this dereferences; `M` is what consuming an entry gives. Dropping it cancels what is still being sent and
/// removes what was not consumed.
pub struct Upload<M = TempFile> {
    config: Arc<UploadConfig>,
    meta: PhantomData<fn() -> M>,
}

impl<M: Send + 'static> Upload<M> {
    fn new(config: Arc<UploadConfig>) -> Self {
        Self {
            config,
            meta: PhantomData,
        }
    }

    /// What all entries have become, in their order; none when nothing was chosen. Each entry is used up when its
    /// [`Uploaded`] is dropped.
    ///
    /// # Errors
    /// When one of the entries is not done, or cannot become it.
    pub fn consume_uploaded_entries(&self) -> Result<Vec<Uploaded<M>>, ConsumeError> {
        let taken = self.config.state().lock().take_all()?;
        let uploaded = taken.into_iter().map(|taken| self.uploaded(taken));
        Ok(uploaded.collect())
    }

    /// What one entry has become. It is used up when the [`Uploaded`] is dropped.
    ///
    /// # Errors
    /// When the entry is not done, or has been used up already.
    pub fn consume_uploaded_entry(&self, entry: &UploadEntry) -> Result<Uploaded<M>, ConsumeError> {
        let taken = self.config.state().lock().take(&entry.uuid)?;
        Ok(self.uploaded(taken))
    }

    fn uploaded(&self, (entry, meta): (Arc<UploadEntry>, Meta)) -> Uploaded<M> {
        let meta = meta.downcast();
        Uploaded {
            upload: self.config.clone(),
            entry,
            meta: Some(*meta.expect("an upload is of the type of its writer's metadata")),
        }
    }
}

impl<M> Drop for Upload<M> {
    fn drop(&mut self) {
        self.config.disallow_upload();
    }
}

impl<M> Deref for Upload<M> {
    type Target = UploadConfig;

    fn deref(&self) -> &UploadConfig {
        &self.config
    }
}

impl<M> fmt::Debug for Upload<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Upload").field(&self.config).finish()
    }
}

/// A file that was chosen in the browser, `Phoenix.LiveView.UploadEntry`.
///
/// What begins with `client` is what the browser says; nothing of it was checked against the file, and a name may hold
/// anything, path separators included.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UploadEntry {
    /// What the page knows the entry by, unique within its upload.
    pub reference: String,
    /// What the page knows the upload by.
    pub upload_ref: Arc<str>,
    /// The name of the upload.
    pub upload_name: Arc<str>,
    /// A UUID of this entry: for the name of the file where it is kept.
    pub uuid: String,
    /// The file's name.
    pub client_name: String,
    /// The file's path inside a chosen directory.
    pub client_relative_path: Option<String>,
    /// The file's size in bytes; not one byte more is taken.
    pub client_size: u64,
    /// The file's media type, possibly empty.
    pub client_type: String,
    /// When the file was changed, in milliseconds since 1970.
    pub client_last_modified: Option<i64>,
    /// What the page's script added.
    pub client_meta: Option<Value>,
    /// How much of the file was sent, in percent.
    pub progress: u8,
    /// Whether the client was told that it may send, or why not.
    pub preflighted: bool,
    /// Whether the file is taken.
    pub valid: bool,
    /// Whether all of the file is here.
    pub done: bool,
}

/// What is wrong with an upload or one of its entries.
///
/// Its `Display` is for people; [`UploadError::Custom`] shows what the application's check said.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum UploadError {
    /// More entries than the upload takes; an error of the upload.
    TooManyFiles,
    /// The file is larger than the upload takes.
    TooLarge,
    /// No filter lets the file through.
    NotAccepted,
    /// The application's own check refused the file.
    Custom(Cow<'static, str>),
    /// The writer failed, for this reason. It is for logs, visitors need not see it.
    WriterFailure(String),
    /// The page's script could not send the file elsewhere.
    ExternalClientFailure,
    /// `presign_upload` refused the file, with this.
    ExternalMetadataFailure(Value),
}

impl UploadError {
    /// As clients are told of it.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::TooManyFiles => "too_many_files".into(),
            Self::TooLarge => "too_large".into(),
            Self::NotAccepted => "not_accepted".into(),
            Self::Custom(why) => why.as_ref().into(),
            Self::WriterFailure(_) => "writer_failure".into(),
            Self::ExternalClientFailure => "external_client_failure".into(),
            Self::ExternalMetadataFailure(meta) => meta.clone(),
        }
    }
}

impl fmt::Display for UploadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManyFiles => "too many files were chosen",
            Self::TooLarge => "the file is too large",
            Self::NotAccepted => "files of this kind are not accepted",
            Self::Custom(why) => why,
            Self::WriterFailure(_) => "the file could not be stored",
            Self::ExternalClientFailure | Self::ExternalMetadataFailure(_) => {
                "the file could not be sent"
            }
        })
    }
}

impl std::error::Error for UploadError {}

/// What an entry has become: it dereferences to the file, or to whatever else its writer made of it.
///
/// Dropping it uses the entry up: the client is told, and a temporary file is removed. Also when an error or a panic
/// drops it.
pub struct Uploaded<M = TempFile> {
    upload: Arc<UploadConfig>,
    entry: Arc<UploadEntry>,
    /// Away only while this is dropped.
    meta: Option<M>,
}

impl<M: Send + 'static> Uploaded<M> {
    /// The entry.
    #[must_use]
    pub fn entry(&self) -> &UploadEntry {
        &self.entry
    }

    /// Keeps the entry as it was, for later, `{:postpone, value}` in Phoenix.
    pub fn postpone(mut self) {
        if let Some(meta) = self.meta.take() {
            let mut state = self.upload.state().lock();
            state.put_meta(&self.entry.uuid, Box::new(meta));
        }
    }
}

impl<M> Deref for Uploaded<M> {
    type Target = M;

    fn deref(&self) -> &M {
        self.meta.as_ref().expect("only dropping takes the content")
    }
}

impl<M> Drop for Uploaded<M> {
    fn drop(&mut self) {
        if self.meta.take().is_some() {
            self.upload.consumed(&self.entry);
        }
    }
}

impl<M> fmt::Debug for Uploaded<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploaded")
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

/// Why an entry cannot be consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsumeError {
    /// The application asked before everything was there.
    InProgress,
    /// The entry is not there any more, or is being consumed already.
    NoSuchEntry,
}

impl fmt::Display for ConsumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InProgress => "an uploaded file that is still in progress cannot be consumed",
            Self::NoSuchEntry => "the uploaded file is not there any more",
        })
    }
}

impl std::error::Error for ConsumeError {}

/// Why `presign_upload` gave no metadata. Any error converts into it with `?` and means a crash.
#[derive(Debug)]
#[non_exhaustive]
pub enum PresignError {
    /// The file is not sent; the client and [`UploadError::ExternalMetadataFailure`] get this object.
    Refused(Value),
    /// The application failed.
    Crashed(Crash),
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for PresignError {
    fn from(cause: E) -> Self {
        Self::Crashed(cause.into())
    }
}

impl PresignError {
    /// What the default of `presign_upload` says.
    pub(super) fn unhandled(upload: &str) -> Self {
        Self::Crashed(Crash::new(format!(
            "nothing says where the external upload {upload:?} goes: implement `presign_upload`"
        )))
    }
}

impl fmt::Display for PresignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(meta) => write!(f, "the upload is refused with {meta}"),
            Self::Crashed(cause) => cause.fmt(f),
        }
    }
}
