//! Channels on the wire: joining, events, ends and broadcasts (channels-wire 3 to 6), the same over WebSocket and long
//! polling, with V1 and V2, unless a scenario is about one of them.

#![expect(
    clippy::needless_pass_by_value,
    reason = "frames are written down where they are expected"
)]

use serde_json::{Value, json};

use crate::support::{Received, Server, Vsn, Wire};

fn reply(join_ref: impl Into<Value>, reference: &str, topic: &str, payload: Value) -> Value {
    json!([join_ref.into(), reference, topic, "phx_reply", payload])
}

fn ok(response: Value) -> Value {
    json!({"status": "ok", "response": response})
}

fn error(response: Value) -> Value {
    json!({"status": "error", "response": response})
}

fn unmatched() -> Value {
    error(json!({"reason": "unmatched topic"}))
}

fn crash(join_ref: &str, topic: &str) -> Value {
    json!([join_ref, join_ref, topic, "phx_error", {"reason": "channel_crash"}])
}

fn closed(join_ref: &str, topic: &str) -> Value {
    json!([join_ref, join_ref, topic, "phx_close", {}])
}

// D-1
#[tokio::test]
async fn a_heartbeat_is_answered_with_a_null_join_ref() {
    let (server, _) = Server::with_rooms().await;
    for wire in Wire::ALL {
        let mut client = server.connect(wire).await;
        client
            .send(json!(["7", "1", "phoenix", "heartbeat", {"a": 1}]))
            .await;
        client
            .expect(reply(Value::Null, "1", "phoenix", ok(json!({}))))
            .await;
        // D-12
        client.send(json!(["7", "2", "phoenix", "other", {}])).await;
        client
            .expect(reply(Value::Null, "2", "phoenix", unmatched()))
            .await;
    }
}

// J-2, D-3
#[tokio::test]
async fn a_join_is_answered_as_the_channel_decides() {
    let (server, _) = Server::with_rooms().await;
    for wire in Wire::ALL {
        let mut client = server.connect(wire).await;
        for (topic, answer) in [
            ("room:a", ok(json!({}))),
            ("room:echo", ok(json!({"given": [1, null]}))),
            ("room:refused", error(json!({"reason": "unauthorized"}))),
            ("room:panic", error(json!({"reason": "join crashed"}))),
            ("room:error", error(json!({"reason": "join crashed"}))),
        ] {
            client
                .send(json!(["1", "1", topic, "phx_join", {"given": [1, null]}]))
                .await;
            client.expect(reply("1", "1", topic, answer)).await;
        }
        client
            .send(json!(["1", "1", "nothing:a", "phx_join", {}]))
            .await;
        client
            .expect(reply(Value::Null, "1", "nothing:a", unmatched()))
            .await;
        // A refused join leaves nothing behind.
        client
            .send(json!(["1", "2", "room:refused", "echo", {}]))
            .await;
        client
            .expect(reply(Value::Null, "2", "room:refused", unmatched()))
            .await;
    }
}

// J-3
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_join_reply_comes_before_any_broadcast() {
    let (server, _) = Server::with_rooms().await;
    let mut client = server.connect(Vsn::V2).await;
    let pubsub = server.pubsub.clone();
    let noise = tokio::spawn(async move {
        loop {
            let payload = bennu::protocol::Payload::empty();
            let told = pubsub.broadcast("room:noisy", "noise", payload);
            told.expect("nothing can fail locally");
            tokio::task::yield_now().await;
        }
    });
    for n in 0..100 {
        let join_ref = n.to_string();
        client
            .send(json!([join_ref, join_ref, "room:noisy", "phx_join", {}]))
            .await;
        client
            .expect(reply(&*join_ref, &join_ref, "room:noisy", ok(json!({}))))
            .await;
        client
            .send(json!([join_ref, "leave", "room:noisy", "phx_leave", {}]))
            .await;
        while client.next().await[3] != "phx_close" {}
    }
    noise.abort();
}

// J-4, H-4: outside of handle_in there is nothing to answer.
#[tokio::test]
async fn what_is_sent_after_a_join_follows_its_reply() {
    let (server, _) = Server::with_rooms().await;
    for wire in Wire::ALL {
        let mut client = server.connect(wire).await;
        client.join("1", "room:after").await;
        client
            .expect(json!(["1", null, "room:after", "welcome", {"socket_ref": false}]))
            .await;
        client
            .expect(json!([null, null, "room:after", "entered", {}]))
            .await;
    }
}

