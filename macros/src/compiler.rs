//! The tree of a template to Rust code: statics, and a closure that writes the dynamics.

mod branches;
mod calls;
mod hooks;
mod lists;
mod roots;
mod statics;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, Expr, ExprLit, Lit, Result};

use crate::flow;
use crate::hint;
use crate::parser::Markup;
use crate::tokenizer::entity;
use crate::tree::{
    Attribute, Component, Directives, Element, Expression, Node, Slot, Value, escape, is_void,
};
use branches::{directed, flow_code};
use calls::component_call;
use roots::Roots;
pub(crate) use roots::{ENABLED as ROOT_TAG_ATTRIBUTE_ENABLED, NAME as ROOT_TAG_ATTRIBUTE};
use statics::{Static, is_one_element, json_array};

/// Writes the expansion of `heex!`.
pub(crate) fn compile(markup: &Markup) -> Result<TokenStream> {
    let Markup { nodes, assets } = markup;
    let root = is_one_element(nodes);
    let root_attributes = roots::attributes(assets);
    let roots = Roots::outermost(&root_attributes);
    let Template { declaration, body } = template(nodes, root, roots)?;
    let sink = sink();
    Ok(quote! {{
        #(#assets)*
        #declaration
        ::bennu::__private::rendered(&__BENNU_TEMPLATE, move |#sink: &mut ::bennu::__private::Sink| { #body })
    }})
}

/// The items, the static that holds the statics among them, and the statements that write the dynamics.
struct Template {
    declaration: TokenStream,
    body: TokenStream,
}

fn template(nodes: &[Node], root: bool, roots: Roots<'_>) -> Result<Template> {
    let mut builder = Builder::new(roots);
    builder.nodes(nodes)?;
    Ok(builder.finish(root))
}

/// Gathers statics and dynamics in the order of the page.
struct Builder<'t> {
    roots: Roots<'t>,
    statics: Vec<Static>,
    dynamics: Vec<TokenStream>,
    /// Items that tell the program which hooks the template names and brings.
    hooks: Vec<TokenStream>,
    /// Inside a `<textarea>`, where text is the value of a form control.
    form_value: bool,
}

impl<'t> Builder<'t> {
    fn new(roots: Roots<'t>) -> Self {
        Self {
            roots,
            statics: vec![Static::default()],
            dynamics: Vec::new(),
            hooks: Vec::new(),
            form_value: false,
        }
    }

