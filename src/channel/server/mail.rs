//! What comes to a channel's task, and what the connection holds of it.

use std::task::{Context, Poll};

use crate::channel::cell::{Cell, Mail, Task};
use crate::channel::mailbox::Refused;
use crate::channel::{InFlight, Reason};
use crate::protocol::Message;
use crate::pubsub::Broadcast;

pub(crate) enum ChannelMail<I> {
    Message(Box<Message>, InFlight),
    Leave(Box<Message>),
    /// With its size in bytes.
    Info(I, usize),
    /// An intercepted broadcast.
    Out(Broadcast),
    ShutDown(Reason),
}

/// What a channel's task shares with those who send to it.
pub(crate) type ChannelCell<I> = Cell<ChannelMail<I>>;

/// What the connection holds of a channel.
pub(crate) trait Handle: Task {
    fn deliver(
        &self,
        message: Box<Message>,
        counted: InFlight,
    ) -> Result<(), Refused<Box<Message>>>;
    fn leave(&self, message: Box<Message>) -> Result<(), Refused<Box<Message>>>;
    /// Ready when `deliver` finds room for the message or finds the channel ended.
    fn poll_room(&self, cx: &mut Context<'_>, message: &Message) -> Poll<()>;
}

impl<I: Send + 'static> Mail for ChannelMail<I> {
    type Info = I;

    fn info(info: I, bytes: usize) -> Self {
        Self::Info(info, bytes)
    }

    fn into_info(self) -> Option<I> {
        match self {
            Self::Info(info, _) => Some(info),
            _ => None,
        }
    }

    fn shut_down(reason: Reason) -> Self {
        Self::ShutDown(reason)
    }

    #[cfg(feature = "live")]
    fn is_end(&self) -> bool {
        matches!(self, Self::Leave(_) | Self::ShutDown(_))
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Message(message, _) | Self::Leave(message) => message.payload.len(),
            Self::Info(_, bytes) => *bytes,
            Self::Out(broadcast) => broadcast.payload().len(),
            Self::ShutDown(_) => 0,
        }
    }
}

impl<I: Send + 'static> Handle for ChannelCell<I> {
    fn deliver(
        &self,
        message: Box<Message>,
        counted: InFlight,
    ) -> Result<(), Refused<Box<Message>>> {
        self.send(ChannelMail::Message(message, counted))
            .map_err(into_message)
    }

    fn leave(&self, message: Box<Message>) -> Result<(), Refused<Box<Message>>> {
        self.send_reserved(ChannelMail::Leave(message))
            .map_err(into_message)
    }

    fn poll_room(&self, cx: &mut Context<'_>, message: &Message) -> Poll<()> {
        Self::poll_room(self, cx, message.payload.len())
    }
}

fn into_message<I>(refused: Refused<ChannelMail<I>>) -> Refused<Box<Message>> {
    refused.map(|mail| match mail {
        ChannelMail::Message(message, _) | ChannelMail::Leave(message) => message,
        _ => unreachable!("a mailbox hands back the mail it refused"),
    })
}
