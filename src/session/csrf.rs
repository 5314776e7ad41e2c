//! Tokens that prove a request comes from one of our own pages: `Plug.CSRFProtection`.
//!
//! The session holds a state, pages hold tokens made from it. Each page gets another token, masked so that what a
//! compressed page leaks about it says nothing about the next.
//!
//! ```
//! use bennu::session::csrf::CsrfState;
//! use bennu::session::Session;
//!
//! let mut session = Session::default();
//! let token = CsrfState::fetch_or_put(&mut session).masked_token();
//! // The page has the token, the cookie has the session; a request brings both.
//! let state = CsrfState::from_session(&session).expect("the session has a state by now");
//! assert!(state.verify(&token));
//! assert!(!state.verify("forged"));
//! ```

use std::fmt;

use subtle::ConstantTimeEq;

use super::{CSRF_TOKEN_KEY, Session};
use crate::token::random::random_bytes;
use crate::token::{KeyOptions, MessageVerifier, SecretKeyBase, Term, base64url};

/// 18 random bytes in base64.
const STATE_BYTES: usize = 24;
const RANDOM_BYTES: usize = 18;
/// A masked state in base64.
const MASKED_BYTES: usize = 32;

/// The secret that a session shares with the pages shown in it. `Debug` does not show it.
#[derive(Clone)]
pub struct CsrfState([u8; STATE_BYTES]);

impl CsrfState {
    /// A state nobody knows yet.
    pub fn generate() -> Self {
        Self(random_text())
    }

    /// The state with these 24 bytes, for sessions that keep it under a key of their own.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The state that the session has, if any: `Plug.CSRFProtection.dump_state_from_session/1`.
    pub fn from_session(session: &Session) -> Option<Self> {
        session
            .get(CSRF_TOKEN_KEY)
            .and_then(Term::as_bytes)
            .and_then(Self::from_bytes)
    }

    /// The state that the session has, or a new one that it has from now on.
    pub fn fetch_or_put(session: &mut Session) -> Self {
        Self::from_session(session).unwrap_or_else(|| {
            let state = Self::generate();
            session.put(CSRF_TOKEN_KEY, Term::binary(state.0.to_vec()));
            state
        })
    }

    /// The state's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A token for one page: `Plug.CSRFProtection.get_csrf_token/0`. Every call makes another.
    pub fn masked_token(&self) -> String {
        self.mask(random_text())
    }

    /// Whether the token was made from this state: `Plug.CSRFProtection.valid_state_and_csrf_token?/2`.
    ///
    /// The comparison takes the same time for every token of the right length.
    pub fn verify(&self, token: &str) -> bool {
        let Some((masked, mask)) = token.as_bytes().split_at_checked(MASKED_BYTES) else {
            return false;
        };
        let (Some(masked), Ok(mask)) = (base64url::decode(masked), mask.try_into()) else {
            return false;
        };
        masked.ct_eq(&self.xor(mask)).into()
    }

    /// A token for forms that are sent to another of our hosts: `Plug.CSRFProtection.get_csrf_token_for/1`.
    ///
    /// ```
    /// use bennu::session::csrf::CsrfState;
    /// use bennu::token::SecretKeyBase;
    ///
    /// let secret_key_base = SecretKeyBase::new("abcdefgh".repeat(8))?;
    /// let state = CsrfState::generate();
    /// let token = state.token_for_host(&secret_key_base, "admin.example.com");
    /// assert!(state.verify_for_host(&token, &secret_key_base, "admin.example.com", &[]));
    /// assert!(!state.verify_for_host(&token, &secret_key_base, "example.com", &[]));
    /// # Ok::<(), bennu::token::SecretKeyBaseError>(())
    /// ```
    pub fn token_for_host(&self, secret_key_base: &SecretKeyBase, host: &str) -> String {
        let nonce: [u8; STATE_BYTES] = random_text();
        self.verifier(secret_key_base)
            .sign([&nonce, host.as_bytes()].concat())
    }

    /// Whether the token was made from this state for the request's host or for one of `allow_hosts`, where
    /// `.example.com` allows all hosts below `example.com`. Sockets do not take such tokens.
    pub fn verify_for_host(
        &self,
        token: &str,
        secret_key_base: &SecretKeyBase,
        host: &str,
        allow_hosts: &[&str],
    ) -> bool {
        let Some(message) = self.verifier(secret_key_base).verify(token) else {
            return false;
        };
        let Some(token_host) = message.get(STATE_BYTES..) else {
            return false;
        };
        token_host == host.as_bytes()
            || allow_hosts
                .iter()
                .any(|allowed| allows(allowed, token_host))
    }

    fn verifier(&self, secret_key_base: &SecretKeyBase) -> MessageVerifier {
        MessageVerifier::new(&secret_key_base.derive(self.0, KeyOptions::default()))
    }

    fn mask(&self, mask: [u8; STATE_BYTES]) -> String {
        let mut token = base64url::encode(self.xor(mask));
        token.push_str(str::from_utf8(&mask).expect("base64 is ASCII"));
        token
    }

    fn xor(&self, mask: [u8; STATE_BYTES]) -> [u8; STATE_BYTES] {
        std::array::from_fn(|position| self.0[position] ^ mask[position])
    }
}

fn allows(allowed: &str, host: &[u8]) -> bool {
    if allowed.starts_with('.') {
        host.ends_with(allowed.as_bytes())
    } else {
        host == allowed.as_bytes()
    }
}

fn random_text() -> [u8; STATE_BYTES] {
    base64url::encode(random_bytes::<RANDOM_BYTES>())
        .into_bytes()
        .try_into()
        .expect("18 bytes are 24 characters of base64")
}

impl fmt::Debug for CsrfState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsrfState").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_is_reproduced() {
        // Channels contract, 12.7.
        let state = CsrfState([b'A'; STATE_BYTES]);
        let token = state.mask(*b"abcdefghijklmnopqrstuvwx");
        assert_eq!(
            token,
            "ICMiJSQnJikoKyotLC8uMTAzMjU0NzY5abcdefghijklmnopqrstuvwx"
        );
        assert!(state.verify(&token));
    }
}
