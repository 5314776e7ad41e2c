//! `#[derive(LiveEvent)]`: the events of a live view as an enum, decoded by their names.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Fields, ItemEnum, LitStr, Result, Variant};

/// Writes the expansion of `#[derive(LiveEvent)]`.
pub(crate) fn live_event(item: TokenStream) -> Result<TokenStream> {
    let item: ItemEnum = syn::parse2(item)?;
    if !item.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &item.generics,
            "the events of a view are read into types of their own: the enum has no parameters",
        ));
    }
    let names = names(&item)?;
    let arms = item.variants.iter().zip(&names).map(|(variant, name)| {
        let value = value(variant)?;
        Ok(quote!(#name => #value,))
    });
    let arms = arms.collect::<Result<Vec<_>>>()?;
    let enumeration = &item.ident;
    Ok(quote! {
        const _: () = {
            use ::bennu::__private::serde as __serde;

            #[automatically_derived]
            impl ::bennu::live::event::LiveEvent for #enumeration {
                const NAMES: &'static [&'static str] = &[#(#names),*];

                fn decode(
                    event: &str,
                    params: &::bennu::protocol::form::Param,
                ) -> ::core::result::Result<Self, ::bennu::live::event::EventError> {
                    ::core::result::Result::Ok(match event {
                        #(#arms)*
                        _ => return ::core::result::Result::Err(
                            ::bennu::live::event::EventError::unhandled(event),
                        ),
                    })
                }
            }
        };
    })
}

/// The names of the events, each of which leads to one variant.
fn names(item: &ItemEnum) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for variant in &item.variants {
        let name = name(variant)?;
        if names.contains(&name) {
            return Err(Error::new_spanned(
                &variant.ident,
                format!("two variants are the event {name:?}"),
            ));
        }
        names.push(name);
    }
    Ok(names)
}

/// `#[event("name")]`, or the variant's own name in snake case.
fn name(variant: &Variant) -> Result<String> {
    let given = variant
        .attrs
        .iter()
        .find(|attribute| attribute.path().is_ident("event"));
    match given {
        Some(attribute) => attribute.parse_args::<LitStr>().map(|name| name.value()),
        None => Ok(snake_case(&variant.ident)),
    }
}

fn snake_case(name: &Ident) -> String {
    let mut snake = String::new();
    for c in name.to_string().trim_start_matches("r#").chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// Code for the variant with what the event carries.
fn value(variant: &Variant) -> Result<TokenStream> {
    let name = &variant.ident;
    let span = variant.fields.span();
    match &variant.fields {
        Fields::Unit => Ok(quote!(Self::#name)),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let ty = &fields.unnamed[0].ty;
            Ok(quote_spanned!(span=> Self::#name(
                ::bennu::live::event::read::<#ty>(event, params)?
            )))
        }
        Fields::Unnamed(fields) => Err(Error::new_spanned(
            fields,
            "the values of an event have names: write `{ name: Type }`, or one type that has them",
        )),
        Fields::Named(fields) => {
            let fields: Vec<_> = fields.named.iter().collect();
            let names = fields.iter().map(|field| &field.ident);
            let names: Vec<_> = names.collect();
            let members = fields.iter().map(|field| {
                let (attributes, name, ty) =
                    (serde_attributes(&field.attrs), &field.ident, &field.ty);
                quote!(#(#attributes)* #name: #ty)
            });
            Ok(quote! {{
                #[derive(__serde::Deserialize)]
                #[serde(crate = "__serde")]
                struct __Values { #(#members),* }
                let __Values { #(#names),* } =
                    ::bennu::live::event::read::<__Values>(event, params)?;
                Self::#name { #(#names),* }
            }})
        }
    }
}

fn serde_attributes(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
}
