//! What can go wrong between bytes and values, and who caused it.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// The peer sent a frame that is no Phoenix message.
///
/// A connection answers each of these by closing with code 1011, as Phoenix does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The text is not JSON, counted in bytes from the start of what was scanned.
    InvalidJson {
        /// Where the scan stopped, in bytes.
        offset: usize,
    },
    /// A JSON value nests deeper than [`DEPTH_MAX`](crate::DEPTH_MAX) levels.
    TooDeep,
    /// The bytes are not valid UTF-8 where text is required.
    InvalidUtf8,
    /// The JSON is not the serializer's envelope: an array for V2, an object for V1.
    NotAnEnvelope,
    /// A V2 array has fewer than five elements.
    TooFewElements,
    /// A V1 object lacks a required key.
    MissingKey(
        /// The key.
        &'static str,
    ),
    /// A binary frame starts with a kind that clients do not send.
    UnknownKind(
        /// The first byte.
        u8,
    ),
    /// A binary frame is shorter than its sizes say.
    Truncated,
    /// A reference or a name exceeds its bound.
    TooLong {
        /// The part of the message.
        field: &'static str,
        /// The bound in bytes.
        bytes_max: usize,
    },
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidJson { offset } => write!(f, "invalid json at byte {offset}"),
            Self::TooDeep => write!(f, "json nests deeper than {} levels", crate::DEPTH_MAX),
            Self::InvalidUtf8 => f.write_str("invalid utf-8"),
            Self::NotAnEnvelope => f.write_str("json is not a message envelope"),
            Self::TooFewElements => f.write_str("message array has fewer than five elements"),
            Self::MissingKey(key) => write!(f, "message object lacks the key {key:?}"),
            Self::UnknownKind(kind) => write!(f, "unknown binary frame kind {kind}"),
            Self::Truncated => f.write_str("binary frame ends before its declared sizes"),
            Self::TooLong { field, bytes_max } => {
                write!(f, "{field} is longer than {bytes_max} bytes")
            }
        }
    }
}

impl Error for DecodeError {}

/// The application asked for a frame that the protocol cannot express.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A V2 push or broadcast carries JSON that is not an object.
    PayloadNotObject,
    /// The V1 serializer has no binary frames.
    BinaryUnsupported,
    /// A field of a binary frame exceeds the 255 bytes its size byte can say.
    FieldTooLong {
        /// The part of the message.
        field: &'static str,
        /// Its size in bytes.
        bytes: usize,
    },
    /// A control frame's payload exceeds [`CONTROL_BYTES_MAX`](crate::CONTROL_BYTES_MAX).
    ControlTooLong {
        /// Its size in bytes.
        bytes: usize,
    },
}

impl Display for EncodeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::PayloadNotObject => f.write_str("payload is neither a json object nor binary"),
            Self::BinaryUnsupported => f.write_str("serializer v1 cannot carry binary payloads"),
            Self::FieldTooLong { field, bytes } => {
                write!(
                    f,
                    "{field} of {bytes} bytes does not fit a binary frame (255)"
                )
            }
            Self::ControlTooLong { bytes } => {
                write!(
                    f,
                    "control frame payload of {bytes} bytes is longer than 125"
                )
            }
        }
    }
}

impl Error for EncodeError {}

/// A payload does not have the form that was asked for.
#[derive(Debug)]
pub enum PayloadError {
    /// JSON was expected, the payload is binary.
    Binary,
    /// The peer's JSON does not fit the type.
    Deserialize(serde_json::Error),
    /// The application's value has no JSON form.
    Serialize(serde_json::Error),
}

impl Display for PayloadError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Binary => f.write_str("payload is binary, not json"),
            Self::Deserialize(_) => f.write_str("payload does not fit the expected type"),
            Self::Serialize(_) => f.write_str("value cannot be written as json"),
        }
    }
}

impl Error for PayloadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Binary => None,
            Self::Deserialize(cause) | Self::Serialize(cause) => Some(cause),
        }
    }
}

/// The client's `vsn` parameter selects no serializer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionError {
    /// It is not a three-part version as semver.org defines it.
    Malformed,
    /// It is a version outside `1.0.x` and `2.0.x`.
    Unsupported,
}

impl Display for VersionError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "vsn is not a three-part version",
            Self::Unsupported => "vsn matches neither 1.0.x nor 2.0.x",
        })
    }
}

impl Error for VersionError {}
