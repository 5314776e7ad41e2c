//! What one connection or channel can do to the others, and to its own end.

use std::time::Duration;

use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, OutboxLimits, Socket};
use bennu::endpoint::{Mount, WebSocketOptions};
use bennu::protocol::Payload;
use bennu::socket::{Anyone, Limits, Routes};
use serde_json::json;

use crate::support::{Client, Journal, Received, Server, Vsn, builder, masked, patiently, rooms};

/// Sends itself messages without a pause.
struct Restless;

impl Channel for Restless {
    type Info = u32;

    async fn join(_: Payload, _: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
        Ok((Self, Payload::empty()))
    }

    async fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        match event {
            "count" => socket.send_self(payload.deserialize()?)?,
            _ => return Flow::ok(payload),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, left: u32, socket: &mut Socket<Self>) -> channel::Result {
        match left {
            0 => socket.push("counted", json!({}))?,
            left => socket.send_self(left - 1)?,
        }
        Ok(Flow::NoReply)
    }
}

#[tokio::test]
async fn a_channel_with_mail_without_end_leaves_the_thread_to_others() {
    let routes = Routes::new().channel::<Restless>("restless:*");
    let server = Server::start(builder().socket("/socket", Mount::new(Anyone, routes))).await;
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "restless:a").await;
    client.join("2", "restless:b").await;
    client
        .send(json!(["1", "3", "restless:a", "count", 1_000_000]))
        .await;
    client
        .send(json!(["2", "4", "restless:b", "echo", {}]))
        .await;
    // The tests run on one thread: the second channel is heard long before the first comes to its end.
    client.expect_ok("2", "4", "restless:b", json!({})).await;
    client
        .expect(json!(["1", null, "restless:a", "counted", {}]))
        .await;
}

/// A client of ada's that stops to read in the middle of a frame larger than all buffers on its way.
async fn stalled() -> (Server, Client, Journal) {
    let limits = Limits {
        outbox: OutboxLimits {
            bytes_max: usize::MAX,
            ..OutboxLimits::default()
        },
        ..Limits::default()
    };
    let options = WebSocketOptions {
        close_timeout: Duration::from_millis(20),
        ..WebSocketOptions::default()
    };
    let mount = rooms().limits(limits).websocket(options);
    let (server, stage) = Server::with_mount(mount).await;
    let journal = stage.journal();
    let mut client = server.connect_with(Vsn::V2, "&user=ada").await;
    client.join("1", "room:a").await;
    let filling = json!({"filling": "x".repeat(64 * 1024 * 1024)});
    broadcast(
        &server,
        "room:a",
        Payload::json(&filling).expect("an object"),
    );
    client.arrival().await;
    (server, client, journal)
}

fn broadcast(server: &Server, topic: &str, payload: Payload) {
    let told = server.pubsub.broadcast(topic, "disconnect", payload);
    told.expect("nothing can fail locally");
}

// K-1
#[tokio::test]
async fn disconnect_ends_a_connection_that_does_not_read() {
    let (server, mut client, mut journal) = stalled().await;
    broadcast(&server, "users:ada", Payload::empty());
    assert_eq!(journal.next().await, "room:a: closed");
    assert_eq!(client.receive().await, Received::End);
}

// K-4
#[tokio::test]
async fn a_drain_ends_a_connection_that_does_not_read() {
    let (server, mut client, mut journal) = stalled().await;
    server.stop().await;
    assert_eq!(journal.next().await, "room:a: draining");
    assert_eq!(client.receive().await, Received::End);
}

// K-1
#[tokio::test]
async fn a_connection_that_is_closing_ends_though_its_client_never_stops_to_send() {
    let (server, mut client, mut journal) = stalled().await;
    broadcast(&server, "users:ada", Payload::empty());
    let message = json!(["1", "2", "room:a", "echo", {}]).to_string();
    let flood = masked(0x81, message.as_bytes()).repeat(1_000);
    patiently("the end of the connection", async {
        while client.try_write(&flood).await {}
    })
    .await;
    assert_eq!(journal.next().await, "room:a: closed");
}
