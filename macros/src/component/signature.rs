//! The parameters of a component's function, read as props.

use proc_macro2::{Span, TokenStream};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Error, Expr, FnArg, Generics, Ident, ItemFn, Lifetime, Pat, PatType, Result, Token,
    Type, TypeParamBound,
};

use super::option_of;

/// What `#[component]` needs to know about its function.
pub(super) struct Signature {
    pub(super) props: Vec<Prop>,
    /// The parameters in angle brackets, `lifetime` among them.
    pub(super) generics: Generics,
    /// Stands for every lifetime the function does not name.
    pub(super) lifetime: Lifetime,
}

/// One parameter.
pub(super) struct Prop {
    pub(super) name: Ident,
    pub(super) ty: Type,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// Must be given.
    Required,
    /// Must be given; its type is `impl Bounds`.
    Generic(Punctuated<TypeParamBound, Token![+]>),
    /// `#[prop(default = value)]`, or `#[prop(default)]` for the type's own default.
    Default(TokenStream),
    /// `Option<inner>`: given without `Some`, or left out.
    Option(Box<Type>),
    /// `Slot<...>`.
    Slot,
    /// `#[prop(rest)]`: all attributes that are no props.
    Rest,
}

/// Reads the parameters and takes `#[prop]` off them.
pub(super) fn parse(function: &mut ItemFn) -> Result<Signature> {
    let lifetime = Lifetime::new("'__props", Span::call_site());
    let (mut props, mut borrows) = (Vec::new(), false);
    for argument in &mut function.sig.inputs {
        let FnArg::Typed(argument) = argument else {
            return Err(Error::new_spanned(
                argument,
                "a component is a free function: its parameters are its props",
            ));
        };
        let mut names = NameLifetimes {
            lifetime: &lifetime,
            used: false,
        };
        props.push(prop(argument, &mut names)?);
        borrows |= names.used;
    }
    let mut generics = function.sig.generics.clone();
    generics.params.insert(0, syn::parse_quote!(#lifetime));
    if borrows {
        function.sig.generics = generics.clone();
    }
    Ok(Signature {
        props,
        generics,
        lifetime,
    })
}

fn prop(argument: &mut PatType, names: &mut NameLifetimes<'_>) -> Result<Prop> {
    let options = options(&mut argument.attrs)?;
    let Pat::Ident(pattern) = argument.pat.as_ref() else {
        return Err(Error::new_spanned(
            &argument.pat,
            "a prop is named by its parameter: a pattern has no name",
        ));
    };
    let name = pattern.ident.clone();
    names.visit_type_mut(&mut argument.ty);
    let ty = argument.ty.as_ref().clone();
    let kind = kind(&ty, options)?;
    Ok(Prop { name, ty, kind })
}

enum Options {
    None,
    Rest,
    Default(TokenStream),
}

fn kind(ty: &Type, options: Options) -> Result<Kind> {
    if let Type::ImplTrait(generic) = ty {
        return match options {
            Options::None => Ok(Kind::Generic(generic.bounds.clone())),
            _ => Err(Error::new_spanned(
                ty,
                "a prop of a type `impl Trait` must be given: it cannot have a default",
            )),
        };
    }
    match options {
        Options::Rest => Ok(Kind::Rest),
        Options::Default(default) => Ok(Kind::Default(default)),
        Options::None if is_slot(ty) => Ok(Kind::Slot),
        Options::None => Ok(option_of(ty).map_or(Kind::Required, |inner| {
            Kind::Option(Box::new(inner.clone()))
        })),
    }
}

fn is_slot(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Slot"))
}

fn options(attributes: &mut Vec<Attribute>) -> Result<Options> {
    let mut options = Options::None;
    for attribute in attributes.extract_if(.., |attribute| attribute.path().is_ident("prop")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rest") {
                options = Options::Rest;
                return Ok(());
            }
            if !meta.path.is_ident("default") {
                return Err(meta.error("expected `default`, `default = value` or `rest`"));
            }
            let default = match meta.value() {
                Ok(value) => quote::ToTokens::into_token_stream(value.parse::<Expr>()?),
                Err(_) => quote::quote!(::core::default::Default::default()),
            };
            options = Options::Default(default);
            Ok(())
        })?;
    }
    Ok(options)
}

/// Gives the lifetimes a signature leaves out one name: fields cannot leave them out, and what a component gives to its
/// slot is borrowed from its other props.
struct NameLifetimes<'l> {
    lifetime: &'l Lifetime,
    used: bool,
}

impl VisitMut for NameLifetimes<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.lifetime.clone();
            self.used = true;
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(self.lifetime.clone());
            self.used = true;
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    // The lifetimes in these belong to the function type, not to the prop.
    fn visit_parenthesized_generic_arguments_mut(
        &mut self,
        _: &mut syn::ParenthesizedGenericArguments,
    ) {
    }

    fn visit_type_bare_fn_mut(&mut self, _: &mut syn::TypeBareFn) {}
}
