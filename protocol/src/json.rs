//! Finds and checks JSON values in place, without building them.
//!
//! `serde_json` could check as well, but its `IgnoredAny` and `RawValue` neither limit the depth
//! nor refuse lone surrogates, and a value that passes here is relayed to other clients verbatim.

use std::borrow::Cow;
use std::ops::Range;

use crate::DecodeError;

/// The deepest nesting of arrays and objects in one JSON value: the deepest that `serde_json`
/// reads back with its default limit. Deeper values are malformed.
pub const DEPTH_MAX: usize = 127;

/// Checks that `text` is one JSON value with nothing but whitespace around it.
pub(crate) fn check(text: &str) -> Result<Range<usize>, DecodeError> {
    let mut scanner = Scanner::new(text);
    let value = scanner.value()?;
    scanner.end()?;
    Ok(value)
}

/// Appends `text` as a JSON string.
pub(crate) fn write_str(buffer: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(buffer, text).expect("writing text to a Vec cannot fail");
}

/// The content of a checked JSON string, given with its quotes.
pub(crate) fn unquote(quoted: &str) -> Cow<'_, str> {
    if quoted.contains('\\') {
        Cow::Owned(serde_json::from_str(quoted).expect("the scanner has accepted this string"))
    } else {
        Cow::Borrowed(&quoted[1..quoted.len() - 1])
    }
}

/// Removes the whitespace between the tokens of a checked JSON value.
pub(crate) fn compact(value: &str) -> String {
    let mut in_string = false;
    let mut escaped = false;
    let keep = |c: &char| {
        let blank = !in_string && matches!(c, ' ' | '\t' | '\n' | '\r');
        in_string ^= *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        !blank
    };
    value.chars().filter(keep).collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!("{open}{close}")
    }

    #[test]
    fn nesting_is_accepted_up_to_depth_max() {
        assert_eq!(check(&nested(DEPTH_MAX)), Ok(0..2 * DEPTH_MAX));
        assert_eq!(check(&nested(DEPTH_MAX + 1)), Err(DecodeError::TooDeep));
        assert!(serde_json::from_str::<serde_json::Value>(&nested(DEPTH_MAX)).is_ok());
        let objects = r#"{"a":"#.repeat(DEPTH_MAX) + "1" + &"}".repeat(DEPTH_MAX);
        assert!(check(&objects).is_ok());
        assert_eq!(check(&format!("[{objects}]")), Err(DecodeError::TooDeep));
    }

    // F-5
    #[test]
    fn lone_surrogates_are_invalid() {
        for text in [
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\ud800\u0041""#,
            r#""\ud800x""#,
            r#""\ud83d\ud83d""#,
        ] {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check(r#""\ud83d\uDE00""#).is_ok());
    }

    // F-5
    #[test]
    fn integers_of_any_length_pass_and_infinite_fractions_do_not() {
        assert!(check(&"9".repeat(400)).is_ok());
        assert!(check("12345678901234567890123").is_ok());
        assert!(check("1e308").is_ok());
        assert!(check("1e309").is_err());
        assert!(check(&format!("{}.5", "9".repeat(400))).is_err());
    }

    #[test]
    fn agrees_with_serde_json_on_hand_picked_texts() {
        for text in [
            "",
            " ",
            "{}",
            "[]",
            "{ }",
            "[ ]",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{1:2}",
            "nul",
            "null",
            "true",
            "false",
            "tru",
            "-",
            "-0",
            "01",
            "1.",
            ".5",
            "1.5",
            "1e",
            "1e+",
            "1e+5",
            "1E-5",
            "+1",
            "\"",
            "\"a",
            "\"a\"",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\\u00e9\"",
            "\"a\nb\"",
            "\"\u{7f}\"",
            "[[],{}]",
            "[1 2]",
            "{\"a\":1 \"b\":2}",
            "[1}",
            "{\"a\":1]",
            " [ 1 , { \"a\" : [ ] } ] ",
            "1 2",
            "[]x",
            "\"01234567\\\"89\"",
            "\"0123456\u{1}789\"",
            "\"wörld wörld wörld\"",
            "[\"\\u0000\"]",
        ] {
            let serde = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(check(text).is_ok(), serde, "{text:?}");
        }
    }

    #[test]
    fn value_stops_at_its_end() {
        let mut scanner = Scanner::new(" {\"a\":[1,2]} , 7");
        assert_eq!(scanner.value(), Ok(1..12));
        assert!(scanner.eat(b','));
        assert_eq!(scanner.value(), Ok(15..16));
        assert_eq!(scanner.end(), Ok(()));
    }

    #[test]
    fn compacting_leaves_strings_alone() {
        assert_eq!(
            compact("{ \"a b\" : [ 1 ,\n\"c \\\" d\" , \"\\\\\" ] }"),
            r#"{"a b":[1,"c \" d","\\"]}"#
        );
    }
}
