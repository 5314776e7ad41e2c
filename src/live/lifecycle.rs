//! What runs around the callbacks of views: `on_mount` and the hooks that it attaches, as `Phoenix.LiveView.Lifecycle`.
//!
//! ```
//! use bennu::channel::Flow;
//! use bennu::live::lifecycle::{Hook, Next, OnMount};
//! use bennu::live::{self, AnySocket, MountError};
//! use bennu::protocol::form::{Param, Params};
//! use bennu::session::Session;
//!
//! struct UserId(i64);
//!
//! /// Lets signed-in visitors through, and keeps count of their clicks.
//! struct RequireUser;
//!
//! impl OnMount for RequireUser {
//!     async fn on_mount(&self, _: &Params, session: &Session, socket: &mut AnySocket) -> Result<(), MountError> {
//!         let Some(user_id) = session.get("user_id").and_then(|id| id.as_i64()) else {
//!             socket.put_flash("error", "Please sign in");
//!             return Err(MountError::redirect("/sign-in"));
//!         };
//!         socket.assign(UserId(user_id));
//!         socket.attach_hook("clicks", Clicks(0));
//!         Ok(())
//!     }
//! }
//!
//! struct Clicks(u32);
//!
//! impl Hook for Clicks {
//!     async fn handle_event(&mut self, event: &str, _: &Param, socket: &mut AnySocket) -> live::Result<Next> {
//!         self.0 += 1;
//!         if event == "logout" {
//!             socket.redirect("/sign-out")?;
//!             return Ok(Next::Halt(Flow::NoReply));
//!         }
//!         Ok(Next::Cont)
//!     }
//! }
//! ```

mod erased;
mod run;

use std::any::Any;
use std::fmt;
use std::future::Future;

use super::task::Exit;
use super::{AnySocket, MountError, Result};
use crate::channel::Flow;
use crate::protocol::form::{Param, Params};
use crate::session::Session;
use erased::AnyHook;

pub use erased::AnyOnMount;
pub(super) use run::{
    handle_async, handle_component_async, handle_component_event, handle_event, handle_info,
    handle_params, on_mount,
};

/// How many hooks a view may have at a time; the one past it replaces none and ends the view.
pub const HOOKS_MAX: usize = 100;

/// Runs before the `mount` of views: of all in a live session, see [`LiveSession::on_mount`](super::LiveSession::on_mount),
/// and of those that name it in [`LiveView::ON_MOUNT`](super::LiveView::ON_MOUNT). `on_mount/4` in Phoenix.
pub trait OnMount: Send + Sync + 'static {
    /// Lets the mount go on, or not: then the error says where the visitor is sent.
    ///
    /// It runs for the page as it is loaded, and again when the page has connected.
    fn on_mount(
        &self,
        params: &Params,
        session: &Session,
        socket: &mut AnySocket,
    ) -> impl Future<Output = std::result::Result<(), MountError>> + Send;
}

