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

/// What may wait in a mailbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MailLimits {
    pub(crate) mail_max: usize,
    /// A single larger mail passes alone.
    pub(crate) mail_bytes_max: usize,
}

pub(crate) struct Mailbox<T> {
    state: Mutex<State<T>>,
    limits: MailLimits,
}

struct State<T> {
    /// Mail and its size.
    queue: VecDeque<(T, usize)>,
    /// The sizes in `queue`.
    bytes: usize,
    open: bool,
    /// The channel's task, when it waits for mail.
    reader: Option<Waker>,
    /// The connection's task, when it waits for room, and for how much. Other senders do not wait.
    writer: Option<(Waker, usize)>,
}

/// Queues larger than this give their memory back once they are empty.
const KEPT_CAPACITY: usize = 8;

impl MailLimits {
    fn doubled(self) -> Self {
        Self {
            mail_max: self.mail_max.saturating_mul(2),
            mail_bytes_max: self.mail_bytes_max.saturating_mul(2),
        }
    }
}

impl<T> State<T> {
    fn has_room(&self, bytes: usize, limits: MailLimits) -> bool {
        let fits = bytes == 0
            || self.bytes == 0
            || self.bytes.saturating_add(bytes) <= limits.mail_bytes_max;
        fits && self.queue.len() < limits.mail_max
    }
}

impl<T> Mailbox<T> {
    pub(crate) fn new(limits: MailLimits) -> Self {
        let state = State {
            queue: VecDeque::new(),
            bytes: 0,
            open: true,
            reader: None,
            writer: None,
        };
        Self {
            state: Mutex::new(state),
            limits,
        }
    }

    /// Puts mail of a size at the end of the queue, unless the queue is full already.
    pub(crate) fn send(&self, mail: T, bytes: usize) -> Result<(), Refused<T>> {
        self.push(mail, bytes, self.limits)
    }

    /// Puts mail at the end of the queue with as much room again: for what a channel sends itself and for the
    /// few messages that end it, which must not fail because a client was quick.
    pub(crate) fn send_reserved(&self, mail: T, bytes: usize) -> Result<(), Refused<T>> {
        self.push(mail, bytes, self.limits.doubled())
    }

