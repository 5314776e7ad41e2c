//! The [Erlang external term format][etf]: how Elixir writes terms into tokens and cookies.
//!
//! [etf]: https://www.erlang.org/doc/apps/erts/erl_ext_dist

mod decode;
mod encode;
mod tag;
mod term;

pub use self::decode::{DecodeError, DecodeLimits};
pub use self::term::{BigInteger, Term};
