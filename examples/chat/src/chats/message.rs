//! Messages: how they are stored, shown, and told to their room.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::input::Body;
use super::picture::Picture;
use super::{Chats, ChatsError, tell};

/// How many messages [`Chats::messages`] returns at most, whatever is asked for.
pub(crate) const MESSAGES_MAX: u32 = 1000;

/// The topic of a room: what happens to its messages, and who is there.
pub(crate) fn topic(chat_id: i64) -> String {
    format!("chat:{chat_id}")
}

/// What happens to a message, by the name of the event that tells the topic of its room.
pub(crate) mod event {
    /// Carries the new [`Message`](super::Message).
    pub(crate) const POSTED: &str = "message_posted";
    /// Carries the changed [`Message`](super::Message).
    pub(crate) const EDITED: &str = "message_edited";
    /// Carries a [`Deleted`](super::Deleted).
    pub(crate) const DELETED: &str = "message_deleted";
}

/// A message with its author's name, as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: i64,
    pub(crate) chat_id: i64,
    pub(crate) user_id: i64,
    pub(crate) author: String,
    /// Empty only beside a picture.
    pub(crate) body: String,
    pub(crate) picture: Option<PictureLink>,
    pub(crate) at: Timestamp,
    pub(crate) edited: bool,
    /// The message before is of the same author and a short time ago: name and avatar need not be shown again.
    pub(crate) follows: bool,
}

/// Where a message's picture is found, and what a page has to know before it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PictureLink {
    /// Nobody can guess it, and no other picture ever gets it.
    pub(crate) key: String,
    /// What its author's computer calls it.
    pub(crate) name: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A message is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deleted {
    pub(crate) id: i64,
    /// The message that came after it: it may follow another one now.
    pub(crate) next: Option<Message>,
}

impl Chats {
    /// Returns the last `limit` messages of a room, [`MESSAGES_MAX`] at most, oldest first.
    pub(crate) async fn messages(
        &self,
        chat_id: i64,
        limit: u32,
    ) -> Result<Vec<Message>, ChatsError> {
        self.run(move |database| database.messages(chat_id, limit.min(MESSAGES_MAX)))
            .await
    }

    /// Finds a message, if this person wrote it.
    pub(crate) async fn own_message(
        &self,
        id: i64,
        user_id: i64,
    ) -> Result<Option<Message>, ChatsError> {
        let message = self.run(move |database| database.message(id)).await?;
        Ok(message.filter(|message| message.user_id == user_id))
    }

    /// Stores a message, which its room then is told of by [`event::POSTED`].
    ///
    /// # Errors
    ///
    /// [`ChatsError::Database`] when room or author do not exist: a person types neither.
    pub(crate) async fn post(
        &self,
        chat_id: i64,
        user_id: i64,
        body: Body,
        picture: Option<Picture>,
    ) -> Result<Message, ChatsError> {
        let pubsub = self.pubsub.clone();
        self.run(move |database| {
            let message = database.post(chat_id, user_id, &body, picture.as_ref())?;
            tell(&pubsub, topic(chat_id), event::POSTED, &message);
            Ok(message)
        })
        .await
    }

    /// Gives a message another text, which its room then is told of by [`event::EDITED`]; returns `None` when this
    /// person wrote no such message.
    pub(crate) async fn edit(
        &self,
        id: i64,
        user_id: i64,
        body: Body,
    ) -> Result<Option<Message>, ChatsError> {
        let pubsub = self.pubsub.clone();
        self.run(move |database| {
            let edited = database.edit(id, user_id, &body)?;
            if let Some(message) = &edited {
                tell(&pubsub, topic(message.chat_id), event::EDITED, message);
            }
            Ok(edited)
        })
        .await
    }

    /// Deletes a message and its picture, which its room then is told of by [`event::DELETED`]; returns whether this
    /// person wrote such a message.
    pub(crate) async fn delete(&self, id: i64, user_id: i64) -> Result<bool, ChatsError> {
        let pubsub = self.pubsub.clone();
        self.run(move |database| {
            let deleted = database.delete(id, user_id)?;
            if let Some((chat_id, deleted)) = &deleted {
                tell(&pubsub, topic(*chat_id), event::DELETED, deleted);
            }
            Ok(deleted.is_some())
        })
        .await
    }

    /// The media type and the bytes of a picture, by the key in its address.
    pub(crate) async fn picture(
        &self,
        key: String,
    ) -> Result<Option<(String, Vec<u8>)>, ChatsError> {
        self.run(move |database| database.picture(&key)).await
    }
}

#[cfg(test)]
mod tests;
