//! Tokens that are forged, stale, or somebody else's (3.5, 4.2, 4.4).

use serde_json::{Value, json};

use super::house::{House, guest_url};
use crate::support::Request;
use crate::support::live_page::Loaded;

fn refused(reason: &str) -> Value {
    json!({"status": "error", "response": {"reason": reason}})
}

// 3.5
#[tokio::test]
async fn tokens_of_another_page_or_kind_are_stale() {
    let (mut house, guest, mut client) = House::open().await;
    let other = Loaded::load(&house.server, "/guest").await;
    let neighbour = Loaded::load(&house.server, "/neighbour").await;
    let tampered = |token: &str, at: usize| {
        let mut token = token.as_bytes().to_vec();
        token[at] = if token[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(token).expect("ASCII")
    };
    let session = guest.session.as_str();
    let sessions = [
        json!(null),
        json!(""),
        json!(5),
        json!([session]),
        json!(".".repeat(1 << 20)),
        json!(other.session),
        json!(neighbour.session),
        json!(guest.statics),
        json!(tampered(session, 0)),
        json!(tampered(session, session.len() / 2)),
        json!(tampered(session, session.len() - 2)),
        json!(&session[..session.len() - 1]),
        json!(format!("{session}{session}")),
    ];
    let statics = [
        json!(5),
        json!("x"),
        json!(other.statics),
        json!(neighbour.statics),
        json!(guest.session),
        json!(tampered(&guest.statics, guest.statics.len() / 2)),
    ];
    let sessions = sessions.map(|token| ("session", token));
    let statics = statics.map(|token| ("static", token));
    for (key, token) in sessions.into_iter().chain(statics) {
        let mut payload = guest.join_payload(&guest_url(""));
        payload[key] = token.clone();
        client
            .send(json!(["4", "4", guest.topic(), "phx_join", payload]))
            .await;
        let reply = client.next().await;
        assert_eq!(
            reply[4],
            refused("stale"),
            "{key} {:.80}",
            token.to_string()
        );
        house.is_undisturbed(&mut client).await;
    }
    guest.comes(&mut client, "").await;
    house.empties(client).await;
}

// 3.1: a token is good for its topic.
#[tokio::test]
async fn a_token_is_stale_on_another_topic() {
    let (mut house, guest, mut client) = House::open().await;
    let topics = [
        house.beside.topic(),
        "lv:".to_owned(),
        "lv:*".to_owned(),
        format!("{}x", guest.topic()),
        format!("lv:{}", guest.topic()),
    ];
    for topic in topics {
        let payload = guest.join_payload(&guest_url(""));
        client
            .send(json!(["9", "9", topic, "phx_join", payload]))
            .await;
        let mut reply = client.next().await;
        if reply[3] == "phx_close" {
            // A second join ends the view that has the topic, before it is looked at (1.6).
            reply = client.next().await;
            assert_eq!(topic, house.beside.topic());
            house.beside.comes_back(&mut client).await;
            assert_eq!(reply[4], refused("stale"), "{topic}");
            continue;
        }
        assert_eq!(reply[4], refused("stale"), "{topic}");
    }
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

#[tokio::test]
async fn a_join_of_another_shape_is_stale() {
    let (mut house, guest, mut client) = House::open().await;
    let with = |key: &str, value: Value| {
        let mut payload = guest.join_payload(&guest_url(""));
        payload[key] = value;
        payload
    };
    let payloads = [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        with("url", json!(5)),
        with("url", json!({})),
        with("redirect", json!([])),
        with("params", json!(null)),
        with("params", json!([])),
        with("params", json!("a=1")),
        with("flash", json!(5)),
        with("sticky", json!("yes")),
        with("sticky", json!(null)),
    ];
    for payload in payloads {
        client
            .send(json!(["4", "4", guest.topic(), "phx_join", payload]))
            .await;
        assert_eq!(client.next().await[4], refused("stale"), "{payload}");
    }
    let payloads = [
        with(
            "params",
            json!({"_mounts": -1, "_mount_attempts": "x", "_track_static": {"a": 1}}),
        ),
        with(
            "params",
            json!({"_mounts": [[[]]], "_track_static": [1, null, "x"]}),
        ),
        with(
            "params",
            json!({"_live_referer": 5, "x": "y".repeat(1 << 20)}),
        ),
        with("more", json!([1, 2])),
    ];
    for payload in payloads {
        client
            .send(json!(["4", "4", guest.topic(), "phx_join", payload]))
            .await;
        let mut reply = client.next().await;
        if reply[3] == "phx_close" {
            reply = client.next().await;
        }
        assert_eq!(reply[4]["status"], "ok");
    }
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

// 4.2
#[tokio::test]
async fn a_url_of_another_view_is_unauthorized() {
    let (mut house, guest, mut client) = House::open().await;
    for (key, url) in [
        ("url", "http://localhost/neighbour"),
        ("url", "http://localhost/annex"),
        ("url", "http://localhost/nowhere"),
        ("url", "javascript:alert(1)"),
        ("url", "\u{0}"),
        ("redirect", "http://localhost/annex"),
        ("redirect", "http://localhost/nowhere"),
        ("redirect", ""),
    ] {
        let mut payload = guest.join_payload(url);
        payload[key] = json!(url);
        client
            .send(json!(["4", "4", guest.topic(), "phx_join", payload]))
            .await;
        assert_eq!(
            client.next().await[4],
            refused("unauthorized"),
            "{key} {url}"
        );
    }
    let mut payload = guest.join_payload("");
    payload.as_object_mut().expect("an object").remove("url");
    client
        .send(json!(["4", "4", guest.topic(), "phx_join", payload]))
        .await;
    assert_eq!(client.next().await[4], refused("unauthorized"), "no URL");
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

// 4.2: a flash that does not verify is none.
#[tokio::test]
async fn a_token_that_is_no_flash_brings_none() {
    let (mut house, guest, mut client) = House::open().await;
    for flash in [
        json!(""),
        json!("x"),
        json!(guest.session),
        json!(guest.statics),
        json!("x".repeat(1 << 20)),
    ] {
        let mut payload = guest.join_payload(&guest_url(""));
        payload["flash"] = flash;
        client
            .send(json!(["4", "4", guest.topic(), "phx_join", payload]))
            .await;
        let mut reply = client.next().await;
        if reply[3] == "phx_close" {
            reply = client.next().await;
        }
        assert_eq!(reply[4]["status"], "ok");
    }
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

// 2.7: what the script left in cookies is believed only if it was signed for this.
#[tokio::test]
async fn cookies_that_say_nothing_do_nothing() {
    let (house, guest, client) = House::open().await;
    for token in ["", "x", &guest.session, &guest.statics, &guest.csrf_token] {
        for name in ["__phoenix_reload_status__", "__phoenix_flash__"] {
            let cookies = format!("{}; {name}={token}", guest.cookie);
            let page = house
                .server
                .send(Request::get("/guest").header("cookie", &cookies))
                .await;
            assert_eq!(page.status, 200, "{name}={token}");
        }
    }
    house.empties(client).await;
}

// 4.2: a child joins where its parent lives, as the view that stands there.
#[tokio::test]
async fn a_childs_token_is_good_on_its_parents_connection_alone() {
    let (house, guest, mut client) = House::open().await;
    let kid = guest.comes_with_kid(&mut client).await;
    let mut elsewhere = guest.connect(&house.server).await;
    elsewhere.send(kid.join("5")).await;
    assert_eq!(
        elsewhere.next().await[4],
        refused("stale"),
        "another connection"
    );
    for (key, value) in [
        ("redirect", json!(guest_url(""))),
        ("session", json!(guest.session)),
    ] {
        let mut join = kid.join("5");
        join[4][key] = value;
        client.send(join).await;
        let reason = if key == "redirect" {
            "unauthorized"
        } else {
            "stale"
        };
        assert_eq!(client.next().await[4], refused(reason), "{key}");
    }
    client.send(kid.join("6")).await;
    assert_eq!(client.next().await[4]["status"], "ok");
    // A parent that was replaced is another parent.
    guest.says(&mut client, "phx_leave", json!({})).await;
    client
        .expect(json!(["4", "4", guest.topic(), "phx_close", {}]))
        .await;
    client.expect(kid.closed("6")).await;
    client.send(kid.join("7")).await;
    assert_eq!(
        client.next().await[4],
        refused("stale"),
        "the parent has left"
    );
    let again = guest.comes_with_kid(&mut client).await;
    client.send(kid.join("8")).await;
    assert_eq!(
        client.next().await[4],
        refused("stale"),
        "another life of the parent"
    );
    client.send(again.join("9")).await;
    assert_eq!(client.next().await[4]["status"], "ok");
    drop(elsewhere);
    house.empties(client).await;
}