// J-5
#[tokio::test]
async fn a_join_without_join_ref_lends_its_ref_to_what_follows() {
    for wire in Wire::V2 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect(wire).await;
        client
            .send(json!([null, "5", "room:a", "phx_join", {}]))
            .await;
        client
            .expect(reply(Value::Null, "5", "room:a", ok(json!({}))))
            .await;
        client
            .send(json!([null, "6", "room:a", "push_and_reply", {}]))
            .await;
        client
            .expect(json!(["5", null, "room:a", "pushed", {}]))
            .await;
        client
            .expect(reply("5", "6", "room:a", ok(json!({}))))
            .await;
        // The connection remembers null: a message with a join_ref is stale.
        client.send(json!(["5", "7", "room:a", "echo", {}])).await;
        client.send(json!([null, "8", "room:a", "panic", {}])).await;
        client
            .expect(json!([null, null, "room:a", "phx_error", {"reason": "channel_crash"}]))
            .await;
    }
}

// V1-3
#[tokio::test]
async fn a_v1_client_without_join_refs_gets_ends_without_ref() {
    for wire in Wire::V1 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect(wire).await;
        client
            .send(json!([null, "1", "room:a", "phx_join", {}]))
            .await;
        client
            .expect(reply(Value::Null, "1", "room:a", ok(json!({}))))
            .await;
        client
            .send(json!([null, "2", "room:a", "stop", {"reason": "normal"}]))
            .await;
        client
            .expect(json!([null, null, "room:a", "phx_close", {}]))
            .await;
    }
}

// F-1, D-11
#[tokio::test]
async fn refs_are_echoed_with_their_type() {
    for wire in Wire::V2 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect(wire).await;
        client.send(json!([7, 7, "room:a", "phx_join", {}])).await;
        client
            .expect(json!([7, 7, "room:a", "phx_reply", ok(json!({}))]))
            .await;
        for reference in [json!(2.5), json!(null), json!({"any": ["thing"]})] {
            client
                .send(json!([7, reference, "room:a", "echo", {"x": 1}]))
                .await;
            client
                .expect(json!([
                    7,
                    reference,
                    "room:a",
                    "phx_reply",
                    ok(json!({"x": 1}))
                ]))
                .await;
        }
        client.send(json!(["7", 8, "room:a", "echo", {}])).await; // D-9: stale
        client.send(json!([7, 9, "room:a", "echo", {}])).await;
        client
            .expect(json!([7, 9, "room:a", "phx_reply", ok(json!({}))]))
            .await;
    }
}

