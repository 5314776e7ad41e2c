//! Rust tokens to the tokens of HTML.
//!
//! The compiler hands over a template as Rust tokens and drops the white space between them. It is brought back from
//! the line and column of each token, without the indentation all lines share, so that the page shows what the source
//! shows.

mod cursor;

use proc_macro2::{Span, TokenStream};
use syn::{Error, Result};

use crate::hint::{self, ELIXIR_TAG};
use crate::token::{Open, Place, TagName, Token, raw_element};
use crate::tree::{AttributeName, Expression, Value, escape};
use cursor::{Cursor, Kind, Piece};

/// Splits a template into the tokens of HTML.
pub(crate) fn tokenize(template: TokenStream) -> Result<Vec<Token>> {
    Tokenizer {
        cursor: Cursor::new(template),
        tokens: Vec::new(),
    }
    .run()
}

struct Tokenizer {
    cursor: Cursor,
    tokens: Vec<Token>,
}

impl Tokenizer {
    fn run(mut self) -> Result<Vec<Token>> {
        while let Some(piece) = self.cursor.peek().cloned() {
            self.text(self.cursor.white_space());
            match &piece.kind {
                Kind::Braces(code) => {
                    self.cursor.skip();
                    self.tokens.push(Token::Expression(Expression {
                        code: code.clone(),
                        span: piece.span,
                    }));
                }
                Kind::Text(text) => {
                    self.cursor.skip();
                    self.text(literal(text, piece.span)?);
                }
                _ if piece.is("<") => self.markup(&piece)?,
                _ if self.cursor.is_made() => {
                    let text = "text inside the braces of a file is a string literal, as its spacing is not known here";
                    return Err(Error::new(piece.span, text));
                }
                _ => {
                    self.cursor.skip();
                    self.text(if piece.is(">") {
                        "&gt;".into()
                    } else {
                        piece.source
                    });
                }
            }
        }
        Ok(self.tokens)
    }

    fn text(&mut self, text: String) {
        match self.tokens.last_mut() {
            _ if text.is_empty() => {}
            Some(Token::Text(last)) => last.push_str(&text),
            _ => self.tokens.push(Token::Text(text)),
        }
    }

    fn markup(&mut self, less: &Piece) -> Result<()> {
        let next = |at: usize| self.cursor.peek_at(at).map_or("", |piece| &piece.source);
        match (next(1), next(2), next(3)) {
            ("!", "-", "-") => self.verbatim_until(less, &["-", "-", ">"], "`-->` of this comment"),
            ("!", ..) => self.verbatim_until(less, &[">"], "`>` of this declaration"),
            ("/", ..) => self.close_tag(),
            ("%", ..) => Err(Error::new(less.span, ELIXIR_TAG)),
            _ => self.open_tag(less),
        }
    }

    /// Comments and `<!DOCTYPE html>` are written as they are.
    fn verbatim_until(&mut self, start: &Piece, end: &[&str], missing: &str) -> Result<()> {
        let mut text = String::new();
        loop {
            let Some(piece) = self.cursor.next() else {
                return Err(Error::new(start.span, format!("missing {missing}")));
            };
            text.push_str(piece.verbatim().trim_matches('"'));
            if end
                .iter()
                .enumerate()
                .all(|(at, end)| self.cursor.peek_at(at).is_some_and(|next| next.is(end)))
            {
                break;
            }
            text.push_str(&self.cursor.white_space());
        }
        for end in end {
            text.push_str(&self.cursor.white_space());
            text.push_str(end);
            self.cursor.skip();
        }
        self.text(text);
        Ok(())
    }

    fn close_tag(&mut self) -> Result<()> {
        self.cursor.skip();
        let slash = self
            .cursor
            .next()
            .map_or_else(Span::call_site, |piece| piece.span);
        let (name, span) = self.tag_name(slash)?;
        match self.cursor.next() {
            Some(piece) if piece.is(">") => self.tokens.push(Token::Close {
                name,
                place: Place::of(span),
            }),
            piece => {
                return Err(Error::new(
                    piece.map_or(span, |piece| piece.span),
                    "expected `>`",
                ));
            }
        }
        Ok(())
    }

