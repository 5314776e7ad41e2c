//! Keys derived from the application's one secret: `Plug.Crypto.KeyGenerator`.

use std::collections::HashMap;
use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use parking_lot::Mutex;
use ring::pbkdf2;

/// The secret from which every key is derived: Phoenix's `secret_key_base`.
///
/// A clone is cheap and shares the cache of derived keys. `Debug` does not show the secret.
///
/// ```
/// use bennu::token::SecretKeyBase;
///
/// assert!(SecretKeyBase::new("0123456789012345678901234567890123456789012345678901234567890123").is_ok());
/// assert!(SecretKeyBase::new("short").is_err());
/// ```
#[derive(Clone)]
pub struct SecretKeyBase(Arc<Inner>);

struct Inner {
    secret: Box<[u8]>,
    derived_keys_max: usize,
    /// What was derived before, as one derivation takes some 200 µs.
    derived_keys: Mutex<HashMap<KeyParameters, DerivedKey>>,
}

/// A salt and what is done with it.
type KeyParameters = (Box<[u8]>, KeyOptions);

/// How a key is derived: PBKDF2 with HMAC (RFC 8018).
///
/// The default is Phoenix's: 1000 iterations, 32 bytes, SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyOptions {
    /// How often the digest is applied: `key_iterations`.
    pub iterations: NonZeroU32,
    /// How many bytes the key has: `key_length`.
    pub length_bytes: NonZeroUsize,
    /// The digest of the HMAC: `key_digest`.
    pub digest: Digest,
}

/// A digest of the SHA-2 family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digest {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A key for signing or encrypting. A clone is cheap, and `Debug` does not show it.
#[derive(Clone)]
pub struct DerivedKey(Arc<[u8]>);

/// Why a secret cannot be a [`SecretKeyBase`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretKeyBaseError {
    /// The application's secret has fewer bytes than [`SecretKeyBase::BYTES_MIN`].
    TooShort {
        /// How many it has.
        bytes: usize,
    },
    /// The environment has no such variable, or it is no text.
    NotSet {
        /// Its name.
        variable: &'static str,
    },
}

impl fmt::Display for SecretKeyBaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { bytes } => write!(
                f,
                "the secret key base has {bytes} bytes, at least {} are needed",
                SecretKeyBase::BYTES_MIN
            ),
            Self::NotSet { variable } => write!(
                f,
                "the environment variable {variable} is not set; it takes a secret, of `openssl rand -base64 48` say"
            ),
        }
    }
}

impl std::error::Error for SecretKeyBaseError {}

impl SecretKeyBase {
    /// The fewest bytes of a secret; session cookies ask for more.
    pub const BYTES_MIN: usize = 20;

    /// How many derived keys are kept by default.
    const DERIVED_KEYS_MAX: usize = 1000;

    /// Takes the secret's bytes as they are configured.
    ///
    /// # Errors
    ///
    /// If there are fewer than [`SecretKeyBase::BYTES_MIN`].
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, SecretKeyBaseError> {
        Self::with_derived_keys_max(secret, Self::DERIVED_KEYS_MAX)
    }

    /// Takes the secret from a variable of the environment, `System.get_env("SECRET_KEY_BASE")` in a Phoenix
    /// `config/runtime.exs`.
    ///
    /// # Errors
    ///
    /// If there is no such variable, or as [`SecretKeyBase::new`].
    pub fn from_env(variable: &'static str) -> Result<Self, SecretKeyBaseError> {
        let secret = std::env::var(variable);
        Self::new(secret.map_err(|_| SecretKeyBaseError::NotSet { variable })?)
    }

    /// Takes the secret and how many derived keys are kept; one more and the cache starts anew. Default: 1000.
    ///
    /// Salts are few and fixed, except for the per-host CSRF tokens, whose salt is the visitor's.
    ///
    /// # Errors
    ///
    /// As [`SecretKeyBase::new`].
    pub fn with_derived_keys_max(
        secret: impl AsRef<[u8]>,
        derived_keys_max: usize,
    ) -> Result<Self, SecretKeyBaseError> {
        let secret = secret.as_ref();
        if secret.len() < Self::BYTES_MIN {
            return Err(SecretKeyBaseError::TooShort {
                bytes: secret.len(),
            });
        }
        Ok(Self(Arc::new(Inner {
            secret: secret.into(),
            derived_keys_max,
            derived_keys: Mutex::default(),
        })))
    }

