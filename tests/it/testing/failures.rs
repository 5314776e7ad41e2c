//! Assertions that do not hold fail, and say what came instead.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bennu::Assigns;
use bennu::channel::Reason;
use bennu::testing::{self, Any};
use serde_json::json;

use super::room::{Info, endpoint, join};

/// The message that a test would fail with.
async fn failure(test: impl Future<Output = ()> + Send + 'static) -> String {
    let failed = tokio::spawn(test).await.expect_err("the test should fail");
    let panic = failed.into_panic();
    let text = panic.downcast_ref::<String>().cloned();
    text.unwrap_or_else(|| (*panic.downcast_ref::<&str>().expect("text")).to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_failed_assertion_lists_what_came() {
    let message = failure(async {
        let room = join("room:a").await;
        room.push("shout", json!({"n": 1}));
        room.push("push_bytes", json!({}));
        room.push("echo", json!({}));
        room.assert_push("shouted", json!({"n": 2})).await;
    })
    .await;
    assert!(
        message.contains("tests/it/testing/failures.rs:"),
        "{message}"
    );
    assert!(
        message.contains(r#"no push shouted of {"n":2}"#),
        "{message}"
    );
    for line in [
        r#"push shouted: {"n":1}"#,
        "reply ok to 4: {}",
        "push bytes: ",
    ] {
        assert!(message.contains(line), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_reply_and_a_missing_broadcast_fail() {
    let message = failure(async {
        let room = join("room:a").await;
        let shout = room.push("shout", json!({}));
        room.assert_reply(&shout, "ok", Any).await;
    });
    assert!(message.await.contains("no reply ok of anything to 2"));
    let message = failure(async {
        let mut room = join("room:a").await;
        room.push("shout", json!({"n": 3}));
        room.assert_broadcast("whispered", Any).await;
    });
    assert!(message.await.contains(r#"broadcast shouted: {"n":3}"#));
}

#[tokio::test(start_paused = true)]
async fn what_is_refuted_must_not_come() {
    let message = failure(async {
        let room = join("room:a").await;
        room.push("shout", json!({}));
        room.refute_push("shouted", Any).await;
    });
    assert!(message.await.contains("unexpected push shouted: {}"));
    let message = failure(async {
        let mut room = join("room:a").await;
        room.push("shout", json!({}));
        room.refute_broadcast("shouted", Any).await;
    });
    assert!(message.await.contains("unexpected broadcast shouted"));
}

#[tokio::test(start_paused = true)]
async fn a_crash_of_the_channel_fails_its_test() {
    let message = failure(async {
        let room = join("room:a").await;
        room.push("panic", json!({}));
        room.refute_push("anything", Any).await;
    });
    let message = message.await;
    assert!(
        message.contains("the channel of room:a crashed: panicked: as asked"),
        "{message}"
    );
    let message = failure(async {
        let room = join("room:a").await;
        let unknown = room.push("unknown", json!({}));
        room.assert_reply(&unknown, "ok", Any).await;
    });
    assert!(message.await.contains(r#"no handler for event "unknown""#));
}

#[tokio::test(start_paused = true)]
async fn an_unlinked_channel_may_crash() {
    let mut room = join("room:a").await;
    room.unlink();
    let panicked = room.push("panic", json!({}));
    room.refute_reply(&panicked, "ok", Any).await; // H-3
    room.assert_push("phx_error", json!({"reason": "channel_crash"}))
        .await;
    assert!(matches!(room.ended().await, Reason::Error(cause) if cause.contains("as asked")));
}

#[tokio::test(start_paused = true)]
async fn a_join_that_crashes_or_finds_no_route_fails_the_test() {
    let message = failure(async {
        let socket = testing::socket(&endpoint(), "/socket", None, Assigns::new());
        let _ = socket.join("room:broken", json!({})).await;
    });
    assert!(
        message
            .await
            .contains("the join of room:broken crashed: no such room")
    );
    let message = failure(async {
        let socket = testing::socket(&endpoint(), "/socket", None, Assigns::new());
        let _ = socket.join("nothing:a", json!({})).await;
    });
    assert!(
        message
            .await
            .contains(r#"no pattern of the socket's routes matches "nothing:a""#)
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_of_another_type_fails_the_test() {
    let room = join("room:a").await;
    let sent = catch_unwind(AssertUnwindSafe(|| room.send(5_u8)));
    assert!(sent.is_err());
    room.send(Info::Say("still there"));
    room.assert_push("said", Any).await;
}
