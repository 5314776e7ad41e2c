//! The document around a live view, and what stands around it inside its container.

use std::sync::Arc;

use super::nested::Gap;
use super::rendered::{Dynamic, Raw, Render, RenderError, raw};
use super::{AnySocket, LiveView, Socket, html};
use crate::assigns::Assigns;
use crate::endpoint::StaticManifest;
use crate::session::{Flash, Session};

/// Renders the whole document around a view's container, once per page load; nothing in it is patched later.
///
/// Live views that it shows with [`live_render`](super::nested::live_render) stay while the page goes from view to view.
///
/// Phoenix: `put_root_layout`.
pub trait RootLayout: Send + Sync + 'static {
    /// The document.
    fn render(&self, page: &Page<'_>) -> impl Render;
}

/// A root layout of any type; says where views are missing that stand in it.
pub(super) type RenderRoot =
    dyn Fn(&Page<'_>, &mut Vec<u8>) -> Result<Vec<Gap>, RenderError> + Send + Sync;

pub(super) fn root(layout: impl RootLayout) -> Arc<RenderRoot> {
    Arc::new(move |page, out| html::write_document(layout.render(page), out))
}

/// A page on its way to the browser.
#[derive(Debug)]
pub struct Page<'p> {
    pub(super) title: Option<&'p str>,
    pub(super) csrf_token: &'p str,
    pub(super) content: &'p str,
    pub(super) session: &'p Session,
    pub(super) flash: &'p Flash,
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

    /// The path of a file as [`Endpoint::static_path`](crate::endpoint::Endpoint::static_path) gives it: in its latest
    /// digested form where one is known.
    ///
    /// # Panics
    /// When the path does not start with one slash.
    #[must_use]
    #[track_caller]
    pub fn static_path(&self, path: &str) -> String {
        let manifest = self.assigns.expect::<Arc<StaticManifest>>();
        manifest.static_path(path)
    }

    /// The visitor's session.
    #[must_use]
    pub const fn session(&self) -> &Session {
        self.session
    }

    /// The message of this kind that the view shows the visitor.
    #[must_use]
    pub fn flash(&self, kind: &str) -> Option<&str> {
        self.flash.get(kind)
    }

    /// The value of type `T` that was assigned to the endpoint, or by the view and its hooks.
    ///
    /// # Panics
    /// When there is none; the request is then answered with 500.
    #[must_use]
    #[track_caller]
    pub fn assigns<T: 'static>(&self) -> &T {
        self.assigns.expect()
    }

    /// Everything assigned to the endpoint, and by the view and its hooks: for values that only some views assign.
    #[must_use]
    pub const fn all_assigns(&self) -> &Assigns {
        self.assigns
    }
}

/// Renders what stands around a view inside its container, kept up to date with it: the flash, say.
///
/// Phoenix: the live layout, `use Phoenix.LiveView, layout: {Layouts, :app}`.
///
/// ```
/// use bennu::heex;
/// use bennu::live::rendered::Render;
/// use bennu::live::{AnySocket, InnerContent, Layout};
///
/// struct App;
///
/// impl Layout for App {
///     fn render(&self, inner_content: InnerContent<'_>, socket: &AnySocket) -> impl Render {
///         heex! {
///             <p :if={socket.flash("info").is_some()} phx-click="lv:clear-flash">{socket.flash("info")}</p>
///             <main>{inner_content}</main>
///         }
///     }
/// }
/// ```
pub trait Layout: Send + Sync + 'static {
    /// The layout with the view in it.
    fn render(&self, inner_content: InnerContent<'_>, socket: &AnySocket) -> impl Render;
}

/// A view in its layout, `@inner_content` in Phoenix: it stands there once.
pub struct InnerContent<'v>(Box<dyn FnOnce(Dynamic<'_>) + 'v>);

impl Render for InnerContent<'_> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        (self.0)(dynamic);
    }
}

impl std::fmt::Debug for InnerContent<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InnerContent").finish_non_exhaustive()
    }
}

/// A [`Layout`] of any type.
pub trait AnyLayout: Send + Sync {
    #[doc(hidden)]
    fn render_as(&self, inner_content: InnerContent<'_>, socket: &AnySocket, dynamic: Dynamic<'_>);
}

