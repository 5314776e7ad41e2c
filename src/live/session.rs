//! The tokens on a page, which its script hands back when it joins (liveview-wire section 3).

use crate::token::{MaxAge, SecretKeyBase, Term, Token};

/// The form of the tokens; one made by another version is stale.
pub(super) const VERSION: i64 = 1;
/// Two weeks (3.3).
pub(super) const MAX_AGE: MaxAge = MaxAge::Seconds(14 * 24 * 60 * 60);

/// What the session token says: which view the page showed, under which id.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SessionToken {
    /// The DOM id of the container; the topic must be `lv:` and this (3.1).
    pub(super) id: String,
    /// The view's name among those of its [`LiveViews`](super::LiveViews).
    pub(super) view: String,
    /// The navigation boundary of the view's route.
    pub(super) live_session: String,
}

impl SessionToken {
    pub(super) fn sign(&self, secret_key_base: &SecretKeyBase, salt: &str) -> String {
        let text = |text: &str| Term::from(text);
        Token::new(secret_key_base, salt).sign(Term::tuple([
            Term::from(VERSION),
            text(&self.id),
            text(&self.view),
            text(&self.live_session),
        ]))
    }

    /// None for whatever makes a join stale: forged, expired, or of another version (3.5).
    pub(super) fn verify(token: &str, secret_key_base: &SecretKeyBase, salt: &str) -> Option<Self> {
        let term = Token::new(secret_key_base, salt)
            .verify(token, MAX_AGE)
            .ok()?;
        let [version, id, view, live_session] = term.as_tuple()? else {
            return None;
        };
        let text = |term: &Term| term.as_str().map(str::to_owned);
        (version.as_i64()? == VERSION).then_some(())?;
        Some(Self {
            id: text(id)?,
            view: text(view)?,
            live_session: text(live_session)?,
        })
    }
}

/// The static token of the same page: only its id so far, signed apart so that neither passes for the other.
pub(super) fn sign_static(id: &str, secret_key_base: &SecretKeyBase, salt: &str) -> String {
    let term = Term::tuple([Term::from(VERSION), Term::from("static"), Term::from(id)]);
    Token::new(secret_key_base, salt).sign(term)
}

/// Whether a static token belongs to the page with this id.
pub(super) fn verify_static(
    token: &str,
    id: &str,
    secret_key_base: &SecretKeyBase,
    salt: &str,
) -> bool {
    let verified = Token::new(secret_key_base, salt).verify(token, MAX_AGE);
    let Ok(term) = verified else {
        return false;
    };
    let Some([version, kind, own]) = term.as_tuple() else {
        return false;
    };
    version.as_i64() == Some(VERSION) && kind.as_str() == Some("static") && own.as_str() == Some(id)
}

/// The token of a `reload` reply: the status that the page will answer with (4.4).
pub(super) fn sign_reload(status: u16, secret_key_base: &SecretKeyBase, salt: &str) -> String {
    let term = Term::tuple([
        Term::from(VERSION),
        Term::from("reload"),
        Term::from(i64::from(status)),
    ]);
    Token::new(secret_key_base, salt).sign(term)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: &str) -> SecretKeyBase {
        SecretKeyBase::new(byte.repeat(64)).expect("long enough")
    }

    fn token() -> SessionToken {
        SessionToken {
            id: "phx-1".to_owned(),
            view: "Chat".to_owned(),
            live_session: "default".to_owned(),
        }
    }

    #[test]
    fn a_session_token_comes_back_as_it_was_signed() {
        let signed = token().sign(&secret("k"), "salt");
        assert_eq!(
            SessionToken::verify(&signed, &secret("k"), "salt"),
            Some(token())
        );
    }

    #[test]
    fn forged_and_swapped_tokens_are_refused() {
        let signed = token().sign(&secret("k"), "salt");
        assert_eq!(SessionToken::verify(&signed, &secret("x"), "salt"), None); // 3.5
        assert_eq!(SessionToken::verify(&signed, &secret("k"), "pepper"), None);
        let statics = sign_static("phx-1", &secret("k"), "salt");
        assert_eq!(SessionToken::verify(&statics, &secret("k"), "salt"), None);
        assert!(!verify_static(&signed, "phx-1", &secret("k"), "salt"));
        assert!(verify_static(&statics, "phx-1", &secret("k"), "salt"));
        assert!(!verify_static(&statics, "phx-2", &secret("k"), "salt"));
    }
}
