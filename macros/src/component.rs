//! `#[component]`: beside the function, a type of the same name whose props are gathered one by one.
//!
//! `<.button kind="x">` becomes `button::props().kind("x").__render()`. A required prop is a type parameter of the
//! props that is `Missing` until its setter makes it `Given`, so leaving one out is an error of the compiler, which
//! names the prop.

mod signature;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Error, GenericParam, Generics, ItemFn, Result, Type};

use signature::{Kind, Prop, Signature};

/// Writes the expansion of `#[component]`.
pub(crate) fn expand(arguments: TokenStream, function: TokenStream) -> Result<TokenStream> {
    if let Some(token) = arguments.into_iter().next() {
        return Err(Error::new(
            token.span(),
            "`#[component]` takes no arguments",
        ));
    }
    let mut function: ItemFn = syn::parse2(function)?;
    let signature = signature::parse(&mut function)?;
    let component = Code {
        function: &function,
        signature: &signature,
    }
    .write();
    Ok(quote!(#function #component))
}

struct Code<'c> {
    function: &'c ItemFn,
    signature: &'c Signature,
}

impl Code<'_> {
    fn write(&self) -> TokenStream {
        let (vis, name) = (&self.function.vis, &self.function.sig.ident);
        let parts = [
            self.markers(),
            self.props(),
            self.start(),
            self.setters(),
            self.rest(),
            self.finish(),
        ];
        quote! {
            #[doc(hidden)]
            #[allow(non_camel_case_types, missing_docs, missing_debug_implementations)]
            #vis struct #name {}

            #[doc(hidden)]
            #[allow(non_camel_case_types, missing_docs, missing_debug_implementations, unreachable_pub, clippy::all, clippy::pedantic)]
            const _: () = { #(#parts)* };
        }
    }

    fn required(&self) -> impl Iterator<Item = &Prop> {
        self.signature
            .props
            .iter()
            .filter(|prop| prop.is_required())
    }

    /// One trait for each required prop, so that the error for a missing one can name it.
    fn markers(&self) -> TokenStream {
        let vis = &self.function.vis;
        let component = self.function.sig.ident.to_string();
        let markers = self.required().map(|prop| {
            let marker = prop.marker();
            let name = prop.attribute();
            let message = format!("`<.{component}>` needs the prop `{name}`");
            let label = format!("missing `{name}={{...}}`");
            quote! {
                #[diagnostic::on_unimplemented(message = #message, label = #label)]
                #vis trait #marker {
                    type Value;
                    fn value(self) -> Self::Value;
                }
                impl<V> #marker for ::bennu::__private::Given<V> {
                    type Value = V;
                    fn value(self) -> V {
                        self.0
                    }
                }
            }
        });
        quote!(#(#markers)*)
    }

    fn props(&self) -> TokenStream {
        let props = self.type_name();
        let vis = &self.function.vis;
        let generics = self.generics(self.required().map(Prop::state));
        let (parameters, _, clause) = generics.split_for_impl();
        let fields = self.signature.props.iter().map(|prop| {
            let (field, ty) = (&prop.name, &prop.ty);
            match &prop.kind {
                Kind::Required | Kind::Generic(_) => {
                    let state = prop.state();
                    quote!(#field: #state)
                }
                Kind::Default(_) => quote!(#field: ::core::option::Option<#ty>),
                Kind::Option(_) | Kind::Slot | Kind::Rest => quote!(#field: #ty),
            }
        });
        let phantom = self.phantom();
        quote!(#vis struct #props #parameters #clause { #(#fields,)* __types: #phantom })
    }

    /// Uses every parameter of the function, whatever the fields mention.
    fn phantom(&self) -> TokenStream {
        let lifetimes = self
            .signature
            .generics
            .lifetimes()
            .map(|parameter| &parameter.lifetime);
        let types = self
            .signature
            .generics
            .type_params()
            .map(|parameter| &parameter.ident);
        quote!(::core::marker::PhantomData<fn() -> (#(&#lifetimes (),)* #(::core::marker::PhantomData<#types>,)*)>)
    }

    fn start(&self) -> TokenStream {
        let props = self.type_name();
        let (vis, name) = (&self.function.vis, &self.function.sig.ident);
        let (parameters, _, clause) = self.signature.generics.split_for_impl();
        let missing = self.required().map(|_| quote!(::bennu::__private::Missing));
        let arguments = self.arguments(missing);
        let fields = self.signature.props.iter().map(|prop| {
            let field = &prop.name;
            match &prop.kind {
                Kind::Required | Kind::Generic(_) => quote!(#field: ::bennu::__private::Missing),
                Kind::Default(_) | Kind::Option(_) => quote!(#field: ::core::option::Option::None),
                Kind::Slot | Kind::Rest => quote!(#field: ::core::default::Default::default()),
            }
        });
        quote! {
            impl #name {
                #vis fn props #parameters () -> #props #arguments #clause {
                    #props { #(#fields,)* __types: ::core::marker::PhantomData }
                }
            }
        }
    }

    fn setters(&self) -> TokenStream {
        let setters = self
            .signature
            .props
            .iter()
            .filter(|prop| !matches!(prop.kind, Kind::Rest));
        let setters = setters.map(|prop| match &prop.kind {
            Kind::Required => {
                let ty = &prop.ty;
                self.required_setter(prop, &quote!(), &quote!(#ty))
            }
            Kind::Generic(bounds) => {
                self.required_setter(prop, &quote!(<__P: #bounds>), &quote!(__P))
            }
            Kind::Default(_) => {
                let ty = &prop.ty;
                self.optional_setter(
                    prop,
                    &quote!(#ty),
                    &quote!(::core::option::Option::Some(value)),
                )
            }
            Kind::Option(inner) => {
                let ty = quote!(impl ::core::convert::Into<::core::option::Option<#inner>>);
                self.optional_setter(prop, &ty, &quote!(value.into()))
            }
            Kind::Slot | Kind::Rest => {
                let ty = &prop.ty;
                self.optional_setter(prop, &quote!(#ty), &quote!(value))
            }
        });
        quote!(#(#setters)*)
    }

    fn required_setter(
        &self,
        prop: &Prop,
        parameters: &TokenStream,
        ty: &TokenStream,
    ) -> TokenStream {
        let props = self.type_name();
        let (vis, setter) = (&self.function.vis, &prop.name);
        let others = self
            .required()
            .filter(|other| other.name != prop.name)
            .map(Prop::state);
        let generics = self.generics(others);
        let (impl_generics, _, clause) = generics.split_for_impl();
        let state = |given: TokenStream| {
            self.required().map(move |other| {
                if other.name == prop.name {
                    given.clone()
                } else {
                    other.state_token()
                }
            })
        };
        let before = self.arguments(state(quote!(::bennu::__private::Missing)));
        let after = self.arguments(state(quote!(::bennu::__private::Given<#ty>)));
        let fields = self.signature.props.iter().map(|other| {
            let field = &other.name;
            if other.name == prop.name {
                quote!(#field: ::bennu::__private::Given(value))
            } else {
                quote!(#field: self.#field)
            }
        });
        quote! {
            impl #impl_generics #props #before #clause {
                #vis fn #setter #parameters (self, value: #ty) -> #props #after {
                    #props { #(#fields,)* __types: self.__types }
                }
            }
        }
    }

    fn optional_setter(&self, prop: &Prop, ty: &TokenStream, value: &TokenStream) -> TokenStream {
        let props = self.type_name();
        let (vis, setter) = (&self.function.vis, &prop.name);
        let generics = self.generics(self.required().map(Prop::state));
        let (impl_generics, arguments, clause) = generics.split_for_impl();
        quote! {
            impl #impl_generics #props #arguments #clause {
                #vis fn #setter(mut self, value: #ty) -> Self {
                    self.#setter = #value;
                    self
                }
            }
        }
    }

    fn rest(&self) -> TokenStream {
        let props = self.type_name();
        let Some(rest) = self
            .signature
            .props
            .iter()
            .find(|prop| matches!(prop.kind, Kind::Rest))
        else {
            return TokenStream::new();
        };
        let (field, lifetime) = (&rest.name, &self.signature.lifetime);
        let generics = self.generics(self.required().map(Prop::state));
        let (impl_generics, arguments, clause) = generics.split_for_impl();
        quote! {
            impl #impl_generics ::bennu::__private::TakesRest<#lifetime> for #props #arguments #clause {
                fn rest_mut(&mut self) -> &mut ::bennu::__private::Attributes<#lifetime> {
                    &mut self.#field
                }
            }
        }
    }

    fn finish(&self) -> TokenStream {
        let props = self.type_name();
        let (vis, name) = (&self.function.vis, &self.function.sig.ident);
        let generics = self.generics(self.required().map(Prop::state));
        let (impl_generics, arguments, clause) = generics.split_for_impl();
        let bounds = self.required().map(|prop| {
            let (state, marker, ty) = (prop.state(), prop.marker(), &prop.ty);
            match &prop.kind {
                Kind::Generic(bounds) => quote!(#state: #marker<Value: #bounds>),
                _ => quote!(#state: #marker<Value = #ty>),
            }
        });
        let values = self.signature.props.iter().map(|prop| {
            let field = &prop.name;
            match &prop.kind {
                Kind::Required | Kind::Generic(_) => quote!(self.#field.value()),
                Kind::Default(default) => quote!(self.#field.unwrap_or_else(|| #default)),
                Kind::Option(_) | Kind::Slot | Kind::Rest => quote!(self.#field),
            }
        });
        quote! {
            impl #impl_generics #props #arguments #clause {
                #vis fn __render(self) -> impl ::bennu::__private::Render where #(#bounds),* {
                    #name(#(#values),*)
                }
            }
        }
    }

    /// The type that gathers the props; errors about them name it.
    fn type_name(&self) -> Ident {
        let component = self.function.sig.ident.to_string();
        format_ident!("{}_props", component.trim_start_matches("r#"))
    }

    /// The function's parameters with the states of the required props behind them.
    fn generics(&self, states: impl Iterator<Item = Ident>) -> Generics {
        let mut generics = self.signature.generics.clone();
        generics
            .params
            .extend(states.map(|state| GenericParam::Type(state.into())));
        generics
    }

    fn arguments(&self, states: impl Iterator<Item = TokenStream>) -> TokenStream {
        let lifetimes = self.signature.generics.lifetimes().map(|parameter| {
            let lifetime = &parameter.lifetime;
            quote!(#lifetime)
        });
        let types = self.signature.generics.type_params().map(|parameter| {
            let ident = &parameter.ident;
            quote!(#ident)
        });
        let constants = self.signature.generics.const_params().map(|parameter| {
            let ident = &parameter.ident;
            quote!(#ident)
        });
        let all = lifetimes.chain(types).chain(constants).chain(states);
        quote!(<#(#all),*>)
    }
}

impl Prop {
    fn is_required(&self) -> bool {
        matches!(self.kind, Kind::Required | Kind::Generic(_))
    }

    /// The prop as it is written in a template.
    fn attribute(&self) -> String {
        self.name.to_string().trim_start_matches("r#").to_owned()
    }

    fn marker(&self) -> Ident {
        format_ident!("Prop_{}", self.attribute(), span = Span::call_site())
    }

    fn state(&self) -> Ident {
        format_ident!("State_{}", self.attribute(), span = Span::call_site())
    }

    fn state_token(&self) -> TokenStream {
        let state = self.state();
        quote!(#state)
    }
}

/// The type behind `Option<...>`.
fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Option")?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}
