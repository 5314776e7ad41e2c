//! The layout of the tables: created in a new file, brought up to date in an old one.

use rusqlite::{Connection, TransactionBehavior};

use super::OpenError;

/// What leads from each layout to the next, the first of them from none; the file keeps its layout as `user_version`.
const MIGRATIONS: [&str; 2] = [LAYOUT_1, LAYOUT_2];

pub(in crate::chats) const LAYOUT_1: &str = "
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
";

/// Messages can be deleted from here on: `AUTOINCREMENT` gives no id twice, so that an id in a page means one message.
const LAYOUT_2: &str = "
    CREATE TABLE kept_messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat_id INTEGER NOT NULL REFERENCES chats (id),
        user_id INTEGER NOT NULL REFERENCES users (id),
        body TEXT NOT NULL,
        inserted_at INTEGER NOT NULL,
        edited_at INTEGER
    ) STRICT;
    INSERT INTO kept_messages SELECT id, chat_id, user_id, body, inserted_at, NULL FROM messages;
    DROP TABLE messages;
    ALTER TABLE kept_messages RENAME TO messages;
    CREATE INDEX messages_of_a_chat ON messages (chat_id, id);
    CREATE TABLE pictures (
        key TEXT PRIMARY KEY,
        message_id INTEGER NOT NULL UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        content BLOB NOT NULL
    ) STRICT;
";

/// The layout that this version of the chat works with.
pub(in crate::chats) const SCHEMA_VERSION: u32 = MIGRATIONS.len() as u32;

/// Brings the tables up to date; the transaction lets two programs start on one file at once.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let missing = usize::try_from(version)
        .ok()
        .and_then(|version| MIGRATIONS.get(version..))
        .ok_or(OpenError::Version(version))?;
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    Ok(transaction.commit()?)
}
