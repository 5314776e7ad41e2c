//! What people who come from HEEx or from `format!` write by habit, and what to write instead.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::{Block, Error, Expr, Result};

use crate::tree::Expression;

/// For `<%= ... %>` and `<% ... %>`.
pub(crate) const ELIXIR_TAG: &str =
    "`<% %>` is Elixir: write `{expression}`, or `:if` and `:for` on a tag";

/// Finds `#{...}`, and `{...}` around Rust code, in a text that is shown as it stands: in an attribute, or, without
/// its name, in a string literal between tags.
pub(crate) fn interpolation(text: &str, attribute: &str) -> Option<String> {
    for (at, _) in text.match_indices('{') {
        let end = at + text[at..].find('}')?;
        let code = &text[at + 1..end];
        let elixir = text[..at].ends_with('#');
        if !elixir && !is_interpolated(code) {
            continue;
        }
        let found = if elixir {
            format!("#{{{code}}}")
        } else {
            format!("{{{code}}}")
        };
        let instead = if attribute.is_empty() {
            "put the braces outside of the quotes".to_owned()
        } else if is_word(code) {
            format!(
                "write `{attribute}={{format_args!({:?})}}`",
                text.replace("#{", "{")
            )
        } else {
            format!("write `{attribute}={{format_args!(\"...\", ...)}}`")
        };
        return Some(format!(
            "`{found}` in quotes is shown as written: {instead}; if the braces are meant, put the text in braces: `{{\"...\"}}`"
        ));
    }
    None
}

/// Whether somebody would put this in braces to show its value: a variable, a field, a call. Not `open: true`.
fn is_interpolated(code: &str) -> bool {
    matches!(
        syn::parse_str(code),
        Ok(Expr::Path(_)
            | Expr::Field(_)
            | Expr::MethodCall(_)
            | Expr::Call(_)
            | Expr::Index(_)
            | Expr::Macro(_))
    ) || code.starts_with('@')
}

/// What `format_args!` takes in braces.
fn is_word(code: &str) -> bool {
    syn::parse_str::<syn::Ident>(code).is_ok()
}

/// Refuses `{@assign}`.
pub(crate) fn assign(expression: &Expression) -> Result<()> {
    let mut tokens = expression.code.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Punct(at)), Some(TokenTree::Ident(name))) if at.as_char() == '@' => {
            let text = format!(
                "`@{name}` is Elixir: write `{{self.{name}}}` for a field of the view, `{{{name}}}` for a variable or a prop"
            );
            Err(Error::new(name.span(), text))
        }
        _ => Ok(()),
    }
}

/// Refuses an iterator, which people who write other template languages put in braces.
pub(crate) fn iterator(expression: &Expression) -> Result<()> {
    const GIVE_ITERATORS: [&str; 9] = [
        "chars",
        "into_iter",
        "iter",
        "iter_mut",
        "keys",
        "lines",
        "split",
        "values",
        "windows",
    ];
    const KEEP_ITERATORS: [&str; 11] = [
        "chain",
        "cloned",
        "enumerate",
        "filter",
        "filter_map",
        "flat_map",
        "map",
        "rev",
        "skip",
        "take",
        "zip",
    ];
    let Ok(mut call) = syn::parse2::<Expr>(expression.code.clone()) else {
        return Ok(());
    };
    while let Expr::MethodCall(method) = call {
        let name = method.method.to_string();
        if GIVE_ITERATORS.contains(&name.as_str()) {
            return Err(Error::new(
                expression.span,
                "an iterator is not shown by itself: write a tag with `:for={item in items}`, or `{for item in items { <p></p> }}`",
            ));
        }
        if !KEEP_ITERATORS.contains(&name.as_str()) {
            return Ok(());
        }
        call = *method.receiver;
    }
    Ok(())
}

/// Refuses a branch that is markup but does not begin with a tag, as `{if a { {x} <p></p> }}`.
pub(crate) fn markup_in_rust(branch: &Group) -> Result<()> {
    let block = TokenStream::from(TokenTree::Group(branch.clone()));
    if syn::parse2::<Block>(block).is_ok() {
        return Ok(());
    }
    let tokens: Vec<_> = branch.stream().into_iter().collect();
    let tag = tokens
        .windows(2)
        .find(|pair| begins_tag(&pair[0], &pair[1]));
    match tag {
        Some(pair) => Err(Error::new(
            pair[0].span(),
            "a branch is a template only if it begins with a tag: put `<>...</>` around all of it",
        )),
        None => Ok(()),
    }
}

fn begins_tag(less: &TokenTree, next: &TokenTree) -> bool {
    let less = matches!(less, TokenTree::Punct(punct) if punct.as_char() == '<');
    let name = match next {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => ['/', '.', ':', '>', '!'].contains(&punct.as_char()),
        _ => false,
    };
    less && name
}
