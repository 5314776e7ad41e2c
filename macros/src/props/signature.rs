//! The parameters of a component's function, or the fields of a struct, read as props.

use proc_macro2::{Span, TokenStream};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Error, Expr, FnArg, GenericArgument, Generics, Ident, ItemFn, ItemStruct, Lifetime,
    Pat, PatType, PathArguments, PathSegment, Result, Token, Type, TypeParamBound,
};

/// What there is to gather.
pub(super) struct Signature {
    pub(super) props: Vec<Prop>,
    /// The parameters in angle brackets, and one lifetime for all that a function leaves out.
    pub(super) generics: Generics,
}

/// One parameter or field.
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
    /// `#[prop(rest)]` with the lifetime of its `Attributes`: all attributes that are no props, and of those that not
    /// every element takes the ones in `include(...)`.
    Rest(Lifetime, Vec<Ident>),
}

impl Signature {
    /// Reads the parameters and takes `#[prop]` off them.
    pub(super) fn of_function(function: &mut ItemFn) -> Result<Self> {
        let lifetime = Lifetime::new("'__props", Span::call_site());
        let mut names = NameLifetimes {
            lifetime: &lifetime,
            used: false,
        };
        let props = function
            .sig
            .inputs
            .iter_mut()
            .map(|argument| parameter(argument, &mut names));
        let props = props.collect::<Result<Vec<_>>>()?;
        let mut generics = function.sig.generics.clone();
        generics.params.insert(0, syn::parse_quote!(#lifetime));
        if names.used {
            function.sig.generics = generics.clone();
        }
        Ok(Self { props, generics })
    }

    /// Reads the fields.
    pub(super) fn of_struct(item: &ItemStruct) -> Result<Self> {
        let fields = item.fields.iter().map(|field| {
            let Some(name) = field.ident.clone() else {
                return Err(Error::new_spanned(
                    field,
                    "attributes have names: the fields need them too",
                ));
            };
            let options = Options::take(&mut field.attrs.clone())?;
            Prop::new(name, field.ty.clone(), options)
        });
        Ok(Self {
            props: fields.collect::<Result<_>>()?,
            generics: item.generics.clone(),
        })
    }
}

fn parameter(argument: &mut FnArg, names: &mut NameLifetimes<'_>) -> Result<Prop> {
    let FnArg::Typed(PatType { attrs, pat, ty, .. }) = argument else {
        return Err(Error::new_spanned(
            argument,
            "a component is a free function: its parameters are its props",
        ));
    };
    let options = Options::take(attrs)?;
    let Pat::Ident(pattern) = pat.as_ref() else {
        return Err(Error::new_spanned(
            pat,
            "a prop is named by its parameter: a pattern has no name",
        ));
    };
    names.visit_type_mut(ty);
    Prop::new(pattern.ident.clone(), ty.as_ref().clone(), options)
}

impl Prop {
    fn new(name: Ident, ty: Type, options: Options) -> Result<Self> {
        let kind = match (options, &ty) {
            (Options::None, Type::ImplTrait(generic)) => Kind::Generic(generic.bounds.clone()),
            (_, Type::ImplTrait(_)) => {
                return Err(Error::new_spanned(
                    ty,
                    "a prop of a type `impl Trait` must be given: it cannot have a default",
                ));
            }
            (Options::Rest(include), ty) => Kind::Rest(lifetime_of(ty)?, include),
            (Options::Default(default), _) => Kind::Default(default),
            (Options::None, ty) if segment(ty).is_some_and(|last| last.ident == "Slot") => {
                Kind::Slot
            }
            (Options::None, ty) => option_of(ty).map_or(Kind::Required, |inner| {
                Kind::Option(Box::new(inner.clone()))
            }),
        };
        Ok(Self { name, ty, kind })
    }
}

/// What `#[prop(...)]` says.
enum Options {
    None,
    Rest(Vec<Ident>),
    Default(TokenStream),
}

impl Options {
    fn take(attributes: &mut Vec<Attribute>) -> Result<Self> {
        let mut options = Self::None;
        for attribute in attributes.extract_if(.., |attribute| attribute.path().is_ident("prop")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("rest") {
                    options = Self::Rest(Vec::new());
                    return Ok(());
                }
                if let (Self::Rest(include), true) = (&mut options, meta.path.is_ident("include")) {
                    return meta.parse_nested_meta(|name| {
                        include.push(name.path.require_ident()?.clone());
                        Ok(())
                    });
                }
                if !meta.path.is_ident("default") {
                    return Err(meta.error(
                        "expected `default`, `default = value`, `rest` or `rest, include(names)`",
                    ));
                }
                let default = match meta.value() {
                    Ok(value) => quote::ToTokens::into_token_stream(value.parse::<Expr>()?),
                    Err(_) => quote::quote!(::core::default::Default::default()),
                };
                options = Self::Default(default);
                Ok(())
            })?;
        }
        Ok(options)
    }
}

fn segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

fn arguments(ty: &Type) -> impl Iterator<Item = &GenericArgument> {
    let arguments = segment(ty).map(|last| &last.arguments);
    let arguments = match arguments {
        Some(PathArguments::AngleBracketed(arguments)) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten()
}

/// The type behind `Option<...>`.
fn option_of(ty: &Type) -> Option<&Type> {
    let _ = segment(ty).filter(|last| last.ident == "Option")?;
    arguments(ty).find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

/// The lifetime in `Attributes<'a>`.
fn lifetime_of(ty: &Type) -> Result<Lifetime> {
    let lifetime = arguments(ty).find_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => Some(lifetime.clone()),
        _ => None,
    });
    lifetime.ok_or_else(|| Error::new_spanned(ty, "the rest has the type `Attributes<'_>`"))
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
