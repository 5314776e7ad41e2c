//! Live sessions, layouts, containers and hooks (liveview-wire 2.2, 4.2, 9.1, 14.2 and 14.8).

use std::any::Any;

use bennu::channel::Flow;
use bennu::endpoint::Router;
use bennu::heex;
use bennu::live::lifecycle::{AnyOnMount, Hook, Next, OnMount};
use bennu::live::rendered::Render;
use bennu::live::{
    self, AnySocket, Container, LiveRoute, LiveView, LiveViews, MountError, Page, RootLayout,
    Socket, UseLayout,
};
use bennu::protocol::Payload;
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::{Value, json};

use crate::static_files::Static;
use crate::support::live_page::{Loaded, click, ok};
use crate::support::site::{Named, Other, Root, push, site};
use crate::support::{Client, Received, Request, Server, Vsn};

/// What ran for a view, in order.
#[derive(Clone, Default)]
struct Seen(Vec<String>);

fn see(socket: &mut AnySocket, what: impl Into<String>) {
    let mut seen = socket.assign_new(Seen::default).clone();
    seen.0.push(what.into());
    socket.assign(seen);
}

struct Probe;

impl LiveView for Probe {
    type Info = &'static str;

    const ON_MOUNT: &'static [&'static dyn AnyOnMount] = &[&Note("view")];
    const CONTAINER: Container = Container::new("section", &[("class", "a \"b\"")]);

    async fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let role = session.get("role").and_then(|role| role.as_str());
        see(socket, format!("mount {}", role.unwrap_or("nobody")));
        if params.text("hooks").is_some() {
            socket.attach_hook("first", Watch("first"));
            socket.attach_hook("second", Watch("second"));
        }
        Ok(Self)
    }

    async fn handle_params(
        &mut self,
        _: &Params,
        _: &str,
        socket: &mut Socket<Self>,
    ) -> live::Result<()> {
        see(socket, "params");
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "send" => socket.send_self("hello")?,
            "detach" => socket.detach_hook("first"),
            _ => see(socket, event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: &'static str, socket: &mut Socket<Self>) -> live::Result {
        see(socket, info);
        Ok(Flow::NoReply)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        let seen = socket.assigns::<Seen>().0.join(", ");
        let action = socket.live_action().unwrap_or("none").to_owned();
        heex! { <p>{action}: {seen}</p> }
    }
}

/// Notes that it ran.
struct Note(&'static str);

impl OnMount for Note {
    async fn on_mount(
        &self,
        params: &Params,
        _: &Session,
        socket: &mut AnySocket,
    ) -> Result<(), MountError> {
        see(socket, self.0);
        if params.text("halt") == Some(self.0) {
            socket.put_flash("error", "halted");
            return Err(MountError::redirect("/bare"));
        }
        Ok(())
    }
}

/// Notes what it is asked before, and halts what is meant for it.
struct Watch(&'static str);

impl Watch {
    fn next(&self, what: &str, flow: Flow) -> Next {
        match what == format!("halt {}", self.0) {
            true => Next::Halt(flow),
            false => Next::Cont,
        }
    }
}

impl Hook for Watch {
    async fn handle_params(
        &mut self,
        params: &Params,
        _: &str,
        socket: &mut AnySocket,
    ) -> live::Result<Next> {
        see(socket, format!("{} params", self.0));
        Ok(self.next(params.text("params").unwrap_or_default(), Flow::NoReply))
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: &Param,
        socket: &mut AnySocket,
    ) -> live::Result<Next> {
        see(socket, format!("{} {event}", self.0));
        let reply = Payload::json(&json!({"by": self.0}))?;
        Ok(self.next(event, Flow::Reply(bennu::protocol::Status::OK, reply)))
    }

    async fn handle_info(
        &mut self,
        info: &mut (dyn Any + Send),
        socket: &mut AnySocket,
    ) -> live::Result<Next> {
        let info = info.downcast_ref::<&'static str>().copied();
        see(socket, format!("{} {}", self.0, info.unwrap_or_default()));
        Ok(Next::Cont)
    }

    fn after_render(&mut self, socket: &mut AnySocket) {
        if socket.connected() {
            let pushed = socket.push_event("rendered", json!({"by": self.0}));
            pushed.expect("an object is JSON");
        }
    }
}

/// Has a layout of its own.
struct Framed;

impl LiveView for Framed {
    type Info = ();

    const LAYOUT: UseLayout = UseLayout::Layout(&Named("own"));

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>framed</p> }
    }
}

