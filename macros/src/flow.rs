//! `if`, `match`, `for` and `let` in braces, which may hold markup.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Error, Expr, Ident, Pat, Result, Token, token};

use crate::hint;
use crate::parser::{self, Markup};
use crate::tokenizer;
use crate::tree::{Expression, Node, is_void};

/// An expression in braces that chooses between templates or repeats one.
#[derive(Debug)]
pub(crate) enum Flow {
    /// `if a {} else if b {} else {}`: the conditions with their bodies, and the body of the last `else`.
    If(Vec<(TokenStream, Body)>, Option<Body>),
    /// `match value { pattern if guard => body }`.
    Match(TokenStream, Vec<(TokenStream, Body)>),
    /// `for pattern in items { body }`.
    For(Box<Generator>, Body),
    /// `let` statements, and what they are for.
    Let(Body),
}

/// What stands in a branch.
#[derive(Debug)]
pub(crate) enum Body {
    /// Markup, with the `let` statements before it.
    Markup(TokenStream, Vec<Node>),
    /// Rust, or again a flow, with the `let` statements before that.
    Code(TokenStream, Expression),
}

/// `pattern in items`, of a `for` or a `:for`.
#[derive(Debug)]
pub(crate) struct Generator {
    pub(crate) pattern: Pat,
    pub(crate) items: Expr,
}

impl Parse for Generator {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let pattern = Pat::parse_multi_with_leading_vert(input)?;
        input.parse::<Token![in]>()?;
        let items = if input.is_empty() {
            input.parse()?
        } else {
            Expr::parse_without_eager_brace(input)?
        };
        Ok(Self { pattern, items })
    }
}

/// Parses the value of `:for`.
pub(crate) fn generator(expression: &Expression) -> Result<Generator> {
    let parsed = Generator::parse.parse2(expression.code.clone());
    parsed.map_err(|error| {
        explain(
            &error,
            expression.span,
            "`:for` is written as a loop: `:for={item in items}`",
        )
    })
}

/// Finds the flow in an expression; any other Rust expression gives `None`.
pub(crate) fn parse(expression: &Expression) -> Result<Option<Flow>> {
    let mut tokens = expression.code.clone().into_iter();
    if tokens.next().is_some_and(|first| is_word(&first, "let")) {
        let mut group = Group::new(Delimiter::Brace, expression.code.clone());
        group.set_span(expression.span);
        return Ok(Some(Flow::Let(content(group)?)));
    }
    let find = |input: ParseStream<'_>| {
        let parse = flow_parser(input);
        input.parse::<TokenStream>().map(|_| parse)
    };
    let Some(parse) = find.parse2(expression.code.clone())? else {
        return Ok(None);
    };
    let whole = |input: ParseStream<'_>| {
        let flow = parse(input)?;
        // An operator or a method call behind it makes the whole a plain expression.
        let rest: TokenStream = input.parse()?;
        Ok(rest.is_empty().then_some(flow))
    };
    whole.parse2(expression.code.clone())
}

