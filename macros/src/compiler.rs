//! The tree of a template to Rust code: statics, and a closure that writes the dynamics.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Lit, Result};

use crate::flow::{self, Body, Flow, Generator};
use crate::tokenizer::entity;
use crate::tree::{
    Attribute, Component, Directives, Element, Expression, Node, Slot, Value, escape, is_void,
};

/// Writes the expansion of `heex!`.
pub(crate) fn compile(nodes: &[Node]) -> Result<TokenStream> {
    let root = is_one_element(nodes);
    let Template { declaration, body } = template(nodes, root)?;
    let sink = sink();
    Ok(quote! {{
        #declaration
        ::bennu::__private::rendered(&__BENNU_TEMPLATE, move |#sink: &mut ::bennu::__private::Sink| { #body })
    }})
}

/// The static that holds the statics, and the statements that write the dynamics.
struct Template {
    declaration: TokenStream,
    body: TokenStream,
}

fn template(nodes: &[Node], root: bool) -> Result<Template> {
    let mut builder = Builder::new();
    builder.nodes(nodes)?;
    Ok(builder.finish(root))
}

/// Gathers statics and dynamics in the order of the page.
struct Builder {
    statics: Vec<String>,
    dynamics: Vec<TokenStream>,
    /// Inside a `<textarea>`, where text is the value of a form control.
    form_value: bool,
}

impl Builder {
    fn new() -> Self {
        Self {
            statics: vec![String::new()],
            dynamics: Vec::new(),
            form_value: false,
        }
    }

    fn finish(self, root: bool) -> Template {
        let Self {
            statics, dynamics, ..
        } = self;
        let json = json_array(&statics);
        let sink = sink();
        let declaration = quote! {
            static __BENNU_TEMPLATE: ::bennu::__private::Template =
                ::bennu::__private::Template::new(&[#(#statics),*], #json, #root);
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
        self.statics
            .last_mut()
            .expect("there is always an open static")
            .push_str(html);
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
        self.statics.push(String::new());
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
                self.dynamic(|place| directed(directives, &plain, place))?;
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
                self.dynamic(|place| directed(directives, &plain, place))?;
            }
            Node::Element(element) => self.element(element)?,
            Node::Component(component) => self.dynamic(|place| component_call(component, place))?,
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
        if let Some(text) = string_literal(&expression.code) {
            self.html(&escape(&text));
            return Ok(());
        }
        match flow::parse(expression)? {
            Some(flow) => self.dynamic(|place| flow_code(&flow, place)),
            None => self.dynamic(|place| Ok(show(expression, place))),
        }
    }

    fn element(&mut self, element: &Element) -> Result<()> {
        self.html(&format!("<{}", element.name));
        for attribute in &element.attributes {
            self.attribute(&element.name, attribute)?;
        }
        self.html(">");
        if is_void(&element.name) {
            return Ok(());
        }
        self.form_value = element.name == "textarea";
        let children = self.nodes(&element.children);
        self.form_value = false;
        self.html(&format!("</{}>", element.name));
        children
    }

    fn attribute(&mut self, element: &str, attribute: &Attribute) -> Result<()> {
        let name = attribute.name.text.as_str();
        match &attribute.value {
            Value::Bare => self.html(&format!(" {name}")),
            Value::Text(text, span) => {
                self.html(&format!(" {name}=\"{}\"", attribute_text(text, *span)?));
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
        let parsed = syn::parse2(expression.code.clone()).ok();
        match (name, parsed) {
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
            ("class", parsed) => self.list(name, " ", parsed, expression),
            ("style", parsed) => self.list(name, ";", parsed, expression),
            (_, Some(Expr::Macro(call)))
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
    fn list(
        &mut self,
        name: &str,
        separator: &str,
        parsed: Option<Expr>,
        expression: &Expression,
    ) -> Result<()> {
        let entries = match parsed {
            Some(Expr::Array(array)) => array
                .elems
                .into_iter()
                .map(quote::ToTokens::into_token_stream)
                .collect(),
            Some(Expr::Tuple(tuple)) => tuple
                .elems
                .into_iter()
                .map(quote::ToTokens::into_token_stream)
                .collect(),
            _ => vec![expression.code.clone()],
        };
        let list = Ident::new("list", Span::mixed_site());
        let entries = entries
            .iter()
            .map(|entry| quote_spanned!(mixed(expression.span)=> #list.entries(&(#entry));));
        self.html(&format!(" {name}=\""));
        self.dynamic(|place| Ok(quote!(#place.list(#separator, |#list| { #(#entries)* });)))?;
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

fn flow_code(flow: &Flow, place: &TokenStream) -> Result<TokenStream> {
    match flow {
        Flow::If(branches, otherwise) => {
            let mut code = TokenStream::new();
            for (condition, body) in branches {
                let body = body_code(body, place)?;
                code.extend(quote!(if #condition { #body } else));
            }
            let otherwise = otherwise.as_ref().map_or_else(
                || Ok(quote!(#place.empty();)),
                |body| body_code(body, place),
            );
            let otherwise = otherwise?;
            Ok(quote!(#code { #otherwise }))
        }
        Flow::Match(value, arms) => {
            let arms = arms.iter().map(|(pattern, body)| {
                let body = body_code(body, place)?;
                Ok(quote!(#pattern => { #body }))
            });
            let arms = arms.collect::<Result<Vec<_>>>()?;
            Ok(quote!(match #value { #(#arms)* }))
        }
        Flow::For(generator, body) => {
            let (statements, nodes) = match body {
                Body::Markup(statements, nodes) => (statements.clone(), nodes.clone()),
                Body::Code(statements, expression) => (
                    statements.clone(),
                    vec![Node::Expression(expression.clone())],
                ),
            };
            let (nodes, key) = take_key(nodes);
            rows(
                generator,
                &Row {
                    statements,
                    condition: None,
                    key: key.as_ref(),
                    nodes: &nodes,
                },
                place,
            )
        }
    }
}

fn body_code(body: &Body, place: &TokenStream) -> Result<TokenStream> {
    match body {
        Body::Markup(statements, nodes) => {
            let nested = nested(nodes, place)?;
            Ok(quote!(#statements #nested))
        }
        Body::Code(statements, expression) => {
            let code = match flow::parse(expression)? {
                Some(flow) => flow_code(&flow, place)?,
                None => show_body(expression, place),
            };
            Ok(quote!(#statements #code))
        }
    }
}

fn show_body(expression: &Expression, place: &TokenStream) -> TokenStream {
    match string_block(&expression.code) {
        Some(text) => quote!((#text).render_at(#place);),
        None => show(expression, place),
    }
}

/// A nested template. Markup that is nothing but one component needs none of its own.
fn nested(nodes: &[Node], place: &TokenStream) -> Result<TokenStream> {
    if let [Node::Component(component)] = nodes
        && !component.directives.any()
    {
        return component_call(component, place);
    }
    let Template { declaration, body } = template(nodes, false)?;
    let sink = sink();
    Ok(
        quote!({ #declaration #place.node(&__BENNU_TEMPLATE, |#sink: &mut ::bennu::__private::Sink| { #body }); }),
    )
}

/// A tag with `:if` or `:for`.
fn directed(directives: &Directives, plain: &Node, place: &TokenStream) -> Result<TokenStream> {
    let condition = directives
        .condition
        .as_ref()
        .map(|condition| &condition.code);
    let nodes = std::slice::from_ref(plain);
    match &directives.generator {
        Some(generator) => {
            let generator = flow::generator(generator)?;
            let key = directives.key.as_ref();
            rows(
                &generator,
                &Row {
                    statements: TokenStream::new(),
                    condition,
                    key,
                    nodes,
                },
                place,
            )
        }
        None => {
            let nested = nested(nodes, place)?;
            Ok(quote!(if #condition { #nested } else { #place.empty(); }))
        }
    }
}

/// What a comprehension does for each item.
struct Row<'r> {
    statements: TokenStream,
    condition: Option<&'r TokenStream>,
    key: Option<&'r Expression>,
    nodes: &'r [Node],
}

fn rows(generator: &Generator, row: &Row<'_>, place: &TokenStream) -> Result<TokenStream> {
    let Generator { pattern, items } = generator;
    let items = quote_spanned!(mixed(items.span())=> ::bennu::__private::comprehension(#items));
    let Row {
        statements,
        condition,
        key,
        nodes,
    } = row;
    let Template { declaration, body } = template(nodes, false)?;
    let (sink, rows) = (sink(), Ident::new("rows", Span::mixed_site()));
    let closure = quote!(|#sink: &mut ::bennu::__private::Sink| { #body });
    let call = match key {
        Some(Expression { code, span }) => {
            quote_spanned!(mixed(*span)=> #rows.keyed_row(&(#code), #closure);)
        }
        None => quote!(#rows.row(#closure);),
    };
    let call = condition.map_or_else(|| call.clone(), |condition| quote!(if #condition { #call }));
    Ok(quote!({
        #declaration
        ::bennu::__private::Comprehension::write_rows(
            #items,
            #place,
            &__BENNU_TEMPLATE,
            |#rows: &mut ::bennu::__private::Rows<'_>, #pattern| { #statements #call },
        );
    }))
}

/// Takes the `:key` of the only tag in the body of a `for`.
fn take_key(mut nodes: Vec<Node>) -> (Vec<Node>, Option<Expression>) {
    let [Node::Element(Element { directives, .. }) | Node::Component(Component { directives, .. })] =
        nodes.as_mut_slice()
    else {
        return (nodes, None);
    };
    let key = if directives.generator.is_none() {
        directives.key.take()
    } else {
        None
    };
    (nodes, key)
}

fn component_call(component: &Component, place: &TokenStream) -> Result<TokenStream> {
    let Component {
        path,
        span,
        attributes,
        directives,
        children,
        slots,
    } = component;
    let mut props = quote_spanned!(mixed(*span)=> #path::props());
    for attribute in attributes {
        props = prop(&props, attribute)?;
    }
    for entries in slots.chunk_by(|one, next| one.name == next.name) {
        props = fill_slot(&props, &entries[0].name, entries)?;
    }
    let pattern = directives.pattern.clone();
    if !is_blank(children) {
        let name = Ident::new("inner_block", *span);
        let directives = Directives {
            pattern,
            ..Directives::default()
        };
        let slot = Slot {
            name,
            attributes: Vec::new(),
            directives,
            children: children.clone(),
        };
        props = fill_slot(&props, &slot.name, std::slice::from_ref(&slot))?;
    } else if let Some(pattern) = pattern {
        return Err(Error::new(
            pattern.span,
            "`:let` needs content between the tags of the component",
        ));
    }
    let finish = Ident::new("__finish", mixed(*span));
    Ok(quote!({
        #[allow(unused_imports)]
        use ::bennu::__private::GlobalAttributes as _;
        #props.#finish().render_at(#place);
    }))
}

/// Gives a slot a closure that goes through its entries.
fn fill_slot(props: &TokenStream, setter: &Ident, entries: &[Slot]) -> Result<TokenStream> {
    let visitor = Ident::new("visitor", Span::mixed_site());
    let entries = entries
        .iter()
        .map(|entry| slot_entry(entry, &visitor))
        .collect::<Result<Vec<_>>>()?;
    Ok(quote!(#props.#setter(::bennu::__private::Slot::new(
        &|#visitor: &mut ::bennu::__private::SlotVisitor<'_, _, _>| { #(#entries)* }
    ))))
}

fn slot_entry(entry: &Slot, visitor: &Ident) -> Result<TokenStream> {
    let Slot {
        name,
        attributes,
        directives,
        children,
    } = entry;
    if let Some(key) = &directives.key {
        return Err(Error::new(
            key.span,
            "the entries of a slot have no keys: the component decides how it shows them",
        ));
    }
    let dynamic = Ident::new("dynamic", Span::mixed_site());
    let mut gathered = quote!(#dynamic);
    for attribute in attributes {
        gathered = prop(&gathered, attribute)?;
    }
    let finish = Ident::new("__finish", mixed(name.span()));
    let body = nested(children, &quote!(#dynamic))?;
    let pattern = directives
        .pattern
        .as_ref()
        .map_or_else(|| quote!(_), |pattern| pattern.code.clone());
    let method = Ident::new("entry", mixed(name.span()));
    let mut code = quote!(#visitor.#method(
        |#dynamic| #gathered.#finish(),
        &|#dynamic: ::bennu::__private::Dynamic<'_>, #pattern| #body,
    ););
    if let Some(Expression {
        code: condition, ..
    }) = &directives.condition
    {
        code = quote!(if #condition { #code });
    }
    if let Some(generator) = &directives.generator {
        let Generator { pattern, items } = flow::generator(generator)?;
        code = quote!(for #pattern in #items { #code });
    }
    Ok(code)
}

fn prop(props: &TokenStream, attribute: &Attribute) -> Result<TokenStream> {
    let name = attribute.name.text.as_str();
    let span = attribute.name.span;
    let value = match &attribute.value {
        Value::Bare => quote_spanned!(span=> true),
        Value::Text(text, span) => {
            attribute_text(text, *span)?;
            quote_spanned!(*span=> #text)
        }
        Value::Expression(expression) => expression.code.clone(),
        Value::Spread(Expression { code, span }) => {
            let function = quote_spanned!(mixed(*span)=> ::bennu::__private::rest_attributes);
            return Ok(quote!(#function(#props, #code)));
        }
    };
    match identifier(name, span) {
        Some(setter) => Ok(quote!(#props.#setter(#value))),
        None => {
            let function = quote_spanned!(mixed(span)=> ::bennu::__private::rest_attribute);
            Ok(quote!(#function(#props, #name, #value)))
        }
    }
}

/// The name of a prop as a Rust identifier; names with dashes and the like have none.
fn identifier(name: &str, span: Span) -> Option<Ident> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    if !name.chars().all(word) || name.starts_with(|c: char| c.is_numeric()) {
        return None;
    }
    let keyword = syn::parse_str::<Ident>(name).is_err();
    Some(if keyword {
        Ident::new_raw(name, span)
    } else {
        Ident::new(name, span)
    })
}

fn is_blank(nodes: &[Node]) -> bool {
    nodes
        .iter()
        .all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
}

/// Whether a template is exactly one element, so that the client may treat it as a whole.
fn is_one_element(nodes: &[Node]) -> bool {
    let mut elements = 0;
    let others_invisible = nodes.iter().all(|node| match node {
        Node::Element(element) => {
            elements += 1;
            !element.directives.any()
        }
        Node::Text(html) => is_comments(html),
        Node::Expression(_) | Node::Component(_) | Node::Slot(_) => false,
    });
    others_invisible && elements == 1
}

fn is_comments(html: &str) -> bool {
    let mut rest = html.trim();
    while let Some(comment) = rest.strip_prefix("<!--") {
        let Some((_, after)) = comment.split_once("-->") else {
            return false;
        };
        rest = after.trim_start();
    }
    rest.is_empty()
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

fn attribute_text(text: &str, span: Span) -> Result<String> {
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

/// The literal in `{ "text" }`.
fn string_block(code: &TokenStream) -> Option<TokenStream> {
    let mut tokens = code.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(group)), None) => {
            string_literal(&group.stream()).map(|_| group.stream())
        }
        _ => None,
    }
}

fn json_array(statics: &[String]) -> String {
    let strings: Vec<String> = statics.iter().map(|text| json_string(text)).collect();
    format!("[{}]", strings.join(","))
}

fn json_string(text: &str) -> String {
    use std::fmt::Write as _;
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(c));
            }
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

/// The closure's parameter, which user code cannot see.
fn sink() -> Ident {
    Ident::new("sink", Span::mixed_site())
}

/// A span that reports errors at the user's code and hides generated names from it.
fn mixed(span: Span) -> Span {
    span.resolved_at(Span::mixed_site())
}