/// Wants no layout.
struct Unframed;

impl LiveView for Unframed {
    type Info = ();

    const LAYOUT: UseLayout = UseLayout::None;

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>unframed</p> }
    }
}

struct OtherRoot;

impl RootLayout for OtherRoot {
    fn render(&self, page: &Page<'_>) -> impl Render {
        let seen = page.assigns::<Seen>().0.len();
        heex! {
            <html data-seen={seen}><meta name="csrf-token" content={page.csrf_token()}/>{page.content()}</html>
        }
    }
}

fn views() -> LiveViews {
    let article = Container::new("article", &[]);
    LiveViews::new("live salt", Root)
        .view::<Probe>("/bare")
        .view_as::<Probe>("/new", "new")
        .route(LiveRoute::new::<Probe>("/article").container(article))
        .live_session("admin", |admin| {
            admin
                .on_mount(Note("session"))
                .session([("role", "admin")])
                .root_layout(OtherRoot)
                .view::<Probe>("/admin")
        })
        .live_session("visitor", |visitor| {
            visitor
                .session_with(|conn| {
                    let mut session = Session::default();
                    session.put("role", conn.params().text("as").unwrap_or("guest"));
                    session
                })
                .view::<Probe>("/visit")
        })
}

fn framed() -> LiveViews {
    LiveViews::new("live salt", Root)
        .view::<Framed>("/before")
        .layout(Named("app"))
        .view::<Framed>("/own")
        .view::<Unframed>("/none")
        .view::<Other>("/app")
        .route(LiveRoute::new::<Framed>("/bare").without_layout())
        .live_session("in", |session| {
            session
                .layout(Named("session"))
                .view::<Framed>("/session")
                .route(LiveRoute::new::<Framed>("/route").layout(Named("route")))
        })
        .live_session("out", |session| {
            session.without_layout().view::<Framed>("/out")
        })
}

async fn joined(path: &str) -> (Server, Loaded, Client, Value) {
    let server = Server::start(site(&views(), Router::new())).await;
    let page = Loaded::load(&server, path).await;
    let mut client = page.connect(&server).await;
    let reply = page
        .join(&mut client, &format!("http://localhost{path}"))
        .await;
    (server, page, client, reply["response"].clone())
}

// 9.1, 14.2
#[tokio::test]
async fn hooks_of_the_session_and_of_the_view_run_before_the_mount() {
    let (_server, page, _client, response) = joined("/admin").await;
    let seen = "session, view, mount admin, params";
    assert!(page.body.contains(&format!("<p>none: {seen}</p>")));
    assert_eq!(response["rendered"]["1"], seen);
    let (_server, page, _client, response) = joined("/bare").await;
    let seen = "view, mount nobody, params";
    assert!(page.body.contains(seen));
    assert_eq!(response["rendered"]["1"], seen);
}

// 3.1, 4.2
#[tokio::test]
async fn a_session_out_of_the_request_reaches_the_connected_view() {
    let (_server, _page, _client, response) = joined("/visit?as=ada").await;
    let seen = response["rendered"]["1"].as_str().unwrap_or_default();
    assert!(seen.contains("mount ada"), "{seen}");
}

// 14.2
#[tokio::test]
async fn a_hook_halts_the_mount_and_says_where_to() {
    let server = Server::start(site(&views(), Router::new())).await;
    for by in ["session", "view"] {
        let response = server.get(&format!("/admin?halt={by}")).await;
        assert_eq!(response.status, 302);
        assert_eq!(response.header("location"), Some("/bare"));
    }
    let page = Loaded::load(&server, "/admin").await;
    let mut client = page.connect(&server).await;
    let url = "http://localhost/admin?halt=session";
    let reply = page.join(&mut client, url).await;
    let redirect = &reply["response"]["redirect"];
    assert_eq!(redirect["to"], "/bare");
    assert!(redirect["flash"].is_string());
}

