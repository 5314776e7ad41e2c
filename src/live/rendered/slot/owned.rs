use std::fmt;

use super::{Dynamic, Render};

/// Markup that a view hands to a [live component](crate::live::component), which keeps it and shows it whenever it renders,
/// also when the view does not.
///
/// A [`Slot`](super::Slot) borrows what its markup mentions and ends with the render. This one owns it: `data` is what the
/// markup shows, and the function shows it. A component takes one among its props, as Phoenix's `inner_block`.
///
/// ```
/// use bennu::live::rendered::{OwnedSlot, Render};
/// use bennu::{heex, live::html};
///
/// fn hint(name: String) -> OwnedSlot {
///     OwnedSlot::new(name, |name, place| heex! { <em>About {name}</em> }.render_at(place))
/// }
///
/// let slot = hint("Ada".to_owned());
/// let mut page = Vec::new();
/// html::write(heex! { <div>{&slot}</div> }, &mut page)?;
/// assert_eq!(page, b"<div><em>About Ada</em></div>");
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
pub struct OwnedSlot(Box<ShowIn>);

type ShowIn = dyn Fn(Dynamic<'_>) + Send + Sync;

impl OwnedSlot {
    /// Markup over `data`.
    pub fn new<D: Send + Sync + 'static>(
        data: D,
        show: impl Fn(&D, Dynamic<'_>) + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(move |place| show(&data, place)))
    }
}

impl Render for &OwnedSlot {
    fn render_at(self, place: Dynamic<'_>) {
        (self.0)(place);
    }
}

impl fmt::Debug for OwnedSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedSlot").finish_non_exhaustive()
    }
}
