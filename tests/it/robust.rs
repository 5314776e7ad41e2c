//! What one connection or channel can do to the others, and to its own end.

use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
use bennu::endpoint::Mount;
use bennu::protocol::Payload;
use bennu::socket::{Anyone, Routes};
use serde_json::json;

use crate::support::{Server, Vsn, builder};

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
