//! Publish and subscribe as any task uses it (channels-wire 10).

use std::sync::{Arc, Mutex};

use bennu::endpoint::Endpoint;
use bennu::protocol::Payload;
use bennu::pubsub::{Adapter, AdapterError, Broadcast, Missed, PubSub, Subscriber, SubscriberId};
use bennu::token::SecretKeyBase;
use serde_json::json;

use crate::support::Cluster;

fn text(broadcast: &Broadcast) -> &str {
    broadcast.payload().as_json().expect("JSON")
}

fn number(n: usize) -> Payload {
    Payload::json(&json!({"n": n})).expect("JSON")
}

// PS-1
#[tokio::test(start_paused = true)]
async fn a_receiver_gets_what_is_broadcast_to_its_topic_in_order() {
    let pubsub = PubSub::new();
    let mut receiver = pubsub.receiver("a").expect("room");
    for n in 0..3 {
        pubsub.broadcast("a", "e", number(n)).expect("local");
        pubsub.broadcast("b", "e", number(n)).expect("local");
    }
    for n in 0..3 {
        let broadcast = receiver.receive().await.expect("nothing is missed");
        assert_eq!(text(&broadcast), format!(r#"{{"n":{n}}}"#));
        assert_eq!(broadcast.topic(), "a");
    }
}

// PS-1
#[tokio::test(start_paused = true)]
async fn subscribing_twice_delivers_twice_and_dropping_unsubscribes() {
    let pubsub = PubSub::new();
    let mut first = pubsub.receiver("a").expect("room");
    let second = pubsub.receiver("a").expect("room");
    assert_eq!(pubsub.subscriber_count("a"), 2);
    drop(second);
    assert_eq!(pubsub.subscriber_count("a"), 1);
    let counter = Arc::new(Counter::default());
    let id = SubscriberId::unique();
    let _one = pubsub.subscribe("a", id, counter.clone()).expect("room");
    let _two = pubsub.subscribe("a", id, counter.clone()).expect("room");
    pubsub.broadcast("a", "e", number(1)).expect("local");
    assert_eq!(counter.events(), ["e", "e"]);
    assert!(first.receive().await.is_ok());
    pubsub
        .broadcast_from(id, "a", "not_to_it", number(2))
        .expect("local");
    assert_eq!(counter.events(), ["e", "e"]);
}

// PS-2
#[tokio::test(start_paused = true)]
async fn broadcast_from_leaves_out_all_subscriptions_of_one_subscriber() {
    let pubsub = PubSub::new();
    let mut sender = pubsub.receiver("a").expect("room");
    let mut other = pubsub.receiver("a").expect("room");
    let from = sender.subscriber_id();
    pubsub
        .broadcast_from(from, "a", "one", number(1))
        .expect("local");
    pubsub.local_broadcast_from(from, "a", "two", number(2));
    pubsub.local_broadcast("a", "three", number(3));
    for event in ["one", "two", "three"] {
        assert_eq!(other.receive().await.expect("all").event(), event);
    }
    assert_eq!(sender.receive().await.expect("one").event(), "three");
}

#[tokio::test(start_paused = true)]
async fn a_slow_receiver_is_told_how_much_it_missed_where_it_missed_it() {
    let pubsub = PubSub::new();
    let mut receiver = pubsub.receiver_with("a", 2).expect("room");
    for n in 0..5 {
        pubsub.broadcast("a", "e", number(n)).expect("local");
    }
    assert_eq!(
        text(&receiver.receive().await.expect("the first")),
        r#"{"n":0}"#
    );
    // There is room again, but what comes now belongs behind the gap.
    pubsub.broadcast("a", "e", number(5)).expect("local");
    assert_eq!(
        text(&receiver.receive().await.expect("the second")),
        r#"{"n":1}"#
    );
    assert_eq!(receiver.receive().await.expect_err("a gap"), Missed(4));
    pubsub.broadcast("a", "e", number(6)).expect("local");
    assert_eq!(
        text(&receiver.receive().await.expect("the next")),
        r#"{"n":6}"#
    );
}

// PS-2, PS-3
#[tokio::test(start_paused = true)]
async fn an_adapter_carries_broadcasts_to_other_nodes() {
    let cluster = Cluster::default();
    let (here, there) = (cluster.join("here@bus"), cluster.join("there@bus"));
    assert_eq!(here.node_name(), "here@bus");
    let mut near = here.receiver("a").expect("room");
    let mut far = there.receiver("a").expect("room");
    here.broadcast("a", "both", number(1))
        .expect("the bus is up");
    here.local_broadcast("a", "near", number(2));
    here.broadcast_from(near.subscriber_id(), "a", "far", number(3))
        .expect("the bus is up");
    for event in ["both", "near"] {
        assert_eq!(near.receive().await.expect("all").event(), event);
    }
    for event in ["both", "far"] {
        assert_eq!(far.receive().await.expect("all").event(), event);
    }
}

// PS-3
#[tokio::test(start_paused = true)]
async fn a_direct_broadcast_without_other_nodes_reaches_this_one() {
    let pubsub = PubSub::new();
    let mut receiver = pubsub.receiver("a").expect("room");
    for (node_name, event) in [("elsewhere", "lost"), (pubsub.node_name(), "here")] {
        let told = pubsub.direct_broadcast(node_name, "a", event, number(1));
        told.expect("a name that no node has is no error");
    }
    assert_eq!(receiver.receive().await.expect("one").event(), "here");
}

// PS-2
#[tokio::test(start_paused = true)]
async fn nobody_is_told_when_the_adapter_fails() {
    let pubsub = PubSub::with_adapter(Broken);
    let mut receiver = pubsub.receiver("a").expect("room");
    let told = pubsub.broadcast("a", "lost", number(1));
    assert_eq!(
        told.expect_err("the adapter fails").to_string(),
        "the pubsub adapter failed: the broker is away"
    );
    let told = pubsub.direct_broadcast("elsewhere", "a", "lost", number(1));
    assert!(told.is_err());
    pubsub.local_broadcast("a", "near", number(2));
    assert_eq!(receiver.receive().await.expect("one").event(), "near");
}

// BC-6, EP-3, F-4
#[tokio::test(start_paused = true)]
async fn the_endpoint_broadcasts_objects_and_bytes_only() {
    let secret = SecretKeyBase::new("k".repeat(64)).expect("long enough");
    let endpoint = Endpoint::builder(secret).build().expect("it fits");
    let mut receiver = endpoint.subscribe("a").expect("room");
    let from = receiver.subscriber_id();
    endpoint.broadcast("a", "one", json!({})).expect("local");
    endpoint
        .broadcast_from(from, "a", "skipped", json!({}))
        .expect("local");
    endpoint
        .local_broadcast("a", "two", bytes::Bytes::from_static(&[1]))
        .expect("bytes");
    endpoint
        .local_broadcast_from(from, "a", "skipped", json!({}))
        .expect("an object");
    assert!(endpoint.broadcast("a", "list", json!([])).is_err());
    assert!(endpoint.local_broadcast("a", "null", json!(null)).is_err());
    endpoint.broadcast("a", "three", json!({})).expect("local");
    for event in ["one", "two", "three"] {
        assert_eq!(receiver.receive().await.expect("all").event(), event);
    }
}

#[derive(Default)]
struct Counter(Mutex<Vec<String>>);

impl Counter {
    fn events(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics with it").clone()
    }
}

impl Subscriber for Counter {
    fn deliver(&self, broadcast: &Broadcast) {
        let event = broadcast.event().to_string();
        self.0.lock().expect("nobody panics with it").push(event);
    }
}

struct Broken;

impl Adapter for Broken {
    fn broadcast(&self, _: &Broadcast) -> Result<(), AdapterError> {
        Err(AdapterError::new("the broker is away"))
    }

    fn direct_broadcast(&self, _: &str, _: &Broadcast) -> Result<(), AdapterError> {
        Err(AdapterError::new("the broker is away"))
    }

    fn node_name(&self) -> &'static str {
        "broken@bus"
    }
}
