//! Sockets without channels, as modules that implement `Phoenix.Socket.Transport` themselves.
//!
//! ```
//! use bennu::Assigns;
//! use bennu::channel;
//! use bennu::endpoint::{Endpoint, Mount};
//! use bennu::protocol::{Frame, form::Params};
//! use bennu::socket::{ConnectError, ConnectInfo, RawFlow, RawLink, RawSocket};
//! use bennu::token::SecretKeyBase;
//!
//! /// Answers every message with what the client called itself.
//! struct Echo {
//!     name: String,
//! }
//!
//! impl RawSocket for Echo {
//!     type Info = ();
//!
//!     async fn connect(params: &Params, _: &ConnectInfo, _: &Assigns) -> Result<Self, ConnectError> {
//!         let name = params.text("name").ok_or(ConnectError::Refused)?.to_owned();
//!         Ok(Self { name })
//!     }
//!
//!     async fn handle_in(&mut self, frame: Frame, _: &mut RawLink<Self>) -> channel::Result<RawFlow> {
//!         Ok(match frame {
//!             Frame::Text(text) => RawFlow::Reply(Frame::Text(format!("{}: {text}", self.name).into())),
//!             Frame::Binary(bytes) => RawFlow::Reply(Frame::Binary(bytes)),
//!         })
//!     }
//! }
//!
//! // Clients connect to `/echo/websocket?name=ada`.
//! let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
//!     .socket("/echo", Mount::raw::<Echo>())
//!     .build()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod link;
mod server;

use std::future::Future;

use bytes::Bytes;

use super::{ConnectError, ConnectInfo};
use crate::assigns::Assigns;
use crate::channel::{CloseCode, Reason, Result};
use crate::protocol::Frame;
use crate::protocol::form::Params;

pub use link::RawLink;

pub(crate) use server::{Connect, Incoming, RawHandle, Start, connector};

/// A socket that takes the frames of its clients itself, as a module that implements `Phoenix.Socket.Transport`.
///
/// It is mounted with [`Mount::raw`](crate::endpoint::Mount::raw) and has a task of its own: callbacks run one after
/// another, and may await. A panic or an error in one closes the connection with 1011. Frames that arrive meanwhile
/// wait within [`Limits::mail_max`](super::Limits::mail_max) and
/// [`Limits::mail_bytes_max`](super::Limits::mail_bytes_max); beyond that the client is read no further.
///
/// It works over long polling too, as in Phoenix. There a post is answered once its frames have their place in the
/// queue, where Phoenix waits until they were handled; what is pushed must be text, and nobody sees a close code.
pub trait RawSocket: Sized + Send + 'static {
    /// What other tasks send this socket through its [`Recipient`](crate::channel::Recipient), and what its
    /// subscriptions bring: the terms of `handle_info` in Phoenix.
    type Info: Send + 'static;

    /// Accepts or refuses a connection, `connect/1` in Phoenix; `assigns` are the endpoint's.
    ///
    /// # Errors
    /// To refuse the connection.
    fn connect(
        params: &Params,
        info: &ConnectInfo,
        assigns: &Assigns,
    ) -> impl Future<Output = std::result::Result<Self, ConnectError>> + Send;

    /// Runs once, when the connection is there: the place to subscribe, and to push the first frames.
    fn init(&mut self, link: &mut RawLink<Self>) -> impl Future<Output = Result<()>> + Send {
        let _ = link;
        async { Ok(()) }
    }

    /// Takes a text or binary message of the client.
    fn handle_in(
        &mut self,
        frame: Frame,
        link: &mut RawLink<Self>,
    ) -> impl Future<Output = Result<RawFlow>> + Send;

    /// Takes a control frame of the client. Pings have been answered already.
    fn handle_control(
        &mut self,
        control: Control,
        link: &mut RawLink<Self>,
    ) -> impl Future<Output = Result<RawFlow>> + Send {
        let _ = (control, link);
        async { Ok(RawFlow::NoReply) }
    }

    /// Takes what another task, a subscription, or this socket itself sent.
    fn handle_info(
        &mut self,
        info: Self::Info,
        link: &mut RawLink<Self>,
    ) -> impl Future<Output = Result<RawFlow>> + Send {
        drop(info);
        let _ = link;
        tracing::warn!("a message came in that the raw socket does not handle");
        async { Ok(RawFlow::NoReply) }
    }

    /// Runs when the connection has ended, whatever ended it, unless the task was killed for taking longer than the
    /// shutdown time. Nothing can be pushed any more.
    fn terminate(&mut self, reason: &Reason) -> impl Future<Output = ()> + Send {
        let _ = reason;
        async {}
    }
}

/// How a raw socket goes on after a callback.
///
/// Phoenix distinguishes the replies of a raw socket by a status that reaches no client; there is one form here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RawFlow {
    /// Nothing is sent, `{:ok, state}`.
    NoReply,
    /// Sends the client a frame, `{:reply, status, {opcode, message}, state}` and `{:push, {opcode, message}, state}`.
    /// For more of them there is [`RawLink::push`].
    Reply(Frame),
    /// Closes the connection once what was pushed has been written, `{:stop, reason, state}`.
    Stop(CloseCode),
}

/// A control frame of the client (RFC 6455, section 5.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// The client wants to know whether somebody is there; it was told already.
    Ping(Bytes),
    /// A pong, which no server of ours asks for.
    Pong(Bytes),
}
