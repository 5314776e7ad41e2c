//! The live views of an application: which path shows which view, in which live session.

mod authorize;
mod live_session;
mod route;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use http::{Method, Uri};

use super::channel::LiveChannel;
use super::dead_render::{self, Placed};
use super::layout::{self, Choice, Layout, RenderRoot, RootLayout};
use super::lifecycle::AnyOnMount;
use super::navigation::NavigationType;
use super::nested::{Lineages, Spawn};
use super::upload::{OpenUploads, Receiving, UploadChannel};
use super::{Container, LiveView};
use crate::assigns::Assigns;
use crate::channel::{self, Handle, Join};
use crate::endpoint::{Conn, Router, into_matchit, path_param};
use crate::protocol::form::Params;
use crate::socket::Routes;

pub use live_session::LiveSession;
pub use route::LiveRoute;

/// The npm package `phoenix_live_view` whose protocol is spoken.
const LIVEVIEW_VERSION: &str = "1.2.12";
/// The live session of routes that name none.
const DEFAULT_LIVE_SESSION: &str = "default";

/// The live views of an application and their paths, the `live` lines of a Phoenix router.
///
/// Give it to [`Router::live`], which answers their pages, and to [`Routes::live`], where those pages connect.
///
/// ```
/// # use bennu::heex;
/// # use bennu::live::lifecycle::OnMount;
/// # use bennu::live::rendered::Render;
/// # use bennu::live::{AnySocket, InnerContent, Layout, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
/// # use bennu::protocol::form::Params;
/// # use bennu::session::Session;
/// # struct Root;
/// # impl RootLayout for Root {
/// #     fn render(&self, page: &Page<'_>) -> impl Render { heex! { <html>{page.content()}</html> } }
/// # }
/// # struct App;
/// # impl Layout for App {
/// #     fn render(&self, inner_content: InnerContent<'_>, _: &AnySocket) -> impl Render { heex! { <main>{inner_content}</main> } }
/// # }
/// # struct RequireAdmin;
/// # impl OnMount for RequireAdmin {
/// #     async fn on_mount(&self, _: &Params, _: &Session, _: &mut AnySocket) -> Result<(), MountError> { Ok(()) }
/// # }
/// # struct PostLive;
/// # impl LiveView for PostLive {
/// #     type Info = ();
/// #     async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> { Ok(Self) }
/// #     fn render(&self, _: &Socket<Self>) -> impl Render { heex! { <p>post</p> } }
/// # }
/// # type UsersLive = PostLive;
/// let views = LiveViews::new("signing salt", Root)
///     .layout(App)
///     .view_as::<PostLive>("/posts", "index")
///     .view_as::<PostLive>("/posts/:id", "show")
///     .live_session("admin", |admin| admin.on_mount(RequireAdmin).view::<UsersLive>("/admin/users"));
/// ```
#[derive(Clone)]
#[must_use]
pub struct LiveViews(Arc<Table>);

#[derive(Clone)]
pub(super) struct Table {
    pub(super) signing_salt: String,
    uploads: OpenUploads,
    pub(super) liveview_version: Cow<'static, str>,
    views: HashMap<Arc<str>, Entry>,
    paths: matchit::Router<Arc<Route>>,
    routes: Vec<Arc<Route>>,
    default: Arc<Session>,
    layout: Choice,
    /// The connected views that show others.
    pub(super) lineages: Arc<Lineages>,
}

/// A path of a view, as it is looked up.
pub(super) struct Route {
    pub(super) path: String,
    /// The view's name.
    pub(super) view: Arc<str>,
    pub(super) action: Option<Box<str>>,
    pub(super) container: Container,
    /// What the route says of the layout, or else its live session.
    pub(super) layout: Choice,
    /// The application's layout.
    pub(super) default_layout: Choice,
    pub(super) live_session: Arc<Session>,
}

/// A live session, as it is looked up.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) name: String,
    pub(super) on_mount: Vec<Arc<dyn AnyOnMount>>,
    pub(super) session: Option<Arc<AddToSession>>,
    pub(super) root_layout: Arc<RenderRoot>,
    layout: Choice,
}

/// What a live session adds to its views' session, out of the request for the page.
pub(super) type AddToSession = dyn Fn(&Conn) -> crate::session::Session + Send + Sync;

#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) spawn: Spawn,
    answer: fn(Router, Arc<Table>, Arc<Route>) -> Router,
}

