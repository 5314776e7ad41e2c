//! Component ids that name no component, and components that come and go (6.5, 6.6).

use serde_json::{Value, json};

use super::house::House;
use crate::support::live_page::{click, ok};

/// What a client may say instead of a component's id.
pub(super) fn nobodies() -> [Value; 9] {
    [
        json!(0),
        json!(-1),
        json!(99),
        json!(u64::MAX),
        json!(1e30),
        json!(1.5),
        json!("1"),
        json!([1]),
        json!({"cid": 1}),
    ]
}

// 6.6
#[tokio::test]
async fn an_event_for_what_is_no_component_is_acknowledged() {
    let (mut house, guest, mut client) = House::with_guest().await;
    for cid in nobodies() {
        for event in ["hit", "panic", "lv:clear-flash"] {
            let payload = json!({"type": "click", "event": event, "value": {}, "cid": cid});
            let answer = guest.says(&mut client, "event", payload).await;
            let acknowledged = json!({"status": "ok", "response": {}});
            assert_eq!(answer[4], acknowledged, "{event} for {cid}");
        }
    }
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

// 6.5
#[tokio::test]
async fn what_is_no_component_is_not_destroyed() {
    let (mut house, guest, mut client) = House::with_guest().await;
    let many: Vec<u64> = (2..100_000).collect();
    for cids in [
        json!([]),
        json!(nobodies()),
        json!([null, true]),
        json!(many),
    ] {
        for (event, response) in [
            ("cids_will_destroy", json!({})),
            ("cids_destroyed", json!({"cids": []})),
        ] {
            let answer = guest.says(&mut client, event, json!({"cids": cids})).await;
            assert_eq!(answer[4]["response"], response, "{event}");
        }
    }
    house.is_undisturbed(&mut client).await;
    let hit = json!({"type": "click", "event": "hit", "value": {}, "cid": 1});
    let answer = guest.says(&mut client, "event", hit).await;
    assert_eq!(
        answer[4]["response"],
        json!({"diff": {"c": {"1": {"1": "1"}}}})
    );
    house.empties(client).await;
}

#[tokio::test]
async fn ids_of_another_shape_end_the_view() {
    let (mut house, guest, mut client) = House::with_guest().await;
    for event in ["cids_will_destroy", "cids_destroyed"] {
        for payload in [
            json!({}),
            json!([1]),
            json!({"cids": 1}),
            json!({"cids": {"1": 1}}),
            json!({"cids": null}),
        ] {
            let answer = guest.says(&mut client, event, payload.clone()).await;
            assert_eq!(answer, guest.crash(), "{event} {payload}");
            house.is_undisturbed(&mut client).await;
            guest.comes(&mut client, "").await;
        }
    }
    house.empties(client).await;
}

// 6.5: the reply names what was deleted, and each once.
#[tokio::test]
async fn a_component_is_deleted_once_however_often_it_is_named() {
    let (house, guest, mut client) = House::with_guest().await;
    guest.click(&mut client, "parts", json!({})).await;
    let many = json!({"cids": vec![1; 100_000]});
    let destroyed = guest
        .says(&mut client, "cids_destroyed", many.clone())
        .await;
    assert_eq!(
        destroyed[4]["response"],
        json!({"cids": []}),
        "it was not announced"
    );
    guest
        .says(&mut client, "cids_will_destroy", many.clone())
        .await;
    let destroyed = guest
        .says(&mut client, "cids_destroyed", many.clone())
        .await;
    assert_eq!(destroyed[4]["response"], json!({"cids": [1]}));
    let destroyed = guest.says(&mut client, "cids_destroyed", many).await;
    assert_eq!(destroyed[4]["response"], json!({"cids": []}));
    house.empties(client).await;
}

/// A client that lies loses what it lied about, and gets it anew.
#[tokio::test]
async fn a_component_that_the_client_dropped_while_it_is_shown_comes_anew() {
    let (mut house, guest, mut client) = House::with_guest().await;
    let cids = json!({"cids": [1]});
    guest
        .says(&mut client, "cids_will_destroy", cids.clone())
        .await;
    let destroyed = guest.says(&mut client, "cids_destroyed", cids).await;
    assert_eq!(destroyed[4]["response"], json!({"cids": [1]}));
    let shown = guest.click(&mut client, "noop", json!({})).await;
    let component = &shown[4]["response"]["diff"]["c"]["2"];
    assert!(component["s"].is_array(), "{shown}");
    let hit = json!({"type": "click", "event": "hit", "value": {}, "cid": 2});
    let answer = guest.says(&mut client, "event", hit).await;
    assert_eq!(
        answer[4]["response"],
        json!({"diff": {"c": {"2": {"1": "1"}}}})
    );
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

// 6.5
#[tokio::test]
async fn components_that_come_and_go_while_others_are_destroyed_stay_in_order() {
    let (mut house, guest, mut client) = House::with_guest().await;
    let topic = guest.topic();
    let mut gone = Vec::new();
    for round in 0..300_u32 {
        let cids = json!({"cids": [round, round + 1, round / 2, round * 2, 1]});
        client
            .send(json!(["4", "a", topic, "cids_will_destroy", cids]))
            .await;
        client.send(click(&guest, "b", "parts")).await;
        client
            .send(json!(["4", "c", topic, "cids_destroyed", cids]))
            .await;
        let hit = json!({"type": "click", "event": "hit", "value": {}, "cid": round});
        client.send(json!(["4", "d", topic, "event", hit])).await;
        client.expect(ok(&guest, "a", json!({}))).await;
        assert_eq!(client.next().await[1], "b");
        let destroyed = client.next().await;
        let destroyed = destroyed[4]["response"]["cids"]
            .as_array()
            .expect("ids")
            .clone();
        assert!(
            destroyed.iter().all(|cid| !gone.contains(cid)),
            "{destroyed:?} went before"
        );
        gone.extend(destroyed);
        assert_eq!(client.next().await[1], "d");
    }
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}
