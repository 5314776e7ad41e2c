//! From the tree to the application's types, with text converted as they ask.

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::{Param, ParamError, Params};

type Result<T> = std::result::Result<T, ParamError>;

/// Any value: text and maps convert, the rest of JSON is what it is.
#[derive(Clone, Copy)]
pub(super) struct ParamDeserializer<'de>(pub(super) &'de Param);

/// Hands the methods that depend on the type asked for to text and maps.
macro_rules! convert {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value> {
            match self.0 {
                Param::Text(text) => TextDeserializer(text).$method($($argument,)* visitor),
                Param::Map(params) => ParamsDeserializer(params).$method($($argument,)* visitor),
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for ParamDeserializer<'de> {
    type Error = ParamError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Param::Null => visitor.visit_unit(),
            Param::Bool(value) => visitor.visit_bool(*value),
            Param::Number(number) => number.deserialize_any(visitor).map_err(ParamError::custom),
            Param::Text(text) => visitor.visit_borrowed_str(text),
            Param::List(values) => {
                visitor.visit_seq(SeqDeserializer::new(values.iter().map(ParamDeserializer)))
            }
            Param::Map(params) => ParamsDeserializer(params).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Param::Null => visitor.visit_none(),
            Param::Text(text) if text.is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    convert! {
        deserialize_bool()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64()
        deserialize_seq()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, ParamError> for ParamDeserializer<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Text, and the names of a map.
struct TextDeserializer<'de>(&'de str);

macro_rules! parse {
    ($($method:ident => $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.0.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(ParamError::invalid_value(Unexpected::Str(self.0), &visitor)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for TextDeserializer<'de> {
    type Error = ParamError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            "true" | "1" | "on" => visitor.visit_bool(true),
            "false" | "0" | "off" => visitor.visit_bool(false),
            other => Err(ParamError::invalid_value(Unexpected::Str(other), &visitor)),
        }
    }

    parse! {
        deserialize_i8 => visit_i8
        deserialize_i16 => visit_i16
        deserialize_i32 => visit_i32
        deserialize_i64 => visit_i64
        deserialize_i128 => visit_i128
        deserialize_u8 => visit_u8
        deserialize_u16 => visit_u16
        deserialize_u32 => visit_u32
        deserialize_u64 => visit_u64
        deserialize_u128 => visit_u128
        deserialize_f32 => visit_f32
        deserialize_f64 => visit_f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.0))
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// A map: a struct, a map, an enum with its variant as the name, or numbered rows.
pub(super) struct ParamsDeserializer<'de>(pub(super) &'de Params);

impl<'de> Deserializer<'de> for ParamsDeserializer<'de> {
    type Error = ParamError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_map(Entries::new(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(MapAccessDeserializer::new(Entries::new(self.0)))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let rows = numbered_rows(self.0).ok_or_else(|| {
            ParamError::invalid_type(Unexpected::Map, &"a list or whole numbers as names")
        })?;
        visitor.visit_seq(SeqDeserializer::new(
            rows.into_iter().map(ParamDeserializer),
        ))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct map struct identifier ignored_any
    }
}

/// The values of a map with numbers as names, in numeric order.
fn numbered_rows(params: &Params) -> Option<Vec<&Param>> {
    let mut rows = Vec::with_capacity(params.len());
    for (name, value) in params.iter() {
        rows.push((name.parse::<u64>().ok()?, value));
    }
    rows.sort_by_key(|(number, _)| *number);
    Some(rows.into_iter().map(|(_, value)| value).collect())
}

/// The entries of a map; errors inside a value name it.
struct Entries<'de> {
    entries: indexmap::map::Iter<'de, String, Param>,
    current: Option<(&'de String, &'de Param)>,
}

impl<'de> Entries<'de> {
    fn new(params: &'de Params) -> Self {
        Self {
            entries: params.0.iter(),
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = ParamError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        self.current = self.entries.next();
        let Some((name, _)) = self.current else {
            return Ok(None);
        };
        seed.deserialize(TextDeserializer(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let (name, value) = self
            .current
            .take()
            .expect("serde asks for a key before its value");
        seed.deserialize(ParamDeserializer(value))
            .map_err(|error| error.within(name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug, PartialEq)]
    struct Signup {
        name: String,
        age: Option<u8>,
        score: f64,
        agree: bool,
        plan: Plan,
        #[serde(default)]
        tags: Vec<u32>,
        addresses: Vec<Address>,
        #[serde(flatten)]
        rest: BTreeMap<String, String>,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Plan {
        Free,
        Paid { seats: u16 },
    }

    #[derive(Deserialize, Debug, PartialEq)]
    struct Address {
        city: String,
    }

    fn params(text: &str) -> Params {
        Params::decode(text).unwrap()
    }

    fn error<'de, T: Deserialize<'de>>(params: &'de Params) -> String {
        params.deserialize::<T>().map(drop).unwrap_err().to_string()
    }

    #[test]
    fn text_becomes_what_the_type_asks_for() {
        let params = params(
            "name=Ada&age=36&score=1.5&agree=on&plan=free&tags[]=1&tags[]=2&more=x\
             &addresses[10][city]=B&addresses[9][city]=A",
        );
        assert_eq!(
            params.deserialize(),
            Ok(Signup {
                name: "Ada".into(),
                age: Some(36),
                score: 1.5,
                agree: true,
                plan: Plan::Free,
                tags: vec![1, 2],
                addresses: vec![Address { city: "A".into() }, Address { city: "B".into() }],
                rest: BTreeMap::from([("more".into(), "x".into())]),
            })
        );
    }

    #[test]
    fn empty_text_is_none_and_a_map_can_be_a_variant_or_have_numbers_as_names() {
        let params = params("age=&plan[paid][seats]=3&counts[7]=1");
        assert_eq!(
            params.get("age").unwrap().deserialize::<Option<String>>(),
            Ok(None)
        );
        assert_eq!(
            params.get("plan").unwrap().deserialize(),
            Ok(Plan::Paid { seats: 3 })
        );
        let counts: BTreeMap<u8, bool> = params.get("counts").unwrap().deserialize().unwrap();
        assert_eq!(counts, BTreeMap::from([(7, true)]));
    }

    #[test]
    fn json_keeps_its_types() {
        let params: Params = serde_json::from_str(r#"{"a":null,"b":7,"c":[true,"off"]}"#).unwrap();
        assert_eq!(
            params.get("a").unwrap().deserialize::<Option<u8>>(),
            Ok(None)
        );
        assert_eq!(
            params.get("b").unwrap().deserialize::<Option<u8>>(),
            Ok(Some(7))
        );
        assert_eq!(
            params.get("c").unwrap().deserialize::<(bool, bool)>(),
            Ok((true, false))
        );
    }

    #[test]
    fn errors_say_where_they_are() {
        #[derive(Deserialize, Debug)]
        struct User {
            #[expect(dead_code, reason = "only its type matters")]
            age: u8,
        }
        type Form = BTreeMap<String, User>;
        assert_eq!(
            error::<Form>(&params("user[age]=300")),
            "user: age: invalid value: string \"300\", expected u8"
        );
        assert_eq!(
            error::<Form>(&params("user[x]=1")),
            "user: missing field `age`"
        );
        assert_eq!(
            error::<BTreeMap<String, Vec<u8>>>(&params("a[b]=1")),
            "a: invalid type: map, expected a list or whole numbers as names"
        );
        assert_eq!(
            error::<BTreeMap<String, bool>>(&params("a=maybe")),
            "a: invalid value: string \"maybe\", expected a boolean"
        );
    }
}
