//! The tree of a template.

use proc_macro2::{Ident, Span, TokenStream};

/// A piece of a template.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// HTML that never changes, ready to be written.
    Text(String),
    /// `{expression}`.
    Expression(Expression),
    /// `<p>...</p>`.
    Element(Element),
    /// `<.button>...</.button>` or `<ui::button />`.
    Component(Component),
    /// `<:name>...</:name>`, only directly inside a component.
    Slot(Slot),
}

/// Rust code in braces, with the span of the braces.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    pub(crate) code: TokenStream,
    pub(crate) span: Span,
}

/// An HTML element.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// The line to show in the browser, if any is.
    pub(crate) line: Option<usize>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) directives: Directives,
    pub(crate) children: Vec<Node>,
}

/// A call of a function component.
#[derive(Debug, Clone)]
pub(crate) struct Component {
    pub(crate) path: TokenStream,
    pub(crate) span: Span,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) directives: Directives,
    pub(crate) children: Vec<Node>,
    pub(crate) slots: Vec<Slot>,
}

/// One entry of a slot.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) name: Ident,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) directives: Directives,
    pub(crate) children: Vec<Node>,
}

/// An attribute of an element, or a prop of a component.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: AttributeName,
    pub(crate) value: Value,
}

/// The name of an attribute where it stands in the source.
#[derive(Debug, Clone)]
pub(crate) struct AttributeName {
    pub(crate) text: String,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// `name`.
    Bare,
    /// `name="text"`: the text between the quotes, and the token.
    Text(String, Span),
    /// `name={expression}`.
    Expression(Expression),
    /// `{..expression}`; the name is empty.
    Spread(Expression),
}

/// `:if`, `:for`, `:key`, `:let` and `:type`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directives {
    pub(crate) condition: Option<Expression>,
    pub(crate) generator: Option<Expression>,
    pub(crate) key: Option<Expression>,
    pub(crate) pattern: Option<Expression>,
    /// What becomes of a `<script>` or `<style>` when the template is compiled.
    pub(crate) kind: Option<Expression>,
}

/// Elements that have no content and no closing tag.
pub(crate) fn is_void(name: &str) -> bool {
    const VOID: [&str; 14] = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    ];
    VOID.contains(&name)
}

/// Escapes text for the content of an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}
