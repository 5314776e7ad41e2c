use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{Deserializer, IntoDeserializer as _, Visitor};
use serde::forward_to_deserialize_any;

use super::values::{Entries, Fields, Value, Variant};
use super::{BLANK, CastError, INVALID};
use crate::live::form::nested::{children, index};
use crate::protocol::form::Param;

type Result<T> = std::result::Result<T, CastError>;

/// Numbers: from text, or as JSON has them. One that does not fit is noted, and reading goes on with zero.
macro_rules! numbers {
    ($($method:ident $type:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            let number = self.text().and_then(|text| match text.parse::<$type>() {
                Ok(number) => Some(number),
                Err(_) => {
                    self.note(INVALID);
                    None
                }
            });
            visitor.$visit(number.unwrap_or_default())
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = CastError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.param {
            None | Some(Param::Null) => visitor.visit_unit(),
            Some(Param::Bool(value)) => visitor.visit_bool(*value),
            Some(Param::Number(number)) => number
                .deserialize_any(visitor)
                .map_err(serde::de::Error::custom),
            Some(Param::Text(text)) => visitor.visit_str(text),
            Some(list @ Param::List(_)) => visitor.visit_seq(Entries::new(self, children(list))),
            Some(Param::Map(_)) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.param.is_none() {
            return visitor.visit_bool(false);
        }
        let value = match self.text().as_deref() {
            None => false,
            Some("true" | "on" | "1") => true,
            Some("false" | "off" | "0") => false,
            Some(_) => {
                self.note(INVALID);
                false
            }
        };
        visitor.visit_bool(value)
    }

    numbers! {
        deserialize_i8 i8 visit_i8
        deserialize_i16 i16 visit_i16
        deserialize_i32 i32 visit_i32
        deserialize_i64 i64 visit_i64
        deserialize_i128 i128 visit_i128
        deserialize_u8 u8 visit_u8
        deserialize_u16 u16 visit_u16
        deserialize_u32 u32 visit_u32
        deserialize_u64 u64 visit_u64
        deserialize_u128 u128 visit_u128
        deserialize_f32 f32 visit_f32
        deserialize_f64 f64 visit_f64
        deserialize_char char visit_char
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.param {
            Some(Param::Text(text)) => visitor.visit_str(text),
            _ => visitor.visit_string(self.text().unwrap_or_default().into_owned()),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.is_blank() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let entries = match self.param {
            Some(list @ Param::List(_)) => children(list),
            Some(map @ Param::Map(params))
                if params.iter().all(|(name, _)| index(name).is_some()) =>
            {
                children(map)
            }
            _ => {
                if !self.is_blank() {
                    self.note(INVALID);
                }
                Vec::new()
            }
        };
        let blank = |entry: &&Param| matches!(entry, Param::Text(text) if text.is_empty());
        let entries = entries.into_iter().filter(|entry| !blank(entry));
        visitor.visit_seq(Entries::new(self, entries.collect()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_map(Fields::of_map(self))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if !self.is_blank() && !matches!(self.param, Some(Param::Map(_))) {
            self.note(INVALID);
            return Err(CastError::Noted);
        }
        match visitor.visit_map(Fields::of_struct(self, names)) {
            Err(CastError::Missing(field)) => Err(self.supply(names, field)),
            result => result,
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if let Some(Param::Map(params)) = self.param
            && let (Some((name, value)), 1) = (params.iter().next(), params.len())
        {
            return visitor.visit_enum(Variant::new(self, name, value));
        }
        let name = self.text().and_then(|text| {
            let known = variants.iter().find(|variant| **variant == text);
            if known.is_none() {
                self.note(INVALID);
            }
            known.copied()
        });
        // What was sent is no variant: any will do, as it is noted.
        let name = name.or_else(|| variants.first().copied());
        let name: StrDeserializer<'_, CastError> = name.unwrap_or_default().into_deserializer();
        visitor.visit_enum(name)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf identifier }
}

impl<'c> Value<'c> {
    /// The text of a single value. What has none is noted: blank if nothing was sent, invalid otherwise.
    fn text(&self) -> Option<Cow<'c, str>> {
        match self.param {
            Some(Param::Text(text)) if !text.is_empty() => return Some(Cow::Borrowed(text)),
            Some(Param::Number(number)) => return Some(Cow::Owned(number.to_string())),
            Some(Param::Bool(value)) => return Some(Cow::Owned(value.to_string())),
            _ => {}
        }
        self.note(if self.is_blank() { BLANK } else { INVALID });
        None
    }
}
