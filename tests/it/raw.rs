//! Sockets without channels: what `Phoenix.Socket.Transport` promises to those who implement it.

use std::time::Duration;

use bennu::Assigns;
use bennu::channel::{self, CloseCode, Crash, PrivateCode, Reason};
use bennu::endpoint::{CheckOrigin, LongPollOptions, Mount, WebSocketOptions};
use bennu::protocol::form::Params;
use bennu::protocol::{Frame, Payload};
use bennu::socket::{ConnectError, ConnectInfo, Control, Limits, RawFlow, RawLink, RawSocket};
use serde_json::{Value, json};

use crate::support::{Client, Journal, Received, Request, Server, Stage, Vsn, masked};

/// Does as it is told, one text for each thing that a raw socket can do.
struct Parrot {
    stage: Stage,
    name: String,
}

/// What other tasks and subscriptions send a parrot.
enum Info {
    News(String),
    Note(&'static str),
}

impl RawSocket for Parrot {
    type Info = Info;

    async fn connect(
        params: &Params,
        info: &ConnectInfo,
        assigns: &Assigns,
    ) -> Result<Self, ConnectError> {
        match params.text("reject") {
            Some("refuse") => return Err(ConnectError::Refused),
            Some("respond") => {
                let response = http::Response::builder().status(429);
                let response = response.body("later".to_owned()).expect("a response");
                return Err(ConnectError::Response(Box::new(response)));
            }
            Some(_) => panic!("told to"),
            None => {}
        }
        let stage = assigns.expect::<Stage>().clone();
        stage.tell(format!("vsn {:?}", params.text("vsn")));
        let name = info.user_agent().unwrap_or("nobody").to_owned();
        Ok(Self { stage, name })
    }

    async fn init(&mut self, link: &mut RawLink<Self>) -> channel::Result<()> {
        link.subscribe("news", |broadcast| Info::News(broadcast.event().to_owned()))?;
        link.push(&text(format!("hello {}", self.name)));
        Ok(())
    }

    async fn handle_in(
        &mut self,
        frame: Frame,
        link: &mut RawLink<Self>,
    ) -> channel::Result<RawFlow> {
        let Frame::Text(told) = &frame else {
            return Ok(RawFlow::Reply(frame));
        };
        match &**told {
            "twice" => {
                link.push(&frame);
                link.push(&frame);
            }
            "note" => {
                link.send_self(Info::Note("mine"))?;
                let recipient = link.recipient();
                tokio::spawn(async move { recipient.send(Info::Note("another's")) });
            }
            "deaf" => link.unsubscribe("news"),
            "wait" => {
                self.stage.tell("waiting");
                self.stage.wait().await;
            }
            "bye" => {
                link.push(&frame);
                return Ok(RawFlow::Stop(CloseCode::Normal));
            }
            "private" => {
                let code = PrivateCode::new(4001).expect("a private code");
                return Ok(RawFlow::Stop(CloseCode::Private(code)));
            }
            "panic" => panic!("told to"),
            "fail" => return Err(Crash::new("told to")),
            _ => return Ok(RawFlow::Reply(frame)),
        }
        Ok(RawFlow::NoReply)
    }

    async fn handle_control(
        &mut self,
        control: Control,
        _: &mut RawLink<Self>,
    ) -> channel::Result<RawFlow> {
        let seen = match control {
            Control::Ping(payload) => format!("ping {payload:?}"),
            Control::Pong(payload) => format!("pong {payload:?}"),
        };
        Ok(RawFlow::Reply(text(seen)))
    }

    async fn handle_info(&mut self, info: Info, _: &mut RawLink<Self>) -> channel::Result<RawFlow> {
        Ok(RawFlow::Reply(text(match info {
            Info::News(event) => format!("news {event}"),
            Info::Note(note) => format!("note {note}"),
        })))
    }

