//! The SQL of messages and their pictures.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Database, now, timestamp};
use crate::chats::input::Body;
use crate::chats::message::{Deleted, Message, PictureLink};
use crate::chats::picture::Picture;

/// A message follows the one before it when the same author wrote it within this time.
const FOLLOWS_MILLISECONDS_MAX: i64 = 300_000;

/// Messages as [`message`] reads them; `?1` is [`FOLLOWS_MILLISECONDS_MAX`].
const MESSAGES: &str = "
    SELECT this.id, this.chat_id, this.user_id, users.name, this.body, this.inserted_at, this.edited_at IS NOT NULL,
        ifnull((
            SELECT before.user_id = this.user_id AND this.inserted_at - before.inserted_at <= ?1
            FROM messages AS before WHERE before.chat_id = this.chat_id AND before.id < this.id
            ORDER BY before.id DESC LIMIT 1
        ), FALSE),
        pictures.key, pictures.name, pictures.width, pictures.height
    FROM messages AS this
    JOIN users ON users.id = this.user_id
    LEFT JOIN pictures ON pictures.message_id = this.id";

impl Database {
    /// The last messages of a room, oldest first.
    pub(in crate::chats) fn messages(
        &self,
        chat_id: i64,
        limit: u32,
    ) -> rusqlite::Result<Vec<Message>> {
        let mut messages: Vec<_> = self
            .connection
            .prepare_cached(&format!(
                "{MESSAGES} WHERE this.chat_id = ?2 ORDER BY this.id DESC LIMIT ?3"
            ))?
            .query_map(params![FOLLOWS_MILLISECONDS_MAX, chat_id, limit], message)?
            .collect::<rusqlite::Result<_>>()?;
        messages.reverse();
        Ok(messages)
    }

    pub(in crate::chats) fn message(&self, id: i64) -> rusqlite::Result<Option<Message>> {
        self.connection
            .prepare_cached(&format!("{MESSAGES} WHERE this.id = ?2"))?
            .query_row(params![FOLLOWS_MILLISECONDS_MAX, id], message)
            .optional()
    }

    pub(in crate::chats) fn post(
        &mut self,
        chat_id: i64,
        user_id: i64,
        body: &Body,
        picture: Option<&Picture>,
    ) -> rusqlite::Result<Message> {
        let transaction = self.connection.transaction()?;
        let id: i64 = transaction
            .prepare_cached(
                "INSERT INTO messages (chat_id, user_id, body, inserted_at) VALUES (?1, ?2, ?3, ?4) RETURNING id",
            )?
            .query_row(params![chat_id, user_id, body.as_str(), now()], |row| row.get(0))?;
        if let Some(picture) = picture {
            insert_picture(&transaction, id, picture)?;
        }
        transaction.commit()?;
        self.message(id)?
            .ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// `None` when there is no such message of this author.
    pub(in crate::chats) fn edit(
        &self,
        id: i64,
        user_id: i64,
        body: &Body,
    ) -> rusqlite::Result<Option<Message>> {
        let edited = self
            .connection
            .prepare_cached(
                "UPDATE messages SET body = ?3, edited_at = ?4 WHERE id = ?1 AND user_id = ?2",
            )?
            .execute(params![id, user_id, body.as_str(), now()])?;
        if edited == 0 {
            return Ok(None);
        }
        self.message(id)
    }

    /// Deletes a message and its picture; returns its room, too. `None` when there is no such message of this author.
    pub(in crate::chats) fn delete(
        &self,
        id: i64,
        user_id: i64,
    ) -> rusqlite::Result<Option<(i64, Deleted)>> {
        let deleted: Option<i64> = self
            .connection
            .prepare_cached(
                "DELETE FROM messages WHERE id = ?1 AND user_id = ?2 RETURNING chat_id",
            )?
            .query_row([id, user_id], |row| row.get(0))
            .optional()?;
        let Some(chat_id) = deleted else {
            return Ok(None);
        };
        let next = self
            .connection
            .prepare_cached(&format!(
                "{MESSAGES} WHERE this.chat_id = ?2 AND this.id > ?3 ORDER BY this.id LIMIT 1"
            ))?
            .query_row(params![FOLLOWS_MILLISECONDS_MAX, chat_id, id], message)
            .optional()?;
        Ok(Some((chat_id, Deleted { id, next })))
    }

    /// The media type and the bytes of a picture.
    pub(in crate::chats) fn picture(
        &self,
        key: &str,
    ) -> rusqlite::Result<Option<(String, Vec<u8>)>> {
        self.connection
            .prepare_cached("SELECT media_type, content FROM pictures WHERE key = ?1")?
            .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }

    pub(in crate::chats) fn seed(&mut self, chat_id: i64, count: u32) -> rusqlite::Result<()> {
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

fn insert_picture(
    connection: &Connection,
    message_id: i64,
    picture: &Picture,
) -> rusqlite::Result<()> {
    let Picture {
        name,
        media_type,
        width,
        height,
        path,
    } = picture;
    let content = std::fs::read(path)
        .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(cause.into()))?;
    let key = Uuid::new_v4().to_string();
    connection
        .prepare_cached("INSERT INTO pictures VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            key, message_id, name, media_type, width, height, content
        ])?;
    Ok(())
}

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let key: Option<String> = row.get(8)?;
    let picture = match key {
        Some(key) => Some(PictureLink {
            key,
            name: row.get(9)?,
            width: row.get(10)?,
            height: row.get(11)?,
        }),
        None => None,
    };
    let at: Timestamp = timestamp(row, 5)?;
    Ok(Message {
        id: row.get(0)?,
        chat_id: row.get(1)?,
        user_id: row.get(2)?,
        author: row.get(3)?,
        body: row.get(4)?,
        at,
        edited: row.get(6)?,
        follows: row.get(7)?,
        picture,
    })
}
