//! References, which tie replies to messages and messages to joins.

use std::borrow::Cow;
use std::fmt::{self, Debug, Formatter};

use compact_str::CompactString;

use super::check_bytes;
use crate::DecodeError;
use crate::json::{self, Scanned};

/// The longest [`Ref`] a client may send, in bytes of JSON; a longer one is malformed.
///
/// A connection keeps the join reference of every channel. Real ones are short counters.
pub const REF_BYTES_MAX: usize = 1024;

/// A reference: an opaque JSON value, echoed with its type.
///
/// The JavaScript client sends decimal strings, some clients send integers and decode nothing
/// else. Two references are equal if they have the same JSON type and text, so `"7"` is not `7`;
/// a string written with needless escapes equals its plain form.
///
/// ```
/// use bennu_protocol::Ref;
///
/// let seven = Ref::from_text("7");
/// assert_eq!(seven.as_json(), r#""7""#);
/// assert_eq!(seven, Ref::from_json("\"\\u0037\"")?);
/// assert_ne!(seven, Ref::from_json("7")?);
/// assert_eq!(seven.to_text(), "7");
/// # Ok::<(), bennu_protocol::DecodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ref(CompactString);

impl Ref {
    /// JSON's `null`: no reference.
    pub const NULL: Self = Self(CompactString::const_new("null"));

    /// A reference that is a JSON string.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let mut json = Vec::with_capacity(text.len() + 2);
        json::write_str(&mut json, text);
        Self(CompactString::from_utf8(json).expect("JSON of a str is UTF-8"))
    }

    /// A reference from any JSON value.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if it is not JSON, nests too deep, or exceeds [`REF_BYTES_MAX`].
    pub fn from_json(text: &str) -> Result<Self, DecodeError> {
        let value = json::check(text)?;
        Self::from_scanned("ref", value)
    }

    /// Takes one JSON value that has been scanned.
    pub(crate) fn from_scanned(
        field: &'static str,
        value: Scanned<'_>,
    ) -> Result<Self, DecodeError> {
        let json = value.text;
        check_bytes(field, json, REF_BYTES_MAX)?;
        Ok(match json.as_bytes()[0] {
            b'"' if value.escaped => Self::from_text(&json::unescape(json)),
            b'[' | b'{' => Self(json::compact(json).into()),
            _ => Self(json.into()),
        })
    }

    /// Whether there is no reference.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self == Self::NULL
    }

    /// The value as compact JSON.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// The value as binary frames carry it: a string's content, nothing for null, else its JSON.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        match self.as_json() {
            "null" => Cow::Borrowed(""),
            text if text.starts_with('"') => json::unquote(text),
            other => Cow::Borrowed(other),
        }
    }
}

impl Debug for Ref {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Ref({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // D-11
    #[test]
    fn refs_are_equal_by_json_type_and_text() {
        let json = |text| Ref::from_json(text).unwrap();
        assert_eq!(json(r#""7""#), Ref::from_text("7"));
        assert_eq!(json(r#""\u0037\/""#), Ref::from_text("7/"));
        assert_ne!(json("7"), Ref::from_text("7"));
        assert_ne!(json(r#""null""#), Ref::NULL);
        assert_eq!(json(" null "), Ref::NULL);
        assert_eq!(json("[ 1, {\"a b\" : 2} ]"), json("[1,{\"a b\":2}]"));
    }

    // B-2
    #[test]
    fn refs_become_text_for_binary_frames() {
        let text = |json: &str| Ref::from_json(json).unwrap().to_text().into_owned();
        assert_eq!(text("null"), "");
        assert_eq!(text(r#""""#), "");
        assert_eq!(text("7"), "7");
        assert_eq!(text("2.5"), "2.5");
        assert_eq!(text(r#""a\"b""#), "a\"b");
    }

    #[test]
    fn a_ref_is_bounded() {
        let longest = format!("\"{}\"", "9".repeat(REF_BYTES_MAX - 2));
        assert!(Ref::from_json(&longest).is_ok());
        assert_eq!(
            Ref::from_json(&"9".repeat(REF_BYTES_MAX + 1)),
            Err(DecodeError::TooLong {
                field: "ref",
                bytes_max: REF_BYTES_MAX
            })
        );
    }
}
