use bennu_macros::{component, heex};

use crate::live::attributes::Attributes;
use crate::live::rendered::{Render, Slot, Text, TextWriter};

/// An element whose name is known only when it is rendered: `Phoenix.Component.dynamic_tag/1`.
///
/// Without content it is closed at once, as `<input>` and other elements without content need it.
///
/// ```
/// use bennu::live::components::dynamic_tag;
/// use bennu::{heex, live::html};
///
/// let level = 2;
/// let mut page = Vec::new();
/// html::write(heex! { <.dynamic_tag tag_name={&format!("h{level}")} id="top">Title</.dynamic_tag> }, &mut page)?;
/// assert_eq!(page, br#"<h2 id="top">Title</h2>"#);
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
///
/// # Panics
///
/// If `tag_name` is not the name of an element: a letter, then letters, digits and `-`, `_`, `.` or `:`.
#[component]
pub fn dynamic_tag(
    tag_name: &str,
    #[prop(rest, include(name, value, r#type, href, src))] rest: Attributes<'_>,
    inner_block: Slot<'_>,
) -> impl Render {
    assert!(
        is_name(tag_name),
        "{tag_name:?} is not the name of an element"
    );
    let content = (!inner_block.is_empty()).then_some(inner_block);
    let end = match content {
        Some(_) => Piece(">", ""),
        None => Piece("/>", ""),
    };
    let close = content.map(|_| Piece("</", tag_name));
    let closed = close.as_ref().map(|_| Piece(">", ""));
    heex! { {Piece("<", tag_name)}{Spread(&rest)}{end}{content}{close}{closed} }
}

fn is_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(inner)
}

/// A part of a tag, as it is written.
struct Piece<'t>(&'static str, &'t str);

impl Text for Piece<'_> {
    fn write(&self, out: &mut TextWriter<'_>) {
        out.raw(self.0);
        out.raw(self.1);
    }
}

/// Attributes behind the name of a tag.
struct Spread<'s>(&'s Attributes<'s>);

impl Text for Spread<'_> {
    fn write(&self, out: &mut TextWriter<'_>) {
        self.0.write(out);
    }
}
