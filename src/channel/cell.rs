//! What a task of a connection shares with those who send to it.

use std::any::Any;
use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::mailbox::{Mailbox, Refused};
use super::recipient::{NotDelivered, Receive};
use super::{ChannelLimits, Reason};

/// What waits in a task's mailbox.
pub(crate) trait Mail: Send + 'static {
    /// What other tasks send.
    type Info: Send + 'static;

    /// The message of another task, with the size of what came with it.
    fn info(info: Self::Info, bytes: usize) -> Self;
    fn into_info(self) -> Option<Self::Info>;
    fn shut_down(reason: Reason) -> Self;
    /// Whether the task ends when it receives this.
    #[cfg(feature = "live")]
    fn is_end(&self) -> bool;
    /// Bytes of payload: what the mailbox counts.
    fn bytes(&self) -> usize;
}

/// How a connection ends a task that it started.
pub(crate) trait Task: Send + Sync {
    /// Asks the task to end; it may take its shutdown time.
    fn shut_down(&self, reason: Reason);
    /// Ready when the task has ended.
    fn poll_ended(&self, cx: &mut Context<'_>) -> Poll<()>;
    fn kill(&self);
    /// Why the task has ended or is about to; none while it lives.
    fn reason(&self) -> Option<Reason>;
    /// For [`Recipient::of`](super::Recipient::of), which knows the type of the task's messages.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

/// What a task shares with those who send to it.
pub(crate) struct Cell<M> {
    mailbox: Mailbox<M>,
    /// Somebody's mail found no room: the task has missed something and must start afresh.
    overflowed: AtomicBool,
    task: OnceLock<AbortHandle>,
    end: Mutex<End>,
}

#[derive(Default)]
struct End {
    reached: bool,
    /// Boxed: nearly every task lives.
    reason: Option<Box<Reason>>,
    waiting: Vec<Waker>,
}

/// A subscription brought more than the mailbox holds.
#[derive(Debug)]
pub(crate) struct Overflowed;

impl fmt::Display for Overflowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mailbox overflowed")
    }
}

impl std::error::Error for Overflowed {}

impl<M: Mail> Cell<M> {
    pub(crate) fn new(limits: ChannelLimits) -> Self {
        Self {
            mailbox: Mailbox::new(limits.mail),
            overflowed: AtomicBool::new(false),
            task: OnceLock::new(),
            end: Mutex::default(),
        }
    }

    /// Notes which task this is, so that it can be killed.
    pub(crate) fn runs_in(&self, task: AbortHandle) {
        let _ = self.task.set(task);
    }

    pub(crate) fn send(&self, mail: M) -> Result<(), Refused<M>> {
        let bytes = mail.bytes();
        self.mailbox.send(mail, bytes)
    }

    pub(crate) fn send_reserved(&self, mail: M) -> Result<(), Refused<M>> {
        let bytes = mail.bytes();
        self.mailbox.send_reserved(mail, bytes)
    }

    /// Delivers what a subscription brings. A task that does not keep up ends with an error, so that its client
    /// starts from a fresh state instead of one with a gap.
    pub(crate) fn deliver_or_end(&self, mail: M) {
        if let Err(Refused::Full(_)) = self.send(mail) {
            self.overflowed.store(true, Ordering::Release);
        }
    }

    /// The oldest mail; waits for some.
    pub(crate) async fn receive(&self) -> Result<M, Overflowed> {
        let mail = self.mailbox.receive().await;
        if self.overflowed.load(Ordering::Acquire) {
            return Err(Overflowed);
        }
        Ok(mail)
    }

    pub(crate) fn poll_room(&self, cx: &mut Context<'_>, bytes: usize) -> Poll<()> {
        self.mailbox.poll_room(cx, bytes)
    }

    /// Lets no more mail in and returns what is left.
    pub(crate) fn close(&self) -> impl Iterator<Item = M> {
        self.mailbox.close()
    }

    /// Notes why the task ends; the first reason counts.
    pub(crate) fn end_for(&self, reason: Reason) {
        self.end
            .lock()
            .reason
            .get_or_insert_with(|| Box::new(reason));
    }

    /// Tells those who wait that the task has ended.
    pub(crate) fn ended(&self) {
        let waiting = {
            let mut end = self.end.lock();
            end.reached = true;
            std::mem::take(&mut end.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl<M: Mail> Task for Cell<M> {
    fn shut_down(&self, reason: Reason) {
        // A mailbox with no room even for this belongs to a task that must be killed after its shutdown time.
        let _ = self.send_reserved(M::shut_down(reason));
    }

    fn poll_ended(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut end = self.end.lock();
        if end.reached {
            return Poll::Ready(());
        }
        end.waiting.push(cx.waker().clone());
        Poll::Pending
    }

    fn kill(&self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }

    fn reason(&self) -> Option<Reason> {
        self.end.lock().reason.as_deref().cloned()
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl<M: Mail> Receive<M::Info> for Cell<M> {
    fn receive(&self, info: M::Info) -> Result<(), NotDelivered<M::Info>> {
        self.send(M::info(info, size_of::<M::Info>()))
            .map_err(into_not_delivered)
    }

    fn receive_from_itself(&self, info: M::Info) -> Result<(), NotDelivered<M::Info>> {
        self.send_reserved(M::info(info, size_of::<M::Info>()))
            .map_err(into_not_delivered)
    }

    fn receive_or_end(&self, info: M::Info, bytes: usize) {
        self.deliver_or_end(M::info(info, bytes));
    }

    fn end(&self, reason: Reason) {
        self.deliver_or_end(M::shut_down(reason));
    }

    #[cfg(feature = "live")]
    fn poll_asked_to_end(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.mailbox.poll_holds(cx, M::is_end)
    }
}

fn into_not_delivered<M: Mail>(refused: Refused<M>) -> NotDelivered<M::Info> {
    refused
        .map(|mail| {
            mail.into_info()
                .expect("a mailbox hands back the mail it refused")
        })
        .into()
}

/// Waits until tasks that were told to shut down have ended; kills those that have not after the one shutdown time
/// that all of them have together.
pub(crate) async fn ended<T: Task + ?Sized>(tasks: &[Arc<T>], shutdown: Duration) {
    if timeout(shutdown, all_ended(tasks)).await.is_err() {
        tasks.iter().for_each(|task| task.kill());
        all_ended(tasks).await;
    }
}

async fn all_ended<T: Task + ?Sized>(tasks: &[Arc<T>]) {
    for task in tasks {
        poll_fn(|cx| task.poll_ended(cx)).await;
    }
}
