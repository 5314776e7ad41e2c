use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::rc::Rc;
use std::sync::Arc;

use super::{Dynamic, Render, TextWriter};

/// A type whose value is shown as text, always escaped.
///
/// Implement it for your own types, or wrap a value that implements [`std::fmt::Display`] in [`display`].
///
/// ```
/// use bennu::live::rendered::{Text, TextWriter};
///
/// struct Money { cents: i64 }
///
/// impl Text for Money {
///     fn write(&self, out: &mut TextWriter<'_>) {
///         out.integer(self.cents / 100);
///         out.text(" €");
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shown in a template",
    label = "neither text nor a template",
    note = "write `{{display(value)}}` for a type that implements `Display`, or implement `bennu::live::rendered::Text` for it",
    note = "several values are shown by a tag with `:for={{value in values}}`"
)]
pub trait Text {
    /// Writes the text.
    fn write(&self, out: &mut TextWriter<'_>);
}

/// HTML that is written as it is: the only type that is not escaped.
///
/// Its counterpart is `Phoenix.HTML.raw/1`. Never give it what a user wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw<T>(T);

/// Marks text as HTML that needs no escaping; see [`Raw`].
///
/// ```
/// use bennu::heex;
/// use bennu::live::rendered::raw;
///
/// let mut html = Vec::new();
/// bennu::live::html::write(heex! { <p>{raw("<b>safe</b>")}</p> }, &mut html)?;
/// assert_eq!(html, b"<p><b>safe</b></p>");
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
pub const fn raw<T: AsRef<str>>(html: T) -> Raw<T> {
    Raw(html)
}

/// A value shown through its `Display`; made by [`display`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display<T>(T);

/// Shows a value through its [`std::fmt::Display`], escaped.
///
/// ```
/// use bennu::heex;
/// use bennu::live::rendered::display;
///
/// let address = std::net::Ipv4Addr::LOCALHOST;
/// let mut html = Vec::new();
/// bennu::live::html::write(heex! { <code>{display(address)}</code> }, &mut html)?;
/// assert_eq!(html, b"<code>127.0.0.1</code>");
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
pub const fn display<T: fmt::Display>(value: T) -> Display<T> {
    Display(value)
}

impl<T: Text + ?Sized> Render for &T {
    fn render_at(self, dynamic: Dynamic<'_>) {
        dynamic.text(|out| self.write(out));
    }
}

impl Text for str {
    fn write(&self, out: &mut TextWriter<'_>) {
        out.text(self);
    }
}

impl Text for String {
    fn write(&self, out: &mut TextWriter<'_>) {
        out.text(self);
    }
}

impl Text for char {
    fn write(&self, out: &mut TextWriter<'_>) {
        out.text(self.encode_utf8(&mut [0; 4]));
    }
}

impl Text for fmt::Arguments<'_> {
    fn write(&self, out: &mut TextWriter<'_>) {
        write_display(self, out);
    }
}

impl<T: fmt::Display> Text for Display<T> {
    fn write(&self, out: &mut TextWriter<'_>) {
        write_display(&self.0, out);
    }
}

impl<T: AsRef<str>> Text for Raw<T> {
    fn write(&self, out: &mut TextWriter<'_>) {
        out.raw(self.0.as_ref());
    }
}

/// A `Display` that reports an error of its own is shown as far as it came: the writer has none.
fn write_display(value: impl fmt::Display, out: &mut TextWriter<'_>) {
    let _ = write!(out, "{value}");
}

macro_rules! text_of_the_pointee {
    ($($pointer:ty),*) => {
        $(impl<T: Text + ?Sized> Text for $pointer {
            fn write(&self, out: &mut TextWriter<'_>) {
                (**self).write(out);
            }
        })*
    };
}

text_of_the_pointee!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: Text + ToOwned + ?Sized> Text for Cow<'_, T> {
    fn write(&self, out: &mut TextWriter<'_>) {
        (**self).write(out);
    }
}

macro_rules! integers_are_text {
    ($($integer:ty),*) => {
        $(impl Text for $integer {
            fn write(&self, out: &mut TextWriter<'_>) {
                out.integer(*self);
            }
        })*
    };
}

integers_are_text!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);

macro_rules! displayed_as_text {
    ($($number:ty),*) => {
        $(impl Text for $number {
            fn write(&self, out: &mut TextWriter<'_>) {
                write_display(self, out);
            }
        })*
    };
}

displayed_as_text!(f32, f64, NonZeroU32, NonZeroU64, NonZeroUsize);

/// Values that are cheap to copy are shown by value too, so that an `Option` of them is.
macro_rules! rendered_by_value {
    ($($value:ty),*) => {
        $(impl Render for $value {
            fn render_at(self, dynamic: Dynamic<'_>) {
                (&self).render_at(dynamic);
            }
        })*
    };
}

rendered_by_value!(
    char, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64
);
rendered_by_value!(NonZeroU32, NonZeroU64, NonZeroUsize);

/// A truth value is the word `true` or `false` in text; in an attribute it says whether the attribute is there, which
/// is why it is not [`Text`].
impl Render for bool {
    fn render_at(self, dynamic: Dynamic<'_>) {
        dynamic.text(|out| out.text(if self { "true" } else { "false" }));
    }
}

impl Render for &bool {
    fn render_at(self, dynamic: Dynamic<'_>) {
        (*self).render_at(dynamic);
    }
}
