//! Live views that stand in the document itself: in the root layout, and in pages of handlers (liveview-wire 2.2, 2.3, 4.2).

use bennu::channel::Flow;
use bennu::endpoint::{Builder, Conn, Router};
use bennu::heex;
use bennu::live::nested::live_render;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use bennu::testing::{build_conn, live as load};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::live_page::Loaded;
use crate::support::site::site;
use crate::support::{Client, Request, Server};

/// The view that the URL belongs to.
struct Room;

impl LiveView for Room {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        socket.assign(Album("of the room"));
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>room</p> }
    }
}

struct Album(&'static str);

/// Stands in the document.
struct Player {
    song: String,
    plays: u32,
}

impl LiveView for Player {
    type Info = ();

    async fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        assert!(params.is_empty() && !socket.mounted_at_router());
        assert!(socket.parent::<Room>().is_none());
        assert!(socket.all_assigns().of::<Album>().is_none());
        assert!(socket.connected() || socket.connect_info().is_some());
        socket.assign(Album("of the player"));
        let song = session.get("song").and_then(|song| song.as_str());
        match song {
            Some("gone") => Err(MountError::redirect("/elsewhere")),
            song => Ok(Self {
                song: song.unwrap_or("none").to_owned(),
                plays: 0,
            }),
        }
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "play" => self.plays += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        let flash = socket.flash("info").map(str::to_owned);
        heex! { <b>{&self.song}</b><u>{self.plays}</u><i>{flash}</i>{live_render::<Cover>("cover")} }
    }
}

/// Stands in the player, and beside it.
struct Cover;

impl LiveView for Cover {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        let album = socket.all_assigns().of::<Album>();
        let album = album.map_or("of nobody", |album| album.0);
        heex! { <em>{album}</em> }
    }
}

/// Shows a player beside the page's view; which song, the path says.
struct Root;

impl RootLayout for Root {
    fn render(&self, page: &Page<'_>) -> impl Render {
        let song = page.title().unwrap_or("Ode").to_owned();
        heex! {
            <html>
                <head><meta name="csrf-token" content={page.csrf_token()}/></head>
                <body>
                    {page.content()}
                    {live_render::<Player>("player").session("song", song)}
                    {live_render::<Cover>("sticky").sticky()}
                </body>
            </html>
        }
    }
}

/// Has the player of its root layout send the visitor elsewhere.
struct Gone;

impl LiveView for Gone {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        socket.put_page_title("gone");
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>gone</p> }
    }
}

fn views() -> LiveViews {
    LiveViews::new("live salt", Root)
        .view::<Room>("/rooms/:name")
        .view::<Gone>("/gone")
}

fn pages() -> Builder {
    let views = views().unrouted::<Player>().unrouted::<Cover>();
    let shown = views.clone();
    let router = Router::new()
        .get("/about/:song", move |mut conn: Conn| {
            let shown = shown.clone();
            async move {
                let csrf_token = conn.csrf_token();
                let song = conn.params().text("song").unwrap_or_default().to_owned();
                let page = heex! {
                    <html>
                        <head><meta name="csrf-token" content={csrf_token}/></head>
                        <body>{live_render::<Player>("player").session("song", song)}</body>
                    </html>
                };
                conn.render_with_views(&shown, StatusCode::ACCEPTED, page)
                    .await
            }
        })
        .get("/save", async |mut conn: Conn| {
            conn.put_flash("info", "saved");
            conn.redirect("/rooms/a")
        });
    site(&views, router)
}

/// What follows `name="` after the player's container begins, up to the next quote.
fn of_player(html: &str, name: &str) -> String {
    let (_, container) = html.split_once(" id=\"player\"").expect("a player");
    let (_, value) = container
        .split_once(&format!(" {name}=\""))
        .expect("the attribute");
    value.split('"').next().unwrap_or_default().to_owned()
}

fn join(topic: &str, url: Option<&str>, session: &str, statics: &str) -> Value {
    let payload = json!({
        "url": url, "params": {"_mounts": 0}, "session": session, "static": statics, "sticky": false,
    });
    json!(["9", "9", topic, "phx_join", payload])
}

async fn join_player(client: &mut Client, body: &str) -> Value {
    let (session, statics) = (
        of_player(body, "data-phx-session"),
        of_player(body, "data-phx-static"),
    );
    client
        .send(join("lv:player", None, &session, &statics))
        .await;
    let reply = client.next().await;
    assert_eq!(reply[4]["status"], "ok", "{reply}");
    reply[4]["response"]["rendered"].clone()
}

