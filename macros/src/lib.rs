//! The macros of Bennu: `heex!`, `#[component]` and the derives beside them. Use them through the crate `bennu`, which documents them.
//!
//! A template goes through three stages, one file each: `tokenizer` turns Rust tokens into the tokens of HTML and brings
//! back the white space between them, `parser` builds the tree of elements, `compiler` splits the tree into statics and
//! dynamics and writes the Rust code.

mod annotations;
mod colocated;
mod compiler;
mod event;
mod file;
mod flow;
mod hint;
mod parser;
mod props;
mod token;
mod tokenizer;
mod tree;

use proc_macro::TokenStream;

/// The template language; the crate `bennu` documents it.
#[proc_macro]
pub fn heex(template: TokenStream) -> TokenStream {
    let markup = tokenizer::tokenize(template.into()).and_then(parser::parse);
    let source = annotations::Source::of_macro();
    let code = markup.and_then(|markup| compiler::compile(&annotations::around(markup, &source)));
    code.unwrap_or_else(|error| as_expression(&error)).into()
}

/// The template language in a file; the crate `bennu` documents it.
#[proc_macro]
pub fn heex_file(name: TokenStream) -> TokenStream {
    let source_file = proc_macro::Span::call_site().local_file();
    expand_file(name, source_file)
        .unwrap_or_else(|error| as_expression(&error))
        .into()
}

fn expand_file(
    name: TokenStream,
    source_file: Option<std::path::PathBuf>,
) -> syn::Result<proc_macro2::TokenStream> {
    let file::Template { path, tokens } = file::tokenize(&syn::parse(name)?, source_file)?;
    let source = annotations::Source {
        file: annotations::below_crate(&path).to_owned(),
        line: 1,
    };
    let code = compiler::compile(&annotations::around(parser::parse(tokens)?, &source))?;
    // Naming the file makes the compiler look at it again when it changes.
    Ok(quote::quote!({
        const _: &[u8] = ::core::include_bytes!(#path);
        #code
    }))
}

/// A function component; the crate `bennu` documents it.
#[proc_macro_attribute]
pub fn component(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let code = props::component(arguments.into(), function.into());
    code.unwrap_or_else(|error| error.to_compile_error()).into()
}

/// The attributes of a slot; the crate `bennu` documents it.
#[proc_macro_derive(SlotAttributes, attributes(prop))]
pub fn slot_attributes(item: TokenStream) -> TokenStream {
    let code = props::slot_attributes(item.into());
    code.unwrap_or_else(|error| error.to_compile_error()).into()
}

/// The events of a live view; the crate `bennu` documents it.
#[proc_macro_derive(LiveEvent, attributes(event, serde))]
pub fn live_event(item: TokenStream) -> TokenStream {
    let code = event::live_event(item.into());
    code.unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Several errors are several statements, which only a block turns into one expression.
fn as_expression(error: &syn::Error) -> proc_macro2::TokenStream {
    let errors = error.to_compile_error();
    quote::quote!({ #errors })
}
