//! Goes through the text of a file.

use crate::token::Place;

pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    file: &'t str,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str, file: &'t str) -> Self {
        Self { text, at: 0, file }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn take(&mut self, len: usize) -> &'t str {
        let taken = &self.rest()[..len];
        self.at += len;
        taken
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn starts_with(&self, start: &str) -> bool {
        self.rest().starts_with(start)
    }

    pub(super) fn skip(&mut self, start: &str) -> bool {
        let there = self.starts_with(start);
        if there {
            self.take(start.len());
        }
        there
    }

    pub(super) fn skip_space(&mut self) {
        let space = self.rest().len() - self.rest().trim_start().len();
        self.take(space);
    }

    /// The text before any of these characters, which is not empty because none of them is next.
    pub(super) fn take_until(&mut self, ends: &[char]) -> &'t str {
        self.take(self.rest().find(ends).unwrap_or(self.rest().len()))
    }

    /// The text up to and with `end`.
    pub(super) fn take_through(&mut self, end: &str) -> Option<&'t str> {
        let len = self.rest().find(end)? + end.len();
        Some(self.take(len))
    }

    /// The text before `end`.
    pub(super) fn take_to(&mut self, end: &str) -> Option<&'t str> {
        let len = self.rest().find(end)?;
        Some(self.take(len))
    }

    /// The name of a tag or an attribute; empty if none is next.
    pub(super) fn take_name(&mut self) -> &'t str {
        let ends = |c: char| c.is_whitespace() || "<>/={\"'".contains(c);
        self.take(self.rest().find(ends).unwrap_or(self.rest().len()))
    }

    /// The Rust code in the braces that are next.
    pub(super) fn braces(&mut self) -> Option<&'t str> {
        let len = rust_len(self.rest().strip_prefix('{')?)?;
        let code = self.take(len + 2);
        Some(&code[1..=len])
    }

    pub(super) fn place(&self) -> Place {
        let before = &self.text[..self.at];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count())
            + 1;
        Place::in_file(format!("{}:{line}:{column}", self.file))
    }
}

/// The length of Rust code up to the brace that closes it.
fn rust_len(code: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        let rest = &code[at..];
        let next = rest.chars().next()?;
        match next {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        at += token_len(rest, next)?;
    }
}

/// The length of what is next, so that braces in strings, characters and comments are not counted.
fn token_len(rest: &str, next: char) -> Option<usize> {
    match next {
        '"' => string_len(rest),
        '\'' => Some(character_len(rest)),
        'r' if raw_string(rest).is_some() => raw_string(rest).flatten(),
        '/' if rest.starts_with("//") => Some(rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => Some(rest.find("*/")? + 2),
        c if c.is_alphanumeric() || c == '_' => {
            // A word is passed whole, so that the `r` at its end begins no raw string.
            let word = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            Some(word)
        }
        c => Some(c.len_utf8()),
    }
}

fn string_len(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// A character literal, or the quote of a lifetime alone.
fn character_len(rest: &str) -> usize {
    let inside = &rest[1..];
    let len = match inside.strip_prefix('\\') {
        Some(escape) => escape
            .char_indices()
            .nth(1)
            .and_then(|(at, _)| escape[at..].find('\''))
            .map(|end| {
                let first = escape.chars().next().map_or(0, char::len_utf8);
                1 + first + end
            }),
        None => inside
            .chars()
            .next()
            .map(char::len_utf8)
            .filter(|len| inside[*len..].starts_with('\'')),
    };
    len.map_or(1, |len| len + 2)
}

/// `Some` if a raw string is next, with its length if it ends.
fn raw_string(rest: &str) -> Option<Option<usize>> {
    let hashes = rest[1..].len() - rest[1..].trim_start_matches('#').len();
    let body = rest[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(body.find(&end).map(|at| 2 + hashes + at + end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_end_where_rust_ends_them() {
        let cases = [
            ("a}", "a"),
            ("if x { y } else { z }} rest", "if x { y } else { z }"),
            ("\"}\\\"}\"}", "\"}\\\"}\""),
            ("'}'}", "'}'"),
            ("'\\''}", "'\\''"),
            ("'\\u{7d}'}", "'\\u{7d}'"),
            ("x::<'a>()}", "x::<'a>()"),
            ("r#\"}\"}\"#}", "r#\"}\"}\"#"),
            ("bar\"}\"}", "bar\"}\""),
            ("a // }\n}", "a // }\n"),
            ("a /* } */}", "a /* } */"),
        ];
        for (text, code) in cases {
            let source = format!("{{{text}");
            assert_eq!(Scanner::new(&source, "f").braces(), Some(code), "{text}");
        }
        for open in ["a", "{ }", "\"}", "r\"}", "/* }"] {
            assert_eq!(
                Scanner::new(&format!("{{{open}"), "f").braces(),
                None,
                "{open}"
            );
        }
    }
}
