//! Going elsewhere: to another URL of the view, to another view, to another page.

use std::fmt;

use http::StatusCode;

use super::AnySocket;
use crate::endpoint::is_local_path;
use crate::protocol::live::{LivePatch, LiveRedirect, Redirect};
use crate::session::Flash;
use crate::token::SecretKeyBase;

pub use crate::protocol::live::Kind;

/// How many patches may follow each other before the view answers; past that it ends, since a view that patches
/// whatever it is shown would never answer (9.2).
pub const PATCHES_MAX: usize = 20;

/// The schemes that [`AnySocket::redirect_external`] goes to.
const EXTERNAL_SCHEMES: [&str; 10] = [
    "http", "https", "ftp", "ftps", "mailto", "news", "irc", "tel", "sms", "xmpp",
];

/// Why the page cannot be sent where the application wants it. All of it is the application's mistake, or an address
/// that somebody handed it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NavigationError {
    /// The address is no path of this site: it has to start with one slash, and hold neither a backslash nor control
    /// characters (9.7).
    NotAPath(String),
    /// The external address has no scheme that a page may be sent to.
    Scheme(String),
    /// The page has already been sent elsewhere in this callback.
    Twice,
    /// A component is mounted or updated while the view renders; it cannot go elsewhere then.
    Rendering,
}

impl fmt::Display for NavigationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPath(to) => write!(f, "{to:?} is not a path of this site"),
            Self::Scheme(to) => write!(f, "{to:?} has no scheme that a page is sent to"),
            Self::Twice => f.write_str("the page is sent elsewhere twice in one callback"),
            Self::Rendering => f.write_str("a page cannot be sent elsewhere while it is rendered"),
        }
    }
}

impl std::error::Error for NavigationError {}

/// How a link should lead to a path, as [`AnySocket::navigation_type`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NavigationType {
    /// The path belongs to the current view: `patch`.
    Patch,
    /// The path belongs to another view of the live session: `navigate`.
    Navigate,
    /// Anything else: a link that loads the page.
    Href,
}

/// Where a callback sends the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Redirected {
    Patch(LivePatch),
    Navigate(LivePatch),
    Redirect { to: String, status: StatusCode },
}

impl Redirected {
    pub(super) fn navigate(to: String, kind: Kind) -> Result<Self, NavigationError> {
        let to = local(to)?;
        Ok(Self::Navigate(LivePatch { to, kind }))
    }

    pub(super) fn redirect(to: String, status: StatusCode) -> Result<Self, NavigationError> {
        let to = local(to)?;
        Ok(Self::Redirect { to, status })
    }

    /// What a client is told of it, with the flash that goes along.
    pub(super) fn into_message(self, flash: &Flash, secret_key_base: &SecretKeyBase) -> Elsewhere {
        let flash = (!flash.is_empty()).then(|| flash.sign(secret_key_base));
        match self {
            Self::Patch(LivePatch { to, kind }) | Self::Navigate(LivePatch { to, kind }) => {
                Elsewhere::LiveRedirect(LiveRedirect { to, kind, flash })
            }
            Self::Redirect { to, status } => Elsewhere::Redirect(Redirect {
                to,
                flash,
                status: Some(status.as_u16()),
            }),
        }
    }

    /// Where an HTTP response sends the browser instead, before a page is connected.
    pub(super) fn into_location(self) -> (String, StatusCode) {
        match self {
            Self::Patch(patch) | Self::Navigate(patch) => (patch.to, StatusCode::FOUND),
            Self::Redirect { to, status } => (to, status),
        }
    }
}

/// What a client is told when its page goes elsewhere.
pub(super) enum Elsewhere {
    LiveRedirect(LiveRedirect),
    Redirect(Redirect),
}

fn local(to: String) -> Result<String, NavigationError> {
    if is_local_path(&to) {
        Ok(to)
    } else {
        Err(NavigationError::NotAPath(to))
    }
}

fn external(to: String) -> Result<String, NavigationError> {
    let scheme = to.split_once(':').map(|(scheme, _)| scheme);
    let allowed = scheme.is_some_and(|scheme| {
        let mut allowed = EXTERNAL_SCHEMES.iter();
        allowed.any(|allowed| scheme.eq_ignore_ascii_case(allowed))
    });
    if allowed && !to.chars().any(char::is_control) {
        Ok(to)
    } else {
        Err(NavigationError::Scheme(to))
    }
}

