//! What goes in and out of a channel, apart from how it is written.

use std::borrow::Cow;
use std::fmt::{self, Debug, Display, Formatter};
use std::hash::{Hash, Hasher};

use bytestring::ByteString;
use compact_str::CompactString;

use crate::{DecodeError, Payload, json};

/// The longest [`Ref`] a client may send, in bytes of JSON; a longer one is malformed.
///
/// A connection keeps the join reference of every channel. Real ones are short counters.
pub const REF_BYTES_MAX: usize = 1024;

/// The longest topic or event a client may send, in bytes of JSON; a longer one is malformed.
pub const NAME_BYTES_MAX: usize = 4096;

/// A message from a client, Phoenix's `Phoenix.Socket.Message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The `reference` of the join this message belongs to.
    pub join_ref: Ref,
    /// What the reply must carry.
    pub reference: Ref,
    /// The topic.
    pub topic: Name,
    /// The event.
    pub event: Name,
    /// The content.
    pub payload: Payload,
}

/// The answer to a [`Message`], Phoenix's `Phoenix.Socket.Reply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The `reference` of the join the channel lives by.
    pub join_ref: Ref,
    /// The `reference` of the message that is answered.
    pub reference: Ref,
    /// The topic of that message, echoed.
    pub topic: Name,
    /// How it went.
    pub status: Status,
    /// The content, any JSON or bytes.
    pub response: Payload,
}

/// An event that a channel sends to its one client, Phoenix's outgoing `Phoenix.Socket.Message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The `reference` of the join the channel lives by.
    pub join_ref: Ref,
    /// Null, except that `phx_close` and `phx_error` repeat the `join_ref`.
    pub reference: Ref,
    /// The topic.
    pub topic: Name,
    /// The event.
    pub event: Name,
    /// The content: a JSON object or bytes (serializer V1: any JSON).
    pub payload: Payload,
}

/// The status of a [`Reply`], on the wire a short text.
///
/// ```
/// use bennu_protocol::Status;
///
/// assert_eq!(Status::OK.as_str(), "ok");
/// assert_eq!(Status::new("maybe").to_string(), "maybe");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Status(CompactString);

impl Status {
    /// The message was handled.
    pub const OK: Self = Self(CompactString::const_new("ok"));
    /// The message was refused.
    pub const ERROR: Self = Self(CompactString::const_new("error"));

    /// A status of the application's own; Phoenix allows any name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The text on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Status {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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
        Self::from_checked("ref", &text[value])
    }

    /// Takes one JSON value that has been scanned.
    pub(crate) fn from_checked(field: &'static str, value: &str) -> Result<Self, DecodeError> {
        check_bytes(field, value, REF_BYTES_MAX)?;
        Ok(match value.as_bytes()[0] {
            b'"' if value.contains('\\') => Self::from_text(&json::unquote(value)),
            b'[' | b'{' => Self(json::compact(value).into()),
            _ => Self(value.into()),
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

fn check_bytes(field: &'static str, value: &str, bytes_max: usize) -> Result<(), DecodeError> {
    if value.len() > bytes_max {
        return Err(DecodeError::TooLong { field, bytes_max });
    }
    Ok(())
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
