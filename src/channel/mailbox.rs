//! The bounded queue of a channel's task: it grows on demand and is empty and small while the channel is idle.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

/// Mail that did not get in, handed back to the sender.
#[derive(Debug)]
pub(crate) enum Refused<T> {
    /// The mailbox holds as much as it may.
    Full(T),
    /// The channel has ended.
    Closed(T),
}

impl<T> Refused<T> {
    pub(crate) fn map<U>(self, into: impl FnOnce(T) -> U) -> Refused<U> {
        match self {
            Self::Full(mail) => Refused::Full(into(mail)),
            Self::Closed(mail) => Refused::Closed(into(mail)),
        }
    }
}

pub(crate) struct Mailbox<T> {
    state: Mutex<State<T>>,
    mail_max: usize,
}

struct State<T> {
    queue: VecDeque<T>,
    open: bool,
    /// The channel's task, when it waits for mail.
    reader: Option<Waker>,
    /// The connection's task, when it waits for room. Other senders do not wait.
    writer: Option<Waker>,
}

/// Queues larger than this give their memory back once they are empty.
const KEPT_CAPACITY: usize = 8;

impl<T> Mailbox<T> {
    pub(crate) fn new(mail_max: usize) -> Self {
        let state = State {
            queue: VecDeque::new(),
            open: true,
            reader: None,
            writer: None,
        };
        Self {
            state: Mutex::new(state),
            mail_max,
        }
    }

    /// Puts mail at the end of the queue, unless the queue holds `mail_max` already.
    pub(crate) fn send(&self, mail: T) -> Result<(), Refused<T>> {
        self.push(mail, self.mail_max)
    }

    /// Puts mail at the end of the queue with as much room again: for what a channel sends itself and for the
    /// few messages that end it, which must not fail because a client was quick.
    pub(crate) fn send_reserved(&self, mail: T) -> Result<(), Refused<T>> {
        self.push(mail, self.mail_max.saturating_mul(2))
    }

    fn push(&self, mail: T, max: usize) -> Result<(), Refused<T>> {
        let mut state = self.state.lock();
        if !state.open {
            return Err(Refused::Closed(mail));
        }
        if state.queue.len() >= max {
            return Err(Refused::Full(mail));
        }
        state.queue.push_back(mail);
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        Ok(())
    }

    /// The oldest mail; waits for some.
    pub(crate) async fn receive(&self) -> T {
        std::future::poll_fn(|cx| self.poll_receive(cx)).await
    }

    pub(crate) fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<T> {
        let mut state = self.state.lock();
        let Some(mail) = state.queue.pop_front() else {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        if state.queue.is_empty() && state.queue.capacity() > KEPT_CAPACITY {
            state.queue = VecDeque::new();
        }
        let writer = (state.queue.len() < self.mail_max)
            .then(|| state.writer.take())
            .flatten();
        drop(state);
        if let Some(writer) = writer {
            writer.wake();
        }
        Poll::Ready(mail)
    }

    /// Ready when [`send`](Self::send) would get in or would find the mailbox closed.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if !state.open || state.queue.len() < self.mail_max {
            return Poll::Ready(());
        }
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Lets nothing more in and returns what is left.
    pub(crate) fn close(&self) -> VecDeque<T> {
        let mut state = self.state.lock();
        state.open = false;
        let left = std::mem::take(&mut state.queue);
        let writer = state.writer.take();
        drop(state);
        if let Some(writer) = writer {
            writer.wake();
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_full_mailbox_hands_mail_back_and_asks_to_wait() {
        let mailbox = Mailbox::new(2);
        assert!(mailbox.send(1).is_ok());
        assert!(mailbox.send(2).is_ok());
        assert!(matches!(mailbox.send(3), Err(Refused::Full(3))));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(mailbox.poll_room(&mut cx).is_pending());
        assert_eq!(mailbox.poll_receive(&mut cx), Poll::Ready(1));
        assert!(mailbox.poll_room(&mut cx).is_ready());
        assert!(mailbox.send(3).is_ok());
    }

    #[test]
    fn reserved_room_is_bounded_too() {
        let mailbox = Mailbox::new(1);
        assert!(mailbox.send(1).is_ok());
        assert!(mailbox.send_reserved(2).is_ok());
        assert!(matches!(mailbox.send_reserved(3), Err(Refused::Full(3))));
    }

    #[test]
    fn a_closed_mailbox_gives_back_what_was_left_and_refuses_more() {
        let mailbox = Mailbox::new(4);
        assert!(mailbox.send("left").is_ok());
        assert_eq!(mailbox.close(), ["left"]);
        assert!(matches!(mailbox.send("late"), Err(Refused::Closed("late"))));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(mailbox.poll_room(&mut cx).is_ready());
    }
}
