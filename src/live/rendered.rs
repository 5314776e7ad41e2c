//! What a template becomes: a value that writes itself into a [`Sink`].
//!
//! `heex!` splits a template at compile time into *statics* (the text that never changes) and *dynamics* (the
//! expressions). The statics live in one [`Template`] per place in the source; the dynamics become the body of a
//! closure which writes them, one after the other, into a [`Sink`]. The same closure therefore writes the HTML of a
//! first page ([`html::write`](super::html::write)) and the diffs that follow ([`Differ`](super::differ::Differ)), and
//! nothing is built in between.

mod comprehension;
pub(crate) mod props;
mod rows;
mod sink;
mod slot;
mod text;
mod writer;

use std::fmt;

use super::component::COMPONENTS_MAX;
use super::nested::{NESTED_VIEWS_MAX, NESTING_DEPTH_MAX};

pub use comprehension::{Comprehension, Items, comprehension};
pub use rows::Rows;
pub(crate) use sink::Held;
pub use sink::{Dynamic, Sink};
pub use slot::{
    EntryRendered, NoAttributes, OwnedSlot, Slot, SlotAttributes, SlotBody, SlotEntries, SlotEntry,
    SlotRendered, SlotVisitor,
};
pub use text::{Display, Raw, Text, display, raw};
pub use writer::TextWriter;

/// How many templates may stand inside each other in one render.
///
/// The template at this depth is not rendered any more and the whole render ends with [`RenderError::TooDeep`], long
/// before a recursive component could exhaust the stack.
pub const TEMPLATE_DEPTH_MAX: usize = 128;

/// Something that can stand in `{...}` inside [`heex!`](crate::heex): text, a template, a slot, or an `Option` of them.
///
/// Text is anything that implements [`Text`], by reference: `{self.name}` borrows the name. A template is rendered
/// once, by value. Functions that return a template return `impl Render`, as Phoenix's function components return
/// `Phoenix.LiveView.Rendered`.
///
/// ```
/// use bennu::heex;
/// use bennu::live::rendered::Render;
///
/// fn greeting(name: &str) -> impl Render {
///     heex! { <p>Hello {name}</p> }
/// }
/// # let mut html = Vec::new();
/// # bennu::live::html::write(greeting("Ada & Bo"), &mut html).unwrap();
/// # assert_eq!(html, b"<p>Hello Ada &amp; Bo</p>");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shown in a template",
    label = "neither text nor a template",
    note = "text is what implements `bennu::live::rendered::Text`; write `{{display(value)}}` for a type that implements `Display`"
)]
pub trait Render {
    /// Writes the value into its place.
    fn render_at(self, dynamic: Dynamic<'_>);
}

/// A template with the values it will show: what [`heex!`](crate::heex) evaluates to.
///
/// Its counterpart is `Phoenix.LiveView.Rendered`. It borrows what the template mentions and does nothing until it is
/// rendered.
#[must_use = "a template does nothing until it is rendered"]
pub struct Rendered<F> {
    template: &'static Template,
    body: F,
}

/// A template of no particular type; made by [`Rendered::boxed`].
pub type BoxedRendered<'a> = Rendered<Box<dyn FnOnce(&mut Sink) + 'a>>;

impl<F: FnOnce(&mut Sink)> Rendered<F> {
    /// The same template behind a pointer, for the places that must name one type: the arms of a `match` that return
    /// different templates, and components that show themselves.
    ///
    /// ```
    /// use bennu::heex;
    /// use bennu::live::rendered::BoxedRendered;
    ///
    /// struct Comment { text: String, answers: Vec<Comment> }
    ///
    /// fn thread(comment: &Comment) -> BoxedRendered<'_> {
    ///     heex! {
    ///         <li>{comment.text}<ul><li :for={answer in &comment.answers}>{thread(answer)}</li></ul></li>
    ///     }
    ///     .boxed()
    /// }
    /// # let _ = thread(&Comment { text: String::new(), answers: Vec::new() });
    /// ```
    pub fn boxed<'a>(self) -> BoxedRendered<'a>
    where
        F: 'a,
    {
        Rendered {
            template: self.template,
            body: Box::new(self.body),
        }
    }
}

impl<F: FnOnce(&mut Sink)> Render for Rendered<F> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        dynamic.node(self.template, self.body);
    }
}

