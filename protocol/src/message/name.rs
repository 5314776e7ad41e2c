//! Names: the topics and events of messages.

use std::fmt::{self, Debug, Formatter};
use std::hash::{Hash, Hasher};

use bytestring::ByteString;
use compact_str::CompactString;

use super::check_bytes;
use crate::{DecodeError, json};

/// The longest topic or event a client may send, in bytes of JSON; a longer one is malformed.
pub const NAME_BYTES_MAX: usize = 4096;

/// A topic or an event: text in every sane message, but Phoenix accepts and echoes any JSON.
///
/// Text is a slice of the frame it came in and keeps that frame in memory; what outlives the
/// message should be [detached](Self::detach).
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
        Self::from_checked("name", &text, &text[value])
    }

    /// Takes one scanned JSON value, a slice of `frame`.
    pub(crate) fn from_checked(
        field: &'static str,
        frame: &ByteString,
        value: &str,
    ) -> Result<Self, DecodeError> {
        check_bytes(field, value, NAME_BYTES_MAX)?;
        Ok(Self(match value.as_bytes()[0] {
            b'"' if value.contains('\\') => Value::Text(json::unquote(value).into_owned().into()),
            b'"' => Value::Text(frame.slice_ref(&value[1..value.len() - 1])),
            _ => Value::Other(json::compact(value).into()),
        }))
    }

    /// The text, unless the client sent another JSON value, which no channel can match.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.text().map(|text| &**text)
    }

    /// The text as shareable bytes.
    #[must_use]
    pub fn text(&self) -> Option<&ByteString> {
        match &self.0 {
            Value::Text(text) => Some(text),
            Value::Other(_) => None,
        }
    }

    /// A copy that does not keep the frame in memory it was decoded from.
    #[must_use]
    pub fn detach(&self) -> Self {
        match &self.0 {
            Value::Text(text) => Self::from(&**text),
            Value::Other(_) => self.clone(),
        }
    }

    /// The name as binary frames and logs show it: the text, or the JSON of anything else.
    #[must_use]
    pub fn to_text(&self) -> &str {
        match &self.0 {
            Value::Text(text) => text,
            Value::Other(json) => json,
        }
    }

    pub(crate) fn as_view(&self) -> NameView<'_> {
        match &self.0 {
            Value::Text(text) => NameView::Text(text),
            Value::Other(json) => NameView::Other(json),
        }
    }
}

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
            Value::Other(json) => write!(f, "Json({json})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_names_are_slices_of_their_frame() {
        let frame = ByteString::from(r#"  "room:lobby""#);
        let name = Name::from_checked("topic", &frame, &frame[2..]).unwrap();
        assert_eq!(name.text().unwrap().as_ptr(), frame[3..].as_ptr());
        assert_ne!(name.detach().text().unwrap().as_ptr(), frame[3..].as_ptr());
        assert_eq!(name.detach(), name);
    }

    // M-2
    #[test]
    fn a_name_of_another_type_matches_no_text_and_is_echoed() {
        let frame = ByteString::from(r#"{ "a" : 5 }"#);
        let name = Name::from_checked("topic", &frame, &frame).unwrap();
        assert_eq!(name.as_str(), None);
        assert_ne!(name, r#"{"a":5}"#);
        assert_ne!(name, Name::from(r#"{"a":5}"#));
        let mut json = Vec::new();
        name.as_view().write_json(&mut json);
        assert_eq!(json, br#"{"a":5}"#);
    }

    #[test]
    fn a_name_is_bounded() {
        let at = |bytes: usize| {
            let frame = ByteString::from(format!("\"{}\"", "a".repeat(bytes - 2)));
            Name::from_checked("event", &frame, &frame)
        };
        assert!(at(NAME_BYTES_MAX).is_ok());
        assert_eq!(
            at(NAME_BYTES_MAX + 1),
            Err(DecodeError::TooLong {
                field: "event",
                bytes_max: NAME_BYTES_MAX
            })
        );
    }
}