impl Entry {
    fn of<V: LiveView>() -> Self {
        Self {
            spawn: channel::spawn::<LiveChannel<V>>,
            answer: |router, table, route| {
                let path = route.path.clone();
                router.route(Method::GET, &path, move |conn| {
                    dead_render::answer::<V>(Placed::routed(table.clone(), route.clone()), conn)
                })
            },
        }
    }
}

impl LiveViews {
    /// No views; pages are signed with `signing_salt`, as the `live_view: [signing_salt: ...]` of an endpoint, and
    /// stand in `root_layout`.
    pub fn new(signing_salt: impl Into<String>, root_layout: impl RootLayout) -> Self {
        Self(Arc::new(Table {
            signing_salt: signing_salt.into(),
            uploads: OpenUploads::default(),
            liveview_version: Cow::Borrowed(LIVEVIEW_VERSION),
            views: HashMap::new(),
            paths: matchit::Router::new(),
            routes: Vec::new(),
            default: Arc::new(Session {
                name: DEFAULT_LIVE_SESSION.to_owned(),
                on_mount: Vec::new(),
                session: None,
                root_layout: layout::root(root_layout),
                layout: Choice::Inherited,
            }),
            layout: Choice::None,
            lineages: Arc::default(),
        }))
    }

    /// Tells pages another version of the npm package `phoenix_live_view` than 1.2.12: the one that they load, since a
    /// client warns on its console when the two differ.
    pub fn liveview_version(mut self, version: impl Into<Cow<'static, str>>) -> Self {
        Arc::make_mut(&mut self.0).liveview_version = version.into();
        self
    }

    /// The layout of the views declared from here on, for those that choose none themselves.
    pub fn layout(mut self, layout: impl Layout) -> Self {
        Arc::make_mut(&mut self.0).layout = Choice::Layout(Arc::new(layout));
        self
    }

    /// Keeps uploaded files in a directory of this process inside `parent`, instead of one where the system keeps
    /// temporary files. The directory is made when the first file comes, and removed when the endpoint is dropped.
    ///
    /// A process that is killed leaves its directory behind (`bennu-uploads-` and its process id). The next one with the
    /// same parent removes it, in [`Routes::live`]; it knows directories in use by their locks (`flock`). Where
    /// directories cannot be locked, as on Windows, such directories stay.
    pub fn upload_dir(mut self, parent: impl Into<PathBuf>) -> Self {
        let uploads = &mut Arc::make_mut(&mut self.0).uploads;
        *uploads = uploads.inside(parent.into());
        self
    }

    /// How many bytes all uploaded files in that directory may have together; default 10 GiB. What would exceed it is not
    /// written: the entry stays with [`UploadError::WriterFailure`](super::upload::UploadError::WriterFailure), as if the
    /// disk were full.
    pub fn upload_bytes_max(mut self, bytes: u64) -> Self {
        let uploads = &mut Arc::make_mut(&mut self.0).uploads;
        *uploads = uploads.with_bytes_max(bytes);
        self
    }

    /// Shows a view at a path, which may have variables: `live "/chats/:id", ChatLive`.
    ///
    /// # Panics
    /// When the path is no path or cannot be told apart from another.
    pub fn view<V: LiveView>(self, path: &str) -> Self {
        self.route(LiveRoute::new::<V>(path))
    }

    /// As [`view`](Self::view), with what [`AnySocket::live_action`](super::AnySocket::live_action) then says:
    /// `live "/posts/new", PostLive, :new`.
    ///
    /// # Panics
    /// As [`view`](Self::view).
    pub fn view_as<V: LiveView>(self, path: &str, action: &str) -> Self {
        self.route(LiveRoute::new::<V>(path).action(action))
    }

    /// Shows a view at a path with options of its own.
    ///
    /// # Panics
    /// As [`view`](Self::view).
    pub fn route(mut self, route: LiveRoute) -> Self {
        let table = Arc::make_mut(&mut self.0);
        table.add(route, table.default.clone());
        self
    }

