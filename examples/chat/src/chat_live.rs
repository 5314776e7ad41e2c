//! A room: its messages, the form, and who is there.

pub(crate) mod post;
mod typing;

use bennu::channel::Flow;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::presence::Presence;
use bennu::protocol::event::PRESENCE_DIFF;
use bennu::protocol::form::{Param, Params};
use bennu::pubsub::Broadcast;
use bennu::session::Session;
use bennu::token::Term;
use bennu::{component, heex};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::chat_channel::{Event, EventBuses};
use crate::chats::input::InputError;
use crate::chats::{Chat, Chats, MESSAGES_MAX, User};
use crate::live_socket::PageSession;
use crate::pages::USER_ID;
use post::{Message, NEW_MESSAGE, PostError};
use typing::Typing;

/// Messages that an open page keeps: when there are more, the older half goes.
const PAGE_MESSAGES_MAX: usize = 2 * MESSAGES_MAX as usize;
/// Longest draft that the view keeps, in Unicode scalar values; the rest of a longer one is dropped. It exceeds a
/// message, for its author to shorten it.
const DRAFT_CHARS_MAX: usize = 10_000;
/// Hues that the style sheet has for authors.
const HUES: i64 = 12;
/// A message belongs to the one before it when the same author wrote it within this time.
const FOLLOWS_SECONDS_MAX: i64 = 300;

/// The topic of a room: its messages and presences.
pub(crate) fn topic(chat_id: i64) -> String {
    format!("chat:{chat_id}")
}

pub(crate) struct ChatLive {
    user: User,
    chat: Chat,
    messages: Vec<Message>,
    members: Vec<Member>,
    typing: Typing,
    draft: String,
    error: Option<PostError>,
}

/// What reaches a room's view besides the events of its page.
pub(crate) enum Info {
    /// Something was broadcast in the room.
    Room(Broadcast),
    /// The message with this id is on its way to the page.
    Shown(i64),
    /// The room may be told again whether the person is typing.
    Rested,
}

/// Someone in the room, however many tabs they have it open in.
struct Member {
    user_id: i64,
    name: String,
    typing: bool,
}

/// What is tracked of a person in one tab.
#[derive(Serialize, Deserialize)]
struct Meta {
    name: String,
    typing: bool,
}

impl LiveView for ChatLive {
    type Info = Info;

