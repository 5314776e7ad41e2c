//! The tokens on a page, which its script hands back when it joins (liveview-wire section 3).

use std::time::SystemTime;

use crate::session::{Flash, Session};
use crate::token::{MaxAge, SecretKeyBase, Term, Token};

/// The form of the tokens; one made by another version is stale.
pub(super) const VERSION: i64 = 3;
/// Two weeks (3.3).
pub(super) const MAX_AGE: MaxAge = MaxAge::Seconds(14 * 24 * 60 * 60);
/// How long a page may take to load again after its view was not mounted, in seconds (2.7).
const RELOAD_MAX_AGE: MaxAge = MaxAge::Seconds(60);

/// What the session token says: which view the page showed, under which id.
#[derive(Debug, PartialEq)]
pub(super) struct SessionToken {
    /// The DOM id of the container; the topic must be `lv:` and this (3.1).
    pub(super) id: String,
    /// The view's name among those of its [`LiveViews`](super::LiveViews).
    pub(super) view: String,
    /// The navigation boundary of the view's route; none for a view without a route.
    pub(super) live_session: Option<String>,
    /// A map: what is added to the connection's session.
    pub(super) session: Term,
    /// The key of the view around this one; none for a view that connects by itself.
    pub(super) parent: Option<String>,
}

impl SessionToken {
    pub(super) fn sign(self, secret_key_base: &SecretKeyBase, salt: &str) -> String {
        self.sign_at(&Token::new(secret_key_base, salt), SystemTime::now())
    }

    /// As [`sign`](Self::sign), with the key at hand and a date.
    pub(super) fn sign_at(self, signer: &Token, signed_at: SystemTime) -> String {
        let optional = |text: Option<String>| text.map_or_else(Term::nil, Into::into);
        let claims = [
            ("id", Term::from(self.id)),
            ("view", self.view.into()),
            ("live_session", optional(self.live_session)),
            ("session", self.session),
            ("parent", optional(self.parent)),
        ];
        signer.sign_at(claimed("session", claims), signed_at)
    }

    /// None for whatever makes a join stale: forged, expired, or of another version (3.5).
    pub(super) fn verify(token: &str, secret_key_base: &SecretKeyBase, salt: &str) -> Option<Self> {
        let term = verify("session", token, MAX_AGE, secret_key_base, salt)?;
        Some(Self {
            id: text(&term, "id")?,
            view: text(&term, "view")?,
            live_session: text(&term, "live_session"),
            session: term.get("session")?.clone(),
            parent: text(&term, "parent"),
        })
    }
}

/// What the static token says: what the page was loaded with (3.2). It has Phoenix's own form, because nothing in it is
/// particular to this server.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct StaticToken {
    /// The DOM id of the same container.
    pub(super) id: String,
    /// The flash that the page was loaded with.
    pub(super) flash: Flash,
}

/// The form of Phoenix's tokens.
const PHOENIX_VERSION: i64 = 6;

impl StaticToken {
    pub(super) fn sign(self, secret_key_base: &SecretKeyBase, salt: &str) -> String {
        let claims = Term::map([
            (Term::atom("id"), Term::from(self.id)),
            (Term::atom("flash"), self.flash.to_term()),
            (Term::atom("assign_new"), Term::list::<Term>([])),
        ]);
        let term = Term::tuple([Term::from(PHOENIX_VERSION), claims]);
        Token::new(secret_key_base, salt).sign(term)
    }

    pub(super) fn verify(token: &str, secret_key_base: &SecretKeyBase, salt: &str) -> Option<Self> {
        let verified = Token::new(secret_key_base, salt).verify(token, MAX_AGE);
        let term = verified.ok()?;
        let [version, claims] = term.as_tuple()? else {
            return None;
        };
        (version.as_i64()? == PHOENIX_VERSION).then_some(())?;
        Some(Self {
            id: claims.get_atom("id")?.as_str()?.to_owned(),
            flash: Flash::from_term(claims.get_atom("flash")?),
        })
    }
}

/// The token of a `reload` reply: the status that the page will answer with (4.4).
pub(super) fn sign_reload(status: u16, secret_key_base: &SecretKeyBase, salt: &str) -> String {
    let claims = [("status", Term::from(i64::from(status)))];
    sign("reload", claims, secret_key_base, salt)
}

/// The status that a page whose view was not mounted answers with.
pub(super) fn verify_reload(
    token: &str,
    secret_key_base: &SecretKeyBase,
    salt: &str,
) -> Option<u16> {
    let term = verify("reload", token, RELOAD_MAX_AGE, secret_key_base, salt)?;
    term.get("status")?.as_i64()?.try_into().ok()
}

/// Tokens of different kinds are told apart by their claim `kind`, so that none passes for another.
fn sign<const N: usize>(
    kind: &str,
    claims: [(&str, Term); N],
    secret_key_base: &SecretKeyBase,
    salt: &str,
) -> String {
    Token::new(secret_key_base, salt).sign(claimed(kind, claims))
}

fn claimed<const N: usize>(kind: &str, claims: [(&str, Term); N]) -> Term {
    let common = [("version", Term::from(VERSION)), ("kind", kind.into())];
    Term::map(common.into_iter().chain(claims))
}