    fn open_tag(&mut self, less: &Piece) -> Result<()> {
        self.cursor.skip();
        let (name, span) = self.tag_name(less.span)?;
        let mut open = Open::new(name, Place::of(span));
        loop {
            let Some(piece) = self.cursor.peek().cloned() else {
                return Err(Error::new(
                    span,
                    format!("missing `>` of `<{}`", open.name.written()),
                ));
            };
            if piece.is(">") {
                self.cursor.skip();
                break;
            }
            if piece.is("/") && self.cursor.peek_at(1).is_some_and(|next| next.is(">")) {
                self.cursor.skip();
                self.cursor.skip();
                open.closed = true;
                break;
            }
            self.attribute(&mut open, piece)?;
        }
        let (raw, colocated) = (raw_element(&open), open.directives.kind.is_some());
        self.tokens.push(Token::Open(Box::new(open)));
        if let Some(name) = raw {
            self.raw_text(name, colocated)
        } else {
            Ok(())
        }
    }

    fn tag_name(&mut self, before: Span) -> Result<(TagName, Span)> {
        let Some(first) = self.cursor.peek().cloned() else {
            return Err(Error::new(before, "expected the name of a tag"));
        };
        match first.source.as_str() {
            ">" => Ok((TagName::Fragment, before)),
            "." => {
                self.cursor.skip();
                let (path, written, span) = self.path(&first)?;
                Ok((TagName::Component(path, format!(".{written}")), span))
            }
            ":" => {
                self.cursor.skip();
                match self.cursor.next() {
                    Some(Piece {
                        kind: Kind::Word(Some(name)),
                        span,
                        ..
                    }) => Ok((TagName::Slot(name), span)),
                    _ => Err(Error::new(first.span, "expected the name of a slot")),
                }
            }
            _ if matches!(first.kind, Kind::Word(Some(_))) => self.element_or_path(&first),
            _ => Err(Error::new(
                before,
                "`<` begins a tag; for the character itself write the literal \"<\"",
            )),
        }
    }

    fn element_or_path(&mut self, first: &Piece) -> Result<(TagName, Span)> {
        let colon = |at| {
            self.cursor
                .peek_at(at)
                .is_some_and(|piece: &Piece| piece.is(":"))
        };
        if colon(1) && colon(2) {
            let (path, written, span) = self.path(first)?;
            return Ok((TagName::Component(path, written), span));
        }
        let (name, span) = self.adjoining(&["-", ":", ".", "_"]);
        Ok((TagName::Element(name), span))
    }

    /// `a::b::c`.
    fn path(&mut self, before: &Piece) -> Result<(TokenStream, String, Span)> {
        let (mut path, mut written, mut span) = (TokenStream::new(), String::new(), before.span);
        loop {
            let Some(Piece {
                kind: Kind::Word(Some(word)),
                source,
                span: word_span,
                ..
            }) = self.cursor.next()
            else {
                return Err(Error::new(span, "expected the name of a component"));
            };
            (span, written) = (word_span, written + &source);
            path.extend([proc_macro2::TokenTree::Ident(word)]);
            let colon = |at| {
                self.cursor
                    .peek_at(at)
                    .is_some_and(|piece: &Piece| piece.is(":"))
            };
            if !(colon(0) && colon(1)) {
                return Ok((path, written, span));
            }
            self.cursor.skip();
            self.cursor.skip();
            written.push_str("::");
            path.extend(quote::quote_spanned!(span=> ::));
        }
    }

    /// Words and the given punctuation, as long as they stand without space between them.
    fn adjoining(&mut self, punctuation: &[&str]) -> (String, Span) {
        let (mut name, mut span) = (String::new(), Span::call_site());
        while let Some(piece) = self.cursor.peek() {
            let belongs =
                matches!(piece.kind, Kind::Word(_)) || punctuation.contains(&piece.source.as_str());
            if !belongs || (!name.is_empty() && !self.cursor.white_space().is_empty()) {
                break;
            }
            if name.is_empty() {
                span = piece.span;
            }
            name.push_str(piece.source.strip_prefix("r#").unwrap_or(&piece.source));
            self.cursor.skip();
        }
        (name, span)
    }

