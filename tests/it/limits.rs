//! What happens at each bound of a connection, and at its protocol's edges (channels-wire 2.9, 2.10, D-4).

use std::pin::pin;
use std::time::Duration;

use bennu::channel::OutboxLimits;
use bennu::endpoint::WebSocketOptions;
use bennu::protocol::Payload;
use bennu::socket::Limits;
use serde_json::{Value, json};

use crate::support::{Client, Received, Server, Stage, Vsn, masked, rooms};

async fn with_limits(limits: Limits) -> (Server, Stage) {
    Server::with_mount(rooms().limits(limits)).await
}

async fn with_options(options: WebSocketOptions) -> (Server, Stage) {
    Server::with_mount(rooms().websocket(options)).await
}

// D-4, D-14
#[tokio::test]
async fn the_hundred_and_first_channel_is_refused() {
    let (server, _) = Server::with_rooms().await;
    let mut client = server.connect(Vsn::V2).await;
    for n in 0..100 {
        client.join("1", &format!("room:{n}")).await;
    }
    let too_many = json!({"status": "error", "response": {"reason": "too many channels joined"}});
    client
        .send(json!(["2", "2", "room:100", "phx_join", {}]))
        .await;
    client
        .expect(json!(["2", "2", "room:100", "phx_reply", too_many]))
        .await;
    // A join that replaces another needs no place of its own.
    client
        .send(json!(["3", "3", "room:7", "phx_join", {}]))
        .await;
    let replaced = [client.next().await, client.next().await];
    assert!(
        replaced
            .iter()
            .any(|frame| frame[1] == "3" && frame[4]["status"] == "ok")
    );
    // Who leaves makes room.
    client
        .send(json!(["1", "4", "room:8", "phx_leave", {}]))
        .await;
    client.expect_ok("1", "4", "room:8", json!({})).await;
    client
        .expect(json!(["1", "1", "room:8", "phx_close", {}]))
        .await;
    client.join("5", "room:100").await;
}

#[tokio::test]
async fn a_full_mailbox_holds_up_its_client_and_loses_nothing() {
    let limits = Limits {
        mail_max: 2,
        ..Limits::default()
    };
    let (server, stage) = with_limits(limits).await;
    let mut journal = stage.journal();
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    client.join("2", "room:b").await;
    client
        .send(json!(["1", "wait", "room:a", "wait", {}]))
        .await;
    assert_eq!(journal.next().await, "waiting");
    for n in 0..20 {
        client
            .send(json!(["1", n.to_string(), "room:a", "echo", {"n": n}]))
            .await;
    }
    client
        .send(json!(["2", "behind", "room:b", "echo", {}]))
        .await;
    stage.gate.add_permits(1);
    client.expect_ok("1", "wait", "room:a", json!({})).await;
    let mut answered = Vec::new();
    for _ in 0..=20 {
        answered.push(client.next().await[1].clone());
    }
    // What comes behind a message that found no room waits too, for whatever topic it is: of those before it only as
    // many as the mailbox holds, and the one that is being handled, may still be unanswered.
    let behind = answered.iter().position(|reference| reference == "behind");
    let behind = behind.expect("every message is answered");
    assert!(behind >= 17, "{behind} were answered before");
    answered.remove(behind);
    assert!(
        answered
            .into_iter()
            .eq((0..20).map(|n| json!(n.to_string())))
    );
}

#[tokio::test]
async fn a_channel_that_does_not_keep_up_with_broadcasts_starts_afresh() {
    let limits = Limits {
        mail_max: 2,
        ..Limits::default()
    };
    let (server, stage) = with_limits(limits).await;
    let mut journal = stage.journal();
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    let intercepted = |payload: Value| {
        let payload = Payload::json(&payload).expect("an object");
        let told = server.pubsub.broadcast("room:a", "secret", payload);
        told.expect("nothing can fail locally");
    };
    intercepted(json!({"wait": true}));
    assert_eq!(journal.next().await, "waiting");
    for _ in 0..2 {
        intercepted(json!({}));
    }
    stage.gate.add_permits(1);
    for waited in [json!(true), json!(null), json!(null)] {
        let frame = client.next().await;
        assert_eq!((&frame[3], &frame[4]["wait"]), (&json!("secret"), &waited));
    }
    // One more than there is room for.
    intercepted(json!({"wait": true}));
    assert_eq!(journal.next().await, "waiting");
    for _ in 0..3 {
        intercepted(json!({}));
    }
    stage.gate.add_permits(1);
    assert_eq!(client.next().await[3], "secret");
    client
        .expect(json!(["1", "1", "room:a", "phx_error", {"reason": "channel_crash"}]))
        .await;
    assert_eq!(journal.next().await, "room:a: mailbox overflowed");
}

