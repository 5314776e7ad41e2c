//! A panic in any callback ends its view, or less.

use serde_json::json;

use super::house::House;
use crate::support::live_page::{click, ok};

// 14.10
#[tokio::test]
async fn a_panic_while_a_view_is_mounted_crashes_its_join() {
    let (mut house, guest, mut client) = House::open().await;
    let places = [
        "on_mount",
        "mount",
        "hook's handle_params",
        "handle_params",
        "render",
        "component's update_many",
        "component's mount",
        "component's render",
        "hook's after_render",
    ];
    for place in places {
        let url = super::house::guest_url(&format!("at={place}").replace(' ', "+"));
        let reply = guest.join(&mut client, &url).await;
        let crashed = json!({"status": "error", "response": {"reason": "join crashed"}});
        assert_eq!(reply, crashed, "{place}");
        house.is_undisturbed(&mut client).await;
    }
    guest.comes(&mut client, "").await;
    house.empties(client).await;
}

/// Where a view panics, and the event that leads there; without one it is the next render.
const AT_WORK: [(&str, Option<&str>); 13] = [
    ("render", None),
    ("hook's after_render", None),
    ("component's update_many", None),
    ("component's update", None),
    ("component's render", None),
    ("hook's handle_event", Some("noop")),
    ("handle_event", Some("noop")),
    ("hook's handle_info", Some("tell")),
    ("handle_info", Some("tell")),
    ("dom_id", Some("insert")),
    ("component's mount", Some("part")),
    ("handle_async", Some("run")),
    ("terminate", Some("nobody takes this")),
];

// 14.10
#[tokio::test]
async fn a_panic_at_work_ends_the_view_and_nobody_else() {
    let (mut house, guest, mut client) = House::open().await;
    for (place, event) in AT_WORK {
        guest.comes(&mut client, "").await;
        let light = json!({"type": "hook", "event": "light", "value": {"at": place}});
        client
            .send(json!(["4", "5", guest.topic(), "event", light]))
            .await;
        if let Some(event) = event {
            client.send(click(&guest, "6", event)).await;
        }
        guest.crashes(&mut client).await;
        house.is_undisturbed(&mut client).await;
    }
    house.empties(client).await;
}

#[tokio::test]
async fn a_panic_of_a_components_event_or_of_parameters_ends_the_view() {
    let (mut house, guest, mut client) = House::open().await;
    let hit = json!({"type": "click", "event": "hit", "value": {}, "cid": 1});
    let url = json!({"url": super::house::guest_url("text=a")});
    for (place, event, payload) in [
        ("component's handle_event", "event", hit),
        ("hook's handle_params", "live_patch", url.clone()),
        ("handle_params", "live_patch", url),
    ] {
        guest.comes(&mut client, "").await;
        let lit = guest
            .click(&mut client, "light", json!({"at": place}))
            .await;
        assert_eq!(lit[4]["status"], "ok", "{place}");
        client
            .send(json!(["4", "6", guest.topic(), event, payload]))
            .await;
        client.expect(guest.crash()).await;
        house.is_undisturbed(&mut client).await;
    }
    house.empties(client).await;
}

// 14.4
#[tokio::test]
async fn a_panic_of_a_task_is_its_result() {
    let (mut house, guest, mut client) = House::with_guest().await;
    guest
        .click(&mut client, "light", json!({"at": "start_async"}))
        .await;
    guest.click(&mut client, "run", json!({})).await;
    let diff = client.next().await;
    assert_eq!(diff[4]["0"], "the task panicked: start_async on purpose");
    house.is_undisturbed(&mut client).await;
    assert_eq!(
        guest.click(&mut client, "noop", json!({})).await[4]["status"],
        "ok"
    );
    house.empties(client).await;
}

// 7.7: a view that leaves has its reply and its end, whatever its last words are.
#[tokio::test]
async fn a_panic_in_the_end_does_not_undo_it() {
    for place in ["terminate", "drop"] {
        let (mut house, guest, mut client) = House::with_guest().await;
        guest
            .click(&mut client, "light", json!({"at": place}))
            .await;
        client
            .send(json!(["4", "6", guest.topic(), "phx_leave", {}]))
            .await;
        client.expect(ok(&guest, "6", json!({}))).await;
        client
            .expect(json!(["4", "4", guest.topic(), "phx_close", {}]))
            .await;
        house.is_undisturbed(&mut client).await;
        guest.comes(&mut client, "").await;
        house.empties(client).await;
    }
}

/// The closure of a subscription runs in the task of whoever broadcasts.
#[tokio::test]
async fn a_panic_in_a_subscription_ends_its_view_and_the_broadcast_goes_on() {
    let (mut house, guest, mut client) = House::with_guest().await;
    let lit = guest
        .click(&mut client, "light", json!({"at": "subscription"}))
        .await;
    assert_eq!(lit[4]["status"], "ok");
    house.hears_the_weather(&mut client, &guest).await;
    house.is_undisturbed(&mut client).await;
    let gone = guest.click(&mut client, "noop", json!({})).await;
    assert_eq!(gone[4]["response"]["reason"], "unmatched topic");
    guest.comes(&mut client, "").await;
    house.empties(client).await;
}
