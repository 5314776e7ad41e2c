use std::any::Any;
use std::fmt;

use bytestring::ByteString;

use super::RawSocket;
use crate::assigns::Assigns;
use crate::channel::{NotDelivered, Recipient, Seat};
use crate::protocol::{Frame, WireFrame};
use crate::pubsub::{Broadcast, PubSub, SubscriberId};
use crate::registry::RegisterError;

/// The connection under a [`RawSocket`].
pub struct RawLink<S: RawSocket> {
    seat: Seat<S::Info>,
}

impl<S: RawSocket> RawLink<S> {
    pub(super) const fn new(seat: Seat<S::Info>) -> Self {
        Self { seat }
    }

    /// Sends the client a frame. It waits with the other frames of the connection, within
    /// [`Limits::outbox`](crate::socket::Limits::outbox).
    pub fn push(&self, frame: &Frame) {
        self.seat.link.outbox.push(WireFrame::data(frame));
    }

    /// The value of type `T` that the application assigned to the endpoint.
    ///
    /// # Panics
    /// When there is none; that closes the connection.
    #[must_use]
    #[track_caller]
    pub fn assigns<T: 'static>(&self) -> &T {
        self.seat.assigns.expect()
    }

    /// Everything assigned to the endpoint.
    #[must_use]
    pub fn all_assigns(&self) -> &Assigns {
        &self.seat.assigns
    }

    /// The hub of the endpoint.
    #[must_use]
    pub fn pubsub(&self) -> &PubSub {
        &self.seat.link.pubsub
    }

    /// Who this socket is to `broadcast_from`.
    #[must_use]
    pub const fn subscriber_id(&self) -> SubscriberId {
        self.seat.id
    }

    /// Where other tasks send this socket messages, a pid in Phoenix.
    #[must_use]
    pub fn recipient(&self) -> Recipient<S::Info> {
        self.seat.recipient()
    }

    /// Subscribes to a topic: its broadcasts come to `handle_info` as `into_info` makes them. A socket that does not
    /// keep up with them is closed with 1011.
    ///
    /// # Errors
    /// When the hub holds as many subscriptions as it may.
    pub fn subscribe(
        &mut self,
        topic: impl Into<ByteString>,
        into_info: impl Fn(Broadcast) -> S::Info + Send + Sync + 'static,
    ) -> Result<(), RegisterError> {
        self.seat.subscribe(topic.into(), into_info)
    }

    /// Ends all subscriptions to `topic`.
    pub fn unsubscribe(&mut self, topic: &str) {
        self.seat.unsubscribe(topic);
    }

    /// Keeps `guard` until the socket has ended, whatever ends it; a registration, say.
    pub fn own(&mut self, guard: impl Any + Send) {
        self.seat.own(guard);
    }

    /// Sends this socket a message, handled after what its mailbox already holds.
    ///
    /// # Errors
    /// When the mailbox has no room left.
    pub fn send_self(&self, info: S::Info) -> Result<(), NotDelivered<S::Info>> {
        self.seat.send_self(info)
    }
}

impl<S: RawSocket> fmt::Debug for RawLink<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawLink")
    }
}
