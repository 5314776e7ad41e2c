//! The cursor that finds the end of each value and refuses what is no JSON.

use super::DEPTH_MAX;
use crate::DecodeError;

/// One JSON value that was found and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scanned<'a> {
    /// The value without the whitespace around it; a string with its quotes.
    pub(crate) text: &'a str,
    /// Whether a string in it has escapes.
    pub(crate) escaped: bool,
}

/// A cursor over JSON text.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    position: usize,
    /// Whether the value that is scanned has had an escape.
    escaped: bool,
}

/// Why a scan ended, small enough to be handed up in a register; the position says where.
#[derive(Clone, Copy)]
enum Flaw {
    Invalid,
    TooDeep,
}

type Scan<T = ()> = Result<T, Flaw>;

impl<'a> Scanner<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self {
            text,
            position: 0,
            escaped: false,
        }
    }

    /// Skips whitespace, then takes `byte` if it is next.
    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek_token() == Some(byte);
        self.position += usize::from(found);
        found
    }

    /// Like [`eat`](Self::eat), but anything else is an error.
    #[inline]
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), DecodeError> {
        self.take(byte).map_err(|flaw| self.explain(flaw))
    }

    /// Accepts only whitespace up to the end.
    pub(crate) fn end(&mut self) -> Result<(), DecodeError> {
        match self.peek_token() {
            None => Ok(()),
            Some(_) => Err(self.explain(Flaw::Invalid)),
        }
    }

    /// Skips an object key and its colon; returns the key, quotes included.
    pub(crate) fn key(&mut self) -> Result<Scanned<'a>, DecodeError> {
        self.scan(Self::skip_key_string).and_then(|key| {
            self.expect(b':')?;
            Ok(key)
        })
    }

    /// Skips one value and returns it.
    pub(crate) fn value(&mut self) -> Result<Scanned<'a>, DecodeError> {
        self.scan(Self::skip_value)
    }

    #[inline]
    fn scan(&mut self, skip: impl FnOnce(&mut Self) -> Scan) -> Result<Scanned<'a>, DecodeError> {
        self.peek_token();
        let start = self.position;
        self.escaped = false;
        skip(self).map_err(|flaw| self.explain(flaw))?;
        Ok(Scanned {
            text: &self.text[start..self.position],
            escaped: self.escaped,
        })
    }

    fn skip_value(&mut self) -> Scan {
        match self.peek() {
            Some(b'"') => self.string(),
            _ => self.skip_nested(),
        }
    }

    fn skip_nested(&mut self) -> Scan {
        let mut open = Nesting::new();
        loop {
            let complete = match self.peek_token() {
                Some(b'"') => self.string().map(|()| true),
                Some(b'{') => self.open(&mut open, Container::Object),
                Some(b'[') => self.open(&mut open, Container::Array),
                Some(b't') => self.literal(b"true"),
                Some(b'f') => self.literal(b"false"),
                Some(b'n') => self.literal(b"null"),
                _ => self.number().map(|()| true),
            }?;
            if complete && self.close_or_next(&mut open)? {
                return Ok(());
            }
        }
    }

    /// Enters a container; true when it is empty and thereby a complete value.
    fn open(&mut self, open: &mut Nesting, container: Container) -> Scan<bool> {
        self.position += 1;
        open.push(container)?;
        if self.eat(container.closing()) {
            open.pop();
            return Ok(true);
        }
        if container == Container::Object {
            self.member()?;
        }
        Ok(false)
    }

    /// After a value: closes what ends here; true when the outermost value is complete.
    fn close_or_next(&mut self, open: &mut Nesting) -> Scan<bool> {
        while let Some(container) = open.innermost() {
            match self.peek_token() {
                Some(b',') => {
                    self.position += 1;
                    if container == Container::Object {
                        self.member()?;
                    }
                    return Ok(false);
                }
                Some(byte) if byte == container.closing() => self.position += 1,
                _ => return Err(Flaw::Invalid),
            }
            open.pop();
        }
        Ok(true)
    }

    /// A key and its colon.
    fn member(&mut self) -> Scan {
        self.skip_key_string()?;
        self.take(b':')
    }

    fn skip_key_string(&mut self) -> Scan {
        match self.peek_token() {
            Some(b'"') => self.string(),
            _ => Err(Flaw::Invalid),
        }
    }

    fn literal<const N: usize>(&mut self, word: &[u8; N]) -> Scan<bool> {
        if self.rest().first_chunk() != Some(word) {
            return Err(Flaw::Invalid);
        }
        self.position += N;
        Ok(true)
    }

    /// Skips a number. Integers may have any length; a fraction must fit an f64, since a client
    /// that parses it would otherwise fail on what another one sent.
    fn number(&mut self) -> Scan {
        let start = self.position;
        self.position += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.position += 1;
        } else {
            self.digits()?;
        }
        let integer_end = self.position;
        let mut exponent_digits = 0;
        if self.peek() == Some(b'.') {
            self.position += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.position += 1;
            self.position += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            exponent_digits = self.digits()?;
        }
        // So few digits make less than 10 to the power of 200.
        let is_small = integer_end - start <= 100 && exponent_digits <= 2;
        if is_small || self.position == integer_end || is_finite(&self.text[start..self.position]) {
            Ok(())
        } else {
            Err(Flaw::Invalid)
        }
    }

    fn digits(&mut self) -> Scan<usize> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit());
        let count = digits.count();
        self.position += count;
        if count == 0 {
            Err(Flaw::Invalid)
        } else {
            Ok(count)
        }
    }

    /// Skips a string whose opening quote is next.
    #[inline]
    fn string(&mut self) -> Scan {
        self.position += 1;
        // Most keys are shorter than a word.
        if let Some(word) = self.rest().first_chunk() {
            let plain = plain_bytes_of(*word);
            if word.get(plain) == Some(&b'"') {
                self.position += plain + 1;
                return Ok(());
            }
        }
        self.rest_of_string()
    }

    fn rest_of_string(&mut self) -> Scan {
        loop {
            self.position += plain_bytes(self.rest());
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(Flaw::Invalid),
            }
        }
    }

    fn escape(&mut self) -> Scan {
        self.escaped = true;
        self.position += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.position += 1;
                Ok(())
            }
            Some(b'u') => self.unicode_escape(),
            _ => Err(Flaw::Invalid),
        }
    }

    fn unicode_escape(&mut self) -> Scan {
        match self.code_unit()? {
            0xD800..=0xDBFF => {
                let paired = self.peek() == Some(b'\\');
                self.position += usize::from(paired);
                if paired && matches!(self.code_unit()?, 0xDC00..=0xDFFF) {
                    return Ok(());
                }
                Err(Flaw::Invalid)
            }
            0xDC00..=0xDFFF => Err(Flaw::Invalid),
            _ => Ok(()),
        }
    }

    /// Skips `uXXXX`.
    fn code_unit(&mut self) -> Scan<u16> {
        let Some([b'u', digits @ ..]) = self.rest().first_chunk::<5>() else {
            return Err(Flaw::Invalid);
        };
        let unit = digits.iter().try_fold(0, |unit, &digit| {
            let value = char::from(digit).to_digit(16)?;
            Some(unit << 4 | value as u16)
        });
        self.position += 5;
        unit.ok_or(Flaw::Invalid)
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Scan {
        if self.eat(byte) {
            Ok(())
        } else {
            Err(Flaw::Invalid)
        }
    }

    /// Skips whitespace and looks at what follows it.
    #[inline]
    pub(crate) fn peek_token(&mut self) -> Option<u8> {
        loop {
            let byte = self.peek()?;
            // One comparison tells apart nearly all.
            if byte > b' ' || !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.position += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.position..]
    }

    #[cold]
    fn explain(&self, flaw: Flaw) -> DecodeError {
        match flaw {
            Flaw::Invalid => DecodeError::InvalidJson {
                offset: self.position,
            },
            Flaw::TooDeep => DecodeError::TooDeep,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

impl Container {
    fn closing(self) -> u8 {
        match self {
            Self::Array => b']',
            Self::Object => b'}',
        }
    }
}

/// The open containers, one bit each, the innermost in the lowest.
struct Nesting {
    objects: u128,
    depth: usize,
}

impl Nesting {
    const fn new() -> Self {
        Self {
            objects: 0,
            depth: 0,
        }
    }

    fn push(&mut self, container: Container) -> Scan {
        if self.depth == DEPTH_MAX {
            return Err(Flaw::TooDeep);
        }
        self.depth += 1;
        self.objects = self.objects << 1 | u128::from(container == Container::Object);
        Ok(())
    }

    const fn pop(&mut self) {
        self.depth -= 1;
        self.objects >>= 1;
    }

    #[inline]
    const fn innermost(&self) -> Option<Container> {
        match (self.depth, self.objects as u8 & 1) {
            (0, _) => None,
            (_, 0) => Some(Container::Array),
            _ => Some(Container::Object),
        }
    }
}

// Each open container has its bit.
const _: () = assert!(DEPTH_MAX <= u128::BITS as usize);

fn is_finite(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Counts the leading bytes of a string that need no attention: by words at first, as most strings are short, then by
/// blocks.
fn plain_bytes(bytes: &[u8]) -> usize {
    let (start, rest) = bytes.split_at(bytes.len().min(BLOCK));
    let count = plain_bytes_by_words(start);
    if count < start.len() {
        return count;
    }
    let (blocks, _) = rest.as_chunks::<BLOCK>();
    let plain = BLOCK * blocks.iter().take_while(|block| is_plain(block)).count();
    count + plain + plain_bytes_by_words(&rest[plain..])
}

/// Bytes that the compiler looks at together, with vector instructions.
const BLOCK: usize = 32;
const WORD: usize = size_of::<u64>();

fn is_plain(block: &[u8; BLOCK]) -> bool {
    let special = |any, byte: &u8| any | is_special(*byte);
    !block.iter().fold(false, special)
}

fn plain_bytes_by_words(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<WORD>();
    for (index, word) in words.iter().enumerate() {
        let plain = plain_bytes_of(*word);
        if plain < WORD {
            return index * WORD + plain;
        }
    }
    let plain = rest.iter().take_while(|byte| !is_special(**byte));
    words.len() * WORD + plain.count()
}

const fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Counts the leading bytes of a word that are not special. A borrow can mark bytes above the first special one by
/// mistake, so only the lowest mark counts.
#[inline]
const fn plain_bytes_of(word: [u8; WORD]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH_BITS: u64 = ONES << 7;
    const fn below(word: u64, limit: u64) -> u64 {
        word.wrapping_sub(ONES * limit) & !word
    }
    let word = u64::from_le_bytes(word);
    let quote = below(word ^ (ONES * b'"' as u64), 1);
    let backslash = below(word ^ (ONES * b'\\' as u64), 1);
    let special = (below(word, 0x20) | quote | backslash) & HIGH_BITS;
    special.trailing_zeros() as usize / 8
}
