//! How long a session lives, and what ends it (L-7, L-11 to L-13).

use std::future::ready;
use std::time::Duration;

use bennu::endpoint::{Endpoint, LongPollOptions};
use bennu::protocol::Payload;
use http::{Method, StatusCode};
use serde_json::json;
use tokio::join;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};

use super::app::{Gate, builder, endpoint, mount};
use super::client::{Client, after, call, get, push, reply, request};

fn is_joined(endpoint: &Endpoint) -> bool {
    endpoint.pubsub().subscriber_count("room:a") > 0
}

// L-11
#[tokio::test(start_paused = true)]
async fn a_session_ends_when_it_is_not_polled_for_one_and_a_half_windows() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    assert!(after(14, async { is_joined(&endpoint) }).await);
    assert!(!after(2, async { is_joined(&endpoint) }).await);
    let renewed = client.poll().await;
    assert_eq!(renewed["status"], 410);
    assert_ne!(renewed["token"], *client.token);
    assert_eq!(client.push("2", "echo").await, 410);
}

// L-11
#[tokio::test(start_paused = true)]
async fn polls_keep_a_session_alive_and_posts_do_not() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    assert_eq!(after(10, client.poll_timed()).await.0, 204);
    assert_eq!(after(10, client.poll_timed()).await.0, 204);
    assert_eq!(after(10, client.push("2", "echo")).await, 200);
    assert!(!after(6, async { is_joined(&endpoint) }).await);
}

// L-11
#[tokio::test(start_paused = true)]
async fn a_poll_whose_client_hung_up_keeps_nothing_alive() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    let hung_up = timeout(Duration::from_secs(1), client.poll()).await;
    assert!(hung_up.is_err());
    assert!(after(14, async { is_joined(&endpoint) }).await);
    assert!(!after(2, async { is_joined(&endpoint) }).await);
}

// K-1, L-12
#[tokio::test(start_paused = true)]
async fn disconnect_ends_the_session_and_the_waiting_poll_at_once() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    let disconnect = async {
        let told = endpoint
            .pubsub()
            .broadcast("users:ada", "disconnect", Payload::empty());
        assert!(told.is_ok());
    };
    let (polled, ()) = join!(client.poll_timed(), after(3, disconnect));
    assert_eq!((polled.0, polled.1.as_secs()), (410, 3));
    assert!(!is_joined(&endpoint));
    assert_eq!(client.push("2", "echo").await, 410);
}

// K-1
#[tokio::test(start_paused = true)]
async fn disconnect_ends_a_session_that_nobody_polls() {
    let endpoint = endpoint(LongPollOptions::default());
    let _client = Client::join(&endpoint, "room:a").await;
    let told = endpoint
        .pubsub()
        .broadcast("users:ada", "disconnect", Payload::empty());
    assert!(told.is_ok());
    assert!(!after(1, async { is_joined(&endpoint) }).await);
}

// M-1
#[tokio::test(start_paused = true)]
async fn a_malformed_message_ends_the_session() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    let answer = client.post_as(None, "{nope").await;
    assert_eq!(answer.json(), json!({"status": 408}));
    assert_eq!(client.poll().await["status"], 410);
    assert!(!is_joined(&endpoint));
}

// L-7
#[tokio::test(start_paused = true)]
async fn a_batch_that_takes_longer_than_the_window_is_cut_off() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    // One is handled, one waits in the mailbox, one in front of it; the last is never reached.
    let events = [("2", "wait"), ("3", "echo"), ("4", "echo"), ("5", "echo")];
    let batch = events
        .map(|(reference, event)| push(reference, event))
        .join("\n");
    let started = Instant::now();
    assert_eq!(client.post(&batch).await, 408);
    assert_eq!(started.elapsed().as_secs(), 10);
    gate(&endpoint).open();
    let messages = after(1, client.messages()).await;
    assert_eq!(messages, [reply("2"), reply("3"), reply("4")]);
}

#[tokio::test(start_paused = true)]
async fn a_client_may_have_eight_posts_waiting_and_no_more() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::join(&endpoint, "room:a").await;
    client.push("2", "wait").await;
    client.push("3", "echo").await;
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.push("4", "echo").await })
        })
        .collect();
    let ninth = async {
        let started = Instant::now();
        (client.push("5", "echo").await, started.elapsed().as_secs())
    };
    assert_eq!(after(1, ninth).await, (408, 0));
    gate(&endpoint).open();
    for post in waiting {
        assert_eq!(post.await.ok(), Some(200));
    }
}

fn gate(endpoint: &Endpoint) -> &Gate {
    endpoint.assigns().expect()
}

// L-13
#[tokio::test(start_paused = true)]
async fn a_token_is_good_for_its_own_mount_only() {
    let endpoint = builder()
        .socket("/socket", mount().longpoll(LongPollOptions::default()))
        .socket("/other", mount().longpoll(LongPollOptions::default()))
        .build()
        .expect("fits");
    let client = Client::join(&endpoint, "room:a").await;
    let uri = format!("/other/longpoll?vsn=2.0.0&token={}", client.token);
    let posted = call(&endpoint, request(Method::POST, &uri, push("2", "echo"))).await;
    assert_eq!(posted.json(), json!({"status": 410}));
    let opened = get(&endpoint, &uri).await.json();
    assert_eq!(opened["status"], 410);
    assert_ne!(opened["token"], *client.token);
    assert_eq!(client.push("2", "echo").await, 200);
}

// L-13
#[tokio::test(start_paused = true)]
async fn a_token_that_is_too_old_finds_nothing() {
    let options = LongPollOptions {
        token_max_age: Duration::ZERO,
        ..LongPollOptions::default()
    };
    let client = Client::open(&endpoint(options), "").await;
    assert_eq!(client.push("1", "phx_join").await, 410);
}

#[tokio::test(start_paused = true)]
async fn so_many_sessions_live_at_a_time_and_no_more() {
    let options = LongPollOptions {
        sessions_max: 1,
        ..LongPollOptions::default()
    };
    let endpoint = endpoint(options);
    let first = Client::open(&endpoint, "").await;
    let refused = get(&endpoint, "/socket/longpoll?vsn=2.0.0").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.body.is_empty());
    after(16, ready(())).await;
    let second = Client::open(&endpoint, "").await;
    assert_ne!(first.token, second.token);
}

// K-4, K-6
#[tokio::test(start_paused = true)]
async fn a_drain_ends_every_session_and_none_is_opened_meanwhile() {
    let endpoint = builder()
        .socket("/socket", mount().longpoll(LongPollOptions::default()))
        .drain(Duration::from_secs(10))
        .build()
        .expect("fits");
    let client = Client::join(&endpoint, "room:a").await;
    // A channel in the middle of something keeps the drain going.
    client.push("2", "wait").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let serving = endpoint.clone().serve(listener, after(1, ready(())));
    let open = || get(&endpoint, "/socket/longpoll?vsn=2.0.0");
    let (served, polled, late) = join!(serving, get(&endpoint, client.uri()), after(2, open()));
    assert!(served.is_ok());
    for refused in [polled, late] {
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.header("connection"), Some("close"));
    }
    assert!(!is_joined(&endpoint));
}
