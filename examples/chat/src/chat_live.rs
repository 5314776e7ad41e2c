//! A room: its messages, the forms to write and edit them, who is there, and the way to the other rooms.

mod changes;
mod composer;
mod draft;
mod members;
mod message_row;
pub(crate) mod post;
mod room_list;
mod typing;

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::event::LiveEvent;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::presence::Presence;
use bennu::protocol::event::PRESENCE_DIFF;
use bennu::protocol::form::{Param, Params};
use bennu::pubsub::Broadcast;
use bennu::session::Session;
use bennu::token::Term;
use http::StatusCode;

use crate::chat_channel::{self, EventBus, EventBuses};
use crate::chats::message::{MESSAGES_MAX, Message, event, topic};
use crate::chats::{Chat, Chats, ROOMS, User};
use crate::pages::{USER_ID, header};
use composer::Composer;
use members::{Members, Meta};
use message_row::Editing;
use room_list::RoomList;
use typing::{PAUSE, Typing};

/// How many of its last messages an open page keeps.
const PAGE_MESSAGES_MAX: i32 = 2 * MESSAGES_MAX.cast_signed();

pub(crate) struct ChatLive {
    user: User,
    chat: Chat,
    rooms: RoomList,
    /// Those that are on their way to the page, which keeps them.
    messages: Stream<Message>,
    /// The last message that the page was given.
    newest: i64,
    members: Members,
    typing: Typing,
    composer: Composer,
    editing: Option<Editing>,
}

/// What the page sends.
#[derive(LiveEvent)]
enum Event {
    Typing {
        #[serde(default)]
        body: String,
    },
    StopTyping,
    RemovePicture {
        #[serde(rename = "ref")]
        reference: String,
    },
    Send {
        #[serde(default)]
        body: String,
    },
    Edit {
        id: i64,
    },
    CancelEdit,
    Save {
        #[serde(default)]
        body: String,
    },
    Delete,
}

/// What reaches a room's view besides the events of its page.
pub(crate) enum Info {
    /// Something was broadcast in the room.
    Room(Broadcast),
    /// Somebody made another room.
    NewRoom(Broadcast),
    /// The message with this id is on its way to the page.
    Shown(i64),
    /// The room may be told again whether the person is typing.
    Rested,
    /// The person has left the draft alone for a while.
    Paused,
}

impl LiveView for ChatLive {
    type Info = Info;

