//! The visitor's session, kept in a cookie: `Plug.Session` with its cookie store.
//!
//! ```
//! use bennu::session::{Scheme, SessionOptions, SessionStore};
//! use bennu::token::SecretKeyBase;
//!
//! let secret_key_base = SecretKeyBase::new("abcdefgh".repeat(8))?;
//! let store = SessionStore::new(&secret_key_base, SessionOptions::new("_my_app_key", "change_me"))?;
//!
//! // A request without a cookie begins an empty session.
//! let mut session = store.read([]);
//! session.put("user_id", 42);
//! let set_cookie = store.write(&session, Scheme::Https)?.expect("the session has changed");
//!
//! // The browser sends the cookie back.
//! let (cookie, _attributes) = set_cookie.split_once(';').expect("the cookie has attributes");
//! let session = store.read([cookie.as_bytes()]);
//! assert_eq!(session.get("user_id").and_then(|id| id.as_i64()), Some(42));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cookie;
pub mod csrf;
mod flash;
mod options;
mod serializer;
mod store;

use std::collections::BTreeMap;

use crate::token::Term;

pub use self::cookie::cookies;
pub(crate) use self::cookie::forget_cookie;
pub use self::flash::Flash;
pub use self::options::{SameSite, SessionOptions, SessionOptionsError, SessionSalts};
pub use self::serializer::{SessionSerializer, SessionSerializerError};
pub use self::store::{Scheme, SessionStore, SessionWriteError};

/// The key of the CSRF state in the session.
pub const CSRF_TOKEN_KEY: &str = "_csrf_token";

/// What a visitor's session holds: terms under string keys.
///
/// Changing it decides whether [`SessionStore::write`] answers with a cookie. The size of a session that comes from a
/// client is bounded by the size of a request's headers.
#[derive(Clone, Debug, Default)]
pub struct Session {
    entries: BTreeMap<String, Term>,
    outcome: Outcome,
    /// Whether the client sent a cookie that was ours.
    from_cookie: bool,
}

/// What becomes of the session when the response is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Outcome {
    #[default]
    Keep,
    Write,
    Drop,
    Ignore,
}

impl Session {
    /// The value under this key: `get_session/2`.
    pub fn get(&self, key: &str) -> Option<&Term> {
        self.entries.get(key)
    }

    /// All entries in the order of their keys: `get_session/1`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Term)> {
        self.entries
            .iter()
            .map(|(key, value)| (key.as_str(), value))
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sets the value under this key: `put_session/3`.
    pub fn put(&mut self, key: impl Into<String>, value: impl Into<Term>) {
        self.entries.insert(key.into(), value.into());
        self.touch();
    }

    /// Removes what is under this key: `delete_session/2`.
    pub fn delete(&mut self, key: &str) {
        self.entries.remove(key);
        self.touch();
    }

    /// Removes everything: `clear_session/1`.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.touch();
    }

    /// Protects from session fixation when a visitor logs in or out: `configure_session(renew: true)`.
    ///
    /// The cookie is written anew and the CSRF state goes, so that tokens given out before are worth nothing.
    pub fn renew(&mut self) {
        self.entries.remove(CSRF_TOKEN_KEY);
        self.outcome = Outcome::Write;
    }

    /// Makes the client forget its cookie: `configure_session(drop: true)`.
    pub fn drop_cookie(&mut self) {
        self.outcome = Outcome::Drop;
    }

    /// Leaves the client's cookie as it is, whatever changed: `configure_session(ignore: true)`.
    pub fn ignore(&mut self) {
        self.outcome = Outcome::Ignore;
    }

    /// Whether the response must carry the session.
    pub fn is_changed(&self) -> bool {
        self.outcome == Outcome::Write
    }

    fn touch(&mut self) {
        if self.outcome == Outcome::Keep {
            self.outcome = Outcome::Write;
        }
    }

    fn from_cookie(term: Term) -> Self {
        Self {
            entries: string_entries(term),
            outcome: Outcome::Keep,
            from_cookie: true,
        }
    }

    fn to_term(&self) -> Term {
        Term::from(self.entries.clone())
    }
}

/// Plug makes every key a string; whatever else there is was not put by it.
fn string_entries(term: Term) -> BTreeMap<String, Term> {
    let Term::Map(entries) = term else {
        return BTreeMap::new();
    };
    entries
        .into_iter()
        .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value)))
        .collect()
}
