//! What may go wrong with the store.

use std::fmt;

/// Why the store did not answer.
#[derive(Debug)]
pub(crate) enum ChatsError {
    /// As many commands as allowed are waiting already; the same call may succeed a moment later.
    Busy,
    /// The thread that owns the database has ended.
    Stopped,
    /// SQLite refused.
    Database(rusqlite::Error),
}

impl fmt::Display for ChatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("too many commands wait for the database"),
            Self::Stopped => f.write_str("the database thread has ended"),
            Self::Database(error) => write!(f, "database: {error}"),
        }
    }
}

impl std::error::Error for ChatsError {}

/// Why a room was not created.
#[derive(Debug)]
pub(crate) enum CreateRoomError {
    /// A room of that name exists.
    NameTaken,
    /// The store did not answer.
    Chats(ChatsError),
}

impl fmt::Display for CreateRoomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTaken => f.write_str("a room of that name exists"),
            Self::Chats(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CreateRoomError {}

impl From<ChatsError> for CreateRoomError {
    fn from(error: ChatsError) -> Self {
        Self::Chats(error)
    }
}
