//! What a room's view does with its messages.

use bennu::live;
use bennu::live::Socket;
use bennu::presence::Presence;

use super::members::Meta;
use super::message_row::Editing;
use super::post::{self, PostError};
use super::{ChatLive, Info, draft};
use crate::chats::Chats;
use crate::chats::input::InputError;
use crate::chats::message::{Deleted, Message, topic};

/// What the person does.
impl ChatLive {
    pub(super) async fn send(&mut self, body: &str, chats: &Chats) {
        self.composer.form = match self.post(body, chats).await {
            Ok(()) => draft::form(""),
            Err(PostError::Input(InputError::BodyEmpty)) => draft::form(body),
            Err(error) => draft::refused(body, &error),
        };
    }

    /// Posts text and picture. A picture stays beside a text that is refused; one that is none goes.
    async fn post(&mut self, body: &str, chats: &Chats) -> Result<(), PostError> {
        let (file, picture) = self.composer.take_picture().await?.unzip();
        let (chat_id, user_id) = (self.chat.id, self.user.id);
        let posted = post::post(chats, chat_id, user_id, body, picture).await;
        if let (Err(_), Some(file)) = (&posted, file) {
            file.postpone();
        }
        posted
    }

    /// Opens the form of a message, if it is the person's own.
    pub(super) async fn edit(&mut self, id: i64, chats: &Chats) {
        self.stop_editing();
        match chats.own_message(id, self.user.id).await {
            Ok(Some(message)) => {
                self.editing = Some(Editing::begin(message.clone()));
                self.messages.update(message);
            }
            Ok(None) => {}
            Err(cause) => {
                let error = PostError::from(cause);
                self.composer.form = draft::again(&self.composer.form, &error);
            }
        }
    }

    /// Closes the form of the message that is being edited.
    pub(super) fn stop_editing(&mut self) {
        if let Some(editing) = self.editing.take() {
            self.messages.update(editing.message);
        }
    }

    /// Gives the message that is being edited another text. This view hears of it as the others of the room do.
    pub(super) async fn save(&mut self, body: &str, chats: &Chats) {
        if let Some(mut editing) = self.editing.take()
            && let Err(error) = post::edit(chats, &editing.message, body).await
        {
            editing.form = draft::refused(body, &error);
            self.messages.update(editing.message.clone());
            self.editing = Some(editing);
        }
    }

    /// Deletes the message that is being edited; this view hears of it, too.
    pub(super) async fn delete(&mut self, chats: &Chats) {
        if let Some(mut editing) = self.editing.take()
            && let Err(cause) = chats.delete(editing.message.id, self.user.id).await
        {
            editing.form = draft::again(&editing.form, &PostError::from(cause));
            self.messages.update(editing.message.clone());
            self.editing = Some(editing);
        }
    }

    /// Tells the room whether the person is typing, if there is anything to tell.
    pub(super) fn tell_typing(
        &mut self,
        typing: Option<bool>,
        socket: &mut Socket<Self>,
    ) -> live::Result<()> {
        let Some(typing) = typing else { return Ok(()) };
        let presence = socket.assigns::<Presence>().clone();
        let meta = Meta::new(&self.user, typing);
        presence.update_in(socket, topic(self.chat.id), self.user.id.to_string(), meta)?;
        if let Some(view) = socket.recipient() {
            self.typing.wake(view);
        }
        Ok(())
    }
}

/// What the page is shown of what happens in the room.
impl ChatLive {
    /// Puts a message at the end, unless the page was mounted with it: it comes by broadcast, too, when it is posted
    /// between the subscription and the first read.
    pub(super) fn show(&mut self, message: Message, socket: &Socket<Self>) -> live::Result<()> {
        if message.id <= self.newest {
            return Ok(());
        }
        self.newest = message.id;
        self.messages.insert(message);
        // Handled once the message itself is on its way to the page.
        socket.send_self(Info::Shown(self.newest))?;
        Ok(())
    }

    /// Shows what became of a message; its form stays open if it is being edited here.
    pub(super) fn change(&mut self, message: Message) {
        if let Some(editing) = &mut self.editing
            && editing.message.id == message.id
        {
            editing.message = message.clone();
        }
        self.messages.update(message);
    }

    pub(super) fn remove(&mut self, deleted: Deleted) {
        let id = deleted.id;
        self.messages.delete_by_dom_id(format!("message-{id}"));
        self.editing.take_if(|editing| editing.message.id == id);
        if let Some(next) = deleted.next {
            self.change(next);
        }
    }
}
