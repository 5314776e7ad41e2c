//! Signed and encrypted data that leaves the server and comes back: `Phoenix.Token`, byte for byte.
//!
//! A token that Elixir signed verifies here and the other way round, given the same [`SecretKeyBase`] and salt. What is
//! inside a token is a [`Term`].

pub(crate) mod base64url;
mod external_term;
mod key_generator;
mod message_encryptor;
mod message_verifier;
mod payload;
pub(crate) mod random;

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::OnceLock;
use std::time::SystemTime;

pub use self::external_term::{BigInteger, DecodeError, DecodeLimits, Term};
pub use self::key_generator::{DerivedKey, Digest, KeyOptions, SecretKeyBase, SecretKeyBaseError};
pub use self::message_encryptor::{KeyLengthError, MessageEncryptor};
pub use self::message_verifier::MessageVerifier;

/// Signs and verifies, encrypts and decrypts tokens of one purpose, which the salt names: `Phoenix.Token`.
///
/// The key is derived when it is first needed. Keep the value, or make it again: the key stays cached.
///
/// ```
/// use bennu::token::{MaxAge, SecretKeyBase, Token, TokenError};
///
/// let secret_key_base = SecretKeyBase::new("abcdefgh".repeat(8))?;
/// let user_socket = Token::new(&secret_key_base, "user socket");
///
/// let token = user_socket.sign(42);
/// let user_id = user_socket.verify(token.as_str(), MaxAge::Seconds(86_400))?;
/// assert_eq!(user_id.as_i64(), Some(42));
///
/// assert_eq!(user_socket.verify("forged", MaxAge::FromToken), Err(TokenError::Invalid));
/// assert_eq!(user_socket.verify(None, MaxAge::FromToken), Err(TokenError::Missing));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Token {
    secret_key_base: SecretKeyBase,
    salt: Box<[u8]>,
    key_options: KeyOptions,
    /// Written into tokens, for whoever verifies them without an age of their own.
    max_age: MaxAge,
    verifier: OnceLock<MessageVerifier>,
    encryptor: OnceLock<MessageEncryptor>,
}

/// How old a token may be: the option `max_age`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MaxAge {
    /// So many seconds; with zero or fewer every token is expired.
    Seconds(i64),
    /// Any age.
    Infinity,
    /// The age that was written into the token when it was signed, by default a day.
    #[default]
    FromToken,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// The client sent none.
    Missing,
    /// It was not made with this secret and salt, it was altered, or it is dated in the future.
    Invalid,
    /// It is older than allowed.
    Expired,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the token is missing",
            Self::Invalid => "the token is invalid",
            Self::Expired => "the token has expired",
        })
    }
}

impl std::error::Error for TokenError {}

impl Token {
    /// Tokens of the purpose that `salt` names.
    pub fn new(secret_key_base: &SecretKeyBase, salt: impl AsRef<[u8]>) -> Self {
        Self {
            secret_key_base: secret_key_base.clone(),
            salt: salt.as_ref().into(),
            key_options: KeyOptions::default(),
            max_age: MaxAge::FromToken,
            verifier: OnceLock::new(),
            encryptor: OnceLock::new(),
        }
    }

    /// Tokens in the signed or encrypted cookie of this name: `Plug.Conn.put_resp_cookie/4` with `sign` or `encrypt`.
    pub fn for_cookie(secret_key_base: &SecretKeyBase, name: &str) -> Self {
        Self::new(secret_key_base, format!("{name}_cookie"))
    }

    /// How often the key derivation applies its digest. Default: 1000.
    #[must_use]
    pub fn key_iterations(self, iterations: NonZeroU32) -> Self {
        let key_options = KeyOptions {
            iterations,
            ..self.key_options
        };
        self.key_options(key_options)
    }

    /// How many bytes the derived key has. Default: 32, which encryption insists on.
    #[must_use]
    pub fn key_length(self, length_bytes: NonZeroUsize) -> Self {
        let key_options = KeyOptions {
            length_bytes,
            ..self.key_options
        };
        self.key_options(key_options)
    }

    /// The digest of the key derivation; signatures are SHA-256 in any case. Default: SHA-256.
    #[must_use]
    pub fn key_digest(self, digest: Digest) -> Self {
        let key_options = KeyOptions {
            digest,
            ..self.key_options
        };
        self.key_options(key_options)
    }

    /// The age to write into tokens. Default, and the meaning of [`MaxAge::FromToken`]: one day.
    #[must_use]
    pub fn max_age(self, max_age: MaxAge) -> Self {
        Self { max_age, ..self }
    }

    /// Signs the data, which stays readable for everybody: `Phoenix.Token.sign/4`.
    pub fn sign(&self, data: impl Into<Term>) -> String {
        self.sign_at(data, SystemTime::now())
    }