/// Runs before the callbacks of one view or component, whatever its type: the stages of `attach_hook/4` in Phoenix. Those of
/// a component are `handle_event`, `handle_async` and `after_render`.
///
/// A hook has the stages that it implements, and may have state of its own. It is attached with
/// [`AnySocket::attach_hook`]; hooks run in the order in which they were attached.
pub trait Hook: Send + Sync + 'static {
    /// Before the view's `handle_params`.
    fn handle_params(
        &mut self,
        params: &Params,
        uri: &str,
        socket: &mut AnySocket,
    ) -> impl Future<Output = Result<Next>> + Send {
        let _ = (params, uri, socket);
        async { Ok(Next::Cont) }
    }

    /// Before the `handle_event` of the view, or of the component that attached the hook. It halts with the flow that the event
    /// then has, a reply for instance.
    fn handle_event(
        &mut self,
        event: &str,
        params: &Param,
        socket: &mut AnySocket,
    ) -> impl Future<Output = Result<Next>> + Send {
        let _ = (event, params, socket);
        async { Ok(Next::Cont) }
    }

    /// Before the view's `handle_info`. The message is of the view's own type: `info.downcast_mut::<Info>()` tells whether
    /// it is one that the hook knows. It is exclusive only so that the hook may keep it while it awaits.
    fn handle_info(
        &mut self,
        info: &mut (dyn Any + Send),
        socket: &mut AnySocket,
    ) -> impl Future<Output = Result<Next>> + Send {
        let _ = (info, socket);
        async { Ok(Next::Cont) }
    }

    /// Before what [`start_async`](super::Socket::start_async) was given to do with the result of its task, of the view or
    /// of the component that attached the hook; `name` is the task's. The result is of the task's own type:
    /// `result.downcast_mut::<T>()` tells whether it is one that the hook knows. Results of `assign_async` and
    /// `stream_async` are not shown to hooks.
    fn handle_async(
        &mut self,
        name: &str,
        result: std::result::Result<&mut (dyn Any + Send), &Exit>,
        socket: &mut AnySocket,
    ) -> impl Future<Output = Result<Next>> + Send {
        let _ = (name, result, socket);
        async { Ok(Next::Cont) }
    }

    /// After the view, or the component, was rendered. What it changes is seen with the next render.
    fn after_render(&mut self, socket: &mut AnySocket) {
        let _ = socket;
    }
}

/// How a callback goes on after a hook.
#[derive(Debug)]
pub enum Next {
    /// With the next hook, then with the view: `{:cont, socket}`.
    Cont,
    /// Neither the next hooks nor the view are asked: `{:halt, socket}`, or `{:halt, reply, socket}` with a
    /// [`Flow::Reply`].
    Halt(Flow),
}

/// The hooks of one view.
#[derive(Default)]
pub(super) struct Hooks {
    attached: Vec<(String, Box<dyn AnyHook>)>,
    /// These stand in for hooks that are running.
    substitute: bool,
    /// Those of the running hooks that are to go.
    detached: Vec<String>,
}

impl AnySocket {
    /// Attaches a hook to this view or component, under an id of the application's choice: `attach_hook/4`.
    ///
    /// # Panics
    /// When a hook with this id is attached, or [`HOOKS_MAX`] are; that ends the view.
    pub fn attach_hook(&mut self, id: impl Into<String>, hook: impl Hook) {
        let id = id.into();
        let attached = &mut self.hooks.attached;
        assert!(
            attached.iter().all(|(other, _)| *other != id),
            "a hook {id:?} is attached already"
        );
        assert!(
            attached.len() < HOOKS_MAX,
            "a view has {HOOKS_MAX} hooks at most"
        );
        attached.push((id, Box::new(hook)));
    }

    /// Detaches the hook with this id, if there is one: `detach_hook/3`.
    pub fn detach_hook(&mut self, id: &str) {
        self.hooks.attached.retain(|(attached, _)| attached != id);
        if self.hooks.substitute {
            self.hooks.detached.push(id.to_owned());
        }
    }
}

impl Hooks {
    pub(super) const fn is_empty(&self) -> bool {
        self.attached.is_empty()
    }

    /// Takes the hooks out of the socket, for the time in which they run and may change the socket.
    fn take(socket: &mut AnySocket) -> Self {
        let substitute = Self {
            substitute: true,
            ..Self::default()
        };
        std::mem::replace(&mut socket.hooks, substitute)
    }

    /// Puts the hooks back, without those that were detached meanwhile and with those that were attached.
    fn put_back(mut self, socket: &mut AnySocket) {
        let changes = std::mem::take(&mut socket.hooks);
        self.attached
            .retain(|(id, _)| !changes.detached.contains(id));
        self.attached.extend(changes.attached);
        socket.hooks = self;
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.attached.iter().map(|(id, _)| id);
        f.debug_set().entries(ids).finish()
    }
}