    fn attribute(&mut self, open: &mut Open, first: Piece) -> Result<()> {
        if let Kind::Braces(code) = first.kind {
            self.cursor.skip();
            return open.spread(Expression {
                code,
                span: first.span,
            });
        }
        let (text, span) = self.adjoining(&["-", ":", ".", "_", "@", "#"]);
        if text.is_empty() {
            return Err(Error::new(first.span, "expected an attribute, `>` or `/>`"));
        }
        let value = self.attribute_value(&text)?;
        open.add(AttributeName { text, span }, value)
    }

    fn attribute_value(&mut self, name: &str) -> Result<Value> {
        if !self.cursor.peek().is_some_and(|piece| piece.is("=")) {
            return Ok(Value::Bare);
        }
        let equals = self
            .cursor
            .next()
            .map_or_else(Span::call_site, |piece| piece.span);
        match self.cursor.next() {
            Some(Piece {
                kind: Kind::Braces(code),
                span,
                ..
            }) => Ok(Value::Expression(Expression { code, span })),
            Some(Piece {
                kind: Kind::Text(text),
                span,
                ..
            }) => Ok(Value::Text(text, span)),
            piece => Err(Error::new(
                piece.map_or(equals, |piece| piece.span),
                format!(
                    "the value of an attribute is a string or an expression in braces: `{name}=\"...\"` or `{name}={{...}}`"
                ),
            )),
        }
    }

    /// The content of `<script>` and `<style>`: string literals give their text, one pair of braces an expression,
    /// anything else is written as it stands, as are the braces of what is colocated.
    fn raw_text(&mut self, name: &'static str, colocated: bool) -> Result<()> {
        let start = self.tokens.len();
        let mut pieces = Vec::new();
        let mut text = String::new();
        while !self.at_close_of(name) {
            text.push_str(&self.cursor.white_space());
            let Some(piece) = self.cursor.next() else {
                return Err(Error::new(
                    Span::call_site(),
                    format!("missing `</{name}>`"),
                ));
            };
            text.push_str(&piece.verbatim());
            pieces.push(piece);
        }
        text.push_str(&self.cursor.white_space());
        match pieces.as_slice() {
            [
                Piece {
                    kind: Kind::Braces(code),
                    span,
                    ..
                },
            ] if !colocated => {
                self.tokens.push(Token::Expression(Expression {
                    code: code.clone(),
                    span: *span,
                }));
            }
            pieces
                if !pieces.is_empty()
                    && pieces
                        .iter()
                        .all(|piece| matches!(piece.kind, Kind::Text(_))) =>
            {
                let literals = pieces.iter().map(Piece::literal_text).collect();
                self.tokens.push(Token::Text(literals));
            }
            _ => self.tokens.push(Token::Text(text)),
        }
        debug_assert!(self.tokens.len() > start);
        Ok(())
    }

    fn at_close_of(&self, name: &str) -> bool {
        let next = |at: usize| self.cursor.peek_at(at).map_or("", |piece| &piece.source);
        next(0) == "<" && next(1) == "/" && next(2) == name
    }
}

/// The text of a string literal, escaped: in Rust it is text, not HTML.
fn literal(text: &str, span: Span) -> Result<String> {
    if let Some(hint) = hint::interpolation(text, "") {
        return Err(Error::new(span, hint));
    }
    match entity(text) {
        Some(entity) => Err(Error::new(
            span,
            format!(
                "a string literal is text, so `{entity}` would be shown as written; write the character itself, or the entity without quotes"
            ),
        )),
        None => Ok(escape(text)),
    }
}

/// The first entity in a text, as `&amp;` or `&#39;`.
pub(crate) fn entity(text: &str) -> Option<&str> {
    text.match_indices('&').find_map(|(at, _)| {
        let end = at + text[at..].find(';')?;
        let name = &text[at + 1..end];
        let entity = !name.is_empty()
            && name.len() <= 32
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#');
        entity.then(|| &text[at..=end])
    })
}
