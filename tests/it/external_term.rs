//! The external term format: what Erlang writes, what hostile peers might, and chance.

use std::io::Write;

use bennu::token::{DecodeError, DecodeLimits, Term};
use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::golden::{from_hex, recordings};

/// The version byte and then `body`.
fn bytes(body: impl AsRef<[u8]>) -> Vec<u8> {
    [&[131], body.as_ref()].concat()
}

fn decode(body: impl AsRef<[u8]>) -> Result<Term, DecodeError> {
    Term::decode(bytes(body))
}

/// Tag 80: the announced size and the compressed term.
fn compressed(size: u32, body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).expect("a vector takes every byte");
    let stream = encoder.finish().expect("a vector takes every byte");
    [&[80][..], &size.to_be_bytes(), &stream].concat()
}

/// `depth` lists inside one another.
fn nested_lists(depth: usize) -> Vec<u8> {
    [
        b"l\0\0\0\x01".repeat(depth),
        b"a\x01".to_vec(),
        b"j".repeat(depth),
    ]
    .concat()
}

#[test]
fn terms_written_by_elixir_are_read() {
    for recording in recordings() {
        for case in &recording.phoenix_token_sign {
            for hex in [
                &case.term_to_binary_hex,
                &case.term_to_binary_utf8_atoms_hex,
            ] {
                let decoded = Term::decode(from_hex(hex));
                assert_eq!(decoded, Ok(recording.term(&case.name)), "{}", case.name);
            }
        }
    }
}

#[test]
fn terms_are_written_as_elixir_writes_them() {
    for recording in recordings() {
        for case in &recording.phoenix_token_sign {
            let expected = from_hex(&case.term_to_binary_utf8_atoms_hex);
            assert_eq!(
                recording.term(&case.name).encode(),
                expected,
                "{}",
                case.name
            );
        }
    }
}

#[test]
fn the_published_vector_is_reproduced() {
    // Channels contract, 12.7.
    let term = Term::tuple([1, 0, 86_400]);
    assert_eq!(term.encode(), from_hex("836803610161006200015180"));
}

