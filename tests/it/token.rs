//! Tokens against those that Elixir made.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::{Duration, UNIX_EPOCH};

use bennu::token::{
    Digest, KeyOptions, MaxAge, MessageVerifier, SecretKeyBase, SecretKeyBaseError, Term, Token,
    TokenError,
};

use crate::golden::{Verified, at, from_hex, recordings, secret_key_base};

/// Later than every recorded token but those signed in the future.
const NOW: u64 = 1_790_000_000;

fn base() -> SecretKeyBase {
    secret_key_base(&"abcdefgh".repeat(8))
}

fn user_socket() -> Token {
    Token::new(&base(), "user socket")
}

#[test]
fn keys_are_derived_as_elixir_derives_them() {
    // Channels contract, 12.1.
    for recording in recordings() {
        for case in recording.key_generator {
            let options = KeyOptions {
                iterations: NonZeroU32::new(case.iterations).expect("it is not zero"),
                length_bytes: NonZeroUsize::new(case.length).expect("it is not zero"),
                digest: match case.digest.as_str() {
                    "sha256" => Digest::Sha256,
                    "sha512" => Digest::Sha512,
                    other => panic!("there is no digest `{other}`"),
                },
            };
            let key = secret_key_base(&case.secret_key_base).derive(&case.salt, options);
            assert_eq!(key.as_bytes(), from_hex(&case.key_hex));
        }
    }
}

#[test]
fn the_published_vectors_are_reproduced() {
    // Channels contract, 12.7.
    let key = base().derive("user socket", KeyOptions::default());
    let hex = "d3f12b5b79f2122342c5c52cb5d451bb588e5c5af0a7c73cf6a90cc45b397d80";
    assert_eq!(key.as_bytes(), from_hex(hex));
    for (data, signed_at, token) in [
        (
            Term::from(1),
            0,
            "SFMyNTY.g2gDYQFhAGIAAVGA.wutX-W5yDyQY9l_UdT-x3hDViykKl7v7e9rLU2UIOJ0",
        ),
        (
            Term::from("u1"),
            1_700_000_000,
            "SFMyNTY.g2gDbQAAAAJ1MW4GAABo5c-LAWIAAVGA.Q6G4YhYdFZH07SqqPKTaPuAmyqZiJ-8d484K1WUqXJ4",
        ),
    ] {
        assert_eq!(user_socket().sign_at(data.clone(), at(signed_at)), token);
        assert_eq!(
            user_socket().verify_at(token, MaxAge::FromToken, at(signed_at)),
            Ok(data)
        );
    }
}

#[test]
fn base64_is_read_as_leniently_as_elixir_reads_it() {
    // Channels contract, 12.7: padding, and surplus bits of the last character.
    let token = user_socket().sign_at(1, UNIX_EPOCH);
    let lenient = [format!("{token}="), token.replace("OJ0", "OJ1")];
    for token in lenient {
        assert_eq!(
            user_socket().verify(token.as_str(), MaxAge::Infinity),
            Ok(1.into()),
            "{token}"
        );
    }
    for token in [
        format!("{token}=="),
        format!("{token}A"),
        format!("{token} "),
    ] {
        let verified = user_socket().verify(token.as_str(), MaxAge::Infinity);
        assert_eq!(verified, Err(TokenError::Invalid), "{token}");
    }
}

#[test]
fn a_token_signed_with_another_digest_verifies() {
    // Channels contract, 12.7.
    let payload = Term::tuple([Term::from("data"), 0.into(), 86_400.into()]).encode();
    let verifier = MessageVerifier::new(&base().derive("user socket", KeyOptions::default()));
    for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        let token = verifier.sign_with(digest, &payload);
        let verified = user_socket().verify(token.as_str(), MaxAge::Infinity);
        assert_eq!(verified, Ok("data".into()), "{digest:?}");
    }
}

#[test]
fn tokens_signed_by_elixir_verify_here() {
    for recording in recordings() {
        let base = secret_key_base(&recording.secret_key_base);
        for case in recording
            .phoenix_token_sign
            .iter()
            .chain(&recording.phoenix_token_sign_utf8_atoms)
        {
            let verified = Token::new(&base, &case.salt).verify_at(
                case.token.as_str(),
                MaxAge::FromToken,
                at(case.signed_at),
            );
            assert_eq!(verified, Ok(recording.term(&case.name)), "{}", case.name);
        }
    }
}

