//! The function components that come with Bennu, as those of `Phoenix.Component`.
//!
//! ```
//! use bennu::live::components::*;
//! use bennu::{heex, live::html};
//!
//! let mut page = Vec::new();
//! html::write(heex! { <.link navigate="/rooms/7" class="room">Room 7</.link> }, &mut page)?;
//! assert_eq!(
//!     String::from_utf8_lossy(&page),
//!     r#"<a href="/rooms/7" data-phx-link="redirect" data-phx-link-state="push" class="room">Room 7</a>"#
//! );
//! # Ok::<_, bennu::live::rendered::RenderError>(())
//! ```
//!
//! | component | shows |
//! |---|---|
//! | [`form`] | a form, with the hidden inputs it needs when it is sent without a live view |
//! | [`inputs_for`] | the forms inside a form |
//! | [`link`] | a link to another page, to another live view, or to another URL of this one |
//! | [`live_title`] | the title of the page |
//! | [`focus_wrap`] | content that the focus does not leave |
//! | [`portal`] | content that the browser shows elsewhere in the page |
//! | [`dynamic_tag`] | an element whose name is known only when it is rendered |
//! | [`intersperse`] | items with something between them |
//!
//! The functions take as parameters what a template gives as attributes; in a template they are tags.

mod element;
mod forms;
mod navigation;
mod page;

pub use element::dynamic_tag;
pub use forms::{form, inputs_for};
pub use navigation::link;
pub use page::{focus_wrap, intersperse, live_title, portal};