// F-3, F-5
#[tokio::test]
async fn payloads_and_statuses_are_relayed_as_they_are() {
    for wire in Wire::V2 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect(wire).await;
        client.join("1", "room:a").await;
        for payload in [
            "null",
            "[]",
            "\"text\"",
            "12345678901234567890.5e3",
            "{\"ü\":\"\\u2028\"}",
        ] {
            client
                .send_text(&format!(r#"["1","2","room:a","echo",{payload}]"#))
                .await;
            let answer =
                format!(r#"["1","2","room:a","phx_reply",{{"status":"ok","response":{payload}}}]"#);
            assert_eq!(client.receive().await, Received::Text(answer));
        }
        client.send(json!(["1", "3", "room:a", "custom", {}])).await;
        client
            .expect(reply(
                "1",
                "3",
                "room:a",
                json!({"status": "custom", "response": {}}),
            ))
            .await;
    }
}

// M-2
#[tokio::test]
async fn a_topic_of_an_odd_type_is_unmatched() {
    for wire in Wire::V2 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect(wire).await;
        for topic in [json!(5), json!(null), json!({"a": 1})] {
            client.send(json!(["1", "2", topic, "echo", {}])).await;
            client
                .expect(json!([null, "2", topic, "phx_reply", unmatched()]))
                .await;
        }
    }
}

// H-2
#[tokio::test]
async fn program_order_is_wire_order() {
    let (server, _) = Server::with_rooms().await;
    for wire in Wire::ALL {
        let mut client = server.connect(wire).await;
        client.join("1", "room:a").await;
        client
            .send(json!(["1", "2", "room:a", "push_and_reply", {"n": 1}]))
            .await;
        client
            .expect(json!(["1", null, "room:a", "pushed", {"n": 1}]))
            .await;
        client.expect_ok("1", "2", "room:a", json!({})).await;
        client
            .send(json!(["1", "3", "room:a", "shout", {"n": 2}]))
            .await;
        client
            .expect(json!([null, null, "room:a", "shouted", {"n": 2}]))
            .await;
        client.expect_ok("1", "3", "room:a", json!({})).await;
    }
}

// H-3, 5.3
#[tokio::test]
async fn whatever_goes_wrong_ends_the_channel_with_phx_error() {
    let (server, stage) = Server::with_rooms().await;
    let mut journal = stage.journal();
    for wire in Wire::ALL {
        let mut client = server.connect(wire).await;
        for (event, payload) in [
            ("panic", json!({})),
            ("fail", json!({})),
            ("nobody_handles_this", json!({})),
            ("stop", json!({"reason": "boom"})),
            ("phx_reply", json!({})),
        ] {
            client.join("1", "room:a").await;
            client
                .send(json!(["1", "2", "room:a", event, payload]))
                .await;
            client.expect(crash("1", "room:a")).await;
            assert!(journal.next().await.starts_with("room:a: "), "{event}");
            // E-2
            client.send(json!(["1", "3", "room:a", "echo", {}])).await;
            client
                .expect(reply(Value::Null, "3", "room:a", unmatched()))
                .await;
        }
        client.join("1", "room:a").await;
        client
            .send(json!(["1", "2", "room:a", "stop", {"reason": "boom", "reply": true}]))
            .await;
        client
            .expect_ok("1", "2", "room:a", json!({"bye": 1}))
            .await;
        client.expect(crash("1", "room:a")).await;
        journal.next().await;
    }
}

// F-4
#[tokio::test]
async fn pushing_what_is_no_object_is_the_channels_error() {
    for wire in Wire::V2 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect(wire).await;
        for event in ["push", "shout", "whisper"] {
            client.join("1", "room:a").await;
            client.send(json!(["1", "2", "room:a", event, [1]])).await;
            client.expect(crash("1", "room:a")).await;
        }
    }
}

// 5.3
#[tokio::test]
async fn a_channel_that_stops_in_good_order_says_phx_close() {
    let (server, stage) = Server::with_rooms().await;
    let mut journal = stage.journal();
    for wire in Wire::ALL {
        let mut client = server.connect(wire).await;
        for reason in ["normal", "shutdown"] {
            client.join("1", "room:a").await;
            client
                .send(json!(["1", "2", "room:a", "stop", {"reason": reason, "reply": true}]))
                .await;
            client
                .expect_ok("1", "2", "room:a", json!({"bye": 1}))
                .await;
            client.expect(closed("1", "room:a")).await;
            assert_eq!(journal.next().await, format!("room:a: {reason}"));
        }
    }
}

// 5.3, D-7, E-2
#[tokio::test]
async fn leaving_is_answered_and_leaving_twice_too() {
    let (server, stage) = Server::with_rooms().await;
    let mut journal = stage.journal();
    for wire in Wire::ALL {
        let mut client = server.connect(wire).await;
        client.join("1", "room:a").await;
        client
            .send(json!(["1", "2", "room:a", "phx_leave", {}]))
            .await;
        client.expect_ok("1", "2", "room:a", json!({})).await;
        client.expect(closed("1", "room:a")).await;
        assert_eq!(journal.next().await, "room:a: left");
        client
            .send(json!(["1", "3", "room:a", "phx_leave", {}]))
            .await;
        client.expect_ok("1", "3", "room:a", json!({})).await;
    }
}

// D-6
#[tokio::test]
async fn a_leave_of_an_earlier_join_is_ignored() {
    for wire in Wire::V2 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect(wire).await;
        client.join("2", "room:a").await;
        client
            .send(json!(["1", "3", "room:a", "phx_leave", {}]))
            .await;
        client.expect_quiet("2", "room:a").await;
    }
}

