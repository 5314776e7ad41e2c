//! What `#[component]` uses while a component's props are gathered: the two states of a required prop, and what a prop
//! of type `Option<&str>` takes.

/// The prop has not been given yet.
#[derive(Debug)]
pub struct Missing;

/// The prop has been given.
#[derive(Debug)]
pub struct Given<T>(pub T);

/// What a prop of type `Option<&str>` takes: text, or perhaps text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no text and no `Option` of it",
    label = "this prop takes `&str`, `&String`, `Option<&str>` or `&Option<String>`"
)]
pub trait OptionalText<'a> {
    /// The text, if there is one.
    fn into_optional_text(self) -> Option<&'a str>;
}

impl<'a> OptionalText<'a> for &'a str {
    fn into_optional_text(self) -> Option<&'a str> {
        Some(self)
    }
}

impl<'a> OptionalText<'a> for &'a String {
    fn into_optional_text(self) -> Option<&'a str> {
        Some(self)
    }
}

impl<'a> OptionalText<'a> for Option<&'a str> {
    fn into_optional_text(self) -> Self {
        self
    }
}

impl<'a> OptionalText<'a> for &'a Option<String> {
    fn into_optional_text(self) -> Option<&'a str> {
        self.as_deref()
    }
}