#[tokio::test]
async fn so_many_bytes_wait_for_a_channel_and_its_client_waits_with_more() {
    let limits = Limits {
        mail_bytes_max: 1_000,
        ..Limits::default()
    };
    let (server, stage) = with_limits(limits).await;
    let mut journal = stage.journal();
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    client.join("2", "room:b").await;
    client
        .send(json!(["1", "wait", "room:a", "wait", {}]))
        .await;
    assert_eq!(journal.next().await, "waiting");
    let filling = "x".repeat(400);
    // Two of these fit, and the last one is larger than the mailbox.
    for n in 0..3 {
        client
            .send(json!(["1", n, "room:a", "echo", filling]))
            .await;
    }
    client
        .send(json!(["1", 3, "room:a", "echo", filling.repeat(3)]))
        .await;
    client
        .send(json!(["2", "behind", "room:b", "echo", {}]))
        .await;
    stage.gate.add_permits(1);
    client.expect_ok("1", "wait", "room:a", json!({})).await;
    let mut answered = Vec::new();
    for _ in 0..=4 {
        answered.push(client.next().await[1].clone());
    }
    // What found no room held up what came behind it, for whatever topic.
    let behind = answered.iter().position(|reference| reference == "behind");
    let behind = behind.expect("every message is answered");
    assert!(behind >= 2, "{behind} were answered before");
    answered.remove(behind);
    assert_eq!(answered, [json!(0), json!(1), json!(2), json!(3)]);
}

#[tokio::test]
async fn a_channel_that_does_not_keep_up_with_the_bytes_of_broadcasts_starts_afresh() {
    let limits = Limits {
        mail_bytes_max: 1_000,
        ..Limits::default()
    };
    let (server, stage) = with_limits(limits).await;
    let mut journal = stage.journal();
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    let filling = "x".repeat(400);
    for (count, fits) in [(2, true), (3, false)] {
        client.send(json!(["1", "2", "room:a", "wait", {}])).await;
        assert_eq!(journal.next().await, "waiting");
        for _ in 0..count {
            let payload = Payload::json(&json!({"filling": filling})).expect("an object");
            let told = server.pubsub.broadcast("room:a", "secret", payload);
            told.expect("nothing can fail locally");
        }
        stage.gate.add_permits(1);
        client.expect_ok("1", "2", "room:a", json!({})).await;
        if fits {
            for _ in 0..count {
                assert_eq!(client.next().await[3], "secret");
            }
        } else {
            client
                .expect(json!(["1", "1", "room:a", "phx_error", {"reason": "channel_crash"}]))
                .await;
            assert_eq!(journal.next().await, "room:a: mailbox overflowed");
        }
    }
}

/// Broadcasts to a client that reads nothing, until it is dropped.
async fn drown(limits: OutboxLimits) {
    let limits = Limits {
        outbox: limits,
        ..Limits::default()
    };
    let options = WebSocketOptions {
        close_timeout: Duration::from_millis(20),
        ..WebSocketOptions::default()
    };
    let (server, stage) = Server::with_mount(rooms().limits(limits).websocket(options)).await;
    let mut journal = stage.journal();
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    let filling = Payload::json(&json!({"filling": "x".repeat(10_000)})).expect("an object");
    let dropped = journal.next();
    let mut dropped = pin!(dropped);
    let line = loop {
        let told = server
            .pubsub
            .broadcast("room:a", "filling", filling.clone());
        told.expect("nothing can fail locally");
        tokio::select! {
            biased;
            line = &mut dropped => break line,
            () = tokio::task::yield_now() => {}
        }
    };
    assert_eq!(line, "room:a: closed");
    let mut last = client.receive().await;
    while let Received::Text(text) = last {
        assert!(text.contains("filling"));
        last = client.receive().await;
    }
    // There was no room for a close frame.
    assert_eq!(last, Received::End);
}

