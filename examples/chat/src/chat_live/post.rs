//! The way of a message into the room: from the view's form, or from the one that is posted without a script.

use std::fmt;

use crate::chats::input::{Body, InputError};
use crate::chats::message::Message;
use crate::chats::picture::{Picture, PictureError};
use crate::chats::{Chats, ChatsError};

/// Stores what was written; the room's views hear of it from the store.
pub(crate) async fn post(
    chats: &Chats,
    chat_id: i64,
    user_id: i64,
    body: &str,
    picture: Option<Picture>,
) -> Result<(), PostError> {
    let body = parse(body, picture.is_some())?;
    chats.post(chat_id, user_id, body, picture).await?;
    Ok(())
}

/// Stores another text of a person's own message. One that is no more needs none.
pub(super) async fn edit(chats: &Chats, message: &Message, body: &str) -> Result<(), PostError> {
    let body = parse(body, message.picture.is_some())?;
    chats.edit(message.id, message.user_id, body).await?;
    Ok(())
}

fn parse(body: &str, has_picture: bool) -> Result<Body, InputError> {
    if has_picture {
        Body::parse_caption(body)
    } else {
        Body::parse(body)
    }
}

/// Why a message was not posted; the text is a sentence for its author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostError {
    /// The message is none, or too long.
    Input(InputError),
    /// The file that was chosen is no picture to show.
    Picture(PictureError),
    /// The database did not take it now; it may a moment later.
    Busy,
}

impl fmt::Display for PostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Picture(error) => error.fmt(f),
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

impl From<PictureError> for PostError {
    fn from(error: PictureError) -> Self {
        Self::Picture(error)
    }
}

impl From<ChatsError> for PostError {
    fn from(cause: ChatsError) -> Self {
        tracing::error!("message not stored: {cause}");
        Self::Busy
    }
}
