//! The Rust tokens of a template as a flat list, with the white space that stood between them.

use proc_macro2::{Delimiter, Group, Ident, LineColumn, Span, TokenStream, TokenTree};

/// A Rust token, or braces with all that is in them.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    /// The token as it stands in the source.
    pub(super) source: String,
    pub(super) span: Span,
    start: LineColumn,
    end: LineColumn,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// A word (with its identifier) or a number.
    Word(Option<Ident>),
    /// A string literal: its text.
    Text(String),
    /// `{...}`.
    Braces(TokenStream),
    /// Anything else: one character of punctuation, a bracket, a character literal.
    Other,
}

impl Piece {
    pub(super) fn is(&self, source: &str) -> bool {
        self.source == source && !matches!(self.kind, Kind::Text(_))
    }

    fn is_word(&self) -> bool {
        matches!(self.kind, Kind::Word(_))
    }

    /// The source text; for braces with the spacing inside them.
    pub(super) fn verbatim(&self) -> String {
        match &self.kind {
            Kind::Braces(_) => self
                .span
                .source_text()
                .unwrap_or_else(|| self.source.clone()),
            _ => self.source.clone(),
        }
    }

    pub(super) fn literal_text(&self) -> &str {
        match &self.kind {
            Kind::Text(text) => text,
            _ => "",
        }
    }
}

#[derive(Debug)]
pub(super) struct Cursor {
    pieces: Vec<Piece>,
    at: usize,
    /// The column all lines share.
    indentation: usize,
    /// The tokens tell where they stand; those that a macro made of text do not.
    placed: bool,
}

impl Cursor {
    pub(super) fn new(template: TokenStream) -> Self {
        let mut pieces = Vec::new();
        flatten(template, &mut pieces);
        let indentation = indentation(&pieces);
        let placed = pieces.len() < 2 || pieces.iter().any(|piece| piece.start != pieces[0].start);
        Self {
            pieces,
            at: 0,
            indentation,
            placed,
        }
    }

    /// Whether the tokens were made of text that is not the source around them. (Editors that know no places of tokens
    /// know no source either.)
    pub(super) fn is_made(&self) -> bool {
        let elsewhere = |piece: &Piece| {
            piece
                .span
                .source_text()
                .is_some_and(|source| source != piece.source)
        };
        !self.placed && self.pieces.first().is_some_and(elsewhere)
    }

    pub(super) fn peek(&self) -> Option<&Piece> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<&Piece> {
        self.pieces.get(self.at + ahead)
    }

    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    pub(super) fn next(&mut self) -> Option<Piece> {
        let piece = self.peek().cloned();
        self.skip();
        piece
    }

    /// What stood between the last token and the next.
    pub(super) fn white_space(&self) -> String {
        let last = self.at.checked_sub(1).and_then(|at| self.pieces.get(at));
        match (last, self.peek()) {
            (Some(last), Some(next)) if self.placed => {
                between(last.end, next.start, self.indentation)
            }
            (Some(last), Some(next)) if last.is_word() && next.is_word() => " ".into(),
            _ => String::new(),
        }
    }
}

fn between(end: LineColumn, start: LineColumn, indentation: usize) -> String {
    match start.line.checked_sub(end.line) {
        Some(0) => start
            .column
            .checked_sub(end.column)
            .map_or_else(|| " ".into(), |columns| " ".repeat(columns)),
        Some(lines) => "\n".repeat(lines) + &" ".repeat(start.column.saturating_sub(indentation)),
        // Tokens that another macro put together have no order.
        None => " ".into(),
    }
}

fn indentation(pieces: &[Piece]) -> usize {
    let begins_line = |at: usize| at == 0 || pieces[at - 1].end.line < pieces[at].start.line;
    let columns = (0..pieces.len())
        .filter(|&at| begins_line(at))
        .map(|at| pieces[at].start.column);
    columns.min().unwrap_or(0)
}

fn flatten(tokens: TokenStream, pieces: &mut Vec<Piece>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => flatten_group(&group, pieces),
            TokenTree::Ident(ident) => pieces.push(piece(
                Kind::Word(Some(ident.clone())),
                ident.to_string(),
                ident.span(),
            )),
            TokenTree::Punct(punct) => pieces.push(piece(
                Kind::Other,
                punct.as_char().to_string(),
                punct.span(),
            )),
            TokenTree::Literal(literal) => {
                let source = literal.to_string();
                let kind = match syn::Lit::new(literal.clone()) {
                    syn::Lit::Str(text) => Kind::Text(text.value()),
                    syn::Lit::Int(_) | syn::Lit::Float(_) => Kind::Word(None),
                    _ => Kind::Other,
                };
                pieces.push(piece(kind, source, literal.span()));
            }
        }
    }
}

fn flatten_group(group: &Group, pieces: &mut Vec<Piece>) {
    let (open, close) = match group.delimiter() {
        Delimiter::Brace => {
            return pieces.push(piece(
                Kind::Braces(group.stream()),
                group.to_string(),
                group.span(),
            ));
        }
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => return flatten(group.stream(), pieces),
    };
    pieces.push(piece(Kind::Other, open.into(), group.span_open()));
    flatten(group.stream(), pieces);
    pieces.push(piece(Kind::Other, close.into(), group.span_close()));
}

fn piece(kind: Kind, source: String, span: Span) -> Piece {
    Piece {
        kind,
        source,
        span,
        start: span.start(),
        end: span.end(),
    }
}