#[test]
fn tokens_signed_here_are_elixirs_byte_for_byte() {
    for recording in recordings() {
        let base = secret_key_base(&recording.secret_key_base);
        for case in &recording.phoenix_token_sign_utf8_atoms {
            let token = Token::new(&base, &case.salt)
                .sign_at(recording.term(&case.name), at(case.signed_at));
            assert_eq!(token, case.token, "{}", case.name);
        }
        // Apart from the older system's atoms, these are the same.
        for case in &recording.phoenix_token_sign {
            let token = Token::new(&base, &case.salt)
                .sign_at(recording.term(&case.name), at(case.signed_at));
            let same_atoms = case.term_to_binary_hex == case.term_to_binary_utf8_atoms_hex;
            assert_eq!(token == case.token, same_atoms, "{}", case.name);
        }
    }
}

#[test]
fn every_option_of_signing_has_elixirs_effect() {
    for recording in recordings() {
        let otp_25 = recording.recorded_from.ends_with("OTP 25");
        let base = secret_key_base(&recording.secret_key_base_2);
        for case in &recording.phoenix_token_sign_options.cases {
            let (token, signed_at) = with_option(Token::new(&base, &case.salt), &case.name);
            let verified = token.verify(case.token.as_str(), MaxAge::Infinity);
            assert_eq!(verified, Ok("data".into()), "{}", case.name);
            // The one case with an atom, which the older system writes otherwise.
            if !(otp_25 && case.name == "max_age_infinity") {
                assert_eq!(
                    token.sign_at("data", at(signed_at)),
                    case.token,
                    "{}",
                    case.name
                );
            }
        }
    }
}

fn with_option(token: Token, name: &str) -> (Token, u64) {
    let token = match name {
        "default" => token,
        "max_age_60" => token.max_age(MaxAge::Seconds(60)),
        "max_age_infinity" => token.max_age(MaxAge::Infinity),
        "key_iterations_1" => token.key_iterations(NonZeroU32::MIN),
        "key_length_64" => token.key_length(NonZeroUsize::new(64).expect("it is not zero")),
        "digest_sha512" => token.key_digest(Digest::Sha512),
        "signed_at_0" => return (token, 0),
        other => panic!("there is no option `{other}`"),
    };
    (token, 1_700_000_000)
}

#[test]
fn tokens_encrypted_by_elixir_decrypt_here() {
    for recording in recordings() {
        let base = secret_key_base(&recording.secret_key_base);
        for case in &recording.phoenix_token_encrypt {
            let token = Token::new(&base, &case.salt);
            let expected = match case.name.as_str() {
                "map_string_keys" => Term::map([("user_id", 1)]),
                name => recording.term(name),
            };
            let decrypted =
                token.decrypt_at(case.token.as_str(), MaxAge::FromToken, at(case.signed_at));
            assert_eq!(decrypted, Ok(expected.clone()), "{}", case.name);
            let ours = token.encrypt_at(expected.clone(), at(case.signed_at));
            let otp_25 = recording.recorded_from.ends_with("OTP 25");
            let surplus = usize::from(otp_25 && case.name == "tuple");
            // The older system's atom takes a byte more.
            assert_eq!(ours.len() + surplus, case.token.len(), "{}", case.name);
            assert_eq!(
                token.decrypt(ours.as_str(), MaxAge::Infinity),
                Ok(expected),
                "{}",
                case.name
            );
        }
    }
}

#[test]
fn tokens_are_refused_as_elixir_refuses_them() {
    for recording in recordings() {
        let bases = [&recording.secret_key_base, &recording.secret_key_base_2]
            .map(|secret| secret_key_base(secret));
        for case in &recording.phoenix_token_verify {
            let base = &bases[usize::from(case.secret.unwrap_or(1)) - 1];
            let verified = Token::new(base, &case.salt).verify_at(
                case.token.as_deref(),
                max_age(case),
                at(NOW),
            );
            assert_eq!(verified, result(case), "{}", case.name);
        }
    }
}

