//! What callbacks return.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use crate::protocol::{Payload, PayloadError, Status};

/// What a callback returns: how to go on, or an error that ends the channel with `phx_error`.
pub type Result<T = Flow> = std::result::Result<T, Crash>;

/// How a channel goes on after a callback (H-1).
#[derive(Debug)]
#[non_exhaustive]
pub enum Flow {
    /// No reply, `{:noreply, socket}` in Phoenix.
    NoReply,
    /// Answers the event, `{:reply, {status, payload}, socket}`. Only `handle_in` has an event to answer.
    Reply(Status, Payload),
    /// Ends the channel, `{:stop, reason, socket}`.
    Stop(Reason),
    /// Answers the event, then ends the channel.
    StopReply(Reason, Status, Payload),
}

impl Flow {
    /// Answers with status `ok`.
    ///
    /// # Errors
    /// When the payload cannot be written as JSON.
    pub fn ok(payload: impl IntoPayload) -> Result {
        Ok(Self::Reply(Status::OK, payload.into_payload()?))
    }

    /// Answers with status `error`.
    ///
    /// # Errors
    /// When the payload cannot be written as JSON.
    pub fn error(payload: impl IntoPayload) -> Result {
        Ok(Self::Reply(Status::ERROR, payload.into_payload()?))
    }

    /// What an event means that no arm of a `handle_in` matches: the channel ends with `phx_error` (H-3).
    ///
    /// # Errors
    /// Always.
    pub fn unhandled(event: &str) -> Result {
        Err(Crash::new(UnhandledEvent(event.to_owned())))
    }
}

/// An event came in that the channel does not handle.
#[derive(Debug)]
struct UnhandledEvent(String);

impl fmt::Display for UnhandledEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no handler for event {:?}", self.0)
    }
}

impl Error for UnhandledEvent {}

/// Why a channel ended or shall end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The channel is done.
    Normal,
    /// The client left the topic.
    Left,
    /// The connection closed.
    Closed,
    /// The client joined the topic again on the same connection.
    DuplicateJoin,
    /// The server is about to stop.
    Draining,
    /// The application shut the channel down.
    Shutdown(Cow<'static, str>),
    /// Anything else: the client is told `phx_error` and joins again.
    Error(Cow<'static, str>),
}

impl Reason {
    /// Whether the client is told `phx_close` and does not come back, or `phx_error` (5.3).
    #[must_use]
    pub const fn is_graceful(&self) -> bool {
        !matches!(self, Self::Error(_))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Normal => "normal",
            Self::Left => "left",
            Self::Closed => "closed",
            Self::DuplicateJoin => "duplicate join",
            Self::Draining => "draining",
            Self::Shutdown(why) | Self::Error(why) => why,
        })
    }
}

/// An error that ends one channel, as a raise does in Phoenix. Any error converts into it with `?`.
pub struct Crash(Box<dyn Error + Send + Sync>);

impl Crash {
    /// Wraps an error or a message.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Crash {
    fn from(cause: E) -> Self {
        Self(Box::new(cause))
    }
}

impl fmt::Debug for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Why a join was not accepted. Any error converts into it with `?` and means a crash.
#[derive(Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// The application said no: the client gets an `error` reply with this payload.
    Refused(Payload),
    /// The application failed: the client gets `{"reason":"join crashed"}`.
    Crashed(Crash),
}

impl JoinError {
    /// Says no, with a payload that tells the client why.
    pub fn refuse(payload: impl IntoPayload) -> Self {
        payload
            .into_payload()
            .map_or_else(|error| Self::Crashed(error.into()), Self::Refused)
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for JoinError {
    fn from(cause: E) -> Self {
        Self::Crashed(cause.into())
    }
}

/// What can be pushed, broadcast and replied: a [`Payload`], a `serde_json::Value`, or a reference to anything that
/// serializes.
///
/// ```
/// use bennu::channel::IntoPayload;
///
/// let payload = serde_json::json!({"body": "hi"}).into_payload()?;
/// assert_eq!(payload.as_json(), Some(r#"{"body":"hi"}"#));
/// # Ok::<(), bennu::protocol::PayloadError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no payload",
    note = "pass a `Payload`, a `serde_json::Value`, `Bytes`, or a reference to something that implements `Serialize`"
)]
pub trait IntoPayload {
    /// The payload.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    fn into_payload(self) -> std::result::Result<Payload, PayloadError>;
}

impl IntoPayload for Payload {
    fn into_payload(self) -> std::result::Result<Payload, PayloadError> {
        Ok(self)
    }
}

impl IntoPayload for Bytes {
    fn into_payload(self) -> std::result::Result<Payload, PayloadError> {
        Ok(Payload::binary(self))
    }
}

impl IntoPayload for serde_json::Value {
    fn into_payload(self) -> std::result::Result<Payload, PayloadError> {
        Payload::json(&self)
    }
}

impl<T: Serialize + ?Sized> IntoPayload for &T {
    fn into_payload(self) -> std::result::Result<Payload, PayloadError> {
        Payload::json(self)
    }
}
