//! The Rust crate phoenix-channel-client, as published, against the golden application in this process.

use std::error::Error;
use std::future::{Future, pending};
use std::time::Duration;

use phoenix_channel_client::{ChannelEvent, ChannelStatus, ConnectionConfig, SubscriptionEvent};
use phoenix_channel_runtime::{Payload, ProtocolEvent, ReplyStatus};
use phoenix_channel_runtime_native::{
    NativeChannel, NativeEventSubscription, NativeOptions, NativeSocket,
};
use serde_json::json;
use tokio::net::TcpListener;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// How long a test may wait before it counts as stuck.
const WAIT_MAX: Duration = Duration::from_secs(10);
const SOON: Duration = Duration::from_millis(10);
const BYTES: [u8; 5] = [0, 1, 127, 128, 255];

#[tokio::test]
async fn joining_gives_the_response_or_the_reason() -> Result {
    let ann = connect(&serve().await?, "ann").await?;
    let welcome = ann.channel("room:welcome", json!({})).await?;
    assert_eq!(welcome.join().await?, json!({ "welcome": "hi", "n": 1 }));
    let params = ann.channel("room:params", json!({ "a": [1, "ü"] })).await?;
    assert_eq!(params.join().await?, json!({ "params": { "a": [1, "ü"] } }));
    let forbidden = ann.channel("room:forbidden", json!({})).await?;
    let refusal = forbidden.join().await.expect_err("it is forbidden");
    assert!(refusal.to_string().contains("unauthorized"), "{refusal}");
    Ok(())
}

#[tokio::test]
async fn a_push_is_replied() -> Result {
    let ann = connect(&serve().await?, "ann").await?;
    let room = join(&ann, "room:a").await?;
    let payload = json!({ "text": "a \"b\" \\ 😀", "list": [1, null, 2.5] });
    let reply = room.call("echo", payload.clone()).await?;
    assert_eq!(reply.status, ReplyStatus::Ok);
    assert_eq!(reply.response, payload);
    let reply = room.call("reply_error", payload.clone()).await?;
    assert_eq!(reply.status, ReplyStatus::Error);
    assert_eq!(reply.response, json!({ "got": payload }));
    ann.ping().await?;
    Ok(())
}

#[tokio::test]
async fn a_broadcast_reaches_the_others() -> Result {
    let url = serve().await?;
    let ann = connect(&url, "ann").await?;
    let bob = connect(&url, "bob").await?;
    let (room, other) = (join(&ann, "room:a").await?, join(&bob, "room:a").await?);
    let (mut to_ann, mut to_bob) = (room.subscribe("msg"), other.subscribe("msg"));
    room.call("broadcast_from", json!({ "n": 1 })).await?;
    room.call("broadcast", json!({ "n": 2 })).await?;
    assert_eq!(message(&mut to_bob).await?, json!({ "n": 1 }));
    assert_eq!(message(&mut to_bob).await?, json!({ "n": 2 }));
    assert_eq!(message(&mut to_ann).await?, json!({ "n": 2 }));
    Ok(())
}

#[tokio::test]
async fn binaries_travel_both_ways() -> Result {
    let url = serve().await?;
    let ann = connect(&url, "ann").await?;
    let bob = connect(&url, "bob").await?;
    let (room, other) = (join(&ann, "room:a").await?, join(&bob, "room:a").await?);
    let (mut to_ann, mut to_bob) = (room.subscribe("bin"), other.subscribe("bin"));
    let binary = || Payload::Binary(BYTES.to_vec());
    let reply = room.call("bin_echo", binary()).await?;
    assert_eq!((reply.status, reply.response), (ReplyStatus::Ok, binary()));
    let reply = room.call("bin_error", binary()).await?;
    assert_eq!(
        (reply.status, reply.response),
        (ReplyStatus::Error, binary())
    );
    room.cast("bin_push", binary()).await?;
    assert_eq!(message(&mut to_ann).await?, binary());
    room.cast("bin_broadcast", binary()).await?;
    assert_eq!(message(&mut to_bob).await?, binary());
    Ok(())
}

