//! How many allocations the server makes for what it does most. Times are noise on a busy machine; these are not.
//!
//! Each test has a server in a thread of its own, whose allocations alone are counted. The bounds are what is made now,
//! each with the reason for what is left.

mod client;
mod counting;

use bennu::protocol::{Frame, WireFrame};
use client::{Page, WebSocket};
use counting::Server;

/// Rounds before the count begins: queues and tables have their size by then.
const WARM_UP: usize = 50;
const ROUNDS: usize = 200;

/// Allocations that one round costs the server.
fn allocations_each(server: &Server, mut round: impl FnMut()) -> usize {
    (0..WARM_UP).for_each(|_| round());
    let before = server.allocations();
    (0..ROUNDS).for_each(|_| round());
    let made = server.allocations() - before;
    // The work behind the last answer of the warm-up may still have been counted.
    (made + ROUNDS / 2) / ROUNDS
}

fn joined(server: &Server, topic: &str) -> WebSocket {
    join(server, "/socket", "", topic)
}

fn join(server: &Server, socket: &str, headers: &str, topic: &str) -> WebSocket {
    let path = format!("{socket}/websocket?vsn=2.0.0");
    let mut socket = WebSocket::open(server.addr, &path, headers);
    socket.send(&format!(r#"["1","1","{topic}","phx_join",{{}}]"#));
    assert!(socket.receive().contains(r#""status":"ok""#));
    socket
}

#[test]
fn a_heartbeat_costs_two_allocations() {
    let server = Server::start();
    let mut socket = joined(&server, "room:1");
    let made = allocations_each(&server, || {
        socket.send(r#"[null,"2","phoenix","heartbeat",{}]"#);
        socket.receive();
    });
    // The frame that comes in, and the one that goes out.
    assert!(made <= 2, "{made}");
    assert!(made > 0, "nothing is counted");
}

#[test]
fn a_ping_costs_two_allocations() {
    let server = Server::start();
    let mut socket = joined(&server, "room:1");
    let made = allocations_each(&server, || {
        socket.ping();
        socket.receive();
    });
    // Its payload, and the pong.
    assert!(made <= 2, "{made}");
}

#[test]
fn a_push_and_its_reply_cost_four_allocations() {
    let server = Server::start();
    let mut socket = joined(&server, "room:1");
    let made = allocations_each(&server, || {
        socket.send(r#"["1","2","room:1","echo",{"body":"hello"}]"#);
        socket.receive();
    });
    // The frame that comes in, its payload, the message on its way to the channel, and the frame that goes out.
    assert!(made <= 4, "{made}");
}

#[test]
fn a_long_payload_shares_its_frame() {
    let server = Server::start();
    let mut socket = joined(&server, "room:1");
    let push = format!(
        r#"["1","2","room:1","echo",{{"body":"{}"}}]"#,
        "x".repeat(4096)
    );
    let made = allocations_each(&server, || {
        socket.send(&push);
        socket.receive();
    });
    // As for a short one; in the place of the payload, the count of those who share the frame.
    assert!(made <= 4, "{made}");
}

#[test]
fn a_compressed_push_and_its_reply_cost_two_allocations_more() {
    let server = Server::start();
    let offer = "sec-websocket-extensions: permessage-deflate\r\n";
    let mut socket = join(&server, "/compressed", offer, "room:1");
    let push = format!(
        r#"["1","2","room:1","echo",{{"body":"{}"}}]"#,
        "x".repeat(4096)
    );
    let push = WireFrame::data(&Frame::Text(push.into())).deflated();
    let push = push.expect("it repeats itself").payload();
    let made = allocations_each(&server, || {
        socket.send_compressed(&push);
        assert!(socket.receive_bytes().len() < 200);
    });
    // As for a long payload, and the compressed forms of both: what compresses them belongs to the thread.
    assert!(made <= 6, "{made}");
}

/// Allocations for one broadcast, from the publisher's push to the last delivery.
fn broadcast_to(subscribers: usize) -> usize {
    let server = Server::start();
    let mut sockets: Vec<_> = (0..subscribers)
        .map(|_| joined(&server, "room:1"))
        .collect();
    allocations_each(&server, || {
        sockets[0].send(r#"["1","2","room:1","broadcast",{"body":"hello"}]"#);
        sockets.iter_mut().for_each(|socket| {
            socket.receive();
        });
    })
}

#[test]
fn a_delivery_costs_no_allocation_however_many_there_are() {
    let (few, many) = (broadcast_to(2), broadcast_to(100));
    assert_eq!(few, many);
    // The publisher's frame, its payload and message; the broadcast, its event and frame, and the count of those who
    // share the frame.
    assert!(few <= 7, "{few}");
}

#[test]
fn a_click_and_its_diff_cost_eight_allocations() {
    let server = Server::start();
    let page = Page::load(server.addr, "/counter");
    let mut socket = page.join(server.addr);
    let click = page.message(
        "event",
        r#"{"type":"click","event":"inc","value":{"value":""}}"#,
    );
    let made = allocations_each(&server, || {
        socket.send(&click);
        assert!(socket.receive().contains(r#""diff":{"0":""#));
    });
    // The frame that comes in, its payload and message; the parameters' key, entries and table; the reply, which is
    // streamed, and its shrinking to what was written.
    assert!(made <= 8, "{made}");
}
