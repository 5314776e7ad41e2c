//! The page as the browser loads it (liveview-wire section 2).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;

use super::nested::{Around, Loading};
use super::rendered::RenderError;
use super::session::{SessionToken, sign_static};
use super::views::{DEFAULT_LIVE_SESSION, Table};
use super::{AnySocket, LiveView, MountError, Page, Socket, html};
use crate::channel::Crash;
use crate::endpoint::{Conn, Response};
use crate::telemetry;
use crate::token::Term;
use crate::token::random::random_bytes;

/// Mounts a view, renders it in its container and that in the root layout.
pub(super) async fn answer<V: LiveView>(
    table: Arc<Table>,
    view: Arc<str>,
    mut conn: Conn,
) -> Response {
    let id = random_id();
    let pubsub = conn.endpoint().pubsub().clone();
    let mut socket =
        Socket::<V>::disconnected(AnySocket::disconnected(id, conn.all_assigns(), pubsub));
    let content = content(&table, &view, &mut socket, &conn).await;
    let content = match content {
        Ok(content) => content,
        Err(MountError::Redirect(to)) => return conn.redirect(&to),
        Err(MountError::Status(status)) => return conn.error(status).await,
        Err(MountError::Crashed(cause)) => return crashed(conn, &cause).await,
    };
    // The page's tokens work only with a session that has the state behind its CSRF token (2.1).
    let csrf_token = conn.csrf_token();
    match document(&table, &content, &socket, &conn, &csrf_token) {
        Ok(document) => conn.html(StatusCode::OK, document),
        Err(cause) => crashed(conn, &cause.into()).await,
    }
}

async fn crashed(conn: Conn, cause: &Crash) -> Response {
    telemetry::request_crashed(conn.uri().path(), cause);
    conn.error(StatusCode::INTERNAL_SERVER_ERROR).await
}

async fn mount<V: LiveView>(conn: &Conn, socket: &mut Socket<V>) -> Result<V, MountError> {
    let mut view = V::mount(conn.params(), conn.session(), socket).await?;
    let uri = conn.absolute_uri();
    let handled = view.handle_params(conn.params(), &uri, socket).await;
    handled.map_err(MountError::Crashed)?;
    Ok(view)
}

/// The view in its container, with the views inside it.
async fn content<V: LiveView>(
    table: &Table,
    name: &str,
    socket: &mut Socket<V>,
    conn: &Conn,
) -> Result<Vec<u8>, MountError> {
    let view = mount(conn, socket).await?;
    let mut content = Vec::with_capacity(1024);
    content.extend_from_slice(container(table, name, socket.id(), conn).as_bytes());
    let gaps = html::write_view(socket, view.render(socket), &mut content)?;
    content.extend_from_slice(b"</div>");
    let mut loading = Loading::new(table, conn);
    loading.fill(content, gaps, &Around::of(socket)).await
}

fn document(
    table: &Table,
    content: &[u8],
    socket: &AnySocket,
    conn: &Conn,
    csrf_token: &str,
) -> Result<Vec<u8>, RenderError> {
    let content = String::from_utf8_lossy(content);
    let assigns = conn.all_assigns();
    let page = Page {
        title: socket.page_title(),
        csrf_token,
        content: &content,
        session: conn.session(),
        assigns: &assigns,
    };
    let mut document = Vec::with_capacity(content.len() + 1024);
    (table.layout)(&page, &mut document)?;
    Ok(document)
}

/// The container's opening tag (2.2).
fn container(table: &Table, view: &str, id: &str, conn: &Conn) -> String {
    let endpoint = conn.endpoint();
    let secret_key_base = endpoint.secret_key_base();
    let token = SessionToken {
        id: id.to_owned(),
        view: view.to_owned(),
        live_session: Some(DEFAULT_LIVE_SESSION.to_owned()),
        session: Term::map::<Term, Term>([]),
        parent: None,
    };
    let session = token.sign(secret_key_base, &table.signing_salt);
    let statics = sign_static(id, secret_key_base, &table.signing_salt);
    // Ids and tokens are base64 and dots: nothing to escape.
    format!(
        r#"<div id="{id}" data-phx-main data-phx-session="{session}" data-phx-static="{statics}">"#
    )
}

/// `phx-` and 16 characters that mean nothing in a selector.
fn random_id() -> String {
    format!("phx-{}", URL_SAFE_NO_PAD.encode(random_bytes::<12>()))
}

impl Conn {
    /// Answers with a page rendered from a template, `render/3` in Phoenix.
    #[must_use]
    pub fn render(self, status: StatusCode, page: impl super::rendered::Render) -> Response {
        let mut document = Vec::with_capacity(4096);
        match html::write(page, &mut document) {
            Ok(()) => self.html(status, document),
            Err(cause) => {
                telemetry::request_crashed(self.uri().path(), &cause);
                self.text(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
        }
    }
}
