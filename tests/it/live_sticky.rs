//! Sticky live views, and views inside views that send the page elsewhere (liveview-wire 2.3, 9.2, 9.3, 14.9).

use bennu::channel::Flow;
use bennu::endpoint::{Builder, Mount, Router};
use bennu::heex;
use bennu::live::nested::live_render;
use bennu::live::rendered::Render;
use bennu::live::{
    self, AnySocket, Container, InnerContent, Kind, Layout, LiveView, LiveViews, MountError, Page,
    RootLayout, Socket,
};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::{Anyone, Routes};
use serde_json::{Value, json};

use crate::support::live_page::{Loaded, click, ok};
use crate::support::{Client, Server, builder};

struct User(&'static str);

/// A page with a player that stays, and a menu that does not.
struct Room {
    name: String,
    query: String,
}

impl LiveView for Room {
    type Info = ();

    async fn mount(
        params: &Params,
        _: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        assert!(socket.mounted_at_router());
        socket.assign(User("Ada"));
        Ok(Self {
            name: params.text("name").unwrap_or_default().to_owned(),
            query: String::new(),
        })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        _: &str,
        _: &mut Socket<Self>,
    ) -> live::Result<()> {
        params
            .text("q")
            .unwrap_or_default()
            .clone_into(&mut self.query);
        Ok(())
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "noop" => Ok(Flow::NoReply),
            _ => Flow::unhandled(event),
        }
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p>{&self.name}</p><i>{&self.query}</i>
            {live_render::<Player>("player").session("song", "Ode").sticky()}
            {live_render::<Menu>("menu")}
        }
    }
}

struct Player {
    song: String,
    plays: u32,
}

impl LiveView for Player {
    type Info = ();

    const CONTAINER: Container = Container::new("aside", &[("class", "wide & low")]);

    async fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        assert!(params.is_empty() && !socket.mounted_at_router());
        assert!(socket.parent::<Room>().is_none(), "14.9: no parent");
        assert!(
            socket.all_assigns().of::<User>().is_none(),
            "14.9: and nothing of its assigns"
        );
        // It has nobody to take along.
        socket.link_parent();
        let song = session.get("song").and_then(|song| song.as_str());
        let song = song.unwrap_or_default().to_owned();
        Ok(Self { song, plays: 0 })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "play" => self.plays += 1,
            "go" => {
                self.plays += 1;
                socket.push_navigate("/rooms/b", Kind::Push)?;
            }
            "leave" => socket.redirect("/elsewhere")?,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <b>{&self.song}</b><u>{self.plays}</u>{live_render::<Menu>("menu-of-player")} }
    }
}

struct Menu {
    user: &'static str,
    clicks: u32,
}

impl LiveView for Menu {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        let in_room = socket.parent::<Room>().is_some();
        assert!(!in_room || socket.host_uri() == "http://localhost");
        let user = socket.assign_new(|| User("nobody")).0;
        Ok(Self { user, clicks: 0 })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        self.clicks += 1;
        match event {
            "search" => socket.push_patch("/rooms/a?q=x", Kind::Replace)?,
            "search elsewhere" => socket.push_patch("/rooms/b/more", Kind::Push)?,
            "go" => socket.push_navigate("/rooms/b", Kind::Push)?,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <em title={self.user}>{self.clicks}</em> }
    }
}

/// A page that shows a sticky view which nobody declared.
struct Forgetful;

impl LiveView for Forgetful {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>{live_render::<Menu>("menu").sticky()}</p> }
    }
}

struct Root;

impl RootLayout for Root {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! { <html><head><meta name="csrf-token" content={page.csrf_token()}/></head><body>{page.content()}</body></html> }
    }
}

struct App;

impl Layout for App {
    fn render(&self, inner_content: InnerContent<'_>, _: &AnySocket) -> impl Render {
        heex! { <main>{inner_content}</main> }
    }
}

fn pages() -> Builder {
    let views = LiveViews::new("live salt", Root)
        .layout(App)
        .view::<Room>("/rooms/:name")
        .view::<Forgetful>("/forgetful")
        .unrouted::<Player>();
    builder()
        .session(SessionOptions::new("_test_key", "session salt"))
        .socket("/live", Mount::new(Anyone, Routes::new().live(&views)))
        .router(Router::new().live(&views))
}

const URL: &str = "http://localhost/rooms/a";

/// What follows `name="` after the container with this id begins, up to the next quote.
fn of_container(html: &str, id: &str, name: &str) -> String {
    let (_, container) = html
        .split_once(&format!(" id=\"{id}\""))
        .unwrap_or_else(|| panic!("no {id} in {html}"));
    let (_, value) = container
        .split_once(&format!(" {name}=\""))
        .unwrap_or_else(|| panic!("no {name} in {html}"));
    value.split('"').next().unwrap_or_default().to_owned()
}

