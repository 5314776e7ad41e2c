//! What a broadcast costs before any byte is written: finding the subscribers and visiting each.
//!
//! `cargo bench --bench fanout`. What writing costs on top is measured by `make bench`.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bennu::protocol::{Payload, Serializer, WireFrame};
use bennu::pubsub::{Broadcast, PubSub, Subscriber, SubscriberId, Subscription};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;

criterion_group!(fanout, broadcast, subscribe, encode_once);
criterion_main!(fanout);

const TOPIC: &str = "room:lobby";
const SUBSCRIBERS: [usize; 4] = [10, 100, 1_000, 10_000];

/// Counts what it is given, so that the visit is not optimised away.
#[derive(Default)]
struct Counter(AtomicU64);

impl Subscriber for Counter {
    fn deliver(&self, broadcast: &Broadcast) {
        let bytes = broadcast.payload().len() as u64;
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

fn subscriptions(pubsub: &PubSub, count: usize) -> Vec<Subscription> {
    let one = || {
        let subscriber = Arc::new(Counter::default());
        pubsub.subscribe(TOPIC, SubscriberId::unique(), subscriber)
    };
    let all: Result<_, _> = (0..count).map(|_| one()).collect();
    all.expect("the hub has room")
}

fn payload() -> Payload {
    Payload::json(&json!({ "body": "x".repeat(100) })).expect("an object is JSON")
}

fn broadcast(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("broadcast");
    for count in SUBSCRIBERS {
        let pubsub = PubSub::new();
        let _subscriptions = subscriptions(&pubsub, count);
        let payload = payload();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| pubsub.local_broadcast(TOPIC, "msg", black_box(payload.clone())));
        });
    }
    group.finish();
}

fn subscribe(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("subscribe and unsubscribe");
    for count in SUBSCRIBERS {
        let pubsub = PubSub::new();
        let _subscriptions = subscriptions(&pubsub, count);
        let subscriber = Arc::new(Counter::default());
        let id = SubscriberId::unique();
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| pubsub.subscribe(TOPIC, id, subscriber.clone()).map(drop));
        });
    }
    group.finish();
}

/// The frame of a broadcast is encoded once and shared; a subscriber's share of it is a clone.
fn encode_once(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    let payload = payload();
    let encode = || Serializer::V2.encode_broadcast(TOPIC, "msg", black_box(&payload));
    group.bench_function("encode", |bencher| bencher.iter(encode));
    let frame: WireFrame = encode().expect("the payload is an object");
    group.bench_function("share", |bencher| {
        bencher.iter(|| black_box(&frame).clone());
    });
    group.finish();
}
