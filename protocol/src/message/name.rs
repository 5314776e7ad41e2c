//! Names: the topics and events of messages.

use std::fmt::{self, Debug, Formatter};
use std::hash::{Hash, Hasher};

use bytestring::ByteString;
use compact_str::CompactString;

use super::check_bytes;
use crate::DecodeError;
use crate::json::{self, Scanned};

/// The longest topic or event a client may send, in bytes of JSON; a longer one is malformed.
pub const NAME_BYTES_MAX: usize = 4096;

/// A topic or an event: text in every sane message, but Phoenix accepts and echoes any JSON.
///
/// Short text is a copy. Text of more than 24 bytes is a slice of the frame it came in and keeps that frame in memory;
/// what outlives the message should be [detached](Self::detach).
///
/// ```
/// use bennu_protocol::Name;
///
/// let topic = Name::from("room:lobby");
/// assert_eq!(topic, "room:lobby");
/// assert_eq!(topic.as_str(), Some("room:lobby"));
/// assert_eq!(Name::from_json("5")?.as_str(), None);
/// # Ok::<(), bennu_protocol::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct Name(Value);

#[derive(Clone)]
enum Value {
    Text(ByteString),
    /// Text of a frame that is copied without allocating, which costs less than to count who shares the frame.
    Short(CompactString),
    /// Any other JSON value, as it was sent but without blanks.
    Other(CompactString),
}

impl Name {
    /// A name from a literal, without allocating.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(Value::Text(ByteString::from_static(text)))
    }

    /// A name from any JSON value.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if it is not JSON, nests too deep, or exceeds [`NAME_BYTES_MAX`].
    pub fn from_json(text: impl Into<ByteString>) -> Result<Self, DecodeError> {
        let text = text.into();
        let value = json::check(&text)?;
        Self::from_scanned("name", &text, value)
    }

    /// Takes one scanned JSON value, a slice of `frame`.
    pub(crate) fn from_scanned(
        field: &'static str,
        frame: &ByteString,
        value: Scanned<'_>,
    ) -> Result<Self, DecodeError> {
        let json = value.text;
        check_bytes(field, json, NAME_BYTES_MAX)?;
        Ok(Self(match json.as_bytes()[0] {
            b'"' if value.escaped => Value::Text(json::unescape(json).into()),
            b'"' => Value::text_of(frame, &json[1..json.len() - 1]),
            _ => Value::Other(json::compact(json).into()),
        }))
    }

    /// The text, unless the client sent another JSON value, which no channel can match.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Value::Text(text) => Some(text),
            Value::Short(text) => Some(text),
            Value::Other(_) => None,
        }
    }

    /// A copy that does not keep the frame in memory it was decoded from.
    #[must_use]
    pub fn detach(&self) -> Self {
        match &self.0 {
            Value::Text(text) => Self::from(&**text),
            Value::Short(_) | Value::Other(_) => self.clone(),
        }
    }

    /// The name as binary frames and logs show it: the text, or the JSON of anything else.
    #[must_use]
    pub fn to_text(&self) -> &str {
        match &self.0 {
            Value::Text(text) => text,
            Value::Short(text) | Value::Other(text) => text,
        }
    }

    pub(crate) fn as_view(&self) -> NameView<'_> {
        match &self.0 {
            Value::Text(text) => NameView::Text(text),
            Value::Short(text) => NameView::Text(text),
            Value::Other(json) => NameView::Other(json),
        }
    }
}

impl Value {
    fn text_of(frame: &ByteString, text: &str) -> Self {
        if text.len() <= SHORT_BYTES_MAX {
            Self::Short(text.into())
        } else {
            Self::Text(frame.slice_ref(text))
        }
    }
}

/// What a [`CompactString`] holds without allocating.
const SHORT_BYTES_MAX: usize = size_of::<CompactString>();

/// A borrowed [`Name`], which broadcasts can make from plain text.
#[derive(Clone, Copy)]
pub(crate) enum NameView<'a> {
    Text(&'a str),
    Other(&'a str),
}

impl NameView<'_> {
    pub(crate) fn write_json(self, buffer: &mut Vec<u8>) {
        match self {
            Self::Text(text) => json::write_str(buffer, text),
            Self::Other(json) => buffer.extend_from_slice(json.as_bytes()),
        }
    }

    pub(crate) fn bytes(self) -> usize {
        let (Self::Text(text) | Self::Other(text)) = self;
        text.len()
    }
}

impl From<ByteString> for Name {
    fn from(text: ByteString) -> Self {
        Self(Value::Text(text))
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(Value::Text(text.into()))
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(Value::Text(text.into()))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_str().is_some() == other.as_str().is_some() && self.to_text() == other.to_text()
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_text().hash(state);
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl Debug for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::Text(text) => Debug::fmt(text, f),
            Value::Short(text) => Debug::fmt(text, f),
            Value::Other(json) => write!(f, "Json({json})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_a_slice_of_its_frame_and_short_text_is_none() {
        for (bytes, shared) in [(SHORT_BYTES_MAX, false), (SHORT_BYTES_MAX + 1, true)] {
            let frame = ByteString::from(format!("  \"{}\"", "a".repeat(bytes)));
            let name = Name::from_json(frame.clone()).unwrap();
            let range = frame.as_bytes().as_ptr_range();
            let shares = |name: &Name| range.contains(&name.to_text().as_ptr());
            assert_eq!(shares(&name), shared);
            assert!(!shares(&name.detach()));
            assert_eq!(name.detach(), name);
            assert_eq!(name.as_str().map(str::len), Some(bytes));
        }
    }

    // M-2
    #[test]
    fn a_name_of_another_type_matches_no_text_and_is_echoed() {
        let name = Name::from_json(r#"{ "a" : 5 }"#).unwrap();
        assert_eq!(name.as_str(), None);
        assert_ne!(name, r#"{"a":5}"#);
        assert_ne!(name, Name::from(r#"{"a":5}"#));
        let mut json = Vec::new();
        name.as_view().write_json(&mut json);
        assert_eq!(json, br#"{"a":5}"#);
    }

    #[test]
    fn a_name_is_bounded() {
        let at = |bytes: usize| Name::from_json(format!("\"{}\"", "a".repeat(bytes - 2)));
        assert!(at(NAME_BYTES_MAX).is_ok());
        assert_eq!(
            at(NAME_BYTES_MAX + 1),
            Err(DecodeError::TooLong {
                field: "name",
                bytes_max: NAME_BYTES_MAX
            })
        );
    }
}
