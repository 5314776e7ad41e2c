//! The lists of `class={[..]}` and `style={[..]}`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Token, punctuated::Punctuated};

use super::mixed;
use crate::tree::Expression;

/// What stands between the entries, for an attribute that takes a list.
pub(super) fn separator(attribute: &str) -> Option<&'static str> {
    match attribute {
        "class" => Some(" "),
        "style" => Some(";"),
        _ => None,
    }
}

/// A closure that writes the entries of a list, or the one value that stands in its place.
pub(super) fn entries(expression: &Expression) -> TokenStream {
    let one = || vec![expression.code.clone()];
    written(&literal(expression).unwrap_or_else(one), expression.span)
}

/// The text of a list that is given to a component; nothing for any other value.
pub(super) fn joined(attribute: &str, expression: &Expression) -> Option<TokenStream> {
    let separator = separator(attribute)?;
    let write = written(&literal(expression)?, expression.span);
    Some(quote!(::bennu::__private::joined(#separator, #write)))
}

fn written(entries: &[TokenStream], span: Span) -> TokenStream {
    let list = Ident::new("list", Span::mixed_site());
    let entries = entries
        .iter()
        .map(|entry| quote_spanned!(mixed(span)=> #list.entries(&(#entry));));
    quote!(|#list| { #(#entries)* })
}

fn literal(expression: &Expression) -> Option<Vec<TokenStream>> {
    let tokens = |entries: Punctuated<Expr, Token![,]>| {
        let entries = entries.into_iter();
        entries.map(ToTokens::into_token_stream).collect()
    };
    match syn::parse2(expression.code.clone()).ok()? {
        Expr::Array(array) => Some(tokens(array.elems)),
        Expr::Tuple(tuple) => Some(tokens(tuple.elems)),
        _ => None,
    }
}