    /// The key for this salt: `Plug.Crypto.KeyGenerator.generate/6`.
    ///
    /// ```
    /// use bennu::token::{KeyOptions, SecretKeyBase};
    ///
    /// let base = SecretKeyBase::new("abcdefgh".repeat(8))?;
    /// let key = base.derive("user socket", KeyOptions::default());
    /// assert_eq!(key.as_bytes()[..4], [0xd3, 0xf1, 0x2b, 0x5b]);
    /// # Ok::<(), bennu::token::SecretKeyBaseError>(())
    /// ```
    pub fn derive(&self, salt: impl AsRef<[u8]>, options: KeyOptions) -> DerivedKey {
        let parameters = (Box::from(salt.as_ref()), options);
        if let Some(key) = self.0.derived_keys.lock().get(&parameters) {
            return key.clone();
        }
        let key = pbkdf2(&self.0.secret, &parameters.0, options);
        self.0.remember(parameters, key.clone());
        key
    }

    /// How many bytes the secret has.
    pub(crate) fn bytes(&self) -> usize {
        self.0.secret.len()
    }
}

impl Inner {
    fn remember(&self, parameters: KeyParameters, key: DerivedKey) {
        let mut derived_keys = self.derived_keys.lock();
        if derived_keys.len() >= self.derived_keys_max {
            derived_keys.clear();
        }
        if self.derived_keys_max > 0 {
            derived_keys.insert(parameters, key);
        }
    }
}

fn pbkdf2(secret: &[u8], salt: &[u8], options: KeyOptions) -> DerivedKey {
    let algorithm = match options.digest {
        Digest::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Digest::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        Digest::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
    };
    let mut key = vec![0; options.length_bytes.get()];
    pbkdf2::derive(algorithm, options.iterations, salt, secret, &mut key);
    DerivedKey(key.into())
}

impl fmt::Debug for SecretKeyBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKeyBase").finish_non_exhaustive()
    }
}

impl Default for KeyOptions {
    fn default() -> Self {
        Self {
            iterations: const { NonZeroU32::new(1000).expect("1000 is not zero") },
            length_bytes: const { NonZeroUsize::new(32).expect("32 is not zero") },
            digest: Digest::Sha256,
        }
    }
}

impl DerivedKey {
    /// The key's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_starts_anew_when_it_is_full() {
        let base = SecretKeyBase::with_derived_keys_max("abcdefgh".repeat(8), 2)
            .expect("it is long enough");
        let options = KeyOptions {
            iterations: NonZeroU32::MIN,
            ..KeyOptions::default()
        };
        let cached = |salt| {
            base.derive(salt, options);
            base.0.derived_keys.lock().len()
        };
        assert_eq!(["a", "a", "b", "c", "c"].map(cached), [1, 1, 2, 1, 1]);
    }

    #[test]
    fn a_cache_of_no_keys_still_derives() {
        let base = SecretKeyBase::with_derived_keys_max("abcdefgh".repeat(8), 0)
            .expect("it is long enough");
        let first = base.derive("a", KeyOptions::default());
        let second = base.derive("a", KeyOptions::default());
        assert_eq!(first.as_bytes(), second.as_bytes());
        assert!(base.0.derived_keys.lock().is_empty());
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let missing = SecretKeyBase::from_env("BENNU_NEVER_SET").expect_err("it is not set");
        assert!(missing.to_string().contains("BENNU_NEVER_SET is not set"));
        let directory = SecretKeyBase::from_env("CARGO_MANIFEST_DIR");
        let expected = SecretKeyBase::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(directory.err(), expected.err());
    }

    #[test]
    fn debug_output_hides_secrets() {
        let base = SecretKeyBase::new("abcdefgh".repeat(8)).expect("it is long enough");
        let shown = format!("{base:?} {:?}", base.derive("a", KeyOptions::default()));
        assert_eq!(shown, "SecretKeyBase { .. } DerivedKey { .. }");
    }
}