    async fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let chats = socket.assigns::<Chats>().clone();
        let user_id = session.get(USER_ID).and_then(Term::as_i64);
        let Some(user) = chats
            .user(user_id.ok_or_else(|| MountError::redirect("/"))?)
            .await?
        else {
            return Err(MountError::redirect("/"));
        };
        let id = params.text("id").and_then(|id| id.parse().ok());
        let chat = match id {
            Some(id) => chats.room(id).await?,
            None => None,
        };
        let chat = chat.ok_or(MountError::Status(StatusCode::NOT_FOUND))?;
        socket.put_page_title(&*chat.name);
        if socket.connected() {
            // Before the messages are read: one that is posted meanwhile then comes in by broadcast.
            socket.subscribe(topic(chat.id), Info::Room)?;
            let presence = socket.assigns::<Presence>().clone();
            let meta = Meta {
                name: user.name.clone(),
                typing: false,
            };
            presence.track_in(socket, topic(chat.id), user.id.to_string(), meta)?;
        }
        let mut view = Self {
            messages: Vec::new(),
            members: Vec::new(),
            typing: Typing::default(),
            draft: String::new(),
            error: None,
            user,
            chat,
        };
        for row in chats.messages(view.chat.id, MESSAGES_MAX).await? {
            view.insert(row.into());
        }
        view.list_members(socket).await;
        Ok(view)
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        let body = || {
            params
                .as_map()
                .and_then(|params| params.text("body"))
                .unwrap_or_default()
        };
        match event {
            "typing" => {
                self.keep_draft(body());
                self.error = None;
                let typing = self.typing.change(!self.draft.is_empty());
                self.tell_typing(typing, socket)?;
            }
            "stop_typing" => {
                let typing = self.typing.change(false);
                self.tell_typing(typing, socket)?;
            }
            "send" => {
                self.keep_draft(body());
                self.send(body(), socket).await?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: Info, socket: &mut Socket<Self>) -> live::Result {
        match info {
            Info::Room(broadcast) if broadcast.event() == NEW_MESSAGE => {
                let message: Message = broadcast.payload().deserialize()?;
                let id = message.id;
                if self.insert(message) {
                    // Handled once the message itself is on its way to the page.
                    socket.send_self(Info::Shown(id))?;
                }
            }
            Info::Room(broadcast) if broadcast.event() == PRESENCE_DIFF => {
                self.list_members(socket).await;
            }
            Info::Room(_) => {}
            Info::Rested => {
                let typing = self.typing.rested();
                self.tell_typing(typing, socket)?;
            }
            Info::Shown(id) => {
                let buses: &EventBuses = socket.assigns();
                // A page whose channel is gone, or too busy, does without the scrolling.
                let _ = buses.with(socket.assigns::<PageSession>(), |bus| {
                    bus.send(Event::NewMessage { id })
                });
            }
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <div class="room">
                <main class="conversation" data-chat-id={self.chat.id}>
                    <section class="log" role="log" aria-label="Messages" aria-live="polite">
                        <ol id="messages" tabindex="0" aria-label="Messages">
                            <li :if={self.messages.is_empty()} class="empty">
                                <strong>No messages yet</strong> "Say hello: whoever is here sees it at once."
                            </li>
                            <.message :for={message in &self.messages} :key={message.id}
                                message={message} own={message.user_id == self.user.id}/>
                        </ol>
                    </section>
                    <p id="typing">
                        {if let Some(who) = self.who_is_typing() {
                            <span>{who}</span> <span class="typing-dots"><i>.</i><i>.</i><i>.</i></span>
                        }}
                    </p>
                    <form id="composer" method="post" action={format!("/chats/{}/messages", self.chat.id)}
                        phx-change="typing" phx-submit="send">
                        {if let Some(error) = &self.error {
                            <p id="composer-error" class="error" role="alert">{error.to_string()}</p>
                        }}
                        <label class="visually-hidden" for="composer-body">Message</label>
                        <textarea id="composer-body" name="body" rows="1" placeholder="Write a message"
                            autocomplete="off" enterkeyhint="send" phx-blur="stop_typing"
                            maxlength={DRAFT_CHARS_MAX}
                            aria-invalid={self.error.is_some().then_some("true")}
                            aria-describedby={self.error.is_some().then_some("composer-error")}>"\n"{&self.draft}</textarea>
                        <button aria-label="Send">
                            <svg viewBox="0 0 24 24" aria-hidden="true">
                                <path d="M3.4 20.4 21.5 12 3.4 3.6 3.4 10.200 15 12 3.4 13.800z"/>
                            </svg>
                        </button>
                    </form>
                </main>
                <aside class="members" aria-labelledby="members-title">
                    <h2 id="members-title">
                        <span class="label">Members</span>
                        <span id="members-count" class="count online">{self.members.len()}</span>
                    </h2>
                    <ul id="members" aria-labelledby="members-title">
                        <.member :for={member in &self.members} :key={member.user_id}
                            member={member} you={member.user_id == self.user.id}/>
                    </ul>
                </aside>
            </div>
        }
    }
}

impl ChatLive {
    fn keep_draft(&mut self, draft: &str) {
        let end = draft.char_indices().nth(DRAFT_CHARS_MAX);
        draft[..end.map_or(draft.len(), |(end, _)| end)].clone_into(&mut self.draft);
    }

    /// Stores what was written as a message and tells the room.
    async fn send(&mut self, body: &str, socket: &mut Socket<Self>) -> live::Result<()> {
        let typing = self.typing.change(false);
        self.tell_typing(typing, socket)?;
        let (chat_id, user_id) = (self.chat.id, self.user.id);
        match post::store(socket.assigns(), chat_id, user_id, body).await {
            Ok(message) => {
                self.draft.clear();
                self.error = None;
                post::broadcast(socket.pubsub(), chat_id, &message)?;
            }
            Err(PostError::Input(InputError::BodyEmpty)) => {}
            Err(error) => self.error = Some(error),
        }
        Ok(())
    }

