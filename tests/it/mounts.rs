//! What a mount and its routes can be told.

use bennu::Assigns;
use bennu::channel::{Channel, JoinError, JoinSocket};
use bennu::endpoint::{Endpoint, Mount};
use bennu::protocol::form::Params;
use bennu::protocol::{Payload, Serializer};
use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
use bennu::testing;
use bennu::token::SecretKeyBase;
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
