//! The macros of Bennu: `heex!` and `#[component]`. Use them through the crate `bennu`, which documents them.
//!
//! A template goes through three stages, one file each: `tokenizer` turns Rust tokens into the tokens of HTML and brings
//! back the white space between them, `parser` builds the tree of elements, `compiler` splits the tree into statics and
//! dynamics and writes the Rust code.

mod compiler;
mod component;
mod flow;
mod parser;
mod tokenizer;
mod tree;

use proc_macro::TokenStream;

/// The template language; the crate `bennu` documents it.
#[proc_macro]
pub fn heex(template: TokenStream) -> TokenStream {
    let tree = tokenizer::tokenize(template.into()).and_then(parser::parse);
    let code = tree.and_then(|nodes| compiler::compile(&nodes));
    code.unwrap_or_else(|error| as_expression(&error)).into()
}

/// A function component; the crate `bennu` documents it.
#[proc_macro_attribute]
pub fn component(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let code = component::expand(arguments.into(), function.into());
    code.unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Several errors are several statements, which only a block turns into one expression.
fn as_expression(error: &syn::Error) -> proc_macro2::TokenStream {
    let errors = error.to_compile_error();
    quote::quote!({ #errors })
}
