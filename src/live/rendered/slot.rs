use std::fmt;

use super::{Dynamic, Render};

/// What a slot runs to write itself into a place, with the value it was given.
#[doc(hidden)]
pub type SlotBody<'a, A> = dyn Fn(Dynamic<'_>, A) + 'a;

/// Markup that the caller of a component put between its tags: the component shows it with `{inner_block}`.
///
/// Its counterpart is a slot of `Phoenix.Component` with `render_slot/2`. `A` is what the component hands to the markup
/// (`:let` on the caller's side). A slot nobody filled shows nothing.
///
/// ```
/// use bennu::live::rendered::{Render, Slot};
/// use bennu::{component, heex};
///
/// #[component]
/// fn card(title: &str, inner_block: Slot<'_>) -> impl Render {
///     heex! { <section><h2>{title}</h2>{inner_block}</section> }
/// }
///
/// let mut html = Vec::new();
/// bennu::live::html::write(heex! { <.card title="News">Nothing <i>new</i></.card> }, &mut html)?;
/// assert_eq!(html, b"<section><h2>News</h2>Nothing <i>new</i></section>");
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
pub struct Slot<'a, A = ()> {
    body: Option<&'a SlotBody<'a, A>>,
}

impl<'a, A> Slot<'a, A> {
    /// Called by the expansion of `heex!`.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(body: &'a SlotBody<'a, A>) -> Self {
        Self { body: Some(body) }
    }

    /// The slot nobody filled.
    #[must_use]
    pub const fn empty() -> Self {
        Self { body: None }
    }

    /// Whether the caller left the slot out.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.body.is_none()
    }

    /// The markup for one value: `{row.render(item)}` where the caller wrote `:let={item}`.
    pub const fn render(&self, argument: A) -> SlotRendered<'a, A> {
        SlotRendered {
            slot: *self,
            argument,
        }
    }
}

impl<A> Clone for Slot<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Slot<'_, A> {}

impl<A> Default for Slot<'_, A> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<A> fmt::Debug for Slot<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("is_empty", &self.is_empty())
            .finish()
    }
}

impl Render for Slot<'_> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        Self::render(&self, ()).render_at(dynamic);
    }
}

/// A slot with the value it shows; made by [`Slot::render`].
pub struct SlotRendered<'a, A> {
    slot: Slot<'a, A>,
    argument: A,
}

impl<A> Render for SlotRendered<'_, A> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        match self.slot.body {
            Some(body) => body(dynamic, self.argument),
            None => dynamic.empty(),
        }
    }
}

impl<A: fmt::Debug> fmt::Debug for SlotRendered<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotRendered")
            .field("argument", &self.argument)
            .finish_non_exhaustive()
    }
}
