//! What an assertion expects of a payload.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use crate::protocol::Payload;

/// What a payload has to be like.
///
/// ```
/// use bennu::protocol::Payload;
/// use bennu::testing::{Pattern, matching};
/// use serde_json::json;
///
/// let payload = Payload::json(&json!({"body": "hi", "likes": [{"by": "ada", "at": 1}]}))?;
/// assert!(json!({"likes": [{"by": "ada"}]}).matches(&payload));
/// assert!(!json!({"likes": []}).matches(&payload));
/// assert!(matching(|payload| payload["body"] == "hi").matches(&payload));
/// # Ok::<(), bennu::protocol::PayloadError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no pattern",
    note = "pass a `serde_json::Value`, `testing::Any`, `testing::matching(|payload| ..)`, or `Bytes`"
)]
pub trait Pattern {
    /// Whether the payload is like that.
    fn matches(&self, payload: &Payload) -> bool;

    /// What is expected, for the message of an assertion that fails.
    fn describe(&self) -> String;
}

/// JSON matches as an Elixir pattern does: objects may have further keys, everything else is equal.
impl Pattern for Value {
    fn matches(&self, payload: &Payload) -> bool {
        payload
            .deserialize()
            .is_ok_and(|found: Self| contains(&found, self))
    }

    fn describe(&self) -> String {
        self.to_string()
    }
}

fn contains(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().all(|(key, expected)| {
                found
                    .get(key)
                    .is_some_and(|found| contains(found, expected))
            })
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(found, expected)| contains(found, expected))
        }
        _ => found == expected,
    }
}

/// A binary payload of exactly these bytes.
impl Pattern for Bytes {
    fn matches(&self, payload: &Payload) -> bool {
        payload.as_binary() == Some(self)
    }

    fn describe(&self) -> String {
        format!("{self:?}")
    }
}

/// Any payload at all, `_` in Elixir.
#[derive(Clone, Copy, Debug)]
pub struct Any;

impl Pattern for Any {
    fn matches(&self, _: &Payload) -> bool {
        true
    }

    fn describe(&self) -> String {
        "anything".to_owned()
    }
}

/// A JSON payload that fulfils a condition, as a guard in Elixir.
pub fn matching<F: Fn(&Value) -> bool>(condition: F) -> Matching<F> {
    Matching(condition)
}

/// The pattern that [`matching`] makes.
#[derive(Clone, Copy)]
pub struct Matching<F>(F);

impl<F> fmt::Debug for Matching<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Matching")
    }
}

impl<F: Fn(&Value) -> bool> Pattern for Matching<F> {
    fn matches(&self, payload: &Payload) -> bool {
        payload
            .deserialize()
            .is_ok_and(|found: Value| (self.0)(&found))
    }

    fn describe(&self) -> String {
        "a payload that fulfils the condition".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_may_have_more_keys_and_lists_may_not_have_more_items() {
        let payload = Payload::json(&json!({"a": {"b": 1, "c": 2}, "d": [1, 2]})).expect("JSON");
        assert!(json!({}).matches(&payload));
        assert!(json!({"a": {"c": 2}}).matches(&payload));
        assert!(!json!({"a": {"c": 3}}).matches(&payload));
        assert!(!json!({"e": null}).matches(&payload));
        assert!(!json!({"d": [1]}).matches(&payload));
    }

    #[test]
    fn binary_payloads_match_their_bytes_only() {
        let payload = Payload::binary(vec![1, 2]);
        assert!(Bytes::from_static(&[1, 2]).matches(&payload));
        assert!(!Bytes::from_static(&[1]).matches(&payload));
        assert!(!json!({}).matches(&payload));
        assert!(Any.matches(&payload));
    }
}
