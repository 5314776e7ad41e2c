//! Session cookies against those that Plug made.

use std::time::{Duration, UNIX_EPOCH};

use bennu::session::{
    SameSite, Scheme, Session, SessionOptions, SessionOptionsError, SessionSalts,
    SessionSerializer, SessionStore, SessionWriteError,
};
use bennu::token::{KeyOptions, MessageVerifier, SecretKeyBase, Term};

use crate::golden::{SessionCookie, at, recordings, secret_key_base};

const KEY: &str = "_my_app_key";

fn base() -> SecretKeyBase {
    secret_key_base(&"abcdefgh".repeat(8))
}

fn options() -> SessionOptions {
    SessionOptions::new(KEY, "change_me")
}

fn store(options: SessionOptions) -> SessionStore {
    SessionStore::new(&base(), options).expect("the options are right")
}

fn session<V: Into<Term>>(entries: impl IntoIterator<Item = (&'static str, V)>) -> Session {
    let mut session = Session::default();
    for (key, value) in entries {
        session.put(key, value);
    }
    session
}

fn write(store: &SessionStore, session: &Session) -> String {
    store
        .write(session, Scheme::Http)
        .expect("the session fits")
        .expect("the session has changed")
}

/// What a browser sends back.
fn cookie(set_cookie: &str) -> &str {
    set_cookie
        .split(';')
        .next()
        .expect("a split has a first part")
}

fn read(store: &SessionStore, set_cookie: &str) -> Session {
    store.read([cookie(set_cookie).as_bytes()])
}

fn entries(session: &Session) -> Vec<(String, Term)> {
    session
        .iter()
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
}

#[test]
fn cookies_made_by_plug_are_read_and_written_here() {
    // Channels contract, 12.4.
    for recording in recordings() {
        let base = secret_key_base(&recording.secret_key_base);
        for case in &recording.session_cookies.cases {
            let store =
                SessionStore::new(&base, recorded_options(case)).expect("the options are right");
            let expected = recorded_session(case);
            let read_back = read(&store, &case.set_cookie);
            assert_eq!(entries(&read_back), entries(&expected), "{}", case.session);
            assert!(!read_back.is_changed());

            let written = write(&store, &expected);
            assert_eq!(
                entries(&read(&store, &written)),
                entries(&expected),
                "{}",
                case.session
            );
            if case.kind == "encrypted" {
                assert_eq!(written.len(), case.set_cookie.len());
            } else {
                assert_eq!(written, case.set_cookie);
            }
        }
    }
}

fn recorded_options(case: &SessionCookie) -> SessionOptions {
    let options = SessionOptions::new("_golden_key", "goldensalt");
    match case.kind.as_str() {
        "signed" => options,
        "encrypted" => options.encryption_salt("goldenenc"),
        "signed_json" => options.serializer(SessionSerializer::Json),
        other => panic!("there is no kind `{other}`"),
    }
}

fn recorded_session(case: &SessionCookie) -> Session {
    match case.session.as_str() {
        r#"%{"user_token" => "abc"}"# => session([("user_token", "abc")]),
        r#"%{"user_id" => 7}"# => session([("user_id", 7)]),
        r#"%{"a" => 1, "b" => "two", "c" => [1, 2]}"# => session([
            ("c", Term::list([1, 2])),
            ("b", "two".into()),
            ("a", 1.into()),
        ]),
        r#"%{"_csrf_token" => "JEZ3aEV-wLFhOXc_9PQXVQIS"}"# => {
            session([("_csrf_token", "JEZ3aEV-wLFhOXc_9PQXVQIS")])
        }
        r#"%{"phoenix_flash" => %{"info" => "hi"}}"# => {
            session([("phoenix_flash", Term::map([("info", "hi")]))])
        }
        r#"%{"live_socket_id" => "users_sessions:x"}"# => {
            session([("live_socket_id", "users_sessions:x")])
        }
        other => panic!("there is no session `{other}`"),
    }
}

#[test]
fn the_published_vector_is_reproduced() {
    // Channels contract, 12.7; its encrypted twin is beside the encryptor, where the IV can be chosen.
    let session = session([
        ("user_id", Term::from(42)),
        ("_csrf_token", "A".repeat(24).into()),
    ]);
    let value = "SFMyNTY.g3QAAAACbQAAAAtfY3NyZl90b2tlbm0AAAAYQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBbQAAAAd1c2VyX2lkYSo.\
                 B0U28Az_IyJIKeEp9AwMlQDWwCcnO0lxdlDZ8WT1Lug";
    assert_eq!(
        cookie(&write(&store(options()), &session)),
        format!("{KEY}={value}")
    );
}

