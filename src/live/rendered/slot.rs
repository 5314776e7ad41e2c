mod owned;

use std::fmt;
use std::ops::Deref;

use super::comprehension::Items;
use super::{Comprehension, Dynamic, Render, Rows, Sink, Template};

pub use owned::OwnedSlot;

/// Markup that the caller of a component put between its tags.
///
/// Its counterpart is a slot of `Phoenix.Component`. What stands between the tags is the slot `inner_block`, which a
/// component shows with `{inner_block}`; a named slot is filled with `<:name>...</:name>`, as often as the caller likes.
///
/// `A` is what the component hands to the markup, which the caller names with `:let`: the component shows every entry of
/// the slot with `{name.render(value)}`. `P` is what the caller may write as attributes of an entry, a struct that derives
/// [`SlotAttributes`]: the component goes through the entries with `:for`. A slot nobody filled shows nothing.
///
/// ```
/// use bennu::live::rendered::{Render, Slot};
/// use bennu::{SlotAttributes, component, heex};
///
/// #[derive(SlotAttributes)]
/// struct Column<'a> {
///     label: &'a str,
/// }
///
/// #[component]
/// fn table<T>(rows: &[T], column: Slot<'_, &T, Column<'_>>, inner_block: Slot<'_>) -> impl Render {
///     heex! {
///         <table>
///             <caption :if={!inner_block.is_empty()}>{inner_block}</caption>
///             <tr><th :for={column in &column}>{column.label}</th></tr>
///             <tr :for={row in rows}><td :for={column in &column}>{column.render(row)}</td></tr>
///         </table>
///     }
/// }
///
/// let people = [("Ada", 36), ("Bo", 7)];
/// let mut html = Vec::new();
/// bennu::live::html::write(
///     heex! {
///         <.table rows={&people}>
///             <:column :let={(name, _)} label="Name"><b>{name}</b></:column>
///             <:column :let={(_, age)} label="Age">{age}</:column>
///         </.table>
///     },
///     &mut html,
/// )?;
/// let html = String::from_utf8_lossy(&html).replace("\n    ", "");
/// assert_eq!(
///     html,
///     "<table><tr><th>Name</th><th>Age</th></tr>\
///      <tr><td><b>Ada</b></td><td>36</td></tr><tr><td><b>Bo</b></td><td>7</td></tr>\n</table>"
/// );
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
pub struct Slot<'a, A = (), P = ()> {
    entries: Option<&'a SlotEntries<'a, A, P>>,
}

/// Calls the visitor for each entry of a slot, so that entries can stand in loops and need no memory.
#[doc(hidden)]
pub type SlotEntries<'a, A, P> = dyn Fn(&mut SlotVisitor<'_, A, P>) + 'a;

/// What an entry runs to write itself into a place, with the value it was given.
#[doc(hidden)]
pub type SlotBody<'a, A> = dyn Fn(Dynamic<'_>, A) + 'a;

static ENTRY: Template = Template::new(&["", ""], "[\"\",\"\"]", false);

impl<'a, A, P> Slot<'a, A, P> {
    /// Called by the expansion of `heex!`.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(entries: &'a SlotEntries<'a, A, P>) -> Self {
        Self {
            entries: Some(entries),
        }
    }

    /// The slot nobody filled.
    #[must_use]
    pub const fn empty() -> Self {
        Self { entries: None }
    }

    /// Whether the slot has no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries the slot has.
    #[must_use]
    pub fn len(&self) -> usize {
        let mut len = 0;
        self.visit(|_| len += 1);
        len
    }

    /// All entries of the slot, one after the other, for one value: Phoenix's `render_slot/2`.
    pub const fn render(&self, argument: A) -> SlotRendered<'a, A, P> {
        SlotRendered {
            slot: *self,
            argument,
        }
    }

    fn visit(&self, mut visit: impl FnMut(SlotEntry<'_, A, P>)) {
        if let Some(entries) = self.entries {
            entries(&mut SlotVisitor { visit: &mut visit });
        }
    }
}

impl<A, P> Clone for Slot<'_, A, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, P> Copy for Slot<'_, A, P> {}

impl<A, P> Default for Slot<'_, A, P> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<A, P> fmt::Debug for Slot<'_, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("len", &self.len()).finish()
    }
}

impl<P> Render for Slot<'_, (), P> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        self.render(()).render_at(dynamic);
    }
}