    fn finish(self, root: bool) -> Template {
        let Self {
            statics,
            dynamics,
            hooks,
            ..
        } = self;
        let json = json_array(&statics);
        let sink = sink();
        let declaration = quote! {
            static __BENNU_TEMPLATE: ::bennu::__private::Template =
                ::bennu::__private::Template::new(&[#(#statics),*], #json, #root);
            #(#hooks)*
        };
        let body = if dynamics.is_empty() {
            quote!(let _ = #sink;)
        } else {
            quote! {
                #[allow(unused_imports)]
                use ::bennu::__private::Render as _;
                #(#dynamics)*
            }
        };
        Template { declaration, body }
    }

    fn html(&mut self, html: &str) {
        self.open_static().push(html);
    }

    /// The name of the module in which the template stands.
    fn module(&mut self) {
        self.open_static().push_module();
    }

    fn open_static(&mut self) -> &mut Static {
        self.statics
            .last_mut()
            .expect("there is always an open static")
    }

    /// Adds a dynamic; `write` gets the code for its place.
    fn dynamic(&mut self, write: impl FnOnce(&TokenStream) -> Result<TokenStream>) -> Result<()> {
        self.dynamic_at(false, write)
    }

    fn dynamic_at(
        &mut self,
        form_value: bool,
        write: impl FnOnce(&TokenStream) -> Result<TokenStream>,
    ) -> Result<()> {
        let index = u32::try_from(self.dynamics.len())
            .expect("a source file has fewer than 2^32 expressions");
        let sink = sink();
        let form_value = (form_value || self.form_value).then(|| quote!(.form_value()));
        self.dynamics
            .push(write(&quote!(#sink.dynamic(#index) #form_value))?);
        self.statics.push(Static::default());
        Ok(())
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<()> {
        let mut errors: Option<Error> = None;
        for node in nodes {
            if let Err(error) = self.node(node) {
                match &mut errors {
                    Some(errors) => errors.combine(error),
                    None => errors = Some(error),
                }
            }
        }
        errors.map_or(Ok(()), Err)
    }

    fn node(&mut self, node: &Node) -> Result<()> {
        let roots = self.roots;
        if let Some(key) = node.key_without_rows() {
            return Err(Error::new(
                key.span,
                "`:key` names the rows of a `:for`, and there is none on this tag",
            ));
        }
        match node {
            Node::Text(html) => self.html(html),
            Node::Expression(expression) => self.expression(expression)?,
            Node::Element(element) if element.directives.any() => {
                let directives = &element.directives;
                let plain = Node::Element(Element {
                    directives: Directives::default(),
                    ..element.clone()
                });
                self.dynamic(|place| directed(directives, &plain, roots, place))?;
            }
            Node::Component(component) if component.directives.any() => {
                let directives = &component.directives;
                let pattern = directives.pattern.clone();
                let without = Directives {
                    pattern,
                    ..Directives::default()
                };
                let plain = Node::Component(Component {
                    directives: without,
                    ..component.clone()
                });
                self.dynamic(|place| directed(directives, &plain, roots, place))?;
            }
            Node::Element(element) if element.directives.kind.is_some() => {
                self.runtime_hook(element)?;
            }
            Node::Element(element) => self.element(element)?,
            Node::Component(component) => {
                self.dynamic(|place| component_call(component, roots, place))?;
            }
            Node::Slot(Slot { name, .. }) => {
                let text = format!(
                    "the slot `<:{name}>` stands directly inside the component that has it"
                );
                return Err(Error::new(name.span(), text));
            }
        }
        Ok(())
    }

    fn expression(&mut self, expression: &Expression) -> Result<()> {
        hint::assign(expression)?;
        hint::iterator(expression)?;
        if let Some(text) = string_literal(&expression.code) {
            self.html(&escape(&text));
            return Ok(());
        }
        let roots = self.roots;
        match flow::parse(expression)? {
            Some(flow) => self.dynamic(|place| flow_code(&flow, roots, place)),
            None => self.dynamic(|place| Ok(show(expression, place))),
        }
    }

    fn element(&mut self, element: &Element) -> Result<()> {
        self.html(&format!("<{}", element.name));
        if let Some(line) = element.line {
            self.html(&format!(" data-phx-loc=\"{line}\""));
        }
        self.html(self.roots.here());
        for attribute in &element.attributes {
            self.attribute(&element.name, attribute)?;
        }
        self.html(">");
        if is_void(&element.name) {
            return Ok(());
        }
        let roots = self.roots;
        self.roots = roots.inside();
        self.form_value = element.name == "textarea";
        let children = self.nodes(&element.children);
        self.form_value = false;
        self.roots = roots;
        self.html(&format!("</{}>", element.name));
        children
    }

    fn attribute(&mut self, element: &str, attribute: &Attribute) -> Result<()> {
        let name = attribute.name.text.as_str();
        match &attribute.value {
            Value::Bare => self.html(&format!(" {name}")),
            Value::Text(text, _) if name == "phx-hook" && text.starts_with('.') => {
                self.html(" phx-hook=\"");
                self.hook_name(text);
                self.note_hook("named", text);
                self.html("\"");
            }
            Value::Text(text, span) => {
                self.html(&format!(
                    " {name}=\"{}\"",
                    attribute_text(name, text, *span)?
                ));
            }
            Value::Spread(expression) => {
                let (code, span) = (&expression.code, expression.span);
                return self.dynamic(|place| {
                    Ok(quote_spanned!(mixed(span)=> #place.attributes(&(#code));))
                });
            }
            Value::Expression(expression) => {
                return self.attribute_expression(element, name, expression);
            }
        }
        Ok(())
    }

    fn attribute_expression(
        &mut self,
        element: &str,
        name: &str,
        expression: &Expression,
    ) -> Result<()> {
        hint::assign(expression)?;
        let parsed = syn::parse2(expression.code.clone()).ok();
        match (lists::separator(name), parsed) {
            (
                _,
                Some(Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                })),
            ) => {
                self.html(&format!(" {name}=\"{}\"", escape(&text.value())));
                Ok(())
            }
            (Some(separator), _) => self.list(name, separator, expression),
            (None, Some(Expr::Macro(call)))
                if call
                    .mac
                    .path
                    .segments
                    .last()
                    .is_some_and(|last| is_format(&last.ident)) =>
            {
                self.html(&format!(" {name}=\""));
                self.dynamic_at(is_form_value(element, name), |place| {
                    Ok(show(expression, place))
                })?;
                self.html("\"");
                Ok(())
            }
            _ => {
                let (code, span) = (&expression.code, mixed(expression.span));
                self.dynamic_at(is_form_value(element, name), |place| {
                    Ok(quote_spanned!(span=> #place.attribute(#name, &(#code));))
                })
            }
        }
    }

    /// A class or style list: always there, its entries joined.
    fn list(&mut self, name: &str, separator: &str, expression: &Expression) -> Result<()> {
        let entries = lists::entries(expression);
        self.html(&format!(" {name}=\""));
        self.dynamic(|place| Ok(quote!(#place.list(#separator, #entries);)))?;
        self.html("\"");
        Ok(())
    }
}

impl Node {
    fn key_without_rows(&self) -> Option<&Expression> {
        match self {
            Self::Element(Element { directives, .. })
            | Self::Component(Component { directives, .. }) => directives
                .key
                .as_ref()
                .filter(|_| directives.generator.is_none()),
            Self::Text(_) | Self::Expression(_) | Self::Slot(_) => None,
        }
    }
}

impl Directives {
    fn any(&self) -> bool {
        self.condition.is_some() || self.generator.is_some()
    }
}

/// Code that shows a value: a template is moved, text is borrowed, as the method call finds it.
fn show(expression: &Expression, place: &TokenStream) -> TokenStream {
    let code = &expression.code;
    let render_at = Ident::new("render_at", mixed(expression.span));
    quote!((#code).#render_at(#place);)
}

/// Values that the user changes in the browser.
fn is_form_value(element: &str, attribute: &str) -> bool {
    matches!(
        (element, attribute),
        ("input", "value" | "checked") | ("option", "selected")
    )
}

fn is_format(name: &Ident) -> bool {
    name == "format" || name == "format_args"
}

fn attribute_text(name: &str, text: &str, span: Span) -> Result<String> {
    if let Some(hint) = hint::interpolation(text, name) {
        return Err(Error::new(span, hint));
    }
    match entity(text) {
        Some(entity) => Err(Error::new(
            span,
            format!(
                "a string literal is text, so `{entity}` would be shown as written; write the character itself"
            ),
        )),
        None => Ok(escape(text)),
    }
}

fn string_literal(code: &TokenStream) -> Option<String> {
    match syn::parse2::<Lit>(code.clone()) {
        Ok(Lit::Str(text)) => Some(text.value()),
        _ => None,
    }
}

/// The closure's parameter, which user code cannot see.
fn sink() -> Ident {
    Ident::new("sink", Span::mixed_site())
}

/// A span that reports errors at the user's code and hides generated names from it.
fn mixed(span: Span) -> Span {
    span.resolved_at(Span::mixed_site())
}
