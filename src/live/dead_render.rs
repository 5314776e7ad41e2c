//! The page as the browser loads it (liveview-wire section 2).

mod handlers;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;

use super::connecting::Connecting;
use super::layout::{Content, RenderRoot};
use super::mounting::{Mounted, NotMounted};
use super::navigation::Redirected;
use super::nested::{Around, Loading};
use super::session::{SessionToken, StaticToken, verify_reload};
use super::views::{self, Route, Table};
use super::{AnySocket, Container, LiveView, Page, Socket, html};
use crate::channel::Crash;
use crate::endpoint::{Conn, Response};
use crate::protocol::form::Params;
use crate::session::{Flash, Session};
use crate::telemetry;
use crate::token::random::random_bytes;

/// Where the script of a page puts the status that a connected view answered with (2.7).
const RELOAD_COOKIE: &str = "__phoenix_reload_status__";

/// A view's place in the application.
pub(super) struct Placed {
    table: Arc<Table>,
    /// None for a view that a handler shows.
    route: Option<Arc<Route>>,
    view: Arc<str>,
    container: Container,
    /// What a handler adds to the visitor's session.
    session: Session,
}

impl Placed {
    pub(super) fn routed(table: Arc<Table>, route: Arc<Route>) -> Self {
        Self {
            table,
            view: route.view.clone(),
            container: route.container.clone(),
            session: Session::default(),
            route: Some(route),
        }
    }

    fn unrouted<V: LiveView>(table: Arc<Table>, session: Session) -> Self {
        Self {
            table,
            route: None,
            view: views::name::<V>(),
            container: V::CONTAINER,
            session,
        }
    }

    /// What is added to the visitor's session for this view.
    fn added_session(&self, conn: &Conn) -> Session {
        let live_session = self.route.as_ref().map(|route| &route.live_session);
        let add = live_session.and_then(|live_session| live_session.session.as_ref());
        add.map_or_else(|| self.session.clone(), |add| add(conn))
    }

    fn root_layout(&self) -> &RenderRoot {
        let route = self.route.as_ref();
        route.map_or(self.table.root_layout(), |route| {
            &*route.live_session.root_layout
        })
    }

    /// The status of a view that could not be mounted when its page had connected.
    fn reload_status(&self, conn: &mut Conn) -> Option<StatusCode> {
        let token = conn.spend_cookie(RELOAD_COOKIE)?;
        let endpoint = conn.endpoint();
        let secret_key_base = endpoint.secret_key_base();
        let status = verify_reload(&token, secret_key_base, &self.table.signing_salt)?;
        StatusCode::from_u16(status).ok()
    }
}

/// Mounts a view, renders it in its container and that in the root layout.
pub(super) async fn answer<V: LiveView>(placed: Placed, mut conn: Conn) -> Response {
    if let Some(status) = placed.reload_status(&mut conn) {
        return conn.error(status).await;
    }
    // The page's tokens work only with a session that has the state behind its CSRF token (2.1).
    let csrf_token = conn.csrf_token();
    let added = placed.added_session(&conn).entries();
    let mut socket = socket::<V>(&placed, &conn);
    let mut session = conn.session().clone();
    session.overlay(&added);
    let (no_params, url) = (Params::default(), conn.absolute_uri());
    let mounted = Mounted {
        table: &placed.table,
        params: placed.route.as_ref().map_or(&no_params, |_| conn.params()),
        session: &session,
        url: &url,
    };
    let token = SessionToken {
        id: socket.id().to_owned(),
        view: placed.view.to_string(),
        live_session: placed
            .route
            .as_ref()
            .map(|route| route.live_session.name.clone()),
        session: added,
        parent: None,
    };
    let mut loading = Loading::new(&placed.table, &conn);
    let loaded = match content(&placed, token, &mounted, &mut socket, &mut loading).await {
        Ok(content) => document(&placed, &content, &socket, &mut loading, &csrf_token).await,
        Err(error) => Err(error),
    };
    let flash = loading.into_flash();
    let flash = flash.unwrap_or_else(|| socket.all_flash().clone());
    match loaded {
        Ok(document) => conn.html(StatusCode::OK, document),
        Err(error) => no_page(conn, flash, error).await,
    }
}

