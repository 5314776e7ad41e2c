//! Hooks that come with the page: `<script :type={ColocatedHook} name=".Sort" runtime>`.

use proc_macro2::{Ident, Span};
use quote::quote;
use syn::Result;

use super::Builder;
use crate::colocated;
use crate::tree::Element;

impl Builder<'_> {
    /// The script with what makes its object known to the client under the name of the module and the hook (13.6).
    pub(super) fn runtime_hook(&mut self, script: &Element) -> Result<()> {
        let (name, object) = colocated::runtime_hook(script)?;
        self.note_hook("runtime", name);
        self.html("<script");
        self.html(self.roots.here());
        self.html(" data-phx-runtime-hook=\"");
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
        self.html(object.trim());
        self.html("\n}</script>");
        Ok(())
    }

    /// Has the program know, when it is linked, that the template names this hook or brings it.
    pub(super) fn note_hook(&mut self, how: &str, name: &str) {
        let how = Ident::new(how, Span::call_site());
        self.hooks.push(quote! {
            const _: () = {
                const NAME: &str = ::core::concat!(::core::module_path!(), #name);
                ::bennu::__private::inventory::submit! { ::bennu::__private::HookName::#how(NAME) }
            };
        });
    }

    /// `module::path.Name` for `.Name`.
    pub(super) fn hook_name(&mut self, name: &str) {
        self.module();
        self.html(name);
    }
}