// 2.2, 4.2: it has a token, no parent, and is not the page's main view.
#[tokio::test]
async fn a_view_in_the_root_layout_connects_by_itself() {
    let server = Server::start(pages()).await;
    let page = Loaded::load(&server, "/rooms/a").await;
    let (_, player) = page
        .body
        .split_once("<div id=\"player\" ")
        .expect("a player");
    let (tag, content) = player.split_once('>').expect("the end of the tag");
    assert!(!tag.contains("data-phx-parent-id") && !tag.contains("data-phx-main"));
    // The client would move it into the next view.
    assert!(!page.body.contains("data-phx-sticky"), "{}", page.body);
    assert!(
        content.starts_with("<b>Ode</b><u>0</u><i></i><div id=\"cover\" data-phx-session=\"\""),
        "{content}"
    );
    assert!(
        content.contains("data-phx-parent-id=\"player\"><em>of the player</em></div></div>"),
        "{content}"
    );
    let mut client = page.connect(&server).await;
    let rendered = join_player(&mut client, &page.body).await;
    assert_eq!(
        (&rendered["0"], &rendered["1"]),
        (&json!("Ode"), &json!("0"))
    );
    let click = json!({"type": "click", "event": "play", "value": {}});
    client
        .send(json!(["9", "10", "lv:player", "event", click]))
        .await;
    let answer = json!({"status": "ok", "response": {"diff": {"1": "1"}}});
    client
        .expect(json!(["9", "10", "lv:player", "phx_reply", answer]))
        .await;
}

// 9.3: the page's view comes and goes beside it.
#[tokio::test]
async fn a_view_in_the_root_layout_stays_while_the_page_goes_to_another() {
    let server = Server::start(pages()).await;
    let page = Loaded::load(&server, "/rooms/a").await;
    let mut client = page.connect(&server).await;
    join_player(&mut client, &page.body).await;
    let joined = page.join(&mut client, "http://localhost/rooms/a").await;
    assert_eq!(joined["status"], "ok", "{joined}");
    client
        .send(json!(["4", "5", page.topic(), "phx_leave", {}]))
        .await;
    client.next().await;
    client.next().await;
    let click = json!({"type": "click", "event": "play", "value": {}});
    client
        .send(json!(["9", "10", "lv:player", "event", click]))
        .await;
    let answer = json!({"status": "ok", "response": {"diff": {"1": "1"}}});
    client
        .expect(json!(["9", "10", "lv:player", "phx_reply", answer]))
        .await;
}

// 9.5: the flash of the request is theirs too, loaded and connected.
#[tokio::test]
async fn a_view_in_the_root_layout_sees_the_flash() {
    let server = Server::start(pages()).await;
    let saved = server.get("/save").await;
    let cookie = saved.cookie().expect("the session with the flash");
    let response = server
        .send(Request::get("/rooms/a").header("cookie", cookie))
        .await;
    let page = Loaded::read(&response, response.cookie().expect("the session"));
    assert!(page.body.contains("<i>saved</i>"), "{}", page.body);
    let mut client = page.connect(&server).await;
    let rendered = join_player(&mut client, &page.body).await;
    assert_eq!(rendered["2"], "saved");
}

#[tokio::test]
async fn a_view_in_the_root_layout_may_send_the_visitor_elsewhere() {
    let server = Server::start(pages()).await;
    let response = server.get("/gone").await;
    assert_eq!(response.status, 302);
    assert_eq!(response.header("location"), Some("/elsewhere"));
}

#[tokio::test]
async fn a_view_in_the_root_layout_has_to_be_declared() {
    let server = Server::start(site(&views(), Router::new())).await;
    assert_eq!(server.get("/rooms/a").await.status, 500);
}

#[tokio::test]
async fn a_handlers_page_shows_live_views() {
    let endpoint = pages().build().expect("an endpoint");
    let conn = build_conn(&endpoint);
    let loaded = conn.get("/about/Elegy").await;
    assert_eq!(loaded.status(), StatusCode::ACCEPTED);
    assert!(loaded.body().contains("<b>Elegy</b>"), "{}", loaded.body());
    let away = conn.get("/about/gone").await;
    assert_eq!(away.headers()["location"], "/elsewhere");
}

// The test client joins all views of a page.
#[tokio::test]
async fn a_page_with_views_in_its_root_layout_is_driven_by_the_test_client() {
    let endpoint = pages().build().expect("an endpoint");
    let conn = build_conn(&endpoint);
    let (room, html) = load(&conn, "/rooms/a").await.expect("a page");
    assert!(html.contains("room"), "{html}");
    let player = room.find_live_root("player");
    let html = player.render_click("play", json!({})).await;
    let html = html.expect("it is the same page");
    assert!(html.contains("<u>1</u>"), "{html}");
    let cover = player.find_live_child("cover");
    assert!(cover.render().await.contains("of the player"));
}
