//! What of the parameters may stand in a log.

use std::fmt;

use serde_json::Value;

use super::brief::Brief;
use crate::protocol::Payload;
use crate::protocol::form::Params;

/// Keeps secrets out of log lines, `config :phoenix, :filter_parameters` in Phoenix.
///
/// Events and payloads themselves are not touched; nothing is filtered unless a line is written.
///
/// ```
/// use bennu::protocol::Payload;
/// use bennu::telemetry::ParameterFilter;
/// use serde_json::json;
///
/// let payload = Payload::json(&json!({"user": {"name": "ada", "password_again": "x"}}))?;
/// let shown = ParameterFilter::default().show(&payload);
/// assert_eq!(shown, r#"{"user":{"name":"ada","password_again":"[FILTERED]"}}"#);
///
/// let shown = ParameterFilter::keep(["name"]).show(&payload);
/// assert_eq!(shown, r#"{"user":{"name":"ada","password_again":"[FILTERED]"}}"#);
/// # Ok::<(), bennu::protocol::PayloadError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ParameterFilter(Mode);

#[derive(Clone, Debug)]
enum Mode {
    Discard(Vec<String>),
    Keep(Vec<String>),
}

const FILTERED: &str = "[FILTERED]";

impl Default for ParameterFilter {
    /// Discards `password` and `token`.
    fn default() -> Self {
        Self::discard(["password", "token"])
    }
}

impl ParameterFilter {
    /// Hides the values of all keys that contain one of these terms, and texts with `term=` in them.
    pub fn discard<T: Into<String>>(terms: impl IntoIterator<Item = T>) -> Self {
        Self(Mode::Discard(terms.into_iter().map(Into::into).collect()))
    }

    /// Shows the values of these keys, with all that is below them, and hides the others.
    pub fn keep<T: Into<String>>(keys: impl IntoIterator<Item = T>) -> Self {
        Self(Mode::Keep(keys.into_iter().map(Into::into).collect()))
    }

    /// The payload as a log shows it: filtered, and cut off after 4,096 bytes.
    #[must_use]
    pub fn show(&self, payload: &Payload) -> String {
        match payload.deserialize::<Value>() {
            Ok(value) => self.show_value(value),
            Err(_) => format!("<<{} bytes>>", payload.len()),
        }
    }

    /// As [`show`](Self::show), for the parameters of a request.
    #[must_use]
    pub fn show_params(&self, params: &Params) -> String {
        serde_json::to_value(params)
            .map_or_else(|_| FILTERED.to_owned(), |value| self.show_value(value))
    }

    fn show_value(&self, mut value: Value) -> String {
        match &self.0 {
            Mode::Discard(terms) => discard(&mut value, terms),
            Mode::Keep(keys) => keep(&mut value, keys),
        }
        Brief(&value).to_string()
    }
}

fn discard(value: &mut Value, terms: &[String]) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if terms.iter().any(|term| key.contains(&**term)) {
                    *value = FILTERED.into();
                } else {
                    discard(value, terms);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| discard(value, terms)),
        Value::String(text) if terms.iter().any(|term| text.contains(&format!("{term}="))) => {
            *value = FILTERED.into();
        }
        _ => {}
    }
}

fn keep(value: &mut Value, keys: &[String]) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if !keys.contains(key) {
                    keep(value, keys);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| keep(value, keys)),
        _ => *value = FILTERED.into(),
    }
}

/// A payload to be filtered once a line is written.
pub(super) struct Shown<'a>(pub(super) &'a ParameterFilter, pub(super) &'a Payload);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.show(self.1))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::brief::SHOWN_BYTES_MAX;
    use super::*;

    fn show(filter: &ParameterFilter, value: &Value) -> Value {
        let shown = filter.show(&Payload::json(value).expect("JSON"));
        serde_json::from_str(&shown).expect("JSON")
    }

    // T-2
    #[test]
    fn keys_that_contain_a_term_are_discarded_at_any_depth() {
        let given = json!({"a": [{"my_token": {"x": 1}}], "Password": "kept", "url": "/?token=1", "n": null});
        let shown =
            json!({"a": [{"my_token": FILTERED}], "Password": "kept", "url": FILTERED, "n": null});
        assert_eq!(show(&ParameterFilter::default(), &given), shown);
    }

    // T-2
    #[test]
    fn keeping_shows_the_keys_and_all_below_them() {
        let given = json!({"id": {"deep": [1]}, "list": [{"id": 2, "x": 3}], "y": "z"});
        let shown = json!({"id": {"deep": [1]}, "list": [{"id": 2, "x": FILTERED}], "y": FILTERED});
        assert_eq!(show(&ParameterFilter::keep(["id"]), &given), shown);
    }

    #[test]
    fn long_parameters_are_cut_off() {
        let payload = Payload::json(&json!({"text": "ü".repeat(SHOWN_BYTES_MAX)})).expect("JSON");
        let shown = ParameterFilter::default().show(&payload);
        assert!(shown.len() <= SHOWN_BYTES_MAX + '…'.len_utf8() && shown.ends_with("ü…"));
    }

    #[test]
    fn of_bytes_only_the_number_is_shown() {
        let shown = ParameterFilter::default().show(&Payload::binary(vec![0; 3]));
        assert_eq!(shown, "<<3 bytes>>");
    }
}