    async fn terminate(&mut self, reason: &Reason) {
        self.stage.tell(format!("ended: {reason}"));
        if self.name == "stuck" {
            std::future::pending::<()>().await;
        }
    }
}

fn text(text: impl Into<String>) -> Frame {
    Frame::Text(text.into().into())
}

fn mount() -> Mount {
    Mount::raw::<Parrot>().check_origin(CheckOrigin::Any)
}

/// A client that was greeted, and the journal of its server.
async fn greeted(mount: Mount) -> (Server, Stage, Journal, Client) {
    let (server, stage) = Server::with_mount(mount).await;
    let mut journal = stage.journal();
    let mut client = connect(&server, "").await;
    assert_eq!(journal.next().await, "vsn None");
    client.expect_text("hello nobody").await;
    (server, stage, journal, client)
}

async fn connect(server: &Server, query: &str) -> Client {
    let path = format!("/socket/websocket{query}");
    let opened = Client::open(server.addr, &path, Vsn::V2, &[]).await;
    opened.expect("the socket accepts the connection")
}

impl Client {
    async fn expect_text(&mut self, text: &str) {
        assert_eq!(self.receive().await, Received::Text(text.to_owned()));
    }
}

#[tokio::test]
async fn frames_reach_a_raw_socket_and_its_client_as_they_are() {
    let (_server, _, _, mut client) = greeted(mount()).await;
    for told in ["", "{nope", "ü"] {
        client.send_text(told).await;
        client.expect_text(told).await;
    }
    client.send_binary(&[0, 255]).await;
    assert_eq!(client.receive().await, Received::Binary(vec![0, 255]));
    client.send_text("twice").await;
    client.expect_text("twice").await;
    client.expect_text("twice").await;
}

// V-2 is the business of sockets with channels.
#[tokio::test]
async fn no_version_is_asked_of_the_clients_of_a_raw_socket() {
    let (server, stage) = Server::with_mount(mount()).await;
    let mut journal = stage.journal();
    connect(&server, "?vsn=nonsense").await;
    assert_eq!(journal.next().await, "vsn Some(\"nonsense\")");
}

// 2.1, C-2
#[tokio::test]
async fn a_raw_socket_may_refuse_a_connection_and_say_why() {
    let (server, _) = Server::with_mount(mount()).await;
    for (reject, status, body) in [
        ("refuse", 403, ""),
        ("respond", 429, "later"),
        ("panic", 500, "Internal Server Error"),
    ] {
        let path = format!("/socket/websocket?reject={reject}");
        let response = server.get(&path).await;
        assert_eq!((response.status, response.text()), (status, body));
    }
}

// U-5
#[tokio::test]
async fn control_frames_reach_a_raw_socket_after_the_pong() {
    let (_server, _, _, mut client) = greeted(mount()).await;
    client.write(&masked(0x89, b"a")).await;
    assert_eq!(client.receive().await, Received::Pong(b"a".to_vec()));
    client.expect_text("ping b\"a\"").await;
    client.write(&masked(0x8a, b"b")).await;
    client.expect_text("pong b\"b\"").await;
}

#[tokio::test]
async fn broadcasts_and_messages_come_to_the_handle_info_of_a_raw_socket() {
    let (server, _, _, mut client) = greeted(mount()).await;
    let broadcast = |event: &'static str| {
        let told = server.pubsub.broadcast("news", event, Payload::empty());
        told.expect("nothing can fail locally");
    };
    broadcast("first");
    client.expect_text("news first").await;
    client.send_text("note").await;
    client.expect_text("note mine").await;
    client.expect_text("note another's").await;
    client.send_text("deaf").await;
    client.send_text("heard").await;
    client.expect_text("heard").await;
    broadcast("second");
    client.send_text("nothing else").await;
    client.expect_text("nothing else").await;
}

#[tokio::test]
async fn a_raw_socket_stops_with_a_code_after_what_it_pushed() {
    let (server, _, mut journal, mut client) = greeted(mount()).await;
    client.send_text("bye").await;
    client.expect_text("bye").await;
    assert_eq!(client.receive().await, Received::Close(1000));
    assert_eq!(journal.next().await, "ended: normal");
    let mut client = connect(&server, "").await;
    client.expect_text("hello nobody").await;
    client.send_text("private").await;
    assert_eq!(client.receive().await, Received::Close(4001));
}

// 2.10
#[tokio::test]
async fn a_raw_socket_that_fails_is_closed_with_1011() {
    let (server, _, mut journal, mut client) = greeted(mount()).await;
    client.send_text("panic").await;
    assert_eq!(client.receive().await, Received::Close(1011));
    assert_eq!(journal.next().await, "ended: panicked: told to");
    let mut client = connect(&server, "").await;
    client.expect_text("hello nobody").await;
    client.send_text("fail").await;
    assert_eq!(client.receive().await, Received::Close(1011));
}

#[tokio::test]
async fn a_raw_socket_hears_that_its_client_has_gone() {
    let (server, _, mut journal, client) = greeted(mount()).await;
    drop(client);
    assert_eq!(journal.next().await, "ended: closed");
    assert_eq!(server.pubsub.subscriber_count("news"), 0);
}

