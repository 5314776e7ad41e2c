use std::collections::BTreeMap;

use bytes::Bytes;
use bytestring::ByteString;

use super::term::Term;

impl From<i128> for Term {
    fn from(integer: i128) -> Self {
        Self::integer(integer.is_negative(), &integer.unsigned_abs().to_le_bytes())
    }
}

impl From<u128> for Term {
    fn from(integer: u128) -> Self {
        Self::integer(false, &integer.to_le_bytes())
    }
}

impl From<u64> for Term {
    fn from(integer: u64) -> Self {
        Self::integer(false, &integer.to_le_bytes())
    }
}

impl From<i64> for Term {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<i32> for Term {
    fn from(integer: i32) -> Self {
        Self::Integer(integer.into())
    }
}

impl From<u32> for Term {
    fn from(integer: u32) -> Self {
        Self::Integer(integer.into())
    }
}

impl From<f64> for Term {
    fn from(float: f64) -> Self {
        Self::Float(float)
    }
}

impl From<bool> for Term {
    fn from(boolean: bool) -> Self {
        Self::atom(ByteString::from_static(if boolean {
            "true"
        } else {
            "false"
        }))
    }
}

impl From<&str> for Term {
    fn from(text: &str) -> Self {
        Self::Binary(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Term {
    fn from(text: String) -> Self {
        Self::Binary(text.into())
    }
}

impl From<ByteString> for Term {
    fn from(text: ByteString) -> Self {
        Self::Binary(text.into_bytes())
    }
}

impl From<Bytes> for Term {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl From<Vec<Self>> for Term {
    fn from(elements: Vec<Self>) -> Self {
        Self::List(elements)
    }
}

impl<V: Into<Self>> From<BTreeMap<String, V>> for Term {
    fn from(entries: BTreeMap<String, V>) -> Self {
        Self::map(entries)
    }
}

/// `None` is `nil`.
impl<T: Into<Self>> From<Option<T>> for Term {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(Self::nil, Into::into)
    }
}
