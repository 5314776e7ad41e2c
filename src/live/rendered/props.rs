//! The two states of a required prop while a component's props are gathered; `#[component]` uses them.

/// The prop has not been given yet.
#[derive(Debug)]
pub struct Missing;

/// The prop has been given.
#[derive(Debug)]
pub struct Given<T>(pub T);
