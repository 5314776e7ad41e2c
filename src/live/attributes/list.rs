use crate::live::rendered::{Dynamic, Text, TextWriter};

/// What can stand in `class={...}` and `style={...}`, alone or as an entry of a list.
///
/// Entries that are `None` or empty leave no trace, so a condition is written with
/// [`then_some`](bool::then_some). In `heex!` the entries of one list may have different types.
///
/// ```
/// use bennu::{heex, live::html};
///
/// let (size, active, theme) = (2, true, None::<&str>);
/// let mut page = Vec::new();
/// html::write(
///     heex! { <p class={["card", active.then_some("active"), theme, format_args!("size-{size}")]}></p> },
///     &mut page,
/// )?;
/// assert_eq!(page, br#"<p class="card active size-2"></p>"#);
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an entry of a class or style list",
    label = "neither text, nor an `Option` or a list of it",
    note = "a condition is written `condition.then_some(\"name\")`"
)]
pub trait Classes {
    /// Writes the entries.
    fn write_classes(&self, list: &mut List<'_, '_>);
}

/// Takes the entries of a class or style list and puts separators between those that are not empty.
#[derive(Debug)]
pub struct List<'l, 'w> {
    out: &'l mut TextWriter<'w>,
    separator: &'static str,
    empty: bool,
}

impl List<'_, '_> {
    /// Writes one entry.
    pub fn entry(&mut self, text: &(impl Text + ?Sized)) {
        let start = self.out.len();
        if !self.empty {
            self.out.raw(self.separator);
        }
        let content = self.out.len();
        text.write(self.out);
        if self.out.len() == content {
            self.out.truncate(start);
        } else {
            self.empty = false;
        }
    }

    /// Writes the entries of another list.
    #[doc(hidden)]
    pub fn entries(&mut self, classes: &(impl Classes + ?Sized)) {
        classes.write_classes(self);
    }
}

/// The entries of a list with `separator` between them: what a component gets for a list that stands in its `class` or `style`.
#[doc(hidden)]
pub fn joined(separator: &'static str, write: impl FnOnce(&mut List<'_, '_>)) -> String {
    let mut text = Vec::new();
    write(&mut List {
        out: &mut TextWriter::plain(&mut text),
        separator,
        empty: true,
    });
    String::from_utf8(text).expect("a list is made of text")
}

impl Dynamic<'_> {
    /// Writes the entries of a list with `separator` between them.
    #[doc(hidden)]
    pub fn list(self, separator: &'static str, write: impl FnOnce(&mut List<'_, '_>)) {
        self.text(|out| {
            write(&mut List {
                out,
                separator,
                empty: true,
            });
        });
    }
}

impl<T: Text + ?Sized> Classes for T {
    fn write_classes(&self, list: &mut List<'_, '_>) {
        list.entry(self);
    }
}

impl<T: Classes> Classes for Option<T> {
    fn write_classes(&self, list: &mut List<'_, '_>) {
        if let Some(classes) = self {
            classes.write_classes(list);
        }
    }
}

impl<T: Classes> Classes for [T] {
    fn write_classes(&self, list: &mut List<'_, '_>) {
        for classes in self {
            classes.write_classes(list);
        }
    }
}

impl<T: Classes, const N: usize> Classes for [T; N] {
    fn write_classes(&self, list: &mut List<'_, '_>) {
        self.as_slice().write_classes(list);
    }
}

impl<T: Classes> Classes for Vec<T> {
    fn write_classes(&self, list: &mut List<'_, '_>) {
        self.as_slice().write_classes(list);
    }
}

macro_rules! classes_by_reference {
    ($([$($generics:tt)*] $classes:ty),* $(,)?) => {
        $(impl<$($generics)*> Classes for &$classes {
            fn write_classes(&self, list: &mut List<'_, '_>) {
                (**self).write_classes(list);
            }
        })*
    };
}

classes_by_reference!([T: Classes] Option<T>, [T: Classes] [T], [T: Classes, const N: usize] [T; N], [T: Classes] Vec<T>);