// 16.9
#[tokio::test]
async fn a_client_that_does_not_read_is_dropped_at_a_number_of_bytes() {
    drown(OutboxLimits {
        bytes_max: 100_000,
        frames_max: usize::MAX,
    })
    .await;
}

// 16.9
#[tokio::test]
async fn a_client_that_does_not_read_is_dropped_at_a_number_of_frames() {
    drown(OutboxLimits {
        bytes_max: usize::MAX,
        frames_max: 10,
    })
    .await;
}

// 16.9
#[tokio::test]
async fn a_client_that_falls_behind_is_told_1013() {
    let limits = Limits {
        outbox: OutboxLimits {
            bytes_max: 1_000,
            frames_max: 10,
        },
        ..Limits::default()
    };
    let (server, _) = with_limits(limits).await;
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    // Ten frames fit, as many as the channel can push before the connection's task gets its turn.
    client
        .send(json!(["1", "2", "room:a", "push_many", [10, 10]]))
        .await;
    for _ in 0..10 {
        assert_eq!(client.next().await[3], "filling");
    }
    client
        .send(json!(["1", "3", "room:a", "push_many", [11, 10]]))
        .await;
    assert_eq!(client.receive().await, Received::Close(1013));
}

// 16.9: its own replies do not close a client that reads them late.
#[tokio::test]
async fn a_client_that_asks_for_more_than_it_reads_gets_every_answer() {
    let (server, _) = Server::with_rooms().await;
    let mut client = server.connect(Vsn::V2).await;
    let topics = 100;
    for n in 0..topics {
        client.join("1", &format!("room:{n}")).await;
    }
    let requests = 100_000;
    let texts = (0..requests).map(|n| format!(r#"["1",{n},"room:{}","echo",{{}}]"#, n % topics));
    let mut answered = vec![false; requests];
    let mut count = 0;
    client
        .pipeline(texts, |received| {
            let Received::Text(text) = received else {
                panic!("not an answer: {received:?}");
            };
            let answer: Value = serde_json::from_str(&text).expect("a frame is JSON");
            assert_eq!(answer[4]["status"], "ok");
            let n = answer[1].as_u64().and_then(|n| usize::try_from(n).ok());
            let place = &mut answered[n.expect("the ref is a number")];
            assert!(!std::mem::replace(place, true), "answered once");
            count += 1;
            count == requests
        })
        .await;
}

// 16.9: what waits to be handled counts, whether or not it is answered in the end.
#[tokio::test]
async fn a_client_with_a_small_outbox_may_send_many_events_without_reply() {
    let limits = Limits {
        outbox: OutboxLimits {
            frames_max: 4,
            ..OutboxLimits::default()
        },
        ..Limits::default()
    };
    let (server, _) = with_limits(limits).await;
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    let events = (0..1_000).map(|_| r#"["1","2","room:a","goodbye",{}]"#.to_owned());
    let echoes = (0..1_000).map(|_| r#"["1","3","room:a","echo",{}]"#.to_owned());
    let mut count = 0;
    client
        .pipeline(events.chain(echoes), |received| {
            assert!(matches!(received, Received::Text(_)), "{received:?}");
            count += 1;
            count == 1_000
        })
        .await;
}

// D-14: who leaves and joins does not pile up channels whose `terminate` is slow.
#[tokio::test]
async fn channels_on_their_way_out_are_bounded_too() {
    let limits = Limits {
        channels_max: 2,
        ..Limits::default()
    };
    let (server, stage) = with_limits(limits).await;
    let mut journal = stage.journal();
    let mut client = server.connect(Vsn::V2).await;
    for _ in 0..4 {
        client.join("1", "room:slow_end").await;
        client
            .send(json!(["1", "2", "room:slow_end", "phx_leave", {}]))
            .await;
        client.expect_ok("1", "2", "room:slow_end", json!({})).await;
        client
            .expect(json!(["1", "1", "room:slow_end", "phx_close", {}]))
            .await;
        assert_eq!(journal.next().await, "room:slow_end: left");
    }
    let too_many = json!({"status": "error", "response": {"reason": "too many channels joined"}});
    client
        .send(json!(["1", "1", "room:a", "phx_join", {}]))
        .await;
    client
        .expect(json!(["1", "1", "room:a", "phx_reply", too_many]))
        .await;
    stage.gate.add_permits(4);
    for _ in 0..4 {
        assert_eq!(journal.next().await, "room:slow_end: over");
    }
    // The last one tells the connection after it told us.
    loop {
        client
            .send(json!(["1", "1", "room:a", "phx_join", {}]))
            .await;
        if client.next().await[4]["status"] == "ok" {
            break;
        }
    }
}

/// A message with a payload that makes its frame `bytes` long.
fn message_of(bytes: usize) -> String {
    let empty = r#"["1","2","room:a","echo",""]"#;
    let filling = "x".repeat(bytes - empty.len());
    format!(r#"["1","2","room:a","echo","{filling}"]"#)
}

// U-3
#[tokio::test]
async fn a_frame_may_be_as_large_as_allowed_and_no_larger() {
    let options = WebSocketOptions {
        frame_bytes_max: 500,
        ..WebSocketOptions::default()
    };
    let (server, _) = with_options(options).await;
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    client.send_text(&message_of(500)).await;
    assert_eq!(client.next().await[4]["status"], "ok");
    client.send_text(&message_of(501)).await;
    assert_eq!(client.receive().await, Received::Close(1009));
}

// U-3
#[tokio::test]
async fn the_fragments_of_a_message_may_be_as_large_as_allowed_and_no_larger() {
    let options = WebSocketOptions {
        message_bytes_max: 500,
        ..WebSocketOptions::default()
    };
    let (server, _) = with_options(options).await;
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    for bytes in [500, 501] {
        let message = message_of(bytes);
        let (first, second) = message.as_bytes().split_at(200);
        client.write(&masked(0x01, first)).await;
        // A control frame may come between fragments.
        client.write(&masked(0x89, b"ping")).await;
        assert_eq!(client.receive().await, Received::Pong(b"ping".to_vec()));
        client.write(&masked(0x80, second)).await;
        if bytes == 500 {
            assert_eq!(client.next().await[4]["status"], "ok");
        }
    }
    assert_eq!(client.receive().await, Received::Close(1009));
}

// U-5, U-3, 2.10
#[tokio::test]
async fn what_breaks_rfc_6455_closes_with_its_code() {
    let (server, _) = Server::with_rooms().await;
    let mut unmasked = masked(0x81, b"[]");
    unmasked[1] &= 0x7f;
    let cases: [(&str, Vec<u8>, u16); 8] = [
        ("text that is not UTF-8", masked(0x81, b"\xff"), 1007),
        ("a frame without mask", unmasked, 1002),
        ("a reserved bit", masked(0xc1, b"[]"), 1002),
        ("an unknown opcode", masked(0x83, b"[]"), 1002),
        ("a continuation of nothing", masked(0x80, b"[]"), 1002),
        ("a control frame in fragments", masked(0x09, b""), 1002),
        (
            "a control frame of 126 bytes",
            masked(0x89, &[0; 126]),
            1002,
        ),
        (
            "a fragment that makes no progress",
            [masked(0x01, b"["), masked(0x00, b"")].concat(),
            1008,
        ),
    ];
    for (what, bytes, code) in cases {
        let mut client = server.connect(Vsn::V2).await;
        client.write(&bytes).await;
        assert_eq!(client.receive().await, Received::Close(code), "{what}");
    }
}

// U-5
#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let (server, _) = Server::with_rooms().await;
    let mut client = server.connect(Vsn::V2).await;
    for payload in [&b""[..], &[7; 125]] {
        client.write(&masked(0x89, payload)).await;
        assert_eq!(client.receive().await, Received::Pong(payload.to_vec()));
    }
}

// M-1
#[tokio::test]
async fn a_malformed_message_closes_with_1011_and_ends_the_channels() {
    let (server, stage) = Server::with_rooms().await;
    let mut journal = stage.journal();
    for (vsn, frames) in [
        (
            Vsn::V2,
            vec![
                masked(0x81, b"{nope"),
                masked(0x81, br#"["1","2","room:a","echo"]"#),
                masked(
                    0x81,
                    br#"{"topic":"room:a","event":"echo","payload":{},"ref":"1"}"#,
                ),
                masked(0x81, br#"["1","2","room:a","echo","\ud800"]"#),
                masked(0x82, b"\x03\x00\x00\x00\x00"), // B-5: an unknown kind
                masked(0x82, b"\x00\x01\x01\x06\xff12room:a"), // B-5: sizes beyond the frame
                masked(0x82, b"\x00\x00\x00\x01\x01\xffx"), // B-5: not UTF-8
            ],
        ),
        (
            Vsn::V1,
            vec![
                masked(0x81, br#"["1","2","room:a","echo",{}]"#), // V1-4
                masked(0x81, br#"{"topic":"room:a","event":"echo","payload":{}}"#), // V1-1
            ],
        ),
    ] {
        for frame in frames {
            let mut client = server.connect(vsn).await;
            client.join("1", "room:a").await;
            client.write(&frame).await;
            assert_eq!(client.receive().await, Received::Close(1011), "{frame:?}");
            client.close(Some(1011)).await;
            assert_eq!(client.receive().await, Received::End);
            assert_eq!(journal.next().await, "room:a: closed");
        }
    }
}

// U-2
#[tokio::test]
async fn a_client_that_is_silent_for_too_long_is_told_1002() {
    let options = WebSocketOptions {
        timeout: Duration::from_millis(50),
        ..WebSocketOptions::default()
    };
    let (server, _) = with_options(options).await;
    let mut client = server.connect(Vsn::V2).await;
    assert_eq!(client.receive().await, Received::Close(1002));
}

// B-4
#[tokio::test]
async fn a_name_too_long_for_a_binary_frame_is_the_channels_error() {
    let (server, _) = Server::with_rooms().await;
    let mut client = server.connect(Vsn::V2).await;
    let fits = format!("room:{}", "x".repeat(250));
    client.join("1", &fits).await;
    client
        .send(json!(["1", "2", fits, "reply_binary", {}]))
        .await;
    assert!(matches!(client.receive().await, Received::Binary(_)));
    let too_long = format!("{fits}x");
    client.join("3", &too_long).await;
    client
        .send(json!(["3", "4", too_long, "reply_binary", {}]))
        .await;
    client
        .expect(json!(["3", "3", too_long, "phx_error", {"reason": "channel_crash"}]))
        .await;
}

// E-4, X-1
#[tokio::test]
async fn a_channel_that_does_not_end_is_killed_after_its_shutdown_time() {
    let limits = Limits {
        shutdown: Duration::from_millis(20),
        ..Limits::default()
    };
    let (server, stage) = with_limits(limits).await;
    let mut journal = stage.journal();
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:stuck").await;
    client
        .send(json!(["2", "2", "room:stuck", "phx_join", {}]))
        .await;
    assert_eq!(journal.next().await, "room:stuck: duplicate join");
    // The earlier channel had said its last word before it got stuck.
    client
        .expect(json!(["1", "1", "room:stuck", "phx_close", {}]))
        .await;
    client.expect_ok("2", "2", "room:stuck", json!({})).await;
    assert_eq!(server.pubsub.subscriber_count("room:stuck"), 1);
}

// 2.10: the answer to a close is 1000, or 1002 to a code that no peer may send.
#[tokio::test]
async fn a_close_is_answered() {
    let (server, _) = Server::with_rooms().await;
    for (code, answer) in [
        (None, 1000),
        (Some(1000), 1000),
        (Some(4001), 1000),
        (Some(1005), 1002),
        (Some(999), 1002),
    ] {
        let mut client: Client = server.connect(Vsn::V2).await;
        client.close(code).await;
        assert_eq!(client.receive().await, Received::Close(answer), "{code:?}");
        assert_eq!(client.receive().await, Received::End);
    }
}
