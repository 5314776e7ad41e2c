//! The pages that need no connection: sign-in, the list of rooms, errors.

use bennu::endpoint::{Conn, Response};
use bennu::heex;
use bennu::presence::Presence;
use bennu::token::Term;
use http::StatusCode;

use crate::chat_live;
use crate::chat_live::post::{self, PostError};
use crate::chats::input::{Email, InputError, RoomName, UserName};
use crate::chats::{Chat, Chats, ChatsError, CreateRoomError};
use crate::pages::{USER_ID, USER_NAME, csrf_input, document, header, notice, user_name};

/// The rooms, or the sign-in form for whoever is not signed in.
pub(crate) async fn index(conn: Conn) -> Response {
    match user_name(conn.session()) {
        Some(_) => rooms_page(conn, StatusCode::OK, "", None).await,
        None => sign_in_page(conn, StatusCode::OK, SignIn::default()),
    }
}

/// `POST /session`
pub(crate) async fn sign_in(mut conn: Conn) -> Response {
    let form = SignIn::check(conn.params().text("name"), conn.params().text("email"));
    let (name, email) = match form {
        Ok(input) => input,
        Err(form) => return sign_in_page(conn, StatusCode::UNPROCESSABLE_ENTITY, form),
    };
    match conn.assigns::<Chats>().sign_in(name, email).await {
        Ok(user) => {
            conn.session_mut().renew();
            conn.session_mut().put(USER_ID, user.id);
            conn.session_mut().put(USER_NAME, user.name);
            conn.redirect("/")
        }
        Err(cause) => unavailable(conn, &cause).await,
    }
}

/// `POST /session/delete`
pub(crate) async fn sign_out(mut conn: Conn) -> Response {
    conn.session_mut().clear();
    conn.redirect("/")
}

/// `POST /chats`
pub(crate) async fn create_room(conn: Conn) -> Response {
    if user_name(conn.session()).is_none() {
        return conn.redirect("/");
    }
    let input = conn.params().text("name").unwrap_or_default().to_owned();
    let name = match RoomName::parse(&input) {
        Ok(name) => name,
        Err(error) => return refuse_room(conn, &input, &error.to_string()).await,
    };
    match conn.assigns::<Chats>().create_room(name).await {
        Ok(chat) => conn.redirect(&format!("/chats/{}", chat.id)),
        Err(CreateRoomError::NameTaken) => {
            refuse_room(conn, &input, "A room of that name exists already.").await
        }
        Err(CreateRoomError::Chats(cause)) => unavailable(conn, &cause).await,
    }
}

/// `POST /chats/:id/messages`: what the room's view does at "send", for whoever has no script.
pub(crate) async fn post_message(conn: Conn) -> Response {
    let Some(user_id) = conn.session().get(USER_ID).and_then(Term::as_i64) else {
        return conn.redirect("/");
    };
    let chat_id = match room_id(&conn).await {
        Ok(Some(chat_id)) => chat_id,
        Ok(None) => return conn.error(StatusCode::NOT_FOUND).await,
        Err(cause) => return unavailable(conn, &cause).await,
    };
    let body = conn.params().text("body").unwrap_or_default();
    match post::store(conn.assigns(), chat_id, user_id, body).await {
        Ok(message) => {
            if let Err(cause) = post::broadcast(conn.assigns(), chat_id, &message) {
                tracing::error!("message stored, but not broadcast: {cause}");
            }
        }
        Err(PostError::Input(InputError::BodyEmpty)) => {}
        Err(error) => return refuse_message(conn, error),
    }
    conn.redirect(&format!("/chats/{chat_id}"))
}

async fn room_id(conn: &Conn) -> Result<Option<i64>, ChatsError> {
    let Some(id) = conn.path_params().text("id").and_then(|id| id.parse().ok()) else {
        return Ok(None);
    };
    let chat = conn.assigns::<Chats>().room(id).await?;
    Ok(chat.map(|chat| chat.id))
}

fn refuse_message(mut conn: Conn, error: PostError) -> Response {
    let status = match error {
        PostError::Input(_) => StatusCode::UNPROCESSABLE_ENTITY,
        PostError::Busy => StatusCode::SERVICE_UNAVAILABLE,
    };
    let csrf_token = conn.csrf_token();
    let page = heex! {
        <.document title="Message not sent" csrf_token={&csrf_token}>
            <.notice title="Your message was not sent">
                {error.to_string()} " Go back, your text is still there."
            </.notice>
        </.document>
    };
    conn.render(status, page)
}