fn max_age(case: &Verified) -> MaxAge {
    match case.opts.strip_prefix("max_age: ") {
        None => MaxAge::FromToken,
        Some(":infinity") => MaxAge::Infinity,
        Some(seconds) => MaxAge::Seconds(seconds.parse().expect("it is an integer")),
    }
}

fn result(case: &Verified) -> Result<Term, TokenError> {
    match case.result.as_str() {
        r#"{:ok, "data"}"# => Ok("data".into()),
        "{:error, :missing}" => Err(TokenError::Missing),
        "{:error, :invalid}" => Err(TokenError::Invalid),
        "{:error, :expired}" => Err(TokenError::Expired),
        other => panic!("there is no result `{other}`"),
    }
}

/// What [`user_socket`] makes of an authentic token with this payload, at this time in milliseconds.
fn verify_payload(payload: &Term, max_age: MaxAge, now_ms: u64) -> Result<Term, TokenError> {
    verify_bytes(&payload.encode(), max_age, now_ms)
}

fn verify_bytes(payload: &[u8], max_age: MaxAge, now_ms: u64) -> Result<Term, TokenError> {
    let key = base().derive("user socket", KeyOptions::default());
    let token = MessageVerifier::new(&key).sign(payload);
    user_socket().verify_at(
        token.as_str(),
        max_age,
        UNIX_EPOCH + Duration::from_millis(now_ms),
    )
}

#[test]
fn payloads_of_former_versions_live_for_a_day() {
    // Channels contract, 12.3.
    let data = Term::from("data");
    let pair = Term::tuple([data.clone(), 0.into()]);
    let map = Term::map([
        (Term::atom("data"), data.clone()),
        (Term::atom("more"), Term::nil()),
        (Term::atom("signed"), 0.into()),
    ]);
    for payload in [pair, map] {
        assert_eq!(
            verify_payload(&payload, MaxAge::FromToken, 86_400_000),
            Ok(data.clone())
        );
        assert_eq!(
            verify_payload(&payload, MaxAge::FromToken, 86_400_001),
            Err(TokenError::Expired)
        );
        assert_eq!(
            verify_payload(&payload, MaxAge::Seconds(1), 1001),
            Err(TokenError::Expired)
        );
    }
}

#[test]
fn the_age_is_any_number_of_elixir() {
    let verify = |max_age: Term, now_ms| {
        let payload = Term::tuple(["data".into(), Term::from(0), max_age]);
        verify_payload(&payload, MaxAge::FromToken, now_ms).map(|_| ())
    };
    assert_eq!(verify(0.5.into(), 500), Ok(()));
    assert_eq!(verify(0.5.into(), 501), Err(TokenError::Expired));
    assert_eq!(verify(0.0001.into(), 0), Ok(()));
    assert_eq!(verify(u64::MAX.into(), u64::MAX / 4), Ok(()));
    assert_eq!(verify(i64::MAX.into(), u64::MAX / 4), Ok(()));
    for never in [
        Term::from(0),
        0.0.into(),
        (-0.5).into(),
        (-1).into(),
        i128::MIN.into(),
    ] {
        assert_eq!(
            verify(never.clone(), 0),
            Err(TokenError::Expired),
            "{never:?}"
        );
    }
    assert_eq!(verify(Term::atom("infinity"), u64::MAX / 4), Ok(()));
    assert_eq!(verify(Term::atom("never"), 0), Err(TokenError::Invalid));
}

#[test]
fn the_age_given_to_verify_wins_over_the_tokens() {
    let signed = user_socket()
        .max_age(MaxAge::Seconds(60))
        .sign_at("data", at(0));
    let verify = |max_age| {
        user_socket()
            .verify_at(signed.as_str(), max_age, at(3600))
            .is_ok()
    };
    assert_eq!(
        [
            MaxAge::FromToken,
            MaxAge::Seconds(60),
            MaxAge::Seconds(3600),
            MaxAge::Infinity
        ]
        .map(verify),
        [false, false, true, true]
    );
    let now = user_socket().sign("data");
    assert_eq!(
        user_socket().verify(now.as_str(), MaxAge::Seconds(0)),
        Err(TokenError::Expired)
    );
}