#[test]
fn every_tag_is_read() {
    // Channels contract, 12.3.
    let atom = |name: &str| Term::atom(name);
    let cases: &[(&[u8], Term)] = &[
        (b"F\x3f\xf8\0\0\0\0\0\0", 1.5.into()),
        (b"M\0\0\0\0\0", "".into()),
        (b"M\0\0\0\x02\x08ab", "ab".into()),
        (
            b"M\0\0\0\x01\x03\xe0",
            Term::Bitstring {
                bytes: b"\xe0"[..].into(),
                last_byte_bits: 3,
            },
        ),
        (b"a\xff", 255.into()),
        (b"b\xff\xff\xff\xff", (-1).into()),
        (b"d\0\x02\xe9t", atom("ét")),
        (b"s\x01\xe9", atom("é")),
        (b"v\0\x02\xc3\xa9", atom("é")),
        (b"w\x02\xc3\xa9", atom("é")),
        (b"w\0", atom("")),
        (b"h\x02a\x01a\x02", Term::tuple([1, 2])),
        (b"h\0", Term::tuple::<Term>([])),
        (b"i\0\0\0\x01a\x01", Term::tuple([1])),
        (b"j", Term::list::<Term>([])),
        (b"k\0\x02\0\xff", Term::list([0, 255])),
        (b"l\0\0\0\x01w\x01aj", Term::list([atom("a")])),
        (
            b"l\0\0\0\x01a\x01a\x02",
            Term::ImproperList(vec![1.into()], Box::new(2.into())),
        ),
        (b"l\0\0\0\x01a\x01k\0\x02\x02\x03", Term::list([1, 2, 3])),
        (
            b"l\0\0\0\x01a\x01l\0\0\0\x01a\x02a\x03",
            Term::ImproperList(vec![1.into(), 2.into()], Box::new(3.into())),
        ),
        (b"l\0\0\0\0a\x07", 7.into()),
        (b"m\0\0\0\x03\0\xffz", Term::binary(&b"\0\xffz"[..])),
        (b"n\x01\x01\x05", (-5).into()),
        (b"n\0\0", 0.into()),
        (b"n\x08\x01\0\0\0\0\0\0\0\x80", i64::MIN.into()),
        (
            b"n\x08\0\0\0\0\0\0\0\0\x80",
            (i128::from(i64::MAX) + 1).into(),
        ),
        (
            b"n\x0a\0\0\0\0\0\0\0\0\x80\0\0",
            (i128::from(i64::MAX) + 1).into(),
        ),
        (b"o\0\0\0\x01\0\x05", 5.into()),
        (b"t\0\0\0\x01a\x01a\x02", Term::map([(1, 2)])),
        (
            b"gw\x01n\0\0\0\x01\0\0\0\0\0",
            Term::Pid(b"gw\x01n\0\0\0\x01\0\0\0\0\0"[..].into()),
        ),
        (
            b"Xs\x01n\0\0\0\x01\0\0\0\0\0\0\0\0",
            Term::Pid(b"Xs\x01n\0\0\0\x01\0\0\0\0\0\0\0\0"[..].into()),
        ),
        (
            b"r\0\x01d\0\x01n\0\0\0\0\x01",
            Term::Reference(b"r\0\x01d\0\x01n\0\0\0\0\x01"[..].into()),
        ),
        (
            b"Z\0\x01v\0\x01n\0\0\0\0\0\0\0\x01",
            Term::Reference(b"Z\0\x01v\0\x01n\0\0\0\0\0\0\0\x01"[..].into()),
        ),
    ];
    for (body, term) in cases {
        assert_eq!(decode(body).as_ref(), Ok(term), "{body:?}");
        // Even within other terms, and with something behind them.
        let within = [b"h\x02", *body, b"a\x01"].concat();
        assert_eq!(
            decode(within),
            Ok(Term::tuple([term.clone(), 1.into()])),
            "{body:?}"
        );
        assert_eq!(
            decode([*body, b"behind"].concat()).as_ref(),
            Ok(term),
            "{body:?}"
        );
        assert_eq!(Term::decode(term.encode()).as_ref(), Ok(term), "{body:?}");
    }
}

#[test]
fn what_erlang_does_not_read_is_malformed() {
    let long_atom = [b"v\x02\0", "é".repeat(256).as_bytes()].concat();
    let cases: &[&[u8]] = &[
        b"F\x7f\xf8\0\0\0\0\0\0",
        b"F\xff\xf0\0\0\0\0\0\0",
        b"M\0\0\0\0\x08",
        b"M\0\0\0\x01\0a",
        b"M\0\0\0\x01\x09a",
        b"n\x01\x02\x05",
        b"w\x01\xff",
        b"v\0\x01\xc3",
        &long_atom,
        b"ga\x01\0\0\0\x01\0\0\0\0\0",
        b"r\0\x06w\x01n\0\0\0\0\x01",
    ];
    for body in cases {
        assert_eq!(decode(body), Err(DecodeError::Malformed), "{body:?}");
    }
    let longest = [b"v\x01\xfe", "é".repeat(255).as_bytes()].concat();
    assert_eq!(decode(longest), Ok(Term::atom("é".repeat(255))));
}

#[test]
fn other_tags_and_versions_are_refused() {
    assert_eq!(Term::decode(&b""[..]), Err(DecodeError::NotExternalTerm));
    assert_eq!(
        Term::decode(&b"\x82a\x01"[..]),
        Err(DecodeError::NotExternalTerm)
    );
    // Ports (which Plug refuses), references to an atom cache, local terms, and a compressed term within another.
    for tag in [89, 102, 120, 82, 121, 0, 255] {
        assert_eq!(decode([tag; 20]), Err(DecodeError::UnknownTag(tag)));
    }
    let within = [b"h\x01".to_vec(), compressed(2, b"a\x01")].concat();
    assert_eq!(decode(within), Err(DecodeError::UnknownTag(80)));
}

