use std::fmt;
use std::sync::Arc;

use super::{Entry, name};
use crate::live::layout::{Choice, Layout};
use crate::live::{Container, LiveView};

/// One `live` line of a router, with its options.
///
/// ```
/// # use bennu::heex;
/// # use bennu::live::rendered::Render;
/// # use bennu::live::{LiveView, MountError, Socket};
/// # use bennu::protocol::form::Params;
/// # use bennu::session::Session;
/// # struct PostLive;
/// # impl LiveView for PostLive {
/// #     type Info = ();
/// #     async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> { Ok(Self) }
/// #     fn render(&self, _: &Socket<Self>) -> impl Render { heex! { <p>post</p> } }
/// # }
/// use bennu::live::{Container, LiveRoute};
///
/// let route = LiveRoute::new::<PostLive>("/posts/:id/print")
///     .action("print")
///     .container(Container::new("article", &[("class", "print")]))
///     .without_layout();
/// ```
#[must_use]
pub struct LiveRoute {
    pub(super) path: String,
    pub(super) view: Arc<str>,
    pub(super) entry: Entry,
    pub(super) action: Option<Box<str>>,
    pub(super) container: Container,
    pub(super) layout: Choice,
}

impl LiveRoute {
    /// Shows a view at a path.
    pub fn new<V: LiveView>(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            view: name::<V>(),
            entry: Entry::of::<V>(),
            action: None,
            container: V::CONTAINER,
            layout: Choice::Inherited,
        }
    }

    /// What [`AnySocket::live_action`](crate::live::AnySocket::live_action) says of this route.
    pub fn action(mut self, action: &str) -> Self {
        self.action = Some(action.into());
        self
    }

    /// The element around the view, in place of the view's own choice.
    pub fn container(mut self, container: Container) -> Self {
        self.container = container;
        self
    }

    /// The layout of the view here, whatever anyone else says.
    pub fn layout(mut self, layout: impl Layout) -> Self {
        self.layout = Choice::Layout(Arc::new(layout));
        self
    }

    /// The view stands in no layout here.
    pub fn without_layout(mut self) -> Self {
        self.layout = Choice::None;
        self
    }
}

impl fmt::Debug for LiveRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveRoute")
            .field("path", &self.path)
            .field("view", &self.view)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}
