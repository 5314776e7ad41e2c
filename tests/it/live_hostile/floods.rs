//! More than a view can take at once.

use serde_json::json;

use super::house::House;
use crate::support::live_page::click;
use crate::support::{Client, Received};

/// The refs of the replies that come, up to a number of them.
fn count_replies(count: usize, heard: &mut Vec<String>) -> impl FnMut(Received) -> bool {
    move |received| {
        let Received::Text(text) = received else {
            panic!("not a message: {received:?}");
        };
        let frame: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        if frame[3] == "phx_reply" {
            heard.push(frame[1].as_str().expect("a ref").to_owned());
        }
        heard.len() == count
    }
}

// 15.1
#[tokio::test]
async fn ten_thousand_events_wait_for_a_busy_view_and_are_answered_in_order() {
    const EVENTS: usize = 10_000;
    let (mut house, guest, mut client) = House::with_guest().await;
    client.send(click(&guest, "wait", "wait")).await;
    let events = (0..EVENTS).map(|number| click(&guest, &number.to_string(), "noop").to_string());
    let mut heard = Vec::new();
    let flood = client.pipeline(events, count_replies(EVENTS + 1, &mut heard));
    let beside = async {
        // Whatever the flood does, others are heard.
        for _ in 0..100 {
            house.elsewhere_answers().await;
        }
        house.open_gate();
    };
    tokio::join!(flood, beside);
    let expected = (0..EVENTS).map(|number| number.to_string());
    assert!(heard.iter().skip(1).eq(expected.collect::<Vec<_>>().iter()));
    assert_eq!(heard[0], "wait");
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

async fn lives(client: &mut Client, guest: &crate::support::live_page::Loaded) {
    let answer = guest.click(client, "noop", json!({})).await;
    assert_eq!(answer[4]["status"], "ok");
}

#[tokio::test]
async fn a_view_that_is_joined_again_and_again_leaves_nothing() {
    let (mut house, guest, mut client) = House::open().await;
    for _ in 0..300 {
        guest.comes(&mut client, "kids=kid").await;
        client
            .send(json!(["4", "5", guest.topic(), "phx_leave", {}]))
            .await;
        assert_eq!(client.next().await[3], "phx_reply");
        assert_eq!(client.next().await[3], "phx_close");
    }
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}

#[tokio::test]
async fn tasks_that_replace_each_other_end_with_the_newest() {
    let (mut house, guest, mut client) = House::with_guest().await;
    for _ in 0..2_000 {
        guest.click(&mut client, "run", json!({})).await;
    }
    lives(&mut client, &guest).await;
    house.is_undisturbed(&mut client).await;
    house.empties(client).await;
}
