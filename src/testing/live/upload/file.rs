//! A file on its way to the server, and what may stop it.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use crate::testing::live::Redirected;

/// A file that a visitor chooses.
#[derive(Clone, Debug)]
pub struct UploadFile {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) content: Bytes,
    pub(super) last_modified: i64,
    pub(super) relative_path: String,
    size: Option<u64>,
}

impl UploadFile {
    /// A file with this name, media type and content.
    pub fn new(
        name: impl Into<String>,
        media_type: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        Self {
            name: name.into(),
            media_type: media_type.into(),
            content: content.into(),
            last_modified: 0,
            relative_path: String::new(),
            size: None,
        }
    }

    /// When the file was changed, in milliseconds since 1970.
    #[must_use]
    pub const fn last_modified(mut self, milliseconds: i64) -> Self {
        self.last_modified = milliseconds;
        self
    }

    /// The path of the file within the directory that was chosen.
    #[must_use]
    pub fn relative_path(mut self, path: impl Into<String>) -> Self {
        self.relative_path = path.into();
        self
    }

    /// The size in bytes that the client claims, in place of the true one.
    #[must_use]
    pub const fn claimed_size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    pub(super) fn size(&self) -> u64 {
        self.size.unwrap_or(self.content.len() as u64)
    }
}

/// Why a file was not uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadError {
    /// The server refused the file, its chunks or the visitor's way there; this is its response.
    Refused(Value),
    /// The page went elsewhere.
    Redirected(Redirected),
}

impl fmt::Display for UploadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(response) => write!(f, "the server refused the upload: {response}"),
            Self::Redirected(redirected) => redirected.fmt(f),
        }
    }
}

impl std::error::Error for UploadError {}

impl From<Redirected> for UploadError {
    fn from(redirected: Redirected) -> Self {
        Self::Redirected(redirected)
    }
}
