//! Every verb does what it says.

use std::time::Duration;

use bennu::Assigns;
use bennu::channel::{CloseCode, Reason};
use bennu::endpoint::Endpoint;
use bennu::protocol::Payload;
use bennu::socket::ConnectError;
use bennu::testing::{self, Any, matching};
use bennu::token::SecretKeyBase;
use bytes::Bytes;
use serde_json::json;
use tokio::sync::mpsc;

use super::room::{Info, Terminations, User, endpoint, join, join_on, mount};

#[tokio::test(start_paused = true)]
async fn connect_runs_the_sockets_connect_and_id() {
    let endpoint = endpoint();
    let refused = testing::connect(&endpoint, "/socket").await;
    assert!(matches!(refused, Err(ConnectError::Refused)));
    let socket = testing::connect(&endpoint, "/socket")
        .params(json!({"user": "ada"}))
        .header("x-version", "7")
        .await
        .expect("ada may connect");
    assert_eq!(socket.id(), Some("users:ada"));
    assert_eq!(socket.assigns().expect::<http::HeaderValue>(), "7");
    let socket = testing::connect(&endpoint, "/socket").auth_token("bob");
    assert_eq!(socket.await.expect("bob may").id(), Some("users:bob"));
}

#[tokio::test(start_paused = true)]
async fn path_variables_are_parameters() {
    let secret = SecretKeyBase::new("k".repeat(64)).expect("long enough");
    let endpoint = Endpoint::builder(secret)
        .socket("/of/:user", mount())
        .build();
    let socket = testing::connect(&endpoint.expect("it fits"), "/of/ada").await;
    assert_eq!(socket.expect("ada may").id(), Some("users:ada"));
}

