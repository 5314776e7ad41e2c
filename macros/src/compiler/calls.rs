//! The code that calls a component: its props one by one, and its slots as closures.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, Result};

use super::branches::nested;
use super::roots::Roots;
use super::{attribute_text, lists, mixed};
use crate::flow::{self, Generator};
use crate::hint;
use crate::tree::{Attribute, Component, Directives, Expression, Node, Slot, Value};

pub(super) fn component_call(
    component: &Component,
    roots: Roots<'_>,
    place: &TokenStream,
) -> Result<TokenStream> {
    let Component {
        path,
        span,
        attributes,
        directives,
        children,
        slots,
    } = component;
    let mut props = quote_spanned!(mixed(*span)=> #path::props());
    for attribute in attributes {
        props = prop(&props, attribute)?;
    }
    for entries in slots.chunk_by(|one, next| one.name == next.name) {
        props = fill_slot(&props, &entries[0].name, entries, roots)?;
    }
    let pattern = directives.pattern.clone();
    if !is_blank(children) {
        let name = Ident::new("inner_block", *span);
        let directives = Directives {
            pattern,
            ..Directives::default()
        };
        let slot = Slot {
            name,
            attributes: Vec::new(),
            directives,
            children: children.clone(),
        };
        props = fill_slot(&props, &slot.name, std::slice::from_ref(&slot), roots)?;
    } else if let Some(pattern) = pattern {
        return Err(Error::new(
            pattern.span,
            "`:let` needs content between the tags of the component",
        ));
    }
    let finish = Ident::new("__finish", mixed(*span));
    Ok(quote!({
        #[allow(unused_imports)]
        use ::bennu::__private::GlobalAttributes as _;
        #props.#finish().render_at(#place);
    }))
}

/// Gives a slot a closure that goes through its entries.
fn fill_slot(
    props: &TokenStream,
    setter: &Ident,
    entries: &[Slot],
    roots: Roots<'_>,
) -> Result<TokenStream> {
    let visitor = Ident::new("visitor", Span::mixed_site());
    let entries = entries
        .iter()
        .map(|entry| slot_entry(entry, &visitor, roots))
        .collect::<Result<Vec<_>>>()?;
    Ok(quote!(#props.#setter(::bennu::__private::Slot::new(
        &|#visitor: &mut ::bennu::__private::SlotVisitor<'_, _, _>| { #(#entries)* }
    ))))
}

fn slot_entry(entry: &Slot, visitor: &Ident, roots: Roots<'_>) -> Result<TokenStream> {
    let Slot {
        name,
        attributes,
        directives,
        children,
    } = entry;
    if let Some(key) = &directives.key {
        return Err(Error::new(
            key.span,
            "the entries of a slot have no keys: the component decides how it shows them",
        ));
    }
    let dynamic = Ident::new("dynamic", Span::mixed_site());
    let mut gathered = quote!(#dynamic);
    for attribute in attributes {
        gathered = prop(&gathered, attribute)?;
    }
    let finish = Ident::new("__finish", mixed(name.span()));
    let body = nested(children, roots.of_slot(), &quote!(#dynamic))?;
    let pattern = directives
        .pattern
        .as_ref()
        .map_or_else(|| quote!(_), |pattern| pattern.code.clone());
    let method = Ident::new("entry", mixed(name.span()));
    let mut code = quote!(#visitor.#method(
        |#dynamic| #gathered.#finish(),
        &|#dynamic: ::bennu::__private::Dynamic<'_>, #pattern| #body,
    ););
    if let Some(Expression {
        code: condition, ..
    }) = &directives.condition
    {
        code = quote!(if #condition { #code });
    }
    if let Some(generator) = &directives.generator {
        let Generator { pattern, items } = flow::generator(generator)?;
        code = quote!(for #pattern in #items { #code });
    }
    Ok(code)
}

fn prop(props: &TokenStream, attribute: &Attribute) -> Result<TokenStream> {
    let name = attribute.name.text.as_str();
    let span = attribute.name.span;
    let value = match &attribute.value {
        Value::Bare => quote_spanned!(span=> true),
        Value::Text(text, span) => {
            attribute_text(name, text, *span)?;
            quote_spanned!(*span=> #text)
        }
        Value::Expression(expression) => {
            hint::assign(expression)?;
            lists::joined(name, expression).unwrap_or_else(|| expression.code.clone())
        }
        Value::Spread(Expression { code, span }) => {
            let function = quote_spanned!(mixed(*span)=> ::bennu::__private::rest_attributes);
            return Ok(quote!(#function(#props, #code)));
        }
    };
    match identifier(name, span) {
        Some(setter) => Ok(quote!(#props.#setter(#value))),
        None => {
            let function = quote_spanned!(mixed(span)=> ::bennu::__private::rest_attribute);
            Ok(quote!(#function(#props, #name, #value)))
        }
    }
}

/// The name of a prop as a Rust identifier; names with dashes and the like have none.
fn identifier(name: &str, span: Span) -> Option<Ident> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    if !name.chars().all(word) || name.starts_with(|c: char| c.is_numeric()) {
        return None;
    }
    let keyword = syn::parse_str::<Ident>(name).is_err();
    Some(if keyword {
        Ident::new_raw(name, span)
    } else {
        Ident::new(name, span)
    })
}

fn is_blank(nodes: &[Node]) -> bool {
    nodes
        .iter()
        .all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
}
