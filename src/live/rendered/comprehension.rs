use super::{Dynamic, Rows, Template};

/// What `:for` and `for` in braces can go through: anything that is [`IntoIterator`], the entries of a
/// [`Slot`](super::Slot), and a [`Stream`](crate::live::stream::Stream).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be gone through by `:for`",
    label = "neither an iterator, nor a slot, nor a stream"
)]
pub trait Comprehension: for<'i> Items<'i> {
    /// Calls `row` for each item, inside the rows of `template`.
    #[doc(hidden)]
    fn write_rows(
        self,
        dynamic: Dynamic<'_>,
        template: &'static Template,
        row: impl FnMut(&mut Rows<'_>, <Self as Items<'_>>::Item),
    );
}

/// What the pattern of a loop takes apart; it may live no longer than its turn. The second parameter tells the compiler
/// that `Self` lives at least that long.
#[doc(hidden)]
pub trait Items<'i, Bound = &'i Self> {
    /// One item.
    type Item;
}

impl<I: IntoIterator> Items<'_> for I {
    type Item = I::Item;
}

impl<I: IntoIterator> Comprehension for I {
    fn write_rows(
        self,
        dynamic: Dynamic<'_>,
        template: &'static Template,
        mut row: impl FnMut(&mut Rows<'_>, I::Item),
    ) {
        dynamic.rows(template, |rows| {
            for item in self {
                row(rows, item);
            }
        });
    }
}

/// Asks for a comprehension where `heex!` has one, so that an error is about the items.
#[doc(hidden)]
pub const fn comprehension<C: Comprehension>(items: C) -> C {
    items
}
