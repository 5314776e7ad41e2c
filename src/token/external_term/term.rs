use bytes::Bytes;
use bytestring::ByteString;

/// An Erlang term: the data inside a token or a session.
///
/// Strings of Elixir are binaries here, `nil`, `true` and `false` are atoms, and a keyword list is a list of tuples.
/// Conversions from Rust's types are provided, so `42.into()` and `"u1".into()` are terms.
///
/// ```
/// use bennu::token::Term;
///
/// let user = Term::map([("id", Term::from(42)), ("role", Term::atom("admin"))]);
/// assert_eq!(user.get("id").and_then(Term::as_i64), Some(42));
/// assert_eq!(user.get("role").and_then(Term::as_atom), Some("admin"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Term {
    /// An integer that fits 64 bits.
    Integer(i64),
    /// An integer that does not fit 64 bits.
    BigInteger(BigInteger),
    /// A float; Erlang has neither NaN nor infinities and would not read them.
    Float(f64),
    /// An atom, which Erlang limits to 255 characters.
    Atom(ByteString),
    /// A binary, Elixir's string type; not always UTF-8.
    Binary(Bytes),
    /// A binary whose last byte has fewer than eight meaningful bits.
    Bitstring {
        /// The bytes, the last one holding its bits from the top.
        bytes: Bytes,
        /// How many bits of the last byte count, 1 to 7.
        last_byte_bits: u8,
    },
    /// A tuple.
    Tuple(Vec<Self>),
    /// A list, Erlang's character lists included.
    List(Vec<Self>),
    /// A list that ends in something other than the empty list.
    ImproperList(Vec<Self>, Box<Self>),
    /// A map, in the order in which it was read or built; compared in that order, too.
    Map(Vec<(Self, Self)>),
    /// A process identifier as it was encoded: carried through, never interpreted.
    Pid(Bytes),
    /// A reference as it was encoded: carried through, never interpreted.
    Reference(Bytes),
}

/// An integer outside the range of `i64`, made by converting an `i128` or a `u128` to a [`Term`] or by decoding one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BigInteger {
    negative: bool,
    /// Least significant byte first, without zeros at its end.
    magnitude: Box<[u8]>,
}

impl Term {
    /// The atom `name`.
    pub fn atom(name: impl Into<ByteString>) -> Self {
        Self::Atom(name.into())
    }

    /// The atom `nil`, Elixir's absent value.
    pub fn nil() -> Self {
        Self::atom(ByteString::from_static("nil"))
    }

    /// A binary of these bytes.
    pub fn binary(bytes: impl Into<Bytes>) -> Self {
        Self::Binary(bytes.into())
    }

    /// A tuple of these terms.
    pub fn tuple<T: Into<Self>>(elements: impl IntoIterator<Item = T>) -> Self {
        Self::Tuple(elements.into_iter().map(Into::into).collect())
    }

    /// A list of these terms.
    pub fn list<T: Into<Self>>(elements: impl IntoIterator<Item = T>) -> Self {
        Self::List(elements.into_iter().map(Into::into).collect())
    }

