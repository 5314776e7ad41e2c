//! Channels: one task per joined topic, as `Phoenix.Channel`.
//!
//! A channel is a struct that lives as long as its topic is joined. It takes one message at a time, in the order
//! they arrive; what its callbacks push, broadcast and reply leaves in program order (channels-wire 5.5). A panic or
//! an error in a callback ends this one channel with `phx_error`; the client then joins again.
//!
//! ```
//! use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
//! use bennu::protocol::Payload;
//! use serde_json::json;
//!
//! struct Room;
//!
//! impl Channel for Room {
//!     type Info = ();
//!
//!     async fn join(_: Payload, socket: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
//!         if socket.topic() == "room:forbidden" {
//!             return Err(JoinError::refuse(json!({"reason": "unauthorized"})));
//!         }
//!         Ok((Self, Payload::empty()))
//!     }
//!
//!     async fn handle_in(&mut self, event: &str, payload: Payload, socket: &mut Socket<Self>) -> channel::Result {
//!         match event {
//!             "echo" => Flow::ok(payload),
//!             "shout" => {
//!                 socket.broadcast("shouted", payload)?;
//!                 Ok(Flow::NoReply)
//!             }
//!             _ => Flow::unhandled(event),
//!         }
//!     }
//! }
//! ```

mod cell;
mod flow;
mod guard;
mod in_flight;
mod link;
mod mailbox;
mod outbox;
mod push_error;
mod recipient;
mod seat;
mod server;
mod socket;
mod socket_ref;

use std::future::Future;

use bytestring::ByteString;

use crate::protocol::Payload;
use crate::pubsub::Broadcast;

pub use flow::{Crash, Flow, IntoPayload, JoinError, Reason, Result};
pub use outbox::{CloseCode, OutboxLimits, PrivateCode};
pub use push_error::PushError;
pub use recipient::{NotDelivered, Recipient};
pub use socket::{JoinSocket, Socket};
pub use socket_ref::SocketRef;

pub(crate) use cell::{Cell, Mail, Task, ended};
pub(crate) use guard::{guard, guard_now};
pub(crate) use in_flight::InFlight;
pub(crate) use link::{ChannelLimits, Link};
pub(crate) use mailbox::{MailLimits, Refused};
pub(crate) use outbox::{JoinId, Leaving, Outbox, Taken};
pub(crate) use seat::Seat;
#[cfg(feature = "live")]
pub(crate) use server::spawn_with;
pub(crate) use server::{Handle, Join, spawn, unmatched};
pub(crate) use socket::broadcastable;

/// A channel of a connection, as [`OpenSocket::list_channels`](crate::endpoint::OpenSocket::list_channels) finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedChannel {
    /// The topic.
    pub topic: ByteString,
    /// Whether it is on its way out.
    pub status: ChannelStatus,
}

/// How a channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelStatus {
    /// It takes messages; its join may still be under way.
    Joined,
    /// It is ending.
    Leaving,
}

/// A topic that clients join: implement it for the state that one joined client needs.
///
/// Phoenix: `Phoenix.Channel`. Callbacks may await; while they do, further messages of this topic wait and other
/// topics go on.
pub trait Channel: Sized + Send + 'static {
    /// What other tasks send this channel through its [`Recipient`], the terms of `handle_info` in Phoenix.
    type Info: Send + 'static;

    /// Broadcast events that go through [`handle_out`](Self::handle_out) instead of straight to the client, as
    /// `intercept` in Phoenix.
    const INTERCEPT: &'static [&'static str] = &[];

    /// The level of the log line for each join; none for silence. `log_join` in Phoenix.
    const LOG_JOIN: Option<tracing::Level> = Some(tracing::Level::INFO);

    /// The level of the log line for each event of the client; none for silence. `log_handle_in` in Phoenix.
    const LOG_HANDLE_IN: Option<tracing::Level> = Some(tracing::Level::DEBUG);

    /// Decides on a join: the channel and the payload of the `ok` reply, or a refusal (J-2).
    ///
    /// Nothing can be pushed from here, since the reply is always the first frame of a join: push from
    /// [`after_join`](Self::after_join).
    fn join(
        payload: Payload,
        socket: &mut JoinSocket<Self>,
    ) -> impl Future<Output = std::result::Result<(Self, Payload), JoinError>> + Send;

    /// Runs once, after the join was answered.
    fn after_join(&mut self, socket: &mut Socket<Self>) -> impl Future<Output = Result<()>> + Send {
        let _ = socket;
        async { Ok(()) }
    }

    /// Takes one event of the client.
    fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = Result> + Send {
        let _ = (payload, socket);
        let unhandled = Flow::unhandled(event);
        async { unhandled }
    }

    /// Takes an intercepted broadcast of the channel's own topic; pushes it as it is unless implemented.
    fn handle_out(
        &mut self,
        broadcast: Broadcast,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = Result> + Send {
        let pushed = socket.push(broadcast.event(), broadcast.payload().clone());
        async { Ok(pushed.map(|()| Flow::NoReply)?) }
    }

    /// Takes what another task, or this channel itself, sent.
    fn handle_info(
        &mut self,
        info: Self::Info,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = Result> + Send {
        drop(info);
        tracing::warn!(topic = %socket.topic(), "a message came in that the channel does not handle");
        async { Ok(Flow::NoReply) }
    }

    /// Runs when the channel ends, whatever ended it, unless its task was killed for taking longer than the shutdown
    /// time.
    fn terminate(
        &mut self,
        reason: &Reason,
        socket: &mut Socket<Self>,
    ) -> impl Future<Output = ()> + Send {
        let _ = (reason, socket);
        async {}
    }
}
