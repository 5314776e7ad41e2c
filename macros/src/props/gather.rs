//! The type that gathers props, its setters, and what turns it into a call or a value at the end.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{GenericParam, Generics, Lifetime, Type, Visibility};

use super::signature::{Kind, Prop, Signature};

/// What is to be gathered, and what becomes of it.
pub(super) struct Gather<'g> {
    pub(super) vis: &'g Visibility,
    /// The type to write; errors about a prop that does not exist name it.
    pub(super) name: Ident,
    /// Who needs the props, for errors about a missing one.
    pub(super) described: String,
    pub(super) signature: &'g Signature,
    /// The type of `finish`, which uses `self` with the fields of [`value`].
    pub(super) result: TokenStream,
    pub(super) finish: TokenStream,
}

/// The value of a prop when all are gathered.
pub(super) fn value(prop: &Prop) -> TokenStream {
    let field = &prop.name;
    match &prop.kind {
        Kind::Required | Kind::Generic(_) => quote!(self.#field.value()),
        Kind::Default(default) => quote!(self.#field.unwrap_or_else(|| #default)),
        Kind::Option(_) | Kind::Slot | Kind::Rest(..) => quote!(self.#field),
    }
}

impl Gather<'_> {
    /// The type and its methods.
    pub(super) fn code(&self) -> TokenStream {
        let parts = [
            self.markers(),
            self.definition(),
            self.setters(),
            self.rest(),
            self.finisher(),
        ];
        quote!(#(#parts)*)
    }

    /// The value with which gathering begins.
    pub(super) fn start(&self) -> TokenStream {
        let name = &self.name;
        let fields = self.signature.props.iter().map(|prop| {
            let field = &prop.name;
            match &prop.kind {
                Kind::Required | Kind::Generic(_) => quote!(#field: ::bennu::__private::Missing),
                Kind::Default(_) | Kind::Option(_) => quote!(#field: ::core::option::Option::None),
                Kind::Slot | Kind::Rest(..) => quote!(#field: ::core::default::Default::default()),
            }
        });
        quote!(#name { #(#fields,)* __types: ::core::marker::PhantomData })
    }

    /// The type of [`start`](Self::start).
    pub(super) fn missing(&self) -> TokenStream {
        self.of_states(|_| quote!(::bennu::__private::Missing))
    }

    fn required(&self) -> impl Iterator<Item = &Prop> {
        self.signature
            .props
            .iter()
            .filter(|prop| prop.is_required())
    }

    /// One trait for each required prop, so that the error for a missing one can name it.
    fn markers(&self) -> TokenStream {
        let vis = self.vis;
        let markers = self.required().map(|prop| {
            let (marker, name) = (prop.marker(), prop.attribute());
            let message = format!("{} needs `{name}`", self.described);
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

    fn definition(&self) -> TokenStream {
        let (vis, name) = (self.vis, &self.name);
        let generics = self.generics(|_| true);
        let (parameters, _, clause) = generics.split_for_impl();
        let fields = self.signature.props.iter().map(|prop| {
            let (field, ty) = (&prop.name, &prop.ty);
            match &prop.kind {
                Kind::Required | Kind::Generic(_) => {
                    let state = prop.state();
                    quote!(#field: #state)
                }
                Kind::Default(_) => quote!(#field: ::core::option::Option<#ty>),
                Kind::Option(_) | Kind::Slot | Kind::Rest(..) => quote!(#field: #ty),
            }
        });
        let phantom = self.phantom();
        quote!(#vis struct #name #parameters #clause { #(#fields,)* __types: #phantom })
    }

    /// Uses every parameter, whatever the fields mention.
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

    fn setters(&self) -> TokenStream {
        let some = quote!(::core::option::Option::Some(value));
        let setters = self.signature.props.iter().map(|prop| {
            let ty = &prop.ty;
            match &prop.kind {
                Kind::Required => self.required_setter(prop, &quote!(), &quote!(#ty)),
                Kind::Generic(bounds) => {
                    self.required_setter(prop, &quote!(<__P: #bounds>), &quote!(__P))
                }
                Kind::Default(_) => self.optional_setter(prop, &quote!(#ty), &some),
                Kind::Option(inner) => {
                    let (ty, value) = match text_lifetime(inner) {
                        Some(lifetime) => (
                            quote!(impl ::bennu::__private::OptionalText<#lifetime>),
                            quote!(value.into_optional_text()),
                        ),
                        None => (
                            quote!(impl ::core::convert::Into<::core::option::Option<#inner>>),
                            quote!(value.into()),
                        ),
                    };
                    self.optional_setter(prop, &ty, &value)
                }
                Kind::Slot => self.optional_setter(prop, &quote!(#ty), &quote!(value)),
                Kind::Rest(lifetime, include) => self.included(prop, lifetime, include),
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
        let (vis, name, setter) = (self.vis, &self.name, &prop.name);
        let generics = self.generics(|other| other.name != prop.name);
        let (impl_generics, _, clause) = generics.split_for_impl();
        let with = |state: TokenStream| {
            self.of_states(|other| {
                if other.name == prop.name {
                    state.clone()
                } else {
                    other.state_token()
                }
            })
        };
        let before = with(quote!(::bennu::__private::Missing));
        let after = with(quote!(::bennu::__private::Given<#ty>));
        let others = self
            .signature
            .props
            .iter()
            .map(|other| &other.name)
            .filter(|other| **other != prop.name);
        quote! {
            impl #impl_generics #before #clause {
                #vis fn #setter #parameters (self, value: #ty) -> #after {
                    #name {
                        #setter: ::bennu::__private::Given(value),
                        #(#others: self.#others,)*
                        __types: self.__types,
                    }
                }
            }
        }
    }

    fn optional_setter(&self, prop: &Prop, ty: &TokenStream, value: &TokenStream) -> TokenStream {
        let (vis, setter) = (self.vis, &prop.name);
        self.implementation(&quote! {
            #vis fn #setter(mut self, value: #ty) -> Self {
                self.#setter = #value;
                self
            }
        })
    }

    /// Setters of the attributes that the rest takes beside those of every element.
    fn included(&self, rest: &Prop, lifetime: &Lifetime, include: &[Ident]) -> TokenStream {
        let (vis, field) = (self.vis, &rest.name);
        let setters = include.iter().map(|name| {
            let text = name.to_string();
            let text = text.trim_start_matches("r#");
            let setter = syn::parse_str::<Ident>(text)
                .map_or_else(|_| Ident::new_raw(text, name.span()), |_| name.clone());
            quote! {
                #vis fn #setter(
                    mut self,
                    value: impl ::core::convert::Into<::bennu::__private::Attribute<#lifetime>>,
                ) -> Self {
                    self.#field.set(#text, value);
                    self
                }
            }
        });
        self.implementation(&quote!(#(#setters)*))
    }

    fn rest(&self) -> TokenStream {
        let rest = self
            .signature
            .props
            .iter()
            .find_map(|prop| match &prop.kind {
                Kind::Rest(lifetime, _) => Some((&prop.name, lifetime)),
                _ => None,
            });
        let Some((field, lifetime)) = rest else {
            return TokenStream::new();
        };
        let generics = self.generics(|_| true);
        let (impl_generics, _, clause) = generics.split_for_impl();
        let this = self.of_states(Prop::state_token);
        quote! {
            #[diagnostic::do_not_recommend]
            impl #impl_generics ::bennu::__private::TakesRest<#lifetime> for #this #clause {
                fn rest_mut(&mut self) -> &mut ::bennu::__private::Attributes<#lifetime> {
                    &mut self.#field
                }
            }
        }
    }

    fn finisher(&self) -> TokenStream {
        let (vis, result, finish) = (self.vis, &self.result, &self.finish);
        let bounds = self.required().map(|prop| {
            let (state, marker, ty) = (prop.state(), prop.marker(), &prop.ty);
            match &prop.kind {
                Kind::Generic(bounds) => quote!(#state: #marker<Value: #bounds>),
                _ => quote!(#state: #marker<Value = #ty>),
            }
        });
        self.implementation(&quote! {
            #vis fn __finish(self) -> #result where #(#bounds),* {
                #finish
            }
        })
    }

    /// Methods that are there whatever was given so far.
    fn implementation(&self, methods: &TokenStream) -> TokenStream {
        let generics = self.generics(|_| true);
        let (impl_generics, _, clause) = generics.split_for_impl();
        let this = self.of_states(Prop::state_token);
        quote!(impl #impl_generics #this #clause { #methods })
    }

    /// The declared parameters with the states of the required props behind them.
    fn generics(&self, with_state: impl Fn(&Prop) -> bool) -> Generics {
        let mut generics = self.signature.generics.clone();
        let states = self
            .required()
            .filter(|prop| with_state(prop))
            .map(Prop::state);
        generics
            .params
            .extend(states.map(|state| GenericParam::Type(state.into())));
        generics
    }

    /// The type with the given states.
    fn of_states(&self, state: impl Fn(&Prop) -> TokenStream) -> TokenStream {
        let name = &self.name;
        let declared = self
            .signature
            .generics
            .params
            .iter()
            .map(|parameter| match parameter {
                GenericParam::Lifetime(parameter) => {
                    let lifetime = &parameter.lifetime;
                    quote!(#lifetime)
                }
                GenericParam::Type(syn::TypeParam { ident, .. })
                | GenericParam::Const(syn::ConstParam { ident, .. }) => {
                    quote!(#ident)
                }
            });
        let states = self.required().map(state);
        quote!(#name<#(#declared,)* #(#states),*>)
    }
}

/// The lifetime of `&'a str`.
fn text_lifetime(ty: &Type) -> Option<&Lifetime> {
    match ty {
        Type::Reference(text) if matches!(&*text.elem, Type::Path(path) if path.path.is_ident("str")) => {
            text.lifetime.as_ref()
        }
        _ => None,
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
