//! Live components: parts of a page with state of their own, as `Phoenix.LiveComponent`.

mod many;
mod own;
mod socket;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use super::js::PushTarget;
use super::rendered::{Dynamic, Render, Text, TextWriter};
use super::upload::{PresignError, UploadEntry};
use super::{AnySocket, Result};
use crate::channel::Flow;
use crate::protocol::form::Param;
use crate::telemetry::LiveCallback;

pub use many::{ShownMany, live_components};
pub(in crate::live) use own::Own;
pub use socket::Socket;

/// How many components a view may hold, those included that the browser has not yet confirmed to be gone.
///
/// The component past it ends the render with
/// [`RenderError::TooManyComponents`](super::rendered::RenderError::TooManyComponents).
pub const COMPONENTS_MAX: usize = 10_000;

/// A part of a page that keeps state of its own between renders, and takes its own events.
///
/// It lives in the view's task. It is known by its type and its id: as long as the view shows
/// [`live_component::<C>`](live_component) with that id, the component stays, and gets new props with each render.
///
/// ```
/// use bennu::heex;
/// use bennu::channel::Flow;
/// use bennu::live;
/// use bennu::live::component::{ComponentId, LiveComponent, Socket, live_component};
/// use bennu::live::differ::{DiffOptions, Differ};
/// use bennu::live::rendered::Render;
/// use bennu::protocol::form::Param;
///
/// struct Card {
///     title: String,
///     clicks: u32,
/// }
///
/// impl LiveComponent for Card {
///     type Props = String;
///
///     fn mount(title: String, _: &mut Socket<'_, Self>) -> Self {
///         Self { title, clicks: 0 }
///     }
///
///     fn update(&mut self, title: String, _: &mut Socket<'_, Self>) {
///         self.title = title;
///     }
///
///     async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<'_, Self>) -> live::Result {
///         match event {
///             "hit" => self.clicks += 1,
///             _ => return Flow::unhandled(event),
///         }
///         Ok(Flow::NoReply)
///     }
///
///     fn render(&self, myself: Option<ComponentId>) -> impl Render {
///         heex! { <div><b>{self.title}</b> <button phx-click="hit" phx-target={myself}>{self.clicks}</button></div> }
///     }
/// }
///
/// let (mut differ, mut diff) = (Differ::new(), Vec::new());
/// let page = || heex! { <main>{live_component::<Card>("a", "Ada".into())}</main> };
/// differ.diff(page(), &mut diff, DiffOptions::default())?;
/// assert!(diff.starts_with(br#""0":1,"s":0,"#));
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
pub trait LiveComponent: Sized + Send + 'static {
    /// What the view gives the component with each render: Phoenix's assigns.
    type Props;

    /// Makes the component when the view first shows it.
    fn mount(props: Self::Props, socket: &mut Socket<'_, Self>) -> Self;

    /// Takes new props, whenever the view renders again and when somebody sends it some with
    /// [`send_update`](AnySocket::send_update).
    ///
    /// They may be those it has already: in Phoenix, `update/2` is left out while no assign of the call changes. What is made
    /// from props, and then changed by the visitor, is made again only for others:
    ///
    /// ```
    /// # use bennu::heex;
    /// # use bennu::live::component::{ComponentId, LiveComponent, Socket};
    /// # use bennu::live::rendered::Render;
    /// struct Editor {
    ///     title: String,
    ///     draft: String,
    /// }
    ///
    /// impl LiveComponent for Editor {
    ///     type Props = String;
    ///
    ///     fn mount(title: String, _: &mut Socket<'_, Self>) -> Self {
    ///         Self { draft: title.clone(), title }
    ///     }
    ///
    ///     fn update(&mut self, title: String, _: &mut Socket<'_, Self>) {
    ///         if title != self.title {
    ///             *self = Self { draft: title.clone(), title };
    ///         }
    ///     }
    /// #   fn render(&self, _: Option<ComponentId>) -> impl Render { heex! { <textarea>{&self.draft}</textarea> } }
    /// }
    /// ```
    fn update(&mut self, props: Self::Props, socket: &mut Socket<'_, Self>);

    /// Takes the ids and props of all components that one [`live_components`] shows, before any of them is mounted or
    /// updated: the place to look something up for all at once, and to put it into their props. `update_many/1` in
    /// Phoenix.
    fn update_many(components: &mut [(String, Self::Props)], socket: &mut AnySocket) {
        let _ = (components, socket);
    }

    /// Takes an event of the page whose `phx-target` is this component. [`Flow::ok`] replies to a hook.
    fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<'_, Self>,
    ) -> impl Future<Output = Result> + Send {
        drop(params);
        let _ = socket;
        let unhandled = Flow::unhandled(event);
        async { unhandled }
    }

    /// Takes the progress of an entry of an upload, as [`LiveView::handle_progress`](super::LiveView::handle_progress).
    fn handle_progress(
        &mut self,
        upload: &str,
        entry: &UploadEntry,
        socket: &mut Socket<'_, Self>,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (upload, entry, socket);
        async { Ok(()) }
    }

    /// Says where an entry of an external upload goes, as
    /// [`LiveView::presign_upload`](super::LiveView::presign_upload).
    fn presign_upload(
        &mut self,
        upload: &str,
        entry: &UploadEntry,
        socket: &mut Socket<'_, Self>,
    ) -> impl Future<Output = std::result::Result<Value, PresignError>> + Send {
        let _ = (entry, socket);
        let unhandled = PresignError::unhandled(upload);
        async { Err(unhandled) }
    }

    /// What the component shows: exactly one element. `myself` is the target of its events; there is none in a template
    /// that no view renders.
    fn render(&self, myself: Option<ComponentId>) -> impl Render;
}

