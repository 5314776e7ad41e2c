//! Where other tasks send messages to.

use std::fmt;
use std::sync::Arc;

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
    /// For what a subscription brings, made from so many bytes of payload: without room, the receiver ends.
    fn receive_or_end(&self, info: I, bytes: usize);
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
