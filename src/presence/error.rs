//! Why a presence was not tracked or updated.

use std::error::Error;
use std::fmt;

use super::{MetaError, state};

/// Why [`Presence::track`](super::Presence::track) refused.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrackError {
    /// The owner is present under this topic and key already, `:already_tracked` in Phoenix.
    AlreadyTracked,
    /// The owner is a live view that is not connected.
    NotConnected,
    /// The meta is no JSON object.
    Meta(MetaError),
    /// The meta is larger than `meta_bytes_max`.
    MetaTooLong {
        /// Its size as JSON, references included.
        bytes: usize,
    },
    /// The key is longer than `key_bytes_max`.
    KeyTooLong {
        /// Its length.
        bytes: usize,
    },
    /// There are `presences_max` presences.
    Full,
    /// The topic's callbacks are behind: `waiting_metas_max` metas wait for them.
    Busy,
}

impl fmt::Display for TrackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyTracked => state::TrackError::AlreadyTracked.fmt(f),
            Self::NotConnected => f.write_str("the live view is not connected"),
            Self::Meta(cause) => cause.fmt(f),
            Self::MetaTooLong { bytes } => write!(f, "a meta of {bytes} bytes is too long"),
            Self::KeyTooLong { bytes } => write!(f, "a key of {bytes} bytes is too long"),
            Self::Full => state::TrackError::Full.fmt(f),
            Self::Busy => f.write_str("the presence callbacks of the topic do not keep up"),
        }
    }
}

impl Error for TrackError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Meta(cause) => cause.source(),
            _ => None,
        }
    }
}

impl From<state::TrackError> for TrackError {
    fn from(cause: state::TrackError) -> Self {
        match cause {
            state::TrackError::AlreadyTracked => Self::AlreadyTracked,
            state::TrackError::Full => Self::Full,
        }
    }
}

/// Why [`Presence::update`](super::Presence::update) refused; the presence is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum UpdateError {
    /// The owner is not present under this topic and key, `:nopresence` in Phoenix.
    NoPresence,
    /// The meta is no JSON object.
    Meta(MetaError),
    /// The meta is larger than `meta_bytes_max`.
    MetaTooLong {
        /// Its size as JSON, references included.
        bytes: usize,
    },
    /// The topic's callbacks are behind: `waiting_metas_max` metas wait for them.
    Busy,
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPresence => f.write_str("the owner is not tracked under this topic and key"),
            Self::Meta(cause) => cause.fmt(f),
            Self::MetaTooLong { bytes } => write!(f, "a meta of {bytes} bytes is too long"),
            Self::Busy => TrackError::Busy.fmt(f),
        }
    }
}

impl Error for UpdateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Meta(cause) => cause.source(),
            _ => None,
        }
    }
}

/// Why a meta cannot be stored.
pub(super) enum BadMeta {
    Invalid(MetaError),
    TooLong { bytes: usize },
}

impl From<BadMeta> for TrackError {
    fn from(bad: BadMeta) -> Self {
        match bad {
            BadMeta::Invalid(cause) => Self::Meta(cause),
            BadMeta::TooLong { bytes } => Self::MetaTooLong { bytes },
        }
    }
}

impl From<BadMeta> for UpdateError {
    fn from(bad: BadMeta) -> Self {
        match bad {
            BadMeta::Invalid(cause) => Self::Meta(cause),
            BadMeta::TooLong { bytes } => Self::MetaTooLong { bytes },
        }
    }
}
