//! Url-encoded queries and forms as trees of parameters.
//!
//! The rules are those of `Plug.Conn.Query`, which Phoenix uses for connect parameters and
//! LiveView for form events: `user[name]=x` nests, `tags[]=x` makes a list, `rows[0]=x` a map with
//! the key `"0"`; the last of repeated keys wins, and where shapes conflict the later one; a key
//! without `=` has the value `""`; empty pieces are skipped; an invalid percent escape stays as it
//! is.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::Error as _;

mod decode;
mod deserialize;
mod json;

pub use decode::target_path;

/// Bounds on a query or form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The most segments a key may have: `a[b][c]` has three. 32 by default.
    pub depth_max: usize,
    /// The most `key=value` pairs. 10,000 by default.
    pub pairs_max: usize,
    /// The most key segments of all pairs together, which bounds the memory that short text can
    /// be made to take. 40,000 by default.
    pub segments_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            depth_max: 32,
            pairs_max: 10_000,
            segments_max: 40_000,
        }
    }
}

/// Parameters by name, in the order they first came.
///
/// ```
/// use bennu_protocol::form::Params;
/// use serde::Deserialize;
///
/// let params = Params::decode("user[email]=a%40b.c&user[age]=36&tags[]=x&tags[]=y")?;
/// assert_eq!(params.get_path(&["user", "email"]).and_then(|email| email.as_str()), Some("a@b.c"));
///
/// #[derive(Deserialize)]
/// struct Form {
///     user: User,
///     tags: Vec<String>,
/// }
///
/// #[derive(Deserialize)]
/// struct User {
///     age: u8,
/// }
///
/// let form: Form = params.deserialize()?;
/// assert_eq!((form.user.age, form.tags.len()), (36, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(IndexMap<String, Param>);

/// The value of one parameter.
///
/// Url-encoded text makes only texts, lists and maps. The other variants come from JSON: the
/// values of LiveView events, and what they merge into a form.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// JSON's null.
    Null,
    /// A JSON boolean.
    Bool(bool),
    /// A JSON number.
    Number(serde_json::Number),
    /// Text.
    Text(String),
    /// Values of a key that ends in `[]`, or a JSON array.
    List(Vec<Self>),
    /// Values of keys that share a prefix, or a JSON object.
    Map(Params),
}

impl Params {
    /// Decodes a query string or form body within the default [`Bounds`].
    ///
    /// # Errors
    ///
    /// [`FormError`].
    pub fn decode(text: &str) -> Result<Self, FormError> {
        Self::decode_within(text, Bounds::default())
    }

    /// Decodes a query string or form body.
    ///
    /// # Errors
    ///
    /// [`FormError`] for text that is not UTF-8 once unescaped, or exceeds the bounds.
    pub fn decode_within(text: &str, bounds: Bounds) -> Result<Self, FormError> {
        decode::decode(text, bounds)
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Param> {
        self.0.get(name)
    }

    /// The value at the end of a path of names, as [`target_path`] gives one.
    #[must_use]
    pub fn get_path(&self, path: &[impl AsRef<str>]) -> Option<&Param> {
        let (name, rest) = path.split_first()?;
        let param = self.get(name.as_ref())?;
        if rest.is_empty() {
            Some(param)
        } else {
            param.as_map()?.get_path(rest)
        }
    }

    /// The text of a name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Sets a value, replacing one of the same name in its place.
    pub fn insert(&mut self, name: impl Into<String>, value: Param) {
        self.0.insert(name.into(), value);
    }

    /// Takes a value out; the others keep their order.
    pub fn remove(&mut self, name: &str) -> Option<Param> {
        self.0.shift_remove(name)
    }

    /// Takes over all of `other`, replacing values of the same name.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Param)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The number of names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the parameters into a type; [`Param::deserialize`] says how text is converted.
    ///
    /// # Errors
    ///
    /// [`ParamError`] if they do not fit.
    pub fn deserialize<'de, T: Deserialize<'de>>(&'de self) -> Result<T, ParamError> {
        T::deserialize(deserialize::ParamsDeserializer(self))
    }
}

impl Param {
    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What stands under `name`, if it is a map that has something there.
    ///
    /// ```
    /// use bennu_protocol::form::{Param, Params};
    ///
    /// let sent = Param::Map(Params::decode("user[email]=a@b.c")?);
    /// let user = sent.get("user").expect("the form is named `user`");
    /// assert_eq!(user.text("email"), Some("a@b.c"));
    /// assert_eq!(sent.get("room"), None);
    /// # Ok::<(), bennu_protocol::form::FormError>(())
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_map()?.get(name)
    }

