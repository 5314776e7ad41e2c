//! The last words of a channel.

use std::borrow::Cow;
use std::sync::Arc;

use bytestring::ByteString;

use super::answer::{CHANNEL_CRASH, unmatched};
use super::{ChannelCell, ChannelMail};
use crate::channel::outbox::JoinId;
use crate::channel::{Link, Reason};
use crate::protocol::{Name, Payload, Push, Ref, WireFrame, event};

/// What the client is told last.
pub(super) enum Last {
    Close,
    Error,
    Nothing,
}

/// The reason of a channel that was not there to give one.
const KILLED: Reason = Reason::Error(Cow::Borrowed("killed"));

/// Tells the connection and the client that the channel has ended, at the latest when the task is dropped: also when
/// it was killed.
pub(super) struct Ending<I: Send + 'static> {
    pub(super) cell: Arc<ChannelCell<I>>,
    pub(super) link: Arc<Link>,
    pub(super) id: JoinId,
    pub(super) join_ref: Ref,
    pub(super) topic: ByteString,
    pub(super) last: Last,
}

impl<I: Send + 'static> Ending<I> {
    /// Ends a channel that was never joined: what came in meanwhile is answered as for an unknown topic.
    pub(super) fn unjoined<T>(&mut self) -> Option<T> {
        for mail in self.cell.close() {
            if let ChannelMail::Message(message, _) | ChannelMail::Leave(message) = mail {
                self.link.outbox.push(unmatched(&self.link, *message));
            }
        }
        self.cell.end_for(Reason::Normal);
        self.last = Last::Nothing;
        self.tell_connection();
        None
    }

    pub(super) fn tell_connection(&mut self) {
        drop(self.cell.close());
        let frame = match self.last {
            Last::Close => Some(self.last_frame(event::PHX_CLOSE, Payload::empty())),
            Last::Error => Some(self.last_frame(
                event::PHX_ERROR,
                Payload::json(&CHANNEL_CRASH).expect("a map of text is JSON"),
            )),
            Last::Nothing => None,
        };
        self.last = Last::Nothing;
        self.link.outbox.end(self.id, frame);
    }

    fn last_frame(&self, event: &'static str, payload: Payload) -> WireFrame {
        let push = Push {
            join_ref: self.join_ref.clone(),
            reference: self.join_ref.clone(),
            topic: self.topic.clone().into(),
            event: Name::from_static(event),
            payload,
        };
        self.link
            .serializer
            .encode_push(&push)
            .expect("a small JSON object fits every serializer")
    }
}

impl<I: Send + 'static> Drop for Ending<I> {
    fn drop(&mut self) {
        if !matches!(self.last, Last::Nothing) {
            self.tell_connection();
        }
        self.link.outbox.ended(self.id);
        self.cell.end_for(KILLED);
        self.cell.ended();
    }
}