#[test]
fn functions_are_refused_wherever_they_are() {
    // Channels contract, 12.3: &:erlang.halt/0, and both forms of anonymous functions.
    let export = b"qw\x06erlangw\x04halta\0".to_vec();
    let new_fun = [b"p\0\0\0\x1d\0".to_vec(), vec![0; 24]].concat();
    let fun = b"u\0\0\0\0".to_vec();
    for function in [export, new_fun, fun] {
        let wrappings: &[(&[u8], &[u8])] = &[
            (b"", b""),
            (b"h\x02a\x01", b""),
            (b"i\0\0\0\x01", b""),
            (b"l\0\0\0\x01", b"j"),
            (b"l\0\0\0\x01a\x01", b""),
            (b"t\0\0\0\x01", b"a\x01"),
            (b"t\0\0\0\x01a\x01", b""),
            (b"h\x01t\0\0\0\x01m\0\0\0\x01al\0\0\0\x02a\x01h\x01", b"j"),
        ];
        for (before, after) in wrappings {
            let body = [before, &*function, after].concat();
            assert_eq!(decode(&body), Err(DecodeError::Function), "{body:?}");
            let size = u32::try_from(body.len()).expect("it is short");
            assert_eq!(
                decode(compressed(size, &body)),
                Err(DecodeError::Function),
                "{body:?}"
            );
        }
    }
}

#[test]
fn compressed_terms_are_read() {
    let text = "x".repeat(1000);
    let body = &Term::from(text.as_str()).encode()[1..];
    assert_eq!(decode(compressed(1005, body)), Ok(text.into()));
}

#[test]
fn a_compressed_term_has_the_size_it_announces() {
    let body = &Term::from("x".repeat(1000)).encode()[1..];
    for size in [0, 1, 1004, 1006, 1024 * 1024] {
        assert_eq!(
            decode(compressed(size, body)),
            Err(DecodeError::Malformed),
            "{size}"
        );
    }
    assert_eq!(
        decode([&[80, 0, 0, 0, 9][..], b"no zlib"].concat()),
        Err(DecodeError::Malformed)
    );
    let cut = compressed(1005, body);
    assert_eq!(decode(&cut[..cut.len() - 8]), Err(DecodeError::Malformed));
    assert_eq!(decode([80, 0, 0]), Err(DecodeError::Truncated));
}

#[test]
fn a_compressed_bomb_is_not_unpacked() {
    // 64 MiB in 64 KiB: it says so, or it lies about it.
    let body = [b"m\x04\0\0\0".to_vec(), vec![0; 64 * 1024 * 1024]].concat();
    assert_eq!(
        decode(compressed(64 * 1024 * 1024 + 5, &body)),
        Err(DecodeError::TooLarge)
    );
    assert_eq!(
        decode(compressed(u32::MAX, &body)),
        Err(DecodeError::TooLarge)
    );
    assert_eq!(decode(compressed(1024, &body)), Err(DecodeError::Malformed));
}

#[test]
fn a_term_has_at_most_bytes_max() {
    let limits = DecodeLimits {
        bytes_max: 100,
        ..DecodeLimits::default()
    };
    let encoded = |bytes: usize| Term::from("x".repeat(bytes - 6)).encode();
    assert!(Term::decode_within(encoded(100), limits).is_ok());
    assert_eq!(
        Term::decode_within(encoded(101), limits),
        Err(DecodeError::TooLarge)
    );
    // The same holds for what a short term unpacks to.
    let unpacked = |size: usize| {
        let body = &Term::from("x".repeat(size - 5)).encode()[1..];
        let size = u32::try_from(size).expect("it is short");
        Term::decode_within(bytes(compressed(size, body)), limits)
    };
    assert!(unpacked(100).is_ok());
    assert_eq!(unpacked(101), Err(DecodeError::TooLarge));

    let default = DecodeLimits::default().bytes_max;
    assert!(Term::decode(encoded(default)).is_ok());
    assert_eq!(
        Term::decode(encoded(default + 1)),
        Err(DecodeError::TooLarge)
    );
}