    /// The text under `name`, if it is a map that has one: what most event handlers ask for.
    ///
    /// ```
    /// use bennu_protocol::form::{Param, Params};
    ///
    /// let clicked = Param::Map(Params::decode("id=7")?);
    /// assert_eq!(clicked.text("id"), Some("7"));
    /// assert_eq!(Param::from("7").text("id"), None);
    /// # Ok::<(), bennu_protocol::form::FormError>(())
    /// ```
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.as_map()?.text(name)
    }

    /// The values, if it is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            _ => None,
        }
    }

    /// The parameters, if it is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&Params> {
        match self {
            Self::Map(params) => Some(params),
            _ => None,
        }
    }

    /// Turns the value into its parameters, if it is a map.
    ///
    /// ```
    /// use bennu_protocol::form::{Param, Params};
    ///
    /// let submitted = Param::Map(Params::decode("title=Bennu")?);
    /// let params = submitted.into_map().unwrap_or_default();
    /// assert_eq!(params.text("title"), Some("Bennu"));
    /// # Ok::<(), bennu_protocol::form::FormError>(())
    /// ```
    #[must_use]
    pub fn into_map(self) -> Option<Params> {
        match self {
            Self::Map(params) => Some(params),
            _ => None,
        }
    }

    /// Reads the value into a type.
    ///
    /// Text becomes what the type asks for: numbers are parsed; `true`, `1`, `on` and `false`,
    /// `0`, `off` are booleans; empty text is `None` for an option; and a map whose names are all
    /// whole numbers, as nested forms send them, is a sequence in the order of those numbers.
    ///
    /// ```
    /// use bennu_protocol::form::Params;
    ///
    /// let params = Params::decode("agree=on&age=&rows[10]=b&rows[9]=a")?;
    /// assert_eq!(params.get("agree").unwrap().deserialize::<bool>()?, true);
    /// assert_eq!(params.get("age").unwrap().deserialize::<Option<u8>>()?, None);
    /// assert_eq!(params.get("rows").unwrap().deserialize::<Vec<String>>()?, ["a", "b"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ParamError`] if it does not fit.
    pub fn deserialize<'de, T: Deserialize<'de>>(&'de self) -> Result<T, ParamError> {
        T::deserialize(deserialize::ParamDeserializer(self))
    }
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// The peer sent a query or form that is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormError {
    /// A key or value is not UTF-8 once unescaped.
    InvalidUtf8,
    /// A key has more segments than [`Bounds::depth_max`].
    TooDeep {
        /// The bound.
        depth_max: usize,
    },
    /// There are more pairs than [`Bounds::pairs_max`].
    TooManyPairs {
        /// The bound.
        pairs_max: usize,
    },
    /// All keys together have more segments than [`Bounds::segments_max`].
    TooManySegments {
        /// The bound.
        segments_max: usize,
    },
}

impl Display for FormError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUtf8 => f.write_str("parameters are not utf-8"),
            Self::TooDeep { depth_max } => write!(f, "a parameter nests deeper than {depth_max}"),
            Self::TooManyPairs { pairs_max } => write!(f, "more than {pairs_max} parameters"),
            Self::TooManySegments { segments_max } => {
                write!(f, "parameter names have more than {segments_max} segments")
            }
        }
    }
}

impl Error for FormError {}

/// The peer's parameters do not fit the application's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamError {
    message: String,
}

impl Display for ParamError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ParamError {}

impl serde::de::Error for ParamError {
    fn custom<T: Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
        }
    }
}

impl ParamError {
    /// Says where in the parameters the error is, outermost name first.
    fn within(self, name: &str) -> Self {
        Self::custom(format_args!("{name}: {self}"))
    }
}