#[test]
fn the_attributes_are_spelled_as_plug_spells_them() {
    let attributes = |options, scheme| {
        let set_cookie = store(options)
            .write_at(&session([("a", 1)]), scheme, at(1_700_000_000))
            .expect("the session fits")
            .expect("the session has changed");
        set_cookie
            .split_once("; ")
            .expect("there are attributes")
            .1
            .to_owned()
    };
    assert_eq!(
        attributes(options(), Scheme::Http),
        "path=/; HttpOnly; SameSite=Lax"
    );
    assert_eq!(
        attributes(options(), Scheme::Https),
        "path=/; secure; HttpOnly; SameSite=Lax"
    );
    assert_eq!(
        attributes(options().secure(false), Scheme::Https),
        "path=/; HttpOnly; SameSite=Lax"
    );
    let all = options()
        .path("/app")
        .domain("example.com")
        .max_age(Duration::from_secs(86_400))
        .secure(true)
        .http_only(false)
        .same_site(SameSite::None);
    assert_eq!(
        attributes(all, Scheme::Http),
        "path=/app; domain=example.com; expires=Wed, 15 Nov 2023 22:13:20 GMT; max-age=86400; secure; SameSite=None"
    );
}

#[test]
fn only_a_changed_session_is_written() {
    let store = store(options());
    let set_cookie = write(&store, &session([("a", 1)]));
    let written_after = |change: fn(&mut Session)| {
        let mut session = read(&store, &set_cookie);
        change(&mut session);
        store
            .write(&session, Scheme::Http)
            .expect("the session fits")
    };
    assert_eq!(written_after(|_| ()), None);
    assert_eq!(
        written_after(|session| session.put("a", 1)).as_deref(),
        Some(set_cookie.as_str())
    );
    assert_eq!(
        written_after(Session::renew).as_deref(),
        Some(set_cookie.as_str())
    );
    assert_ne!(written_after(|session| session.delete("a")), None);
    let cleared = written_after(Session::clear).expect("the session has changed");
    assert!(read(&store, &cleared).is_empty());
    let ignored = written_after(|session| {
        session.ignore();
        session.put("a", 2);
    });
    assert_eq!(ignored, None);
}

#[test]
fn a_dropped_cookie_is_taken_from_the_browser() {
    let store = store(options().domain("example.com"));
    let mut session = read(&store, &write(&store, &session([("a", 1)])));
    session.drop_cookie();
    session.put("a", 2);
    assert_eq!(
        store
            .write(&session, Scheme::Https)
            .expect("the session fits")
            .as_deref(),
        Some(
            "_my_app_key=; path=/; domain=example.com; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=0; secure; \
             HttpOnly; SameSite=Lax"
        )
    );
    // There is nothing to take where nothing was.
    let mut fresh = Session::default();
    fresh.put("a", 1);
    fresh.drop_cookie();
    assert!(matches!(store.write(&fresh, Scheme::Https), Ok(None)));
}

#[test]
fn a_cookie_that_is_not_ours_is_an_empty_session() {
    // S-2: told apart from a request without the cookie.
    let store = store(options());
    let [tampered, unsigned, empty] =
        ["=SFMyNTY.g3QAAAAA.AAAA", "=garbage", "="].map(|value| format!("{KEY}{value}"));
    for header in [tampered, unsigned, empty] {
        let session = store.fetch([header.as_bytes()]).expect("there is a cookie");
        assert!(session.is_empty(), "{header}");
        assert!(!session.is_changed());
    }
    for header in ["", "other=1", "_my_app_key", "my_app_key=x"] {
        assert!(store.fetch([header.as_bytes()]).is_none(), "{header}");
    }
    assert!(store.fetch([]).is_none());
}

#[test]
fn the_first_cookie_of_the_name_counts() {
    let store = store(options());
    let [first, second] = [1, 2].map(|value| write(&store, &session([("a", value)])));
    let header = format!("other=1; {}; {}", cookie(&first), cookie(&second));
    assert_eq!(store.read([header.as_bytes()]).get("a"), Some(&1.into()));
    let headers = [
        &b"other=1"[..],
        cookie(&second).as_bytes(),
        cookie(&first).as_bytes(),
    ];
    assert_eq!(store.read(headers).get("a"), Some(&2.into()));
}

