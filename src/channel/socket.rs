//! What callbacks receive.

use std::any::Any;
use std::fmt;
use std::ops::{Deref, DerefMut};

use bytestring::ByteString;

use super::flow::IntoPayload;
use super::seat::Seat;
use super::socket_ref::reply;
use super::{Channel, NotDelivered, PushError, Recipient, SocketRef};
use crate::assigns::Assigns;
use crate::protocol::{EncodeError, Payload, Push, Ref, Status};
use crate::pubsub::{Broadcast, PubSub, SubscriberId};
use crate::registry::RegisterError;

/// The socket of a topic that is being joined: everything but sending to the client.
///
/// The join reply is always the first frame of a join (J-3), so nothing can be pushed before it.
pub struct JoinSocket<C: Channel> {
    pub(crate) seat: Seat<C::Info>,
}

/// The socket of a joined topic, as `Phoenix.Socket` in a channel's callbacks.
pub struct Socket<C: Channel> {
    join: JoinSocket<C>,
    /// What pushes and replies carry; the ref of the join when it came without a `join_ref` (J-5).
    pub(super) join_ref: Ref,
    /// The message that is being handled, while it is.
    pub(super) current: Option<Ref>,
}

impl<C: Channel> JoinSocket<C> {
    pub(super) const fn new(seat: Seat<C::Info>) -> Self {
        Self { seat }
    }

    /// The topic that is joined.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.seat.topic
    }

    /// The value of type `T` that the socket's `connect`, or the endpoint, assigned.
    ///
    /// # Panics
    /// When there is none; that ends this channel.
    #[must_use]
    #[track_caller]
    pub fn assigns<T: 'static>(&self) -> &T {
        self.seat.assigns.expect()
    }

    /// Everything assigned to the connection.
    #[must_use]
    pub fn all_assigns(&self) -> &Assigns {
        &self.seat.assigns
    }

    /// The socket's id, `id/1` in Phoenix: broadcasting `disconnect` to it closes the connection.
    #[must_use]
    pub fn socket_id(&self) -> Option<&str> {
        self.seat.link.id.as_deref()
    }

    /// The hub of the endpoint.
    #[must_use]
    pub fn pubsub(&self) -> &PubSub {
        &self.seat.link.pubsub
    }

    /// Who this channel is to `broadcast_from`.
    #[must_use]
    pub const fn subscriber_id(&self) -> SubscriberId {
        self.seat.id
    }

    /// Where other tasks send this channel messages.
    #[must_use]
    pub fn recipient(&self) -> Recipient<C::Info> {
        self.seat.recipient()
    }

    /// Subscribes to a further topic: its broadcasts come to `handle_info` as `into_info` makes them (BC-4).
    ///
    /// ```no_run
    /// # use bennu::channel::{Channel, JoinError, JoinSocket};
    /// # use bennu::protocol::Payload;
    /// use bennu::pubsub::Broadcast;
    ///
    /// enum Info { News(Broadcast) }
    ///
    /// # struct Room;
    /// # impl Channel for Room {
    /// #   type Info = Info;
    /// async fn join(_: Payload, socket: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
    ///     socket.subscribe("news", Info::News)?;
    ///     Ok((Room, Payload::empty()))
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the hub holds as many subscriptions as it may.
    pub fn subscribe(
        &mut self,
        topic: impl Into<ByteString>,
        into_info: impl Fn(Broadcast) -> C::Info + Send + Sync + 'static,
    ) -> Result<(), RegisterError> {
        self.seat.subscribe(topic.into(), into_info)
    }

    /// Ends all subscriptions to `topic` that [`subscribe`](Self::subscribe) made.
    pub fn unsubscribe(&mut self, topic: &str) {
        self.seat.unsubscribe(topic);
    }

    /// Keeps `guard` until the channel has ended, whatever ends it; a registration, say.
    pub fn own(&mut self, guard: impl Any + Send) {
        self.seat.own(guard);
    }

    /// Sends this channel a message, handled after what its mailbox already holds.
    ///
    /// # Errors
    /// When the mailbox has no room left.
    pub fn send_self(&self, info: C::Info) -> Result<(), NotDelivered<C::Info>> {
        self.seat.send_self(info)
    }
}

impl<C: Channel> Deref for Socket<C> {
    type Target = JoinSocket<C>;

    fn deref(&self) -> &JoinSocket<C> {
        &self.join
    }
}

impl<C: Channel> DerefMut for Socket<C> {
    fn deref_mut(&mut self) -> &mut JoinSocket<C> {
        &mut self.join
    }
}

