//! What presence sends: the state after a join and the diffs that follow.
//!
//! ```
//! use bennu_protocol::presence::{Meta, Presence, PresenceDiff};
//! use serde_json::json;
//!
//! let meta = Meta::new("B", Some("A"), &json!({ "status": "away" }))?;
//! let mut diff = PresenceDiff::default();
//! diff.joins.insert("u1".into(), Presence::from_metas(vec![meta]));
//! assert_eq!(
//!     serde_json::to_string(&diff)?,
//!     r#"{"joins":{"u1":{"metas":[{"phx_ref":"B","phx_ref_prev":"A","status":"away"}]}},"leaves":{}}"#,
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use compact_str::CompactString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

const PHX_REF: &str = "phx_ref";
const PHX_REF_PREV: &str = "phx_ref_prev";

/// The payload of `presence_state`: everyone present, by key.
pub type PresenceState = BTreeMap<String, Presence>;

/// The payload of `presence_diff`. Both parts are always present, possibly empty.
///
/// An update appears in both: its new meta as a join, its old one as a leave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PresenceDiff {
    /// Metas that came.
    pub joins: PresenceState,
    /// Metas that went.
    pub leaves: PresenceState,
}

/// All that is known under one key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Presence {
    /// One per tracked channel: a user's devices, a browser's tabs.
    pub metas: Vec<Meta>,
    /// What the application's `fetch` added beside the metas.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Presence {
    /// A presence without extra fields.
    #[must_use]
    pub fn from_metas(metas: Vec<Meta>) -> Self {
        Self {
            metas,
            extra: Map::new(),
        }
    }
}

/// One meta: the application's fields with Phoenix's references in front.
///
/// It is written as JSON once; the many states and diffs that carry it share the text.
#[derive(Clone, Debug)]
pub struct Meta {
    phx_ref: CompactString,
    json: Arc<RawValue>,
}

impl Meta {
    /// Joins the application's fields with the reference of this track or update and, after an
    /// update, the one it replaces. References among the fields, left over from a stored meta,
    /// are dropped.
    ///
    /// # Errors
    ///
    /// [`MetaError`] unless the fields are written as a JSON object.
    pub fn new(
        phx_ref: &str,
        phx_ref_prev: Option<&str>,
        fields: &(impl Serialize + ?Sized),
    ) -> Result<Self, MetaError> {
        let Value::Object(mut fields) =
            serde_json::to_value(fields).map_err(MetaError::Serialize)?
        else {
            return Err(MetaError::NotObject);
        };
        fields.remove(PHX_REF);
        fields.remove(PHX_REF_PREV);
        let meta = Fields {
            phx_ref,
            phx_ref_prev,
            fields,
        };
        let json = serde_json::value::to_raw_value(&meta).map_err(MetaError::Serialize)?;
        Ok(Self {
            phx_ref: phx_ref.into(),
            json: json.into(),
        })
    }

    /// The reference, unique per track or update.
    #[must_use]
    pub fn phx_ref(&self) -> &str {
        &self.phx_ref
    }

    /// The whole meta as JSON.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.json.get()
    }

    /// Reads the meta, references included, into a type.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] if it does not fit.
    pub fn deserialize<'de, T: Deserialize<'de>>(&'de self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_json())
    }
}

impl PartialEq for Meta {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Serialize for Meta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let Some(Value::String(phx_ref)) = fields.remove(PHX_REF) else {
            return Err(D::Error::custom("a meta needs a phx_ref"));
        };
        let phx_ref_prev = match fields.remove(PHX_REF_PREV) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Self::new(&phx_ref, phx_ref_prev.as_deref(), &fields).map_err(D::Error::custom)
    }
}

#[derive(Serialize)]
struct Fields<'a> {
    phx_ref: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phx_ref_prev: Option<&'a str>,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// The application's meta cannot be sent.
#[derive(Debug)]
pub enum MetaError {
    /// It is JSON, but no object.
    NotObject,
    /// It has no JSON form.
    Serialize(serde_json::Error),
}

impl Display for MetaError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotObject => "a meta must be a json object",
            Self::Serialize(_) => "a meta cannot be written as json",
        })
    }
}

impl Error for MetaError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotObject => None,
            Self::Serialize(cause) => Some(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // PR-1
    #[test]
    fn both_parts_of_a_diff_are_always_present() {
        let empty = serde_json::to_string(&PresenceDiff::default()).unwrap();
        assert_eq!(empty, r#"{"joins":{},"leaves":{}}"#);
    }

    // PR-3
    #[test]
    fn references_of_a_stored_meta_are_replaced() {
        let stored = Meta::new("A", None, &json!({ "st": "on" })).unwrap();
        let fields: Value = stored.deserialize().unwrap();
        let updated = Meta::new("B", Some(stored.phx_ref()), &fields).unwrap();
        assert_eq!(
            updated.as_json(),
            r#"{"phx_ref":"B","phx_ref_prev":"A","st":"on"}"#
        );
        let again = Meta::new("C", None, &updated.deserialize::<Value>().unwrap()).unwrap();
        assert_eq!(again.as_json(), r#"{"phx_ref":"C","st":"on"}"#);
    }

    // PR-12
    #[test]
    fn extra_fields_stand_beside_the_metas() {
        let text = r#"{"metas":[{"phx_ref":"A"}],"user":{"name":"Ada"}}"#;
        let presence: Presence = serde_json::from_str(text).unwrap();
        assert_eq!(presence.extra["user"]["name"], "Ada");
        assert_eq!(serde_json::to_string(&presence).unwrap(), text);
    }

    // PR-6
    #[test]
    fn a_meta_is_an_object_with_a_reference() {
        assert!(matches!(
            Meta::new("A", None, &[1]),
            Err(MetaError::NotObject)
        ));
        assert!(serde_json::from_str::<Meta>(r#"{"st":"on"}"#).is_err());
    }
}
