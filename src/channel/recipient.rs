//! Where other tasks send messages to.

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "live")]
use std::task::{Context, Poll};

use super::Reason;
use super::mailbox::Refused;
use super::server::{ChannelCell, Handle};

/// Where to send a channel or live view messages for its `handle_info`, a pid in Phoenix; cloning shares it.
///
/// It does not keep the channel alive.
pub struct Recipient<I>(Arc<dyn Receive<I>>);

impl<I: Send + 'static> Recipient<I> {
    pub(crate) fn new(receiver: Arc<dyn Receive<I>>) -> Self {
        Self(receiver)
    }

    /// Where to send messages to this channel, if they are of the type that it takes.
    pub(crate) fn of(channel: Arc<dyn Handle>) -> Option<Self> {
        let cell: Arc<ChannelCell<I>> = channel.into_any().downcast().ok()?;
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
        self.0.receive_from_itself(info)
    }

    /// As [`send`](Self::send), and a receiver without room ends with `phx_error`: for what must not get lost.
    #[cfg(feature = "live")]
    pub(crate) fn send_or_end(&self, info: I) {
        self.0.receive_or_end(info, size_of::<I>());
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

    fn receive_from_itself(&self, info: J) -> Result<(), NotDelivered<J>> {
        let received = self.receiver.receive_from_itself((self.wrap)(info));
        received.map_err(|refused| refused.map(self.unwrap))
    }

    fn receive_or_end(&self, info: J, bytes: usize) {
        self.receiver.receive_or_end((self.wrap)(info), bytes);
    }

    fn end(&self, reason: Reason) {
        self.receiver.end(reason);
    }

    fn poll_asked_to_end(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.receiver.poll_asked_to_end(cx)
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

/// Takes the messages of other tasks.
pub(crate) trait Receive<I>: Send + Sync {
    fn receive(&self, info: I) -> Result<(), NotDelivered<I>>;
    /// For what a task sends itself: there is as much room again.
    fn receive_from_itself(&self, info: I) -> Result<(), NotDelivered<I>>;
    /// For what must not get lost, made from so many bytes of payload: without room, the receiver ends.
    fn receive_or_end(&self, info: I, bytes: usize);
    /// Ends the receiver after what it has already been sent.
    fn end(&self, reason: Reason);
    /// Ready when the receiver is to end and has not received that yet. For the receiver itself.
    #[cfg(feature = "live")]
    fn poll_asked_to_end(&self, cx: &mut Context<'_>) -> Poll<()>;
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
