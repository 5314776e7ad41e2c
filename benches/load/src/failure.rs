//! What can go wrong between the generator and the server.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::frame::FrameError;

/// Why a client of the generator could not do its part.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The operating system refused, or the server hung up without a close frame.
    Io(io::Error),
    /// The server answered a request with this status instead of the expected one.
    Status(u16),
    /// The server closed the WebSocket, with this code.
    Closed(Option<u16>),
    /// The server's bytes are not what the protocol says.
    Malformed(String),
    /// The server refused a join or an event; its reply.
    Refused(String),
    /// Nothing came in time.
    TimedOut(Duration),
    /// A client's task panicked, a defect of the generator.
    Crashed(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(cause) => cause.fmt(f),
            Self::Status(status) => write!(f, "the server answered with status {status}"),
            Self::Closed(Some(code)) => write!(f, "the server closed the connection with {code}"),
            Self::Closed(None) => f.write_str("the server closed the connection without a code"),
            Self::Malformed(what) => write!(f, "the server sent {what}"),
            Self::Refused(reply) => write!(f, "the server refused: {reply}"),
            Self::TimedOut(limit) => {
                write!(f, "the server did not answer within {} s", limit.as_secs())
            }
            Self::Crashed(cause) => write!(f, "a client of the generator crashed: {cause}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<io::Error> for Failure {
    fn from(cause: io::Error) -> Self {
        Self::Io(cause)
    }
}

impl From<FrameError> for Failure {
    fn from(cause: FrameError) -> Self {
        Self::Malformed(cause.to_string())
    }
}
