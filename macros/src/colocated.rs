//! Scripts and styles that stand beside the markup they are for: `:type={ColocatedHook}`, `{ColocatedJs}`, `{ColocatedCss}`.
//!
//! All but hooks that come with the page leave their template: the program gathers them, and `bennu::live::colocated` writes
//! them into one script and one stylesheet.

mod css;
mod script;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Error, Expr, Result};

use crate::token::Open;
use crate::tree::{Expression, Node, Value};

pub(crate) use script::runtime_hook;

/// A script or style that does not come with the page.
#[derive(Debug)]
pub(crate) struct Asset {
    content: String,
    kind: Kind,
    /// Where it stands, for the order in the files.
    line: usize,
    span: Span,
}

#[derive(Debug)]
enum Kind {
    /// `.Sort`.
    Hook(String),
    /// What it is exported as, if anything: the key, none for the default export, and the name.
    Script(Option<(Option<String>, String)>),
    /// The attribute of the tags that it applies to; none applies to all.
    Style(Option<String>),
}

/// What an opening tag with `:type` and its content say, unless they stay in the page.
pub(crate) fn asset(open: &Open, children: &[Node]) -> Result<Option<Asset>> {
    let Some(kind) = &open.directives.kind else {
        return Ok(None);
    };
    let tag = Tag { open, kind };
    tag.has_no_other_directive()?;
    match (&*open.name.written(), &*tag.kind()) {
        ("script", "ColocatedHook") => script::hook(tag, children),
        ("script", "ColocatedJs") => script::script(tag, children).map(Some),
        ("style", "ColocatedCss") => css::style(tag, children).map(Some),
        (_, "ColocatedJS") => Err(tag.error("Rust writes it `ColocatedJs`")),
        (_, "ColocatedCSS") => Err(tag.error("Rust writes it `ColocatedCss`")),
        _ => Err(tag.error(
            "`:type` is `{ColocatedHook}` or `{ColocatedJs}` on a `<script>`, `{ColocatedCss}` on a `<style>`",
        )),
    }
}

impl Asset {
    /// The attribute of the outermost tags in its template, which its rules are for.
    pub(crate) fn scope(&self) -> Option<&str> {
        match &self.kind {
            Kind::Style(scope) => scope.as_deref(),
            Kind::Hook(_) | Kind::Script(_) => None,
        }
    }

    /// The same in a branch of a template, which has no outermost tags of its own.
    pub(crate) fn in_braces(self) -> Result<Self> {
        match self.scope() {
            None => Ok(self),
            Some(_) => Err(Error::new(
                self.span,
                "a style is for the outermost tags of its template: write it there, outside of the braces",
            )),
        }
    }
}

/// An item, which hands the content to the program when it is linked.
impl ToTokens for Asset {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (content, line) = (&self.content, u32::try_from(self.line).unwrap_or(u32::MAX));
        let make = match &self.kind {
            Kind::Hook(name) => {
                quote!(hook(PLACE, ::core::concat!(::core::module_path!(), #name), #content))
            }
            Kind::Script(None) => quote!(script(PLACE, #content)),
            Kind::Script(Some((None, name))) => quote!(export(PLACE, "default", #name, #content)),
            Kind::Script(Some((Some(key), name))) => quote!(export(PLACE, #key, #name, #content)),
            Kind::Style(_) => quote!(style(PLACE, #content)),
        };
        tokens.extend(quote! {
            const _: () = {
                const PLACE: (&str, u32) = (::core::module_path!(), #line);
                ::bennu::__private::inventory::submit! { ::bennu::__private::Asset::#make }
            };
        });
    }
}

/// A tag with `:type`.
#[derive(Clone, Copy)]
struct Tag<'t> {
    open: &'t Open,
    kind: &'t Expression,
}

impl<'t> Tag<'t> {
    fn error(self, text: &str) -> Error {
        self.open.place.error_at(self.kind.span, text)
    }

    fn kind(self) -> String {
        let kind = match syn::parse2(self.kind.code.clone()) {
            Ok(Expr::Path(path)) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        };
        kind.unwrap_or_default()
    }

    fn has_no_other_directive(self) -> Result<()> {
        let directives = &self.open.directives;
        let others = [
            &directives.condition,
            &directives.generator,
            &directives.key,
            &directives.pattern,
        ];
        if others.into_iter().any(Option::is_some) {
            let text =
                "what is colocated belongs to the whole program: it has no `:if` and the like";
            return Err(self.error(text));
        }
        Ok(())
    }

    /// Refuses attributes that would be lost, as the tag leaves the page.
    fn has_only(self, known: &[&str]) -> Result<()> {
        let mut names = self.open.attributes.iter().map(|held| &*held.name.text);
        match names.find(|name| !known.contains(name)) {
            Some(name) => {
                let known = known.join("`, `");
                let text =
                    format!("`{name}` would be lost, as this leaves the page; there is `{known}`");
                Err(self.error(&text))
            }
            None => Ok(()),
        }
    }

    fn has(self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    fn text(self, name: &str) -> Result<Option<&'t str>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Value::Text(text, _)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => {
                let text = format!("`{name}` is a text in quotes: the program is built with it");
                Err(self.error(&text))
            }
        }
    }

    fn attribute(self, name: &str) -> Option<&'t Value> {
        let mut attributes = self.open.attributes.iter();
        let found = attributes.find(|attribute| attribute.name.text == name);
        found.map(|attribute| &attribute.value)
    }

    fn asset(self, kind: Kind, content: String) -> Asset {
        let span = self.kind.span;
        Asset {
            content,
            kind,
            line: self.open.place.line().unwrap_or(0),
            span,
        }
    }
}

/// The text between the tags, if there is any.
fn content(children: &[Node]) -> Option<&str> {
    match children {
        [Node::Text(text)] if !text.trim().is_empty() => Some(text.trim()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(scope: Option<&str>) -> Asset {
        Asset {
            content: ".a {}".to_owned(),
            kind: Kind::Style(scope.map(str::to_owned)),
            line: 1,
            span: Span::call_site(),
        }
    }

    #[test]
    fn a_style_of_its_template_stands_outside_of_braces() {
        assert!(style(Some("phx-css-1")).in_braces().is_err());
        assert!(style(None).in_braces().is_ok());
    }
}
