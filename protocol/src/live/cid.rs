//! Component ids as clients say them. A component may be gone by the time a message about it arrives, so what names none is
//! no error: it is passed over (liveview-wire 6.5, 6.6).

use std::fmt::{self, Formatter};

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Ids begin at 1: no component has this one.
const NOBODY: u64 = 0;

/// The component that a message is addressed to; none for `null`, which means the view.
pub(super) fn target<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let said = Option::<Cid>::deserialize(deserializer)?;
    Ok(said.map(|Cid(cid)| cid.unwrap_or(NOBODY)))
}

/// The ids in an array, without what is none.
pub(super) fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    deserializer.deserialize_seq(Known)
}

struct Known;

impl<'de> Visitor<'de> for Known {
    type Value = Vec<u64>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("an array of component ids")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Vec<u64>, A::Error> {
        let mut cids = Vec::new();
        while let Some(Cid(cid)) = access.next_element()? {
            cids.extend(cid);
        }
        Ok(cids)
    }
}

/// None for whatever is no positive integer.
struct Cid(Option<u64>);

impl<'de> Deserialize<'de> for Cid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CidVisitor).map(Self)
    }
}

struct CidVisitor;

impl<'de> Visitor<'de> for CidVisitor {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a component id")
    }

    fn visit_u64<E>(self, cid: u64) -> Result<Option<u64>, E> {
        Ok((cid > NOBODY).then_some(cid))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Option<u64>, A::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Option<u64>, A::Error> {
        while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cids, Event};

    /// What clients may say that is no component's id.
    const NOBODIES: [&str; 10] = [
        "0",
        "-1",
        "1.5",
        "1e30",
        "18446744073709551616",
        "\"1\"",
        "true",
        "[1]",
        "{\"1\":1}",
        "\"\\u0031\"",
    ];

    // 6.6
    #[test]
    fn an_event_for_what_is_no_component_is_for_nobody() {
        let cid = |text: &str| {
            let text = format!(r#"{{"event":"e","cid":{text}}}"#);
            let event: Event<'_> = serde_json::from_str(&text).unwrap();
            event.cid
        };
        for text in NOBODIES {
            assert_eq!(cid(text), Some(0), "{text}");
        }
        assert_eq!(cid("7"), Some(7));
        assert_eq!(cid("18446744073709551615"), Some(u64::MAX));
        assert_eq!(cid("null"), None);
    }

    // 6.5
    #[test]
    fn what_is_no_id_is_left_out_of_ids() {
        let text = format!(r#"{{"cids":[3,{},null,4]}}"#, NOBODIES.join(","));
        let said: Cids = serde_json::from_str(&text).unwrap();
        assert_eq!(said.cids, [3, 4]);
        for text in [r#"{"cids":5}"#, r#"{"cids":null}"#, "{}", "[1]"] {
            assert!(serde_json::from_str::<Cids>(text).is_err(), "{text}");
        }
    }
}