// K-6
#[tokio::test]
async fn a_drain_closes_raw_sockets_with_1012() {
    let (server, _, mut journal, mut client) = greeted(mount()).await;
    let stopped = server.stop();
    assert_eq!(client.receive().await, Received::Close(1012));
    drop(client);
    assert_eq!(journal.next().await, "ended: draining");
    stopped.await;
}

// E-4
#[tokio::test]
async fn a_raw_socket_that_does_not_end_is_killed_after_its_shutdown_time() {
    let limits = Limits {
        shutdown: Duration::from_millis(20),
        ..Limits::default()
    };
    let (server, stage) = Server::with_mount(mount().limits(limits)).await;
    let mut journal = stage.journal();
    let path = "/socket/websocket";
    let headers = [("user-agent", "stuck")];
    let opened = Client::open(server.addr, path, Vsn::V2, &headers).await;
    let mut client = opened.expect("the socket accepts the connection");
    client.expect_text("hello stuck").await;
    assert_eq!(journal.next().await, "vsn None");
    drop(client);
    assert_eq!(journal.next().await, "ended: closed");
    // The server waits for connections whose sockets have not ended.
    server.stop().await;
}

#[tokio::test]
async fn a_raw_socket_that_is_busy_holds_up_its_client_and_loses_nothing() {
    let limits = Limits {
        mail_max: 2,
        ..Limits::default()
    };
    let (_server, stage, mut journal, mut client) = greeted(mount().limits(limits)).await;
    client.send_text("wait").await;
    assert_eq!(journal.next().await, "waiting");
    for n in 0..20 {
        client.send_text(&n.to_string()).await;
    }
    stage.gate.add_permits(1);
    for n in 0..20 {
        client.expect_text(&n.to_string()).await;
    }
}

#[tokio::test]
async fn a_raw_socket_that_does_not_keep_up_with_broadcasts_is_closed_with_1011() {
    let limits = Limits {
        mail_max: 2,
        ..Limits::default()
    };
    let (server, stage, mut journal, mut client) = greeted(mount().limits(limits)).await;
    client.send_text("wait").await;
    assert_eq!(journal.next().await, "waiting");
    for _ in 0..3 {
        let told = server.pubsub.broadcast("news", "more", Payload::empty());
        told.expect("nothing can fail locally");
    }
    stage.gate.add_permits(1);
    assert_eq!(client.receive().await, Received::Close(1011));
    assert_eq!(journal.next().await, "ended: mailbox overflowed");
}

// U-3
#[tokio::test]
async fn the_frames_of_a_raw_socket_may_be_as_large_as_allowed_and_no_larger() {
    let options = WebSocketOptions {
        frame_bytes_max: 200,
        ..WebSocketOptions::default()
    };
    let (_server, _, _, mut client) = greeted(mount().websocket(options)).await;
    client.send_text(&"x".repeat(200)).await;
    client.expect_text(&"x".repeat(200)).await;
    client.send_text(&"x".repeat(201)).await;
    assert_eq!(client.receive().await, Received::Close(1009));
}

// L-4, L-6: a body of any other type than ndjson is one text frame.
#[tokio::test]
async fn a_raw_socket_is_polled_as_one_with_channels() {
    let (server, stage) = Server::with_mount(mount().longpoll(LongPollOptions::default())).await;
    let mut journal = stage.journal();
    let refused = server.get("/socket/longpoll?reject=refuse").await;
    assert_eq!(json_of(refused.text()), json!({"status": 403}));
    let opened = json_of(server.get("/socket/longpoll").await.text());
    assert_eq!(opened["status"], 410);
    let path = format!(
        "/socket/longpoll?token={}",
        opened["token"].as_str().expect("a token")
    );
    let poll = async || json_of(server.get(&path).await.text())["messages"].clone();
    let post = async |told: &str| {
        let request = Request::new("POST", &path).body("text/plain", told);
        json_of(server.send(request).await.text())
    };
    assert_eq!(journal.next().await, "vsn None");
    assert_eq!(poll().await, json!(["hello nobody"]));
    assert_eq!(post("over HTTP").await, json!({"status": 200}));
    assert_eq!(poll().await, json!(["over HTTP"]));
    assert_eq!(post("private").await, json!({"status": 200}));
    assert_eq!(journal.next().await, "ended: normal");
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("the body is JSON")
}
