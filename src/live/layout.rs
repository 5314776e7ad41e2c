//! The document around a live view.

use super::rendered::{Raw, Render, raw};
use crate::assigns::Assigns;
use crate::session::Session;

/// Renders the whole document around a view's container, once per page load; nothing in it is patched later.
///
/// Phoenix: `put_root_layout`.
pub trait RootLayout: Send + Sync + 'static {
    /// The document.
    fn render(&self, page: &Page<'_>) -> impl Render;
}

/// A page on its way to the browser.
#[derive(Debug)]
pub struct Page<'p> {
    pub(super) title: Option<&'p str>,
    pub(super) csrf_token: &'p str,
    pub(super) content: &'p str,
    pub(super) session: &'p Session,
    pub(super) assigns: &'p Assigns,
}

impl Page<'_> {
    /// The title that the view set.
    #[must_use]
    pub const fn title(&self) -> Option<&str> {
        self.title
    }

    /// The token that the page's script and forms have to send back; every page needs it in
    /// `<meta name="csrf-token">` (2.1).
    #[must_use]
    pub const fn csrf_token(&self) -> &str {
        self.csrf_token
    }

    /// The view in its container, `@inner_content` in Phoenix.
    #[must_use]
    pub const fn content(&self) -> Raw<&str> {
        raw(self.content)
    }

    /// The visitor's session.
    #[must_use]
    pub const fn session(&self) -> &Session {
        self.session
    }

    /// The value of type `T` that was assigned to the endpoint.
    ///
    /// # Panics
    /// When there is none; the request is then answered with 500.
    #[must_use]
    #[track_caller]
    pub fn assigns<T: 'static>(&self) -> &T {
        self.assigns.expect()
    }
}
