//! Tokens, keys and cookies that Elixir made; see the files' `recorded_from`.

use std::time::{Duration, SystemTime};

use bennu::token::{SecretKeyBase, Term};
use serde::Deserialize;

/// The recordings of OTP 27, and those of OTP 25, which writes atoms with an older tag.
pub(crate) fn recordings() -> [Recording; 2] {
    [
        include_str!("../golden/tokens.json"),
        include_str!("../golden/tokens_otp25.json"),
    ]
    .map(|text| serde_json::from_str(text).expect("the recording is well-formed"))
}

#[derive(Deserialize)]
pub(crate) struct Recording {
    pub(crate) recorded_from: String,
    pub(crate) secret_key_base: String,
    pub(crate) secret_key_base_2: String,
    pub(crate) phoenix_token_sign: Vec<Signed>,
    pub(crate) phoenix_token_sign_utf8_atoms: Vec<Signed>,
    pub(crate) phoenix_token_sign_options: SignOptions,
    pub(crate) phoenix_token_encrypt: Vec<Signed>,
    pub(crate) phoenix_token_verify: Vec<Verified>,
    pub(crate) key_generator: Vec<Derived>,
    pub(crate) session_cookies: SessionCookies,
    pub(crate) csrf: Csrf,
}

#[derive(Deserialize)]
pub(crate) struct Signed {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) salt: String,
    pub(crate) signed_at: u64,
    #[serde(default)]
    pub(crate) term_to_binary_hex: String,
    #[serde(default)]
    pub(crate) term_to_binary_utf8_atoms_hex: String,
}

#[derive(Deserialize)]
pub(crate) struct SignOptions {
    pub(crate) cases: Vec<SignOption>,
}

#[derive(Deserialize)]
pub(crate) struct SignOption {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) salt: String,
}

#[derive(Deserialize)]
pub(crate) struct Verified {
    pub(crate) name: String,
    pub(crate) token: Option<String>,
    pub(crate) salt: String,
    pub(crate) opts: String,
    pub(crate) result: String,
    pub(crate) secret: Option<u8>,
}

#[derive(Deserialize)]
pub(crate) struct Derived {
    pub(crate) secret_key_base: String,
    pub(crate) salt: String,
    pub(crate) iterations: u32,
    pub(crate) length: usize,
    pub(crate) digest: String,
    pub(crate) key_hex: String,
}

#[derive(Deserialize)]
pub(crate) struct SessionCookies {
    pub(crate) cases: Vec<SessionCookie>,
}

#[derive(Deserialize)]
pub(crate) struct SessionCookie {
    pub(crate) kind: String,
    pub(crate) session: String,
    pub(crate) set_cookie: String,
}

#[derive(Deserialize)]
pub(crate) struct Csrf {
    pub(crate) session_token: String,
    pub(crate) masked: Vec<Masked>,
    pub(crate) token_for_host: TokenForHost,
}

#[derive(Deserialize)]
pub(crate) struct Masked {
    pub(crate) token: String,
    pub(crate) valid: bool,
}

#[derive(Deserialize)]
pub(crate) struct TokenForHost {
    pub(crate) token: String,
    pub(crate) url: String,
}

impl Recording {
    /// A recorded term by its name, in the words of Rust.
    pub(crate) fn term(&self, name: &str) -> Term {
        match term(name) {
            // The order of atoms as keys depends on the system that wrote them.
            Term::Map(mut entries)
                if name == "map_atom_keys" && !self.recorded_from.ends_with("OTP 25") =>
            {
                entries.reverse();
                Term::Map(entries)
            }
            term => term,
        }
    }
}

fn term(name: &str) -> Term {
    match name {
        "string" => "hello".into(),
        "empty_string" => "".into(),
        "utf8_string" => "wörld ☃".into(),
        "int_small" => 42.into(),
        "int_255" => 255.into(),
        "int_256" => 256.into(),
        "int_neg" => (-1).into(),
        "int_32" => i32::MAX.into(),
        "int_33" => 2_147_483_648_i64.into(),
        "int_64" => i64::MAX.into(),
        "int_big" => 123_456_789_012_345_678_901_234_567_890_i128.into(),
        "float" => 1.5.into(),
        "nil" => Term::nil(),
        "true" => true.into(),
        "atom" => Term::atom("admin"),
        "uuid" => "6ba7b810-9dad-11d1-80b4-00c04fd430c8".into(),
        "map_string_keys" => Term::map([("user_id", Term::from(1)), ("name", "a".into())]),
        "map_atom_keys" => Term::map([
            (Term::atom("role"), Term::atom("admin")),
            (Term::atom("user_id"), 1.into()),
        ]),
        "map_empty" => Term::map::<Term, Term>([]),
        "tuple" => Term::tuple([Term::atom("ok"), 1.into(), "x".into()]),
        "list_empty" => Term::list::<Term>([]),
        "list_ints" => Term::list([1, 2, 3]),
        "list_mixed" => Term::list([1.into(), "a".into(), Term::atom("b"), Term::tuple([2, 3])]),
        "keyword" => Term::list(
            [("a", 1), ("b", 2)].map(|(key, value)| Term::tuple([Term::atom(key), value.into()])),
        ),
        "nested" => {
            let list = Term::list([Term::from(1), Term::map([("c", Term::nil())])]);
            Term::map([("a", Term::map([("b", list)]))])
        }
        "long_string" => "x".repeat(300).into(),
        other => panic!("there is no term `{other}`"),
    }
}

pub(crate) fn secret_key_base(secret: &str) -> SecretKeyBase {
    SecretKeyBase::new(secret).expect("it is long enough")
}

pub(crate) fn at(unix_seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(unix_seconds)
}

pub(crate) fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|start| {
            u8::from_str_radix(&hex[start..start + 2], 16)
                .expect("the recording has hexadecimal digits")
        })
        .collect()
}