    /// Groups views between which the page may go without loading anew, and to which nobody comes from outside without
    /// their `on_mount` hooks: `live_session` in Phoenix.
    ///
    /// # Panics
    /// When a live session of this name exists, and as [`view`](Self::view). Views outside of every live session are in
    /// the one named `default`.
    pub fn live_session(
        mut self,
        name: &str,
        declare: impl FnOnce(LiveSession) -> LiveSession,
    ) -> Self {
        let table = Arc::make_mut(&mut self.0);
        let known = |route: &Arc<Route>| route.live_session.name == name;
        assert!(
            name != DEFAULT_LIVE_SESSION,
            "live session {name:?} is that of the views outside of every live session"
        );
        assert!(
            !table.routes.iter().any(known),
            "live session {name:?} exists already"
        );
        let begun = Session {
            name: name.to_owned(),
            ..Session::clone(&table.default)
        };
        let (session, routes) = declare(LiveSession::begin(begun)).end();
        let session = Arc::new(session);
        for route in routes {
            table.add(route, session.clone());
        }
        self
    }

    /// Lets a view connect that no path shows: one that handlers show with [`Conn::live_render`], and one that is
    /// [sticky](super::nested::Nested::sticky).
    pub fn unrouted<V: LiveView>(mut self) -> Self {
        let views = &mut Arc::make_mut(&mut self.0).views;
        views.insert(name::<V>(), Entry::of::<V>());
        self
    }

    pub(super) const fn table(&self) -> &Arc<Table> {
        &self.0
    }
}

/// The name by which a page's token knows a view.
pub(super) fn name<V: LiveView>() -> Arc<str> {
    std::any::type_name::<V>().into()
}

impl Router {
    /// Answers the pages of live views.
    pub fn live(self, views: &LiveViews) -> Self {
        let table = &views.0;
        let routes = table.routes.iter();
        routes.fold(self.needing_session(), |router, route| {
            (table.views[&route.view].answer)(router, table.clone(), route.clone())
        })
    }
}

impl Routes {
    /// Gives `lv:*` to live views and `lvu:*` to their uploads, as the socket `Phoenix.LiveView.Socket` does.
    ///
    /// Removes the files that killed processes have left in the [directory for uploads](LiveViews::upload_dir).
    #[must_use]
    pub fn live(self, views: &LiveViews) -> Self {
        let table = views.0.clone();
        table.uploads.sweep();
        let uploads = table.clone();
        self.starter("lv:*", move |join: Join| table.start(join))
            .starter("lvu:*", move |join: Join| uploads.receive_upload(join))
    }
}

impl Table {
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

    fn add(&mut self, declared: LiveRoute, live_session: Arc<Session>) {
        let route = Arc::new(Route {
            path: declared.path,
            view: declared.view,
            action: declared.action,
            container: declared.container,
            layout: declared.layout.or(&live_session.layout),
            default_layout: self.layout.clone(),
            live_session,
        });
        self.views.insert(route.view.clone(), declared.entry);
        let inserted = self.paths.insert(into_matchit(&route.path), route.clone());
        if let Err(cause) = inserted {
            panic!("live view path {:?}: {cause}", route.path);
        }
        self.routes.push(route);
    }

    /// The root layout of pages that no route asked for.
    pub(super) fn root_layout(&self) -> &RenderRoot {
        &*self.default.root_layout
    }

    pub(super) fn has_view(&self, name: &str) -> bool {
        self.views.contains_key(name)
    }

    /// The route of a URL, with the parameters of its query and its path (9.6).
    pub(super) fn find(&self, url: &str) -> Option<(Arc<Route>, Params)> {
        let url = url.split('#').next().unwrap_or_default();
        let uri: Uri = url.parse().ok()?;
        let path = uri.path();
        let path = if path.len() > 1 {
            path.strip_suffix('/').unwrap_or(path)
        } else {
            path
        };
        let matched = self.paths.at(path).ok()?;
        let mut params = Params::decode(uri.query().unwrap_or_default()).ok()?;
        for (name, value) in matched.params.iter() {
            params.insert(name, path_param(value));
        }
        Some((matched.value.clone(), params))
    }
}

impl Route {
    /// Whether a page that shows this route may show the other by a patch.
    /// How a page of this route gets to another one.
    pub(super) fn navigation_to(&self, other: &Self) -> NavigationType {
        if self.shares_view(other) {
            NavigationType::Patch
        } else if self.live_session.name == other.live_session.name {
            NavigationType::Navigate
        } else {
            NavigationType::Href
        }
    }

    pub(super) fn shares_view(&self, other: &Self) -> bool {
        self.view == other.view && self.live_session.name == other.live_session.name
    }
}

impl fmt::Debug for LiveViews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0.routes).finish()
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("path", &self.path)
            .field("view", &self.view)
            .field("action", &self.action)
            .field("live_session", &self.live_session.name)
            .finish_non_exhaustive()
    }
}