fn verify(
    kind: &str,
    token: &str,
    max_age: MaxAge,
    secret_key_base: &SecretKeyBase,
    salt: &str,
) -> Option<Term> {
    let verified = Token::new(secret_key_base, salt).verify(token, max_age);
    let term = verified.ok()?;
    let fits = term.get("version")?.as_i64()? == VERSION && term.get("kind")?.as_str()? == kind;
    fits.then_some(term)
}

fn text(term: &Term, claim: &str) -> Option<String> {
    term.get(claim)?.as_str().map(str::to_owned)
}

impl Session {
    /// Puts the entries of a map in front of what the session has, without a cookie for them.
    pub(super) fn overlay(&mut self, entries: &Term) {
        for (key, value) in entries.as_map().unwrap_or_default() {
            if let Some(key) = key.as_str() {
                self.put(key, value.clone());
            }
        }
    }

    /// All entries as a map.
    pub(super) fn entries(&self) -> Term {
        Term::map(self.iter().map(|(key, value)| (key, value.clone())))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn secret(byte: &str) -> SecretKeyBase {
        SecretKeyBase::new(byte.repeat(64)).expect("long enough")
    }

    fn token() -> SessionToken {
        SessionToken {
            id: "phx-1".to_owned(),
            view: "Chat".to_owned(),
            live_session: Some("default".to_owned()),
            session: Term::map([("role", "admin")]),
            parent: Some("key".to_owned()),
        }
    }

    fn statics() -> StaticToken {
        let mut flash = Flash::default();
        flash.put("info", "saved");
        let id = "phx-1".to_owned();
        StaticToken { id, flash }
    }

    #[test]
    fn tokens_come_back_as_they_were_signed() {
        let signed = token().sign(&secret("k"), "salt");
        let verified = SessionToken::verify(&signed, &secret("k"), "salt");
        assert_eq!(verified, Some(token()));
        let unrouted = || SessionToken {
            live_session: None,
            ..token()
        };
        let signed = unrouted().sign(&secret("k"), "salt");
        let verified = SessionToken::verify(&signed, &secret("k"), "salt");
        assert_eq!(verified, Some(unrouted()));
        let signed = statics().sign(&secret("k"), "salt");
        let verified = StaticToken::verify(&signed, &secret("k"), "salt");
        assert_eq!(verified, Some(statics()));
        let signed = sign_reload(404, &secret("k"), "salt");
        assert_eq!(verify_reload(&signed, &secret("k"), "salt"), Some(404));
    }

    #[test]
    fn tokens_are_good_for_two_weeks() {
        let signed_ago = |seconds: u64| {
            let signed_at = SystemTime::now() - Duration::from_secs(seconds);
            token().sign_at(&Token::new(&secret("k"), "salt"), signed_at)
        };
        let two_weeks = 14 * 24 * 60 * 60;
        let good = SessionToken::verify(&signed_ago(two_weeks - 60), &secret("k"), "salt");
        assert_eq!(good, Some(token())); // 3.3
        let stale = SessionToken::verify(&signed_ago(two_weeks + 60), &secret("k"), "salt");
        assert_eq!(stale, None); // 3.5
    }

    #[test]
    fn tokens_of_another_version_are_refused() {
        let signer = Token::new(&secret("k"), "salt");
        let claims = |version: i64| {
            Term::map([
                ("version", Term::from(version)),
                ("kind", "reload".into()),
                ("status", 404.into()),
            ])
        };
        let signed = signer.sign(claims(VERSION));
        assert_eq!(verify_reload(&signed, &secret("k"), "salt"), Some(404));
        for version in [VERSION - 1, VERSION + 1] {
            let signed = signer.sign(claims(version));
            assert_eq!(verify_reload(&signed, &secret("k"), "salt"), None); // 3.3
        }
    }

    #[test]
    fn a_static_token_has_the_form_of_phoenix() {
        let signed = Token::new(&secret("k"), "salt").sign(Term::tuple([
            Term::from(6),
            Term::map([
                (Term::atom("id"), Term::from("phx-1")),
                (Term::atom("flash"), Term::map([("info", "saved")])),
                (Term::atom("assign_new"), Term::list([Term::atom("user")])),
            ]),
        ]));
        let verified = StaticToken::verify(&signed, &secret("k"), "salt");
        assert_eq!(verified, Some(statics()));
    }

    #[test]
    fn forged_and_swapped_tokens_are_refused() {
        let signed = token().sign(&secret("k"), "salt");
        assert_eq!(SessionToken::verify(&signed, &secret("x"), "salt"), None); // 3.5
        assert_eq!(SessionToken::verify(&signed, &secret("k"), "pepper"), None);
        assert_eq!(StaticToken::verify(&signed, &secret("k"), "salt"), None);
        assert_eq!(verify_reload(&signed, &secret("k"), "salt"), None);
        let signed = statics().sign(&secret("k"), "salt");
        assert_eq!(SessionToken::verify(&signed, &secret("k"), "salt"), None);
    }
}
