//! Messages that travel compressed: permessage-deflate (RFC 7692, channels-wire U-4).

use bennu::endpoint::{CheckOrigin, Mount, WebSocketOptions};
use bennu::protocol::permessage_deflate::COMPRESSED_BYTES_MIN;
use bennu::protocol::{Frame, Payload};
use bennu::socket::{ConnectError, ConnectInfo, RawFlow, RawLink, RawSocket};
use flate2::{Compress, Compression, FlushCompress};
use serde_json::{Value, json};

use crate::support::{Client, Received, Server, Stage, Vsn, Wire, masked, rooms};

/// What Chromium offers.
const OFFER: &str = "permessage-deflate; client_max_window_bits";
const ACCEPTED: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// The first byte of a whole compressed text frame, and of one of bytes.
const COMPRESSED_TEXT: u8 = 0xC1;
const COMPRESSED_BINARY: u8 = 0xC2;

fn compressing() -> WebSocketOptions {
    WebSocketOptions {
        compress: true,
        ..WebSocketOptions::default()
    }
}

async fn with_rooms() -> (Server, Stage) {
    Server::with_mount(rooms().websocket(compressing())).await
}

async fn connect(server: &Server, vsn: Vsn, offer: &str) -> Client {
    let path = format!("/socket/websocket?vsn={}", vsn.text());
    let headers = [("sec-websocket-extensions", offer)];
    let opened = Client::open(server.addr, &path, vsn, &headers).await;
    opened.expect("whatever is offered, the socket opens")
}

/// A client that sends compressed messages and gets some.
async fn connected(server: &Server) -> Client {
    let mut client = connect(server, Vsn::V2, OFFER).await;
    assert_eq!(client.extensions(), Some(ACCEPTED));
    client
}

/// A message on its own, as a client compresses it.
fn deflated(message: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::with_capacity(message.len() + 100);
    let mut state = Compress::new(Compression::default(), false);
    let status = state.compress_vec(message, &mut compressed, FlushCompress::Sync);
    status.expect("any message can be compressed");
    compressed.truncate(compressed.len() - 4);
    compressed
}

fn echo(payload: &Value) -> Value {
    json!(["1", "2", "room:a", "echo", payload])
}

fn long() -> Value {
    json!({"body": "all work and no play ".repeat(100)})
}

// RFC 7692 section 7.1
#[tokio::test]
async fn an_offer_is_accepted_where_the_socket_compresses() {
    let (server, _) = with_rooms().await;
    let window = format!("{ACCEPTED}; server_max_window_bits=10");
    for (offer, accepted) in [
        (OFFER, Some(ACCEPTED)),
        (
            "permessage-deflate; server_max_window_bits=10",
            Some(&*window),
        ),
        (
            "permessage-deflate; no_such_thing, permessage-deflate",
            Some(ACCEPTED),
        ),
        ("permessage-deflate; server_max_window_bits=7", None),
        ("permessage-bzip2", None),
        ("=;,", None),
    ] {
        let mut client = connect(&server, Vsn::V2, offer).await;
        assert_eq!(client.extensions(), accepted, "{offer}");
        client.join("1", "room:a").await;
        client.send(echo(&long())).await;
        client.expect_ok("1", "2", "room:a", long()).await;
        let fits = accepted == Some(ACCEPTED);
        assert_eq!(client.received_compressed(), fits, "{offer}");
    }
}

// U-4
#[tokio::test]
async fn a_socket_that_was_not_configured_ignores_what_is_offered() {
    let (server, _) = Server::with_rooms().await;
    let mut client = connect(&server, Vsn::V2, OFFER).await;
    assert_eq!(client.extensions(), None);
    client.join("1", "room:a").await;
    client.send(echo(&long())).await;
    client.expect_ok("1", "2", "room:a", long()).await;
    assert!(!client.received_compressed());
    client
        .write(&masked(COMPRESSED_TEXT, &deflated(b"[]")))
        .await;
    assert_eq!(client.receive().await, Received::Close(1002));
}

#[tokio::test]
async fn a_client_that_offers_nothing_gets_nothing_compressed() {
    let (server, _) = with_rooms().await;
    let mut client = server.connect(Vsn::V2).await;
    assert_eq!(client.extensions(), None);
    client.join("1", "room:a").await;
    client.send(echo(&long())).await;
    client.expect_ok("1", "2", "room:a", long()).await;
    assert!(!client.received_compressed());
}

#[tokio::test]
async fn long_messages_travel_compressed_both_ways_and_short_ones_as_they_are() {
    let (server, _) = with_rooms().await;
    for vsn in [Vsn::V1, Vsn::V2] {
        let mut client = connect(&server, vsn, OFFER).await;
        client.join("1", "room:a").await;
        assert!(!client.received_compressed());
        // A client may do as it likes with each message.
        for compressed in [true, false, true] {
            let message = match vsn {
                Vsn::V1 => {
                    json!({"join_ref": "1", "ref": "2", "topic": "room:a", "event": "echo", "payload": long()})
                }
                Vsn::V2 => echo(&long()),
            };
            let message = message.to_string();
            if compressed {
                let message = deflated(message.as_bytes());
                client.write(&masked(COMPRESSED_TEXT, &message)).await;
            } else {
                client.send_text(&message).await;
            }
            client.expect_ok("1", "2", "room:a", long()).await;
            assert!(client.received_compressed());
        }
        client.expect_quiet("1", "room:a").await;
        assert!(!client.received_compressed());
    }
}

