//! What a message costs between bytes and values: frames of 118 bytes, 2 KB and 64 KB, with a text or nested content.
//!
//! `cargo bench --bench codec`. "envelope" scans topic, event and references and checks the payload without building
//! anything of it, which is all that relaying needs; the others parse. simd-json parses in place, so its figures include the
//! copy that it needs.

use std::hint::black_box;

use bennu::protocol::{Frame, Payload, Ref, Reply, Serializer, Status};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

criterion_group!(codec, decode, content, encode);
criterion_main!(codec);

const SIZES: [usize; 3] = [118, 2_048, 65_536];

/// A frame's text of `bytes` bytes, or just above for nested content.
struct Sample {
    name: &'static str,
    text: String,
}

fn samples() -> Vec<Sample> {
    let texts = SIZES.map(|bytes| Sample {
        name: "text",
        text: text_frame(bytes),
    });
    let nested = SIZES.map(|bytes| Sample {
        name: "nested",
        text: nested_frame(bytes),
    });
    texts.into_iter().chain(nested).collect()
}

fn frame(payload: &Value) -> String {
    format!(r#"["1","12","room:lobby","echo",{payload}]"#)
}

fn text_frame(bytes: usize) -> String {
    let around = frame(&json!({ "body": "" })).len();
    frame(&json!({ "body": "x".repeat(bytes - around) }))
}

fn nested_frame(bytes: usize) -> String {
    let mut items = Vec::new();
    loop {
        let number = items.len();
        items.push(json!({ "id": number, "at": [1.5, -2], "on": true, "to": null }));
        let text = frame(&json!({ "items": items }));
        if text.len() >= bytes {
            return text;
        }
    }
}

/// The envelope as serde reads it.
#[derive(Deserialize)]
struct Envelope<'a, P> {
    #[serde(borrow)]
    _join_ref: Option<&'a str>,
    #[serde(borrow)]
    _reference: Option<&'a str>,
    #[serde(borrow)]
    _topic: &'a str,
    #[serde(borrow)]
    _event: &'a str,
    _payload: P,
}

fn decode(criterion: &mut Criterion) {
    for Sample { name, text } in samples() {
        let mut group = criterion.benchmark_group(format!("decode {name}"));
        group.throughput(Throughput::Bytes(text.len() as u64));
        let id = |candidate: &str| BenchmarkId::new(candidate, text.len());
        let parsed = serde_json::from_str::<Envelope<'_, &RawValue>>(&text);
        parsed.expect("the candidates read the same frame");
        let shared = Frame::Text(text.as_str().into());
        group.bench_function(id("envelope"), |bencher| {
            bencher.iter(|| Serializer::V2.decode(black_box(shared.clone())));
        });
        group.bench_function(id("serde_json, raw payload"), |bencher| {
            bencher
                .iter(|| serde_json::from_str::<Envelope<'_, &RawValue>>(black_box(&text)).is_ok());
        });
        group.bench_function(id("serde_json, value"), |bencher| {
            bencher.iter(|| serde_json::from_str::<Envelope<'_, Value>>(black_box(&text)).is_ok());
        });
        group.bench_function(id("simd-json, tape"), |bencher| {
            let mut buffer = Vec::with_capacity(text.len());
            bencher.iter(|| {
                copy(&text, &mut buffer);
                simd_json::to_tape(black_box(&mut buffer)).is_ok()
            });
        });
        group.finish();
    }
}

/// What a handler that asks for a type pays on top.
#[derive(Deserialize)]
struct Body {
    body: String,
}

fn content(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("content");
    for bytes in SIZES {
        let text = json!({ "body": "x".repeat(bytes) }).to_string();
        let payload = Payload::from_json_text(text.clone()).expect("an object is JSON");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new("serde_json", bytes), |bencher| {
            bencher.iter(|| {
                payload
                    .deserialize::<Body>()
                    .map(|body| body.body.len())
                    .ok()
            });
        });
        group.bench_function(BenchmarkId::new("simd-json", bytes), |bencher| {
            let mut buffer = Vec::with_capacity(text.len());
            bencher.iter(|| {
                copy(&text, &mut buffer);
                let body = simd_json::from_slice::<Body>(black_box(&mut buffer));
                body.map(|body| body.body.len()).ok()
            });
        });
    }
    group.finish();
}

fn copy(text: &str, buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.extend_from_slice(text.as_bytes());
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for bytes in SIZES {
        let text = text_frame(bytes);
        let message = Serializer::V2
            .decode(Frame::Text(text.as_str().into()))
            .expect("the frame is a message");
        let reply = Reply {
            join_ref: message.join_ref,
            reference: message.reference,
            topic: message.topic,
            status: Status::OK,
            response: message.payload,
        };
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new("reply", bytes), |bencher| {
            bencher.iter(|| Serializer::V2.encode_reply(black_box(&reply)));
        });
        group.bench_function(BenchmarkId::new("broadcast", bytes), |bencher| {
            bencher.iter(|| {
                Serializer::V2.encode_broadcast("room:lobby", "msg", black_box(&reply.response))
            });
        });
        group.bench_function(BenchmarkId::new("reply by serde_json", bytes), |bencher| {
            let response: Box<RawValue> =
                serde_json::from_str(reply.response.as_json().unwrap_or("{}"))
                    .expect("the payload is JSON");
            bencher.iter(|| {
                let content = json_reply(&response);
                serde_json::to_vec(&("1", "12", "room:lobby", "phx_reply", content))
            });
        });
        let null = Ref::NULL;
        group.bench_function(BenchmarkId::new("push, streamed", bytes), |bencher| {
            bencher.iter(|| {
                Serializer::V2.encode_push_with(&null, "room:lobby", "msg", |out| {
                    out.extend_from_slice(reply.response.as_json().unwrap_or("{}").as_bytes());
                })
            });
        });
    }
    group.finish();
}

fn json_reply(response: &RawValue) -> impl serde::Serialize {
    #[derive(serde::Serialize)]
    struct Content<'a> {
        status: &'a str,
        response: &'a RawValue,
    }
    Content {
        status: "ok",
        response,
    }
}
