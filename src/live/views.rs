//! The live views of an application: which path shows which view, and which view a joining page belongs to.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use http::{Method, Uri};

use super::channel::{LiveChannel, Mounting, Refusal};
use super::layout::{Page, RootLayout};
use super::nested::{Lineages, Spawn};
use super::rendered::RenderError;
use super::session::{SessionToken, verify_static};
use super::{LiveView, dead_render, html};
use crate::assigns::Assigns;
use crate::channel::{self, Handle, Join};
use crate::endpoint::{ConnectSession, Router, into_matchit, path_param};
use crate::protocol::form::Params;
use crate::protocol::live::{self as wire, JoinError};
use crate::session::Session;
use crate::socket::Routes;
use crate::telemetry;
use crate::token::SecretKeyBase;

/// The navigation boundary of routes that name none.
pub(super) const DEFAULT_LIVE_SESSION: &str = "default";

/// The live views of an application and their paths, the `live` lines of a Phoenix router.
///
/// Give it to [`Router::live`], which answers their pages, and to [`Routes::live`], where those pages connect.
#[derive(Clone)]
#[must_use]
pub struct LiveViews(Arc<Table>);

#[derive(Clone)]
pub(super) struct Table {
    pub(super) signing_salt: String,
    pub(super) layout: Arc<Layout>,
    views: HashMap<Arc<str>, Entry>,
    paths: matchit::Router<Arc<str>>,
    routes: Vec<(String, Arc<str>)>,
    /// The connected views that show others.
    pub(super) lineages: Arc<Lineages>,
}

