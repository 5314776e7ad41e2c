//! Opening a WebSocket: routing, the order of the checks, parameters, versions, origins (channels-wire 1 and 2).

use std::sync::Arc;

use bennu::Assigns;
use bennu::endpoint::{Builder, CheckOrigin, Mount, Router};
use bennu::protocol::form::Params;
use bennu::session::SessionOptions;
use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
use http::{HeaderName, HeaderValue, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::support::{Client, HttpResponse, Request, Server, Vsn, builder};

/// A socket that remembers what `connect` was given last.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Option<Value>>>);

impl Handler for Seen {
    async fn connect(
        &self,
        params: &Params,
        info: &ConnectInfo,
        _: &mut Assigns,
    ) -> Result<(), ConnectError> {
        *self.0.lock() = Some(json!({"params": params, "info": describe(info)}));
        match params.text("answer") {
            Some("error") => Err(ConnectError::Refused),
            Some("reason") => {
                let mut response = http::Response::new("slow down".to_owned());
                *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                Err(ConnectError::Response(Box::new(response)))
            }
            Some("panic") => panic!("told to"),
            _ => Ok(()),
        }
    }
}

fn describe(info: &ConnectInfo) -> Value {
    let pairs = |headers: &mut dyn Iterator<Item = (&HeaderName, &HeaderValue)>| {
        let pairs = headers.map(|(name, value)| {
            let value = value.to_str().expect("the tests send text");
            json!([name.as_str(), value])
        });
        pairs.collect::<Vec<_>>()
    };
    json!({
        "peer": info.peer_addr().map(|peer| peer.ip().to_string()),
        "x_headers": pairs(&mut info.x_headers()),
        "trace_context_headers": pairs(&mut info.trace_context_headers()),
        "user_agent": info.user_agent(),
        "uri": info.uri().to_string(),
        "session": info.session().map(|session| {
            session.get("name").and_then(|name| name.as_str().map(str::to_owned))
        }),
    })
}

impl Seen {
    fn mount(&self) -> Mount {
        Mount::new(self.clone(), Routes::new()).check_origin(CheckOrigin::Any)
    }

    fn params(&self) -> Value {
        self.take()["params"].take()
    }

    fn info(&self) -> Value {
        self.take()["info"].take()
    }

    fn take(&self) -> Value {
        self.0.lock().take().expect("connect was called")
    }

    fn was_called(&self) -> bool {
        self.0.lock().take().is_some()
    }
}

async fn serving(configure: impl FnOnce(Builder, Mount) -> Builder) -> (Server, Seen) {
    let seen = Seen::default();
    let builder = configure(builder(), seen.mount());
    (Server::start(builder).await, seen)
}

async fn at_socket() -> (Server, Seen) {
    serving(|builder, mount| builder.socket("/socket", mount)).await
}

async fn open(server: &Server, path: &str) -> Result<Client, HttpResponse> {
    open_with(server, path, &[]).await
}

async fn open_with(
    server: &Server,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Client, HttpResponse> {
    Client::open(server.addr, path, Vsn::V2, headers).await
}

fn refused(opened: Result<Client, HttpResponse>) -> HttpResponse {
    match opened {
        Ok(_) => panic!("the connection was accepted"),
        Err(response) => response,
    }
}

//
#[tokio::test]
async fn slashes_too_many_do_not_matter() {
    let (server, _) = at_socket().await;
    for path in [
        "/socket/websocket?vsn=2.0.0",
        "/socket/websocket/?vsn=2.0.0",
        "//socket///websocket?vsn=2.0.0",
    ] {
        assert!(open(&server, path).await.is_ok(), "{path}");
    }
}

//
#[tokio::test]
async fn path_variables_are_parameters_and_win() {
    let (server, seen) = serving(|builder, mount| builder.socket("/:tenant/socket", mount)).await;
    let opened = open(
        &server,
        "/a%20b/socket/websocket?tenant=other&x=1&vsn=2.0.0",
    )
    .await;
    assert!(opened.is_ok());
    assert_eq!(
        seen.params(),
        json!({"tenant": "a b", "x": "1", "vsn": "2.0.0"})
    );
}

//
#[tokio::test]
async fn of_overlapping_mounts_the_later_wins_and_both_come_before_routes() {
    let first = Seen::default();
    let second = Seen::default();
    let router = Router::new().get("/socket/websocket", |conn| async move {
        conn.text(StatusCode::OK, "the router")
    });
    let builder = builder()
        .router(router)
        .socket("/socket", first.mount())
        .socket("/:any", second.mount());
    let server = Server::start(builder).await;
    assert!(open(&server, "/socket/websocket?vsn=2.0.0").await.is_ok());
    assert!(second.was_called());
    assert!(!first.was_called());
}

//
#[tokio::test]
async fn other_methods_than_get_are_bad_requests() {
    let (server, seen) = at_socket().await;
    for method in ["POST", "HEAD", "OPTIONS", "PATCH"] {
        let request = Request::new(method, "/socket/websocket?vsn=2.0.0");
        let response = server.send(request).await;
        assert_eq!((response.status, response.text()), (400, ""), "{method}");
    }
    assert!(!seen.was_called());
}

//
#[tokio::test]
async fn what_is_no_transport_is_not_found() {
    let (server, _) = at_socket().await;
    for path in [
        "/socket",
        "/socket/other",
        "/websocket",
        "/socket/websocket/more",
        "/socket/longpoll", // off unless asked for
    ] {
        let response = server.get(path).await;
        assert_eq!(
            (response.status, response.text()),
            (404, "Not Found"),
            "{path}"
        );
    }
}

// P-1, P-2, P-3
#[tokio::test]
async fn parameters_are_decoded_as_plug_does() {
    let (server, seen) = at_socket().await;
    let query = "a[]=1&a[]=2&b[0]=x&b[1]=y&f[g][h]=1&twice=1&twice=2&bare&&plus=a+b&odd=%zz&token=t\
                 &user[name]=%C3%BC&vsn=2.0.0&";
    assert!(
        open(&server, &format!("/socket/websocket?{query}"))
            .await
            .is_ok()
    );
    assert_eq!(
        seen.params(),
        json!({
            "a": ["1", "2"], "b": {"0": "x", "1": "y"}, "f": {"g": {"h": "1"}}, "twice": "2",
            "bare": "", "plus": "a b", "odd": "%zz", "token": "t", "user": {"name": "ü"}, "vsn": "2.0.0",
        })
    );
}

// V-1, V-2
#[tokio::test]
async fn the_version_chooses_the_serializer_or_is_refused() {
    let (server, seen) = at_socket().await;
    for accepted in [
        "",
        "?vsn=1.0.0",
        "?vsn=1.0.7",
        "?vsn=2.0.0",
        "?vsn=2.0.1-rc.1",
    ] {
        let opened = open(&server, &format!("/socket/websocket{accepted}")).await;
        assert!(opened.is_ok(), "{accepted}");
    }
    seen.take();
    for vsn in [
        "=2",
        "=2.0",
        "=",
        "=%202.0.0",
        "=2.1.0",
        "=1.1.0",
        "=3.0.0",
        "=2.0.0-rc.1",
        "[]=2.0.0",
    ] {
        let opened = open(&server, &format!("/socket/websocket?vsn{vsn}")).await;
        let response = refused(opened);
        assert_eq!((response.status, response.text()), (403, ""), "{vsn}");
    }
    assert!(!seen.was_called());
}

// 2.1: an earlier failure hides a later one.
#[tokio::test]
async fn the_checks_have_an_order() {
    let (server, seen) = serving(|builder, mount| {
        let mount = mount.check_origin(CheckOrigin::Host);
        builder.url_host("example.com").socket("/socket", mount)
    })
    .await;
    let foreign = ("origin", "https://other.com");
    let own = ("origin", "https://example.com");
    for (path, origin, status) in [
        ("?x=%ff&vsn=9.0.0&answer=reason", foreign, 400),
        ("?vsn=9.0.0&answer=reason", foreign, 403),
        ("?vsn=9.0.0&answer=reason", own, 403),
        ("?vsn=2.0.0&answer=reason", own, 429),
    ] {
        assert!(!seen.was_called());
        let opened = open_with(&server, &format!("/socket/websocket{path}"), &[origin]).await;
        assert_eq!(refused(opened).status, status, "{path} {origin:?}");
    }
    assert!(seen.was_called());
}

// C-1, U-1
#[tokio::test]
async fn a_request_that_is_no_upgrade_is_told_what_it_lacks() {
    let (server, seen) = at_socket().await;
    let headers = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-version", "13"),
    ];
    for given in 0..headers.len() {
        let mut request = Request::get("/socket/websocket?vsn=2.0.0");
        for (name, value) in &headers[..given] {
            request = request.header(name, value);
        }
        let response = server.send(request).await;
        let missing = headers[given].0;
        assert_eq!(response.status, 400);
        assert!(
            response.text().contains(missing),
            "{missing}: {}",
            response.text()
        );
        assert!(seen.was_called());
    }
}

// 2.1 step 8, C-2
#[tokio::test]
async fn the_handler_may_refuse_and_say_why() {
    let (server, _) = at_socket().await;
    for (answer, status, body) in [
        ("error", 403, ""),
        ("reason", 429, "slow down"),
        ("panic", 500, "Internal Server Error"),
    ] {
        let path = format!("/socket/websocket?vsn=2.0.0&answer={answer}");
        let response = refused(open(&server, &path).await);
        assert_eq!(response.status, status);
        // The connection stays open for another request.
        let length = response.header("content-length");
        assert_eq!(length, Some(body.len().to_string().as_str()));
    }
}

// 2.4
#[tokio::test]
async fn connect_sees_what_connect_info_lists_and_nothing_else() {
    let (server, seen) = at_socket().await;
    let headers = [
        ("x-one", "1"),
        ("x-two", "2"),
        ("x-one", "3"),
        ("traceparent", "00-ab-cd-01"),
        ("user-agent", "tests"),
        ("cookie", "secret=1"),
        ("authorization", "Bearer secret"),
    ];
    let opened = open_with(&server, "/socket/websocket?vsn=2.0.0", &headers).await;
    assert!(opened.is_ok());
    assert_eq!(
        seen.info(),
        json!({
            "peer": "127.0.0.1",
            "x_headers": [["x-one", "1"], ["x-one", "3"], ["x-two", "2"]],
            "trace_context_headers": [["traceparent", "00-ab-cd-01"]],
            "user_agent": "tests",
            "uri": "/socket/websocket?vsn=2.0.0",
            "session": null,
        })
    );
}

// S-2
#[tokio::test]
async fn the_session_comes_with_its_csrf_token_only() {
    let router = Router::new().get("/", |mut conn| async move {
        conn.session_mut().put("name", "ada");
        let token = conn.csrf_token();
        conn.text(StatusCode::OK, token)
    });
    let (server, seen) = serving(|builder, mount| {
        builder
            .session(SessionOptions::new("_key", "salt"))
            .router(router)
            .socket("/socket", mount)
    })
    .await;
    let page = server.get("/").await;
    let other_page = server.get("/").await;
    let cookie = page.cookie().expect("a session").to_owned();
    let tampered = cookie.replace("_key=", "_key=x");
    for (cookie, token, session) in [
        (&*cookie, page.text(), json!("ada")),
        (&*cookie, other_page.text(), json!(null)),
        (&*cookie, "", json!(null)),
        ("other=1", page.text(), json!(null)),
        (&*tampered, page.text(), json!(null)),
    ] {
        let path = format!("/socket/websocket?vsn=2.0.0&_csrf_token={token}");
        let opened = open_with(&server, &path, &[("cookie", cookie)]).await;
        assert!(opened.is_ok(), "the connection is never refused for it");
        assert_eq!(seen.info()["session"], session);
    }
}

// O-1, O-2, O-3, O-5, O-6, O-7, O-9, O-10, EP-2
#[tokio::test]
async fn each_mount_has_its_own_origins() {
    let list = CheckOrigin::list(["https://example.com", "//*.trusted.org"]);
    let function = CheckOrigin::Function(Arc::new(|origin| origin.port_u16() == Some(81)));
    let server = {
        let seen = Seen::default();
        let builder = builder()
            .socket("/default", Mount::new(seen.clone(), Routes::new()))
            .socket("/list", seen.mount().check_origin(list.expect("origins")))
            .socket("/conn", seen.mount().check_origin(CheckOrigin::Conn))
            .socket("/function", seen.mount().check_origin(function))
            .socket("/any", seen.mount());
        Server::start(builder).await
    };
    let own = format!("http://{}", server.addr);
    for (mount, origin, accepted) in [
        ("default", Some("http://localhost:4000"), true),
        ("default", Some("http://127.0.0.1:4000"), false),
        ("default", Some("null"), false),
        ("default", None, true),
        ("list", Some("https://example.com"), true),
        ("list", Some("https://example.com:444"), false),
        ("list", Some("HTTPS://EXAMPLE.COM"), false),
        ("list", Some("ws://a.b.trusted.org:9"), true),
        ("list", Some("http://localhost"), false),
        ("conn", Some(&*own), true),
        ("conn", Some("http://127.0.0.1"), false),
        ("function", Some("http://anybody:81"), true),
        ("function", Some("http://anybody"), false),
        ("any", Some("null"), true),
    ] {
        let origins: Vec<_> = origin
            .map(|origin| ("origin", origin))
            .into_iter()
            .collect();
        let path = format!("/{mount}/websocket?vsn=2.0.0");
        match open_with(&server, &path, &origins).await {
            Ok(_) => assert!(accepted, "{mount} {origin:?}"),
            Err(response) => {
                assert!(!accepted, "{mount} {origin:?}");
                assert_eq!((response.status, response.text()), (403, ""));
            }
        }
    }
}
