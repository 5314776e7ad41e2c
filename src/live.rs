//! Live views: pages rendered on the server and kept up to date over a socket, as `Phoenix.LiveView`.
//!
//! A live view is a struct. It is mounted twice: once for the page that the browser loads, and again when the page's
//! script has connected; from then on it takes one event or message at a time, and after each the client is sent what
//! changed in its [`render`](LiveView::render).
//!
//! ```
//! use bennu::channel::Flow;
//! use bennu::live::{self, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
//! use bennu::live::rendered::Render;
//! use bennu::protocol::form::{Param, Params};
//! use bennu::session::Session;
//! use bennu::{component, heex};
//!
//! struct Counter {
//!     count: i64,
//! }
//!
//! impl LiveView for Counter {
//!     type Info = ();
//!
//!     async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
//!         Ok(Self { count: 0 })
//!     }
//!
//!     async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
//!         match event {
//!             "inc" => self.count += 1,
//!             "dec" => self.count -= 1,
//!             _ => return Flow::unhandled(event),
//!         }
//!         Ok(Flow::NoReply)
//!     }
//!
//!     fn render(&self, _: &Socket<Self>) -> impl Render {
//!         heex! {
//!             <p>The count is {self.count}</p>
//!             <button phx-click="inc">"+"</button>
//!             <button phx-click="dec">"-"</button>
//!         }
//!     }
//! }
//!
//! struct Layout;
//!
//! impl RootLayout for Layout {
//!     fn render(&self, page: &Page<'_>) -> impl Render {
//!         heex! {
//!             <!DOCTYPE html>
//!             <html lang="en">
//!                 <head><meta name="csrf-token" content={page.csrf_token()}/></head>
//!                 <body>{page.content()}</body>
//!             </html>
//!         }
//!     }
//! }
//!
//! let views = LiveViews::new("a signing salt", Layout).view::<Counter>("/counter");
//! ```

pub mod async_result;
pub mod attributes;
mod broadcast;
mod channel;
pub mod colocated;
pub mod component;
pub mod components;
mod connecting;
mod container;
mod dead_render;
pub mod differ;
pub mod event;
mod flash;
pub mod form;
pub mod html;
pub mod js;
mod layout;
pub mod lifecycle;
mod live_socket;
pub(crate) mod mail;
mod mounting;
mod navigation;
pub mod nested;
pub mod prelude;
pub mod rendered;
mod session;
mod socket;
pub mod stream;
pub mod task;
pub mod upload;
mod views;

use std::fmt;
use std::future::Future;

use http::StatusCode;
use serde_json::Value;

use crate::channel::{Crash, Flow, Reason};
use crate::protocol::form::{Param, Params};
use crate::session::Session;
use lifecycle::AnyOnMount;
use rendered::Render;
use upload::{PresignError, UploadEntry};

pub use container::Container;
pub use layout::{AnyLayout, InnerContent, Layout, Page, RootLayout, UseLayout};
pub use live_socket::LiveSocket;
pub use navigation::{Kind, NavigationError, NavigationType, PATCHES_MAX};
pub use socket::{AnySocket, Socket};
pub use views::{LiveRoute, LiveSession, LiveViews};

/// What callbacks return: how to go on, or an error that ends the view with `phx_error`, whereupon the client mounts
/// it afresh.
pub type Result<T = Flow> = std::result::Result<T, Crash>;