// E-1
#[tokio::test]
async fn terminate_may_push_after_phx_close_and_before_phx_error() {
    let (server, _) = Server::with_rooms().await;
    for wire in Wire::ALL {
        let mut client = server.connect(wire).await;
        let goodbye = json!(["1", null, "room:a", "goodbye", {}]);
        client.join("1", "room:a").await;
        client
            .send(json!(["1", "2", "room:a", "goodbye", {}]))
            .await;
        client
            .send(json!(["1", "3", "room:a", "stop", {"reason": "normal"}]))
            .await;
        client.expect(closed("1", "room:a")).await;
        client.expect(goodbye.clone()).await;
        client.join("1", "room:a").await;
        client
            .send(json!(["1", "2", "room:a", "goodbye", {}]))
            .await;
        client.send(json!(["1", "3", "room:a", "panic", {}])).await;
        client.expect(goodbye).await;
        client.expect(crash("1", "room:a")).await;
    }
}

// X-1, X-3, 5.5: of the frames of a duplicate join only those of one channel have an order.
#[tokio::test]
async fn joining_again_closes_the_earlier_channel_under_its_own_join_ref() {
    for wire in Wire::V2 {
        let (server, stage) = Server::with_rooms().await;
        let mut journal = stage.journal();
        let mut client = server.connect(wire).await;
        client.join("1", "room:a").await;
        client
            .send(json!(["2", "2", "room:a", "phx_join", {}]))
            .await;
        let mut frames = [client.next().await, client.next().await];
        frames.sort_by_key(|frame| frame[3].to_string());
        assert_eq!(
            frames,
            [
                closed("1", "room:a"),
                reply("2", "2", "room:a", ok(json!({})))
            ]
        );
        assert_eq!(journal.next().await, "room:a: duplicate join");
        client.expect_quiet("2", "room:a").await;
    }
}

// X-2: what the JavaScript client does when it rejoins.
#[tokio::test]
async fn a_leave_may_be_followed_by_a_join_at_once() {
    for wire in Wire::V2 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect(wire).await;
        client.join("1", "room:a").await;
        client
            .send(json!(["1", "2", "room:a", "phx_leave", {}]))
            .await;
        client
            .send(json!(["3", "3", "room:a", "phx_join", {}]))
            .await;
        let mut joined = false;
        while !joined {
            let frame = client.next().await;
            match frame[0].as_str() {
                Some("1") => assert!(
                    frame[3] == "phx_reply" || frame[3] == "phx_close",
                    "{frame}"
                ),
                _ => {
                    assert_eq!(frame, reply("3", "3", "room:a", ok(json!({}))));
                    joined = true;
                }
            }
        }
        client.send(json!(["3", "4", "room:a", "echo", {}])).await;
        while client.next().await != reply("3", "4", "room:a", ok(json!({}))) {}
    }
}

// J-1, section 16.5: a slow join holds up its own topic only.
#[tokio::test]
async fn a_slow_join_or_event_holds_up_nothing_but_its_topic() {
    for wire in Wire::V2 {
        let (server, stage) = Server::with_rooms().await;
        let mut journal = stage.journal();
        let mut client = server.connect(wire).await;
        client.join("1", "room:a").await;
        client
            .send(json!(["2", "2", "room:slow", "phx_join", {}]))
            .await;
        client
            .send(json!(["2", "3", "room:slow", "echo", {"n": 1}]))
            .await;
        assert_eq!(journal.next().await, "joining");
        client.send(json!(["1", "4", "room:a", "wait", {}])).await;
        assert_eq!(journal.next().await, "waiting");
        client
            .send(json!([null, "5", "phoenix", "heartbeat", {}]))
            .await;
        client
            .expect(reply(Value::Null, "5", "phoenix", ok(json!({}))))
            .await;
        client.join("6", "room:b").await;
        stage.gate.add_permits(2);
        let mut answers: Vec<_> = Vec::new();
        for _ in 0..3 {
            answers.push(client.next().await);
        }
        answers.sort_by_key(|answer| answer[1].to_string());
        assert_eq!(answers[0], reply("2", "2", "room:slow", ok(json!({}))));
        assert_eq!(
            answers[1],
            reply("2", "3", "room:slow", ok(json!({"n": 1})))
        );
        assert_eq!(answers[2], reply("1", "4", "room:a", ok(json!({}))));
    }
}

