//! The SQL: every statement the chat runs, on the one connection.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::input::{Body, Email, RoomName, UserName};
use super::{Chat, MessageRow, User};

/// The layout of the tables, kept in the file as `user_version`.
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        email TEXT NOT NULL UNIQUE COLLATE NOCASE
    ) STRICT;
    CREATE TABLE chats (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY,
        chat_id INTEGER NOT NULL REFERENCES chats (id),
        user_id INTEGER NOT NULL REFERENCES users (id),
        body TEXT NOT NULL,
        inserted_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX messages_of_a_chat ON messages (chat_id, id);
    PRAGMA user_version = 1;
";

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
        create_tables(&mut connection)?;
        Ok(Self { connection })
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
            .prepare_cached("SELECT id, name, created_at FROM chats ORDER BY name")?
            .query_map([], chat)?
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

    pub(super) fn messages(&self, chat_id: i64, limit: u32) -> rusqlite::Result<Vec<MessageRow>> {
        let mut rows: Vec<_> = self
            .connection
            .prepare_cached(
                "SELECT messages.id, chat_id, user_id, users.name, body, inserted_at
                 FROM messages JOIN users ON users.id = user_id
                 WHERE chat_id = ?1 ORDER BY messages.id DESC LIMIT ?2",
            )?
            .query_map(params![chat_id, limit], message)?
            .collect::<rusqlite::Result<_>>()?;
        rows.reverse();
        Ok(rows)
    }

    pub(super) fn post(
        &self,
        chat_id: i64,
        user_id: i64,
        body: &Body,
    ) -> rusqlite::Result<MessageRow> {
        self.connection
            .prepare_cached(
                "INSERT INTO messages (chat_id, user_id, body, inserted_at) VALUES (?1, ?2, ?3, ?4)
                 RETURNING id, chat_id, user_id, (SELECT name FROM users WHERE id = user_id), body, inserted_at",
            )?
            .query_row(params![chat_id, user_id, body.as_str(), now()], message)
    }

    pub(super) fn seed(&mut self, chat_id: i64, count: u32) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        let user_id: i64 = transaction.query_row(
            "INSERT INTO users (name, email) VALUES ('Seed', 'seed@example.org')
             ON CONFLICT (email) DO UPDATE SET name = name RETURNING id",
            [],
            |row| row.get(0),
        )?;
        transaction.execute(
            "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?4)
             INSERT INTO messages (chat_id, user_id, body, inserted_at)
             SELECT ?1, ?2, 'Message ' || n || ' of ' || ?4, ?3 FROM number WHERE n <= ?4",
            params![chat_id, user_id, now(), count],
        )?;
        transaction.commit()
    }
}

/// Creates the tables in a new file; the transaction lets two programs start on one file at once.
fn create_tables(connection: &mut Connection) -> Result<(), OpenError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match transaction.query_row("PRAGMA user_version", [], |row| row.get(0))? {
        0 => transaction.execute_batch(SCHEMA)?,
        SCHEMA_VERSION => {}
        version => return Err(OpenError::Version(version)),
    }
    Ok(transaction.commit()?)
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

fn message(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        id: row.get(0)?,
        chat_id: row.get(1)?,
        user_id: row.get(2)?,
        user_name: row.get(3)?,
        body: row.get(4)?,
        inserted_at: timestamp(row, 5)?,
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
