use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::writer::{OpenWriter, temp_files, writers};
use super::{Accept, TempFile, UploadEntry, UploadWriter};

/// What an upload takes and where it goes: the options of `allow_upload/3`.
///
/// `M` is what consuming an entry gives.
///
/// ```
/// use bennu::live::upload::{Accept, UploadOptions};
///
/// let avatar = UploadOptions::new([".jpg", ".png"]).max_file_size(1_000_000);
/// let scans = UploadOptions::new(["application/pdf"]).max_entries(10).auto_upload(true);
/// let anything = UploadOptions::new(Accept::Any).validate(|entry| match &*entry.client_name {
///     "virus.exe" => Err("no thank you".into()),
///     _ => Ok(()),
/// });
/// ```
pub struct UploadOptions<M = TempFile> {
    pub(super) rules: Rules,
    meta: PhantomData<fn() -> M>,
}

/// The options without their type.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) accept: Accept,
    pub(super) max_entries: usize,
    pub(super) max_entries_mode: MaxEntriesMode,
    pub(super) max_file_size: u64,
    pub(super) chunk_size: u32,
    pub(super) chunk_timeout: Duration,
    pub(super) auto_upload: bool,
    pub(super) validate: Option<Arc<Validate>>,
    pub(super) destination: Destination,
}

type Validate = dyn Fn(&UploadEntry) -> Result<(), Cow<'static, str>> + Send + Sync;

/// Where the bytes go.
#[derive(Clone)]
pub(super) enum Destination {
    /// To this server.
    Writer(Arc<OpenWriter>),
    /// Somewhere else, by a function of the page's script.
    External,
}

/// Which entries [`max_entries`](UploadOptions::max_entries) counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MaxEntriesMode {
    /// Those that are there: consuming one makes room for another.
    #[default]
    Selected,
    /// Also those that were consumed.
    Total,
}

impl UploadOptions {
    /// One file of at most 8,000,000 bytes, sent when the form is submitted in chunks of 64,000 bytes, into a temporary
    /// file.
    pub fn new(accept: impl Into<Accept>) -> Self {
        Self::of(Rules {
            accept: accept.into(),
            max_entries: 1,
            max_entries_mode: MaxEntriesMode::default(),
            max_file_size: 8_000_000,
            chunk_size: 64_000,
            chunk_timeout: Duration::from_secs(10),
            auto_upload: false,
            validate: None,
            destination: Destination::Writer(temp_files()),
        })
    }
}

impl<M: Send + 'static> UploadOptions<M> {
    const fn of(rules: Rules) -> Self {
        Self {
            rules,
            meta: PhantomData,
        }
    }

    /// How many files may be chosen; default 1. A single one is replaced by the next that is chosen.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn max_entries(mut self, max_entries: usize) -> Self {
        assert!(max_entries > 0, "an upload takes at least one entry");
        self.rules.max_entries = max_entries;
        self
    }

    /// Which entries the number of them counts.
    #[must_use]
    pub const fn max_entries_mode(mut self, mode: MaxEntriesMode) -> Self {
        self.rules.max_entries_mode = mode;
        self
    }

    /// The largest file, in bytes; default 8,000,000.
    #[must_use]
    pub const fn max_file_size(mut self, bytes: u64) -> Self {
        self.rules.max_file_size = bytes;
        self
    }

    /// How many bytes the client sends at once; default 64,000, and less than a
    /// [frame](crate::endpoint::WebSocketOptions::frame_bytes_max) may have.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn chunk_size(mut self, bytes: u32) -> Self {
        assert!(bytes > 0, "a chunk has at least one byte");
        self.rules.chunk_size = bytes;
        self
    }

    /// How long the server waits for a whole chunk, and the client for its acknowledgement; default 10 s. Past it the
    /// entry is dropped, with what had come of its file.
    #[must_use]
    pub const fn chunk_timeout(mut self, timeout: Duration) -> Self {
        self.rules.chunk_timeout = timeout;
        self
    }

    /// Whether files are sent as soon as they are chosen.
    #[must_use]
    pub const fn auto_upload(mut self, auto_upload: bool) -> Self {
        self.rules.auto_upload = auto_upload;
        self
    }

    /// A check of the application's own; what it says becomes [`UploadError::Custom`](super::UploadError::Custom).
    #[must_use]
    pub fn validate(
        mut self,
        validate: impl Fn(&UploadEntry) -> Result<(), Cow<'static, str>> + Send + Sync + 'static,
    ) -> Self {
        self.rules.validate = Some(Arc::new(validate));
        self
    }

    /// Sends the bytes to writers of type `W`, made with the options that `options` gives for an entry.
    #[must_use]
    pub fn writer<W: UploadWriter>(
        mut self,
        options: impl Fn(&UploadEntry) -> W::Options + Send + Sync + 'static,
    ) -> UploadOptions<W::Meta> {
        self.rules.destination = Destination::Writer(writers::<W>(options));
        UploadOptions::of(self.rules)
    }

    /// Lets the page's script send the files elsewhere, as the option `external`: to object storage, say. The view, or
    /// the component, says where in its `presign_upload`; consuming an entry gives what that returned.
    #[must_use]
    pub fn external(mut self) -> UploadOptions<Value> {
        self.rules.destination = Destination::External;
        UploadOptions::of(self.rules)
    }
}

impl<M> Clone for UploadOptions<M> {
    fn clone(&self) -> Self {
        Self {
            rules: self.rules.clone(),
            meta: PhantomData,
        }
    }
}

impl<M> fmt::Debug for UploadOptions<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rules.fmt(f)
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadOptions")
            .field("accept", &self.accept)
            .field("max_entries", &self.max_entries)
            .field("max_entries_mode", &self.max_entries_mode)
            .field("max_file_size", &self.max_file_size)
            .field("auto_upload", &self.auto_upload)
            .finish_non_exhaustive()
    }
}