// What waits for a join that is refused has no channel.
#[tokio::test]
async fn messages_behind_a_refused_join_are_unmatched() {
    for wire in Wire::V2 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect(wire).await;
        client
            .send(json!(["1", "1", "room:refused", "phx_join", {}]))
            .await;
        client
            .send(json!(["1", "2", "room:refused", "echo", {}]))
            .await;
        client
            .send(json!(["1", "3", "room:refused", "phx_leave", {}]))
            .await;
        let refused = error(json!({"reason": "unauthorized"}));
        client
            .expect(reply("1", "1", "room:refused", refused))
            .await;
        client
            .expect(reply(Value::Null, "2", "room:refused", unmatched()))
            .await;
        client
            .expect(reply("1", "3", "room:refused", ok(json!({}))))
            .await;
    }
}

// H-4
#[tokio::test]
async fn an_event_can_be_answered_later_and_more_than_once() {
    let (server, _) = Server::with_rooms().await;
    for wire in Wire::ALL {
        let mut client = server.connect(wire).await;
        client.join("1", "room:a").await;
        client.send(json!(["1", "2", "room:a", "later", {}])).await;
        client.expect_ok("1", "2", "room:a", json!({"n": 1})).await;
        client.expect_ok("1", "2", "room:a", json!({"n": 2})).await;
    }
    // Without a ref there is nothing to answer.
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    client.send(json!(["1", null, "room:a", "later", {}])).await;
    client.expect(crash("1", "room:a")).await;
}

// BC-1, BC-3
#[tokio::test]
async fn a_broadcast_reaches_everyone_and_one_from_the_sender_everyone_else() {
    let (server, _) = Server::with_rooms().await;
    let mut sender = server.connect(Vsn::V2).await;
    sender.join("1", "room:a").await;
    let mut receivers = Vec::new();
    for wire in Wire::ALL {
        let mut receiver = server.connect(wire).await;
        receiver.join("9", "room:a").await;
        receiver.join("10", "room:b").await;
        receivers.push(receiver);
    }
    sender
        .send(json!(["1", "2", "room:a", "shout", {"n": 1}]))
        .await;
    sender
        .send(json!(["1", "3", "room:a", "whisper", {"n": 2}]))
        .await;
    sender
        .expect(json!([null, null, "room:a", "shouted", {"n": 1}]))
        .await;
    sender.expect_ok("1", "2", "room:a", json!({})).await;
    sender.expect_ok("1", "3", "room:a", json!({})).await;
    for mut receiver in receivers {
        for n in [1, 2] {
            receiver
                .expect(json!([null, null, "room:a", "shouted", {"n": n}]))
                .await;
        }
        receiver.expect_quiet("10", "room:b").await;
    }
}

// BC-2
#[tokio::test]
async fn an_intercepted_broadcast_passes_through_each_channel() {
    let (server, _) = Server::with_rooms().await;
    let mut ada = server.connect_with(Vsn::V2, "&user=ada").await;
    let mut bob = server.connect_with(Vsn::V1, "&user=bob").await;
    ada.join("1", "room:a").await;
    bob.join("2", "room:a").await;
    ada.send(json!(["1", "3", "room:a", "secret", {"n": 1}]))
        .await;
    ada.expect(json!(["1", null, "room:a", "secret", {"n": 1, "seen_by": "ada"}]))
        .await;
    bob.expect(json!(["2", null, "room:a", "secret", {"n": 1, "seen_by": "bob"}]))
        .await;
}

