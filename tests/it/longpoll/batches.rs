//! What a post may hold, and when it is answered (L-6 to L-8).

use bennu::endpoint::LongPollOptions;
use http::StatusCode;
use serde_json::json;

use super::app::endpoint;
use super::client::{Client, NDJSON, push, reply};

// L-6, L-8
#[tokio::test(start_paused = true)]
async fn a_batch_is_handled_in_order() {
    let endpoint = endpoint(LongPollOptions::default());
    for content_type in [NDJSON, "application/x-ndjson; charset=utf-8"] {
        let client = Client::join(&endpoint, "room:a").await;
        let heartbeat = |reference: u8| json!([null, reference, "phoenix", "heartbeat", {}]);
        let lines = format!("{}\n{}\r\n{}\n", heartbeat(1), heartbeat(2), heartbeat(3));
        let answer = client.post_as(Some(content_type), lines).await;
        assert_eq!(answer.json(), json!({"status": 200}));
        let messages = client.messages().await;
        let references: Vec<_> = messages.iter().map(|message| &message[1]).collect();
        assert_eq!(references, [1, 2, 3]);
    }
}

// L-6, L-23
#[tokio::test(start_paused = true)]
async fn any_other_body_is_one_text_frame() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    for content_type in [Some("application/json"), Some("text/plain"), None] {
        let answer = client.post_as(content_type, push("2", "echo")).await;
        assert_eq!(answer.json(), json!({"status": 200}));
        assert_eq!(client.messages().await, [reply("2")]);
    }
}

// L-6
#[tokio::test(start_paused = true)]
async fn a_line_of_base64_is_a_binary_frame() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    // 00 | 01 01 06 05 | "1" "2" "room:a" "shape" | 07
    assert_eq!(client.post("AAEBBgUxMnJvb206YXNoYXBlBw==").await, 200);
    let messages = client.messages().await;
    assert_eq!(messages[0][4]["response"], json!({"binary": true}));
}

// L-8, as recorded: the request fails and the session goes on.
#[tokio::test(start_paused = true)]
async fn a_line_that_is_neither_is_an_error_of_the_request_alone() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    let answer = client.post_as(Some(NDJSON), r#"{"topic":"room:a"}"#).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let answer = client.post_as(Some(NDJSON), vec![b'[', 0xFF]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    client.push("2", "echo").await;
    assert_eq!(client.messages().await, [reply("2")]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_may_hold_so_many_messages_and_no_more() {
    let options = LongPollOptions {
        messages_max: 2,
        ..LongPollOptions::default()
    };
    let client = Client::join(&endpoint(options), "room:a").await;
    let lines =
        |count| [push("2", "echo"), push("3", "echo"), push("4", "echo")][..count].join("\n");
    let refused = client.post_as(Some(NDJSON), lines(3)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(client.poll().await["status"], 204);
    assert_eq!(client.post(&lines(2)).await, 200);
}

// L-6
#[tokio::test(start_paused = true)]
async fn a_body_may_have_so_many_bytes_and_no_more() {
    let options = LongPollOptions {
        body_bytes_max: 40,
        ..LongPollOptions::default()
    };
    let client = Client::join(&endpoint(options), "room:a").await;
    let padded = |bytes| format!("{:bytes$}", push("2", "echo"));
    assert_eq!(client.post(&padded(40)).await, 200);
    let refused = client.post_as(Some(NDJSON), padded(41)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
}