#[test]
fn milliseconds_count_and_smaller_parts_are_cut() {
    let signed_at = UNIX_EPOCH + Duration::from_micros(1_001_999);
    let signed = user_socket().sign_at("data", signed_at);
    let verify = |now_ms| {
        user_socket().verify_at(
            signed.as_str(),
            MaxAge::Seconds(1),
            UNIX_EPOCH + Duration::from_millis(now_ms),
        )
    };
    assert_eq!(verify(1000), Err(TokenError::Invalid));
    assert_eq!(verify(1001), Ok("data".into()));
    assert_eq!(verify(2001), Ok("data".into()));
    assert_eq!(verify(2002), Err(TokenError::Expired));
}

#[test]
fn a_token_may_be_dated_before_1970() {
    let signed_at = UNIX_EPOCH - Duration::from_secs(10);
    let signed = user_socket().sign_at("data", signed_at);
    let verify = |now| user_socket().verify_at(signed.as_str(), MaxAge::Seconds(10), now);
    assert_eq!(verify(UNIX_EPOCH), Ok("data".into()));
    assert_eq!(verify(at(1)), Err(TokenError::Expired));
}

#[test]
fn authentic_garbage_is_invalid() {
    let payloads = [
        Term::from(1),
        Term::tuple([Term::from("data")]),
        Term::tuple([1, 2, 3, 4]),
        Term::map([("data", 1), ("signed", 2)]),
        Term::tuple([Term::from("data"), "yesterday".into(), 60.into()]),
    ];
    for payload in payloads {
        assert_eq!(
            verify_payload(&payload, MaxAge::FromToken, 0),
            Err(TokenError::Invalid),
            "{payload:?}"
        );
    }
    // Channels contract, 12.3: `{&:erlang.halt/0, 0, 86400}`.
    let function = b"\x83h\x03qw\x06erlangw\x04halta\0a\0b\0\x01\x51\x80";
    for payload in [&b""[..], b"\x83", b"garbage", function] {
        assert_eq!(
            verify_bytes(payload, MaxAge::Infinity, 0),
            Err(TokenError::Invalid),
            "{payload:?}"
        );
    }
}

#[test]
fn a_token_of_another_salt_or_secret_is_invalid() {
    let other_salt = Token::new(&base(), "another salt");
    let other_secret = Token::new(&secret_key_base(&"12345678".repeat(8)), "user socket");
    let (signed, encrypted) = (user_socket().sign(1), user_socket().encrypt(1));
    for token in [other_salt, other_secret] {
        assert_eq!(
            token.verify(signed.as_str(), MaxAge::Infinity),
            Err(TokenError::Invalid)
        );
        assert_eq!(
            token.decrypt(encrypted.as_str(), MaxAge::Infinity),
            Err(TokenError::Invalid)
        );
    }
    // Nor is a signed token taken for an encrypted one.
    assert_eq!(
        user_socket().decrypt(signed.as_str(), MaxAge::Infinity),
        Err(TokenError::Invalid)
    );
    assert_eq!(
        user_socket().verify(encrypted.as_str(), MaxAge::Infinity),
        Err(TokenError::Invalid)
    );
    assert_eq!(
        user_socket().decrypt(None, MaxAge::Infinity),
        Err(TokenError::Missing)
    );
}

#[test]
fn encrypted_tokens_expire_as_well() {
    let encrypted = user_socket().encrypt_at("data", at(0));
    let decrypt = |now| user_socket().decrypt_at(encrypted.as_str(), MaxAge::Seconds(60), at(now));
    assert_eq!(decrypt(60), Ok("data".into()));
    assert_eq!(decrypt(61), Err(TokenError::Expired));
}

#[test]
fn cookies_have_a_salt_of_their_own() {
    // Channels contract, 12.4: the salt is the cookie's name and `_cookie`.
    let signed = Token::for_cookie(&base(), "remember_me").sign("user");
    let verified =
        Token::new(&base(), "remember_me_cookie").verify(signed.as_str(), MaxAge::FromToken);
    assert_eq!(verified, Ok("user".into()));
}

#[test]
fn a_short_secret_is_refused() {
    // Channels contract, 12.1: 20 bytes at least.
    assert!(SecretKeyBase::new("x".repeat(20)).is_ok());
    let error = SecretKeyBase::new("x".repeat(19)).expect_err("it is too short");
    assert_eq!(error, SecretKeyBaseError::TooShort { bytes: 19 });
}