    async fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let chats = socket.assigns::<Chats>().clone();
        let user = signed_in(&chats, session).await?;
        let chat = room(&chats, params).await?;
        socket.put_page_title(&*chat.name);
        if socket.connected() {
            // Before the messages are read: one that is posted meanwhile then comes in by broadcast.
            socket.subscribe(topic(chat.id), Info::Room)?;
            socket.subscribe(ROOMS, Info::NewRoom)?;
            let presence = socket.assigns::<Presence>().clone();
            let meta = Meta::new(&user, false);
            presence.track_in(socket, topic(chat.id), user.id.to_string(), meta)?;
        }
        let messages = chats.messages(chat.id, MESSAGES_MAX).await?;
        let newest = messages.last().map_or(0, |message| message.id);
        let mut stream = Stream::new("message", |message: &Message| message.id);
        stream.extend(messages);
        Ok(Self {
            rooms: RoomList::new(chats.rooms().await?),
            messages: stream.limit(-PAGE_MESSAGES_MAX),
            newest,
            members: Members::list(socket.assigns(), chat.id).await,
            typing: Typing::default(),
            composer: Composer::new(socket),
            editing: None,
            user,
            chat,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match Event::decode(event, &params)? {
            Event::Typing { body } => {
                self.composer.form = draft::form(&body);
                let typing = self.typing.change(!body.is_empty());
                self.tell_typing(typing, socket)?;
                self.typing
                    .pause(socket.send_self_after(Info::Paused, PAUSE)?);
            }
            Event::StopTyping => {
                let typing = self.typing.change(false);
                self.tell_typing(typing, socket)?;
            }
            Event::RemovePicture { reference } => {
                self.composer.picture.cancel_upload(&reference);
            }
            Event::Send { body } => {
                let typing = self.typing.sent();
                self.tell_typing(typing, socket)?;
                self.send(&body, socket.assigns()).await;
            }
            Event::Edit { id } => self.edit(id, socket.assigns()).await,
            Event::CancelEdit => self.stop_editing(),
            Event::Save { body } => self.save(&body, socket.assigns()).await,
            Event::Delete => self.delete(socket.assigns()).await,
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: Info, socket: &mut Socket<Self>) -> live::Result {
        match info {
            Info::Room(broadcast) => match broadcast.event() {
                event::POSTED => self.show(broadcast.payload().deserialize()?, socket)?,
                event::EDITED => self.change(broadcast.payload().deserialize()?),
                event::DELETED => self.remove(broadcast.payload().deserialize()?),
                PRESENCE_DIFF => {
                    self.members = Members::list(socket.assigns(), self.chat.id).await;
                }
                _ => {}
            },
            Info::NewRoom(broadcast) => self.rooms.insert(broadcast.payload().deserialize()?),
            Info::Shown(id) => {
                let bus = EventBus::of_room(*socket.assigns(), self.chat.id);
                // A page whose channel is gone, or too busy, does without the scrolling.
                let _ = socket
                    .assigns::<EventBuses>()
                    .with(&bus, |bus| bus.send(chat_channel::Event::NewMessage { id }));
            }
            Info::Paused => {
                let typing = self.typing.change(false);
                self.tell_typing(typing, socket)?;
            }
            Info::Rested => {
                let typing = self.typing.rested();
                self.tell_typing(typing, socket)?;
            }
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        heex! {
            <.header title={&self.chat.name} user_name={&self.user.name} csrf_token={socket.csrf_token()} in_room={true}/>
            <div class="room">
                <room_list::column rooms={&self.rooms} current={self.chat.id}/>
                <main id="conversation" class="conversation" data-chat-id={self.chat.id} phx-hook="Room">
                    <section class="log" role="log" aria-label="Messages" aria-live="polite">
                        <ol id="messages" tabindex="0" aria-label="Messages" phx-update="stream">
                            <li id="no-messages" class="empty">
                                <strong>No messages yet</strong> "Say hello: whoever is here sees it at once."
                            </li>
                            <message_row::row :for={(dom_id, message) in &self.messages} id={dom_id.as_str()}
                                message={message} own={message.user_id == self.user.id}
                                editing={Editing::form_of(self.editing.as_ref(), message.id)}/>
                        </ol>
                    </section>
                    <p id="typing">
                        {if let Some(who) = self.members.who_is_typing(self.user.id) {
                            <span>{who}</span> <span class="typing-dots"><i>.</i><i>.</i><i>.</i></span>
                        }}
                    </p>
                    <composer::message_form composer={&self.composer} chat_id={self.chat.id} csrf_token={socket.csrf_token()}/>
                </main>
                <members::column members={&self.members} you={self.user.id}/>
            </div>
        }
    }
}

/// Whoever the session belongs to; others are sent to the sign-in page.
async fn signed_in(chats: &Chats, session: &Session) -> Result<User, MountError> {
    let user_id = session.get(USER_ID).and_then(Term::as_i64);
    let user = match user_id {
        Some(id) => chats.user(id).await?,
        None => None,
    };
    user.ok_or_else(|| MountError::redirect("/"))
}

/// The room of the page's address.
async fn room(chats: &Chats, params: &Params) -> Result<Chat, MountError> {
    let id = params.text("id").and_then(|id| id.parse().ok());
    let chat = match id {
        Some(id) => chats.room(id).await?,
        None => None,
    };
    chat.ok_or(MountError::Status(StatusCode::NOT_FOUND))
}

#[cfg(test)]
mod tests;
