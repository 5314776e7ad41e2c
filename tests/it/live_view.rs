//! Live views on the wire: pages, joins, events, and the order of what is sent (liveview-wire).

use bennu::Registry;
use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Recipient};
use bennu::endpoint::{BuildError, Builder, Mount, Router};
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::Payload;
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::{Anyone, Routes};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::live_page::{Loaded, click, event, ok};
use crate::support::{Client, Request, Server, builder};

/// Finds a page's bus as the chat's views do.
type Buses = Registry<String, Recipient<i64>>;

struct Bus;

impl Channel for Bus {
    type Info = i64;

    async fn join(_: Payload, socket: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
        let buses: &Buses = socket.assigns();
        let registration = buses.register_or_replace("page".to_owned(), socket.recipient())?;
        socket.own(registration);
        Ok((Self, Payload::empty()))
    }

    async fn handle_info(
        &mut self,
        count: i64,
        socket: &mut channel::Socket<Self>,
    ) -> channel::Result {
        socket.push("shown", json!({"count": count}))?;
        Ok(Flow::NoReply)
    }
}

struct Counter {
    count: i64,
    field: String,
}

/// The count with this value is on its way to the page.
struct Shown(i64);

impl LiveView for Counter {
    type Info = Shown;

    async fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        match params.text("id") {
            Some("missing") => return Err(MountError::Status(StatusCode::NOT_FOUND)),
            Some("moved") => return Err(MountError::redirect("/counter/1")),
            Some("broken") => return Err(std::io::Error::other("mount failed on purpose").into()),
            Some("fragile") if socket.connected() => {
                return Err(std::io::Error::other("mount failed on purpose").into());
            }
            _ => {}
        }
        assert!(session.get("_csrf_token").is_some() || !socket.connected());
        socket.put_page_title(format!("Counter {}", params.text("id").unwrap_or_default()));
        Ok(Self {
            count: 0,
            field: String::new(),
        })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        _: &str,
        _: &mut Socket<Self>,
    ) -> live::Result<()> {
        self.count = params.text("count").map_or(Ok(self.count), str::parse)?;
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "inc" => {
                self.count += 1;
                socket.send_self(Shown(self.count))?;
            }
            "noop" => {}
            "type" => {
                let form = params.as_map().and_then(|form| form.text("field"));
                self.field = form.unwrap_or_default().to_uppercase();
            }
            "token" => return Flow::ok(json!({"token": socket.csrf_token()})),
            "ask" => return Flow::ok(json!({"count": self.count})),
            "alert" => socket.push_event("alert", json!({"text": "</script>"}))?,
            "panic" => panic!("event failed on purpose"),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(
        &mut self,
        Shown(count): Shown,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        socket
            .assigns::<Buses>()
            .with("page", |bus| bus.send(count));
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>{self.count}</p><input name="field" value={&self.field}/> }
    }
}

struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        let title = page.title().unwrap_or_default().to_owned();
        heex! {
            <html><head><title>{title}</title><meta name="csrf-token" content={page.csrf_token()}/></head>
            <body>{page.content()}</body></html>
        }
    }
}

fn counters() -> Builder {
    let views = LiveViews::new("live salt", Layout).view::<Counter>("/counter/:id");
    let routes = Routes::new().channel::<Bus>("bus:*").live(&views);
    builder()
        .assign(Buses::unique())
        .session(SessionOptions::new("_test_key", "session salt"))
        .socket("/live", Mount::new(Anyone, routes))
        .router(
            Router::new()
                .live(&views)
                .post(
                    "/leave",
                    |conn| async move { conn.text(StatusCode::OK, "left") },
                ),
        )
}

const URL: &str = "http://localhost/counter/1";

async fn joined() -> (Server, Loaded, Client) {
    let server = Server::start(counters()).await;
    let page = Loaded::load(&server, "/counter/1").await;
    let mut client = page.connect(&server).await;
    let reply = page.join(&mut client, URL).await;
    assert_eq!(reply["status"], "ok");
    (server, page, client)
}

#[tokio::test]
async fn the_page_is_complete_before_any_script_runs() {
    let server = Server::start(counters()).await;
    let page = Loaded::load(&server, "/counter/7?count=3").await;
    assert!(page.body.contains("<title>Counter 7</title>"));
    assert!(page.body.contains("<p>3</p>"));
    assert!(page.body.contains(" data-phx-main ")); // 2.2
    assert!(!page.body.contains("data-phx-id")); // 2.4
}

