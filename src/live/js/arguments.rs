use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// The classes in a text.
pub(super) fn classes(names: &str) -> Vec<&str> {
    names.split_whitespace().collect()
}

/// The element a command acts on: a selector in the whole page, or made by [`inner`] or [`closest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct To<'t>(Place, &'t str);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Page,
    Inner,
    Closest,
}

/// The elements inside the one with the binding that match a selector.
#[must_use]
pub const fn inner(selector: &str) -> To<'_> {
    To(Place::Inner, selector)
}

/// The nearest element around the one with the binding that matches a selector.
#[must_use]
pub const fn closest(selector: &str) -> To<'_> {
    To(Place::Closest, selector)
}

impl<'t> From<&'t str> for To<'t> {
    fn from(selector: &'t str) -> Self {
        Self(Place::Page, selector)
    }
}

impl<'t> From<&'t String> for To<'t> {
    fn from(selector: &'t String) -> Self {
        Self(Place::Page, selector)
    }
}

impl Serialize for To<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = match self.0 {
            Place::Page => return serializer.serialize_str(self.1),
            Place::Inner => "inner",
            Place::Closest => "closest",
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(place, self.1)?;
        map.end()
    }
}

/// The classes of a transition: those during it, or those during it, at its start and at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition<'t> {
    during: &'t str,
    start: &'t str,
    end: &'t str,
}

impl<'t> From<&'t str> for Transition<'t> {
    fn from(during: &'t str) -> Self {
        Self {
            during,
            start: "",
            end: "",
        }
    }
}

impl<'t> From<(&'t str, &'t str, &'t str)> for Transition<'t> {
    fn from((during, start, end): (&'t str, &'t str, &'t str)) -> Self {
        Self { during, start, end }
    }
}

impl Serialize for Transition<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.during, self.start, self.end]
            .map(classes)
            .serialize(serializer)
    }
}

/// The component that takes an event: its id, or a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PushTarget<'t> {
    /// The id of a component.
    Component(u64),
    /// The components of the elements that match this selector.
    Selector(&'t str),
}

impl From<u64> for PushTarget<'_> {
    fn from(component: u64) -> Self {
        Self::Component(component)
    }
}

impl<'t> From<&'t str> for PushTarget<'t> {
    fn from(selector: &'t str) -> Self {
        Self::Selector(selector)
    }
}

/// A command that can be told which element to act on.
#[diagnostic::on_unimplemented(
    message = "this command acts on no element",
    label = "there is no `to` here"
)]
pub trait Takes: sealed::Sealed {}

/// A command that can have a transition.
#[diagnostic::on_unimplemented(message = "this command has no transition of its own")]
pub trait TakesTransition: sealed::Sealed {}

/// A command that takes time.
#[diagnostic::on_unimplemented(message = "this command takes no time")]
pub trait TakesTime: sealed::Sealed {}

/// A command that patches of the page may wait for.
#[diagnostic::on_unimplemented(message = "this command is nothing to wait for")]
pub trait Blocks: sealed::Sealed {}

mod sealed {
    #[expect(unnameable_types, reason = "nobody else may say what a command takes")]
    pub trait Sealed {}
}

/// Declares what is left open behind a command, and which details it takes.
macro_rules! operations {
    ($($(#[$doc:meta])* $operation:ident: $($detail:ident)*;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub enum $operation {}

            impl sealed::Sealed for $operation {}
            $(impl $detail for $operation {})*
        )*
    };
}

operations! {
    /// Behind `push`.
    Push: ;
    /// Behind `dispatch`.
    Dispatch: Takes Blocks;
    /// Behind `exec` and the commands on attributes.
    Mark: Takes;
    /// Behind `show`.
    Show: Takes TakesTransition TakesTime Blocks;
    /// Behind `hide`.
    Hide: Takes TakesTransition TakesTime Blocks;
    /// Behind `toggle`.
    Toggle: Takes TakesTime Blocks;
    /// Behind the commands on classes.
    Classes: Takes TakesTransition TakesTime Blocks;
    /// Behind `transition`.
    Transit: Takes TakesTime Blocks;
    /// Behind `focus`, `focus_first` and `push_focus`.
    Focus: Takes;
    /// Behind `pop_focus`.
    PopFocus: ;
    /// Behind `navigate` and `patch`.
    Link: ;
    /// Behind commands of which nobody says which is the last.
    Any: ;
}
