//! Hooks that stand beside the markup they are for: `<script :type={ColocatedHook} name=".Sort" runtime>`.

use proc_macro2::Span;
use syn::{Error, Expr, Result};

use super::Builder;
use crate::tree::{Element, Expression, Node, Value};

impl Builder {
    /// The script with what makes its object known to the client under the name of the module and the hook (13.6).
    pub(super) fn colocated(&mut self, script: &Element) -> Result<()> {
        let name = hook(script)?;
        self.html("<script data-phx-runtime-hook=\"");
        self.hook_name(name);
        self.html("\"");
        let others = ["name", "runtime"];
        for attribute in &script.attributes {
            if !others.contains(&attribute.name.text.as_str()) {
                self.attribute("script", attribute)?;
            }
        }
        self.html(">window[\"phx_hook_");
        self.hook_name(name);
        self.html("\"] = function() {\n  return ");
        // Behind a line break the object would not belong to the `return` any more.
        self.html(object(script)?.trim());
        self.html("\n}</script>");
        Ok(())
    }

    /// `module::path.Name` for `.Name`.
    pub(super) fn hook_name(&mut self, name: &str) {
        self.module();
        self.html(name);
    }
}

/// The name of the hook, once it is clear that it is one.
fn hook(script: &Element) -> Result<&str> {
    let Some(Expression { code, span }) = &script.directives.kind else {
        unreachable!("the caller has seen `:type`");
    };
    let error = |text: &str| Err(Error::new(*span, text));
    let path = syn::parse2(code.clone());
    if !matches!(path, Ok(Expr::Path(path)) if path.path.is_ident("ColocatedHook")) {
        return error(
            "`:type` is `{ColocatedHook}`; scripts and styles of other kinds belong to the page's own files",
        );
    }
    let attribute = |name: &str| {
        let mut attributes = script.attributes.iter();
        attributes.find(|attribute| attribute.name.text == name)
    };
    if attribute("runtime").is_none() {
        return error(
            "a colocated hook is sent with the page: write `runtime`, and as content the object with its callbacks",
        );
    }
    match attribute("name").map(|name| &name.value) {
        Some(Value::Text(name, _)) if is_hook_name(name) => Ok(name),
        _ => error("a colocated hook needs a name that begins with a dot: `name=\".Sort\"`"),
    }
}

/// The object with the hook's callbacks.
fn object(script: &Element) -> Result<&str> {
    match script.children.as_slice() {
        [Node::Text(text)] if !text.trim().is_empty() => Ok(text),
        _ => Err(Error::new(
            script
                .directives
                .kind
                .as_ref()
                .map_or_else(Span::call_site, |kind| kind.span),
            "a colocated hook holds an object with callbacks: `{ mounted() { ... } }`",
        )),
    }
}

/// A dot and a word, which needs no escaping in HTML, JavaScript or a selector.
fn is_hook_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.strip_prefix('.')
        .is_some_and(|name| !name.is_empty() && name.chars().all(word))
}