impl<'i, A, P> Items<'i> for &Slot<'_, A, P> {
    type Item = SlotEntry<'i, A, P>;
}

impl<A, P> Comprehension for &Slot<'_, A, P> {
    fn write_rows(
        self,
        dynamic: Dynamic<'_>,
        template: &'static Template,
        mut row: impl FnMut(&mut Rows<'_>, SlotEntry<'_, A, P>),
    ) {
        dynamic.rows(template, |rows| self.visit(|entry| row(rows, entry)));
    }
}

/// One `<:name>...</:name>` of the caller: its attributes are read as fields, its markup is shown with
/// [`render`](Self::render).
pub struct SlotEntry<'e, A, P = ()> {
    attributes: P,
    body: &'e SlotBody<'e, A>,
}

impl<'e, A, P> SlotEntry<'e, A, P> {
    /// The markup for one value.
    pub const fn render(&self, argument: A) -> EntryRendered<'e, A> {
        EntryRendered {
            body: self.body,
            argument,
        }
    }
}

impl<A, P> Deref for SlotEntry<'_, A, P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.attributes
    }
}

impl<A, P: fmt::Debug> fmt::Debug for SlotEntry<'_, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotEntry")
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}

/// Takes the entries of a slot, one after the other.
#[doc(hidden)]
pub struct SlotVisitor<'v, A, P> {
    visit: &'v mut dyn FnMut(SlotEntry<'_, A, P>),
}

impl<A, P> SlotVisitor<'_, A, P> {
    /// Takes one entry.
    pub fn entry(&mut self, attributes: impl FnOnce(P::Gathered) -> P, body: &SlotBody<'_, A>)
    where
        P: SlotAttributes,
    {
        (self.visit)(SlotEntry {
            attributes: attributes(P::gather()),
            body,
        });
    }
}

impl<A, P> fmt::Debug for SlotVisitor<'_, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotVisitor").finish_non_exhaustive()
    }
}

/// What can be written as attributes of a slot's entries; derive it with [`macro@crate::SlotAttributes`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which attributes an entry of a slot takes",
    label = "needs `#[derive(SlotAttributes)]`"
)]
pub trait SlotAttributes: Sized {
    /// The attributes while they are gathered one by one.
    #[doc(hidden)]
    type Gathered;

    /// Starts without any.
    #[doc(hidden)]
    fn gather() -> Self::Gathered;
}

impl SlotAttributes for () {
    type Gathered = NoAttributes;

    fn gather() -> NoAttributes {
        NoAttributes
    }
}

/// The attributes of a slot that takes none.
#[doc(hidden)]
#[derive(Debug)]
pub struct NoAttributes;

impl NoAttributes {
    /// Nothing was gathered.
    pub const fn __finish(self) {}
}

/// A slot with the value it shows; made by [`Slot::render`].
pub struct SlotRendered<'a, A, P = ()> {
    slot: Slot<'a, A, P>,
    argument: A,
}

impl<A: Clone, P> Render for SlotRendered<'_, A, P> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        let Self { slot, argument } = self;
        match slot.len() {
            0 => dynamic.empty(),
            1 => render_only(slot, dynamic, argument),
            _ => dynamic.rows(&ENTRY, |rows| {
                slot.visit(|entry| {
                    rows.row(|sink: &mut Sink| (entry.body)(sink.dynamic(0), argument.clone()));
                });
            }),
        }
    }
}

fn render_only<A, P>(slot: Slot<'_, A, P>, dynamic: Dynamic<'_>, argument: A) {
    let mut once = Some((dynamic, argument));
    slot.visit(|entry| {
        if let Some((dynamic, argument)) = once.take() {
            (entry.body)(dynamic, argument);
        }
    });
}

impl<A: fmt::Debug, P> fmt::Debug for SlotRendered<'_, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotRendered")
            .field("argument", &self.argument)
            .finish_non_exhaustive()
    }
}

/// An entry with the value it shows; made by [`SlotEntry::render`].
pub struct EntryRendered<'e, A> {
    body: &'e SlotBody<'e, A>,
    argument: A,
}

impl<A> Render for EntryRendered<'_, A> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        (self.body)(dynamic, self.argument);
    }
}

impl<A: fmt::Debug> fmt::Debug for EntryRendered<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntryRendered")
            .field("argument", &self.argument)
            .finish_non_exhaustive()
    }
}