async fn refuse_room(conn: Conn, input: &str, error: &str) -> Response {
    rooms_page(conn, StatusCode::UNPROCESSABLE_ENTITY, input, Some(error)).await
}

/// What a person typed into the sign-in form, and what is wrong with it.
#[derive(Default)]
struct SignIn {
    name: String,
    email: String,
    name_error: Option<InputError>,
    email_error: Option<InputError>,
}

impl SignIn {
    fn check(name: Option<&str>, email: Option<&str>) -> Result<(UserName, Email), Self> {
        let (name, email) = (name.unwrap_or_default(), email.unwrap_or_default());
        match (UserName::parse(name), Email::parse(email)) {
            (Ok(name), Ok(email)) => Ok((name, email)),
            (name_result, email_result) => Err(Self {
                name: name.to_owned(),
                email: email.to_owned(),
                name_error: name_result.err(),
                email_error: email_result.err(),
            }),
        }
    }
}

fn sign_in_page(mut conn: Conn, status: StatusCode, form: SignIn) -> Response {
    let csrf_token = conn.csrf_token();
    let name_error = form.name_error.map(|error| error.to_string());
    let email_error = form.email_error.map(|error| error.to_string());
    let page = heex! {
        <.document title="Sign in" csrf_token={&csrf_token}>
            <main class="page narrow">
                <div class="card">
                    <img class="brand" src="/assets/favicon.svg" alt="" width="48" height="48"/>
                    <div>
                        <h1>Sign in to Bennu Chat</h1>
                        <p class="lead">Tell us who you are and join a room.</p>
                    </div>
                    <form id="sign-in" action="/session" method="post" novalidate>
                        <.csrf_input token={&csrf_token}/>
                        <div class="field">
                            <label for="sign-in-name">Name</label>
                            <input id="sign-in-name" name="name" autocomplete="name" value={&form.name}
                                autofocus={name_error.is_some() || email_error.is_none()}
                                aria-invalid={name_error.is_some().then_some("true")}
                                aria-describedby={name_error.is_some().then_some("name-error")}/>
                            <p :if={name_error.is_some()} id="name-error" class="error">{&name_error}</p>
                        </div>
                        <div class="field">
                            <label for="sign-in-email">Email</label>
                            <input id="sign-in-email" name="email" type="email" autocomplete="email"
                                value={&form.email} autofocus={name_error.is_none() && email_error.is_some()}
                                aria-invalid={email_error.is_some().then_some("true")}
                                aria-describedby={email_error.is_some().then_some("email-error")}/>
                            <p :if={email_error.is_some()} id="email-error" class="error">{&email_error}</p>
                        </div>
                        <button>Sign in</button>
                    </form>
                </div>
            </main>
        </.document>
    };
    conn.render(status, page)
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
        let online = presence.list(&chat_live::topic(chat.id)).await.len();
        rooms.push(Room { chat, online });
    }
    Ok(rooms)
}

async fn rooms_page(
    mut conn: Conn,
    status: StatusCode,
    input: &str,
    error: Option<&str>,
) -> Response {
    let rooms = match rooms(&conn).await {
        Ok(rooms) => rooms,
        Err(cause) => return unavailable(conn, &cause).await,
    };
    let csrf_token = conn.csrf_token();
    let user_name = user_name(conn.session()).unwrap_or_default().to_owned();
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
                <form id="create-room" class="card" action="/chats" method="post" novalidate>
                    <.csrf_input token={&csrf_token}/>
                    <div class="field one-line">
                        <label for="room-name">New room</label>
                        <input id="room-name" name="name" autocomplete="off" placeholder="What is it about?" value={input}
                            aria-invalid={error.is_some().then_some("true")}
                            aria-describedby={error.is_some().then_some("room-error")}/>
                        <button>Create</button>
                        <p :if={error.is_some()} id="room-error" class="error">{error}</p>
                    </div>
                </form>
            </main>
        </.document>
    };
    conn.render(status, page)
}

async fn unavailable(conn: Conn, cause: &ChatsError) -> Response {
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
