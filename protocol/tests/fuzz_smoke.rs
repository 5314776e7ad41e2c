//! Runs the fuzz targets over recorded frames and mutations of them.
//!
//! Each run takes another seed and prints it; `BENNU_FUZZ_SEED` repeats a run.

use std::hash::{BuildHasher, RandomState};

use bennu_protocol::{Frame, WireFrame};

#[expect(unreachable_pub, reason = "the file is a library for cargo-fuzz")]
#[path = "../fuzz/src/lib.rs"]
mod targets;

const MUTATIONS_PER_TARGET: usize = 20_000;

#[test]
fn v2_text_holds_for_mutated_frames() {
    let mut seeds = recorded(include_str!("golden/channels_v2.json"), "text");
    seeds.extend(recorded(include_str!("golden/liveview_raw.json"), "text"));
    run(targets::v2_text, &seeds);
}

#[test]
fn v1_holds_for_mutated_frames() {
    run(
        targets::v1,
        &recorded(include_str!("golden/channels_v1.json"), "text"),
    );
}

#[test]
fn v2_binary_holds_for_mutated_frames() {
    let frames = recorded(include_str!("golden/channels_binary_v2.json"), "hex");
    let seeds: Vec<_> = frames.iter().map(|hex| bytes_of(hex)).collect();
    run(targets::v2_binary, &seeds);
}

#[test]
fn form_holds_for_mutated_text() {
    let seeds = [
        "user%5Bname%5D=Jos%C3%A9+%26&_unused_user%5Bagree%5D=&_target=user%5Bname%5D",
        "a=1&a=2&b[]=&c[x]&=&d[][k]=1&d[][k]=2&[odd=1&e[f][g]=h+i%20j",
        "rows[0][city]=X&rows[1][city]=Y&rows[][]=%zz&rows=1",
    ];
    run(targets::form, &seeds.map(|seed| seed.as_bytes().to_vec()));
}

#[test]
fn longpoll_holds_for_mutated_bodies() {
    let mut seeds = recorded(include_str!("golden/longpoll.json"), "body");
    seeds.push(b"[1]\r\nAAEC/w==\n\n[2]\n".to_vec());
    for seed in &mut seeds {
        seed.insert(0, 2);
    }
    run(targets::longpoll, &seeds);
}

#[test]
fn inflated_holds_for_mutated_messages() {
    let frames = recorded(include_str!("golden/liveview_raw.json"), "text");
    let deflated = frames.into_iter().filter_map(|frame| {
        let frame = WireFrame::data(&Frame::Binary(frame.into()));
        Some(frame.deflated()?.payload().to_vec())
    });
    let mut seeds: Vec<_> = deflated.take(40).collect();
    seeds.push(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00".to_vec());
    seeds.push(b"\x00\x05\x00\xfa\xffHello\x00".to_vec());
    run(targets::inflated, &seeds);
}

/// Feeds the seeds as they are, then mutations of them.
fn run(target: fn(&[u8]), seeds: &[Vec<u8>]) {
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| target(seed));
    let mut random = Random::from_environment();
    for _ in 0..MUTATIONS_PER_TARGET {
        let mut data = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(4) {
            mutate(&mut data, seeds, &mut random);
        }
        target(&data);
    }
}

/// Bytes that mean something to one of the decoders.
const TELLING_BYTES: &[u8] = b"\"\\[]{},:0123456789-+.eEu&=%\n\r\0\x01\x7f\xff\xc3 tfn";

fn mutate(data: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(data.len() + 1);
    let end = at + random.below(16).min(data.len() - at);
    match random.below(5) {
        0 => drop(data.drain(at..end)),
        1 => data.insert(at, TELLING_BYTES[random.below(TELLING_BYTES.len())]),
        2 => data.extend_from_within(at..end),
        3 => {
            let other = &seeds[random.below(seeds.len())];
            data.splice(
                at..end,
                other[random.below(other.len())..].iter().take(64).copied(),
            );
        }
        _ => {
            if let Some(byte) = data.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

/// Sebastiano Vigna's SplitMix64.
struct Random(u64);

impl Random {
    #[expect(
        clippy::print_stdout,
        reason = "a failing run shows the seed that repeats it"
    )]
    fn from_environment() -> Self {
        let seed = match std::env::var("BENNU_FUZZ_SEED") {
            Ok(seed) => seed.parse().expect("BENNU_FUZZ_SEED is a number"),
            Err(_) => RandomState::new().hash_one(()),
        };
        println!("BENNU_FUZZ_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

/// The values of a key anywhere in a recording, shorter ones only, to be quick.
fn recorded(recording: &str, key: &str) -> Vec<Vec<u8>> {
    let recording: serde_json::Value = serde_json::from_str(recording).unwrap();
    let scenarios = recording["scenarios"].as_array().unwrap();
    let frames = scenarios
        .iter()
        .flat_map(|scenario| scenario["frames"].as_array().unwrap());
    let texts = frames.filter_map(|frame| frame[key].as_str());
    texts
        .filter(|text| (1..2000).contains(&text.len()))
        .map(|text| text.as_bytes().to_vec())
        .collect()
}

fn bytes_of(hex: &[u8]) -> Vec<u8> {
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    hex.as_chunks::<2>().0.iter().map(byte).collect()
}
