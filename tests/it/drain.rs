//! Stopping the server (channels-wire 7).

use std::time::Duration;

use bennu::endpoint::{Drainer, Router, ServeLimits};
use bennu::socket::Limits;
use http::StatusCode;
use tokio::net::TcpStream;

use crate::support::{Client, Received, Request, Server, Stage, Vsn, builder, patiently, rooms};

/// A server with rooms and with batches of one connection.
async fn one_by_one(batch_interval: Duration, timeout: Duration) -> Server {
    let drainer = Drainer {
        batch_size: 1,
        batch_interval,
        shutdown: timeout,
        ..Drainer::default()
    };
    let mount = rooms().drainer(drainer);
    let builder = builder().assign(Stage::new()).socket("/socket", mount);
    Server::start(builder.drain(timeout)).await
}

const NEVER: Duration = Duration::from_secs(3_600);

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
    assert_eq!(journal.next().await, "room:a: draining");
    stopped.await;
    assert!(TcpStream::connect(addr).await.is_err(), "nobody listens");
}

// K-4
#[tokio::test]
async fn connections_are_closed_batch_by_batch() {
    let server = one_by_one(NEVER, NEVER).await;
    let mut clients = [server.connect(Vsn::V2).await, server.connect(Vsn::V2).await];
    for client in &mut clients {
        client.join("1", "room:a").await;
    }
    let stopped = server.stop();
    let [first, second] = &mut clients;
    let (closed, open): (&mut Client, &mut Client) = tokio::select! {
        close = first.receive() => { assert_eq!(close, Received::Close(1012)); (first, second) }
        close = second.receive() => { assert_eq!(close, Received::Close(1012)); (second, first) }
    };
    closed.close(Some(1012)).await;
    assert_eq!(closed.receive().await, Received::End);
    // The other one's turn has not come.
    open.expect_quiet("1", "room:a").await;
    open.close(Some(1000)).await;
    assert_eq!(open.receive().await, Received::Close(1000));
    stopped.await;
}

// K-4
#[tokio::test]
async fn every_batch_has_its_turn() {
    let server = one_by_one(Duration::from_millis(1), NEVER).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(server.connect(Vsn::V2).await);
    }
    let stopped = server.stop();
    for client in &mut clients {
        assert_eq!(client.receive().await, Received::Close(1012));
    }
    drop(clients);
    stopped.await;
}

#[tokio::test]
async fn what_is_still_open_when_the_time_is_over_is_closed_at_once() {
    let server = one_by_one(NEVER, Duration::from_millis(20)).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(server.connect(Vsn::V2).await);
    }
    // Nobody answers the close frames, and the server does not wait for it.
    server.stop().await;
    for client in &mut clients {
        assert_eq!(client.receive().await, Received::Close(1012));
    }
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
    assert_eq!(journal.next().await, "room:stuck: draining");
    stopped.await;
    assert_eq!(pubsub.subscriber_count("room:stuck"), 0);
}

#[tokio::test]
async fn a_request_that_is_being_answered_is_answered() {
    let stage = Stage::new();
    let waiting = stage.clone();
    let router = Router::new().get("/wait", move |conn| {
        let stage = waiting.clone();
        async move {
            stage.tell("waiting");
            stage.wait().await;
            conn.text(StatusCode::OK, "answered")
        }
    });
    let server = Server::start(builder().router(router)).await;
    let mut journal = stage.journal();
    let addr = server.addr;
    let response = tokio::spawn(Request::get("/wait").send(addr));
    assert_eq!(journal.next().await, "waiting");
    let stopped = server.stop();
    // The server has stopped to accept, and waits.
    while TcpStream::connect(addr).await.is_ok() {}
    stage.gate.add_permits(1);
    let response = patiently("the response", response).await;
    assert_eq!(response.expect("a response").text(), "answered");
    stopped.await;
}

#[tokio::test]
async fn a_socket_takes_a_place_among_the_connections_until_it_ends() {
    let limits = ServeLimits {
        connections_max: 1,
        ..ServeLimits::default()
    };
    let builder = builder().assign(Stage::new()).socket("/socket", rooms());
    let server = Server::start(builder.serve_limits(limits)).await;
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    let mut next = tokio::spawn(Request::get("/").send(server.addr));
    // The next connection is not accepted while the socket lives, however busy the server is.
    for _ in 0..100 {
        client.expect_quiet("1", "room:a").await;
    }
    let early = futures_now(&mut next).await;
    assert!(early.is_none(), "{early:?}");
    drop(client);
    let response = patiently("the response", next).await;
    assert_eq!(response.expect("a response").status, 404);
}

/// What a future has come to without waiting for it.
async fn futures_now<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = std::future::ready(()) => None,
    }
}