impl<C: Channel> Socket<C> {
    pub(super) const fn new(join: JoinSocket<C>, join_ref: Ref) -> Self {
        Self {
            join,
            join_ref,
            current: None,
        }
    }

    /// Sends the client an event.
    ///
    /// # Errors
    /// When the payload is neither an object nor binary, or cannot be written as JSON (F-4).
    pub fn push(&self, event: &str, payload: impl IntoPayload) -> Result<(), PushError> {
        let frame = self.seat.link.serializer.encode_push(&Push {
            join_ref: self.join_ref.clone(),
            reference: Ref::NULL,
            topic: self.seat.topic.clone().into(),
            event: event.into(),
            payload: payload.into_payload()?,
        })?;
        self.seat.link.outbox.push(frame);
        Ok(())
    }

    /// Sends an event to everyone who joined this topic, this client included.
    ///
    /// # Errors
    /// As [`push`](Self::push), and when the pubsub adapter fails.
    pub fn broadcast(&self, event: &str, payload: impl IntoPayload) -> Result<(), PushError> {
        let payload = broadcastable(payload)?;
        Ok(self
            .seat
            .link
            .pubsub
            .broadcast(self.seat.topic.clone(), event, payload)?)
    }

    /// As [`broadcast`](Self::broadcast), leaving out this channel.
    ///
    /// # Errors
    /// As `broadcast`.
    pub fn broadcast_from(&self, event: &str, payload: impl IntoPayload) -> Result<(), PushError> {
        let payload = broadcastable(payload)?;
        Ok(self.seat.link.pubsub.broadcast_from(
            self.seat.id,
            self.seat.topic.clone(),
            event,
            payload,
        )?)
    }

    /// What it takes to answer the current event later and from any task, as `socket_ref/1`; none outside of
    /// `handle_in`, or when the client gave the event no ref (H-4).
    #[must_use]
    pub fn socket_ref(&self) -> Option<SocketRef> {
        let reference = self
            .current
            .clone()
            .filter(|reference| !reference.is_null())?;
        Some(SocketRef {
            link: self.seat.link.clone(),
            join_ref: self.join_ref.clone(),
            reference,
            topic: self.seat.topic.clone(),
        })
    }

    /// Pushes an event whose payload `write` streams into the frame, if `write` says that it is worth sending.
    #[cfg(feature = "live")]
    pub(crate) fn push_with<E>(
        &self,
        event: &str,
        write: impl FnOnce(&mut Vec<u8>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut outcome = Ok(false);
        let serializer = self.seat.link.serializer;
        let frame =
            serializer.encode_push_with(&self.join_ref, &self.seat.topic, event, |buffer| {
                outcome = write(buffer);
                if outcome.is_err() {
                    buffer.extend_from_slice(b"{}");
                }
            });
        if outcome? {
            self.seat.link.outbox.push(frame);
        }
        Ok(())
    }

    /// Answers the current event with a response that `write` streams into the frame.
    #[cfg(feature = "live")]
    pub(crate) fn reply_with<E>(
        &self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(reference) = &self.current else {
            return Ok(());
        };
        let mut outcome = Ok(());
        let serializer = self.seat.link.serializer;
        let topic = &self.seat.topic;
        let frame =
            serializer.encode_reply_with(&self.join_ref, reference, topic, &Status::OK, |buffer| {
                outcome = write(buffer);
                if outcome.is_err() {
                    buffer.extend_from_slice(b"{}");
                }
            });
        outcome?;
        self.seat.link.outbox.push(frame);
        Ok(())
    }

    pub(super) fn reply(&self, status: Status, response: Payload) -> Result<(), PushError> {
        let Some(reference) = self.current.clone() else {
            return Ok(());
        };
        reply(
            &self.seat.link,
            self.join_ref.clone(),
            reference,
            &self.seat.topic,
            status,
            response,
        )
    }
}

/// What can be broadcast: an object or bytes (F-4).
pub(crate) fn broadcastable(payload: impl IntoPayload) -> Result<Payload, PushError> {
    let payload = payload.into_payload()?;
    if payload.is_object() || payload.as_binary().is_some() {
        Ok(payload)
    } else {
        Err(PushError::Encode(EncodeError::PayloadNotObject))
    }
}

impl<C: Channel> fmt::Debug for JoinSocket<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSocket")
            .field("topic", &self.seat.topic)
            .finish_non_exhaustive()
    }
}

impl<C: Channel> fmt::Debug for Socket<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("topic", &self.seat.topic)
            .finish_non_exhaustive()
    }
}