#[tokio::test]
async fn a_join_answers_with_the_whole_tree_and_the_title() {
    let server = Server::start(counters()).await;
    let page = Loaded::load(&server, "/counter/1").await;
    let mut client = page.connect(&server).await;
    let reply = page
        .join(&mut client, "http://localhost/counter/1?count=5")
        .await;
    let rendered = &reply["response"]["rendered"];
    assert_eq!(reply["response"]["liveview_version"], "1.2.12"); // 4.3
    assert_eq!(rendered["0"], "5"); // 4.2: params of the joined URL
    assert_eq!(rendered["t"], "Counter 1"); // 14.7
    assert!(rendered.get("r").is_none()); // 5.1: never at the top
}

#[tokio::test]
async fn an_event_is_acknowledged_with_its_diff_or_nothing() {
    let (_server, page, mut client) = joined().await;
    client.send(click(&page, "5", "noop")).await;
    client.expect(ok(&page, "5", json!({}))).await; // 5.12
    client.send(click(&page, "6", "inc")).await;
    client
        .expect(ok(&page, "6", json!({"diff": {"0": "1"}})))
        .await;
    client.send(click(&page, "7", "ask")).await;
    client
        .expect(ok(&page, "7", json!({"diff": {"r": {"count": 1}}})))
        .await;
    client.send(click(&page, "8", "alert")).await;
    let events = json!({"diff": {"e": [["alert", {"text": "</script>"}]]}});
    client.expect(ok(&page, "8", events)).await; // 14.6
}

#[tokio::test]
async fn the_diff_goes_out_before_the_channel_that_the_view_tells_pushes() {
    let (_server, page, mut client) = joined().await;
    client
        .send(json!(["9", "9", "bus:1", "phx_join", {}]))
        .await;
    client
        .expect(json!(["9", "9", "bus:1", "phx_reply", {"status": "ok", "response": {}}]))
        .await;
    for count in 1..=50 {
        let reference = (100 + count).to_string();
        client.send(click(&page, &reference, "inc")).await;
        client
            .expect(ok(
                &page,
                &reference,
                json!({"diff": {"0": count.to_string()}}),
            ))
            .await;
        client
            .expect(json!(["9", null, "bus:1", "shown", {"count": count}]))
            .await; // 15.4
    }
}

#[tokio::test]
async fn a_form_event_decodes_its_fields_and_sends_form_values_again() {
    let (_server, page, mut client) = joined().await;
    let change = json!({"type": "form", "event": "type", "value": "field=a%20b", "meta": {"_target": "field"}});
    client.send(event(&page, "5", change.clone())).await;
    client
        .expect(ok(&page, "5", json!({"diff": {"1": " value=\"A B\""}})))
        .await; // 7.3
    client.send(event(&page, "6", change)).await;
    // 12.2: equal text is sent again, for a field that the browser shows something else in.
    client
        .expect(ok(&page, "6", json!({"diff": {"1": " value=\"A B\""}})))
        .await;
    client.send(click(&page, "7", "noop")).await;
    client.expect(ok(&page, "7", json!({}))).await;
}

#[tokio::test]
async fn a_crash_is_told_and_a_rejoin_starts_afresh() {
    let (_server, page, mut client) = joined().await;
    for (reference, broken) in [("5", "panic"), ("6", "no such event")] {
        client.send(click(&page, reference, "inc")).await;
        client
            .expect(ok(&page, reference, json!({"diff": {"0": "1"}})))
            .await;
        client.send(click(&page, "8", broken)).await;
        let crash = json!({"reason": "channel_crash"});
        client
            .expect(json!(["4", "4", page.topic(), "phx_error", crash]))
            .await; // 1.7, 14.10
        let reply = page.join(&mut client, URL).await;
        assert_eq!(reply["response"]["rendered"]["0"], "0");
    }
}

#[tokio::test]
async fn a_live_patch_takes_the_new_parameters() {
    let (_server, page, mut client) = joined().await;
    let patch = |reference: &str, url: &str| json!(["4", reference, page.topic(), "live_patch", {"url": url}]);
    client
        .send(patch("5", "http://localhost/counter/1?count=9"))
        .await;
    client
        .expect(ok(&page, "5", json!({"diff": {"0": "9"}})))
        .await; // 7.4
}

