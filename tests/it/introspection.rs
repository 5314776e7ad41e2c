//! Looking into a running endpoint (channels-wire 14, T-3).

use bennu::channel::{ChannelStatus, JoinedChannel};
use bennu::endpoint::{Endpoint, LongPollOptions};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{Client, Stage, User, Vsn, builder, rooms};

/// An endpoint that serves until its runtime ends, to be looked into.
async fn served() -> (Endpoint, std::net::SocketAddr, Stage) {
    let stage = Stage::new();
    let mount = rooms().longpoll(LongPollOptions::default());
    let builder = builder().assign(stage.clone()).socket("/socket", mount);
    let endpoint = builder.build().expect("the parts fit together");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let addr = listener.local_addr().expect("the listener is bound");
    tokio::spawn(endpoint.clone().serve(listener, std::future::pending()));
    (endpoint, addr, stage)
}

async fn open(addr: std::net::SocketAddr, user: &str) -> Client {
    let path = format!("/socket/websocket?vsn=2.0.0&user={user}");
    let opened = Client::open(addr, &path, Vsn::V2, &[]).await;
    opened.expect("the socket accepts the connection")
}

fn joined(topic: &str) -> JoinedChannel {
    JoinedChannel {
        topic: topic.into(),
        status: ChannelStatus::Joined,
    }
}

// T-3
#[tokio::test]
async fn an_endpoint_lists_its_sockets_and_their_channels() {
    let (endpoint, addr, _) = served().await;
    assert!(endpoint.list_sockets().is_empty());
    let mut ada = open(addr, "ada").await;
    ada.join("1", "room:a").await;
    ada.join("2", "room:b").await;
    let mut bob = open(addr, "bob").await;
    bob.join("1", "room:a").await;
    let mut sockets = endpoint.list_sockets();
    sockets.sort_by_key(|socket| socket.id().map(str::to_owned));
    let [ada_socket, bob_socket] = &*sockets else {
        panic!("{sockets:?}");
    };
    assert_eq!(ada_socket.id(), Some("users:ada"));
    assert_eq!(ada_socket.path(), "/socket");
    assert!(ada_socket.handler().ends_with("UserSocket"));
    assert_eq!(
        ada_socket.assigns().expect::<User>().0.as_deref(),
        Some("ada")
    );
    let mut channels = ada_socket.list_channels().await;
    channels.sort_by(|a, b| a.topic.cmp(&b.topic));
    assert_eq!(channels, [joined("room:a"), joined("room:b")]);
    assert_eq!(bob_socket.list_channels().await, [joined("room:a")]);
    ada.send(json!(["1", "3", "room:a", "phx_leave", {}])).await;
    ada.expect_ok("1", "3", "room:a", json!({})).await;
    assert_eq!(
        ada.next().await,
        json!(["1", "1", "room:a", "phx_close", {}])
    );
    assert_eq!(ada_socket.list_channels().await, [joined("room:b")]);
}

// T-3
#[tokio::test]
async fn a_socket_that_has_closed_has_no_channels() {
    let (endpoint, addr, _) = served().await;
    let mut ada = open(addr, "ada").await;
    ada.join("1", "room:a").await;
    let sockets = endpoint.list_sockets();
    endpoint
        .broadcast("users:ada", "disconnect", json!({}))
        .expect("nothing fails locally");
    drop(ada);
    while !endpoint.list_sockets().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(sockets[0].list_channels().await.is_empty());
}

// T-3
#[tokio::test]
async fn a_channel_that_is_ending_is_leaving() {
    let (endpoint, addr, _) = served().await;
    let mut ada = open(addr, "ada").await;
    ada.join("1", "room:stuck").await;
    ada.send(json!(["1", "2", "room:stuck", "panic", {}])).await;
    let socket = &endpoint.list_sockets()[0];
    loop {
        match &*socket.list_channels().await {
            [channel] if channel.status == ChannelStatus::Leaving => break,
            _ => tokio::task::yield_now().await,
        }
    }
}
