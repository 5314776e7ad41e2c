//! The tokens of HTML, which both kinds of source are split into.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::{Error, Result};

use crate::tree::{Attribute, AttributeName, Directives, Expression, Value};

/// A token of HTML.
#[derive(Debug)]
pub(crate) enum Token {
    /// HTML as it will be written.
    Text(String),
    /// `{expression}`.
    Expression(Expression),
    /// `<name attributes>` or `<name attributes />`.
    Open(Box<Open>),
    /// `</name>`.
    Close { name: TagName, place: Place },
}

/// An opening tag.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) name: TagName,
    pub(crate) place: Place,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) directives: Directives,
    /// Written `<name />`.
    pub(crate) closed: bool,
}

/// Where a tag stands: in the Rust source, or in a file of which Rust knows nothing.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) span: Span,
    /// `page.html.heex:3:7`.
    file: Option<String>,
}

/// What stands behind `<`.
#[derive(Debug, Clone)]
pub(crate) enum TagName {
    /// An HTML element.
    Element(String),
    /// `.name` or `path::name`: the path, and how it was written.
    Component(TokenStream, String),
    /// `:name`.
    Slot(Ident),
    /// `<>`.
    Fragment,
}

impl TagName {
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Element(name) | Self::Component(_, name) => name.clone(),
            Self::Slot(name) => format!(":{name}"),
            Self::Fragment => String::new(),
        }
    }
}

impl Place {
    pub(crate) fn of(span: Span) -> Self {
        Self { span, file: None }
    }

    pub(crate) fn in_file(file: String) -> Self {
        Self {
            span: Span::call_site(),
            file: Some(file),
        }
    }

    /// The line in the source file, where it is known.
    pub(crate) fn line(&self) -> Option<usize> {
        match &self.file {
            Some(file) => file.rsplit(':').nth(1)?.parse().ok(),
            None => Some(self.span.start().line).filter(|line| *line > 0),
        }
    }

    pub(crate) fn error(&self, text: &str) -> Error {
        self.error_at(self.span, text)
    }

    /// An error at a part of the tag, where the source is Rust.
    pub(crate) fn error_at(&self, part: Span, text: &str) -> Error {
        match &self.file {
            Some(file) => Error::new(self.span, format!("{file}: {text}")),
            None => Error::new(part, text),
        }
    }
}

impl Open {
    pub(crate) fn new(name: TagName, place: Place) -> Self {
        Self {
            name,
            place,
            attributes: Vec::new(),
            directives: Directives::default(),
            closed: false,
        }
    }

    /// Adds `{..attributes}`.
    pub(crate) fn spread(&mut self, expression: Expression) -> Result<()> {
        let mut tokens = expression.code.into_iter();
        let dot = |token: Option<TokenTree>| matches!(token, Some(TokenTree::Punct(dot)) if dot.as_char() == '.');
        let span = expression.span;
        if !(dot(tokens.next()) && dot(tokens.next())) {
            return Err(Error::new(
                span,
                "attributes are spread with two dots: `{..attributes}`",
            ));
        }
        let value = Value::Spread(Expression {
            code: tokens.collect(),
            span,
        });
        self.attributes.push(Attribute {
            name: AttributeName {
                text: String::new(),
                span,
            },
            value,
        });
        Ok(())
    }

    /// Adds an attribute or a directive, each of which may be given once.
    pub(crate) fn add(&mut self, name: AttributeName, value: Value) -> Result<()> {
        if let Some(directive) = name.text.strip_prefix(':') {
            return self.directives.set(directive, value, name.span);
        }
        if self
            .attributes
            .iter()
            .any(|held| held.name.text == name.text)
        {
            return Err(Error::new(
                name.span,
                format!("the attribute `{}` is given twice", name.text),
            ));
        }
        self.attributes.push(Attribute { name, value });
        Ok(())
    }
}

impl Directives {
    fn set(&mut self, name: &str, value: Value, span: Span) -> Result<()> {
        let place = match name {
            "if" => &mut self.condition,
            "for" => &mut self.generator,
            "key" => &mut self.key,
            "let" => &mut self.pattern,
            "type" => &mut self.kind,
            _ => {
                let known = "`:if`, `:for`, `:key`, `:let` and `:type`";
                let text = format!("there is no `:{name}`; attributes with a colon are {known}");
                return Err(Error::new(span, text));
            }
        };
        let Value::Expression(expression) = value else {
            return Err(Error::new(
                span,
                format!("`:{name}` takes Rust code in braces: `:{name}={{...}}`"),
            ));
        };
        if place.replace(expression).is_some() {
            return Err(Error::new(span, format!("`:{name}` is given twice")));
        }
        Ok(())
    }
}

/// The element whose content is no template, if this opens one.
pub(crate) fn raw_element(open: &Open) -> Option<&'static str> {
    match &open.name {
        TagName::Element(name) if !open.closed => {
            ["script", "style"].into_iter().find(|raw| raw == name)
        }
        _ => None,
    }
}
