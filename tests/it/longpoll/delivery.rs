//! Which poll gets which messages, and what a session keeps until then (L-5, L-9, L-10, L-15).

use std::time::Duration;

use bennu::endpoint::LongPollOptions;
use bennu::protocol::Payload;
use flate2::read::GzDecoder;
use http::Method;
use serde_json::json;
use tokio::join;
use tokio::time::timeout;

use super::app::endpoint;
use super::client::{Client, after, call, push, reply, request};

// L-1, L-5
#[tokio::test(start_paused = true)]
async fn a_waiting_poll_is_answered_as_soon_as_there_is_a_message() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    let broadcast = async {
        let told = endpoint
            .pubsub()
            .broadcast("room:a", "new", Payload::empty());
        assert!(told.is_ok());
    };
    let (polled, ()) = join!(client.poll_timed(), after(3, broadcast));
    assert_eq!((polled.0, polled.1.as_secs()), (200, 3));
}

// L-5
#[tokio::test(start_paused = true)]
async fn messages_wait_for_the_next_poll_in_order() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    client.push("2", "echo").await;
    client.push("3", "shout").await;
    client.push("4", "echo").await;
    let shouted = json!([null, null, "room:a", "shouted", {}]);
    let messages = after(1, client.messages()).await;
    assert_eq!(messages, [reply("2"), shouted, reply("4")]);
    assert_eq!(client.poll().await["status"], 204);
}

// V1-1
#[tokio::test(start_paused = true)]
async fn a_v1_client_gets_objects() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::open_with(&endpoint, "vsn=1.0.0").await;
    let join = r#"{"topic":"room:a","event":"phx_join","payload":{},"ref":"1"}"#;
    client.post_as(Some("application/json"), join).await;
    let messages = client.messages().await;
    assert_eq!(messages[0]["event"], "phx_reply");
    assert_eq!(messages[0]["ref"], "1");
}

// L-10
#[tokio::test(start_paused = true)]
async fn the_newest_poll_gets_the_messages_and_the_older_one_its_own_window() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    let (older, newer, _) = join!(
        client.poll_timed(),
        after(1, client.poll_timed()),
        after(2, client.push("2", "echo")),
    );
    assert_eq!((older.0, older.1.as_secs()), (204, 10));
    assert_eq!((newer.0, newer.1.as_secs()), (200, 1));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_hung_up_finds_its_messages_with_the_next_poll() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    let hung_up = timeout(Duration::from_secs(1), client.poll()).await;
    assert!(hung_up.is_err());
    client.push("2", "echo").await;
    assert_eq!(after(1, client.messages()).await, [reply("2")]);
}

// L-9, 16.4
#[tokio::test(start_paused = true)]
async fn binary_frames_are_left_out_and_the_session_goes_on() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    client.push("2", "push_bytes").await;
    assert_eq!(after(1, client.messages()).await, [reply("2")]);
    let bytes = Payload::binary(vec![0]);
    let told = endpoint.pubsub().broadcast("room:a", "bytes", bytes);
    assert!(told.is_ok());
    assert_eq!(client.poll().await["status"], 204);
}

// 16.9
#[tokio::test(start_paused = true)]
async fn so_many_frames_wait_for_a_poll_and_no_more() {
    let options = LongPollOptions {
        buffered_frames_max: 2,
        ..LongPollOptions::default()
    };
    assert_eq!(status_after_heartbeats(options, 2).await, 200);
    assert_eq!(status_after_heartbeats(options, 3).await, 410);
}

// 16.9
#[tokio::test(start_paused = true)]
async fn so_many_bytes_wait_for_a_poll_and_no_more() {
    let header_bytes = 2;
    let reply = r#"[null,1,"phoenix","phx_reply",{"status":"ok","response":{}}]"#;
    let options = LongPollOptions {
        buffered_bytes_max: 2 * (header_bytes + reply.len()),
        ..LongPollOptions::default()
    };
    assert_eq!(status_after_heartbeats(options, 2).await, 200);
    assert_eq!(status_after_heartbeats(options, 3).await, 410);
}

/// What a poll finds when so many replies have waited for it.
async fn status_after_heartbeats(options: LongPollOptions, count: usize) -> u64 {
    let client = Client::open(&endpoint(options), "").await;
    let heartbeat = "[null,1,\"phoenix\",\"heartbeat\",{}]\n";
    assert_eq!(client.post(&heartbeat.repeat(count)).await, 200);
    after(1, client.poll_timed()).await.0
}

// L-15
#[tokio::test(start_paused = true)]
async fn long_answers_are_compressed_where_it_is_asked_for() {
    for (compress, coding) in [(true, Some("gzip")), (false, None)] {
        let options = LongPollOptions {
            compress,
            ..LongPollOptions::default()
        };
        let endpoint = endpoint(options);
        let client = Client::join(&endpoint, "room:a").await;
        let batch: Vec<_> = (2..42).map(|n| push(&n.to_string(), "echo")).collect();
        client.post(&batch.join("\n")).await;
        let mut poll = request(Method::GET, client.uri(), "");
        let accepted = "gzip, br".parse().expect("a header");
        poll.headers_mut().insert("accept-encoding", accepted);
        let answer = after(1, call(&endpoint, poll)).await;
        assert_eq!(answer.header("content-encoding"), coding);
        let body: serde_json::Value = if compress {
            assert!(answer.body.len() < 1_024);
            serde_json::from_reader(GzDecoder::new(&*answer.body)).expect("gzipped JSON")
        } else {
            answer.json()
        };
        assert_eq!(body["messages"].as_array().map(Vec::len), Some(40));
    }
}
