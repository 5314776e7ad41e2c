//! What callbacks receive.

use std::any::Any;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use bytestring::ByteString;
use parking_lot::Mutex;

use super::flow::IntoPayload;
use super::mailbox::Refused;
use super::server::{Cell, Handle, Mail};
use super::{Channel, Link};
use crate::assigns::Assigns;
use crate::protocol::{EncodeError, Name, Payload, PayloadError, Push, Ref, Reply, Status};
use crate::pubsub::{AdapterError, Broadcast, PubSub, Subscriber, SubscriberId, Subscription};
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

/// A place on a connection under a topic, and what is held there until the topic's task ends.
pub(crate) struct Seat<I> {
    pub(crate) link: Arc<Link>,
    pub(crate) assigns: Arc<Assigns>,
    pub(super) cell: Arc<Cell<I>>,
    pub(crate) topic: ByteString,
    pub(crate) id: SubscriberId,
    subscriptions: Vec<(ByteString, Subscription)>,
    /// Only dropped, never looked at: the lock lets sockets be shared between threads though guards may not be.
    owned: Mutex<Vec<Box<dyn Any + Send>>>,
}

impl<I: Send + 'static> Seat<I> {
    pub(super) fn new(
        link: Arc<Link>,
        assigns: Arc<Assigns>,
        cell: Arc<Cell<I>>,
        topic: ByteString,
    ) -> Self {
        let id = SubscriberId::unique();
        Self {
            link,
            assigns,
            cell,
            topic,
            id,
            subscriptions: Vec::new(),
            owned: Mutex::default(),
        }
    }

    /// The same seat for another holder, with nothing held yet.
    #[cfg(feature = "live")]
    pub(crate) fn share(&self) -> Self {
        Self {
            link: self.link.clone(),
            assigns: self.assigns.clone(),
            cell: self.cell.clone(),
            topic: self.topic.clone(),
            id: self.id,
            subscriptions: Vec::new(),
            owned: Mutex::default(),
        }
    }

    pub(crate) fn recipient(&self) -> Recipient<I> {
        Recipient(self.cell.clone())
    }

    pub(crate) fn subscribe(
        &mut self,
        topic: ByteString,
        into_info: impl Fn(Broadcast) -> I + Send + Sync + 'static,
    ) -> Result<(), RegisterError> {
        let subscriber = Arc::new(Mapped {
            cell: self.cell.clone(),
            into_info,
        });
        let subscription = self
            .link
            .pubsub
            .subscribe(topic.clone(), self.id, subscriber)?;
        self.subscriptions.push((topic, subscription));
        Ok(())
    }

    pub(crate) fn unsubscribe(&mut self, topic: &str) {
        self.subscriptions
            .retain(|(subscribed, _)| *subscribed != topic);
    }

    pub(crate) fn own(&mut self, guard: impl Any + Send) {
        self.owned.get_mut().push(Box::new(guard));
    }

    pub(crate) fn send_self(&self, info: I) -> Result<(), NotDelivered<I>> {
        self.cell.send_self(info)
    }
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

pub(super) fn reply(
    link: &Link,
    join_ref: Ref,
    reference: Ref,
    topic: &ByteString,
    status: Status,
    response: Payload,
) -> Result<(), PushError> {
    let topic: Name = topic.clone().into();
    let frame = link.serializer.encode_reply(&Reply {
        join_ref,
        reference,
        topic,
        status,
        response,
    })?;
    link.outbox.push(frame);
    Ok(())
}

/// Answers one event of a client, once or more often, from any task (H-4).
#[derive(Clone)]
pub struct SocketRef {
    link: Arc<Link>,
    join_ref: Ref,
    reference: Ref,
    topic: ByteString,
}

impl SocketRef {
    /// Sends the reply.
    ///
    /// # Errors
    /// When the payload cannot be written for this client.
    pub fn reply(&self, status: Status, payload: impl IntoPayload) -> Result<(), PushError> {
        let response = payload.into_payload()?;
        reply(
            &self.link,
            self.join_ref.clone(),
            self.reference.clone(),
            &self.topic,
            status,
            response,
        )
    }
}

impl fmt::Debug for SocketRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketRef")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

/// Where to send a channel or live view messages for its `handle_info`, a pid in Phoenix; cloning shares it.
///
/// It does not keep the channel alive.
pub struct Recipient<I>(Arc<dyn Receive<I>>);

impl<I: Send + 'static> Recipient<I> {
    /// Where to send messages to this channel, if they are of the type that it takes.
    pub(crate) fn of(channel: Arc<dyn Handle>) -> Option<Self> {
        let cell: Arc<Cell<I>> = channel.into_any().downcast().ok()?;
        Some(Self(cell))
    }
}

impl<I> Recipient<I> {
    /// Sends a message.
    ///
    /// # Errors
    /// When the receiver has ended, or its mailbox is full; both give the message back.
    pub fn send(&self, info: I) -> Result<(), NotDelivered<I>> {
        self.0.receive(info)
    }

    /// As [`send`](Self::send), with the room that is kept for what a channel sends itself.
    #[cfg(feature = "live")]
    pub(crate) fn send_reserved(&self, info: I) -> Result<(), NotDelivered<I>> {
        self.0.receive_reserved(info)
    }