struct Joined {
    _server: Server,
    page: Loaded,
    client: Client,
    rendered: Value,
}

impl Joined {
    async fn room() -> Self {
        let server = Server::start(pages()).await;
        let page = Loaded::load(&server, "/rooms/a").await;
        let mut client = page.connect(&server).await;
        let reply = page.join(&mut client, URL).await;
        assert_eq!(reply["status"], "ok", "{reply}");
        let rendered = reply["response"]["rendered"]["0"].clone();
        Self {
            _server: server,
            page,
            client,
            rendered,
        }
    }

    /// Joins a view as the client does: with the ref "20", its token and that in the page.
    async fn join(&mut self, id: &str, session: &str, sticky: bool) -> Value {
        let statics = of_container(&self.page.body, id, "data-phx-static");
        let payload = json!({"params": {"_mounts": 0}, "session": session, "static": statics, "sticky": sticky});
        let join = json!(["20", "20", format!("lv:{id}"), "phx_join", payload]);
        self.client.send(join).await;
        let reply = self.client.next().await;
        assert_eq!(reply[4]["status"], "ok", "{reply}");
        reply[4]["response"]["rendered"].clone()
    }

    async fn with_player() -> Self {
        let mut joined = Self::room().await;
        let session = of_container(&joined.page.body, "player", "data-phx-session");
        joined.join("player", &session, true).await;
        joined
    }

    async fn with_menu() -> Self {
        let mut joined = Self::room().await;
        let container = joined.rendered["3"]
            .as_str()
            .expect("a container")
            .to_owned();
        let session = of_container(&container, "menu", "data-phx-session");
        let rendered = joined.join("menu", &session, false).await;
        assert_eq!(
            rendered["0"], " title=\"Ada\"",
            "14.9: what its parent has assigned"
        );
        joined
    }

    async fn click(&mut self, id: &str, reference: &str, name: &str) {
        let payload = json!({"type": "click", "event": name, "value": {}});
        let message = json!(["20", reference, format!("lv:{id}"), "event", payload]);
        self.client.send(message).await;
    }

    async fn expect(&mut self, frame: Value) {
        self.client.expect(frame).await;
    }
}

fn reply(id: &str, reference: &str, response: Value) -> Value {
    json!(["20", reference, format!("lv:{id}"), "phx_reply", {"status": "ok", "response": response}])
}

// 2.3: a sticky view has a token of its own, and neither parent nor layout.
#[tokio::test]
async fn a_sticky_view_stands_in_the_page_as_a_root() {
    let server = Server::start(pages()).await;
    let page = Loaded::load(&server, "/rooms/a").await;
    let (_, player) = page
        .body
        .split_once("<aside ")
        .expect("the container's tag");
    let session = of_container(&page.body, "player", "data-phx-session");
    let statics = of_container(&page.body, "player", "data-phx-static");
    assert!(session.len() > 20);
    let expected = format!(
        "id=\"player\" data-phx-session=\"{session}\" data-phx-static=\"{statics}\" data-phx-sticky \
         class=\"wide &amp; low\"><b>Ode</b><u>0</u><div id=\"menu-of-player\" data-phx-session=\"\""
    );
    assert!(player.starts_with(&expected), "{player}");
    assert!(
        player.contains("data-phx-parent-id=\"player\"><em title=\"nobody\">0</em></div></aside>"),
        "{player}"
    );
}

// 2.3, 5.12: in a diff its container is empty and always the same.
#[tokio::test]
async fn a_connected_view_shows_the_container_of_a_sticky_one() {
    let mut joined = Joined::room().await;
    let container = joined.rendered["2"]
        .as_str()
        .expect("a container")
        .to_owned();
    let session = of_container(&container, "player", "data-phx-session");
    let expected = format!(
        "<aside id=\"player\" data-phx-session=\"{session}\" data-phx-static=\"\" data-phx-sticky \
         class=\"wide &amp; low\"></aside>"
    );
    assert_eq!(container, expected);
    joined.client.send(click(&joined.page, "5", "noop")).await;
    let nothing = ok(&joined.page, "5", json!({}));
    joined.expect(nothing).await;
    let rendered = joined.join("player", &session, true).await;
    assert_eq!(rendered["0"], "Ode");
}

