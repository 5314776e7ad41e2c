//! The live views of an application: which path shows which view, and which view a joining page belongs to.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use http::{Method, Uri};

use super::channel::{LiveChannel, Mounting, Refusal};
use super::layout::{Page, RootLayout};
use super::rendered::RenderError;
use super::session::{SessionToken, verify_static};
use super::upload::{OpenUploads, Receiving, UploadChannel};
use super::{LiveView, dead_render, html};
use crate::assigns::Assigns;
use crate::channel::{self, Handle, Join};
use crate::endpoint::{ConnectSession, Router, into_matchit, path_param};
use crate::protocol::form::Params;
use crate::protocol::live::{self as wire, JoinError};
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
    uploads: OpenUploads,
    pub(super) layout: Arc<Layout>,
    views: HashMap<Arc<str>, Entry>,
    paths: matchit::Router<Arc<str>>,
    routes: Vec<(String, Arc<str>)>,
}

type Layout = dyn Fn(&Page<'_>, &mut Vec<u8>) -> Result<(), RenderError> + Send + Sync;

#[derive(Clone, Copy)]
struct Entry {
    spawn: fn(Join) -> Arc<dyn Handle>,
    route: fn(Router, &str, Arc<Table>, Arc<str>) -> Router,
}

impl LiveViews {
    /// No views; pages are signed with `signing_salt`, as the `live_view: [signing_salt: ...]` of an endpoint, and
    /// stand in `layout`.
    pub fn new(signing_salt: impl Into<String>, layout: impl RootLayout) -> Self {
        Self(Arc::new(Table {
            signing_salt: signing_salt.into(),
            uploads: OpenUploads::default(),
            layout: Arc::new(move |page, out| html::write(layout.render(page), out)),
            views: HashMap::new(),
            paths: matchit::Router::new(),
            routes: Vec::new(),
        }))
    }

    /// Keeps uploaded files in a directory of this process inside `parent`, instead of one where the system keeps
    /// temporary files. The directory is made when the first file comes, and removed when the endpoint is dropped; one
    /// that a killed process left behind (`bennu-uploads-` and its process id) may be removed at any time.
    pub fn upload_dir(mut self, parent: impl Into<PathBuf>) -> Self {
        Arc::make_mut(&mut self.0).uploads = OpenUploads::inside(parent.into());
        self
    }

    /// Shows a view at a path, which may have variables: `live "/chats/:id", ChatLive`.
    ///
    /// # Panics
    /// When the path is no path or cannot be told apart from another.
    pub fn view<V: LiveView>(mut self, path: &str) -> Self {
        let name: Arc<str> = std::any::type_name::<V>().into();
        let table = Arc::make_mut(&mut self.0);
        let entry = Entry {
            spawn: channel::spawn::<LiveChannel<V>>,
            route: route::<V>,
        };
        table.views.insert(name.clone(), entry);
        if let Err(cause) = table.paths.insert(into_matchit(path), name.clone()) {
            panic!("live view path {path:?}: {cause}");
        }
        table.routes.push((path.to_owned(), name));
        self
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
    /// Gives `lv:*` to live views and `lvu:*` to their uploads, as the socket `Phoenix.LiveView.Socket` does.
    #[must_use]
    pub fn live(self, views: &LiveViews) -> Self {
        let table = views.0.clone();
        let uploads = table.clone();
        self.starter("lv:*", move |join: Join| table.start(join))
            .starter("lvu:*", move |join: Join| uploads.receive_upload(join))
    }
}

impl Table {
    /// Starts the view that a page's tokens name, or the refusal that tells the page what to do.
    fn start(self: &Arc<Self>, mut join: Join) -> Arc<dyn Handle> {
        let mut assigns = Assigns::in_front_of(join.assigns.clone());
        let spawn = match self.authorize(&join) {
            Ok((entry, mounting)) => {
                assigns.assign(mounting);
                assigns.assign(self.uploads.clone());
                entry.spawn
            }
            Err(error) => {
                assigns.assign(error);
                channel::spawn::<Refusal>
            }
        };
        join.assigns = Arc::new(assigns);
        spawn(join)
    }

    /// Starts the channel of an entry of an upload.
    fn receive_upload(&self, mut join: Join) -> Arc<dyn Handle> {
        let mut assigns = Assigns::in_front_of(join.assigns.clone());
        assigns.assign(Receiving {
            signing_salt: self.signing_salt.clone(),
            uploads: self.uploads.clone(),
        });
        join.assigns = Arc::new(assigns);
        UploadChannel::spawn(join)
    }

    /// Steps 1 to 3 of a join (4.2).
    fn authorize(self: &Arc<Self>, join: &Join) -> Result<(Entry, Mounting), JoinError> {
        let payload: wire::Join = join.payload.deserialize().map_err(|_| JoinError::Stale)?;
        let secret_key_base: &SecretKeyBase = join.assigns.expect();
        let session = payload.session.as_deref().ok_or(JoinError::Stale)?;
        let token = SessionToken::verify(session, secret_key_base, &self.signing_salt)
            .ok_or(JoinError::Stale)?;
        let id = join
            .topic
            .strip_prefix(wire::TOPIC_PREFIX)
            .unwrap_or_default();
        let statics_fit = payload
            .static_token()
            .is_none_or(|statics| verify_static(statics, id, secret_key_base, &self.signing_salt));
        if token.id != id || !statics_fit {
            return Err(JoinError::Stale);
        }
        let connect: Option<&ConnectSession> = join.assigns.of();
        let session = connect.and_then(|session| session.0.clone());
        let session = session.ok_or_else(|| {
            telemetry::live_view_without_session(&join.topic);
            JoinError::Stale
        })?;
        let navigated = payload.redirect.is_some();
        let url = payload
            .redirect
            .as_deref()
            .or(payload.url.as_deref())
            .ok_or(JoinError::Unauthorized)?;
        let (name, params) = self.find(url).ok_or(JoinError::Unauthorized)?;
        if token.live_session != DEFAULT_LIVE_SESSION || !(navigated || *token.view == *name) {
            return Err(JoinError::Unauthorized);
        }
        let entry = *self.views.get(&name).ok_or(JoinError::Stale)?;
        let mounting = Mounting {
            table: self.clone(),
            name,
            id: token.id,
            url: url.to_owned(),
            params,
            session,
            navigated,
        };
        Ok((entry, mounting))
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

impl fmt::Debug for LiveViews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0.routes).finish()
    }
}
