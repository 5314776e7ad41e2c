//! The [Erlang external term format][etf]: how Elixir writes terms into tokens and cookies.
//!
//! [etf]: https://www.erlang.org/doc/apps/erts/erl_ext_dist

mod convert;
mod decode;
mod encode;
mod tag;
mod term;

use std::fmt;

pub use self::term::{BigInteger, Term};

/// How large a term may be to be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// The most bytes of an encoded term, both as received and after its decompression. In memory it may take up to
    /// a hundred times as many. Default: 1 MiB.
    pub bytes_max: usize,
    /// The most containers (tuples, lists, maps) inside one another. Default: 64.
    pub depth_max: usize,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            bytes_max: 1024 * 1024,
            depth_max: 64,
        }
    }
}

/// Why bytes are not a term that may be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// They do not begin with the format's version.
    NotExternalTerm,
    /// They end before the term does.
    Truncated,
    /// The term has a tag that this decoder does not know.
    UnknownTag(u8),
    /// There is a function in the term, which is never safe to accept.
    Function,
    /// A part of the term contradicts the format.
    Malformed,
    /// The term has more bytes than [`DecodeLimits::bytes_max`].
    TooLarge,
    /// The term has more containers inside one another than [`DecodeLimits::depth_max`].
    TooDeep,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotExternalTerm => f.write_str("the bytes are not in the external term format"),
            Self::Truncated => f.write_str("the term is truncated"),
            Self::UnknownTag(tag) => write!(f, "the term has the unknown tag {tag}"),
            Self::Function => f.write_str("the term contains a function"),
            Self::Malformed => f.write_str("the term is malformed"),
            Self::TooLarge => f.write_str("the term has too many bytes"),
            Self::TooDeep => f.write_str("the term is nested too deeply"),
        }
    }
}

impl std::error::Error for DecodeError {}
