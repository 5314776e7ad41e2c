//! CSRF tokens against those that Plug made.

use bennu::session::csrf::CsrfState;
use bennu::session::{CSRF_TOKEN_KEY, Session};

use bennu::token::{KeyOptions, MessageVerifier};

use crate::golden::{TokenForHost, recordings, secret_key_base};

fn state(bytes: &str) -> CsrfState {
    CsrfState::from_bytes(bytes.as_bytes()).expect("it has 24 bytes")
}

#[test]
fn tokens_made_by_plug_verify_here() {
    // Channels contract, 12.5.
    for recording in recordings() {
        let state = state(&recording.csrf.session_token);
        for masked in &recording.csrf.masked {
            assert_eq!(
                state.verify(&masked.token),
                masked.valid,
                "{}",
                masked.token
            );
        }
    }
}

#[test]
fn tokens_made_by_plug_for_a_host_verify_here() {
    for recording in recordings() {
        let base = secret_key_base(&recording.secret_key_base);
        let state = state(&recording.csrf.session_token);
        let TokenForHost { token, url } = &recording.csrf.token_for_host;
        assert_eq!(url, "//other.example/x");
        assert!(state.verify_for_host(token, &base, "other.example", &[]));
        assert!(!state.verify_for_host(token, &base, "example", &[]));
        // S-3: sockets take the masked form only.
        assert!(!state.verify(token));
    }
}

#[test]
fn allowed_hosts_share_their_tokens() {
    let base = secret_key_base(&"abcdefgh".repeat(8));
    let state = CsrfState::generate();
    let token = state.token_for_host(&base, "a.example.com");
    let verify =
        |allow_hosts: &[&str]| state.verify_for_host(&token, &base, "b.example.com", allow_hosts);
    assert!(verify(&["a.example.com"]));
    assert!(verify(&["c.example.com", ".example.com"]));
    assert!(!verify(&[]));
    assert!(!verify(&["example.com", ".a.example.com", "c.example.com"]));
    assert!(!CsrfState::generate().verify_for_host(&token, &base, "a.example.com", &[]));
    // Signed, but too short to name a host.
    let key = base.derive(state.as_bytes(), KeyOptions::default());
    let short = MessageVerifier::new(&key).sign("short");
    assert!(!state.verify_for_host(&short, &base, "", &[]));
}

#[test]
fn only_masked_tokens_of_the_same_state_verify() {
    // Channels contract, 12.5.
    let state = CsrfState::generate();
    let token = state.masked_token();
    assert_eq!(token.len(), 56);
    assert!(state.verify(&token));
    assert!(!CsrfState::generate().verify(&token));

    let itself = str::from_utf8(state.as_bytes()).expect("it is base64");
    let longer = format!("{token}A");
    let padded = format!("{}={}", &token[..31], &token[32..]);
    let foreign = format!("{}+{}", &token[..31], &token[32..]);
    let no_ascii = "é".repeat(28);
    for wrong in [
        "",
        itself,
        &token[..55],
        &token[1..],
        &longer,
        &padded,
        &foreign,
        &no_ascii,
        &token[..32],
    ] {
        assert!(!state.verify(wrong), "{wrong}");
    }
}

#[test]
fn every_altered_character_is_noticed() {
    let state = CsrfState::generate();
    let token = state.masked_token();
    for position in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[position] = if altered[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        let altered = String::from_utf8(altered).expect("it is still ASCII");
        assert!(!state.verify(&altered), "{position}");
    }
}

#[test]
fn every_page_has_another_token() {
    let state = CsrfState::generate();
    assert_ne!(state.masked_token(), state.masked_token());
    assert_ne!(
        CsrfState::generate().as_bytes(),
        CsrfState::generate().as_bytes()
    );
}

#[test]
fn the_session_keeps_its_state_until_it_is_renewed() {
    let mut session = Session::default();
    assert!(CsrfState::from_session(&session).is_none());
    let token = CsrfState::fetch_or_put(&mut session).masked_token();
    assert!(session.is_changed());
    assert!(CsrfState::fetch_or_put(&mut session).verify(&token));

    session.renew();
    assert!(CsrfState::from_session(&session).is_none());
    assert!(!CsrfState::fetch_or_put(&mut session).verify(&token));
}

#[test]
fn a_state_of_another_size_is_none() {
    // Channels contract, 12.5: exactly 24 bytes.
    for bytes in [0, 23, 25] {
        let mut session = Session::default();
        session.put(CSRF_TOKEN_KEY, "A".repeat(bytes));
        assert!(CsrfState::from_session(&session).is_none(), "{bytes}");
    }
    let mut session = Session::default();
    session.put(CSRF_TOKEN_KEY, 24);
    assert!(CsrfState::from_session(&session).is_none());
}

#[test]
fn debug_output_hides_the_state() {
    assert_eq!(format!("{:?}", CsrfState::generate()), "CsrfState { .. }");
}