impl<L: Layout> AnyLayout for L {
    fn render_as(&self, inner_content: InnerContent<'_>, socket: &AnySocket, dynamic: Dynamic<'_>) {
        self.render(inner_content, socket).render_at(dynamic);
    }
}

/// The layout of a view: [`LiveView::LAYOUT`].
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub enum UseLayout {
    /// That of [`LiveViews::layout`](super::LiveViews::layout).
    #[default]
    Default,
    /// None, `layout: false` in Phoenix.
    None,
    /// This one.
    Layout(&'static dyn AnyLayout),
}

impl std::fmt::Debug for UseLayout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Default => "Default",
            Self::None => "None",
            Self::Layout(_) => "Layout",
        })
    }
}

/// What a live session or a route says of its views' layout.
#[derive(Clone, Default)]
pub(super) enum Choice {
    #[default]
    Inherited,
    None,
    Layout(Arc<dyn AnyLayout>),
}

impl Choice {
    /// What counts for routes that say nothing of it themselves.
    pub(super) fn or(self, outer: &Self) -> Self {
        match self {
            Self::Inherited => outer.clone(),
            chosen => chosen,
        }
    }
}

/// A view as it stands in its container: in its layout, if it has one.
pub(super) struct Content<'v, V: LiveView> {
    pub(super) view: &'v V,
    pub(super) socket: &'v Socket<V>,
}

impl<V: LiveView> Render for Content<'_, V> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        let Self { view, socket } = self;
        let Some(layout) = layout::<V>(socket) else {
            return view.render(socket).render_at(dynamic);
        };
        let inner = move |dynamic: Dynamic<'_>| view.render(socket).render_at(dynamic);
        layout.render_as(InnerContent(Box::new(inner)), socket, dynamic);
    }
}

/// The layout that the mount chose, or the route, or its live session, or the view itself, or the application.
fn layout<V: LiveView>(socket: &AnySocket) -> Option<&dyn AnyLayout> {
    match &socket.layout {
        Choice::Layout(layout) => return Some(&**layout),
        Choice::None => return None,
        Choice::Inherited => {}
    }
    if socket.sticky {
        return None;
    }
    let route = socket.route();
    match route.map(|route| &route.layout) {
        Some(Choice::Layout(layout)) => return Some(&**layout),
        Some(Choice::None) => return None,
        Some(Choice::Inherited) | None => {}
    }
    match (V::LAYOUT, route.map(|route| &route.default_layout)) {
        (UseLayout::Layout(layout), _) => Some(layout),
        (UseLayout::Default, Some(Choice::Layout(layout))) => Some(&**layout),
        (UseLayout::Default | UseLayout::None, _) => None,
    }
}

impl AnySocket {
    /// Has the view stand in this layout, whatever its route, its live session or the view itself says: the `layout` of
    /// `{:cont, socket, layout: ..}` in an `on_mount`, and of `{:ok, socket, layout: ..}` in a `mount`. The last one
    /// counts.
    ///
    /// ```
    /// use bennu::heex;
    /// use bennu::live::lifecycle::OnMount;
    /// use bennu::live::rendered::Render;
    /// use bennu::live::{AnySocket, InnerContent, Layout, MountError};
    /// use bennu::protocol::form::Params;
    /// use bennu::session::Session;
    ///
    /// struct Admin;
    ///
    /// impl Layout for Admin {
    ///     fn render(&self, inner_content: InnerContent<'_>, _: &AnySocket) -> impl Render {
    ///         heex! { <main class="admin">{inner_content}</main> }
    ///     }
    /// }
    ///
    /// struct UseAdminLayout;
    ///
    /// impl OnMount for UseAdminLayout {
    ///     async fn on_mount(&self, _: &Params, _: &Session, socket: &mut AnySocket) -> Result<(), MountError> {
    ///         socket.put_layout(Admin);
    ///         Ok(())
    ///     }
    /// }
    /// ```
    pub fn put_layout(&mut self, layout: impl Layout) {
        self.layout = Choice::Layout(Arc::new(layout));
    }

    /// Has the view stand in no layout: `layout: false`.
    pub fn without_layout(&mut self) {
        self.layout = Choice::None;
    }
}
