//! Messages on `lv:*` that no client sends (section 7).

use bennu::protocol::{DEPTH_MAX, NAME_BYTES_MAX, REF_BYTES_MAX};
use serde_json::{Value, json};

use super::house::{House, guest_url};
use crate::support::live_page::ok;
use crate::support::{Client, Received};

/// What comes of a message.
#[derive(Debug, Clone, PartialEq)]
enum Comes {
    Reply(Value),
    Crash,
}

use Comes::{Crash, Reply};

fn nothing() -> Comes {
    Reply(json!({}))
}

/// Sends the messages of one event; the view joins anew after each crash.
async fn each(event: &str, cases: impl IntoIterator<Item = (Value, Comes)>) {
    let (mut house, guest, mut client) = House::with_guest().await;
    for (payload, comes) in cases {
        let case: String = payload.to_string().chars().take(200).collect();
        let answer = guest.says(&mut client, event, payload).await;
        match comes {
            Reply(response) => {
                let reply = json!({"status": "ok", "response": response});
                assert_eq!(
                    (&answer[3], &answer[4]),
                    (&json!("phx_reply"), &reply),
                    "{case}"
                );
            }
            Crash => {
                assert_eq!(answer, guest.crash(), "{case}");
                guest.comes(&mut client, "").await;
            }
        }
        house.is_undisturbed(&mut client).await;
    }
    house.empties(client).await;
}

// 7.2
#[tokio::test]
async fn an_event_of_another_shape_ends_the_view() {
    let shapes = [
        json!(null),
        json!([]),
        json!("noop"),
        json!(5),
        json!({}),
        json!({"event": null}),
        json!({"event": 5}),
        json!({"event": ["noop"]}),
        json!({"event": {}}),
        json!({"event": "nobody takes this"}),
        json!({"event": "lv:nothing"}),
        json!({"event": "n".repeat(1 << 20)}),
        json!({"event": "noop", "uploads": 5}),
        json!({"event": "noop", "uploads": []}),
        json!({"event": "noop", "uploads": {"r": 5}}),
        json!({"event": "noop", "uploads": {"r": [5]}}),
        json!({"type": "form", "event": "noop"}),
        json!({"type": "form", "event": "noop", "value": {}}),
        json!({"type": "form", "event": "noop", "value": 5}),
        json!({"type": "form", "event": "noop", "value": "", "meta": []}),
        json!({"type": "form", "event": "noop", "value": "", "meta": "_target=a"}),
    ];
    each("event", shapes.map(|shape| (shape, Crash))).await;
}

// 7.2: only `form` changes how an event is read, and what is not needed is not looked at.
#[tokio::test]
async fn what_an_event_need_not_have_is_not_looked_at() {
    let shapes = [
        json!({"event": "noop"}),
        json!({"event": "noop", "value": null}),
        json!({"event": "noop", "value": [[[]]]}),
        json!({"event": "noop", "type": 5}),
        json!({"event": "noop", "type": {"form": []}}),
        json!({"event": "noop", "type": "x".repeat(1 << 20)}),
        json!({"event": "noop", "meta": 5}),
        json!({"event": "noop", "uploads": null}),
        json!({"event": "noop", "uploads": {"nobody": []}}),
        json!({"event": "noop", "cid": null}),
        json!({"event": "noop", "more": {"of": "it"}}),
        json!({"event": ""}),
        json!({"event": "lv:clear-flash", "value": 5}),
        json!({"event": "lv:clear-flash", "value": {"key": {}}}),
        json!({"event": "lv:clear-flash", "value": {"key": "x".repeat(1 << 20)}}),
    ];
    each("event", shapes.map(|shape| (shape, nothing()))).await;
}

