//! What can go wrong between the generator and the server.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::frame::FrameError;

/// Why a client of the generator could not do its part.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The operating system refused.
    Io(io::Error),
    /// No connection to the server came about.
    Unreachable {
        /// The server's host and port.
        authority: String,
        /// What the system says.
        cause: io::Error,
    },
    /// An argument does not fit the scenario.
    Argument(String),
    /// The server answered a request with another status than the expected one.
    Status {
        /// The path of the request, without its query.
        path: String,
        /// The status.
        status: u16,
        /// Where a redirect leads.
        location: Option<String>,
    },
    /// The server ended a connection in the middle, or a WebSocket without a close frame.
    HungUp,
    /// The server closed the WebSocket, with this code.
    Closed(Option<u16>),
    /// The server's bytes are not what the protocol says.
    Malformed(String),
    /// The server refused a join or an event; its reply.
    Refused(String),
    /// The server ended the channel, with this event.
    Ended(String),
    /// Something did not happen in time.
    TimedOut {
        /// What was waited for.
        what: String,
        /// For how long.
        limit: Duration,
    },
    /// A client's task panicked, a defect of the generator.
    Crashed(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(cause) => cause.fmt(f),
            Self::Unreachable { authority, cause } => {
                write!(f, "no connection to {authority}: {cause}")
            }
            Self::Argument(what) => f.write_str(what),
            Self::Status {
                path,
                status,
                location,
            } => {
                write!(f, "GET {path} was answered with status {status}")?;
                match location {
                    Some(location) => write!(f, ", a redirect to {location}"),
                    None => Ok(()),
                }
            }
            Self::HungUp => f.write_str("the server hung up"),
            Self::Closed(Some(code)) => write!(f, "the server closed the connection with {code}"),
            Self::Closed(None) => f.write_str("the server closed the connection without a code"),
            Self::Malformed(what) => write!(f, "the server sent {what}"),
            Self::Refused(reply) => write!(f, "the server refused: {reply}"),
            Self::Ended(event) => write!(
                f,
                "the server ended the channel with {event}; its log may say why"
            ),
            Self::TimedOut { what, limit } => {
                let seconds = limit.as_secs();
                write!(f, "{what}: nothing within {seconds} s (--answer-timeout-s)")
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
