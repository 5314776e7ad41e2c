//! Events of live views.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{TARGET, UploadEntry};
use crate::form::{self, FormError, Param, Params};

/// The payload of an `event` message.
///
/// ```
/// use bennu_protocol::Payload;
/// use bennu_protocol::live::Event;
///
/// let payload = Payload::from_json_text(
///     r#"{"type":"form","event":"save","value":"user%5Bname%5D=Jo","meta":{"_target":"user[name]"}}"#,
/// )?;
/// let event: Event = payload.deserialize()?;
/// let params = serde_json::to_string(&event.params()?)?;
/// assert_eq!(params, r#"{"user":{"name":"Jo"},"_target":["user","name"]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event<'a> {
    /// What caused it: `click`, `form`, `hook`; only `form` changes how `value` is read.
    /// None for what is no text: the client's own events have none either.
    #[serde(rename = "type", borrow, default, deserialize_with = "text")]
    pub kind: Option<Cow<'a, str>>,
    /// The event's name, as the application gave it in the template.
    #[serde(borrow)]
    pub event: Cow<'a, str>,
    /// The raw value; [`params`](Self::params) decodes it.
    #[serde(borrow, default = "null")]
    pub value: &'a RawValue,
    /// The component it is addressed to; 0, which none has, for what is no component's id.
    #[serde(
        default,
        deserialize_with = "super::cid::target",
        skip_serializing_if = "Option::is_none"
    )]
    pub cid: Option<u64>,
    /// What to merge into a form's value; [`params`](Self::params) does.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<&'a RawValue>,
    /// The files chosen in a form, by upload reference; [`uploads`](Self::uploads) reads them.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub uploads: Option<&'a RawValue>,
}

impl Event<'_> {
    /// Whether the value is a url-encoded form.
    #[must_use]
    pub fn is_form(&self) -> bool {
        self.kind.as_deref() == Some("form")
    }

    /// The parameters for the event's handler.
    ///
    /// A form is decoded, `meta` merged over it and `_target` split into its path; the value of
    /// any other event is what it is.
    ///
    /// # Errors
    ///
    /// [`EventError`] if a form's value or meta are not what the client sends.
    pub fn params(&self) -> Result<Param, EventError> {
        if !self.is_form() {
            return serde_json::from_str(self.value.get()).map_err(EventError::Json);
        }
        let text: Cow<'_, str> =
            serde_json::from_str(self.value.get()).map_err(EventError::Json)?;
        let mut params = Params::decode(&text).map_err(EventError::Form)?;
        if let Some(meta) = self.meta {
            params.merge(serde_json::from_str(meta.get()).map_err(EventError::Json)?);
        }
        split_target(&mut params);
        Ok(Param::Map(params))
    }

    /// The files chosen, by upload reference. Only form changes say which, possibly none.
    ///
    /// # Errors
    ///
    /// [`EventError::Json`] if they are not what the client sends.
    pub fn uploads(&self) -> Result<Option<BTreeMap<String, Vec<UploadEntry>>>, EventError> {
        let read = |uploads: &RawValue| serde_json::from_str(uploads.get());
        self.uploads.map(read).transpose().map_err(EventError::Json)
    }
}

fn split_target(params: &mut Params) {
    if let Some(name) = params.text(TARGET) {
        let path = form::target_path(name);
        params.insert(
            TARGET,
            Param::List(path.into_iter().map(Param::Text).collect()),
        );
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    Ok(match serde_json::from_str(raw) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => serde_json::from_str(raw).map(Cow::Owned).ok(),
    })
}

fn null() -> &'static RawValue {
    RawValue::NULL
}

/// The peer sent an event that cannot be decoded.
#[derive(Debug)]
pub enum EventError {
    /// A part of the event has another JSON type than the client sends.
    Json(serde_json::Error),
    /// A form's value is not accepted.
    Form(FormError),
}

impl Display for EventError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json(_) => "event has an unexpected shape",
            Self::Form(_) => "form value is not accepted",
        })
    }
}

impl Error for EventError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Json(cause) => Some(cause),
            Self::Form(cause) => Some(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> String {
        let event: Event<'_> = serde_json::from_str(text).unwrap();
        serde_json::to_string(&event.params().unwrap()).unwrap()
    }

    // 7.2
    #[test]
    fn values_other_than_forms_stay_json() {
        assert_eq!(
            params(r#"{"type":"click","event":"e","value":{"by":"5"}}"#),
            r#"{"by":"5"}"#
        );
        assert_eq!(
            params(r#"{"type":"hook","event":"e","value":[1,null]}"#),
            "[1,null]"
        );
        assert_eq!(params(r#"{"type":null,"event":"e"}"#), "null");
        assert_eq!(params(r#"{"event":"e","value":"a=1"}"#), r#""a=1""#);
    }

    // 7.2
    #[test]
    fn only_a_form_is_read_as_a_form() {
        for kind in ["5", "null", "[]", "{}", "true", r#""js""#, r#""Form""#] {
            let text = format!(r#"{{"type":{kind},"event":"e","value":"a=1"}}"#);
            assert_eq!(params(&text), r#""a=1""#, "{kind}");
        }
        let escaped = r#"{"type":"\u0066orm","event":"e","value":"a=1"}"#;
        assert_eq!(params(escaped), r#"{"a":"1"}"#);
    }

    // 7.3
    #[test]
    fn meta_is_merged_over_a_form() {
        assert_eq!(
            params(r#"{"type":"form","event":"e","value":"a=1&b=2","meta":{"b":3,"c":{"d":[]}}}"#),
            r#"{"a":"1","b":3,"c":{"d":[]}}"#
        );
    }

    // 7.3
    #[test]
    fn target_becomes_a_path_wherever_it_comes_from() {
        assert_eq!(
            params(r#"{"type":"form","event":"e","value":"_target=user%5Bname%5D"}"#),
            r#"{"_target":["user","name"]}"#
        );
        assert_eq!(
            params(r#"{"type":"form","event":"e","value":"","meta":{"_target":["a","b"]}}"#),
            r#"{"_target":["a","b"]}"#
        );
        assert_eq!(
            params(r#"{"type":"form","event":"e","value":"","meta":{"_target":"undefined"}}"#),
            r#"{"_target":["undefined"]}"#
        );
    }

    #[test]
    fn a_form_value_must_be_text_and_meta_an_object() {
        for text in [
            r#"{"type":"form","event":"e","value":{}}"#,
            r#"{"type":"form","event":"e","value":"","meta":[]}"#,
        ] {
            let event: Event<'_> = serde_json::from_str(text).unwrap();
            assert!(matches!(event.params(), Err(EventError::Json(_))), "{text}");
        }
        let event: Event<'_> =
            serde_json::from_str(r#"{"type":"form","event":"e","value":"a=%FF"}"#).unwrap();
        assert!(matches!(
            event.params(),
            Err(EventError::Form(FormError::InvalidUtf8))
        ));
    }

    // 7.3, 10.2
    #[test]
    fn uploads_come_by_reference() {
        let text = r#"{"type":"form","event":"e","value":"","cid":2,"uploads":{"phx-1":[
            {"path":"doc","ref":"0","name":"a.txt","relative_path":"","size":5,
             "type":"text/plain","last_modified":1}]}}"#;
        let event: Event<'_> = serde_json::from_str(text).unwrap();
        let uploads = event.uploads().unwrap().unwrap();
        assert_eq!(uploads["phx-1"][0].size, 5);
        assert_eq!(event.cid, Some(2));
    }
}
