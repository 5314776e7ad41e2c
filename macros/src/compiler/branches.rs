//! The code of what stands in braces or has a directive: choices between templates, and repetitions of one.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::Result;
use syn::spanned::Spanned;

use super::calls::component_call;
use super::roots::Roots;
use super::{Template, mixed, show, sink, string_literal, template};
use crate::flow::{self, Body, Flow, Generator};
use crate::tree::{Component, Directives, Element, Expression, Node};

pub(super) fn flow_code(flow: &Flow, roots: Roots<'_>, place: &TokenStream) -> Result<TokenStream> {
    match flow {
        Flow::If(branches, otherwise) => {
            let mut code = TokenStream::new();
            for (condition, body) in branches {
                let body = body_code(body, roots, place)?;
                code.extend(quote!(if #condition { #body } else));
            }
            let otherwise = otherwise.as_ref().map_or_else(
                || Ok(quote!(#place.empty();)),
                |body| body_code(body, roots, place),
            );
            let otherwise = otherwise?;
            Ok(quote!(#code { #otherwise }))
        }
        Flow::Match(value, arms) => {
            let arms = arms.iter().map(|(pattern, body)| {
                let body = body_code(body, roots, place)?;
                Ok(quote!(#pattern => { #body }))
            });
            let arms = arms.collect::<Result<Vec<_>>>()?;
            Ok(quote!(match #value { #(#arms)* }))
        }
        Flow::Let(body) => {
            let body = body_code(body, roots, place)?;
            Ok(quote!({ #body }))
        }
        Flow::For(generator, body) => {
            let (statements, nodes) = match body {
                Body::Markup(statements, nodes) => (statements.clone(), nodes.clone()),
                Body::Code(statements, expression) => (
                    statements.clone(),
                    vec![Node::Expression(expression.clone())],
                ),
            };
            let (nodes, key) = take_key(nodes);
            rows(
                generator,
                &Row {
                    statements,
                    condition: None,
                    key: key.as_ref(),
                    nodes: &nodes,
                    roots,
                },
                place,
            )
        }
    }
}

fn body_code(body: &Body, roots: Roots<'_>, place: &TokenStream) -> Result<TokenStream> {
    match body {
        Body::Markup(statements, nodes) => {
            let nested = nested(nodes, roots, place)?;
            Ok(quote!(#statements #nested))
        }
        Body::Code(statements, expression) => {
            let code = match flow::parse(expression)? {
                Some(flow) => flow_code(&flow, roots, place)?,
                None => show_body(expression, place),
            };
            Ok(quote!(#statements #code))
        }
    }
}

fn show_body(expression: &Expression, place: &TokenStream) -> TokenStream {
    match string_block(&expression.code) {
        Some(text) => quote!((#text).render_at(#place);),
        None => show(expression, place),
    }
}

/// A nested template. Markup that is nothing but one component needs none of its own.
pub(super) fn nested(nodes: &[Node], roots: Roots<'_>, place: &TokenStream) -> Result<TokenStream> {
    if let [Node::Component(component)] = nodes
        && !component.directives.any()
    {
        return component_call(component, roots, place);
    }
    let Template { declaration, body } = template(nodes, false, roots)?;
    let sink = sink();
    Ok(
        quote!({ #declaration #place.node(&__BENNU_TEMPLATE, |#sink: &mut ::bennu::__private::Sink| { #body }); }),
    )
}

/// A tag with `:if` or `:for`.
pub(super) fn directed(
    directives: &Directives,
    plain: &Node,
    roots: Roots<'_>,
    place: &TokenStream,
) -> Result<TokenStream> {
    let condition = directives
        .condition
        .as_ref()
        .map(|condition| &condition.code);
    let nodes = std::slice::from_ref(plain);
    match &directives.generator {
        Some(generator) => {
            let generator = flow::generator(generator)?;
            let key = directives.key.as_ref();
            rows(
                &generator,
                &Row {
                    statements: TokenStream::new(),
                    condition,
                    key,
                    nodes,
                    roots,
                },
                place,
            )
        }
        None => {
            let nested = nested(nodes, roots, place)?;
            Ok(quote!(if #condition { #nested } else { #place.empty(); }))
        }
    }
}

/// What a comprehension does for each item.
struct Row<'r> {
    statements: TokenStream,
    condition: Option<&'r TokenStream>,
    key: Option<&'r Expression>,
    nodes: &'r [Node],
    roots: Roots<'r>,
}

fn rows(generator: &Generator, row: &Row<'_>, place: &TokenStream) -> Result<TokenStream> {
    let Generator { pattern, items } = generator;
    let items = quote_spanned!(mixed(items.span())=> ::bennu::__private::comprehension(#items));
    let Row {
        statements,
        condition,
        key,
        nodes,
        roots,
    } = row;
    let Template { declaration, body } = template(nodes, false, *roots)?;
    let (sink, rows) = (sink(), Ident::new("rows", Span::mixed_site()));
    let closure = quote!(|#sink: &mut ::bennu::__private::Sink| { #body });
    let call = match key {
        Some(Expression { code, span }) => {
            quote_spanned!(mixed(*span)=> #rows.keyed_row(&(#code), #closure);)
        }
        None => quote!(#rows.row(#closure);),
    };
    let call = condition.map_or_else(|| call.clone(), |condition| quote!(if #condition { #call }));
    Ok(quote!({
        #declaration
        ::bennu::__private::Comprehension::write_rows(
            #items,
            #place,
            &__BENNU_TEMPLATE,
            |#rows: &mut ::bennu::__private::Rows<'_>, #pattern| { #statements #call },
        );
    }))
}

/// Takes the `:key` of the only tag in the body of a `for`.
fn take_key(mut nodes: Vec<Node>) -> (Vec<Node>, Option<Expression>) {
    let [Node::Element(Element { directives, .. }) | Node::Component(Component { directives, .. })] =
        nodes.as_mut_slice()
    else {
        return (nodes, None);
    };
    let key = if directives.generator.is_none() {
        directives.key.take()
    } else {
        None
    };
    (nodes, key)
}

/// The literal in `{ "text" }`.
fn string_block(code: &TokenStream) -> Option<TokenStream> {
    let mut tokens = code.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(group)), None) => {
            string_literal(&group.stream()).map(|_| group.stream())
        }
        _ => None,
    }
}