/// Answers with what there is in the place of a page whose views were not all mounted.
async fn no_page(conn: Conn, flash: Flash, error: NotMounted) -> Response {
    match error {
        NotMounted::Status(status) => conn.error(status).await,
        NotMounted::Redirected(elsewhere) => redirect(conn, flash, elsewhere),
        NotMounted::Crashed(cause) => crashed(conn, &cause).await,
    }
}

/// The view in its container, with the views inside it.
async fn content<V: LiveView>(
    placed: &Placed,
    token: SessionToken,
    mounted: &Mounted<'_>,
    socket: &mut Socket<V>,
    loading: &mut Loading<'_>,
) -> Result<Vec<u8>, NotMounted> {
    let (view, _) = mounted.mount(socket).await?;
    let mut content = Vec::with_capacity(1024);
    open_container(placed, token, socket, loading.conn(), &mut content);
    let shown = Content {
        view: &view,
        socket,
    };
    let gaps = html::write_view(socket, shown, &mut content)?;
    socket.after_render();
    content.extend_from_slice(b"</");
    content.extend_from_slice(placed.container.tag().as_bytes());
    content.push(b'>');
    loading.fill(content, gaps, &Around::view(socket)).await
}

fn socket<V: LiveView>(placed: &Placed, conn: &Conn) -> Socket<V> {
    let pubsub = conn.endpoint().pubsub().clone();
    let mut socket = AnySocket::disconnected(random_id(), conn.all_assigns(), pubsub);
    socket.begin_mount(
        placed.route.clone(),
        &conn.absolute_uri(),
        conn.all_flash().clone(),
        Connecting::loaded(conn.connect_info()),
    );
    Socket::disconnected(socket)
}

/// The flash goes along in the session (2.6).
fn redirect(mut conn: Conn, flash: Flash, elsewhere: Redirected) -> Response {
    conn.replace_flash(flash);
    let (to, status) = elsewhere.into_location();
    conn.redirect_anywhere(&to, status)
}

async fn crashed(conn: Conn, cause: &Crash) -> Response {
    telemetry::request_crashed(conn.uri().path(), cause);
    conn.error(StatusCode::INTERNAL_SERVER_ERROR).await
}

/// The root layout with the views in it, the page's own and others.
async fn document(
    placed: &Placed,
    content: &[u8],
    socket: &AnySocket,
    loading: &mut Loading<'_>,
    csrf_token: &str,
) -> Result<Vec<u8>, NotMounted> {
    let conn = loading.conn();
    let content = std::str::from_utf8(content).expect("templates write nothing but text");
    let page = Page {
        title: socket.page_title(),
        csrf_token,
        content,
        session: conn.session(),
        flash: socket.all_flash(),
        assigns: socket.all_assigns(),
    };
    let mut document = Vec::with_capacity(content.len() + 1024);
    let gaps = (placed.root_layout())(&page, &mut document)?;
    loading.fill(document, gaps, &Around::document(conn)).await
}

/// Writes the container's opening tag (2.2).
fn open_container(
    placed: &Placed,
    token: SessionToken,
    socket: &AnySocket,
    conn: &Conn,
    out: &mut Vec<u8>,
) {
    let endpoint = conn.endpoint();
    let secret_key_base = endpoint.secret_key_base();
    let salt = &*placed.table.signing_salt;
    let (tag, id) = (placed.container.tag(), socket.id());
    let main = placed.route.as_ref().map_or("", |_| " data-phx-main");
    let statics = StaticToken {
        id: id.to_owned(),
        flash: socket.all_flash().clone(),
    };
    let session = token.sign(secret_key_base, salt);
    let statics = statics.sign(secret_key_base, salt);
    // Ids and tokens are base64 and dots: nothing to escape.
    let opened = format!(
        r#"<{tag} id="{id}"{main} data-phx-session="{session}" data-phx-static="{statics}""#
    );
    out.extend_from_slice(opened.as_bytes());
    placed.container.write_attributes(out);
    out.push(b'>');
}

/// `phx-` and 16 characters that mean nothing in a selector.
fn random_id() -> String {
    format!("phx-{}", URL_SAFE_NO_PAD.encode(random_bytes::<12>()))
}