/// The number by which the browser knows a component: Phoenix's `@myself`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ComponentId(pub(crate) u64);

impl ComponentId {
    /// The id that a client sent as `cid`.
    #[must_use]
    pub const fn new(cid: u64) -> Self {
        Self(cid)
    }

    /// The id as the client writes it.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Text for ComponentId {
    fn write(&self, out: &mut TextWriter<'_>) {
        out.integer(self.0);
    }
}

impl From<ComponentId> for PushTarget<'_> {
    fn from(component: ComponentId) -> Self {
        Self::Component(component.0)
    }
}

/// Shows the component of type `C` with this id: Phoenix's `<.live_component>`.
pub fn live_component<C: LiveComponent>(id: impl Into<String>, props: C::Props) -> Shown<C> {
    Shown {
        id: id.into(),
        props,
    }
}

/// A component in its place; made by [`live_component`].
pub struct Shown<C: LiveComponent> {
    id: String,
    props: C::Props,
}

impl<C: LiveComponent> Render for Shown<C> {
    fn render_at(self, mut dynamic: Dynamic<'_>) {
        if !dynamic.is_diff() {
            let myself = dynamic.number_component();
            let component = dynamic.with_socket(myself, |socket| C::mount(self.props, socket));
            return component.render(myself).render_at(dynamic);
        }
        match dynamic.place::<C>(self.id, self.props) {
            Ok(id) => dynamic.component(id),
            Err(error) => dynamic.give_up(error),
        }
    }
}

impl<C: LiveComponent> fmt::Debug for Shown<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A callback of a component of any type.
type Callback<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// A component of any type.
pub(crate) trait AnyComponent: Send {
    fn render_as(&self, id: ComponentId, dynamic: Dynamic<'_>);

    fn handle_event_as<'c>(
        &'c mut self,
        id: ComponentId,
        event: &'c str,
        params: Param,
        socket: &'c mut AnySocket,
    ) -> Pin<Box<dyn Future<Output = Result> + Send + 'c>>;

    fn handle_progress_as<'c>(
        &'c mut self,
        id: ComponentId,
        upload: &'c str,
        entry: &'c UploadEntry,
        socket: &'c mut AnySocket,
    ) -> Callback<'c, Result<()>>;

    fn presign_upload_as<'c>(
        &'c mut self,
        id: ComponentId,
        upload: &'c str,
        entry: &'c UploadEntry,
        socket: &'c mut AnySocket,
    ) -> Callback<'c, std::result::Result<Value, PresignError>>;

    fn as_any(&mut self) -> &mut dyn Any;
}

impl<C: LiveComponent> AnyComponent for C {
    fn render_as(&self, id: ComponentId, dynamic: Dynamic<'_>) {
        self.render(Some(id)).render_at(dynamic);
    }

    fn handle_event_as<'c>(
        &'c mut self,
        id: ComponentId,
        event: &'c str,
        params: Param,
        socket: &'c mut AnySocket,
    ) -> Pin<Box<dyn Future<Output = Result> + Send + 'c>> {
        Box::pin(async move {
            let running = LiveCallback::begin();
            let mut socket = Socket::new(socket, Some(id));
            let handled = self.handle_event(event, params, &mut socket).await;
            let (name, ok) = (std::any::type_name::<C>(), handled.is_ok());
            running.handled_component_event(name, id.get(), event, ok);
            handled
        })
    }

    fn handle_progress_as<'c>(
        &'c mut self,
        id: ComponentId,
        upload: &'c str,
        entry: &'c UploadEntry,
        socket: &'c mut AnySocket,
    ) -> Callback<'c, Result<()>> {
        Box::pin(async move {
            let mut socket = Socket::new(socket, Some(id));
            self.handle_progress(upload, entry, &mut socket).await
        })
    }

    fn presign_upload_as<'c>(
        &'c mut self,
        id: ComponentId,
        upload: &'c str,
        entry: &'c UploadEntry,
        socket: &'c mut AnySocket,
    ) -> Callback<'c, std::result::Result<Value, PresignError>> {
        Box::pin(async move {
            let mut socket = Socket::new(socket, Some(id));
            self.presign_upload(upload, entry, &mut socket).await
        })
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
