//! Stopping the server (channels-wire 7).

use std::time::Duration;

use bennu::socket::Limits;
use tokio::net::TcpStream;

use crate::support::{Received, Server, Stage, Vsn, builder, rooms};

// K-4, K-6, C-3
#[tokio::test]
async fn every_connection_is_closed_with_1012_and_its_channels_end_first() {
    let (server, stage) = Server::with_rooms().await;
    let mut journal = stage.journal();
    let mut joined = server.connect(Vsn::V2).await;
    joined.join("1", "room:a").await;
    let mut joined_nothing = server.connect(Vsn::V1).await;
    let addr = server.addr;
    let stopped = server.stop();
    assert_eq!(joined.receive().await, Received::Close(1012));
    assert_eq!(joined_nothing.receive().await, Received::Close(1012));
    drop((joined, joined_nothing));
    assert_eq!(journal.next().await, "room:a: closed");
    stopped.await;
    assert!(TcpStream::connect(addr).await.is_err(), "nobody listens");
}

#[tokio::test]
async fn a_client_that_does_not_answer_holds_up_the_end_no_longer_than_the_drain() {
    let stage = Stage::new();
    let builder = builder()
        .assign(stage)
        .socket("/socket", rooms())
        .drain(Duration::from_millis(20));
    let server = Server::start(builder).await;
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    server.stop().await;
    assert_eq!(client.receive().await, Received::Close(1012));
}

#[tokio::test]
async fn a_channel_that_does_not_end_is_killed() {
    let limits = Limits {
        shutdown: Duration::from_millis(20),
        ..Limits::default()
    };
    let (server, stage) = Server::with_mount(rooms().limits(limits)).await;
    let mut journal = stage.journal();
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:stuck").await;
    let pubsub = server.pubsub.clone();
    let stopped = server.stop();
    assert_eq!(client.receive().await, Received::Close(1012));
    drop(client);
    assert_eq!(journal.next().await, "room:stuck: closed");
    stopped.await;
    assert_eq!(pubsub.subscriber_count("room:stuck"), 0);
}