    /// As [`send_reserved`](Self::send_reserved), and a receiver without room ends with `phx_error`: for what must not
    /// get lost.
    #[cfg(feature = "live")]
    pub(crate) fn send_or_end(&self, info: I) {
        self.0.receive_or_end(info);
    }

    /// The same receiver for messages that `wrap` makes ones of its own of; `unwrap` undoes it when one was not
    /// delivered.
    #[cfg(feature = "live")]
    pub(crate) fn wrapped<J: Send + 'static>(
        self,
        wrap: fn(J) -> I,
        unwrap: fn(I) -> J,
    ) -> Recipient<J>
    where
        I: Send + 'static,
    {
        Recipient(Arc::new(Wrapped {
            receiver: self.0,
            wrap,
            unwrap,
        }))
    }
}

#[cfg(feature = "live")]
struct Wrapped<I, J> {
    receiver: Arc<dyn Receive<I>>,
    wrap: fn(J) -> I,
    unwrap: fn(I) -> J,
}

#[cfg(feature = "live")]
impl<I: Send, J: Send> Receive<J> for Wrapped<I, J> {
    fn receive(&self, info: J) -> Result<(), NotDelivered<J>> {
        let received = self.receiver.receive((self.wrap)(info));
        received.map_err(|refused| refused.map(self.unwrap))
    }

    fn receive_reserved(&self, info: J) -> Result<(), NotDelivered<J>> {
        let received = self.receiver.receive_reserved((self.wrap)(info));
        received.map_err(|refused| refused.map(self.unwrap))
    }

    fn receive_or_end(&self, info: J) {
        self.receiver.receive_or_end((self.wrap)(info));
    }
}

impl<I> Clone for Recipient<I> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<I> fmt::Debug for Recipient<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient")
    }
}

pub(crate) trait Receive<I>: Send + Sync {
    fn receive(&self, info: I) -> Result<(), NotDelivered<I>>;

    /// As `receive`, with the room that is kept for what the receiver sends itself.
    #[cfg(feature = "live")]
    fn receive_reserved(&self, info: I) -> Result<(), NotDelivered<I>>;

    /// As `receive_reserved`; without room the receiver ends.
    #[cfg(feature = "live")]
    fn receive_or_end(&self, info: I);
}

/// A message did not reach a channel; it holds the message.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotDelivered<I> {
    /// The receiver has ended.
    Ended(I),
    /// The receiver's mailbox is full.
    Full(I),
}

impl<I> NotDelivered<I> {
    #[cfg(feature = "live")]
    pub(crate) fn map<J>(self, change: impl FnOnce(I) -> J) -> NotDelivered<J> {
        match self {
            Self::Ended(info) => NotDelivered::Ended(change(info)),
            Self::Full(info) => NotDelivered::Full(change(info)),
        }
    }
}

impl<I> From<Refused<I>> for NotDelivered<I> {
    fn from(refused: Refused<I>) -> Self {
        match refused {
            Refused::Closed(info) => Self::Ended(info),
            Refused::Full(info) => Self::Full(info),
        }
    }
}

impl<I> fmt::Debug for NotDelivered<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended(_) => "Ended",
            Self::Full(_) => "Full",
        })
    }
}

impl<I> fmt::Display for NotDelivered<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended(_) => "the receiver has ended",
            Self::Full(_) => "the receiver's mailbox is full",
        })
    }
}

impl<I> std::error::Error for NotDelivered<I> {}

/// Something could not be sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum PushError {
    /// The payload has no JSON form.
    Payload(PayloadError),
    /// The serializer of this connection cannot carry the payload.
    Encode(EncodeError),
    /// The pubsub adapter did not take the broadcast.
    Adapter(AdapterError),
}

impl fmt::Display for PushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payload(cause) => cause.fmt(f),
            Self::Encode(cause) => cause.fmt(f),
            Self::Adapter(cause) => cause.fmt(f),
        }
    }
}

impl std::error::Error for PushError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self {
            Self::Payload(cause) => cause,
            Self::Encode(cause) => cause,
            Self::Adapter(cause) => cause,
        })
    }
}

impl From<PayloadError> for PushError {
    fn from(cause: PayloadError) -> Self {
        Self::Payload(cause)
    }
}

impl From<EncodeError> for PushError {
    fn from(cause: EncodeError) -> Self {
        Self::Encode(cause)
    }
}

impl From<AdapterError> for PushError {
    fn from(cause: AdapterError) -> Self {
        Self::Adapter(cause)
    }
}

/// Turns the broadcasts of a further topic into messages of the channel.
struct Mapped<I, F> {
    cell: Arc<Cell<I>>,
    into_info: F,
}

impl<I, F> Subscriber for Mapped<I, F>
where
    I: Send + 'static,
    F: Fn(Broadcast) -> I + Send + Sync + 'static,
{
    fn deliver(&self, broadcast: &Broadcast) {
        self.cell
            .deliver_or_end(Mail::Info((self.into_info)(broadcast.clone())));
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