#[tokio::test]
async fn tokens_that_do_not_fit_are_stale() {
    let server = Server::start(counters()).await;
    let page = Loaded::load(&server, "/counter/1").await;
    let other = Loaded::load(&server, "/counter/1").await;
    let mut client = page.connect(&server).await;
    let stale = json!({"status": "error", "response": {"reason": "stale"}});
    let with = |key: &str, value: Value| {
        let mut payload = page.join_payload(URL);
        payload[key] = value;
        payload
    };
    let cases = [
        ("no session", with("session", Value::Null)),
        (
            "a forged session",
            with("session", json!(format!("{}x", page.session))),
        ),
        (
            "another page's session",
            with("session", json!(other.session)),
        ),
        (
            "another page's static",
            with("static", json!(other.statics)),
        ),
        (
            "the static token for the session",
            with("session", json!(page.statics)),
        ),
        ("no object", json!([])),
    ];
    for (case, payload) in cases {
        client
            .send(json!(["4", "4", page.topic(), "phx_join", payload]))
            .await;
        assert_eq!(client.next().await[4], stale, "{case}"); // 3.5
    }
    let reply = page.join(&mut client, URL).await;
    assert_eq!(reply["status"], "ok", "the connection is none the worse");
}

#[tokio::test]
async fn without_the_session_of_the_page_every_join_is_stale() {
    let server = Server::start(counters()).await;
    let page = Loaded::load(&server, "/counter/1").await;
    let no_csrf = Loaded {
        csrf_token: "forged".to_owned(),
        ..Loaded::load(&server, "/counter/1").await
    };
    let no_cookie = Loaded {
        cookie: "_test_key=none".to_owned(),
        ..page
    };
    for page in [no_cookie, no_csrf] {
        let mut client = page.connect(&server).await;
        let reply = page.join(&mut client, URL).await;
        assert_eq!(
            reply,
            json!({"status": "error", "response": {"reason": "stale"}})
        ); // 1.2
    }
}

#[tokio::test]
async fn a_url_of_no_view_is_unauthorized() {
    let server = Server::start(counters()).await;
    let page = Loaded::load(&server, "/counter/1").await;
    let mut client = page.connect(&server).await;
    for url in ["http://localhost/elsewhere", "not a url", ""] {
        let reply = page.join(&mut client, url).await;
        assert_eq!(
            reply,
            json!({"status": "error", "response": {"reason": "unauthorized"}}),
            "{url:?}"
        ); // 4.2
    }
}

#[tokio::test]
async fn what_mount_says_becomes_a_status_or_a_redirect() {
    let server = Server::start(counters()).await;
    assert_eq!(server.get("/counter/missing").await.status, 404);
    assert_eq!(server.get("/counter/broken").await.status, 500);
    let moved = server.get("/counter/moved").await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (302, Some("/counter/1"))
    ); // 2.6
    let page = Loaded::load(&server, "/counter/1").await;
    let mut client = page.connect(&server).await;
    let reply = page
        .join(&mut client, "http://localhost/counter/missing")
        .await;
    assert_eq!(reply["response"]["reason"], "reload"); // 4.4
    assert_eq!(reply["response"]["status"], 404);
    let reply = page
        .join(&mut client, "http://localhost/counter/moved")
        .await;
    assert_eq!(reply["response"]["redirect"]["to"], "/counter/1");
    let reply = page
        .join(&mut client, "http://localhost/counter/fragile")
        .await;
    assert_eq!(reply["response"], json!({"reason": "join crashed"})); // 14.10
}

#[tokio::test]
async fn only_reading_is_routed_to_a_view() {
    let server = Server::start(counters()).await;
    assert_eq!(
        server.send(Request::new("POST", "/counter/1")).await.status,
        404
    );
}

#[test]
fn live_views_without_sessions_are_refused_when_the_endpoint_is_built() {
    let views = LiveViews::new("live salt", Layout).view::<Counter>("/counter/:id");
    let built = builder().router(Router::new().live(&views)).build();
    assert!(matches!(built, Err(BuildError::LiveViewsWithoutSession)));
}

#[tokio::test]
async fn a_view_has_a_token_for_forms_that_leave_it() {
    let (server, page, mut client) = joined().await;
    let mut token = async |reference: &str| {
        client.send(click(&page, reference, "token")).await;
        client.next().await[4]["response"]["diff"]["r"]["token"].clone()
    };
    let first = token("5").await;
    assert_eq!(token("6").await, first);
    let leave = |token: &str| {
        let leave = Request::new("POST", "/leave").header("cookie", &page.cookie);
        leave.form(&format!("_csrf_token={token}"))
    };
    let first = first.as_str().expect("a token");
    assert_eq!(server.send(leave(first)).await.status, 200);
    assert_eq!(server.send(leave("forged")).await.status, 403);
}
