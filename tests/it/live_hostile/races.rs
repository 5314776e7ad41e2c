//! Joins, leaves and ends that overtake each other.

use std::time::Duration;

use bennu::socket::Limits;
use serde_json::{Value, json};

use super::house::{House, guest_url};
use crate::support::Client;
use crate::support::live_page::{Loaded, click};

fn join(guest: &Loaded, reference: &str) -> Value {
    json!([
        reference,
        reference,
        guest.topic(),
        "phx_join",
        guest.join_payload(&guest_url(""))
    ])
}

fn leave(guest: &Loaded, reference: &str) -> Value {
    json!([reference, "leave", guest.topic(), "phx_leave", {}])
}

/// Reads until the reply to a ref, and gives what came before.
async fn until_reply(client: &mut Client, reference: &str) -> (Vec<Value>, Value) {
    let mut before = Vec::new();
    loop {
        let frame = client.next().await;
        if frame[1] == reference && frame[3] == "phx_reply" {
            return (before, frame);
        }
        before.push(frame);
    }
}

// 1.6: each join ends the one before it, and the last one counts.
#[tokio::test]
async fn joins_that_do_not_wait_replace_each_other() {
    let (mut house, guest, mut client) = House::open().await;
    for reference in 100..150 {
        client.send(join(&guest, &reference.to_string())).await;
    }
    for reference in 100..150 {
        let (before, reply) = until_reply(&mut client, &reference.to_string()).await;
        assert_eq!(reply[4]["status"], "ok", "{reference}");
        let closed: Vec<_> = before.iter().map(|frame| (&frame[1], &frame[3])).collect();
        let previous = json!((reference - 1).to_string());
        let expected = (&previous, &json!("phx_close"));
        assert_eq!(
            closed,
            if reference == 100 {
                vec![]
            } else {
                vec![expected]
            }
        );
    }
    client.send(click(&guest, "stale", "noop")).await;
    let payload = json!({"type": "click", "event": "noop", "value": {}});
    client
        .send(json!(["149", "5", guest.topic(), "event", payload]))
        .await;
    assert_eq!(
        client.next().await[1],
        "5",
        "a message of an earlier join is dropped"
    );
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

// 1.6, 9.3
#[tokio::test]
async fn a_page_that_leaves_and_joins_at_once_is_joined() {
    let (mut house, guest, mut client) = House::with_guest().await;
    let mut last = "4".to_owned();
    for round in 100..200 {
        client.send(leave(&guest, &last)).await;
        last = round.to_string();
        client.send(join(&guest, &last)).await;
        let payload = json!({"type": "click", "event": "noop", "value": {}});
        client
            .send(json!([
                last,
                format!("e{round}"),
                guest.topic(),
                "event",
                payload
            ]))
            .await;
        // Of a join that is over already.
        client.send(leave(&guest, "4")).await;
        let (_, reply) = until_reply(&mut client, &last).await;
        assert_eq!(reply[4]["status"], "ok");
        let (_, reply) = until_reply(&mut client, &format!("e{round}")).await;
        assert_eq!(reply[4]["status"], "ok");
    }
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

#[tokio::test]
async fn a_page_that_leaves_while_it_is_mounted_has_left() {
    let (mut house, guest, mut client) = House::open().await;
    let mut slow = join(&guest, "4");
    slow[4]["url"] = json!(guest_url("slow"));
    client.send(slow).await;
    client.send(click(&guest, "5", "noop")).await;
    client.send(leave(&guest, "4")).await;
    // Its mount waits at a gate that stays shut.
    let (_, reply) = until_reply(&mut client, "4").await;
    let left = json!({"status": "error", "response": {"reason": "left"}});
    assert_eq!(reply[4], left);
    let (_, reply) = until_reply(&mut client, "5").await;
    assert_eq!(reply[4]["response"]["reason"], "unmatched topic");
    let (_, reply) = until_reply(&mut client, "leave").await;
    assert_eq!(reply[4]["status"], "ok");
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

// 14.10, 4.4: a child whose parent ends is closed or refused, whichever comes first.
#[tokio::test]
async fn children_that_join_while_their_parent_ends_end_too() {
    let ends = [
        ("phx_leave", json!({})),
        (
            "event",
            json!({"type": "click", "event": "stop", "value": {}}),
        ),
        (
            "event",
            json!({"type": "click", "event": "nobody takes this", "value": {}}),
        ),
    ];
    for (event, payload) in ends {
        for first in [true, false] {
            let (mut house, guest, mut client) = House::open().await;
            let kid = guest.comes_with_kid(&mut client).await;
            let end = json!(["4", "end", guest.topic(), event, payload]);
            let (one, two) = if first {
                (end, kid.join("5"))
            } else {
                (kid.join("5"), end)
            };
            client.send(one).await;
            client.send(two).await;
            let (_, reply) = until_reply(&mut client, "5").await;
            if reply[4]["status"] == "ok" {
                while client.next().await != kid.closed("5") {}
            } else {
                let reason = reply[4]["response"]["reason"].as_str();
                assert!(
                    matches!(reason, Some("stale" | "parent_redirect")),
                    "{reply}"
                );
            }
            client.send(kid.join("6")).await;
            let (_, reply) = until_reply(&mut client, "6").await;
            assert_eq!(reply[4]["response"]["reason"], "stale");
            house.is_undisturbed(&mut client).await;
            house.empties(client).await;
        }
    }
}

#[tokio::test]
async fn a_child_that_is_being_mounted_ends_with_its_parent() {
    let (mut house, guest, mut client) = House::open().await;
    let kid = guest.comes_with_kid(&mut client).await;
    client.send(kid.join("5")).await;
    client.send(join(&guest, "6")).await;
    let (mut before, reply) = until_reply(&mut client, "6").await;
    assert_eq!(reply[4]["status"], "ok");
    while !before.contains(&kid.closed("5")) {
        before.push(client.next().await);
    }
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

/// Whatever is at work when a connection breaks off ends, and nothing of it stays; what does not end is killed.
#[tokio::test]
async fn a_connection_that_breaks_off_in_the_middle_leaves_nothing() {
    let limits = Limits {
        shutdown: Duration::from_millis(100),
        ..Limits::default()
    };
    for query in ["", "slow", "at=slow+terminate"] {
        let (house, guest, mut client) = House::open_within(limits).await;
        let mut joining = join(&guest, "4");
        joining[4]["url"] = json!(guest_url(&format!("{query}&kids=kid,kid2")));
        client.send(joining).await;
        for event in ["parts", "run", "insert", "tell", "wait", "noop"] {
            client.send(click(&guest, "5", event)).await;
        }
        house.empties(client).await;
    }
}
