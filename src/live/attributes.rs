//! Attribute values: what `name={expression}`, class lists and `{..attributes}` write.

mod list;
mod rest;

use crate::live::rendered::{Text, TextWriter};

pub use list::{Classes, List, joined};
pub use rest::{
    Attribute, Attributes, GlobalAttributes, TakesRest, rest_attribute, rest_attributes,
};

/// What can stand behind `name=` in braces.
///
/// Text is written in quotes, `true` is the bare attribute, `false` and `None` leave the attribute out.
///
/// ```
/// use bennu::{heex, live::html};
///
/// let (title, busy, hint) = ("5 > 4", true, None::<&str>);
/// let mut page = Vec::new();
/// html::write(heex! { <p title={title} hidden={busy} lang={hint}></p> }, &mut page)?;
/// assert_eq!(page, br#"<p title="5 &gt; 4" hidden></p>"#);
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of an attribute",
    label = "neither text, nor a truth value, nor an `Option` of them",
    note = "write `{{display(value)}}` for a type that implements `Display`, or implement `bennu::live::rendered::Text` for it"
)]
pub trait AttributeValue {
    /// Writes the whole attribute with a space before it, or nothing.
    fn write_attribute(&self, name: &'static str, out: &mut TextWriter<'_>);
}

impl<T: Text + ?Sized> AttributeValue for T {
    fn write_attribute(&self, name: &'static str, out: &mut TextWriter<'_>) {
        write_name(name, out);
        out.raw("=\"");
        self.write(out);
        out.raw("\"");
    }
}

impl AttributeValue for bool {
    fn write_attribute(&self, name: &'static str, out: &mut TextWriter<'_>) {
        if *self {
            write_name(name, out);
        }
    }
}

impl AttributeValue for &bool {
    fn write_attribute(&self, name: &'static str, out: &mut TextWriter<'_>) {
        (**self).write_attribute(name, out);
    }
}

impl<T: AttributeValue> AttributeValue for Option<T> {
    fn write_attribute(&self, name: &'static str, out: &mut TextWriter<'_>) {
        if let Some(value) = self {
            value.write_attribute(name, out);
        }
    }
}

impl<T: AttributeValue> AttributeValue for &Option<T> {
    fn write_attribute(&self, name: &'static str, out: &mut TextWriter<'_>) {
        (**self).write_attribute(name, out);
    }
}

fn write_name(name: &str, out: &mut TextWriter<'_>) {
    out.raw(" ");
    out.raw(name);
}