    /// Tells the room whether the person is typing, if there is anything to tell.
    fn tell_typing(&mut self, typing: Option<bool>, socket: &mut Socket<Self>) -> live::Result<()> {
        let Some(typing) = typing else { return Ok(()) };
        let presence = socket.assigns::<Presence>().clone();
        let meta = Meta {
            name: self.user.name.clone(),
            typing,
        };
        presence.update_in(socket, topic(self.chat.id), self.user.id.to_string(), meta)?;
        if let Some(view) = socket.recipient() {
            self.typing.wake(view);
        }
        Ok(())
    }

    /// Puts a message in its place, unless it is there already: it can come by broadcast and with the first read, and
    /// two that were stored at the same time can come in either order.
    fn insert(&mut self, message: Message) -> bool {
        let Err(place) = self
            .messages
            .binary_search_by_key(&message.id, |message| message.id)
        else {
            return false;
        };
        self.messages.insert(place, message);
        self.mark_following(place);
        self.mark_following(place + 1);
        if self.messages.len() > PAGE_MESSAGES_MAX {
            self.messages.drain(..PAGE_MESSAGES_MAX / 2);
        }
        true
    }

    fn mark_following(&mut self, place: usize) {
        let follows = match place
            .checked_sub(1)
            .and_then(|before| Some((self.messages.get(before)?, self.messages.get(place)?)))
        {
            Some((before, message)) => {
                before.user_id == message.user_id
                    && message.at.as_second() - before.at.as_second() <= FOLLOWS_SECONDS_MAX
            }
            None => false,
        };
        if let Some(message) = self.messages.get_mut(place) {
            message.follows = follows;
        }
    }

    /// What to say of the others who are typing, if anybody is.
    fn who_is_typing(&self) -> Option<String> {
        let others = self
            .members
            .iter()
            .filter(|member| member.typing && member.user_id != self.user.id);
        let names: Vec<&str> = others.map(|member| &*member.name).collect();
        match *names {
            [] => None,
            [one] => Some(format!("{one} is typing")),
            [one, other] => Some(format!("{one} and {other} are typing")),
            _ => Some("Several people are typing".to_owned()),
        }
    }

    async fn list_members(&mut self, socket: &Socket<Self>) {
        let present = socket
            .assigns::<Presence>()
            .list(&topic(self.chat.id))
            .await;
        self.members = present
            .iter()
            .filter_map(|(key, entry)| Member::new(key, entry))
            .collect();
        self.members
            .sort_by_cached_key(|member| member.name.to_lowercase());
    }
}

impl Member {
    fn new(key: &str, entry: &bennu::presence::Entry) -> Option<Self> {
        let metas = entry
            .metas
            .iter()
            .filter_map(|meta| meta.deserialize::<Meta>().ok());
        let metas: Vec<Meta> = metas.collect();
        let typing = metas.iter().any(|meta| meta.typing);
        let name = metas.into_iter().next()?.name;
        Some(Self {
            user_id: key.parse().ok()?,
            name,
            typing,
        })
    }
}

#[component]
fn message(message: &Message, own: bool) -> impl Render {
    let hue = hue(message.user_id);
    heex! {
        <li id={format!("message-{}", message.id)}
            class={["message", &hue, if own { "own" } else { "" }, if message.follows { "follows" } else { "" }]}>
            <span class="avatar" aria-hidden="true">{initial(&message.author)}</span>
            <p class="meta">
                <span class="author">{&message.author}</span>
                <time datetime={message.at.to_string()}>{message.at.strftime("%H:%M").to_string()}</time>
            </p>
            <p class="body">{&message.body}</p>
        </li>
    }
}

#[component]
fn member(member: &Member, you: bool) -> impl Render {
    let hue = hue(member.user_id);
    heex! {
        <li id={format!("member-{}", member.user_id)} class={["member", &hue]}>
            <span class="avatar" aria-hidden="true">{initial(&member.name)}</span>
            {if you {
                <b class="name">{&member.name}</b>
            } else {
                <span class="name">{&member.name}</span>
            }}
            {if you { <span class="you">"(you)"</span> }}
            {if member.typing {
                <span class="typing-dots"><i>.</i><i>.</i><i>.</i></span>
            }}
            {if member.typing { <span class="visually-hidden">is typing</span> }}
        </li>
    }
}

/// The class of an author's colour.
fn hue(user_id: i64) -> String {
    format!("author-{}", user_id.rem_euclid(HUES))
}

/// What stands in for a picture.
fn initial(name: &str) -> String {
    name.chars()
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default()
}