// 4.2
#[tokio::test]
async fn a_url_of_another_live_session_is_unauthorized() {
    let server = Server::start(site(&views(), Router::new())).await;
    let page = Loaded::load(&server, "/bare").await;
    let mut client = page.connect(&server).await;
    // The same view, behind the hooks of another session.
    let reply = page.join(&mut client, "http://localhost/admin").await;
    assert_eq!(reply["response"], json!({"reason": "unauthorized"}));
}

// 9.6
#[tokio::test]
async fn a_route_says_what_its_view_does() {
    let (_server, page, mut client, response) = joined("/new").await;
    assert_eq!(response["rendered"]["0"], "new");
    let url = json!({"url": "http://localhost/article"});
    client
        .send(json!(["4", "5", page.topic(), "live_patch", url]))
        .await;
    assert_eq!(client.next().await[4]["response"]["diff"]["0"], "none");
}

// 2.2, 4.3
#[tokio::test]
async fn a_view_stands_in_its_container() {
    let server = Server::start(site(&views(), Router::new())).await;
    let page = Loaded::load(&server, "/bare").await;
    assert!(page.body.contains(" class=\"a &quot;b&quot;\"><p>"));
    assert!(page.body.contains("</p></section>"));
    let article = Loaded::load(&server, "/article").await;
    assert!(article.body.contains("<article id=\"phx-"));
    let mut client = page.connect(&server).await;
    for (to, container) in [
        ("/new", json!(["section", {"class": "a \"b\""}])),
        ("/article", json!(["article", {}])),
    ] {
        let mut payload = page.join_payload("");
        payload["url"] = Value::Null;
        payload["redirect"] = json!(format!("http://localhost{to}"));
        client
            .send(json!([to, to, page.topic(), "phx_join", payload]))
            .await;
        let mut reply = client.next().await;
        if reply[3] == "phx_close" {
            reply = client.next().await;
        }
        assert_eq!(reply[4]["response"]["container"], container);
    }
}

