use std::borrow::Cow;
use std::fmt;

use super::{AttributeValue, write_name};
use crate::live::rendered::{Dynamic, TextWriter};

/// Attributes that travel together: what a component takes with `#[prop(rest)]` and puts on its element with
/// `{..rest}`.
///
/// Its counterpart is the `:global` attribute of `Phoenix.Component`.
///
/// ```
/// use bennu::live::attributes::Attributes;
/// use bennu::{heex, live::html};
///
/// let attributes = Attributes::new().with("title", "a \"b\"").with("hidden", true).with("lang", None::<&str>);
/// let mut page = Vec::new();
/// html::write(heex! { <p {..attributes}></p> }, &mut page)?;
/// assert_eq!(page, br#"<p title="a &quot;b&quot;" hidden></p>"#);
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes<'a> {
    entries: Vec<(&'static str, Attribute<'a>)>,
}

/// The value of one attribute in [`Attributes`]: absent, bare, or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// The attribute is left out.
    Absent,
    /// The attribute stands without a value.
    Bare,
    /// The attribute has this value.
    Text(Cow<'a, str>),
}

impl<'a> Attributes<'a> {
    /// No attributes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Adds an attribute, or gives it another value.
    ///
    /// # Panics
    ///
    /// If `name` is not the name of an attribute: empty, or with a space, a quote or one of `< > / = `` in it.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Attribute<'a>>) -> Self {
        self.set(name, value);
        self
    }

    /// Adds an attribute, or gives it another value.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with).
    pub fn set(&mut self, name: &'static str, value: impl Into<Attribute<'a>>) {
        assert!(is_name(name), "{name:?} is not the name of an attribute");
        let value = value.into();
        match self.entries.iter_mut().find(|(held, _)| *held == name) {
            Some((_, held)) => *held = value,
            None => self.entries.push((name, value)),
        }
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Attribute<'a>> {
        self.entries
            .iter()
            .find(|(held, _)| *held == name)
            .map(|(_, value)| value)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Writes them, each with a space before it.
    pub(in crate::live) fn write(&self, out: &mut TextWriter<'_>) {
        for (name, value) in &self.entries {
            match value {
                Attribute::Absent => {}
                Attribute::Bare => write_name(name, out),
                Attribute::Text(text) => text.write_attribute(name, out),
            }
        }
    }
}

impl<'a> Extend<(&'static str, Attribute<'a>)> for Attributes<'a> {
    fn extend<I: IntoIterator<Item = (&'static str, Attribute<'a>)>>(&mut self, entries: I) {
        for (name, value) in entries {
            self.set(name, value);
        }
    }
}

fn is_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "\"'<>/=`".contains(c);
    !name.is_empty() && !name.contains(forbidden)
}

impl Dynamic<'_> {
    /// Writes attributes, each with a space before it.
    #[doc(hidden)]
    pub fn attributes(self, attributes: &Attributes<'_>) {
        self.text(|out| attributes.write(out));
    }
}

impl<'a> From<&'a str> for Attribute<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Attribute<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Attribute<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Attribute<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

impl From<fmt::Arguments<'_>> for Attribute<'_> {
    fn from(text: fmt::Arguments<'_>) -> Self {
        Self::Text(
            text.as_str()
                .map_or_else(|| Cow::Owned(text.to_string()), Cow::Borrowed),
        )
    }
}

impl From<bool> for Attribute<'_> {
    fn from(present: bool) -> Self {
        if present { Self::Bare } else { Self::Absent }
    }
}

impl<'a, T: Into<Self>> From<Option<T>> for Attribute<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

macro_rules! numbers_are_attributes {
    ($($number:ty),*) => {
        $(impl From<$number> for Attribute<'_> {
            fn from(number: $number) -> Self {
                Self::Text(Cow::Owned(number.to_string()))
            }
        })*
    };
}

numbers_are_attributes!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64);

/// The props of a component that has a `#[prop(rest)]`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this component takes no other attributes than its props",
    label = "not a prop of this component",
    note = "a component that passes attributes on declares `#[prop(rest)] rest: Attributes<'_>`"
)]
pub trait TakesRest<'a>: Sized {
    /// The attributes gathered so far.
    fn rest_mut(&mut self) -> &mut Attributes<'a>;
}

/// Adds an attribute to the rest of a component's props.
#[doc(hidden)]
pub fn rest_attribute<'a, P: TakesRest<'a>>(
    mut props: P,
    name: &'static str,
    value: impl Into<Attribute<'a>>,
) -> P {
    props.rest_mut().set(name, value);
    props
}

/// Adds several attributes to the rest of a component's props (`<.component {..attributes}>`).
#[doc(hidden)]
pub fn rest_attributes<'a, P: TakesRest<'a>>(mut props: P, attributes: Attributes<'a>) -> P {
    props.rest_mut().extend(attributes.entries);
    props
}

macro_rules! global_attributes {
    ($($method:ident $name:literal),* $(,)?) => {
        /// The attributes every HTML element takes, as methods of the props of a component that has a rest. A prop of
        /// the same name is found first.
        #[doc(hidden)]
        pub trait GlobalAttributes<'a>: TakesRest<'a> {
            $(fn $method(self, value: impl Into<Attribute<'a>>) -> Self {
                rest_attribute(self, $name, value)
            })*
        }
    };
}

global_attributes!(
    accesskey "accesskey", autocapitalize "autocapitalize", autofocus "autofocus", class "class",
    contenteditable "contenteditable", dir "dir", draggable "draggable", enterkeyhint "enterkeyhint",
    hidden "hidden", id "id", inert "inert", inputmode "inputmode", itemid "itemid", itemprop "itemprop",
    itemref "itemref", itemscope "itemscope", itemtype "itemtype", lang "lang", nonce "nonce", part "part",
    popover "popover", role "role", slot "slot", spellcheck "spellcheck", style "style", tabindex "tabindex",
    title "title", translate "translate",
);

impl<'a, P: TakesRest<'a>> GlobalAttributes<'a> for P {}
