//! Parameters to a type, with every error in its place.

mod deserializer;
mod values;

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::{self, Display, Formatter};

use serde::de::{DeserializeOwned, Expected, Unexpected};

use super::FieldErrors;
use crate::protocol::form::{Param, Params};
use values::Value;

/// What a form stands for and what must hold of it: the part of `Ecto.Changeset` that a form needs.
///
/// The type says what can be read; `validate` says the rest. For rules that are written as attributes see the feature
/// `garde`.
///
/// ```
/// use bennu::live::form::{Changeset, FieldErrors};
/// use bennu::protocol::form::Params;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, Debug)]
/// struct Signup {
///     name: String,
///     age: Option<u8>,
///     agree: bool,
/// }
///
/// impl Changeset for Signup {
///     fn validate(&self, errors: &mut FieldErrors) {
///         if self.name.is_empty() {
///             errors.add("name", "can't be blank");
///         }
///         if !self.agree {
///             errors.add("agree", "must be accepted");
///         }
///     }
/// }
///
/// let errors = Signup::cast(&Params::decode("name=&age=x")?).unwrap_err();
/// assert_eq!(errors.to_string(), "age is invalid, agree must be accepted, name can't be blank");
/// # Ok::<(), bennu::protocol::form::FormError>(())
/// ```
pub trait Changeset: DeserializeOwned {
    /// Says what is wrong with a value of the right type.
    ///
    /// Fields that could not be read have a value of their type all the same, zero or an empty text; what is said about
    /// them here is not shown.
    fn validate(&self, errors: &mut FieldErrors) {
        let _ = errors;
    }

    /// Reads the parameters as [`cast`] does, and validates them.
    ///
    /// # Errors
    ///
    /// What is wrong, by field.
    fn cast(params: &Params) -> Result<Self, FieldErrors> {
        let (value, mut errors) = read::<Self>(params);
        if let Some(value) = &value {
            let mut invalid = FieldErrors::new();
            value.validate(&mut invalid);
            errors.fill(invalid);
        }
        whole(value, errors)
    }
}

/// Reads the parameters of a form into a type.
///
/// | the type asks for | what was sent |
/// |---|---|
/// | a number | text that is one |
/// | `bool` | `true`, `on`, `1` or `false`, `off`, `0`; nothing at all, as an unchecked box sends, is `false` |
/// | `Option` | empty text or nothing is `None` |
/// | a list | `name[]`, or names that are whole numbers in their order; empty texts are left out; nothing is an empty list |
/// | an enum | text that is the name of a variant |
/// | a struct | the parameters with the names of its fields; others, such as `_unused_name`, are left out |
///
/// A required field that was not sent or is empty "can't be blank", unless it has `#[serde(default)]` or is a `String`,
/// which may be empty; any other value that does not fit "is invalid". A type that refuses a value by itself
/// (`#[serde(try_from = "...")]`) says why, and ends the search for further errors.
///
/// ```
/// use bennu::live::form::cast;
/// use bennu::protocol::form::Params;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, Debug, PartialEq)]
/// struct Order {
///     pieces: u8,
///     gift: bool,
///     note: Option<String>,
///     tags: Vec<String>,
/// }
///
/// let order: Order = cast(&Params::decode("pieces=3&gift=on&note=&tags[]=&tags[]=a")?)?;
/// assert_eq!(order, Order { pieces: 3, gift: true, note: None, tags: vec!["a".into()] });
///
/// let errors = cast::<Order>(&Params::decode("pieces=300&gift=maybe")?).unwrap_err();
/// assert_eq!(errors.to_string(), "gift is invalid, pieces is invalid");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// What is wrong, by field.
pub fn cast<T: DeserializeOwned>(params: &Params) -> Result<T, FieldErrors> {
    let (value, errors) = read(params);
    whole(value, errors)
}

fn whole<T>(value: Option<T>, errors: FieldErrors) -> Result<T, FieldErrors> {
    value.filter(|_| errors.is_empty()).ok_or(errors)
}

/// Reads as much as can be read. Without a value there are errors.
fn read<T: DeserializeOwned>(params: &Params) -> (Option<T>, FieldErrors) {
    let params = Param::Map(params.clone());
    let casting = Casting::default();
    loop {
        let result = T::deserialize(Value::root(&params, &casting));
        match result {
            Ok(value) => return (Some(value), casting.errors.into_inner()),
            // Each turn adds a field of one of the types that are read, so the types bound their number.
            Err(CastError::Again) => {
                casting.errors.take();
            }
            Err(error) => {
                Place::Root.refuse(&casting, error);
                return (None, casting.errors.into_inner());
            }
        }
    }
}

/// What is found out while a form is read.
#[derive(Default)]
struct Casting {
    errors: RefCell<FieldErrors>,
    /// The required fields that were not sent, by the type they are in: they get a value that stands for nothing. Not
    /// before their type has asked for them, so that fields with a default keep it.
    supplied: RefCell<Vec<(TypeKey, &'static str)>>,
}

/// A struct, by the address of its field names.
type TypeKey = *const &'static str;

/// Where a value stands in the form.
#[derive(Clone, Copy)]
enum Place<'p> {
    Root,
    Field(&'p Self, &'p str),
    Entry(&'p Self, usize),
}

const BLANK: &str = "can't be blank";
const INVALID: &str = "is invalid";

impl Place<'_> {
    fn add(&self, casting: &Casting, error: impl Into<Cow<'static, str>>) {
        self.of(&mut casting.errors.borrow_mut()).add_own(error);
    }

    /// Notes what a type said against the value here, and gives what is left of it to say further out.
    fn refuse(&self, casting: &Casting, error: CastError) -> CastError {
        match error {
            CastError::Refused(message) => self.add(casting, message),
            CastError::Missing(field) => Place::Field(self, field).add(casting, BLANK),
            CastError::Again => return CastError::Again,
            CastError::Noted => {}
        }
        CastError::Noted
    }

    fn of<'e>(&self, errors: &'e mut FieldErrors) -> &'e mut FieldErrors {
        match self {
            Self::Root => errors,
            Self::Field(parent, name) => parent.of(errors).nested_mut(*name),
            Self::Entry(parent, index) => parent.of(errors).nested_mut(index.to_string()),
        }
    }
}

/// Why a value was not made.
#[derive(Debug)]
enum CastError {
    /// A type said this against its value.
    Refused(String),
    /// A struct misses a field.
    Missing(&'static str),
    /// The missing field is known now: once more from the start.
    Again,
    /// All is said.
    Noted,
}

impl serde::de::Error for CastError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Refused(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::custom(INVALID)
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::custom(INVALID)
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::custom(INVALID)
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::custom(INVALID)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

impl Display for CastError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused(message) => message,
            Self::Missing(_) => BLANK,
            Self::Again | Self::Noted => INVALID,
        })
    }
}

impl std::error::Error for CastError {}
