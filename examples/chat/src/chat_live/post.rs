//! A message as the page shows it, and its way into the room.

use std::fmt;

use bennu::channel::{IntoPayload, PushError};
use bennu::pubsub::PubSub;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::topic;
use crate::chats::input::{Body, InputError};
use crate::chats::{Chats, ChatsError, MessageRow};

/// The event that brings a message to the views of its room.
pub(super) const NEW_MESSAGE: &str = "new_message";

/// A message as the page shows it, and as it travels to the other views of the room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(super) id: i64,
    pub(super) user_id: i64,
    pub(super) author: String,
    pub(super) body: String,
    pub(super) at: Timestamp,
    /// The author of the message before is the same: name and picture need not be shown again.
    #[serde(skip)]
    pub(super) follows: bool,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            author: row.user_name,
            body: row.body,
            at: row.inserted_at,
            follows: false,
        }
    }
}

/// Why a message was not posted; the text is a sentence for its author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostError {
    /// The message is none, or too long.
    Input(InputError),
    /// The database did not take it now; it may a moment later.
    Busy,
}

impl fmt::Display for PostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Busy => f.write_str("The chat is busy, try again."),
        }
    }
}

impl std::error::Error for PostError {}

impl From<InputError> for PostError {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<ChatsError> for PostError {
    fn from(cause: ChatsError) -> Self {
        tracing::error!("message not stored: {cause}");
        Self::Busy
    }
}

/// Stores what was written as a message.
pub(crate) async fn store(
    chats: &Chats,
    chat_id: i64,
    user_id: i64,
    body: &str,
) -> Result<Message, PostError> {
    let row = chats.post(chat_id, user_id, Body::parse(body)?).await?;
    Ok(row.into())
}

/// Brings a message to the views of its room.
pub(crate) fn broadcast(pubsub: &PubSub, chat_id: i64, message: &Message) -> Result<(), PushError> {
    pubsub.broadcast(topic(chat_id), NEW_MESSAGE, message.into_payload()?)?;
    Ok(())
}