// 4.1, 4.2: it joins without a URL, before or without any other view.
#[tokio::test]
async fn a_sticky_view_joins_by_itself() {
    let server = Server::start(pages()).await;
    let page = Loaded::load(&server, "/rooms/a").await;
    let client = page.connect(&server).await;
    let session = of_container(&page.body, "player", "data-phx-session");
    let mut joined = Joined {
        _server: server,
        page,
        client,
        rendered: Value::Null,
    };
    let rendered = joined.join("player", &session, true).await;
    assert_eq!(
        (&rendered["0"], &rendered["1"]),
        (&json!("Ode"), &json!("0"))
    );
    joined.click("player", "21", "play").await;
    joined
        .expect(reply("player", "21", json!({"diff": {"1": "1"}})))
        .await;
}

// 9.3, row 107
#[tokio::test]
async fn a_sticky_view_stays_while_the_page_goes_to_another() {
    let mut joined = Joined::with_player().await;
    joined.click("player", "21", "play").await;
    joined
        .expect(reply("player", "21", json!({"diff": {"1": "1"}})))
        .await;
    let topic = joined.page.topic();
    joined
        .client
        .send(json!(["4", "5", topic, "phx_leave", {}]))
        .await;
    joined.client.next().await;
    joined.client.next().await;
    let payload = json!({
        "redirect": "http://localhost/rooms/b", "params": {"_mounts": 0}, "sticky": false,
        "session": joined.page.session, "static": joined.page.statics,
    });
    joined
        .client
        .send(json!(["6", "6", topic, "phx_join", payload]))
        .await;
    let response = joined.client.next().await;
    assert_eq!(
        response[4]["response"]["rendered"]["0"]["0"], "b",
        "{response}"
    );
    joined.click("player", "22", "play").await;
    joined
        .expect(reply("player", "22", json!({"diff": {"1": "2"}})))
        .await;
}

// 9.3: it may send the page elsewhere without ending; its own changes wait for the next render.
#[tokio::test]
async fn a_sticky_view_navigates_the_page_and_stays() {
    let mut joined = Joined::with_player().await;
    joined.click("player", "21", "go").await;
    let to = json!({"live_redirect": {"to": "/rooms/b", "kind": "push"}});
    joined.expect(reply("player", "21", to)).await;
    joined.click("player", "22", "play").await;
    joined
        .expect(reply("player", "22", json!({"diff": {"1": "2"}})))
        .await;
    joined.click("player", "23", "leave").await;
    joined
        .expect(reply(
            "player",
            "23",
            json!({"redirect": {"to": "/elsewhere", "status": 302}}),
        ))
        .await;
    joined
        .expect(json!(["20", "20", "lv:player", "phx_close", {}]))
        .await;
}

// 9.3: any other view ends when it navigates.
#[tokio::test]
async fn a_nested_view_that_navigates_ends() {
    let mut joined = Joined::with_menu().await;
    joined.click("menu", "21", "go").await;
    let to = json!({"live_redirect": {"to": "/rooms/b", "kind": "push"}});
    joined.expect(reply("menu", "21", to)).await;
    joined
        .expect(json!(["20", "20", "lv:menu", "phx_close", {}]))
        .await;
}

// 9.2, row 74: the URL is the root's; the child answers with its own diff.
#[tokio::test]
async fn a_patch_of_a_nested_view_is_the_roots() {
    let mut joined = Joined::with_menu().await;
    joined.click("menu", "21", "search").await;
    let topic = joined.page.topic();
    let expected = [
        json!(["4", null, topic, "live_patch", {"to": "/rooms/a?q=x", "kind": "replace"}]),
        json!(["4", null, topic, "diff", {"0": {"1": "x"}}]),
        reply("menu", "21", json!({"diff": {"1": "1"}})),
    ];
    // There is no order across views (15.3).
    let mut frames = Vec::new();
    for _ in &expected {
        frames.push(joined.client.next().await);
    }
    frames.sort_by_key(|frame| frame[2] == "lv:menu");
    assert_eq!(frames, expected);
}

// 9.2: only to URLs of the root view.
#[tokio::test]
async fn a_patch_of_a_nested_view_to_another_view_ends_the_root() {
    let mut joined = Joined::with_menu().await;
    joined.click("menu", "21", "search elsewhere").await;
    let error = json!(["4", "4", joined.page.topic(), "phx_error", {"reason": "channel_crash"}]);
    let answer = reply("menu", "21", json!({"diff": {"1": "1"}}));
    let close = json!(["20", "20", "lv:menu", "phx_close", {}]);
    let mut frames = Vec::new();
    for _ in 0..3 {
        frames.push(joined.client.next().await);
    }
    frames.sort_by_key(|frame| (frame[2] == "lv:menu", frame[3] == "phx_close"));
    assert_eq!(frames, [error, answer, close]);
}

#[tokio::test]
async fn a_sticky_view_that_nobody_declared_is_not_shown() {
    let server = Server::start(pages()).await;
    assert_eq!(server.get("/forgetful").await.status, 500);
}