type Layout = dyn Fn(&Page<'_>, &mut Vec<u8>) -> Result<(), RenderError> + Send + Sync;

#[derive(Clone, Copy)]
struct Entry {
    spawn: Spawn,
    route: fn(Router, &str, Arc<Table>, Arc<str>) -> Router,
}

impl LiveViews {
    /// No views; pages are signed with `signing_salt`, as the `live_view: [signing_salt: ...]` of an endpoint, and
    /// stand in `layout`.
    pub fn new(signing_salt: impl Into<String>, layout: impl RootLayout) -> Self {
        Self(Arc::new(Table {
            signing_salt: signing_salt.into(),
            layout: Arc::new(move |page, out| html::write(layout.render(page), out)),
            views: HashMap::new(),
            paths: matchit::Router::new(),
            routes: Vec::new(),
            lineages: Arc::default(),
        }))
    }

    /// Shows a view at a path, which may have variables: `live "/chats/:id", ChatLive`.
    ///
    /// # Panics
    /// When the path is no path or cannot be told apart from another.
    pub fn view<V: LiveView>(mut self, path: &str) -> Self {
        let name = name::<V>();
        let table = Arc::make_mut(&mut self.0);
        table.views.insert(name.clone(), Entry::of::<V>());
        if let Err(cause) = table.paths.insert(into_matchit(path), name.clone()) {
            panic!("live view path {path:?}: {cause}");
        }
        table.routes.push((path.to_owned(), name));
        self
    }

    /// Lets a view connect that no path shows: a [sticky](super::nested::Nested::sticky) one.
    pub fn unrouted<V: LiveView>(mut self) -> Self {
        let views = &mut Arc::make_mut(&mut self.0).views;
        views.insert(name::<V>(), Entry::of::<V>());
        self
    }
}

/// The name by which a page's token knows a view.
fn name<V: LiveView>() -> Arc<str> {
    std::any::type_name::<V>().into()
}

impl Entry {
    fn of<V: LiveView>() -> Self {
        Self {
            spawn: channel::spawn::<LiveChannel<V>>,
            route: route::<V>,
        }
    }
}

fn route<V: LiveView>(router: Router, path: &str, table: Arc<Table>, name: Arc<str>) -> Router {
    router.route(Method::GET, path, move |conn| {
        dead_render::answer::<V>(table.clone(), name.clone(), conn)
    })
}

impl Router {
    /// Answers the pages of live views.
    pub fn live(self, views: &LiveViews) -> Self {
        let table = &views.0;
        table
            .routes
            .iter()
            .fold(self.needing_session(), |router, (path, name)| {
                (table.views[name].route)(router, path, table.clone(), name.clone())
            })
    }
}

impl Routes {
    /// Gives `lv:*` to live views, as the socket `Phoenix.LiveView.Socket` does.
    #[must_use]
    pub fn live(self, views: &LiveViews) -> Self {
        let table = views.0.clone();
        self.starter("lv:*", move |join: Join| table.start(join))
    }
}

impl Table {
    /// Starts the view that a page's tokens name, or the refusal that tells the page what to do.
    fn start(self: &Arc<Self>, mut join: Join) -> Arc<dyn Handle> {
        match self.authorize(&join) {
            Ok((spawn, mounting)) => {
                let parent = mounting.parent.clone();
                let topic = join.topic.clone();
                join.assigns = in_front_of(mounting.around.clone(), mounting);
                let view = spawn(join);
                if let Some(parent) = parent {
                    parent.adopt(topic, &view);
                }
                view
            }
            Err(error) => {
                join.assigns = in_front_of(join.assigns.clone(), error);
                channel::spawn::<Refusal>(join)
            }
        }
    }

    /// Steps 1 to 5 of a join (4.2).
    fn authorize(self: &Arc<Self>, join: &Join) -> Result<(Spawn, Mounting), JoinError> {
        let payload: wire::Join = join.payload.deserialize().map_err(|_| JoinError::Stale)?;
        let token = self.verify(join, &payload)?;
        let mut session = connect_session(join)?;
        session.overlay(&token.session);
        let parent = token.parent.as_deref();
        let parent = parent.map(|key| self.lineages.find(key, &join.link));
        let parent = parent.transpose()?;
        let navigated = payload.redirect.is_some();
        let shown = self.route(&token, &payload)?;
        let (spawn, around) = match (&parent, &shown) {
            (Some(parent), _) => parent.child(&token.view).ok_or(JoinError::Stale)?,
            (None, Some((name, ..))) => (self.spawn(name)?, join.assigns.clone()),
            (None, None) => (self.spawn(&token.view)?, join.assigns.clone()),
        };
        let (name, url, params) = match shown {
            Some((name, url, params)) => (Some(name), Some(url), params),
            None => (None, None, Params::default()),
        };
        let mounting = Mounting {
            table: self.clone(),
            name,
            id: token.id,
            url,
            params,
            session,
            navigated,
            parent,
            around,
        };
        Ok((spawn, mounting))
    }

    /// Step 1: the tokens, and that they belong to this topic.
    fn verify(&self, join: &Join, payload: &wire::Join) -> Result<SessionToken, JoinError> {
        let secret_key_base: &SecretKeyBase = join.assigns.expect();
        let salt = &*self.signing_salt;
        let token = payload.session.as_deref();
        let token = token.and_then(|token| SessionToken::verify(token, secret_key_base, salt));
        let token = token.ok_or(JoinError::Stale)?;
        let fits = join.topic.strip_prefix(wire::TOPIC_PREFIX) == Some(&token.id)
            && payload
                .static_token()
                .is_none_or(|statics| verify_static(statics, &token.id, secret_key_base, salt));
        if fits {
            Ok(token)
        } else {
            Err(JoinError::Stale)
        }
    }

    /// Step 3: the view of the page's URL, unless no route shows the view.
    fn route(
        &self,
        token: &SessionToken,
        payload: &wire::Join,
    ) -> Result<Option<(Arc<str>, String, Params)>, JoinError> {
        let navigated = payload.redirect.is_some();
        let Some(live_session) = &token.live_session else {
            return if navigated {
                Err(JoinError::Unauthorized)
            } else {
                Ok(None)
            };
        };
        let url = payload.redirect.as_deref().or(payload.url.as_deref());
        let url = url.ok_or(JoinError::Unauthorized)?;
        let (name, params) = self.find(url).ok_or(JoinError::Unauthorized)?;
        if live_session != DEFAULT_LIVE_SESSION || !(navigated || *token.view == *name) {
            return Err(JoinError::Unauthorized);
        }
        Ok(Some((name, url.to_owned(), params)))
    }

    fn spawn(&self, name: &str) -> Result<Spawn, JoinError> {
        let entry = self.views.get(name).ok_or(JoinError::Stale)?;
        Ok(entry.spawn)
    }

    pub(super) fn has_view(&self, name: &str) -> bool {
        self.views.contains_key(name)
    }

    /// The view that a URL shows, with the parameters of its query and its path (9.6).
    pub(super) fn find(&self, url: &str) -> Option<(Arc<str>, Params)> {
        let url = url.split('#').next().unwrap_or_default();
        let uri: Uri = url.parse().ok()?;
        let matched = self.paths.at(uri.path()).ok()?;
        let mut params = Params::decode(uri.query().unwrap_or_default()).ok()?;
        for (name, value) in matched.params.iter() {
            params.insert(name, path_param(value));
        }
        Some((matched.value.clone(), params))
    }
}

/// Step 2: the session that the page was shown in.
fn connect_session(join: &Join) -> Result<Session, JoinError> {
    let connect: Option<&ConnectSession> = join.assigns.of();
    let session = connect.and_then(|session| session.0.clone());
    session.ok_or_else(|| {
        telemetry::live_view_without_session(&join.topic);
        JoinError::Stale
    })
}

fn in_front_of<T: Send + Sync + 'static>(behind: Arc<Assigns>, value: T) -> Arc<Assigns> {
    let mut assigns = Assigns::in_front_of(behind);
    assigns.assign(value);
    Arc::new(assigns)
}

impl fmt::Debug for LiveViews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0.routes).finish()
    }
}
