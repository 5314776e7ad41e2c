//! What goes in and out of a channel, apart from how it is written.

use std::fmt::{self, Display, Formatter};

use compact_str::CompactString;

use crate::{DecodeError, Payload};

mod name;
mod reference;

pub(crate) use name::NameView;
pub use name::{NAME_BYTES_MAX, Name};
pub use reference::{REF_BYTES_MAX, Ref};

/// A message from a client, Phoenix's `Phoenix.Socket.Message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The `reference` of the join this message belongs to.
    pub join_ref: Ref,
    /// What the reply must carry.
    pub reference: Ref,
    /// The topic.
    pub topic: Name,
    /// The event.
    pub event: Name,
    /// The content.
    pub payload: Payload,
}

/// The answer to a [`Message`], Phoenix's `Phoenix.Socket.Reply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The `reference` of the join the channel lives by.
    pub join_ref: Ref,
    /// The `reference` of the message that is answered.
    pub reference: Ref,
    /// The topic of that message, echoed.
    pub topic: Name,
    /// How it went.
    pub status: Status,
    /// The content, any JSON or bytes.
    pub response: Payload,
}

/// An event that a channel sends to its one client, Phoenix's outgoing `Phoenix.Socket.Message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The `reference` of the join the channel lives by.
    pub join_ref: Ref,
    /// Null, except that `phx_close` and `phx_error` repeat the `join_ref`.
    pub reference: Ref,
    /// The topic.
    pub topic: Name,
    /// The event.
    pub event: Name,
    /// The content: a JSON object or bytes (serializer V1: any JSON).
    pub payload: Payload,
}

/// The status of a [`Reply`], on the wire a short text.
///
/// ```
/// use bennu_protocol::Status;
///
/// assert_eq!(Status::OK.as_str(), "ok");
/// assert_eq!(Status::new("maybe").to_string(), "maybe");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Status(CompactString);

impl Status {
    /// The message was handled.
    pub const OK: Self = Self(CompactString::const_new("ok"));
    /// The message was refused.
    pub const ERROR: Self = Self(CompactString::const_new("error"));

    /// A status of the application's own; Phoenix allows any name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The text on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Status {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_bytes(field: &'static str, value: &str, bytes_max: usize) -> Result<(), DecodeError> {
    if value.len() > bytes_max {
        return Err(DecodeError::TooLong { field, bytes_max });
    }
    Ok(())
}
