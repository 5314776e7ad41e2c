//! The dead render: a template as the HTML of a page, with nothing in it that only a live view needs.

use super::AnySocket;
use super::nested::Gap;
use super::rendered::{Held, Render, RenderError, Sink};

/// Appends the HTML of `rendered` to `out`.
///
/// ```
/// use bennu::{heex, live::html};
///
/// let name = "Ada <ada@example.com>";
/// let mut page = Vec::new();
/// html::write(heex! { <p>Hello {name}</p> }, &mut page)?;
/// assert_eq!(page, b"<p>Hello Ada &lt;ada@example.com&gt;</p>");
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
///
/// # Errors
///
/// What the application did wrong; `out` is then as it was.
pub fn write(rendered: impl Render, out: &mut Vec<u8>) -> Result<(), RenderError> {
    let start = out.len();
    let gaps = write_with(Held::default(), rendered, out)?;
    if gaps.is_empty() {
        return Ok(());
    }
    out.truncate(start);
    Err(RenderError::NestedOutside)
}

/// As [`write`], for the document of a page; says where views are missing that stand in it.
pub(super) fn write_document(
    document: impl Render,
    out: &mut Vec<u8>,
) -> Result<Vec<Gap>, RenderError> {
    write_with(Held::default(), document, out)
}

/// As [`write`], with the socket that the callbacks of the view's components receive; says where views inside it are
/// missing.
pub(super) fn write_view(
    socket: &AnySocket,
    rendered: impl Render,
    out: &mut Vec<u8>,
) -> Result<Vec<Gap>, RenderError> {
    let mut view = Held::default();
    view.socket = Some(Box::new(socket.for_components()));
    write_with(view, rendered, out)
}

fn write_with(
    view: Held,
    rendered: impl Render,
    out: &mut Vec<u8>,
) -> Result<Vec<Gap>, RenderError> {
    let start = out.len();
    let mut sink = Sink::html(std::mem::take(out), view);
    rendered.render_at(sink.root(&mut None));
    let (written, view, result) = sink.finish();
    *out = written;
    if result.is_err() {
        out.truncate(start);
    }
    result.map(|()| view.gaps)
}