    /// A map of these entries.
    ///
    /// If all keys are binaries they are sorted, which is how Erlang writes maps of up to 32 keys. Erlang's order of
    /// other keys depends on the running system, so they stay as given. Keys are expected to be distinct.
    pub fn map<K: Into<Self>, V: Into<Self>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut entries: Vec<(Self, Self)> = entries
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        if entries
            .iter()
            .all(|(key, _)| matches!(key, Self::Binary(_)))
        {
            entries.sort_by(|(left, _), (right, _)| left.as_bytes().cmp(&right.as_bytes()));
        }
        Self::Map(entries)
    }

    /// An integer of this sign and magnitude, least significant byte first: 64 bits wide where that suffices.
    pub(super) fn integer(negative: bool, magnitude: &[u8]) -> Self {
        let significant = magnitude
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        let magnitude = &magnitude[..significant];
        small_integer(negative, magnitude).map_or_else(
            || {
                Self::BigInteger(BigInteger {
                    negative,
                    magnitude: magnitude.into(),
                })
            },
            Self::Integer,
        )
    }

    /// Whether this is the atom `nil`.
    pub fn is_nil(&self) -> bool {
        self.as_atom() == Some("nil")
    }

    /// The integer, if it is one that fits 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// The float.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(float) => Some(*float),
            _ => None,
        }
    }

    /// The boolean: one of the atoms `true` and `false`.
    pub fn as_bool(&self) -> Option<bool> {
        match self.as_atom()? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The name of the atom.
    pub fn as_atom(&self) -> Option<&str> {
        match self {
            Self::Atom(name) => Some(name),
            _ => None,
        }
    }

    /// The bytes of the binary.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The text of the binary, if it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        str::from_utf8(self.as_bytes()?).ok()
    }

    /// The elements of the tuple.
    pub fn as_tuple(&self) -> Option<&[Self]> {
        match self {
            Self::Tuple(elements) => Some(elements),
            _ => None,
        }
    }

    /// The elements of the proper list.
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// The entries of the map.
    pub fn as_map(&self) -> Option<&[(Self, Self)]> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// What the map holds under this string key; the first, should a foreign map repeat it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.find(|candidate| candidate.as_bytes() == Some(key.as_bytes()))
    }

    /// What the map holds under this atom key.
    ///
    /// ```
    /// use bennu::token::Term;
    ///
    /// let user = Term::map([(Term::atom("id"), 42)]);
    /// assert_eq!(user.get_atom("id"), Some(&Term::Integer(42)));
    /// assert_eq!(user.get("id"), None);
    /// ```
    pub fn get_atom(&self, key: &str) -> Option<&Self> {
        self.find(|candidate| candidate.as_atom() == Some(key))
    }

    fn find(&self, is_key: impl Fn(&Self) -> bool) -> Option<&Self> {
        let (_, value) = self
            .as_map()?
            .iter()
            .find(|(candidate, _)| is_key(candidate))?;
        Some(value)
    }
}

fn small_integer(negative: bool, magnitude: &[u8]) -> Option<i64> {
    let mut bytes = [0; 8];
    bytes.get_mut(..magnitude.len())?.copy_from_slice(magnitude);
    let magnitude = u64::from_le_bytes(bytes);
    if negative {
        0_i64.checked_sub_unsigned(magnitude)
    } else {
        0_i64.checked_add_unsigned(magnitude)
    }
}

impl BigInteger {
    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Its absolute value, least significant byte first, without zeros at its end.
    pub fn magnitude(&self) -> &[u8] {
        &self.magnitude
    }

    /// The integer, if it fits 128 bits.
    pub fn to_i128(&self) -> Option<i128> {
        let mut bytes = [0; 16];
        bytes
            .get_mut(..self.magnitude.len())?
            .copy_from_slice(&self.magnitude);
        let magnitude = u128::from_le_bytes(bytes);
        if self.negative {
            0_i128.checked_sub_unsigned(magnitude)
        } else {
            0_i128.checked_add_unsigned(magnitude)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_64_bits_wide_where_that_suffices() {
        assert_eq!(Term::from(i128::from(i64::MIN)), Term::Integer(i64::MIN));
        assert_eq!(Term::from(i128::from(i64::MAX)), Term::Integer(i64::MAX));
        assert!(matches!(
            Term::from(i128::from(i64::MIN) - 1),
            Term::BigInteger(_)
        ));
        assert!(matches!(Term::from(u64::MAX), Term::BigInteger(_)));
        assert_eq!(Term::integer(true, &[0; 300]), Term::Integer(0));
    }

    #[test]
    fn a_map_of_strings_is_sorted_and_any_other_stays_as_given() {
        let keys = |map: Term| match map {
            Term::Map(entries) => entries.into_iter().map(|(key, _)| key).collect::<Vec<_>>(),
            other => vec![other],
        };
        assert_eq!(
            keys(Term::map([("b", 1), ("a", 2)])),
            ["a".into(), "b".into()]
        );
        let atoms = [Term::atom("b"), Term::atom("a")];
        assert_eq!(keys(Term::map(atoms.clone().map(|atom| (atom, 1)))), atoms);
    }
}
