use std::fmt;

use crate::protocol::{EncodeError, PayloadError};
use crate::pubsub::AdapterError;

/// Something could not be sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum PushError {
    /// The payload has no JSON form.
    Payload(PayloadError),
    /// The serializer of this connection cannot carry the payload.
    Encode(EncodeError),
    /// The pubsub adapter did not take the broadcast.
    Adapter(AdapterError),
}

impl fmt::Display for PushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payload(cause) => cause.fmt(f),
            Self::Encode(cause) => cause.fmt(f),
            Self::Adapter(cause) => cause.fmt(f),
        }
    }
}

impl std::error::Error for PushError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self {
            Self::Payload(cause) => cause,
            Self::Encode(cause) => cause,
            Self::Adapter(cause) => cause,
        })
    }
}

impl From<PayloadError> for PushError {
    fn from(cause: PayloadError) -> Self {
        Self::Payload(cause)
    }
}

impl From<EncodeError> for PushError {
    fn from(cause: EncodeError) -> Self {
        Self::Encode(cause)
    }
}

impl From<AdapterError> for PushError {
    fn from(cause: AdapterError) -> Self {
        Self::Adapter(cause)
    }
}