#[test]
fn a_term_nests_at_most_depth_max() {
    assert!(decode(nested_lists(64)).is_ok());
    for depth in [65, 100_000] {
        assert_eq!(
            decode(nested_lists(depth)),
            Err(DecodeError::TooDeep),
            "{depth}"
        );
    }
    // Every kind of container counts, and so do tails, which are cheapest to nest.
    for container in [
        &b"h\x01"[..],
        b"i\0\0\0\x01",
        b"t\0\0\0\x01",
        b"t\0\0\0\x01a\x01",
        b"l\0\0\0\x01a\x01",
        b"l\0\0\0\0",
    ] {
        assert_eq!(
            decode(container.repeat(100_000)),
            Err(DecodeError::TooDeep),
            "{container:?}"
        );
    }
    // An identifier's node must be an atom and cannot nest at all.
    for identifier in [&b"g"[..], b"X", b"r\0\x01", b"Z\0\x01"] {
        assert_eq!(
            decode(identifier.repeat(100_000)),
            Err(DecodeError::Malformed),
            "{identifier:?}"
        );
    }
    let flat = DecodeLimits {
        depth_max: 0,
        ..DecodeLimits::default()
    };
    assert!(Term::decode_within(bytes(b"a\x01"), flat).is_ok());
    assert!(Term::decode_within(bytes(b"j"), flat).is_ok());
    assert_eq!(
        Term::decode_within(bytes(b"h\0"), flat),
        Err(DecodeError::TooDeep)
    );
}

#[test]
fn huge_lengths_ask_for_no_memory() {
    for tag in b"imlot" {
        assert_eq!(
            decode([*tag, 255, 255, 255, 255]),
            Err(DecodeError::Truncated),
            "{tag}"
        );
    }
    assert_eq!(
        decode(b"M\xff\xff\xff\xff\x01"),
        Err(DecodeError::Truncated)
    );
    // Lists that each claim to have more, as deep as it goes.
    assert_eq!(
        decode(b"l\xff\xff\xff\xff".repeat(64)),
        Err(DecodeError::Truncated)
    );
}

#[test]
fn a_term_cut_at_any_byte_is_truncated() {
    for recording in recordings() {
        for case in &recording.phoenix_token_sign {
            let encoded = from_hex(&case.term_to_binary_hex);
            for end in 1..encoded.len() {
                let cut = Term::decode(encoded[..end].to_vec());
                assert_eq!(cut, Err(DecodeError::Truncated), "{} at {end}", case.name);
            }
        }
    }
}

#[test]
fn lengths_are_written_as_short_as_erlang_writes_them() {
    let start = |term: Term, bytes: usize| term.encode()[1..=bytes].to_vec();
    assert_eq!(start(Term::tuple(vec![1; 255]), 2), [104, 255]);
    assert_eq!(start(Term::tuple(vec![1; 256]), 5), [105, 0, 0, 1, 0]);
    assert_eq!(start(Term::list(vec![1; 65_535]), 3), [107, 255, 255]);
    assert_eq!(start(Term::list(vec![1; 65_536]), 5), [108, 0, 1, 0, 0]);
    assert_eq!(start(Term::list([256]), 5), [108, 0, 0, 0, 1]);
    assert_eq!(start(Term::list([-1]), 5), [108, 0, 0, 0, 1]);
    assert_eq!(start(Term::atom("a".repeat(255)), 2), [119, 255]);
    assert_eq!(start(Term::atom("é".repeat(128)), 3), [118, 1, 0]);
    assert_eq!(start(i64::MIN.into(), 3), [110, 8, 1]);
    assert_eq!(start((-2_147_483_649_i64).into(), 3), [110, 4, 1]);
    let big = |bytes: u32| {
        let body = [
            &[111][..],
            &bytes.to_be_bytes(),
            &[0],
            &vec![1; bytes as usize],
        ]
        .concat();
        decode(body).expect("it is a big integer")
    };
    assert_eq!(start(big(255), 2), [110, 255]);
    assert_eq!(start(big(256), 5), [111, 0, 0, 1, 0]);
    assert_eq!(Term::decode(big(256).encode()), Ok(big(256)));
}

