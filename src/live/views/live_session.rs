use std::fmt;
use std::sync::Arc;

use super::{LiveRoute, Session};
use crate::endpoint::Conn;
use crate::live::LiveView;
use crate::live::layout::{self, Choice, Layout, RootLayout};
use crate::live::lifecycle::OnMount;
use crate::session::Session as VisitorSession;
use crate::token::Term;

/// A live session being declared: `live_session :admin, on_mount: ... do ... end`.
#[must_use]
pub struct LiveSession {
    session: Session,
    routes: Vec<LiveRoute>,
}

impl LiveSession {
    pub(super) const fn begin(session: Session) -> Self {
        Self {
            session,
            routes: Vec::new(),
        }
    }

    pub(super) fn end(self) -> (Session, Vec<LiveRoute>) {
        (self.session, self.routes)
    }

    /// Runs a hook before the mounts of these views; hooks run in the order in which they are named.
    pub fn on_mount(mut self, hook: impl OnMount) -> Self {
        self.session.on_mount.push(Arc::new(hook));
        self
    }

    /// Adds entries to the session that these views are mounted with.
    ///
    /// They travel in the page, signed and readable.
    ///
    /// # Examples
    ///
    /// `admin.session([("role", "admin")])`
    pub fn session<K: Into<String>, T: Into<Term>>(
        self,
        entries: impl IntoIterator<Item = (K, T)>,
    ) -> Self {
        let mut added = VisitorSession::default();
        for (key, value) in entries {
            added.put(key, value);
        }
        self.session_with(move |_| added.clone())
    }

    /// Adds what a function finds in the request for the page to the session that these views are mounted with.
    pub fn session_with(
        mut self,
        add: impl Fn(&Conn) -> VisitorSession + Send + Sync + 'static,
    ) -> Self {
        self.session.session = Some(Arc::new(add));
        self
    }

    /// The document around these views.
    pub fn root_layout(mut self, layout: impl RootLayout) -> Self {
        self.session.root_layout = layout::root(layout);
        self
    }

    /// The layout of these views, whatever they say themselves.
    pub fn layout(mut self, layout: impl Layout) -> Self {
        self.session.layout = Choice::Layout(Arc::new(layout));
        self
    }

    /// These views stand in no layout.
    pub fn without_layout(mut self) -> Self {
        self.session.layout = Choice::None;
        self
    }

    /// As [`LiveViews::view`](super::LiveViews::view).
    pub fn view<V: LiveView>(self, path: &str) -> Self {
        self.route(LiveRoute::new::<V>(path))
    }

    /// As [`LiveViews::view_as`](super::LiveViews::view_as).
    pub fn view_as<V: LiveView>(self, path: &str, action: &str) -> Self {
        self.route(LiveRoute::new::<V>(path).action(action))
    }

    /// As [`LiveViews::route`](super::LiveViews::route).
    pub fn route(mut self, route: LiveRoute) -> Self {
        self.routes.push(route);
        self
    }
}

impl fmt::Debug for LiveSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveSession")
            .field("name", &self.session.name)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}
