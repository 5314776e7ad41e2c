//! Hands frames to the task of a raw socket.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::Handled;
use crate::channel::{self, Link, Reason, Refused, Taken};
use crate::protocol::Frame;
use crate::socket::raw::{Control, Incoming, RawHandle, Start};

/// One connection and its raw socket.
pub(crate) struct Raw {
    link: Arc<Link>,
    socket: Arc<dyn RawHandle>,
    /// What the socket has no room for; nothing more may be handled before it is delivered.
    waiting: Option<Incoming>,
}

impl Raw {
    pub(super) fn new(link: Arc<Link>, start: Start) -> Self {
        let socket = start(&link);
        Self {
            link,
            socket,
            waiting: None,
        }
    }

    pub(super) const fn link(&self) -> &Arc<Link> {
        &self.link
    }

    pub(super) fn handle_frame(&mut self, frame: Frame) -> Handled {
        self.deliver(Incoming::Frame(frame))
    }

    pub(super) fn handle_control(&mut self, control: Control) -> Handled {
        self.deliver(Incoming::Control(control))
    }

    fn deliver(&mut self, incoming: Incoming) -> Handled {
        match self.socket.deliver(incoming) {
            // A socket that has ended closes its connection, and takes nothing more.
            Ok(()) | Err(Refused::Closed(_)) => Handled::Done,
            Err(Refused::Full(incoming)) => {
                self.waiting = Some(incoming);
                Handled::Waiting
            }
        }
    }

    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(incoming) = self.waiting.take() {
            if self.socket.poll_room(cx).is_pending() {
                self.waiting = Some(incoming);
                return Poll::Pending;
            }
            self.deliver(incoming);
        }
        Poll::Ready(())
    }

    pub(super) fn hear(&self, news: &mut Taken) {
        for question in news.asked.drain(..) {
            // Whoever asked may have gone.
            let _ = question.send(Vec::new());
        }
    }

    pub(super) async fn terminate(self, reason: Reason) {
        let (socket, shutdown) = (self.socket.clone(), self.link.limits.shutdown);
        self.link.outbox.shut();
        socket.shut_down(reason);
        drop(self);
        channel::ended(&[socket], shutdown).await;
    }
}

/// A transport that panics, or is dropped at work, leaves no socket behind.
impl Drop for Raw {
    fn drop(&mut self) {
        self.link.outbox.shut();
        self.socket.shut_down(Reason::Closed);
    }
}