#[tokio::test]
async fn a_message_is_compressed_from_a_size_on() {
    let (server, _) = with_rooms().await;
    let mut client = connected(&server).await;
    client.join("1", "room:a").await;
    let reply = |body: &str| {
        format!(
            r#"["1","2","room:a","phx_reply",{{"status":"ok","response":{{"body":"{body}"}}}}]"#
        )
    };
    for bytes in [COMPRESSED_BYTES_MIN - 1, COMPRESSED_BYTES_MIN] {
        let body = "x".repeat(bytes - reply("").len());
        client.send(echo(&json!({"body": body}))).await;
        assert_eq!(client.receive().await, Received::Text(reply(&body)));
        assert_eq!(client.received_compressed(), bytes == COMPRESSED_BYTES_MIN);
    }
}

// RFC 7692 section 6.1
#[tokio::test]
async fn the_fragments_of_a_compressed_message_may_have_control_frames_between_them() {
    let (server, _) = with_rooms().await;
    let mut client = connected(&server).await;
    client.join("1", "room:a").await;
    let message = deflated(echo(&long()).to_string().as_bytes());
    let (first, rest) = message.split_at(10);
    let (second, third) = rest.split_at(10);
    client.write(&masked(0x41, first)).await;
    client.write(&masked(0x89, b"ping")).await;
    assert_eq!(client.receive().await, Received::Pong(b"ping".to_vec()));
    assert!(!client.received_compressed());
    client.write(&masked(0x00, second)).await;
    client.write(&masked(0x80, third)).await;
    client.expect_ok("1", "2", "room:a", long()).await;
}

// U-4, RFC 7692 sections 6 and 7.2.2
#[tokio::test]
async fn what_breaks_the_rules_of_compression_closes_with_its_code() {
    let (server, _) = with_rooms().await;
    let hello = deflated(b"Hello");
    let cases = [
        (
            "on a continuation",
            1002,
            [masked(0x41, &hello[..3]), masked(0xC0, &hello[3..])].concat(),
        ),
        ("on a ping", 1002, masked(0xC9, b"ping")),
        ("on a close", 1002, masked(0xC8, b"")),
        ("the second reserved bit", 1002, masked(0xA1, b"Hello")),
        ("no deflate data", 1007, masked(COMPRESSED_TEXT, b"Hello")),
        ("cut off", 1007, masked(COMPRESSED_BINARY, &hello[..4])),
        // RFC 7692 section 7.2.3.2: a second "Hello" of a client that did not listen.
        (
            "what an earlier message said",
            1007,
            masked(COMPRESSED_TEXT, &[0xf2, 0x00, 0x11, 0x00, 0x00]),
        ),
        (
            "text that is not UTF-8",
            1007,
            masked(COMPRESSED_TEXT, &deflated(&[0xff])),
        ),
        ("no message", 1011, masked(COMPRESSED_TEXT, &hello)),
    ];
    for (name, code, bytes) in cases {
        let mut client = connected(&server).await;
        client.write(&bytes).await;
        assert_eq!(client.receive().await, Received::Close(code), "{name}");
    }
}

// U-3, U-4
#[tokio::test]
async fn a_compressed_message_may_become_as_large_as_any_other_and_no_larger() {
    let options = WebSocketOptions {
        frame_bytes_max: 5_000,
        message_bytes_max: 4_000,
        ..compressing()
    };
    let (server, _) = Server::with_mount(rooms().websocket(options)).await;
    let message_of = |bytes: usize| {
        let empty = echo(&json!("")).to_string();
        let message = echo(&json!("x".repeat(bytes - empty.len()))).to_string();
        deflated(message.as_bytes())
    };
    // The last one is a bomb: its frame is within the limit.
    for (bytes, answer) in [(5_000, None), (5_001, Some(1009)), (4_000_000, Some(1009))] {
        let mut client = connected(&server).await;
        client.join("1", "room:a").await;
        let message = message_of(bytes);
        assert!(message.len() < 5_000);
        client.write(&masked(COMPRESSED_TEXT, &message)).await;
        check(&mut client, answer).await;
    }
    for (bytes, answer) in [(4_000, None), (4_001, Some(1009))] {
        let mut client = connected(&server).await;
        client.join("1", "room:a").await;
        let message = message_of(bytes);
        client.write(&masked(0x41, &message[..5])).await;
        client.write(&masked(0x80, &message[5..])).await;
        check(&mut client, answer).await;
    }
}

async fn check(client: &mut Client, close: Option<u16>) {
    match close {
        None => assert_eq!(client.next().await[4]["status"], "ok"),
        Some(code) => assert_eq!(client.receive().await, Received::Close(code)),
    }
}