#[test]
fn big_integers_tell_their_value() {
    for integer in [
        i128::MIN,
        i128::MAX,
        i128::from(i64::MIN) - 1,
        i128::from(u64::MAX),
    ] {
        let Term::BigInteger(big) = Term::from(integer) else {
            panic!("{integer} does not fit 64 bits");
        };
        assert_eq!(big.to_i128(), Some(integer));
        assert_eq!(big.is_negative(), integer < 0);
    }
    let Term::BigInteger(big) = Term::from(u128::MAX) else {
        panic!("it does not fit 64 bits");
    };
    assert_eq!(big.to_i128(), None);
    assert_eq!(big.magnitude(), [255; 16]);
}

#[test]
fn any_term_reads_back_as_it_was_written() {
    let seed = 0x0ddb_a115;
    let mut random = fastrand::Rng::with_seed(seed);
    for round in 0..5_000 {
        let term = arbitrary_term(&mut random, 5);
        assert_eq!(
            Term::decode(term.encode()),
            Ok(term),
            "seed {seed}, round {round}"
        );
    }
}

fn arbitrary_term(random: &mut fastrand::Rng, depth: usize) -> Term {
    let kinds = if depth == 0 { 8 } else { 12 };
    match random.u8(..kinds) {
        0 => Term::from(random.i64(..) >> random.u32(..64)),
        1 => Term::from(random.i128(..) >> random.u32(..128)),
        2 => Term::from((random.f64() - 0.5) * 1e12),
        3 => Term::atom(
            (0..random.usize(..20))
                .map(|_| random.char(..))
                .collect::<String>(),
        ),
        4 => Term::binary(
            (0..random.usize(..300))
                .map(|_| random.u8(..))
                .collect::<Vec<_>>(),
        ),
        5 => Term::Bitstring {
            bytes: vec![random.u8(..); 1 + random.usize(..9)].into(),
            last_byte_bits: random.u8(1..8),
        },
        6 => Term::list((0..random.usize(..10)).map(|_| i32::from(random.u8(..)))),
        7 => Term::Pid([b"Xw\x01n", &[random.u8(..); 12][..]].concat().into()),
        8 => Term::Tuple(arbitrary_terms(random, depth)),
        9 => Term::List(arbitrary_terms(random, depth)),
        10 => Term::map(
            arbitrary_terms(random, depth)
                .into_iter()
                .map(|key| (key, random.i64(..))),
        ),
        _ => {
            let mut elements = arbitrary_terms(random, depth);
            elements.push(Term::nil());
            Term::ImproperList(elements, Box::new(Term::from(random.f64())))
        }
    }
}

fn arbitrary_terms(random: &mut fastrand::Rng, depth: usize) -> Vec<Term> {
    (0..random.usize(..5))
        .map(|_| arbitrary_term(random, depth - 1))
        .collect()
}

/// The fuzz target: whatever the bytes, decoding returns, and what it returns can be written and read again.
fn fuzz(bytes: &[u8]) {
    if let Ok(term) = Term::decode(bytes.to_vec()) {
        assert_eq!(Term::decode(term.encode()), Ok(term), "{bytes:?}");
    }
}

#[test]
fn random_bytes_do_no_harm() {
    const TAGS: &[u8] = b"FMPXZabdghijklmnopqrstuvw";
    let seed = 0x5eed_e7f0;
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..50_000 {
        // Tags and small numbers are more likely to make sense than any byte.
        let body: Vec<u8> = (0..random.usize(..60))
            .map(|_| match random.u8(..4) {
                0 => random.u8(..),
                1 => random.u8(..4),
                2 => 0,
                _ => TAGS[random.usize(..TAGS.len())],
            })
            .collect();
        fuzz(&bytes(body));
    }
}

#[test]
fn mutilated_terms_do_no_harm() {
    let seed = 0x5eed_0002;
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..20_000 {
        let mut encoded = arbitrary_term(&mut random, 4).encode();
        for _ in 0..=random.usize(..4) {
            let position = random.usize(..encoded.len());
            match random.u8(..3) {
                0 => encoded[position] = random.u8(..),
                1 => encoded.truncate(position.max(1)),
                _ => encoded.insert(position, random.u8(..)),
            }
        }
        fuzz(&encoded);
    }
}
