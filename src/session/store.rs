use std::fmt;
use std::time::SystemTime;

use super::cookie::{cookies, delete_cookie, set_cookie};
use super::options::{SessionOptions, SessionOptionsError, SessionSalts};
use super::serializer::SessionSerializerError;
use super::{Outcome, Session};
use crate::token::{MessageEncryptor, MessageVerifier, SecretKeyBase};

/// Reads sessions from cookies and writes them there: `Plug.Session.COOKIE`.
#[derive(Clone, Debug)]
pub struct SessionStore {
    options: SessionOptions,
    seal: Seal,
    /// For cookies made with salts of the past.
    rotated_seals: Vec<Seal>,
}

/// What protects a cookie from its bearer.
#[derive(Clone, Debug)]
enum Seal {
    Signature(MessageVerifier),
    Encryption(MessageEncryptor),
}

/// The scheme of a request's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`.
    Http,
    /// `https`.
    Https,
}

/// Why a session cannot be written to a cookie.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionWriteError {
    /// The application put more into the session than the cookie takes.
    CookieTooLarge {
        /// How many bytes the cookie would have, at most [`SessionStore::COOKIE_BYTES_MAX`] are allowed.
        bytes: usize,
    },
    /// The application put something into the session that the serializer cannot express.
    Serializer(SessionSerializerError),
}

impl fmt::Display for SessionWriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CookieTooLarge { bytes } => write!(
                f,
                "the session cookie has {bytes} bytes, browsers keep at most {}",
                SessionStore::COOKIE_BYTES_MAX
            ),
            Self::Serializer(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SessionWriteError {}

impl SessionStore {
    /// The fewest bytes of a [`SecretKeyBase`] for cookies.
    pub const SECRET_BYTES_MIN: usize = 64;

    /// The most bytes of a cookie with its name and attributes.
    pub const COOKIE_BYTES_MAX: usize = 4096;

    /// A store for cookies protected by keys of this secret.
    ///
    /// # Errors
    ///
    /// See [`SessionOptionsError`].
    pub fn new(
        secret_key_base: &SecretKeyBase,
        options: SessionOptions,
    ) -> Result<Self, SessionOptionsError> {
        let bytes = secret_key_base.bytes();
        if bytes < Self::SECRET_BYTES_MIN {
            return Err(SessionOptionsError::SecretKeyBaseTooShort { bytes });
        }
        options.check_characters()?;
        let seal = |salts| Seal::new(secret_key_base, salts);
        Ok(Self {
            seal: seal(&options.salts)?,
            rotated_seals: options
                .rotating_options
                .iter()
                .map(seal)
                .collect::<Result<_, _>>()?,
            options,
        })
    }

    /// The name of the cookie.
    pub fn key(&self) -> &str {
        &self.options.key
    }

    /// The session in these values of `Cookie` headers, empty if there is none: `fetch_session/1`.
    pub fn read<'a>(&self, headers: impl IntoIterator<Item = &'a [u8]>) -> Session {
        self.fetch(headers).unwrap_or_default()
    }

    /// As [`read`](Self::read), but tells a request without the cookie from one whose cookie is not ours: that one has
    /// an empty session.
    pub fn fetch<'a>(&self, headers: impl IntoIterator<Item = &'a [u8]>) -> Option<Session> {
        let (_, cookie) = cookies(headers).find(|(name, _)| *name == self.options.key)?;
        Some(self.open(cookie).unwrap_or_else(|| {
            tracing::debug!(
                "the session cookie could not be verified: the session settings have changed or it is stale"
            );
            Session::default()
        }))
    }

    fn open(&self, cookie: &str) -> Option<Session> {
        let bytes = std::iter::once(&self.seal)
            .chain(&self.rotated_seals)
            .find_map(|seal| seal.open(cookie))?;
        self.options
            .serializer
            .decode(bytes)
            .map(Session::from_cookie)
    }

    /// The value of the response's `Set-Cookie` header, if the session needs one.
    ///
    /// # Errors
    ///
    /// See [`SessionWriteError`].
    pub fn write(
        &self,
        session: &Session,
        scheme: Scheme,
    ) -> Result<Option<String>, SessionWriteError> {
        self.write_at(session, scheme, SystemTime::now())
    }

    /// As [`write`](Self::write), at a time given by the caller, from which `max_age` counts.
    ///
    /// # Errors
    ///
    /// See [`SessionWriteError`].
    pub fn write_at(
        &self,
        session: &Session,
        scheme: Scheme,
        now: SystemTime,
    ) -> Result<Option<String>, SessionWriteError> {
        let SessionOptions {
            key, attributes, ..
        } = &self.options;
        let secure = attributes.secure.unwrap_or(scheme == Scheme::Https);
        match session.outcome {
            Outcome::Write => {
                let cookie = set_cookie(key, &self.seal(session)?, attributes, secure, now);
                check_size(cookie).map(Some)
            }
            Outcome::Drop if session.from_cookie => {
                Ok(Some(delete_cookie(key, attributes, secure)))
            }
            Outcome::Keep | Outcome::Drop | Outcome::Ignore => Ok(None),
        }
    }

    fn seal(&self, session: &Session) -> Result<String, SessionWriteError> {
        let bytes = self
            .options
            .serializer
            .encode(&session.to_term())
            .map_err(SessionWriteError::Serializer)?;
        Ok(self.seal.close(&bytes))
    }
}

fn check_size(cookie: String) -> Result<String, SessionWriteError> {
    match cookie.len() {
        0..=SessionStore::COOKIE_BYTES_MAX => Ok(cookie),
        bytes => Err(SessionWriteError::CookieTooLarge { bytes }),
    }
}

impl Seal {
    fn new(
        secret_key_base: &SecretKeyBase,
        salts: &SessionSalts,
    ) -> Result<Self, SessionOptionsError> {
        let derive = |salt: &str| secret_key_base.derive(salt, salts.key_options);
        let signing_key = derive(&salts.signing_salt);
        match &salts.encryption_salt {
            None => Ok(Self::Signature(MessageVerifier::new(&signing_key))),
            Some(salt) => Ok(Self::Encryption(
                MessageEncryptor::new(&derive(salt))?.signing_key(&signing_key),
            )),
        }
    }

    fn close(&self, bytes: &[u8]) -> String {
        match self {
            Self::Signature(verifier) => verifier.sign(bytes),
            Self::Encryption(encryptor) => encryptor.encrypt(bytes),
        }
    }

    fn open(&self, cookie: &str) -> Option<Vec<u8>> {
        match self {
            Self::Signature(verifier) => verifier.verify(cookie),
            Self::Encryption(encryptor) => encryptor.decrypt(cookie),
        }
    }
}
