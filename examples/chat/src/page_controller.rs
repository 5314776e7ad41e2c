//! The pages that need no connection: the list of rooms, errors.

use std::borrow::Cow;

use bennu::endpoint::{Conn, Response};
use bennu::heex;
use bennu::live::components::form;
use bennu::live::form::{FieldErrors, Form};
use bennu::presence::Presence;
use http::StatusCode;

use crate::chats::input::RoomName;
use crate::chats::message::topic;
use crate::chats::{Chat, Chats, ChatsError, CreateRoomError};
use crate::pages::{document, header, notice, user_name};
use crate::session_controller;

/// The rooms, or the sign-in form for whoever is not signed in.
pub(crate) async fn index(conn: Conn) -> Response {
    match user_name(conn.session()) {
        Some(_) => rooms_page(conn, StatusCode::OK, &Form::default()).await,
        None => session_controller::new(conn),
    }
}

/// `POST /chats`
pub(crate) async fn create_room(conn: Conn) -> Response {
    if user_name(conn.session()).is_none() {
        return conn.redirect("/");
    }
    let name = match RoomName::parse(conn.params().text("name").unwrap_or_default()) {
        Ok(name) => name,
        Err(error) => return refuse_room(conn, error.to_string()).await,
    };
    match conn.assigns::<Chats>().create_room(name).await {
        Ok(chat) => conn.redirect(&format!("/chats/{}", chat.id)),
        Err(CreateRoomError::NameTaken) => {
            refuse_room(conn, "A room of that name exists already.").await
        }
        Err(CreateRoomError::Chats(cause)) => unavailable(conn, &cause).await,
    }
}

async fn refuse_room(conn: Conn, error: impl Into<Cow<'static, str>>) -> Response {
    let mut errors = FieldErrors::new();
    errors.add("name", error);
    let form = Form::new(conn.params().clone()).with_errors(errors);
    let form = form.with_action("insert");
    rooms_page(conn, StatusCode::UNPROCESSABLE_ENTITY, &form).await
}

/// A room in the list, with how many people are in it.
struct Room {
    chat: Chat,
    online: usize,
}

impl Room {
    fn online_text(&self) -> String {
        match self.online {
            0 => "nobody online".to_owned(),
            count => format!("{count} online"),
        }
    }
}

async fn rooms(conn: &Conn) -> Result<Vec<Room>, ChatsError> {
    let presence: &Presence = conn.assigns();
    let mut rooms = Vec::new();
    for chat in conn.assigns::<Chats>().rooms().await? {
        let online = presence.list(&topic(chat.id)).await.len();
        rooms.push(Room { chat, online });
    }
    Ok(rooms)
}

async fn rooms_page(mut conn: Conn, status: StatusCode, new_room: &Form) -> Response {
    let rooms = match rooms(&conn).await {
        Ok(rooms) => rooms,
        Err(cause) => return unavailable(conn, &cause).await,
    };
    let csrf_token = conn.csrf_token();
    let user_name = user_name(conn.session()).unwrap_or_default().to_owned();
    let name = new_room.field("name");
    let invalid = !name.errors.is_empty();
    let page = heex! {
        <.document title="Rooms" csrf_token={&csrf_token}>
            <.header title="Bennu Chat" user_name={&user_name} csrf_token={&csrf_token}/>
            <main class="page">
                <h1>Rooms</h1>
                {if rooms.is_empty() {
                    <p class="empty"><strong>No rooms yet</strong> Create the first one below.</p>
                } else {
                    <ul id="rooms">
                        <li :for={room in &rooms} id={format!("room-{}", room.chat.id)}>
                            <a href={format!("/chats/{}", room.chat.id)}>
                                <span class="name">{&room.chat.name}</span>
                                <span class={["count", if room.online > 0 { "online" } else { "" }]}>{room.online_text()}</span>
                            </a>
                        </li>
                    </ul>
                }}
                <.form for={new_room} id="create-room" class="card" action="/chats" csrf_token={&*csrf_token} novalidate>
                    <div class="field one-line">
                        <label for="room-name">New room</label>
                        <input id="room-name" name={&name.name} autocomplete="off" placeholder="What is it about?"
                            value={name.value} aria-invalid={invalid.then_some("true")}
                            aria-describedby={invalid.then_some("room-error")}/>
                        <button>Create</button>
                        <p :for={error in name.errors} id="room-error" class="error">{error}</p>
                    </div>
                </.form>
            </main>
        </.document>
    };
    conn.render(status, page)
}

pub(crate) async fn unavailable(conn: Conn, cause: &ChatsError) -> Response {
    tracing::error!("{cause}");
    conn.error(StatusCode::SERVICE_UNAVAILABLE).await
}

/// The page of every error.
pub(crate) async fn error(mut conn: Conn, status: StatusCode) -> Response {
    let (title, text) = match status {
        StatusCode::NOT_FOUND if conn.path_params().text("id").is_some() => (
            "There is no such room",
            "It may have been renamed, or the address has a typing error.",
        ),
        StatusCode::NOT_FOUND => (
            "This page does not exist",
            "The address may have a typing error.",
        ),
        StatusCode::FORBIDDEN => (
            "This form has expired",
            "Go back, reload the page and send it again.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "One moment please",
            "The chat is busy. Try again in a few seconds.",
        ),
        _ => (
            "Something went wrong",
            "It is written down, and we will look at it.",
        ),
    };
    let csrf_token = conn.csrf_token();
    let user_name = user_name(conn.session()).map(str::to_owned);
    let page = heex! {
        <.document title={title} csrf_token={&csrf_token}>
            {if let Some(user_name) = &user_name {
                <.header title="Bennu Chat" user_name={user_name} csrf_token={&csrf_token}/>
            }}
            <.notice title={title}>{text}</.notice>
        </.document>
    };
    conn.render(status, page)
}