impl AnySocket {
    /// Shows another URL of this view: its parameters go to `handle_params`, and the browser's address changes, without
    /// a mount. `push_patch/2` in Phoenix.
    ///
    /// `to` is a path that the router gives to this view in its live session; any other ends the view. Not in `mount`,
    /// where `handle_params` is about to run anyway.
    ///
    /// ```
    /// # use bennu::channel::Flow;
    /// # use bennu::live::{self, Kind, Socket, LiveView};
    /// # fn sorted<V: LiveView>(by: &str, socket: &mut Socket<V>) -> live::Result {
    /// socket.push_patch(format!("/rows?sort={by}"), Kind::Replace)?;
    /// Ok(Flow::NoReply)
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NavigationError`].
    pub fn push_patch(&mut self, to: impl Into<String>, kind: Kind) -> Result<(), NavigationError> {
        let to = local(to.into())?;
        self.send_elsewhere(Redirected::Patch(LivePatch { to, kind }))
    }

    /// Goes to another view, or mounts this one anew, over the same connection where that view is in the same live
    /// session. `push_navigate/2` in Phoenix. The flash that this callback put goes along.
    ///
    /// # Errors
    /// [`NavigationError`].
    pub fn push_navigate(
        &mut self,
        to: impl Into<String>,
        kind: Kind,
    ) -> Result<(), NavigationError> {
        self.send_elsewhere(Redirected::navigate(to.into(), kind)?)
    }

    /// Has the browser load another page of this site. `redirect(to: ..)` in Phoenix. The flash that this callback put
    /// goes along.
    ///
    /// # Errors
    /// [`NavigationError`].
    pub fn redirect(&mut self, to: impl Into<String>) -> Result<(), NavigationError> {
        self.redirect_with(to, StatusCode::FOUND)
    }

    /// As [`redirect`](Self::redirect), with the status that the response has while the page is only being loaded.
    ///
    /// # Errors
    /// [`NavigationError`].
    pub fn redirect_with(
        &mut self,
        to: impl Into<String>,
        status: StatusCode,
    ) -> Result<(), NavigationError> {
        self.send_elsewhere(Redirected::redirect(to.into(), status)?)
    }

    /// Has the browser load a page of another site: `redirect(external: ..)` in Phoenix.
    ///
    /// # Errors
    /// [`NavigationError`]; above all for an address whose scheme runs a script.
    pub fn redirect_external(&mut self, to: impl Into<String>) -> Result<(), NavigationError> {
        let to = external(to.into())?;
        let status = StatusCode::FOUND;
        self.send_elsewhere(Redirected::Redirect { to, status })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket() -> AnySocket {
        AnySocket::detached()
    }

    // 9.7
    #[test]
    fn addresses_that_leave_the_site_are_refused() {
        for to in [
            "",
            "rows",
            "//evil.example",
            "/\\evil",
            "/a\nb",
            "https://a.example",
        ] {
            let refused = Err(NavigationError::NotAPath(to.to_owned()));
            assert_eq!(socket().push_patch(to, Kind::Push), refused);
            assert_eq!(socket().push_navigate(to, Kind::Push), refused);
            assert_eq!(socket().redirect(to), refused);
        }
    }

    // 9.7
    #[test]
    fn addresses_that_run_a_script_are_refused() {
        for to in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/rows",
            "https:\n//a.example",
        ] {
            let refused = Err(NavigationError::Scheme(to.to_owned()));
            assert_eq!(socket().redirect_external(to), refused);
        }
        for to in [
            "https://a.example/x",
            "HTTP://a.example",
            "mailto:a@b.example",
        ] {
            assert_eq!(socket().redirect_external(to), Ok(()), "{to}");
        }
    }

    #[test]
    fn a_page_goes_to_one_place_only() {
        let mut socket = socket();
        assert_eq!(socket.redirect("/a"), Ok(()));
        assert_eq!(socket.redirect("/b"), Err(NavigationError::Twice));
    }
}
