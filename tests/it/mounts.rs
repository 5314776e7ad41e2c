//! What a mount and its routes can be told.

use bennu::Assigns;
use bennu::channel::{Channel, JoinError, JoinSocket};
use bennu::endpoint::{BuildError, CheckOrigin, Endpoint, LongPollOptions, Mount};
use bennu::protocol::form::Params;
use bennu::protocol::{Payload, Serializer};
use bennu::session::csrf::CsrfState;
use bennu::session::{Scheme, Session, SessionOptions, SessionStore};
use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
use bennu::testing;
use bennu::token::{SecretKeyBase, Term};
use http::{Request, StatusCode};
use serde_json::json;
use tower::ServiceExt;

struct UserSocket;

impl Handler for UserSocket {
    async fn connect(
        &self,
        _: &Params,
        _: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> Result<(), ConnectError> {
        assigns.assign(Kind("connection"));
        assigns.assign(7_u8);
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Kind(&'static str);

/// Answers a join with what the channel finds in its assigns.
struct Finder;

impl Channel for Finder {
    type Info = ();

    async fn join(_: Payload, socket: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
        let (kind, number) = (socket.assigns::<Kind>().0, socket.assigns::<u8>());
        let greeting = socket.all_assigns().of::<&str>();
        let found = json!({"kind": kind, "number": number, "greeting": greeting});
        Ok((Self, Payload::json(&found)?))
    }
}

struct Refuser;

impl Channel for Refuser {
    type Info = ();

    async fn join(_: Payload, _: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
        Err(JoinError::refuse(json!({"channel": "refuser"})))
    }
}

async fn join(routes: Routes, topic: &str) -> Result<String, String> {
    let endpoint = testing::endpoint(Mount::new(UserSocket, routes));
    let socket = testing::connect(&endpoint, "/socket").await.expect("ok");
    let text = |payload: Payload| payload.as_json().expect("JSON").to_owned();
    let joined = socket.join(topic, json!({})).await;
    joined.map(|(reply, _)| text(reply)).map_err(text)
}

// D-13
#[tokio::test(start_paused = true)]
async fn the_assigns_of_a_pattern_stand_in_front_of_the_connections() {
    let mut assigns = Assigns::new();
    assigns.assign(Kind("pattern"));
    assigns.assign("hello");
    let routes = Routes::new()
        .channel_with::<Finder>("given:*", assigns)
        .channel::<Finder>("plain:*");
    assert_eq!(
        join(routes.clone(), "given:1").await.as_deref(),
        Ok(r#"{"greeting":"hello","kind":"pattern","number":7}"#)
    );
    assert_eq!(
        join(routes, "plain:1").await.as_deref(),
        Ok(r#"{"greeting":null,"kind":"connection","number":7}"#)
    );
}

// D-13
#[tokio::test(start_paused = true)]
async fn of_patterns_that_match_the_first_counts() {
    let routes = Routes::new()
        .channel::<Refuser>("room:lobby")
        .channel::<Finder>("room:*")
        .channel::<Refuser>("*");
    assert!(join(routes.clone(), "room:lobby").await.is_err());
    assert!(join(routes.clone(), "room:other").await.is_ok());
    assert!(join(routes, "else").await.is_err());
}

async fn status(mount: Mount, vsn: &str) -> StatusCode {
    let secret = SecretKeyBase::new("k".repeat(64)).expect("long enough");
    let built = Endpoint::builder(secret).socket("/socket", mount).build();
    let request = Request::get(format!("/socket/websocket?{vsn}"));
    let request = request.body(http_body_util::Empty::<bytes::Bytes>::new());
    let response = built.expect("it fits").oneshot(request.expect("a request"));
    response.await.expect("an endpoint always answers").status()
}

// V-3: a request that gets as far as the upgrade headers (C-1) was accepted.
#[tokio::test(start_paused = true)]
async fn a_mount_speaks_only_the_serializers_it_is_given() {
    let mount = || Mount::new(UserSocket, Routes::new());
    let (accepted, refused) = (StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN);
    let only_v2 = || mount().serializers([Serializer::V2]);
    assert_eq!(status(mount(), "vsn=2.0.0").await, accepted);
    assert_eq!(status(mount(), "").await, accepted);
    assert_eq!(status(only_v2(), "vsn=2.0.0").await, accepted);
    assert_eq!(status(only_v2(), "vsn=1.0.0").await, refused);
    assert_eq!(status(only_v2(), "").await, refused);
    let only_v1 = mount().serializers([Serializer::V1]);
    assert_eq!(status(only_v1, "vsn=2.0.0").await, refused);
}

#[test]
#[should_panic(expected = "a socket needs a serializer")]
fn a_mount_without_serializers_is_a_mistake() {
    let _ = Mount::new(UserSocket, Routes::new()).serializers([]);
}

/// Lets in whoever has a session and, where the path says one, the right tenant.
struct Guarded;

impl Handler for Guarded {
    async fn connect(
        &self,
        params: &Params,
        info: &ConnectInfo,
        _: &mut Assigns,
    ) -> Result<(), ConnectError> {
        let tenant = params.text("tenant").unwrap_or("acme");
        match info.session() {
            Some(_) if tenant == "acme" => Ok(()),
            _ => Err(ConnectError::Refused),
        }
    }
}

fn secret() -> SecretKeyBase {
    SecretKeyBase::new("k".repeat(64)).expect("long enough")
}

fn options() -> SessionOptions {
    SessionOptions::new("_own_key", "own salt")
}

/// A cookie whose session has its CSRF state under `key`, and a token that belongs to it.
fn cookie(key: &str) -> (String, String) {
    let state = CsrfState::generate();
    let store = SessionStore::new(&secret(), options()).expect("it fits");
    let mut session = Session::default();
    session.put(key, Term::binary(state.as_bytes().to_vec()));
    let cookie = store.write(&session, Scheme::Https).expect("it is small");
    (cookie.expect("it has changed"), state.masked_token())
}

async fn visit(mount: Mount, path: &str, cookie: &str) -> StatusCode {
    let built = Endpoint::builder(secret())
        .session(SessionOptions::new("_key", "salt"))
        .socket("/socket", mount)
        .build();
    let request = Request::get(path).header("cookie", cookie);
    let request = request.body(http_body_util::Empty::<bytes::Bytes>::new());
    let response = built.expect("it fits").oneshot(request.expect("a request"));
    response.await.expect("an endpoint always answers").status()
}

const ACCEPTED: StatusCode = StatusCode::BAD_REQUEST;

// S-1, S-2
#[tokio::test(start_paused = true)]
async fn a_mount_may_keep_its_session_in_its_own_way() {
    let mount = || Mount::new(Guarded, Routes::new()).session(options());
    let path = |token: &str| format!("/socket/websocket?_csrf_token={token}");
    let (given, token) = cookie("_csrf_token");
    assert_eq!(visit(mount(), &path(&token), &given).await, ACCEPTED);
    let endpoints = Mount::new(Guarded, Routes::new());
    assert_eq!(
        visit(endpoints, &path(&token), &given).await,
        StatusCode::FORBIDDEN
    );
    let (given, token) = cookie("own_state");
    assert_eq!(
        visit(mount(), &path(&token), &given).await,
        StatusCode::FORBIDDEN
    );
    let own_key = || mount().csrf_token_key("own_state");
    assert_eq!(visit(own_key(), &path(&token), &given).await, ACCEPTED);
    assert_eq!(
        visit(own_key(), &path("x"), &given).await,
        StatusCode::FORBIDDEN
    );
    let unchecked = own_key().check_csrf(false);
    assert_eq!(visit(unchecked, &path("x"), &given).await, ACCEPTED);
}

// O-8
#[test]
fn a_socket_that_checks_neither_origin_nor_token_is_a_mistake() {
    let open = || Mount::new(Guarded, Routes::new()).check_origin(CheckOrigin::Any);
    let build = |mount| Endpoint::builder(secret()).socket("/socket", mount).build();
    assert!(build(open()).is_ok());
    let refused = build(open().check_csrf(false)).expect_err("any page could use it");
    assert!(matches!(refused, BuildError::Unprotected(path) if path == "/socket"));
}

// R-1, R-2
#[tokio::test(start_paused = true)]
async fn the_transports_of_a_mount_may_have_other_paths() {
    let mount = || {
        let mount = Mount::new(Guarded, Routes::new()).session(options());
        mount
            .check_csrf(false)
            .longpoll(LongPollOptions::default())
            .websocket_path("nested/:tenant/ws")
            .longpoll_path("poll")
    };
    let (cookie, _) = cookie("_csrf_token");
    for (path, status) in [
        ("/socket/nested/acme/ws", ACCEPTED),
        ("/socket/nested/other/ws?tenant=acme", StatusCode::FORBIDDEN),
        ("/socket/poll", StatusCode::OK),
        ("/socket/websocket", StatusCode::NOT_FOUND),
        ("/socket/longpoll", StatusCode::NOT_FOUND),
        ("/socket/nested/acme/ws/more", StatusCode::NOT_FOUND),
        ("/socket", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(visit(mount(), path, &cookie).await, status, "{path}");
    }
}