/// A page that stays connected: implement it for the state that one visitor's page needs.
///
/// Phoenix: `Phoenix.LiveView`.
pub trait LiveView: Sized + Send + 'static {
    /// What other tasks send this view through its [`Recipient`](crate::channel::Recipient), the terms of
    /// `handle_info` in Phoenix.
    type Info: Send + 'static;

    /// What runs before `mount`, after the hooks of the live session: `on_mount RequireUser` in Phoenix.
    const ON_MOUNT: &'static [&'static dyn AnyOnMount] = &[];

    /// What stands around the view inside its container.
    const LAYOUT: UseLayout = UseLayout::Default;

    /// The element around the view, unless its route says otherwise.
    const CONTAINER: Container = Container::new("div", &[]);

    /// Makes the view's first state: for the page as it is loaded, and again when the page has connected;
    /// [`AnySocket::connected`] tells which.
    ///
    /// `params` are those of the route's path and of the query; none where no route leads here. An error sends the
    /// visitor elsewhere, and so does [`AnySocket::redirect`] with whatever view is returned.
    ///
    /// A mount that still waits when the page leaves, or when its connection ends, is dropped where it waits: there is no
    /// view yet, and no [`terminate`](Self::terminate) runs.
    fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = std::result::Result<Self, MountError>> + Send;

    /// Takes the URL's parameters, after `mount` and whenever a live patch changes the URL.
    fn handle_params(
        &mut self,
        params: &Params,
        uri: &str,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (params, uri, socket);
        async { Ok(()) }
    }

    /// Takes an event of the page: `phx-click`, `phx-submit` and so on. [`Flow::ok`] replies to a hook.
    fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = Result> + Send {
        drop(params);
        let _ = socket;
        let unhandled = Flow::unhandled(event);
        async { unhandled }
    }

    /// Takes what another task, a subscription or this view itself sent.
    fn handle_info(
        &mut self,
        info: Self::Info,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = Result> + Send {
        drop(info);
        tracing::warn!(
            id = socket.id(),
            "a message came in that the live view does not handle"
        );
        async { Ok(Flow::NoReply) }
    }

    /// Takes the progress of an entry of an upload, the option `progress` of `allow_upload/3`: whenever the client has
    /// sent more of the file, and when its writer failed.
    fn handle_progress(
        &mut self,
        upload: &str,
        entry: &UploadEntry,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (upload, entry, socket);
        async { Ok(()) }
    }

    /// Says where the page's script sends an entry of an [external](upload::UploadOptions::external) upload: an object
    /// for it, with the name of the script's function under `uploader`.
    fn presign_upload(
        &mut self,
        upload: &str,
        entry: &UploadEntry,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = std::result::Result<Value, PresignError>> + Send {
        let _ = (entry, socket);
        let unhandled = PresignError::unhandled(upload);
        async { Err(unhandled) }
    }

    /// What the page shows. Nothing may depend on how often it is called.
    fn render(&self, socket: &Socket<Self>) -> impl Render;

    /// Runs when a connected view ends, whatever ended it, unless it was killed.
    fn terminate(
        &mut self,
        reason: &Reason,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = ()> + Send {
        let _ = (reason, socket);
        async {}
    }
}

/// Why a view was not mounted. Any error converts into it with `?` and means a crash.
#[derive(Debug)]
#[non_exhaustive]
pub enum MountError {
    /// The page answers with this status, 404 for something that does not exist.
    Status(StatusCode),
    /// The visitor is sent to another page of this site.
    Redirect(String),
    /// The visitor is sent to another live view of this site.
    Navigate(String),
    /// The visitor is sent where the socket was told to: by [`AnySocket::redirect_external`], say.
    Halted,
    /// The application failed: 500, or a connected page that tries again.
    Crashed(Crash),
}

impl MountError {
    /// Sends the visitor to another page of this site; `to` is a path.
    pub fn redirect(to: impl Into<String>) -> Self {
        Self::Redirect(to.into())
    }

    /// Sends the visitor to another live view, over the same connection if it is in the same live session; `to` is a
    /// path.
    pub fn navigate(to: impl Into<String>) -> Self {
        Self::Navigate(to.into())
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for MountError {
    fn from(cause: E) -> Self {
        Self::Crashed(cause.into())
    }
}

impl From<Crash> for MountError {
    fn from(crash: Crash) -> Self {
        Self::Crashed(crash)
    }
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the page answers with {status}"),
            Self::Redirect(to) | Self::Navigate(to) => write!(f, "the visitor is sent to {to}"),
            Self::Halted => f.write_str("the visitor is sent elsewhere"),
            Self::Crashed(cause) => cause.fmt(f),
        }
    }
}