#[tokio::test]
async fn a_crashed_channel_is_joined_again() -> Result {
    let ann = connect(&serve().await?, "ann").await?;
    let room = join(&ann, "room:a").await?;
    let mut events = room.events();
    room.cast("crash", json!({})).await?;
    soon(async {
        while !matches!(
            events.next().await?,
            ChannelEvent::Protocol(ProtocolEvent::ChannelError { .. })
        ) {}
        while !matches!(
            events.next().await?,
            ChannelEvent::Protocol(ProtocolEvent::Joined { .. })
        ) {}
        Ok(())
    })
    .await?;
    let reply = room.call("echo", json!({ "back": true })).await?;
    assert_eq!(reply.response, json!({ "back": true }));
    Ok(())
}

#[tokio::test]
async fn a_disconnected_socket_comes_back() -> Result {
    let ann = connect(&serve().await?, "ann").await?;
    let room = join(&ann, "room:a").await?;
    let mut events = room.events();
    room.cast("disconnect_me", json!({})).await?;
    soon(async {
        while !matches!(events.next().await?, ChannelEvent::Disconnected) {}
        while !matches!(
            events.next().await?,
            ChannelEvent::Protocol(ProtocolEvent::Joined { .. })
        ) {}
        Ok(())
    })
    .await?;
    let reply = room.call("reply_ok_only", json!({})).await?;
    assert_eq!(reply.status, ReplyStatus::Ok);
    Ok(())
}

#[tokio::test]
async fn a_topic_can_be_left_and_joined_again() -> Result {
    let url = serve().await?;
    let ann = connect(&url, "ann").await?;
    let bob = connect(&url, "bob").await?;
    let (room, other) = (join(&ann, "room:a").await?, join(&bob, "room:a").await?);
    let mut status = room.status_changes();
    room.leave().await?;
    soon(async {
        while status.current() == ChannelStatus::Leaving {
            status.changed().await?;
        }
        Ok(())
    })
    .await?;
    other.call("broadcast", json!({ "while": "away" })).await?;
    let mut to_ann = room.subscribe("msg");
    soon(async { Ok(room.join().await?) }).await?;
    other
        .call("broadcast", json!({ "after": "the return" }))
        .await?;
    assert_eq!(
        message(&mut to_ann).await?,
        json!({ "after": "the return" })
    );
    Ok(())
}

/// The client's own view of presences waits for diffs with a join reference, which broadcasts have nowhere.
#[tokio::test]
async fn presences_come_and_go() -> Result {
    let url = serve().await?;
    let ann = connect(&url, "ann").await?;
    let hall = ann.channel("presence:hall", json!({})).await?;
    let (mut state, mut diff) = (
        hall.subscribe("presence_state"),
        hall.subscribe("presence_diff"),
    );
    hall.join().await?;
    assert!(concerns(&message(&mut state).await?, "/ann/metas/0"));
    let bob = connect(&url, "bob").await?;
    // The client leaves a topic when nobody holds its channel.
    let _held = join(&bob, "presence:hall").await?;
    while !concerns(&message(&mut diff).await?, "/joins/bob/metas/0") {}
    bob.shutdown().await?;
    while !concerns(&message(&mut diff).await?, "/leaves/bob/metas/0") {}
    Ok(())
}

fn concerns(payload: &Payload, pointer: &str) -> bool {
    payload
        .as_json()
        .is_some_and(|value| value.pointer(pointer).is_some())
}

/// Serves the golden application until the test ends; the address of its socket.
async fn serve() -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("ws://{}/socket", listener.local_addr()?);
    let endpoint = golden::endpoint()?;
    tokio::spawn(endpoint.serve(listener, pending::<()>()));
    Ok(url)
}

async fn connect(url: &str, user: &str) -> Result<NativeSocket> {
    let config = ConnectionConfig::default().param("user", user);
    let options = NativeOptions::default()
        .reconnect_delays([SOON])
        .rejoin_delays([SOON]);
    let socket = NativeSocket::spawn_with_options(url, config, options)?;
    socket.connect().await?;
    Ok(socket)
}

async fn join(socket: &NativeSocket, topic: &str) -> Result<NativeChannel> {
    let channel = socket.channel(topic, json!({})).await?;
    channel.join().await?;
    Ok(channel)
}

/// The payload of the next message, whatever else happens.
async fn message(events: &mut NativeEventSubscription) -> Result<Payload> {
    soon(async {
        loop {
            if let SubscriptionEvent::Message(payload) = events.next().await? {
                return Ok(payload);
            }
        }
    })
    .await
}

async fn soon<T>(awaited: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(WAIT_MAX, awaited).await?
}
