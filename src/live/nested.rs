//! Live views inside live views, as `live_render/3` shows them.

mod child;
mod dead;
mod lineage;
mod link;

use std::fmt;
use std::marker::PhantomData;

use super::rendered::{Dynamic, Render};
use super::{AnySocket, Container, LiveView};
use crate::channel::Recipient;
use crate::session::Session;
use crate::token::Term;

pub(in crate::live) use child::{Child, Gap};
pub(in crate::live) use dead::{Around, Loading};
pub(in crate::live) use lineage::{Lineage, Lineages, Living, Spawn, Starting};
pub(in crate::live) use link::Link;

/// How deep live views may stand inside each other; the one past it is not rendered and ends the render with
/// [`RenderError::NestedTooDeep`](super::rendered::RenderError::NestedTooDeep).
pub const NESTING_DEPTH_MAX: usize = 16;

/// How many live views may stand in one page as it is loaded, however deep; one more answers the request with 500. On a
/// connection they are bounded by [`Limits::channels_max`](crate::socket::Limits::channels_max).
pub const NESTED_VIEWS_MAX: usize = 1_000;

/// Shows a live view inside another, with a process, a state and events of its own: `live_render/3`.
///
/// `id` is the DOM id of its container, unique on the page. A nested view is mounted without parameters, and its
/// `handle_params` does not run: the URL belongs to the view around it. It ends when that one ends; when it crashes
/// itself, only it is mounted anew, see [`AnySocket::link_parent`]. What was assigned around it is seen through its own
/// assigns: see [`AnySocket::assign_new`].
///
/// ```
/// use bennu::heex;
/// use bennu::live::nested::live_render;
/// use bennu::live::rendered::Render;
/// use bennu::live::{LiveView, MountError, Socket};
/// use bennu::protocol::form::Params;
/// use bennu::session::Session;
///
/// struct Clock {
///     zone: String,
/// }
///
/// impl LiveView for Clock {
///     type Info = ();
///
///     async fn mount(_: &Params, session: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
///         let zone = session.get("zone").and_then(|zone| zone.as_str());
///         Ok(Self { zone: zone.unwrap_or("UTC").to_owned() })
///     }
///
///     fn render(&self, _: &Socket<Self>) -> impl Render {
///         heex! { <p>Time in {&self.zone}</p> }
///     }
/// }
///
/// fn page() -> impl Render {
///     heex! { <main>{live_render::<Clock>("clock").session("zone", "Oslo")}</main> }
/// }
/// # let _ = page();
/// ```
pub fn live_render<V: LiveView>(id: impl Into<String>) -> Nested<V> {
    Nested {
        id: id.into(),
        session: Session::default(),
        sticky: false,
        container: V::CONTAINER,
        view: PhantomData,
    }
}

/// A live view in its place inside another; made by [`live_render`].
#[must_use = "a view is shown where it stands in a template"]
pub struct Nested<V> {
    id: String,
    session: Session,
    sticky: bool,
    container: Container,
    view: PhantomData<fn() -> V>,
}

impl<V: LiveView> Nested<V> {
    /// Adds an entry to the session that the view is mounted with. It travels in the page, signed and readable.
    pub fn session(mut self, key: impl Into<String>, value: impl Into<Term>) -> Self {
        self.session.put(key, value);
        self
    }

    /// The element around the view, in place of the view's own choice.
    pub fn container(mut self, container: Container) -> Self {
        self.container = container;
        self
    }

    /// Lets the view stay while the page navigates between views of a live session: `sticky: true`.
    ///
    /// It connects by itself and has no parent; therefore it must be declared with
    /// [`LiveViews::unrouted`](super::LiveViews::unrouted). A view in the root layout stays anyway.
    pub fn sticky(mut self) -> Self {
        self.sticky = true;
        self
    }
}

impl<V: LiveView> Render for Nested<V> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        dynamic.nested(Child::of(self));
    }
}

impl<V> fmt::Debug for Nested<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nested")
            .field("id", &self.id)
            .field("sticky", &self.sticky)
            .finish_non_exhaustive()
    }
}

impl AnySocket {
    /// Where the view around this one takes messages, `socket.parent_pid` in Phoenix; none for a view that stands in no
    /// other or in one of another type, and while the page is only being loaded.
    #[must_use]
    pub fn parent<P: LiveView>(&self) -> Option<Recipient<P::Info>> {
        self.lineage()?.parent()?.recipient::<P>()
    }

    /// Where this view takes messages, for its hooks and components, which do not know its type: `self()` in a Phoenix
    /// component. None for a view of another type, and while the page is only being loaded.
    ///
    /// ```
    /// # use bennu::channel::Flow;
    /// # use bennu::live::component::{self, LiveComponent};
    /// # use bennu::live::{self, LiveView};
    /// # fn archive<C: LiveComponent, Board: LiveView<Info = Info>>(socket: &component::Socket<'_, C>) -> live::Result {
    /// if let Some(board) = socket.view::<Board>() {
    ///     board.send(Info::Archived(7))?;
    /// }
    /// # Ok(Flow::NoReply)
    /// # }
    /// # enum Info { Archived(u32) }
    /// ```
    #[must_use]
    pub fn view<V: LiveView>(&self) -> Option<Recipient<V::Info>> {
        self.lineage()?.recipient::<V>()
    }

    /// Lets the view around this one crash when this one does, `Process.link(socket.parent_pid)` in Phoenix. Without it
    /// a crash is this view's own. A view that stands in no other has nobody to take along.
    pub fn link_parent(&self) {
        let parent = self.lineage().and_then(|lineage| lineage.parent());
        if let (Some(parent), Some(link)) = (parent, self.link()) {
            link.tie(parent);
        }
    }

    /// Whether a route shows this view. Without one it has no parameters, and its `handle_params` does not run: its
    /// params are `:not_mounted_at_router` in Phoenix.
    #[must_use]
    pub const fn mounted_at_router(&self) -> bool {
        self.route().is_some()
    }
}
