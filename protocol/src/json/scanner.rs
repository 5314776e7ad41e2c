//! The cursor that finds the end of each value and refuses what is no JSON.

use std::ops::Range;

use crate::DecodeError;

/// A cursor over JSON text.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            position: 0,
        }
    }

    /// Skips whitespace, then takes `byte` if it is next.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        self.skip_whitespace();
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    /// Like [`eat`](Self::eat), but anything else is an error.
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), DecodeError> {
        if self.eat(byte) {
            Ok(())
        } else {
            Err(self.invalid())
        }
    }

    /// Accepts only whitespace up to the end.
    pub(crate) fn end(&mut self) -> Result<(), DecodeError> {
        self.skip_whitespace();
        if self.position == self.bytes.len() {
            Ok(())
        } else {
            Err(self.invalid())
        }
    }

    /// Skips an object key and its colon; returns where the key is, quotes included.
    pub(crate) fn key(&mut self) -> Result<Range<usize>, DecodeError> {
        self.skip_whitespace();
        let start = self.position;
        self.string()?;
        let key = start..self.position;
        self.expect(b':')?;
        Ok(key)
    }

    /// Skips one value and returns where it is, without the whitespace around it.
    pub(crate) fn value(&mut self) -> Result<Range<usize>, DecodeError> {
        self.skip_whitespace();
        let start = self.position;
        let mut open = Nesting::new();
        loop {
            if !self.open_or_scalar(&mut open)? {
                continue;
            }
            if self.close_or_next(&mut open)? {
                return Ok(start..self.position);
            }
        }
    }

    /// Enters a container or skips a scalar or empty container; true when a value was completed.
    fn open_or_scalar(&mut self, open: &mut Nesting) -> Result<bool, DecodeError> {
        self.skip_whitespace();
        match self.peek() {
            Some(b'{') => self.open(open, Container::Object),
            Some(b'[') => self.open(open, Container::Array),
            Some(b'"') => self.string().map(|()| true),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            _ => self.number().map(|()| true),
        }
    }

    fn open(&mut self, open: &mut Nesting, container: Container) -> Result<bool, DecodeError> {
        self.position += 1;
        open.push(container)?;
        if self.eat(container.closing()) {
            open.pop();
            return Ok(true);
        }
        if container == Container::Object {
            self.key()?;
        }
        Ok(false)
    }

    /// After a value: closes what ends here; true when the outermost value is complete.
    fn close_or_next(&mut self, open: &mut Nesting) -> Result<bool, DecodeError> {
        while let Some(container) = open.innermost() {
            if self.eat(b',') {
                if container == Container::Object {
                    self.key()?;
                }
                return Ok(false);
            }
            self.expect(container.closing())?;
            open.pop();
        }
        Ok(true)
    }

    fn literal(&mut self, word: &[u8]) -> Result<bool, DecodeError> {
        if !self.bytes[self.position..].starts_with(word) {
            return Err(self.invalid());
        }
        self.position += word.len();
        Ok(true)
    }

    /// Skips a number. Integers may have any length; a fraction must fit an f64, since a client
    /// that parses it would otherwise fail on what another one sent.
    fn number(&mut self) -> Result<(), DecodeError> {
        let start = self.position;
        self.position += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.position += 1;
        } else {
            self.digits()?;
        }
        let integer_end = self.position;
        if self.peek() == Some(b'.') {
            self.position += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.position += 1;
            self.position += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        if self.position > integer_end && !is_finite(&self.bytes[start..self.position]) {
            return Err(self.invalid());
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), DecodeError> {
        let rest = &self.bytes[self.position..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.position += count;
        if count == 0 {
            Err(self.invalid())
        } else {
            Ok(())
        }
    }

    fn string(&mut self) -> Result<(), DecodeError> {
        if self.peek() != Some(b'"') {
            return Err(self.invalid());
        }
        self.position += 1;
        loop {
            self.position += plain_bytes(&self.bytes[self.position..]);
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(self.invalid()),
            }
        }
    }

    fn escape(&mut self) -> Result<(), DecodeError> {
        self.position += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.position += 1;
                Ok(())
            }
            Some(b'u') => self.unicode_escape(),
            _ => Err(self.invalid()),
        }
    }

    fn unicode_escape(&mut self) -> Result<(), DecodeError> {
        match self.code_unit()? {
            0xD800..=0xDBFF => {
                let paired = self.peek() == Some(b'\\');
                self.position += usize::from(paired);
                if paired && matches!(self.code_unit()?, 0xDC00..=0xDFFF) {
                    return Ok(());
                }
                Err(self.invalid())
            }
            0xDC00..=0xDFFF => Err(self.invalid()),
            _ => Ok(()),
        }
    }

    /// Skips `uXXXX`.
    fn code_unit(&mut self) -> Result<u16, DecodeError> {
        let rest = &self.bytes[self.position..];
        let [b'u', digits @ ..] = rest.first_chunk::<5>().ok_or_else(|| self.invalid())? else {
            return Err(self.invalid());
        };
        let unit = digits.iter().try_fold(0, |unit, &digit| {
            let value = char::from(digit).to_digit(16)?;
            Some(unit << 4 | value as u16)
        });
        self.position += 5;
        unit.ok_or_else(|| self.invalid())
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn invalid(&self) -> DecodeError {
        DecodeError::InvalidJson {
            offset: self.position,
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

/// The open containers, one bit each behind a leading one: room for exactly [`DEPTH_MAX`].
struct Nesting(u128);

impl Nesting {
    fn new() -> Self {
        Self(1)
    }

    fn push(&mut self, container: Container) -> Result<(), DecodeError> {
        if self.0.leading_zeros() == 0 {
            return Err(DecodeError::TooDeep);
        }
        self.0 = self.0 << 1 | u128::from(container == Container::Object);
        Ok(())
    }

    fn pop(&mut self) {
        self.0 >>= 1;
    }

    fn innermost(&self) -> Option<Container> {
        match (self.0, self.0 & 1) {
            (1, _) => None,
            (_, 0) => Some(Container::Array),
            _ => Some(Container::Object),
        }
    }
}

fn is_finite(number: &[u8]) -> bool {
    let text = str::from_utf8(number).expect("a scanned number is ASCII");
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Counts the leading bytes of a string that need no attention, eight at a time.
fn plain_bytes(bytes: &[u8]) -> usize {
    const WORD: usize = size_of::<u64>();
    let mut count = 0;
    for chunk in bytes.as_chunks::<WORD>().0 {
        let special = special_bytes(u64::from_le_bytes(*chunk));
        if special != 0 {
            return count + special.trailing_zeros() as usize / 8;
        }
        count += WORD;
    }
    count
        + bytes[count..]
            .iter()
            .take_while(|byte| !is_special(**byte))
            .count()
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Sets the high bit of each special byte of `word`. A borrow can mark bytes above the first
/// special one by mistake, so only the lowest mark counts.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH_BITS: u64 = ONES << 7;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let quote = below(word ^ (ONES * b'"' as u64), 1);
    let backslash = below(word ^ (ONES * b'\\' as u64), 1);
    (below(word, 0x20) | quote | backslash) & HIGH_BITS
}
