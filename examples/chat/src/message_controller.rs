//! Messages beside the live view: posted without a script, and the pictures in them.

use bennu::endpoint::{Conn, Response};
use bennu::heex;
use bennu::token::Term;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};

use crate::chat_live::post::{self, PostError};
use crate::chats::input::InputError;
use crate::chats::{Chats, ChatsError};
use crate::page_controller::unavailable;
use crate::pages::{USER_ID, document, notice, user_name};

/// `POST /chats/:id/messages`: what the room's view does at "send", for whoever has no script.
pub(crate) async fn create(conn: Conn) -> Response {
    let Some(user_id) = conn.session().get(USER_ID).and_then(Term::as_i64) else {
        return conn.redirect("/");
    };
    let chat_id = match room_id(&conn).await {
        Ok(Some(chat_id)) => chat_id,
        Ok(None) => return conn.error(StatusCode::NOT_FOUND).await,
        Err(cause) => return unavailable(conn, &cause).await,
    };
    let body = conn.params().text("body").unwrap_or_default();
    match post::post(conn.assigns(), chat_id, user_id, body, None).await {
        Ok(()) | Err(PostError::Input(InputError::BodyEmpty)) => {}
        Err(error) => return refuse(conn, error),
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

fn refuse(mut conn: Conn, error: PostError) -> Response {
    let status = match error {
        PostError::Input(_) | PostError::Picture(_) => StatusCode::UNPROCESSABLE_ENTITY,
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

/// `GET /pictures/:key`
///
/// The type is what the file's bytes said when it came. The headers keep browsers from thinking otherwise, and from
/// running anything in it if they do.
pub(crate) async fn picture(conn: Conn) -> Response {
    if user_name(conn.session()).is_none() {
        return conn.redirect("/");
    }
    let key = conn.path_params().text("key").unwrap_or_default();
    let (media_type, content) = match conn.assigns::<Chats>().picture(key.to_owned()).await {
        Ok(Some(picture)) => picture,
        Ok(None) => return conn.error(StatusCode::NOT_FOUND).await,
        Err(cause) => return unavailable(conn, &cause).await,
    };
    let media_type = HeaderValue::from_str(&media_type).expect("media types are ASCII");
    let mut response = conn.text(StatusCode::OK, content);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type);
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        // A key stands for one picture for ever.
        (CACHE_CONTROL, "private, max-age=31536000, immutable"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
