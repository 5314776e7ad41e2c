//! Where the page is, and where the current callback sends it.

use std::sync::Arc;

use super::AnySocket;
use crate::live::navigation::{NavigationError, NavigationType, Redirected};
use crate::live::views::Route;
use crate::protocol::live::LivePatch;

impl AnySocket {
    /// How a link to `path`, a path of this site, should lead there: `navigation_type/2`. While the page is only being
    /// loaded it is always [`NavigationType::Href`].
    #[must_use]
    pub fn navigation_type(&self, path: &str) -> NavigationType {
        let found = self.views.as_ref().and_then(|views| views.find(path));
        match (&self.route, found) {
            (Some(current), Some((route, _))) => current.navigation_to(&route),
            _ => NavigationType::Href,
        }
    }

    pub(in crate::live) const fn route(&self) -> Option<&Arc<Route>> {
        self.route.as_ref()
    }

    /// The page now shows another URL of this view: of the flash it keeps what the current callback put (9.5).
    pub(in crate::live) fn patched_to(&mut self, route: Arc<Route>) {
        self.route = Some(route);
        self.flash.replace();
    }

    /// The page was asked to show another URL of this view (7.4).
    pub(in crate::live) fn patched_by_client(&mut self, route: Arc<Route>) {
        self.route = Some(route);
        self.flash.clear();
    }

    pub(in crate::live) fn send_elsewhere(
        &mut self,
        to: Redirected,
    ) -> Result<(), NavigationError> {
        if self.lent {
            return Err(NavigationError::Rendering);
        }
        if self.redirected.is_some() {
            return Err(NavigationError::Twice);
        }
        self.redirected = Some(Box::new(to));
        Ok(())
    }

    pub(in crate::live) const fn is_redirected(&self) -> bool {
        self.redirected.is_some()
    }

    pub(in crate::live) fn take_redirected(&mut self) -> Option<Redirected> {
        self.redirected.take().map(|to| *to)
    }

    /// Where the view patched itself to; if it goes elsewhere, that stays.
    pub(in crate::live) fn take_patch(&mut self) -> Option<LivePatch> {
        match self.take_redirected() {
            Some(Redirected::Patch(patch)) => Some(patch),
            elsewhere => {
                self.redirected = elsewhere.map(Box::new);
                None
            }
        }
    }

    /// Scheme, host and port of the page, `host_uri`: `http://localhost:4000`.
    #[must_use]
    pub fn host_uri(&self) -> &str {
        &self.host_uri
    }

    pub(in crate::live) fn share_host_uri(&self) -> Arc<str> {
        self.host_uri.clone()
    }

    pub(in crate::live) fn absolute_uri(&self, path: &str) -> String {
        format!("{}{path}", self.host_uri)
    }

    /// What the router says of the page's URL, `@live_action`: set by
    /// [`LiveViews::view_as`](crate::live::LiveViews::view_as).
    #[must_use]
    pub fn live_action(&self) -> Option<&str> {
        self.route.as_ref()?.action.as_deref()
    }
}

/// What stands before the path of an absolute URL.
pub(super) fn host_uri(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path = url[after_scheme..].find(['/', '?', '#']);
    path.map_or(url, |at| &url[..after_scheme + at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pages_host_uri_ends_before_its_path() {
        for (url, expected) in [
            ("http://localhost:4000/a?b#c", "http://localhost:4000"),
            ("https://a.example?b", "https://a.example"),
            ("https://a.example", "https://a.example"),
            ("", ""),
        ] {
            assert_eq!(host_uri(url), expected);
        }
    }
}
