use std::fmt;

use serde::ser::{Error as _, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::{Number, Value};

use crate::token::Term;

/// How a session is written inside its cookie: the option `serializer`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionSerializer {
    /// The external term format, which takes every term.
    #[default]
    ExternalTerm,
    /// JSON, as `Jason` reads and writes it. Atoms other than `nil`, `true` and `false` become strings.
    Json,
}

/// The session holds a term that JSON cannot express: a tuple, say, or a binary that is not UTF-8.
#[derive(Debug)]
pub struct SessionSerializerError(serde_json::Error);

impl fmt::Display for SessionSerializerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the session cannot be written as JSON: {}", self.0)
    }
}

impl std::error::Error for SessionSerializerError {}

impl SessionSerializer {
    pub(super) fn encode(self, term: &Term) -> Result<Vec<u8>, SessionSerializerError> {
        match self {
            Self::ExternalTerm => Ok(term.encode()),
            Self::Json => serde_json::to_vec(&Json(term)).map_err(SessionSerializerError),
        }
    }

    pub(super) fn decode(self, bytes: Vec<u8>) -> Option<Term> {
        match self {
            Self::ExternalTerm => Term::decode(bytes).ok(),
            Self::Json => serde_json::from_slice(&bytes).ok().map(term),
        }
    }
}

/// A term on its way into JSON.
struct Json<'a>(&'a Term);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Term::Integer(integer) => serializer.serialize_i64(*integer),
            Term::BigInteger(integer) => match integer.to_i128() {
                Some(integer) => serializer.serialize_i128(integer),
                None => Err(S::Error::custom("the integer has more than 128 bits")),
            },
            Term::Float(float) => serializer.serialize_f64(*float),
            Term::Atom(name) => match &**name {
                "nil" => serializer.serialize_unit(),
                "true" => serializer.serialize_bool(true),
                "false" => serializer.serialize_bool(false),
                name => serializer.serialize_str(name),
            },
            Term::Binary(_) => serializer.serialize_str(text(self.0)?),
            Term::List(elements) => serializer.collect_seq(elements.iter().map(Json)),
            Term::Map(entries) => serialize_map(serializer, entries),
            _ => Err(S::Error::custom("JSON has no such type")),
        }
    }
}

fn serialize_map<S: Serializer>(
    serializer: S,
    entries: &[(Term, Term)],
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, value) in entries {
        map.serialize_entry(text(key)?, &Json(value))?;
    }
    map.end()
}

fn text<E: serde::ser::Error>(term: &Term) -> Result<&str, E> {
    term.as_str()
        .or_else(|| term.as_atom())
        .ok_or_else(|| E::custom("it is not text in UTF-8"))
}

fn term(value: Value) -> Term {
    match value {
        Value::Null => Term::nil(),
        Value::Bool(boolean) => boolean.into(),
        Value::Number(number) => numeric_term(&number),
        Value::String(text) => text.into(),
        Value::Array(elements) => Term::list(elements.into_iter().map(term)),
        Value::Object(entries) => {
            Term::map(entries.into_iter().map(|(key, value)| (key, term(value))))
        }
    }
}

fn numeric_term(number: &Number) -> Term {
    if let Some(integer) = number.as_i64() {
        integer.into()
    } else if let Some(integer) = number.as_u64() {
        integer.into()
    } else {
        number.as_f64().map_or_else(Term::nil, Term::Float)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_what_it_can_express() {
        let session = Term::map([
            (
                "atoms",
                Term::list([Term::nil(), true.into(), false.into()]),
            ),
            (
                "list",
                Term::list([Term::from(-1), 1.5.into(), u64::MAX.into(), "ü".into()]),
            ),
            ("map", Term::map([("inner", Term::map([("x", 1)]))])),
        ]);
        let json = SessionSerializer::Json
            .encode(&session)
            .expect("JSON has all of this");
        let text = r#"{"atoms":[null,true,false],"list":[-1,1.5,18446744073709551615,"ü"],"map":{"inner":{"x":1}}}"#;
        assert_eq!(str::from_utf8(&json), Ok(text));
        assert_eq!(SessionSerializer::Json.decode(json), Some(session));
    }

    #[test]
    fn json_makes_strings_of_atoms() {
        let session = Term::map([(Term::atom("role"), Term::atom("admin"))]);
        let json = SessionSerializer::Json
            .encode(&session)
            .expect("atoms are text");
        assert_eq!(json, br#"{"role":"admin"}"#);
    }

    #[test]
    fn json_refuses_what_it_cannot_express() {
        for term in [
            Term::tuple([1]),
            Term::binary(vec![0xff]),
            Term::map([(1, 2)]),
            u128::MAX.into(),
        ] {
            assert!(SessionSerializer::Json.encode(&term).is_err(), "{term:?}");
        }
        assert_eq!(SessionSerializer::Json.decode(b"{nope".to_vec()), None);
    }
}