// 7.3
#[tokio::test]
async fn forms_are_read_within_bounds() {
    let form = |event: &str, value: String| json!({"type": "form", "event": event, "value": value});
    let large = "x".repeat(1 << 20);
    let size = json!({"diff": {"r": {"bytes": large.len()}}});
    let cases = [
        (form("size", format!("text={large}")), Reply(size)),
        (form("noop", format!("{large}=1")), nothing()),
        (form("noop", "&=&==&&&[]=&[=&]=".to_owned()), nothing()),
        (form("noop", "a=%".to_owned()), nothing()),
        (form("noop", "a=%zz".to_owned()), nothing()),
        (form("noop", "a=\0".to_owned()), nothing()),
        (
            form("noop", "a=1&a[]=2&a[b]=3&a[b][]=4".to_owned()),
            nothing(),
        ),
        (form("noop", "a=%FF".to_owned()), Crash),
        (form("noop", "%C3=1".to_owned()), Crash),
        (form("noop", "a=%ED%A0%80".to_owned()), Crash),
        (form("noop", format!("a{}=1", "[b]".repeat(31))), nothing()),
        (form("noop", format!("a{}=1", "[b]".repeat(32))), Crash),
        (form("noop", format!("a{}=1", "[]".repeat(100_000))), Crash),
        (
            form("noop", format!("a{}=1", "[".repeat(100_000))),
            nothing(),
        ),
        (form("noop", "a[]=&".repeat(10_000)), nothing()),
        (form("noop", "a[]=&".repeat(10_001)), Crash),
        (form("noop", "a=&".repeat(100_000)), Crash),
    ];
    each("event", cases).await;
}

// 7.3
#[tokio::test]
async fn a_target_is_a_path_whatever_it_looks_like() {
    let target = |target: Value, path: Value| {
        let event =
            json!({"type": "form", "event": "target", "value": "", "meta": {"_target": target}});
        (event, Reply(json!({"diff": {"r": {"target": path}}})))
    };
    let cases = [
        target(json!(""), json!([""])),
        target(json!("["), json!(["["])),
        target(json!("]"), json!(["]"])),
        target(json!("[]"), json!(["[]"])),
        target(json!("a["), json!(["a["])),
        target(json!("a]b"), json!(["a]b"])),
        target(json!("a[][b][]"), json!(["a", "b"])),
        target(json!("a[b]c]"), json!(["a", "b]c"])),
        target(json!(["a", 5]), json!(["a", 5])),
        target(json!(5), json!(5)),
        target(json!(null), json!(null)),
        target(json!({"a": {}}), json!({"a": {}})),
    ];
    each("event", cases).await;
    let deep = json!({"type": "form", "event": "noop", "value": "", "meta": {"_target": format!("a{}", "[b]".repeat(200_000))}});
    each("event", [(deep, nothing())]).await;
}