type FlowParser = fn(ParseStream<'_>) -> Result<Flow>;

fn flow_parser(input: ParseStream<'_>) -> Option<FlowParser> {
    if input.peek(Token![if]) {
        Some(parse_if)
    } else if input.peek(Token![match]) {
        Some(parse_match)
    } else if input.peek(Token![for]) {
        Some(parse_for)
    } else {
        None
    }
}

fn parse_if(input: ParseStream<'_>) -> Result<Flow> {
    let (mut branches, mut otherwise) = (Vec::new(), None);
    loop {
        input.parse::<Token![if]>()?;
        let condition = Expr::parse_without_eager_brace(input)?.into_token_stream();
        branches.push((condition, block(input)?));
        if input.parse::<Option<Token![else]>>()?.is_none() {
            break;
        }
        if !input.peek(Token![if]) {
            otherwise = Some(block(input)?);
            break;
        }
    }
    Ok(Flow::If(branches, otherwise))
}

fn parse_match(input: ParseStream<'_>) -> Result<Flow> {
    input.parse::<Token![match]>()?;
    let value = Expr::parse_without_eager_brace(input)?.into_token_stream();
    let arms = braces(input)?;
    let arms = parse_arms.parse2(arms.stream())?;
    Ok(Flow::Match(value, arms))
}

fn parse_arms(input: ParseStream<'_>) -> Result<Vec<(TokenStream, Body)>> {
    let mut arms = Vec::new();
    while !input.is_empty() {
        let mut pattern = Pat::parse_multi_with_leading_vert(input)?.into_token_stream();
        if let Some(guard) = input.parse::<Option<Token![if]>>()? {
            guard.to_tokens(&mut pattern);
            input.parse::<Expr>()?.to_tokens(&mut pattern);
        }
        input.parse::<Token![=>]>()?;
        arms.push((pattern, arm(input)?));
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(arms)
}

fn arm(input: ParseStream<'_>) -> Result<Body> {
    if input.peek(Token![<]) {
        return markup(TokenStream::new(), one_element(input)?);
    }
    if input.peek(token::Brace) {
        return block(input);
    }
    let span = input.span();
    let code = match flow_parser(&input.fork()) {
        Some(flow) => skipped(input, flow)?,
        None => input.parse::<Expr>()?.into_token_stream(),
    };
    Ok(Body::Code(TokenStream::new(), Expression { code, span }))
}

/// The tokens that `parse` takes.
fn skipped(input: ParseStream<'_>, parse: FlowParser) -> Result<TokenStream> {
    let from = input.fork();
    parse(input)?;
    let mut tokens = TokenStream::new();
    while from.cursor() != input.cursor() {
        tokens.extend([from.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}

fn parse_for(input: ParseStream<'_>) -> Result<Flow> {
    input.parse::<Token![for]>()?;
    let generator = input.parse()?;
    Ok(Flow::For(Box::new(generator), block(input)?))
}

fn block(input: ParseStream<'_>) -> Result<Body> {
    content(braces(input)?)
}

/// What stands in braces: `let` statements, and then markup, a flow or Rust.
fn content(group: Group) -> Result<Body> {
    let mut tokens = group.stream().into_iter().peekable();
    let mut statements = TokenStream::new();
    while tokens.peek().is_some_and(|token| is_word(token, "let")) {
        for token in tokens.by_ref() {
            let end = is_punct(&token, ';');
            statements.extend([token]);
            if end {
                break;
            }
        }
    }
    if tokens.peek().is_some_and(|token| is_punct(token, '<')) {
        return markup(statements, tokens.collect());
    }
    let flow = ["if", "match", "for"];
    let flow = tokens
        .peek()
        .is_some_and(|token| flow.iter().any(|word| is_word(token, word)));
    let span = group.span();
    if flow {
        return Ok(Body::Code(
            statements,
            Expression {
                code: tokens.collect(),
                span,
            },
        ));
    }
    hint::markup_in_rust(&group)?;
    let code = TokenTree::Group(group).into();
    Ok(Body::Code(TokenStream::new(), Expression { code, span }))
}

/// Markup with what stands before it; the scripts in it are items, which may stand among the statements.
fn markup(mut statements: TokenStream, tokens: TokenStream) -> Result<Body> {
    let Markup { nodes, assets } = tokenizer::tokenize(tokens).and_then(parser::parse)?;
    for asset in assets {
        asset.in_braces()?.to_tokens(&mut statements);
    }
    Ok(Body::Markup(statements, nodes))
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn braces(input: ParseStream<'_>) -> Result<Group> {
    match input.parse()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Ok(group),
        token => Err(Error::new(token.span(), "expected `{`")),
    }
}

/// The tokens of one element, up to the end of its closing tag.
fn one_element(input: ParseStream<'_>) -> Result<TokenStream> {
    let start = input.span();
    let mut tokens = TokenStream::new();
    let mut depth = 0_usize;
    while !input.is_empty() {
        if !input.peek(Token![<]) {
            tokens.extend([input.parse::<TokenTree>()?]);
            continue;
        }
        match tag(input, &mut tokens)? {
            Tag::Open => depth += 1,
            Tag::Close => depth = depth.saturating_sub(1),
            Tag::Closed => {}
        }
        if depth == 0 {
            return Ok(tokens);
        }
    }
    Err(Error::new(
        start,
        "this tag is not closed inside its arm of the `match`",
    ))
}

enum Tag {
    Open,
    Close,
    Closed,
}

fn tag(input: ParseStream<'_>, tokens: &mut TokenStream) -> Result<Tag> {
    tokens.extend([input.parse::<TokenTree>()?]);
    let closes = input.peek(Token![/]);
    let void =
        input.peek(Ident::peek_any) && is_void(&input.fork().call(Ident::parse_any)?.to_string());
    let mut slash = false;
    while !input.is_empty() {
        let token = input.parse::<TokenTree>()?;
        let (ends, closed) = (is_punct(&token, '>'), slash || void);
        slash = is_punct(&token, '/');
        tokens.extend([token]);
        if ends {
            return Ok(if closes {
                Tag::Close
            } else if closed {
                Tag::Closed
            } else {
                Tag::Open
            });
        }
    }
    Err(Error::new(input.span(), "expected `>`"))
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == c)
}

fn explain(error: &Error, span: Span, text: &str) -> Error {
    let mut explained = Error::new(span, text);
    explained.combine(error.clone());
    explained
}