#[tokio::test(start_paused = true)]
async fn socket_connects_without_asking() {
    let mut assigns = Assigns::new();
    assigns.assign(User("eve".to_owned()));
    let socket = testing::socket(&endpoint(), "/socket", Some("any"), assigns);
    assert_eq!(socket.id(), Some("any"));
    assert_eq!(socket.assigns().expect::<User>().0, "eve");
    assert!(socket.assigns().of::<SecretKeyBase>().is_some());
    assert!(socket.join("room:a", json!({})).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn join_returns_the_reply_or_the_refusal() {
    let socket = testing::socket(&endpoint(), "/socket", None, Assigns::new());
    let (reply, room) = socket.join("room:a", json!({"n": 1})).await.expect("ok");
    assert_eq!(reply.as_json(), Some(r#"{"n":1}"#));
    assert_eq!(room.topic(), "room:a");
    let refused = socket.join("room:secret", json!({})).await.expect_err("no");
    assert_eq!(refused.as_json(), Some(r#"{"reason":"unauthorized"}"#));
}

#[tokio::test(start_paused = true)]
async fn a_push_is_answered_with_status_and_payload() {
    let room = join("room:a").await;
    let echo = room.push("echo", json!({"a": 1, "b": [2]}));
    let payload = room.assert_reply(&echo, "ok", json!({"a": 1})).await;
    assert_eq!(payload.as_json(), Some(r#"{"a":1,"b":[2]}"#));
    let refuse = room.push("refuse", json!({}));
    room.refute_reply(&refuse, "ok", Any).await;
    room.assert_reply(&refuse, "error", json!({"reason": "never"}))
        .await;
    let status = room.push("status_only", json!({}));
    room.assert_reply(&status, "maybe", json!({})).await;
    let bytes = room.push("bytes", Bytes::from_static(&[0]));
    room.assert_reply(&bytes, "ok", Bytes::from_static(&[1, 2]))
        .await;
}

#[tokio::test(start_paused = true)]
async fn binary_pushes_are_found() {
    let room = join("room:a").await;
    room.push("push_bytes", json!({}));
    room.assert_push("bytes", Bytes::from_static(&[3])).await;
}

#[tokio::test(start_paused = true)]
async fn a_guard_decides_about_a_push() {
    let room = join("room:a").await;
    room.push("shout", json!({"n": 1}));
    room.push("shout", json!({"n": 2}));
    room.assert_push(
        "shouted",
        matching(|payload| payload["n"].as_i64() > Some(1)),
    )
    .await;
    room.refute_push("shouted", json!({"n": 2})).await;
    room.assert_push("shouted", json!({"n": 1})).await;
}

#[tokio::test(start_paused = true)]
async fn broadcasts_are_seen_by_subscribers() {
    let mut room = join("room:a").await;
    room.push("shout", json!({"n": 1}));
    room.assert_broadcast("shouted", json!({"n": 1})).await;
    room.refute_broadcast("shouted", Any).await;
}

// BC-3
#[tokio::test(start_paused = true)]
async fn broadcast_from_leaves_out_the_one_who_sends() {
    let endpoint = endpoint();
    let mut room = join_on(&endpoint, "room:a").await;
    room.push("shout_from", json!({}));
    room.assert_broadcast("shouted", Any).await;
    room.refute_push("shouted", Any).await;
    room.broadcast_from("told", json!({}));
    room.assert_push("told", Any).await;
    room.refute_broadcast("told", Any).await;
    room.broadcast("told", json!({}));
    room.assert_broadcast("told", Any).await;
    let mut broadcasts = testing::subscribe(&endpoint, "room:a");
    room.broadcast("told", json!({"n": 2}));
    broadcasts.assert_broadcast("told", json!({"n": 2})).await;
}

// BC-2
#[tokio::test(start_paused = true)]
async fn intercepted_broadcasts_arrive_as_handle_out_makes_them() {
    let room = join("room:a").await;
    room.broadcast("whisper", json!({}));
    room.assert_push("whispered", json!({"to": "ada", "what": "whisper"}))
        .await;
    room.refute_push("whisper", Any).await;
}

// BC-4
#[tokio::test(start_paused = true)]
async fn broadcasts_of_further_topics_come_to_handle_info() {
    let endpoint = endpoint();
    let room = join_on(&endpoint, "room:a").await;
    let told = endpoint.pubsub().broadcast("news", "any", Payload::empty());
    told.expect("nothing fails locally");
    room.assert_push("news", json!({})).await;
}

#[tokio::test(start_paused = true)]
async fn messages_reach_handle_info() {
    let room = join("room:a").await;
    room.send(Info::Say("hello"));
    room.assert_push("said", json!({"what": "hello"})).await;
    let recipient = room.recipient::<Info>();
    let other_task = tokio::spawn(async move { recipient.send(Info::Say("from afar")).is_ok() });
    assert!(other_task.await.expect("it does not panic"));
    room.assert_push("said", json!({"what": "from afar"})).await;
}

// H-4
#[tokio::test(start_paused = true)]
async fn a_late_reply_is_awaited_as_long_as_the_test_allows() {
    let mut room = join("room:a").await;
    let later = room.push("later", json!({}));
    room.refute_reply(&later, "ok", Any).await;
    room.assert_timeout(Duration::from_secs(5));
    room.assert_reply(&later, "ok", json!({"late": true})).await;
}

#[tokio::test(start_paused = true)]
async fn a_refutation_waits_as_long_as_it_is_told() {
    let mut room = join("room:a").await;
    room.refute_timeout(Duration::from_secs(5));
    let later = room.push("later", json!({}));
    let refutation = tokio::spawn(async move { room.refute_reply(&later, "ok", Any).await });
    assert!(refutation.await.is_err_and(|error| error.is_panic()));
}

// 5.3
#[tokio::test(start_paused = true)]
async fn leaving_replies_ok_then_closes_and_terminates() {
    let (endpoint, mut terminations) = with_terminations();
    let mut room = join_on(&endpoint, "room:a").await;
    let leave = room.leave();
    room.assert_reply(&leave, "ok", json!({})).await;
    room.assert_push("phx_close", json!({})).await;
    assert_eq!(room.ended().await, Reason::Left);
    assert_eq!(terminations.recv().await, Some(Reason::Left));
}

#[tokio::test(start_paused = true)]
async fn stopping_closes_the_channel_after_the_reply() {
    let mut room = join("room:a").await;
    let stop = room.push("stop_reply", json!({"n": 1}));
    room.assert_reply(&stop, "ok", json!({"n": 1})).await;
    assert_eq!(room.ended().await, Reason::Shutdown("bye".into()));
    room.assert_push("phx_close", Any).await;
    let mut room = join("room:a").await;
    room.push("stop", json!({}));
    assert_eq!(room.ended().await, Reason::Normal);
}

#[tokio::test(start_paused = true)]
async fn close_ends_one_channel_as_a_closed_connection_does() {
    let (endpoint, mut terminations) = with_terminations();
    let mut room = join_on(&endpoint, "room:a").await;
    assert_eq!(room.close(Duration::from_secs(5)).await, Reason::Closed);
    assert_eq!(terminations.recv().await, Some(Reason::Closed));
}

#[tokio::test(start_paused = true)]
async fn close_kills_a_channel_that_takes_too_long() {
    let mut room = join("room:slow").await;
    assert_eq!(room.close(Duration::from_millis(10)).await, Reason::Closed);
}

#[tokio::test(start_paused = true)]
async fn closing_the_socket_ends_its_channels_first() {
    let (endpoint, mut terminations) = with_terminations();
    let socket = testing::socket(&endpoint, "/socket", None, Assigns::new());
    let (_, _a) = socket.join("room:a", json!({})).await.expect("ok");
    let (_, _b) = socket.join("room:b", json!({})).await.expect("ok");
    socket.close().await;
    assert_eq!(terminations.try_recv(), Ok(Reason::Closed));
    assert_eq!(terminations.try_recv(), Ok(Reason::Closed));
}

// K-1
#[tokio::test(start_paused = true)]
async fn disconnect_on_the_id_closes_the_socket() {
    let endpoint = endpoint();
    let socket = testing::connect(&endpoint, "/socket").params(json!({"user": "ada"}));
    let socket = socket.await.expect("ada may connect");
    let told = endpoint
        .pubsub()
        .broadcast("users:ada", "disconnect", Payload::empty());
    told.expect("nothing fails locally");
    assert_eq!(socket.assert_closed().await, CloseCode::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn joining_twice_replaces_the_first_channel() {
    let socket = testing::socket(&endpoint(), "/socket", None, Assigns::new());
    let (_, mut first) = socket.join("room:a", json!({})).await.expect("ok");
    let (_, second) = socket.join("room:a", json!({})).await.expect("ok");
    assert_eq!(first.ended().await, Reason::DuplicateJoin);
    first.assert_push("phx_close", Any).await; // X-1
    second.refute_push("phx_close", Any).await;
}

fn with_terminations() -> (Endpoint, mpsc::UnboundedReceiver<Reason>) {
    let (terminations, received) = mpsc::unbounded_channel();
    let secret = SecretKeyBase::new("k".repeat(64)).expect("long enough");
    let builder = Endpoint::builder(secret).assign::<Terminations>(terminations);
    let endpoint = builder.socket("/socket", mount()).build();
    (endpoint.expect("it fits"), received)
}
