//! Rust tokens to the tokens of HTML.
//!
//! The compiler hands over a template as Rust tokens and drops the white space between them. It is brought back from
//! the line and column of each token, without the indentation all lines share, so that the page shows what the source
//! shows.

mod cursor;

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Error, Result};

use crate::tree::{Attribute, AttributeName, Directives, Expression, Value, escape};
use cursor::{Cursor, Kind, Piece};

/// A token of HTML.
#[derive(Debug)]
pub(crate) enum Token {
    /// HTML as it will be written.
    Text(String),
    /// `{expression}`.
    Expression(Expression),
    /// `<name attributes>` or `<name attributes />`.
    Open(Box<Open>),
    /// `</name>`.
    Close { name: TagName, span: Span },
}

/// An opening tag.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) name: TagName,
    pub(crate) span: Span,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) directives: Directives,
    /// Written `<name />`.
    pub(crate) closed: bool,
}

/// What stands behind `<`.
#[derive(Debug, Clone)]
pub(crate) enum TagName {
    /// An HTML element.
    Element(String),
    /// `.name` or `path::name`: the path, and how it was written.
    Component(TokenStream, String),
    /// `:name`.
    Slot(Ident),
    /// `<>`.
    Fragment,
}

impl TagName {
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Element(name) | Self::Component(_, name) => name.clone(),
            Self::Slot(name) => format!(":{name}"),
            Self::Fragment => String::new(),
        }
    }
}

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
            Some(piece) if piece.is(">") => self.tokens.push(Token::Close { name, span }),
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
        let mut open = Open {
            name,
            span,
            attributes: Vec::new(),
            directives: Directives::default(),
            closed: false,
        };
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
        let raw = raw_text(&open);
        self.tokens.push(Token::Open(Box::new(open)));
        if let Some(name) = raw {
            self.raw_text(name)
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
            open.attributes.push(spread(code, first.span)?);
            return Ok(());
        }
        let (text, span) = self.adjoining(&["-", ":", ".", "_", "@", "#"]);
        if text.is_empty() {
            return Err(Error::new(first.span, "expected an attribute, `>` or `/>`"));
        }
        let value = self.attribute_value(&text)?;
        match text.strip_prefix(':') {
            Some(directive) => set_directive(&mut open.directives, directive, value, span),
            None if open.attributes.iter().any(|held| held.name.text == text) => Err(Error::new(
                span,
                format!("the attribute `{text}` is given twice"),
            )),
            None => {
                open.attributes.push(Attribute {
                    name: AttributeName { text, span },
                    value,
                });
                Ok(())
            }
        }
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
    /// anything else is written as it stands.
    fn raw_text(&mut self, name: &'static str) -> Result<()> {
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
            ] => {
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

fn raw_text(open: &Open) -> Option<&'static str> {
    match &open.name {
        TagName::Element(name) if !open.closed => {
            ["script", "style"].into_iter().find(|raw| raw == name)
        }
        _ => None,
    }
}

/// The text of a string literal, escaped: in Rust it is text, not HTML.
fn literal(text: &str, span: Span) -> Result<String> {
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

fn spread(code: TokenStream, span: Span) -> Result<Attribute> {
    let mut tokens = code.into_iter();
    let dot =
        |token: Option<proc_macro2::TokenTree>| token.is_some_and(|token| token.to_string() == ".");
    if !(dot(tokens.next()) && dot(tokens.next())) {
        return Err(Error::new(
            span,
            "attributes are spread with two dots: `{..attributes}`",
        ));
    }
    let value = Value::Spread(Expression {
        code: tokens.collect(),
        span,
    });
    Ok(Attribute {
        name: AttributeName {
            text: String::new(),
            span,
        },
        value,
    })
}

fn set_directive(directives: &mut Directives, name: &str, value: Value, span: Span) -> Result<()> {
    let place = match name {
        "if" => &mut directives.condition,
        "for" => &mut directives.generator,
        "key" => &mut directives.key,
        "let" => &mut directives.pattern,
        _ => {
            let known = "`:if`, `:for`, `:key` and `:let`";
            return Err(Error::new(
                span,
                format!("there is no `:{name}`; attributes with a colon are {known}"),
            ));
        }
    };
    let Value::Expression(expression) = value else {
        return Err(Error::new(
            span,
            format!("`:{name}` takes Rust code in braces: `:{name}={{...}}`"),
        ));
    };
    if place.replace(expression).is_some() {
        return Err(Error::new(span, format!("`:{name}` is given twice")));
    }
    Ok(())
}