// BC-4
#[tokio::test]
async fn a_channel_hears_what_it_subscribed_to_until_it_unsubscribes() {
    for wire in Wire::V2 {
        let (server, _) = Server::with_rooms().await;
        let mut listener = server.connect(wire).await;
        let mut speaker = server.connect(wire).await;
        listener.join("1", "room:a").await;
        speaker.join("1", "room:news").await;
        listener
            .send(json!(["1", "2", "room:a", "subscribe", "room:news"]))
            .await;
        listener.expect_quiet("1", "room:a").await;
        speaker
            .send(json!(["1", "3", "room:news", "whisper", {"n": 1}]))
            .await;
        let heard = json!({"broadcast": ["room:news", "shouted", {"n": 1}]});
        listener
            .expect(json!(["1", null, "room:a", "heard", heard]))
            .await;
        listener
            .send(json!(["1", "4", "room:a", "unsubscribe", "room:news"]))
            .await;
        listener.expect_quiet("1", "room:a").await;
        speaker.expect_ok("1", "3", "room:news", json!({})).await;
        speaker
            .send(json!(["1", "5", "room:news", "whisper", {"n": 2}]))
            .await;
        speaker.expect_ok("1", "5", "room:news", json!({})).await;
        listener.expect_quiet("1", "room:a").await;
        assert_eq!(server.pubsub.subscriber_count("room:news"), 1);
    }
}

// BC-5
#[tokio::test]
async fn reserved_names_are_broadcast_like_any_other() {
    for wire in Wire::V2 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect_with(wire, "&user=ada").await;
        client.join("1", "room:a").await;
        for event in ["phx_close", "disconnect", "phx_drain"] {
            let payload = bennu::protocol::Payload::empty();
            let told = server.pubsub.broadcast("room:a", event, payload);
            told.expect("nothing can fail locally");
            client
                .expect(json!([null, null, "room:a", event, {}]))
                .await;
        }
        client.expect_quiet("1", "room:a").await;
    }
}

// B-6, B-1: layouts of section 3.2.
#[tokio::test]
async fn binary_payloads_travel_both_ways() {
    let (server, _) = Server::with_rooms().await;
    let mut client = server.connect(Vsn::V2).await;
    client
        .send(json!(["1", "1", "room:binary", "phx_join", {}]))
        .await;
    let joined = b"\x01\x01\x01\x0b\x021" as &[u8];
    assert_eq!(
        client.receive().await,
        Received::Binary([joined, b"1room:binaryok\x01\x02\x03"].concat())
    );
    let message = |event: &str, data: &[u8]| {
        let event_bytes = u8::try_from(event.len()).expect("a short name");
        let sizes = [0, 1, 1, 11, event_bytes];
        [&sizes, b"12room:binary" as &[u8], event.as_bytes(), data].concat()
    };
    client.send_binary(&message("echo", b"\xff\x00")).await;
    assert_eq!(
        client.receive().await,
        Received::Binary(b"\x01\x01\x01\x0b\x0212room:binaryok\xff\x00".to_vec())
    );
    client.send_binary(&message("push", b"abc")).await;
    assert_eq!(
        client.receive().await,
        Received::Binary(b"\x00\x01\x0b\x061room:binarypushedabc".to_vec())
    );
    client.send_binary(&message("shout", b"")).await;
    assert_eq!(
        client.receive().await,
        Received::Binary(b"\x02\x0b\x07room:binaryshouted".to_vec())
    );
    client.expect_ok("1", "2", "room:binary", json!({})).await;
}

// V1-2
#[tokio::test]
async fn a_v1_client_cannot_be_sent_bytes() {
    for wire in Wire::V1 {
        let (server, _) = Server::with_rooms().await;
        let mut client = server.connect(wire).await;
        client
            .send(json!(["1", "1", "room:binary", "phx_join", {}]))
            .await;
        client
            .expect(reply(
                "1",
                "1",
                "room:binary",
                error(json!({"reason": "join crashed"})),
            ))
            .await;
        client.join("1", "room:a").await;
        client
            .send(json!(["1", "2", "room:a", "reply_binary", {}]))
            .await;
        client.expect(crash("1", "room:a")).await;
    }
}

// 5.3: the connection closes
#[tokio::test]
async fn channels_end_with_their_connection() {
    let (server, stage) = Server::with_rooms().await;
    let mut journal = stage.journal();
    let mut client = server.connect(Vsn::V2).await;
    client.join("1", "room:a").await;
    client.send(json!(["1", "2", "room:a", "wait", {}])).await;
    assert_eq!(journal.next().await, "waiting");
    // The TCP connection just goes away while an event is being handled.
    drop(client);
    stage.gate.add_permits(1);
    assert_eq!(journal.next().await, "room:a: closed");
}
