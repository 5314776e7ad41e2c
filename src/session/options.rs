use std::fmt;
use std::time::Duration;

use super::serializer::SessionSerializer;
use crate::token::{KeyLengthError, KeyOptions};

/// How the session's cookie is named, protected and sent: the options of `Plug.Session`.
///
/// ```
/// use bennu::session::{SameSite, SessionOptions, SessionSalts};
///
/// let options = SessionOptions::new("_my_app_key", "signing salt")
///     .encryption_salt("encryption salt")
///     .same_site(SameSite::Strict)
///     .rotating_options([SessionSalts::new("the signing salt of last year")]);
/// ```
#[derive(Clone, Debug)]
pub struct SessionOptions {
    pub(super) key: String,
    pub(super) salts: SessionSalts,
    pub(super) rotating_options: Vec<SessionSalts>,
    pub(super) serializer: SessionSerializer,
    pub(super) attributes: Attributes,
}

/// Where the keys that protect a cookie come from.
#[derive(Clone, Debug)]
pub struct SessionSalts {
    pub(super) signing_salt: String,
    pub(super) encryption_salt: Option<String>,
    pub(super) key_options: KeyOptions,
}

/// Which requests of other sites bring the cookie along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// None.
    Strict,
    /// Those that open one of our pages.
    #[default]
    Lax,
    /// All; browsers then insist on `secure`.
    None,
}

/// What `Set-Cookie` says besides the value.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    pub(super) path: String,
    pub(super) domain: Option<String>,
    pub(super) max_age: Option<Duration>,
    /// As the request came, if not set.
    pub(super) secure: Option<bool>,
    pub(super) http_only: bool,
    pub(super) same_site: SameSite,
}

/// What the application got wrong about its session options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionOptionsError {
    /// The secret has fewer bytes than [`SessionStore::SECRET_BYTES_MIN`](super::SessionStore::SECRET_BYTES_MIN).
    SecretKeyBaseTooShort {
        /// How many it has.
        bytes: usize,
    },
    /// The key options make keys that cannot encrypt.
    KeyLength(KeyLengthError),
    /// This option has characters that have no place in a cookie.
    Characters(&'static str),
}

impl fmt::Display for SessionOptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretKeyBaseTooShort { bytes } => write!(
                f,
                "the secret key base has {bytes} bytes, session cookies need at least {}",
                super::SessionStore::SECRET_BYTES_MIN
            ),
            Self::KeyLength(error) => error.fmt(f),
            Self::Characters(option) => {
                write!(
                    f,
                    "the session option `{option}` has characters that have no place in a cookie"
                )
            }
        }
    }
}

impl std::error::Error for SessionOptionsError {}

impl From<KeyLengthError> for SessionOptionsError {
    fn from(error: KeyLengthError) -> Self {
        Self::KeyLength(error)
    }
}

impl SessionOptions {
    /// A signed cookie named `key`, as a new Phoenix application has it: `SameSite=Lax`, `HttpOnly`, for all paths,
    /// until the browser is closed, and `secure` if the request came over HTTPS.
    pub fn new(key: impl Into<String>, signing_salt: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            salts: SessionSalts::new(signing_salt),
            rotating_options: Vec::new(),
            serializer: SessionSerializer::ExternalTerm,
            attributes: Attributes::default(),
        }
    }

    /// Encrypts the cookie, so that visitors cannot read their session.
    #[must_use]
    pub fn encryption_salt(mut self, encryption_salt: impl Into<String>) -> Self {
        self.salts = self.salts.encryption_salt(encryption_salt);
        self
    }

    /// How keys are derived from the salts.
    #[must_use]
    pub fn key_options(mut self, key_options: KeyOptions) -> Self {
        self.salts = self.salts.key_options(key_options);
        self
    }

    /// Salts of the past, whose cookies are still read.
    #[must_use]
    pub fn rotating_options(mut self, salts: impl IntoIterator<Item = SessionSalts>) -> Self {
        self.rotating_options = salts.into_iter().collect();
        self
    }

    /// How the session is written inside the cookie. Default: the external term format.
    #[must_use]
    pub fn serializer(mut self, serializer: SessionSerializer) -> Self {
        self.serializer = serializer;
        self
    }

    /// The path below which the cookie is sent. Default: `/`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.attributes.path = path.into();
        self
    }

    /// The domain whose hosts get the cookie. Default: only the host that set it.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.attributes.domain = Some(domain.into());
        self
    }

    /// How long the browser keeps the cookie, in whole seconds. Default: until it is closed.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.attributes.max_age = Some(max_age);
        self
    }

    /// Whether the cookie is sent over HTTPS only. Default: if it was set over HTTPS.
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        self.attributes.secure = Some(secure);
        self
    }

    /// Whether scripts are kept from reading the cookie. Default: yes.
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.attributes.http_only = http_only;
        self
    }

    /// Which requests of other sites bring the cookie along. Default: [`SameSite::Lax`].
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.attributes.same_site = same_site;
        self
    }

    pub(super) fn check_characters(&self) -> Result<(), SessionOptionsError> {
        let domain = self.attributes.domain.as_deref().unwrap_or("none");
        if self.key.is_empty() || !self.key.bytes().all(is_token) {
            Err(SessionOptionsError::Characters("key"))
        } else if !self.attributes.path.bytes().all(is_attribute_value) {
            Err(SessionOptionsError::Characters("path"))
        } else if !domain.bytes().all(is_attribute_value) {
            Err(SessionOptionsError::Characters("domain"))
        } else {
            Ok(())
        }
    }
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 6265 section 4.1.1.
fn is_attribute_value(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b';'
}

impl SessionSalts {
    /// Keys for signed cookies.
    pub fn new(signing_salt: impl Into<String>) -> Self {
        Self {
            signing_salt: signing_salt.into(),
            encryption_salt: None,
            key_options: KeyOptions::default(),
        }
    }

    /// Keys for encrypted cookies.
    #[must_use]
    pub fn encryption_salt(mut self, encryption_salt: impl Into<String>) -> Self {
        self.encryption_salt = Some(encryption_salt.into());
        self
    }

    /// How keys are derived from the salts.
    #[must_use]
    pub fn key_options(mut self, key_options: KeyOptions) -> Self {
        self.key_options = key_options;
        self
    }
}

impl SameSite {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            domain: None,
            max_age: None,
            secure: None,
            http_only: true,
            same_site: SameSite::default(),
        }
    }
}
