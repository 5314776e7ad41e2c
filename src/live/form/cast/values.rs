use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer as _, EnumAccess, IntoDeserializer as _, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::{BLANK, CastError, Casting, INVALID, Place};
use crate::live::form::UNUSED;
use crate::live::form::nested::PERSISTENT_ID;
use crate::protocol::form::Param;

type Result<T> = std::result::Result<T, CastError>;

/// A parameter on its way to a type; `None` stands for one that was not sent.
#[derive(Clone, Copy)]
pub(super) struct Value<'c> {
    pub(super) param: Option<&'c Param>,
    place: &'c Place<'c>,
    casting: &'c Casting,
}

impl<'c> Value<'c> {
    pub(super) const fn root(params: &'c Param, casting: &'c Casting) -> Self {
        Self {
            param: Some(params),
            place: &Place::Root,
            casting,
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        match self.param {
            None | Some(Param::Null) => true,
            Some(Param::Text(text)) => text.is_empty(),
            Some(_) => false,
        }
    }

    /// Notes what is wrong here; reading goes on.
    pub(super) fn note(&self, error: &'static str) {
        self.place.add(self.casting, error);
    }

    /// Sees to it that a missing field of the struct with these field names is supplied from now on.
    pub(super) fn supply(&self, names: &'static [&'static str], field: &'static str) -> CastError {
        let missing = (names.as_ptr(), field);
        let mut supplied = self.casting.supplied.borrow_mut();
        if supplied.contains(&missing) {
            Place::Field(self.place, field).add(self.casting, BLANK);
            return CastError::Noted;
        }
        supplied.push(missing);
        CastError::Again
    }

    fn at<'p>(&self, param: Option<&'p Param>, place: &'p Place<'p>) -> Value<'p>
    where
        'c: 'p,
    {
        Value {
            param,
            place,
            casting: self.casting,
        }
    }

    fn read<'de, S: DeserializeSeed<'de>>(
        &self,
        seed: S,
        param: Option<&Param>,
        place: Place<'_>,
    ) -> Result<S::Value> {
        seed.deserialize(self.at(param, &place))
            .map_err(|error| place.refuse(self.casting, error))
    }
}

/// The parameters in a map.
pub(super) struct Fields<'c> {
    map: Value<'c>,
    rest: std::vec::IntoIter<(&'c str, Option<&'c Param>)>,
    current: Option<(&'c str, Option<&'c Param>)>,
}

impl<'c> Fields<'c> {
    /// All that the form's author has named.
    pub(super) fn of_map(map: Value<'c>) -> Self {
        Self::of_struct(map, &[])
    }

    /// The same, and what the struct with these field names misses.
    pub(super) fn of_struct(map: Value<'c>, names: &'static [&'static str]) -> Self {
        let mut fields = Vec::new();
        if let Some(Param::Map(params)) = map.param {
            let ours = |name: &str| name.starts_with(UNUSED) || name == PERSISTENT_ID;
            let named = params
                .iter()
                .filter(|(name, _)| names.contains(name) || !ours(name));
            fields.extend(named.map(|(name, value)| (name, Some(value))));
        } else if !map.is_blank() {
            map.note(INVALID);
        }
        let supplied = map.casting.supplied.borrow();
        for &(of, name) in supplied.iter() {
            let sent = fields.iter().any(|(field, _)| *field == name);
            if of == names.as_ptr() && !sent {
                fields.push((name, None));
            }
        }
        drop(supplied);
        Self {
            map,
            rest: fields.into_iter(),
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = CastError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        self.current = self.rest.next();
        let Some((name, _)) = self.current else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, CastError> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let (name, param) = self
            .current
            .take()
            .expect("serde asks for a key before its value");
        let place = Place::Field(self.map.place, name);
        self.map.read(seed, param, place)
    }
}

/// The entries of a list.
pub(super) struct Entries<'c> {
    list: Value<'c>,
    rest: std::iter::Enumerate<std::vec::IntoIter<&'c Param>>,
}

impl<'c> Entries<'c> {
    pub(super) fn new(list: Value<'c>, entries: Vec<&'c Param>) -> Self {
        Self {
            list,
            rest: entries.into_iter().enumerate(),
        }
    }
}

impl<'de> SeqAccess<'de> for Entries<'_> {
    type Error = CastError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some((index, param)) = self.rest.next() else {
            return Ok(None);
        };
        let place = Place::Entry(self.list.place, index);
        self.list.read(seed, Some(param), place).map(Some)
    }
}

/// A variant with what it holds: `plan[paid][seats]=3`.
pub(super) struct Variant<'c> {
    of: Value<'c>,
    name: &'c str,
    param: &'c Param,
}

impl<'c> Variant<'c> {
    pub(super) const fn new(of: Value<'c>, name: &'c str, param: &'c Param) -> Self {
        Self { of, name, param }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = CastError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let name: StrDeserializer<'_, CastError> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = CastError;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        let place = Place::Field(self.of.place, self.name);
        self.of.read(seed, Some(self.param), place)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        let place = Place::Field(self.of.place, self.name);
        let value = self.of.at(Some(self.param), &place);
        value.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let place = Place::Field(self.of.place, self.name);
        let value = self.of.at(Some(self.param), &place);
        value.deserialize_struct("", fields, visitor)
    }
}
