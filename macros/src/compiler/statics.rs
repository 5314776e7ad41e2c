//! What is known of a template's constant part: whether it is one element, and its JSON.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::tree::Node;

/// Whether a template is exactly one element, so that the client may treat it as a whole.
pub(super) fn is_one_element(nodes: &[Node]) -> bool {
    let mut elements = 0;
    let others_invisible = nodes.iter().all(|node| match node {
        Node::Element(element) => {
            elements += 1;
            !element.directives.any()
        }
        Node::Text(html) => is_comments(html),
        Node::Expression(_) | Node::Component(_) | Node::Slot(_) => false,
    });
    others_invisible && elements == 1
}

fn is_comments(html: &str) -> bool {
    let mut rest = html.trim();
    while let Some(comment) = rest.strip_prefix("<!--") {
        let Some((_, after)) = comment.split_once("-->") else {
            return false;
        };
        rest = after.trim_start();
    }
    rest.is_empty()
}

/// Text that never changes.
#[derive(Debug, Default)]
pub(super) struct Static(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    /// The path of the module, which only the compiler knows.
    Module,
}

impl Static {
    pub(super) fn push(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.0.push(Part::Text(text.to_owned())),
        }
    }

    pub(super) fn push_module(&mut self) {
        self.0.push(Part::Module);
    }
}

impl ToTokens for Static {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self.0.as_slice() {
            [] => quote!(""),
            [Part::Text(text)] => quote!(#text),
            parts => {
                let parts = parts.iter().map(|part| match part {
                    Part::Text(text) => quote!(#text),
                    Part::Module => quote!(::core::module_path!()),
                });
                quote!(::core::concat!(#(#parts),*))
            }
        });
    }
}

/// The statics as the text of a JSON array. The path of a module needs no escaping.
pub(super) fn json_array(statics: &[Static]) -> Static {
    let mut json = Static::default();
    for (index, text) in statics.iter().enumerate() {
        json.push(if index == 0 { "[\"" } else { "\",\"" });
        for part in &text.0 {
            match part {
                Part::Text(text) => json.push(&json_text(text)),
                Part::Module => json.push_module(),
            }
        }
    }
    json.push("\"]");
    json
}

/// Escapes text for a JSON string.
fn json_text(text: &str) -> String {
    use std::fmt::Write as _;
    let mut json = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(c));
            }
            c => json.push(c),
        }
    }
    json
}
