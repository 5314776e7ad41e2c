//! Messages for the visitor that outlive one redirect.

use std::collections::BTreeMap;

use super::{Outcome, Session};
use crate::token::{MaxAge, SecretKeyBase, Term, Token};

/// Where the session keeps the flash from a redirect to the next request.
const SESSION_KEY: &str = "phoenix_flash";
/// The purpose of a flash's token.
const SALT: &str = "phoenix flash";
/// How long the page that a token leads to may take to load, in seconds (liveview-wire 3.4).
const MAX_AGE: MaxAge = MaxAge::Seconds(60);

/// Messages by kind, `info` and `error` and whatever else an application shows: `Phoenix.Flash`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flash(BTreeMap<String, String>);

impl Flash {
    /// The cookie in which the script of a live page hands a flash to the next page load (liveview-wire 2.7).
    pub(crate) const COOKIE: &str = "__phoenix_flash__";

    /// The message of this kind: `Phoenix.Flash.get/2`.
    #[must_use]
    pub fn get(&self, kind: &str) -> Option<&str> {
        self.0.get(kind).map(String::as_str)
    }

    /// Sets the message of this kind.
    pub fn put(&mut self, kind: impl Into<String>, message: impl Into<String>) {
        self.0.insert(kind.into(), message.into());
    }

    /// Removes the message of this kind.
    pub fn delete(&mut self, kind: &str) {
        self.0.remove(kind);
    }

    /// Removes all messages.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes over all messages of `other`, replacing those of the same kind.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether there are no messages.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Kinds and messages, in the order of the kinds.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(kind, message)| (kind.as_str(), message.as_str()))
    }

    /// The flash as a client carries it from one page to the next.
    #[cfg(feature = "live")]
    pub(crate) fn sign(&self, secret_key_base: &SecretKeyBase) -> String {
        Token::new(secret_key_base, SALT).sign(self.to_term())
    }

    /// The flash that a client brings; none when the token is forged or older than a minute.
    pub(crate) fn verify(token: &str, secret_key_base: &SecretKeyBase) -> Option<Self> {
        let verified = Token::new(secret_key_base, SALT).verify(token, MAX_AGE);
        verified.ok().map(|term| Self::from_term(&term))
    }

    pub(crate) fn to_term(&self) -> Term {
        Term::map(self.iter())
    }

    /// Anything but text under text is left out.
    pub(crate) fn from_term(term: &Term) -> Self {
        let entries = term.as_map().unwrap_or_default().iter();
        let text = |term: &Term| term.as_str().map(str::to_owned);
        Self(
            entries
                .filter_map(|(kind, message)| Some((text(kind)?, text(message)?)))
                .collect(),
        )
    }
}

impl Session {
    /// The flash that the last response left for this request.
    pub(crate) fn flash(&self) -> Flash {
        self.get(SESSION_KEY)
            .map(Flash::from_term)
            .unwrap_or_default()
    }

    /// Leaves the flash for the request that a redirect leads to; after any other response it has been seen.
    pub(crate) fn put_flash(&mut self, flash: &Flash, redirects: bool) {
        if redirects && !flash.is_empty() {
            self.put(SESSION_KEY, flash.to_term());
        } else if self.get(SESSION_KEY).is_some() && self.outcome != Outcome::Drop {
            self.delete(SESSION_KEY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "live")]
    fn secret(byte: &str) -> SecretKeyBase {
        SecretKeyBase::new(byte.repeat(64)).expect("long enough")
    }

    fn saved() -> Flash {
        let mut flash = Flash::default();
        flash.put("info", "saved");
        flash
    }

    #[cfg(feature = "live")]
    #[test]
    fn a_token_brings_the_flash_back() {
        let token = saved().sign(&secret("k"));
        assert_eq!(Flash::verify(&token, &secret("k")), Some(saved()));
        assert_eq!(Flash::verify(&token, &secret("x")), None); // 3.4
        assert_eq!(Flash::verify("forged", &secret("k")), None);
    }

    #[test]
    fn the_session_keeps_a_flash_over_redirects_only() {
        let mut session = Session::default();
        session.put_flash(&saved(), true);
        assert_eq!(session.flash(), saved());
        session.put_flash(&saved(), false);
        assert!(session.is_empty());
    }

    #[test]
    fn a_session_without_flash_is_not_written_for_it() {
        let mut session = Session::default();
        session.put_flash(&Flash::default(), true);
        session.put_flash(&saved(), false);
        assert!(!session.is_changed());
    }

    #[test]
    fn what_is_no_text_is_left_out() {
        let term = Term::map([("info", Term::from(1)), ("error", Term::from("no"))]);
        let flash = Flash::from_term(&term);
        assert_eq!(flash.iter().collect::<Vec<_>>(), [("error", "no")]);
    }
}
