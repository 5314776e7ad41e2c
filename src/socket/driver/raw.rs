//! Hands frames to the task of a raw socket.

use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

use super::Handled;
use crate::channel::{self, InFlight, Link, Reason, Refused, Taken};
use crate::protocol::Frame;
use crate::socket::raw::{Control, Incoming, RawHandle, Start};

/// One connection and its raw socket.
pub(crate) struct Raw {
    link: Arc<Link>,
    socket: Arc<dyn RawHandle>,
    /// What the socket has no room for; nothing more may be handled before it is delivered.
    waiting: Option<Incoming>,
    /// Whether the socket was ended in good order.
    ended: bool,
}

impl Raw {
    pub(super) fn new(link: Arc<Link>, start: Start) -> Self {
        let socket = start(&link);
        Self {
            link,
            socket,
            waiting: None,
            ended: false,
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
        let counted = InFlight::new(&self.link, incoming.bytes());
        match self.socket.deliver(incoming, counted) {
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
            if self.socket.poll_room(cx, &incoming).is_pending() {
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

    pub(super) async fn terminate(mut self, reason: Reason) {
        self.link.outbox.shut();
        self.socket.shut_down(reason);
        let sockets = std::slice::from_ref(&self.socket);
        channel::ended(sockets, self.link.limits.shutdown).await;
        self.ended = true;
    }
}

/// A transport that panics, or is dropped at work, leaves no socket behind.
impl Drop for Raw {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.link.outbox.shut();
        self.socket.shut_down(Reason::Closed);
        if let Ok(runtime) = Handle::try_current() {
            let (socket, shutdown) = (self.socket.clone(), self.link.limits.shutdown);
            runtime.spawn(async move { channel::ended(&[socket], shutdown).await });
        }
    }
}