#[tokio::test]
async fn a_live_session_has_a_document_of_its_own() {
    let server = Server::start(site(&views(), Router::new())).await;
    let page = Loaded::load(&server, "/admin").await;
    assert!(
        page.body.starts_with("<html data-seen=\"4\">"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn the_nearest_layout_counts() {
    let server = Server::start(site(&framed(), Router::new())).await;
    for (path, layout) in [
        ("/before", "<u>own</u>"),
        ("/own", "<u>own</u>"),
        ("/app", "<u>app</u>"),
        ("/session", "<u>session</u>"),
        ("/route", "<u>route</u>"),
        ("/none", ""),
        ("/bare", ""),
        ("/out", ""),
    ] {
        let page = Loaded::load(&server, path).await;
        let layouts = page.body.matches("<u>").count();
        assert_eq!(layouts, layout.len().min(1), "{path}: {}", page.body);
        assert!(page.body.contains(layout), "{path}: {}", page.body);
        let mut client = page.connect(&server).await;
        let reply = page
            .join(&mut client, &format!("http://localhost{path}"))
            .await;
        assert_eq!(reply["status"], "ok", "{path}");
    }
}

fn rendered(by: &[&str]) -> Value {
    by.iter()
        .map(|by| json!(["rendered", {"by": by}]))
        .collect()
}

// 14.2
#[tokio::test]
async fn hooks_run_in_order_before_each_callback() {
    let (_server, page, mut client, response) = joined("/bare?hooks").await;
    let before = "view, mount nobody, first params, second params, params";
    assert_eq!(response["rendered"]["1"], before);
    assert_eq!(response["rendered"]["e"], rendered(&["first", "second"]));
    client.send(click(&page, "5", "hit")).await;
    let seen = format!("{before}, first hit, second hit, hit");
    let diff = json!({"1": seen, "e": rendered(&["first", "second"])});
    client.expect(ok(&page, "5", json!({"diff": diff}))).await;
    client.send(click(&page, "6", "send")).await;
    client.next().await;
    let seen = format!("{seen}, first send, second send, first hello, second hello, hello");
    let diff = json!({"1": seen, "e": rendered(&["first", "second"])});
    client.expect(push(&page, "diff", diff)).await;
}

// 14.2
#[tokio::test]
async fn a_hook_halts_an_event_with_a_reply() {
    let (_server, page, mut client, response) = joined("/bare?hooks").await;
    let before = response["rendered"]["1"].as_str().unwrap_or_default();
    client.send(click(&page, "5", "halt first")).await;
    let diff = json!({
        "1": format!("{before}, first halt first"),
        "e": rendered(&["first", "second"]),
        "r": {"by": "first"},
    });
    client.expect(ok(&page, "5", json!({"diff": diff}))).await;
}

// 14.2
#[tokio::test]
async fn a_hook_keeps_parameters_from_the_view() {
    let (_server, _page, _client, response) = joined("/bare?hooks&params=halt%20second").await;
    let seen = "view, mount nobody, first params, second params";
    assert_eq!(response["rendered"]["1"], seen);
}

// 14.2
#[tokio::test]
async fn a_detached_hook_does_not_run() {
    let (_server, page, mut client, response) = joined("/bare?hooks").await;
    let before = response["rendered"]["1"].as_str().unwrap_or_default();
    client.send(click(&page, "5", "detach")).await;
    let seen = format!("{before}, first detach, second detach");
    let diff = json!({"1": seen, "e": rendered(&["second"])});
    client.expect(ok(&page, "5", json!({"diff": diff}))).await;
    client.send(click(&page, "6", "hit")).await;
    let diff = json!({"1": format!("{seen}, second hit, hit"), "e": rendered(&["second"])});
    client.expect(ok(&page, "6", json!({"diff": diff}))).await;
}

// 2.2, 4.2, 9.6
#[tokio::test]
async fn a_handler_shows_a_view_without_a_route() {
    let views = LiveViews::new("live salt", Root).unrouted::<Probe>();
    let shown = views.clone();
    let router = Router::new().get("/shown", move |mut conn| {
        let mut session = Session::default();
        session.put("role", "handler");
        conn.assign(Seen(vec!["handler".to_owned()]));
        let shown = shown.clone();
        async move { conn.live_render::<Probe>(&shown, session).await }
    });
    let server = Server::start(site(&views, router)).await;
    let page = Loaded::load(&server, "/shown").await;
    assert!(!page.body.contains("data-phx-main"));
    // 14.9: what the handler assigned is there while the page is loaded.
    assert!(page.body.contains("none: handler, view, mount handler"));
    let mut client = page.connect(&server).await;
    let reply = page.join(&mut client, "http://localhost/shown").await;
    assert_eq!(reply["response"]["rendered"]["1"], "view, mount handler");
    let mut payload = page.join_payload("");
    payload["redirect"] = json!("http://localhost/shown");
    client
        .send(json!(["8", "8", page.topic(), "phx_join", payload]))
        .await;
    client.next().await;
    let unauthorized = json!({"reason": "unauthorized"});
    assert_eq!(client.next().await[4]["response"], unauthorized);
}

#[tokio::test]
async fn a_view_that_cannot_connect_is_not_shown() {
    let views = LiveViews::new("live salt", Root);
    let shown = views.clone();
    let router = Router::new().get("/shown", move |conn| {
        let shown = shown.clone();
        async move { conn.live_render::<Probe>(&shown, Session::default()).await }
    });
    let server = Server::start(site(&views, router)).await;
    assert_eq!(server.get("/shown").await.status, 500);
}

/// Says at its mount what it may know of its page.
struct Curious(String);

impl LiveView for Curious {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        let params = socket.connect_params();
        let of = |name| params.and_then(|params| params.text(name));
        let agent = socket.connect_info().and_then(|info| info.user_agent());
        Ok(Self(format!(
            "agent {} theme {} from {} host {} changed {}",
            agent.unwrap_or("none"),
            of("theme").unwrap_or("none"),
            of("_live_referer").unwrap_or("none"),
            socket.host_uri(),
            socket.static_changed(),
        )))
    }

    async fn handle_event(&mut self, _: &str, _: Param, socket: &mut Socket<Self>) -> live::Result {
        let knows = socket.connect_info().is_some() || socket.connect_params().is_some();
        Flow::ok(json!({ "knows": knows }))
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>{&self.0}</p> }
    }
}

// 14.8
#[tokio::test]
async fn a_mount_may_know_of_its_page_and_its_connection() {
    let views = LiveViews::new("live salt", Root).view::<Curious>("/curious");
    let server = Server::start(site(&views, Router::new())).await;
    let request = Request::get("/curious").header("user-agent", "loader");
    let response = server.send(request).await;
    let cookie = response.cookie().expect("a session").to_owned();
    let page = Loaded::read(&response, &cookie);
    let host = format!("http://{}", server.addr);
    let known = format!("<p>agent loader theme none from none host {host} changed false</p>");
    assert!(page.body.contains(&known), "{}", page.body);
    let path = format!("/live/websocket?vsn=2.0.0&_csrf_token={}", page.csrf_token);
    let headers = [("cookie", &*cookie), ("user-agent", "browser")];
    let mut client = Client::open(server.addr, &path, Vsn::V2, &headers)
        .await
        .expect("the socket opens");
    let mut payload = page.join_payload("http://localhost:4000/curious?x#y");
    payload["params"] = json!({
        "theme": "dark",
        "_live_referer": "http://localhost/before",
        "_track_static": ["/a.css"],
    });
    client
        .send(json!(["4", "4", page.topic(), "phx_join", payload]))
        .await;
    let reply = client.next().await;
    // No manifest says which file is the latest.
    let known = "agent browser theme dark from http://localhost/before host http://localhost:4000 changed false";
    assert_eq!(reply[4]["response"]["rendered"]["0"], known);
    client.send(click(&page, "5", "ask")).await;
    let told = json!({"diff": {"r": {"knows": false}}});
    client.expect(ok(&page, "5", told)).await;
}

// 14.8
#[tokio::test]
async fn a_mount_may_know_whether_its_page_has_old_files() {
    let files = Static::build("static-changed");
    let views = LiveViews::new("live salt", Root).view::<Curious>("/curious");
    let builder = site(&views, Router::new()).cache_static_manifest(files.manifest());
    let server = Server::start(builder).await;
    for (tracked, changed) in [
        (json!(["http://a.example/assets/app-111.js?vsn=d"]), true),
        (json!(["http://a.example/assets/app-222.js?vsn=d"]), false),
        (json!(["/assets/app.js"]), false),
        (json!(null), false),
    ] {
        let page = Loaded::load(&server, "/curious").await;
        let mut client = page.connect(&server).await;
        let mut payload = page.join_payload("http://localhost/curious");
        payload["params"]["_track_static"] = tracked;
        client
            .send(json!(["4", "4", page.topic(), "phx_join", payload]))
            .await;
        let reply = client.next().await;
        let known = reply[4]["response"]["rendered"]["0"].as_str();
        let known = known.unwrap_or_default();
        assert!(known.ends_with(&format!("changed {changed}")), "{known}");
    }
}

// 1.8
#[tokio::test]
async fn a_visitor_is_disconnected_everywhere_by_the_id_in_the_session() {
    let router = Router::new().get("/sign-in", async |mut conn| {
        conn.session_mut().put("live_socket_id", "users:7");
        conn.redirect("/bare")
    });
    let server = Server::start(site(&views(), router)).await;
    let signed_in = server.get("/sign-in").await;
    let cookie = signed_in.cookie().expect("a session").to_owned();
    let request = Request::get("/bare").header("cookie", &cookie);
    let response = server.send(request).await;
    let cookie = response.cookie().expect("a session").to_owned();
    let page = Loaded::read(&response, &cookie);
    let mut client = page.connect(&server).await;
    assert_eq!(
        page.join(&mut client, "http://localhost/bare").await["status"],
        "ok"
    );
    let told = server
        .pubsub
        .broadcast("users:7".to_owned(), "disconnect", Payload::empty());
    told.expect("the hub is local");
    assert_eq!(client.receive().await, Received::Close(1001));
}