impl<F> fmt::Debug for Rendered<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered")
            .field("template", self.template)
            .finish_non_exhaustive()
    }
}

/// Joins a template with the closure that writes its dynamics; `heex!` calls it.
#[doc(hidden)]
pub fn rendered<F: FnOnce(&mut Sink)>(template: &'static Template, body: F) -> Rendered<F> {
    Rendered { template, body }
}

impl<T: Render> Render for Option<T> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        match self {
            Some(value) => value.render_at(dynamic),
            None => dynamic.empty(),
        }
    }
}

impl<'a, T> Render for &'a Option<T>
where
    &'a T: Render,
{
    fn render_at(self, dynamic: Dynamic<'_>) {
        self.as_ref().render_at(dynamic);
    }
}

/// The part of a template that is known at compile time: its statics and whether it is one element.
///
/// A template is identified by its address, which is never sent; two places in the source are two templates even when
/// their text is equal.
#[derive(Debug)]
pub struct Template {
    statics: &'static [&'static str],
    /// The statics as a JSON array, escaped at compile time.
    pub(crate) json: &'static str,
    /// The template is exactly one element (`r` in a diff).
    root: bool,
}

impl Template {
    /// Called by the expansion of `heex!`: `statics` are one more than the dynamics, `json` is their JSON text.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(statics: &'static [&'static str], json: &'static str, root: bool) -> Self {
        assert!(!statics.is_empty());
        Self {
            statics,
            json,
            root,
        }
    }

    pub(crate) const fn dynamics(&self) -> usize {
        self.statics.len() - 1
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// Why a render was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderError {
    /// The application nested more than [`TEMPLATE_DEPTH_MAX`] templates in each other.
    TooDeep,
    /// The application rendered a component whose template is not exactly one element.
    NotOneElement,
    /// The application rendered two components of the same type and id.
    SameComponentTwice,
    /// The application rendered more than [`COMPONENTS_MAX`] components.
    TooManyComponents,
    /// The application rendered a live view where it cannot connect: outside of a view, a root layout, or a page of
    /// [`Conn::render_with_views`](crate::endpoint::Conn::render_with_views).
    NestedOutside,
    /// The application rendered more than [`NESTING_DEPTH_MAX`] live views inside each other.
    NestedTooDeep,
    /// The application rendered more than [`NESTED_VIEWS_MAX`] live views in one page.
    TooManyNested,
    /// The application rendered a live view that connects by itself, a sticky one say, and did not declare it with
    /// [`LiveViews::unrouted`](super::LiveViews::unrouted).
    NotDeclared,
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDeep => write!(
                f,
                "more than {TEMPLATE_DEPTH_MAX} templates inside each other"
            ),
            Self::NotOneElement => {
                write!(f, "the template of a component is not exactly one element")
            }
            Self::SameComponentTwice => write!(f, "two components of the same type and id"),
            Self::TooManyComponents => write!(f, "more than {COMPONENTS_MAX} components"),
            Self::NestedOutside => {
                write!(f, "`live_render` where no page of live views is around it")
            }
            Self::NestedTooDeep => {
                write!(
                    f,
                    "more than {NESTING_DEPTH_MAX} live views inside each other"
                )
            }
            Self::TooManyNested => write!(f, "more than {NESTED_VIEWS_MAX} live views in one page"),
            Self::NotDeclared => {
                write!(
                    f,
                    "a live view that connects by itself without `LiveViews::unrouted`"
                )
            }
        }
    }
}

impl std::error::Error for RenderError {}