#[tokio::test]
async fn a_value_that_nests_too_deep_ends_its_connection_and_no_other() {
    let (mut house, guest, mut client) = House::with_guest().await;
    let send = async |client: &mut Client, depth: usize| {
        let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let payload = format!(r#"{{"type":"hook","event":"noop","value":{value}}}"#);
        let message = format!(r#"["4","5","{}","event",{payload}]"#, guest.topic());
        client.send_text(&message).await;
    };
    send(&mut client, DEPTH_MAX - 1).await;
    client.expect(ok(&guest, "5", json!({}))).await;
    house.is_undisturbed(&mut client).await;
    send(&mut client, DEPTH_MAX).await;
    assert_eq!(client.receive().await, Received::Close(1011));
    house.elsewhere_answers().await;
    house.empties(client).await;
}

// 7.4
#[tokio::test]
async fn a_patch_to_nowhere_ends_the_view() {
    let nowhere = [
        json!({}),
        json!([]),
        json!({"url": null}),
        json!({"url": 5}),
        json!({"url": ["http://localhost/guest"]}),
        json!({"url": ""}),
        json!({"url": "#"}),
        json!({"url": "*"}),
        json!({"url": "guest"}),
        json!({"url": "//guest"}),
        json!({"url": "http://"}),
        json!({"url": "http://localhost"}),
        json!({"url": "http://localhost/nowhere"}),
        json!({"url": "http://localhost/guest/../annex"}),
        json!({"url": "http://localhost/guest\u{0}"}),
        json!({"url": "http://localhost/gu est"}),
        json!({"url": "javascript:alert(1)"}),
        json!({"url": "data:text/html,guest"}),
        json!({"url": guest_url("a=%FF")}),
        json!({"url": guest_url(&format!("a{}=1", "[b]".repeat(100)))}),
        json!({"url": guest_url(&"a=&".repeat(20_000))}),
        json!({"url": format!("http://localhost/{}", "x".repeat(60_000))}),
        json!({"url": format!("http://localhost/{}", "x".repeat(4 << 20))}),
    ];
    each("live_patch", nowhere.map(|url| (url, Crash))).await;
}

// 7.4
#[tokio::test]
async fn a_patch_is_told_by_its_path_alone() {
    let link_redirect = Reply(json!({"link_redirect": true}));
    let cases = [
        (json!({"url": "/guest?text="}), nothing()),
        (
            json!({"url": "https://elsewhere.example:99/guest"}),
            nothing(),
        ),
        (
            json!({"url": "http://user:pass@localhost/guest"}),
            nothing(),
        ),
        (json!({"url": "http://localhost/guest/#a#b"}), nothing()),
        (
            json!({"url": "http://localhost/neighbour"}),
            link_redirect.clone(),
        ),
        (json!({"url": "http://localhost/annex"}), link_redirect),
        (
            json!({"url": guest_url("text=a")}),
            Reply(json!({"diff": {"0": "a"}})),
        ),
    ];
    each("live_patch", cases).await;
}

#[tokio::test]
async fn uploads_of_which_nonsense_is_said_end_the_view() {
    let nonsense = [
        json!({}),
        json!([]),
        json!({"ref": 5}),
        json!({"ref": "r", "entries": 5}),
    ];
    each("allow_upload", nonsense.clone().map(|said| (said, Crash))).await;
    each("progress", nonsense.map(|said| (said, Crash))).await;
}

// 6.6
#[tokio::test]
async fn uploads_of_what_is_no_component_mean_nothing() {
    for cid in super::components::nobodies() {
        let refused = json!({"ref": "r", "error": [["r", "disallowed"]]});
        let asked = json!({"ref": "r", "entries": [], "cid": cid});
        each("allow_upload", [(asked, Reply(refused))]).await;
        let told = json!({"ref": "r", "entry_ref": "0", "progress": 5, "cid": cid});
        each("progress", [(told, nothing())]).await;
    }
}

/// Nobody waits for an answer to what nobody knows.
#[tokio::test]
async fn a_message_that_nobody_knows_is_passed_over() {
    let (mut house, guest, mut client) = House::with_guest().await;
    for event in [
        "",
        "diff",
        "phx_reply",
        "phx_error",
        "phx_close",
        "lv:x",
        &"e".repeat(NAME_BYTES_MAX - 2),
    ] {
        client
            .send(json!(["4", "5", guest.topic(), event, {"any": "thing"}]))
            .await;
        let answer = guest.click(&mut client, "noop", json!({})).await;
        assert_eq!(answer[1], "says");
        house.is_undisturbed(&mut client).await;
    }
    house.empties(client).await;
}

// 1.3: a ref is the client's own; it gets as many answers as it asked questions.
#[tokio::test]
async fn a_ref_that_comes_again_is_answered_again() {
    let (house, guest, mut client) = House::with_guest().await;
    for reference in [
        json!("7"),
        json!("7"),
        json!("4"),
        json!(""),
        json!(7),
        json!(null),
        json!("7".repeat(REF_BYTES_MAX - 2)),
    ] {
        let payload = json!({"type": "click", "event": "noop", "value": {}});
        client
            .send(json!(["4", reference, guest.topic(), "event", payload]))
            .await;
        let answer = client.next().await;
        assert_eq!((&answer[1], &answer[3]), (&reference, &json!("phx_reply")));
    }
    house.empties(client).await;
}
