//! The content of messages, replies, pushes and broadcasts.

use bytes::Bytes;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};

use crate::{DecodeError, PayloadError, json};

/// Content: checked JSON kept as text until someone asks for a type, or bytes.
///
/// JSON from a client is relayed verbatim, whitespace and large numbers included. Equality
/// compares that text, not what it means.
///
/// ```
/// use bennu_protocol::Payload;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Debug, PartialEq)]
/// struct Shout {
///     body: String,
/// }
///
/// let payload = Payload::json(&Shout { body: "hi".into() })?;
/// assert_eq!(payload.as_json(), Some(r#"{"body":"hi"}"#));
/// assert_eq!(payload.deserialize::<Shout>()?.body, "hi");
/// # Ok::<(), bennu_protocol::PayloadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload(Content);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Json(ByteString),
    Binary(Bytes),
}

impl Payload {
    /// The empty object `{}`, without allocating.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Content::Json(ByteString::from_static("{}")))
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    ///
    /// [`PayloadError::Serialize`] if the value has no JSON form, for instance a map with keys
    /// that are not strings.
    pub fn json(value: &(impl Serialize + ?Sized)) -> Result<Self, PayloadError> {
        let text = serde_json::to_string(value).map_err(PayloadError::Serialize)?;
        Ok(Self::from_checked(text.into()))
    }

    /// Takes JSON that is already text, without the whitespace around it.
    ///
    /// # Errors
    ///
    /// [`DecodeError::InvalidJson`] or [`DecodeError::TooDeep`].
    pub fn from_json_text(text: impl Into<ByteString>) -> Result<Self, DecodeError> {
        let text = text.into();
        let value = json::check(&text)?;
        Ok(Self::from_checked(text.slice_ref(value.text)))
    }

    /// Takes bytes, Phoenix's `{:binary, data}`.
    #[must_use]
    pub fn binary(data: impl Into<Bytes>) -> Self {
        Self(Content::Binary(data.into()))
    }

    /// Takes a part of a frame that is known to be one JSON value. A short one is copied, which costs less than to
    /// count who shares the frame, and lets go of it.
    pub(crate) fn from_scanned(frame: &ByteString, json: &str) -> Self {
        match json.len() {
            2 if json == "{}" => Self::empty(),
            0..=COPIED_BYTES_MAX => Self::from_checked(json.into()),
            _ => Self::from_checked(frame.slice_ref(json)),
        }
    }

    /// Takes text that is known to be one JSON value.
    pub(crate) fn from_checked(text: ByteString) -> Self {
        Self(Content::Json(text))
    }

    /// Reads JSON into a type, which may borrow from the payload.
    ///
    /// # Errors
    ///
    /// [`PayloadError::Binary`] for bytes, [`PayloadError::Deserialize`] if the JSON does not fit.
    pub fn deserialize<'de, T: Deserialize<'de>>(&'de self) -> Result<T, PayloadError> {
        let text = self.as_json().ok_or(PayloadError::Binary)?;
        serde_json::from_str(text).map_err(PayloadError::Deserialize)
    }

    /// The JSON text.
    #[must_use]
    pub fn as_json(&self) -> Option<&str> {
        match &self.0 {
            Content::Json(text) => Some(text),
            Content::Binary(_) => None,
        }
    }

    /// The bytes of a binary payload.
    #[must_use]
    pub fn as_binary(&self) -> Option<&Bytes> {
        match &self.0 {
            Content::Json(_) => None,
            Content::Binary(data) => Some(data),
        }
    }

    /// Whether this is a JSON object, which pushes and broadcasts of serializer V2 must be.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.as_json().is_some_and(|text| text.starts_with('{'))
    }

    /// Size of the content in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Content::Json(text) => text.len(),
            Content::Binary(data) => data.len(),
        }
    }

    /// Whether the content has no bytes, which only binary payloads can.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Longer payloads share the frame that they came in.
const COPIED_BYTES_MAX: usize = 256;

impl Default for Payload {
    fn default() -> Self {
        Self::empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_empty_payload_is_an_object() {
        assert_eq!(Payload::empty().as_json(), Some("{}"));
        assert!(Payload::empty().is_object());
        assert!(!Payload::json(&[1]).unwrap().is_object());
    }

    #[test]
    fn binary_is_not_deserialized() {
        let payload = Payload::binary(vec![1, 2]);
        assert!(matches!(
            payload.deserialize::<u8>(),
            Err(PayloadError::Binary)
        ));
        assert_eq!((payload.as_json(), payload.len()), (None, 2));
    }

    #[test]
    fn deserializing_can_borrow() {
        let payload = Payload::json("text").unwrap();
        assert_eq!(payload.deserialize::<&str>().unwrap(), "text");
        assert!(matches!(
            payload.deserialize::<u8>(),
            Err(PayloadError::Deserialize(_))
        ));
    }

    #[test]
    fn a_value_without_json_form_is_the_applications_error() {
        let map = HashMap::from([((1, 2), 3)]);
        assert!(matches!(
            Payload::json(&map),
            Err(PayloadError::Serialize(_))
        ));
    }

    #[test]
    fn json_text_is_checked_and_trimmed() {
        assert_eq!(
            Payload::from_json_text(" {\"a\": 1}\n").unwrap().as_json(),
            Some("{\"a\": 1}")
        );
        assert!(Payload::from_json_text("{nope").is_err());
    }
}
