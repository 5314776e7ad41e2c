//! Leaving a page.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::{Conn, View, live};
use crate::protocol::live as wire;
use crate::session::Flash;

/// The page goes elsewhere: what verbs return in place of HTML, `{:error, {:redirect, ..}}` and
/// `{:error, {:live_redirect, ..}}` in Phoenix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Redirected {
    /// Another page is loaded: `redirect`, or any redirection before the page has connected.
    Redirect(wire::Redirect),
    /// Another live view is shown over the same connection: `push_navigate`.
    LiveRedirect(wire::LiveRedirect),
}

impl Redirected {
    /// Where to: a path, or the URL of another site.
    #[must_use]
    pub fn to(&self) -> &str {
        match self {
            Self::Redirect(redirect) => &redirect.to,
            Self::LiveRedirect(redirect) => &redirect.to,
        }
    }

    /// The flash that goes along, which `assert_redirect/1` returns in Phoenix; empty if none does.
    ///
    /// # Panics
    /// When the flash was not signed by the endpoint of `conn`.
    #[must_use]
    #[track_caller]
    pub fn flash(&self, conn: &Conn) -> Flash {
        let token = self.flash_token();
        token.map_or_else(Flash::default, |token| conn.verify_flash(token))
    }

    /// The signed form of the flash that goes along.
    #[must_use]
    pub fn flash_token(&self) -> Option<&str> {
        match self {
            Self::Redirect(redirect) => redirect.flash.as_deref(),
            Self::LiveRedirect(redirect) => redirect.flash.as_deref(),
        }
    }

    /// Opens the live view that the page goes to, `follow_redirect/3`; the flash goes along in the visitor's cookie.
    ///
    /// # Errors
    /// When that page goes elsewhere too.
    ///
    /// # Panics
    /// As [`live`](super::live).
    #[track_caller]
    pub fn follow_redirect(
        &self,
        conn: &Conn,
    ) -> impl Future<Output = Result<(View, String), Self>> {
        conn.put_flash(self.flash_token());
        live(conn, self.to())
    }

    /// Loads the page that the page goes to, whatever it is.
    ///
    /// # Panics
    /// As [`Conn::get`].
    #[track_caller]
    pub fn get(&self, conn: &Conn) -> impl Future<Output = http::Response<String>> {
        conn.put_flash(self.flash_token());
        conn.get(self.to())
    }

    /// The redirection in the response to a join or an event, if there is one.
    pub(super) fn of(response: &Value) -> Option<Self> {
        let read = |name| response.get(name).cloned();
        if let Some(redirect) = read(wire::REDIRECT) {
            return wire::Redirect::deserialize(redirect)
                .ok()
                .map(Self::Redirect);
        }
        let redirect = wire::LiveRedirect::deserialize(read(wire::LIVE_REDIRECT)?);
        redirect.ok().map(Self::LiveRedirect)
    }

    pub(super) fn redirect(to: &str) -> Self {
        Self::Redirect(wire::Redirect {
            to: to.to_owned(),
            flash: None,
            status: None,
        })
    }

    pub(super) fn live_redirect(to: &str, kind: wire::Kind) -> Self {
        Self::LiveRedirect(wire::LiveRedirect {
            to: to.to_owned(),
            kind,
            flash: None,
        })
    }
}

impl fmt::Display for Redirected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect(redirect) => write!(f, "the page is redirected to {}", redirect.to),
            Self::LiveRedirect(redirect) => write!(f, "the page navigates to {}", redirect.to),
        }
    }
}

impl std::error::Error for Redirected {}