    fn push(&self, mail: T, bytes: usize, limits: MailLimits) -> Result<(), Refused<T>> {
        let mut state = self.state.lock();
        if !state.open {
            return Err(Refused::Closed(mail));
        }
        if !state.has_room(bytes, limits) {
            return Err(Refused::Full(mail));
        }
        state.bytes += bytes;
        state.queue.push_back((mail, bytes));
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

    /// Ready when mail waits that is `sought`; it stays where it is. For whoever does not receive yet.
    #[cfg(feature = "live")]
    pub(crate) fn poll_holds(&self, cx: &mut Context<'_>, sought: impl Fn(&T) -> bool) -> Poll<()> {
        let mut state = self.state.lock();
        if state.queue.iter().any(|(mail, _)| sought(mail)) {
            return Poll::Ready(());
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    pub(crate) fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<T> {
        let mut state = self.state.lock();
        let Some((mail, bytes)) = state.queue.pop_front() else {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        state.bytes -= bytes;
        if state.queue.is_empty() && state.queue.capacity() > KEPT_CAPACITY {
            state.queue = VecDeque::new();
        }
        let writer = match &state.writer {
            Some((_, bytes)) if state.has_room(*bytes, self.limits) => state.writer.take(),
            _ => None,
        };
        drop(state);
        if let Some((writer, _)) = writer {
            writer.wake();
        }
        Poll::Ready(mail)
    }

    /// Ready when [`send`](Self::send) of so many bytes would get in or would find the mailbox closed.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>, bytes: usize) -> Poll<()> {
        let mut state = self.state.lock();
        if !state.open || state.has_room(bytes, self.limits) {
            return Poll::Ready(());
        }
        state.writer = Some((cx.waker().clone(), bytes));
        Poll::Pending
    }

    /// Lets nothing more in and returns what is left.
    pub(crate) fn close(&self) -> impl Iterator<Item = T> {
        let mut state = self.state.lock();
        state.open = false;
        state.bytes = 0;
        let left = std::mem::take(&mut state.queue);
        let writer = state.writer.take();
        drop(state);
        if let Some((writer, _)) = writer {
            writer.wake();
        }
        left.into_iter().map(|(mail, _)| mail)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn mailbox<T>(mail_max: usize, mail_bytes_max: usize) -> Mailbox<T> {
        Mailbox::new(MailLimits {
            mail_max,
            mail_bytes_max,
        })
    }

    #[test]
    fn a_full_mailbox_hands_mail_back_and_asks_to_wait() {
        let mailbox = mailbox(2, 0);
        assert!(mailbox.send(1, 0).is_ok());
        assert!(mailbox.send(2, 0).is_ok());
        assert!(matches!(mailbox.send(3, 0), Err(Refused::Full(3))));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(mailbox.poll_room(&mut cx, 0).is_pending());
        assert_eq!(mailbox.poll_receive(&mut cx), Poll::Ready(1));
        assert!(mailbox.poll_room(&mut cx, 0).is_ready());
        assert!(mailbox.send(3, 0).is_ok());
    }

    #[cfg(feature = "live")]
    #[test]
    fn mail_that_is_sought_wakes_and_stays() {
        let mailbox = mailbox(3, 0);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(mailbox.send(1, 0).is_ok());
        assert!(mailbox.poll_holds(&mut cx, |mail| *mail == 2).is_pending());
        assert!(mailbox.send(2, 0).is_ok());
        assert!(mailbox.poll_holds(&mut cx, |mail| *mail == 2).is_ready());
        assert_eq!(mailbox.poll_receive(&mut cx), Poll::Ready(1));
        assert_eq!(mailbox.poll_receive(&mut cx), Poll::Ready(2));
    }

    #[test]
    fn so_many_bytes_wait_and_no_more() {
        let mailbox = mailbox(9, 10);
        assert!(mailbox.send("four", 4).is_ok());
        assert!(mailbox.send("six", 6).is_ok());
        assert!(matches!(mailbox.send("one", 1), Err(Refused::Full("one"))));
        assert!(mailbox.send("none", 0).is_ok());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(mailbox.poll_room(&mut cx, 5).is_pending());
        assert_eq!(mailbox.poll_receive(&mut cx), Poll::Ready("four"));
        assert!(mailbox.poll_room(&mut cx, 5).is_pending());
        assert!(mailbox.poll_room(&mut cx, 4).is_ready());
    }

    #[test]
    fn what_is_larger_than_a_mailbox_passes_alone() {
        let mailbox = mailbox(9, 10);
        assert!(mailbox.send("large", 11).is_ok());
        assert!(matches!(mailbox.send("one", 1), Err(Refused::Full("one"))));
        let mut cx = Context::from_waker(Waker::noop());
        assert_eq!(mailbox.poll_receive(&mut cx), Poll::Ready("large"));
        assert!(mailbox.send("one", 1).is_ok());
        assert!(matches!(mailbox.send("large", 11), Err(Refused::Full(_))));
    }

    #[test]
    fn reserved_room_is_bounded_too() {
        let mailbox = mailbox(1, 10);
        assert!(mailbox.send(1, 10).is_ok());
        assert!(matches!(
            mailbox.send_reserved(2, 11),
            Err(Refused::Full(2))
        ));
        assert!(mailbox.send_reserved(2, 10).is_ok());
        assert!(matches!(mailbox.send_reserved(3, 0), Err(Refused::Full(3))));
    }

    #[test]
    fn a_closed_mailbox_gives_back_what_was_left_and_refuses_more() {
        let mailbox = mailbox(4, 0);
        assert!(mailbox.send("left", 0).is_ok());
        assert!(mailbox.close().eq(["left"]));
        let refused = mailbox.send("late", 0);
        assert!(matches!(refused, Err(Refused::Closed("late"))));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(mailbox.poll_room(&mut cx, 0).is_ready());
    }
}
