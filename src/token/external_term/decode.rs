use std::io::Read;

use bytes::{Buf, Bytes, TryGetError};
use bytestring::ByteString;
use flate2::read::ZlibDecoder;

use super::term::Term;
use super::{DecodeError, DecodeLimits, tag};

/// Erlang's own limit.
const ATOM_CHARACTERS_MAX: usize = 255;
/// Erlang's own limit.
const REFERENCE_WORDS_MAX: usize = 5;
/// What a container makes room for before it has seen its elements; it grows with those that arrive.
const ELEMENTS_RESERVED_MAX: usize = 16;

impl From<TryGetError> for DecodeError {
    fn from(_: TryGetError) -> Self {
        Self::Truncated
    }
}

impl Term {
    /// Reads a term within the default limits: Elixir's `Plug.Crypto.non_executable_binary_to_term/1`.
    ///
    /// Binaries share the memory of `bytes`. As in Erlang, bytes after the term are ignored.
    ///
    /// ```
    /// use bennu::token::{DecodeError, Term};
    ///
    /// assert_eq!(Term::decode(&b"\x83a\x2a"[..]), Ok(Term::Integer(42)));
    /// assert_eq!(Term::decode(&b"\x83a"[..]), Err(DecodeError::Truncated));
    /// ```
    ///
    /// # Errors
    ///
    /// See [`DecodeError`]; among others, every term with a function anywhere inside is refused.
    pub fn decode(bytes: impl Into<Bytes>) -> Result<Self, DecodeError> {
        Self::decode_within(bytes, DecodeLimits::default())
    }

    /// Reads a term within these limits.
    ///
    /// # Errors
    ///
    /// As [`Term::decode`].
    pub fn decode_within(
        bytes: impl Into<Bytes>,
        limits: DecodeLimits,
    ) -> Result<Self, DecodeError> {
        let mut input: Bytes = bytes.into();
        if input.len() > limits.bytes_max {
            return Err(DecodeError::TooLarge);
        }
        if !input.starts_with(&[tag::VERSION]) {
            return Err(DecodeError::NotExternalTerm);
        }
        input.advance(1);
        if input.starts_with(&[tag::COMPRESSED]) {
            input.advance(1);
            input = decompress(input, limits.bytes_max)?;
        }
        Reader { input }.term(limits.depth_max)
    }
}

fn decompress(mut input: Bytes, bytes_max: usize) -> Result<Bytes, DecodeError> {
    let size = input.try_get_u32()?;
    if usize::try_from(size).map_or(true, |size| size > bytes_max) {
        return Err(DecodeError::TooLarge);
    }
    let mut output = Vec::new();
    // One byte more than announced is enough to see that there are more.
    ZlibDecoder::new(&*input)
        .take(u64::from(size) + 1)
        .read_to_end(&mut output)
        .map_err(|_| DecodeError::Malformed)?;
    if output.len() as u64 == u64::from(size) {
        Ok(output.into())
    } else {
        Err(DecodeError::Malformed)
    }
}

struct Reader {
    /// What is still to be read.
    input: Bytes,
}

impl Reader {
    /// Reads the next term, in which containers may still nest `depth` times.
    fn term(&mut self, depth: usize) -> Result<Term, DecodeError> {
        let start = self.input.clone();
        match self.input.try_get_u8()? {
            tag::SMALL_INTEGER => Ok(Term::Integer(self.input.try_get_u8()?.into())),
            tag::INTEGER => Ok(Term::Integer(self.input.try_get_i32()?.into())),
            tag::SMALL_BIG => self.short_length().and_then(|length| self.big(length)),
            tag::LARGE_BIG => self.length().and_then(|length| self.big(length)),
            tag::NEW_FLOAT => self.float(),
            tag::ATOM => self
                .middle_length()
                .and_then(|length| self.latin1_atom(length)),
            tag::SMALL_ATOM => self
                .short_length()
                .and_then(|length| self.latin1_atom(length)),
            tag::ATOM_UTF8 => self
                .middle_length()
                .and_then(|length| self.utf8_atom(length)),
            tag::SMALL_ATOM_UTF8 => self
                .short_length()
                .and_then(|length| self.utf8_atom(length)),
            tag::BINARY => self
                .length()
                .and_then(|length| self.take(length))
                .map(Term::Binary),
            tag::BIT_BINARY => self.bitstring(),
            tag::SMALL_TUPLE => self
                .short_length()
                .and_then(|length| self.tuple(length, depth)),
            tag::LARGE_TUPLE => self.length().and_then(|length| self.tuple(length, depth)),
            tag::NIL => Ok(Term::List(Vec::new())),
            tag::STRING => self.string(),
            tag::LIST => self.list(depth),
            tag::MAP => self.map(depth),
            tag::PID => self
                .identifier(9)
                .map(|()| Term::Pid(self.read_since(&start))),
            tag::NEW_PID => self
                .identifier(12)
                .map(|()| Term::Pid(self.read_since(&start))),
            tag::NEW_REFERENCE => self
                .reference(1)
                .map(|()| Term::Reference(self.read_since(&start))),
            tag::NEWER_REFERENCE => self
                .reference(4)
                .map(|()| Term::Reference(self.read_since(&start))),
            tag::NEW_FUN | tag::EXPORT | tag::FUN => Err(DecodeError::Function),
            tag => Err(DecodeError::UnknownTag(tag)),
        }
    }