// BC-1
#[tokio::test]
async fn a_broadcast_reaches_each_subscriber_in_the_form_it_agreed_on() {
    let (server, _) = with_rooms().await;
    let small_window = "permessage-deflate; server_max_window_bits=9";
    let mut clients = [
        (connected(&server).await, true),
        (server.connect(Vsn::V2).await, false),
        (connect(&server, Vsn::V2, small_window).await, false),
        (connect(&server, Vsn::V1, OFFER).await, true),
        (connected(&server).await, true),
    ];
    for (client, _) in &mut clients {
        client.join("1", "room:a").await;
    }
    let payload = Payload::json(&long()).expect("a map of text is JSON");
    let sent = server.pubsub.broadcast("room:a", "said", payload);
    sent.expect("nothing can fail locally");
    for (client, compressed) in &mut clients {
        client
            .expect(json!([null, null, "room:a", "said", long()]))
            .await;
        assert_eq!(client.received_compressed(), *compressed);
    }
}

#[tokio::test]
async fn binary_payloads_are_compressed_as_well() {
    let (server, _) = with_rooms().await;
    let mut client = connected(&server).await;
    client.join("1", "room:a").await;
    let payload = Payload::binary(vec![7; 1000]);
    let sent = server.pubsub.broadcast("room:a", "bytes", payload);
    sent.expect("nothing can fail locally");
    let frame = [&b"\x02\x06\x05room:abytes"[..], &[7; 1000]].concat();
    assert_eq!(client.receive().await, Received::Binary(frame));
    assert!(client.received_compressed());
}

#[tokio::test]
async fn long_polling_of_a_socket_that_compresses_is_as_any_other() {
    let (server, _) = with_rooms().await;
    let mut client = server.connect(Wire::ALL[3]).await;
    client.join("1", "room:a").await;
    client.send(echo(&long())).await;
    client.expect_ok("1", "2", "room:a", long()).await;
}

/// Sends back what comes.
struct Echo;

impl RawSocket for Echo {
    type Info = ();

    async fn connect(
        _: &bennu::protocol::form::Params,
        _: &ConnectInfo,
        _: &bennu::Assigns,
    ) -> Result<Self, ConnectError> {
        Ok(Self)
    }

    async fn handle_in(
        &mut self,
        frame: Frame,
        _: &mut RawLink<Self>,
    ) -> bennu::channel::Result<RawFlow> {
        Ok(RawFlow::Reply(frame))
    }
}

#[tokio::test]
async fn raw_sockets_compress_too() {
    let mount = Mount::raw::<Echo>()
        .check_origin(CheckOrigin::Any)
        .websocket(compressing());
    let (server, _) = Server::with_mount(mount).await;
    let mut client = connected(&server).await;
    let text = "ha".repeat(1000);
    client
        .write(&masked(COMPRESSED_TEXT, &deflated(text.as_bytes())))
        .await;
    assert_eq!(client.receive().await, Received::Text(text));
    assert!(client.received_compressed());
    let bytes = vec![1; 1000];
    client
        .write(&masked(COMPRESSED_BINARY, &deflated(&bytes)))
        .await;
    assert_eq!(client.receive().await, Received::Binary(bytes));
    assert!(client.received_compressed());
    // RFC 7692 section 7.2.3.6
    client.write(&masked(COMPRESSED_BINARY, &[0])).await;
    assert_eq!(client.receive().await, Received::Binary(Vec::new()));
}

#[cfg(feature = "live")]
#[tokio::test]
async fn a_live_view_joins_and_changes_over_a_socket_that_compresses() {
    use bennu::endpoint::Router;
    use bennu::live::LiveSocket;
    use bennu::socket::Routes;

    use crate::support::live_page::Loaded;
    use crate::support::site::{go, site, walkers};

    let views = walkers();
    // Of two mounts at one path the later one counts.
    let live = Mount::new(LiveSocket, Routes::new().live(&views)).connect_info(true);
    let builder = site(&views, Router::new()).socket("/live", live.websocket(compressing()));
    let server = Server::start(builder).await;
    let [first, second] = ["first ", "second "].map(|word| word.repeat(100));
    let url = |q: &str| format!("/walk/1?q={}", q.replace(' ', "+"));
    let page = Loaded::load(&server, &url(&first)).await;
    let path = format!("/live/websocket?vsn=2.0.0&_csrf_token={}", page.csrf_token);
    let headers = [
        ("cookie", &*page.cookie),
        ("sec-websocket-extensions", OFFER),
    ];
    let opened = Client::open(server.addr, &path, Vsn::V2, &headers).await;
    let mut client = opened.expect("the socket opens");
    let url_of_page = format!("http://localhost{}", url(&first));
    let joined = page.join(&mut client, &url_of_page).await;
    assert_eq!(joined["response"]["rendered"]["0"], first);
    assert!(client.received_compressed());
    let order = json!({"go": "patch", "to": url(&second)});
    client
        .write(&masked(
            COMPRESSED_TEXT,
            &deflated(go(&page, "5", order).to_string().as_bytes()),
        ))
        .await;
    let diff = loop {
        let frame = client.next().await.to_string();
        if frame.contains(&second) {
            break frame;
        }
    };
    assert!(client.received_compressed(), "{diff}");
}
