//! A message, as it is stored, shown and told to the room.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
