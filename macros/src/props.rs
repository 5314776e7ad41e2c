//! `#[component]` and `#[derive(SlotAttributes)]`: props that a template gives one by one.
//!
//! `<.button kind="x">` becomes `button::props().kind("x").__finish()`. A required prop is a type parameter of the type
//! that gathers them; it is `Missing` until its setter makes it `Given`, so leaving one out is an error of the compiler,
//! which names the prop.

mod gather;
mod signature;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, ItemFn, ItemStruct, Result};

use gather::Gather;
use signature::Signature;

/// Writes the expansion of `#[component]`: beside the function, a type of the same name.
pub(crate) fn component(arguments: TokenStream, function: TokenStream) -> Result<TokenStream> {
    if let Some(token) = arguments.into_iter().next() {
        return Err(Error::new(
            token.span(),
            "`#[component]` takes no arguments",
        ));
    }
    let mut function: ItemFn = syn::parse2(function)?;
    let signature = Signature::of_function(&mut function)?;
    let (vis, name) = (&function.vis, &function.sig.ident);
    let plain_name = name.to_string().trim_start_matches("r#").to_owned();
    let values = signature.props.iter().map(gather::value);
    let gather = Gather {
        vis,
        name: format_ident!("{plain_name}_props"),
        described: format!("`<.{plain_name}>`"),
        signature: &signature,
        result: quote!(impl ::bennu::__private::Render),
        finish: quote!(#name(#(#values),*)),
    };
    let (code, start, missing) = (gather.code(), gather.start(), gather.missing());
    let (parameters, _, clause) = signature.generics.split_for_impl();
    Ok(quote! {
        #function

        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_docs, missing_debug_implementations)]
        #vis struct #name {}

        #[doc(hidden)]
        #[allow(warnings, clippy::all, clippy::pedantic)]
        const _: () = {
            #code
            impl #name {
                #vis fn props #parameters () -> #missing #clause {
                    #start
                }
            }
        };
    })
}

/// Writes the expansion of `#[derive(SlotAttributes)]`.
pub(crate) fn slot_attributes(item: TokenStream) -> Result<TokenStream> {
    let item: ItemStruct = syn::parse2(item)?;
    let signature = Signature::of_struct(&item)?;
    let (vis, name) = (&item.vis, &item.ident);
    let fields = signature.props.iter().map(|prop| {
        let (field, value) = (&prop.name, gather::value(prop));
        quote!(#field: #value)
    });
    let (parameters, arguments, clause) = item.generics.split_for_impl();
    let gather = Gather {
        vis,
        name: format_ident!("{name}_attributes"),
        described: format!("an entry of the slot (`{name}`)"),
        signature: &signature,
        result: quote!(#name #arguments),
        finish: quote!(#name { #(#fields),* }),
    };
    let (code, start, missing) = (gather.code(), gather.start(), gather.missing());
    Ok(quote! {
        #[doc(hidden)]
        #[allow(warnings, clippy::all, clippy::pedantic)]
        const _: () = {
            #code
            impl #parameters ::bennu::__private::SlotAttributes for #name #arguments #clause {
                type Gathered = #missing;

                fn gather() -> Self::Gathered {
                    #start
                }
            }
        };
    })
}