#[test]
fn an_authentic_cookie_without_a_session_is_an_empty_one() {
    let store = store(options());
    let verifier = MessageVerifier::new(&base().derive("change_me", KeyOptions::default()));
    let bytes_of = |term: Term| term.encode();
    for bytes in [
        bytes_of(Term::list([1])),
        bytes_of(Term::map([(1, 2)])),
        b"garbage".to_vec(),
        b"\x83".to_vec(),
    ] {
        let header = format!("{KEY}={}", verifier.sign(&bytes));
        assert!(store.read([header.as_bytes()]).is_empty(), "{bytes:?}");
    }
}

#[test]
fn salts_of_the_past_are_still_read_and_no_longer_written() {
    let past = [
        store(options()),
        store(SessionOptions::new(KEY, "old").encryption_salt("old encryption")),
    ];
    let present = store(
        SessionOptions::new(KEY, "new")
            .encryption_salt("new encryption")
            .rotating_options([
                SessionSalts::new("change_me"),
                SessionSalts::new("old").encryption_salt("old encryption"),
            ]),
    );
    for past in past {
        let mut session = read(&present, &write(&past, &session([("a", 1)])));
        assert_eq!(session.get("a"), Some(&1.into()));
        session.put("b", 2);
        let rewritten = write(&present, &session);
        assert!(read(&past, &rewritten).is_empty());
        assert_eq!(entries(&read(&present, &rewritten)), entries(&session));
    }
}

#[test]
fn a_cookie_has_at_most_4096_bytes() {
    let store = store(options());
    let write = |bytes: usize| store.write(&session([("a", "x".repeat(bytes))]), Scheme::Http);
    let set_cookie = write(2983).expect("it fits").expect("it has changed");
    assert_eq!(set_cookie.len(), 4096);
    let error = write(2984).expect_err("it does not fit");
    assert!(
        matches!(error, SessionWriteError::CookieTooLarge { bytes: 4098 }),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        "the session cookie has 4098 bytes, browsers keep at most 4096"
    );
}

#[test]
fn what_json_cannot_express_is_an_error_of_writing() {
    let store = store(options().serializer(SessionSerializer::Json));
    let written = store.write(&session([("a", Term::tuple([1]))]), Scheme::Http);
    assert!(
        matches!(written, Err(SessionWriteError::Serializer(_))),
        "{written:?}"
    );
}

#[test]
fn wrong_options_are_refused_at_the_start() {
    let refused = |options| SessionStore::new(&base(), options).expect_err("the options are wrong");
    for key in ["", "a b", "a=b", "a;b", "ä"] {
        assert_eq!(
            refused(SessionOptions::new(key, "salt")),
            SessionOptionsError::Characters("key"),
            "{key}"
        );
    }
    assert_eq!(
        refused(options().path("/; secure")),
        SessionOptionsError::Characters("path")
    );
    assert_eq!(
        refused(options().domain("a\r\nb")),
        SessionOptionsError::Characters("domain")
    );

    let length_bytes = 16.try_into().expect("it is not zero");
    let short_keys = KeyOptions {
        length_bytes,
        ..KeyOptions::default()
    };
    assert!(matches!(
        refused(options().key_options(short_keys).encryption_salt("salt")),
        SessionOptionsError::KeyLength(error) if error.bytes == 16
    ));
    // Signatures take keys of any length.
    store(options().key_options(short_keys));
}

#[test]
fn a_secret_of_fewer_than_64_bytes_is_refused() {
    // Channels contract, 12.1.
    let new =
        |bytes| SessionStore::new(&secret_key_base(&"x".repeat(bytes)), options()).map(|_| ());
    assert_eq!(
        new(63),
        Err(SessionOptionsError::SecretKeyBaseTooShort { bytes: 63 })
    );
    assert_eq!(new(64), Ok(()));
}

#[test]
fn a_cookie_lives_from_the_time_it_is_written() {
    let store = store(options().max_age(Duration::from_secs(1)));
    let written = store.write_at(&session([("a", 1)]), Scheme::Http, UNIX_EPOCH);
    let set_cookie = written.expect("it fits").expect("it has changed");
    assert!(
        set_cookie.contains("; expires=Thu, 01 Jan 1970 00:00:01 GMT; max-age=1;"),
        "{set_cookie}"
    );
}