    fn big(&mut self, length: usize) -> Result<Term, DecodeError> {
        let negative = match self.input.try_get_u8()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::Malformed),
        };
        Ok(Term::integer(negative, &self.take(length)?))
    }

    fn float(&mut self) -> Result<Term, DecodeError> {
        let float = self.input.try_get_f64()?;
        if float.is_finite() {
            Ok(Term::Float(float))
        } else {
            Err(DecodeError::Malformed)
        }
    }

    fn latin1_atom(&mut self, length: usize) -> Result<Term, DecodeError> {
        let name: String = self.take(length)?.iter().copied().map(char::from).collect();
        atom(name.into())
    }

    fn utf8_atom(&mut self, length: usize) -> Result<Term, DecodeError> {
        ByteString::try_from(self.take(length)?)
            .map_err(|_| DecodeError::Malformed)
            .and_then(atom)
    }

    fn bitstring(&mut self) -> Result<Term, DecodeError> {
        let length = self.length()?;
        let last_byte_bits = self.input.try_get_u8()?;
        let bytes = self.take(length)?;
        match last_byte_bits {
            0 if bytes.is_empty() => Ok(Term::Binary(bytes)),
            8 if !bytes.is_empty() => Ok(Term::Binary(bytes)),
            1..8 if !bytes.is_empty() => Ok(Term::Bitstring {
                bytes,
                last_byte_bits,
            }),
            _ => Err(DecodeError::Malformed),
        }
    }

    fn tuple(&mut self, length: usize, depth: usize) -> Result<Term, DecodeError> {
        self.elements(length, depth).map(Term::Tuple)
    }

    fn string(&mut self) -> Result<Term, DecodeError> {
        let length = self.middle_length()?;
        let bytes = self.take(length)?;
        Ok(Term::list(bytes.iter().copied().map(i32::from)))
    }

    /// The tail may be a list itself, which then continues this one.
    fn list(&mut self, depth: usize) -> Result<Term, DecodeError> {
        let length = self.length()?;
        let mut elements = self.elements(length, depth)?;
        match self.term(below(depth)?)? {
            Term::List(rest) => {
                elements.extend(rest);
                Ok(Term::List(elements))
            }
            Term::ImproperList(rest, tail) => {
                elements.extend(rest);
                Ok(Term::ImproperList(elements, tail))
            }
            tail if elements.is_empty() => Ok(tail),
            tail => Ok(Term::ImproperList(elements, Box::new(tail))),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Term, DecodeError> {
        let length = self.length()?;
        let depth = below(depth)?;
        let mut entries = Vec::with_capacity(length.min(ELEMENTS_RESERVED_MAX));
        for _ in 0..length {
            entries.push((self.term(depth)?, self.term(depth)?));
        }
        Ok(Term::Map(entries))
    }

    fn elements(&mut self, length: usize, depth: usize) -> Result<Vec<Term>, DecodeError> {
        let depth = below(depth)?;
        let mut elements = Vec::with_capacity(length.min(ELEMENTS_RESERVED_MAX));
        for _ in 0..length {
            elements.push(self.term(depth)?);
        }
        Ok(elements)
    }

    /// Skips the node and the numbers of a process identifier or a reference.
    fn identifier(&mut self, numbers_bytes: usize) -> Result<(), DecodeError> {
        match self.input.first() {
            Some(&(tag::ATOM | tag::SMALL_ATOM | tag::ATOM_UTF8 | tag::SMALL_ATOM_UTF8)) => {
                self.term(0)?
            }
            _ => return Err(DecodeError::Malformed),
        };
        self.take(numbers_bytes).map(drop)
    }

    fn reference(&mut self, creation_bytes: usize) -> Result<(), DecodeError> {
        let words = self.middle_length()?;
        if words > REFERENCE_WORDS_MAX {
            return Err(DecodeError::Malformed);
        }
        self.identifier(creation_bytes + 4 * words)
    }

    fn read_since(&self, start: &Bytes) -> Bytes {
        start.slice(..start.len() - self.input.len())
    }

    fn take(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        if length > self.input.len() {
            return Err(DecodeError::Truncated);
        }
        Ok(self.input.split_to(length))
    }

    fn short_length(&mut self) -> Result<usize, DecodeError> {
        Ok(self.input.try_get_u8()?.into())
    }

    fn middle_length(&mut self) -> Result<usize, DecodeError> {
        Ok(self.input.try_get_u16()?.into())
    }

    fn length(&mut self) -> Result<usize, DecodeError> {
        usize::try_from(self.input.try_get_u32()?).map_err(|_| DecodeError::TooLarge)
    }
}

fn atom(name: ByteString) -> Result<Term, DecodeError> {
    if name.chars().count() > ATOM_CHARACTERS_MAX {
        return Err(DecodeError::Malformed);
    }
    Ok(Term::Atom(name))
}

fn below(depth: usize) -> Result<usize, DecodeError> {
    depth.checked_sub(1).ok_or(DecodeError::TooDeep)
}
