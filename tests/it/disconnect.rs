//! Closing the connections of one socket id (channels-wire 7).

use bennu::protocol::Payload;
use serde_json::json;

use crate::support::{Received, Server, Vsn};

// K-1, K-2
#[tokio::test]
async fn disconnect_closes_every_connection_of_the_id_with_1001() {
    let (server, stage) = Server::with_rooms().await;
    let mut journal = stage.journal();
    let mut ada = server.connect_with(Vsn::V1, "&user=ada").await;
    let mut ada_again = server.connect_with(Vsn::V2, "&user=ada").await;
    let mut bob = server.connect_with(Vsn::V2, "&user=bob").await;
    let mut nobody = server.connect(Vsn::V2).await;
    ada_again.join("1", "room:a").await;
    bob.join("1", "room:b").await;
    nobody.join("1", "room:c").await;
    let broadcast = |event: &str| {
        let told = server
            .pubsub
            .broadcast("users:ada", event.to_owned(), Payload::empty());
        told.expect("nothing can fail locally");
    };
    broadcast("anything_else");
    ada_again.expect_quiet("1", "room:a").await;
    broadcast("disconnect");
    // No phx_close, no phx_error.
    assert_eq!(ada.receive().await, Received::Close(1001));
    assert_eq!(ada_again.receive().await, Received::Close(1001));
    ada_again.close(Some(1001)).await;
    assert_eq!(ada_again.receive().await, Received::End);
    assert_eq!(journal.next().await, "room:a: closed");
    bob.expect_quiet("1", "room:b").await;
    nobody.expect_quiet("1", "room:c").await;
}

// K-1
#[tokio::test]
async fn what_was_sent_before_a_disconnect_still_arrives() {
    let (server, _) = Server::with_rooms().await;
    let mut ada = server.connect_with(Vsn::V2, "&user=ada").await;
    ada.join("1", "room:a").await;
    for topic in ["room:a", "users:ada"] {
        let told = server
            .pubsub
            .broadcast(topic, "disconnect", Payload::empty());
        told.expect("nothing can fail locally");
    }
    ada.expect(json!([null, null, "room:a", "disconnect", {}]))
        .await;
    assert_eq!(ada.receive().await, Received::Close(1001));
}

// K-1
#[tokio::test]
async fn a_connection_that_has_gone_is_subscribed_to_nothing() {
    let (server, stage) = Server::with_rooms().await;
    let mut journal = stage.journal();
    let mut ada = server.connect_with(Vsn::V2, "&user=ada").await;
    ada.join("1", "room:a").await;
    assert_eq!(server.pubsub.subscriber_count("users:ada"), 1);
    ada.close(Some(1000)).await;
    assert_eq!(ada.receive().await, Received::Close(1000));
    assert_eq!(journal.next().await, "room:a: closed");
    assert_eq!(server.pubsub.subscriber_count("users:ada"), 0);
}
