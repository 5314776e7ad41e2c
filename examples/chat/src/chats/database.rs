//! The SQL: every statement the chat runs, on the one connection. Here those of people and rooms.

mod messages;
mod schema;

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

#[cfg(test)]
pub(super) use schema::LAYOUT_1;
use schema::SCHEMA_VERSION;

use super::input::{Email, RoomName, UserName};
use super::{Chat, ROOMS_MAX, User};

/// The connection; in the tables, times are milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Database {
    connection: Connection,
}

impl Database {
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let mut connection = Connection::open(path)?;
        // Another process (a backup, a seeding) may hold the file for a moment.
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        // With a write-ahead log this survives a crash of the program; a power cut may cost the last messages.
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        schema::migrate(&mut connection)?;
        Ok(Self { connection })
    }

    pub(super) fn checkpoint(&self) -> rusqlite::Result<()> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }

    pub(super) fn sign_in(&self, name: &UserName, email: &Email) -> rusqlite::Result<User> {
        self.connection
            .prepare_cached(
                "INSERT INTO users (name, email) VALUES (?1, ?2)
                 ON CONFLICT (email) DO UPDATE SET name = excluded.name
                 RETURNING id, name, email",
            )?
            .query_row(params![name.as_str(), email.as_str()], user)
    }

    pub(super) fn user(&self, id: i64) -> rusqlite::Result<Option<User>> {
        self.connection
            .prepare_cached("SELECT id, name, email FROM users WHERE id = ?1")?
            .query_row([id], user)
            .optional()
    }

    pub(super) fn rooms(&self) -> rusqlite::Result<Vec<Chat>> {
        self.connection
            .prepare_cached("SELECT id, name, created_at FROM chats ORDER BY name LIMIT ?1")?
            .query_map([ROOMS_MAX], chat)?
            .collect()
    }

    /// `None` when the name is taken.
    pub(super) fn create_room(&self, name: &RoomName) -> rusqlite::Result<Option<Chat>> {
        self.connection
            .prepare_cached(
                "INSERT INTO chats (name, created_at) VALUES (?1, ?2)
                 ON CONFLICT (name) DO NOTHING RETURNING id, name, created_at",
            )?
            .query_row(params![name.as_str(), now()], chat)
            .optional()
    }

    pub(super) fn room(&self, id: i64) -> rusqlite::Result<Option<Chat>> {
        self.connection
            .prepare_cached("SELECT id, name, created_at FROM chats WHERE id = ?1")?
            .query_row([id], chat)
            .optional()
    }
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
    })
}

fn chat(row: &Row<'_>) -> rusqlite::Result<Chat> {
    Ok(Chat {
        id: row.get(0)?,
        name: row.get(1)?,
        created_at: timestamp(row, 2)?,
    })
}

fn timestamp(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(error))
    })
}

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Why the database was not opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// SQLite refused: no such folder, no permission, not a database, locked for too long.
    Database(rusqlite::Error),
    /// The file has a layout that this version of the chat does not know.
    Version(i64),
    /// The system gave no thread.
    Thread(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => write!(f, "cannot open the database: {error}"),
            Self::Version(version) => write!(
                f,
                "the database has layout {version}, this chat knows {SCHEMA_VERSION}"
            ),
            Self::Thread(error) => write!(f, "cannot start the database thread: {error}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}