    /// As [`sign`](Self::sign), dated by the caller: the option `signed_at`.
    pub fn sign_at(&self, data: impl Into<Term>, signed_at: SystemTime) -> String {
        self.verifier().sign(self.payload(data.into(), signed_at))
    }

    /// The data of a signed token: `Phoenix.Token.verify/4`. Without an age of your own pass [`MaxAge::FromToken`].
    ///
    /// # Errors
    ///
    /// See [`TokenError`]. A token that is authentic but holds no such data (only other software with the same secret
    /// and salt can make one) is `Invalid`, where Phoenix raises.
    pub fn verify<'a>(
        &self,
        token: impl Into<Option<&'a str>>,
        max_age: MaxAge,
    ) -> Result<Term, TokenError> {
        self.verify_at(token, max_age, SystemTime::now())
    }

    /// As [`verify`](Self::verify), at a time given by the caller.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use bennu::token::{MaxAge, SecretKeyBase, Token, TokenError};
    ///
    /// let token = Token::new(&SecretKeyBase::new("abcdefgh".repeat(8))?, "salt");
    /// let signed_at = SystemTime::UNIX_EPOCH;
    /// let signed = token.sign_at("data", signed_at);
    ///
    /// let verify_after = |seconds| {
    ///     token.verify_at(signed.as_str(), MaxAge::Seconds(60), signed_at + Duration::from_secs(seconds))
    /// };
    /// assert_eq!(verify_after(60), Ok("data".into()));
    /// assert_eq!(verify_after(61), Err(TokenError::Expired));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_at<'a>(
        &self,
        token: impl Into<Option<&'a str>>,
        max_age: MaxAge,
        now: SystemTime,
    ) -> Result<Term, TokenError> {
        open(token.into(), max_age, now, |token| {
            self.verifier().verify(token)
        })
    }

    /// Encrypts the data: `Phoenix.Token.encrypt/4`.
    ///
    /// # Panics
    ///
    /// If [`key_length`](Self::key_length) was set to something other than 32.
    pub fn encrypt(&self, data: impl Into<Term>) -> String {
        self.encrypt_at(data, SystemTime::now())
    }

    /// As [`encrypt`](Self::encrypt), dated by the caller: the option `signed_at`.
    ///
    /// # Panics
    ///
    /// As [`encrypt`](Self::encrypt).
    pub fn encrypt_at(&self, data: impl Into<Term>, signed_at: SystemTime) -> String {
        self.encryptor()
            .encrypt(self.payload(data.into(), signed_at))
    }

    /// The data of an encrypted token: `Phoenix.Token.decrypt/4`.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    ///
    /// # Panics
    ///
    /// As [`encrypt`](Self::encrypt).
    pub fn decrypt<'a>(
        &self,
        token: impl Into<Option<&'a str>>,
        max_age: MaxAge,
    ) -> Result<Term, TokenError> {
        self.decrypt_at(token, max_age, SystemTime::now())
    }

    /// As [`decrypt`](Self::decrypt), at a time given by the caller.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    ///
    /// # Panics
    ///
    /// As [`encrypt`](Self::encrypt).
    pub fn decrypt_at<'a>(
        &self,
        token: impl Into<Option<&'a str>>,
        max_age: MaxAge,
        now: SystemTime,
    ) -> Result<Term, TokenError> {
        open(token.into(), max_age, now, |token| {
            self.encryptor().decrypt(token)
        })
    }

    fn payload(&self, data: Term, signed_at: SystemTime) -> Vec<u8> {
        payload::encode(data, signed_at, self.max_age)
    }

    fn key_options(self, key_options: KeyOptions) -> Self {
        Self {
            key_options,
            verifier: OnceLock::new(),
            encryptor: OnceLock::new(),
            ..self
        }
    }

    fn verifier(&self) -> &MessageVerifier {
        self.verifier
            .get_or_init(|| MessageVerifier::new(&self.key()))
    }

    fn encryptor(&self) -> &MessageEncryptor {
        self.encryptor.get_or_init(|| {
            MessageEncryptor::new(&self.key()).expect("the application left `key_length` at 32")
        })
    }

    fn key(&self) -> DerivedKey {
        self.secret_key_base.derive(&self.salt, self.key_options)
    }
}

/// What a signed and an encrypted token have in common: they may be missing, forged, or too old.
fn open(
    token: Option<&str>,
    max_age: MaxAge,
    now: SystemTime,
    read: impl FnOnce(&str) -> Option<Vec<u8>>,
) -> Result<Term, TokenError> {
    let token = token.ok_or(TokenError::Missing)?;
    let payload = read(token).ok_or(TokenError::Invalid)?;
    payload::decode(payload, max_age, now)
}
