//! What every task of a connection holds: a place on it, and what ends with the task.

use std::any::Any;
#[cfg(feature = "live")]
use std::future::poll_fn;
#[cfg(feature = "live")]
use std::pin::pin;
use std::sync::Arc;
#[cfg(feature = "live")]
use std::task::Poll;

use bytestring::ByteString;
use parking_lot::Mutex;

use super::recipient::{NotDelivered, Receive, Recipient};
use super::{Link, Reason, guard_now};
use crate::assigns::Assigns;
use crate::pubsub::{Broadcast, Subscriber, SubscriberId, Subscription};
use crate::registry::RegisterError;
use crate::telemetry;

/// A place on a connection under a topic, and what is held there until the topic's task ends.
pub(crate) struct Seat<I> {
    pub(crate) link: Arc<Link>,
    pub(crate) assigns: Arc<Assigns>,
    cell: Arc<dyn Receive<I>>,
    pub(crate) topic: ByteString,
    pub(crate) id: SubscriberId,
    subscriptions: Vec<(ByteString, Subscription)>,
    /// Only dropped, never looked at: the lock lets sockets be shared between threads though guards may not be.
    owned: Mutex<Vec<Box<dyn Any + Send>>>,
}

impl<I: Send + 'static> Seat<I> {
    pub(crate) fn new(
        link: Arc<Link>,
        assigns: Arc<Assigns>,
        cell: Arc<dyn Receive<I>>,
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

    /// Runs the beginning of a task, and drops it when the task is asked to end meanwhile: there is nothing yet.
    #[cfg(feature = "live")]
    pub(crate) async fn unless_asked_to_end<T>(
        &self,
        beginning: impl Future<Output = T>,
    ) -> Option<T> {
        let mut beginning = pin!(beginning);
        poll_fn(|cx| match beginning.as_mut().poll(cx) {
            Poll::Ready(begun) => Poll::Ready(Some(begun)),
            Poll::Pending => self.cell.poll_asked_to_end(cx).map(|()| None),
        })
        .await
    }

    pub(crate) fn recipient(&self) -> Recipient<I> {
        Recipient::new(self.cell.clone())
    }

    pub(crate) fn subscribe(
        &mut self,
        topic: ByteString,
        into_info: impl Fn(Broadcast) -> I + Send + Sync + 'static,
    ) -> Result<(), RegisterError> {
        let subscriber = Arc::new(Mapped {
            cell: self.cell.clone(),
            owner: self.topic.clone(),
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
        self.cell.receive_from_itself(info)
    }
}

/// Turns the broadcasts of a further topic into messages of the channel.
struct Mapped<I, F> {
    cell: Arc<dyn Receive<I>>,
    /// The topic of the task that subscribed.
    owner: ByteString,
    into_info: F,
}

impl<I, F> Subscriber for Mapped<I, F>
where
    I: Send + 'static,
    F: Fn(Broadcast) -> I + Send + Sync + 'static,
{
    fn deliver(&self, broadcast: &Broadcast) {
        let bytes = broadcast.payload().len();
        // The application's closure runs in the broadcaster's task: a panic of it must not harm that one.
        match guard_now(|| (self.into_info)(broadcast.clone())) {
            Ok(info) => self.cell.receive_or_end(info, bytes),
            Err(cause) => {
                telemetry::channel_crashed(&self.owner, "a subscription's closure", &cause);
                self.cell.end(Reason::Error(cause.to_string().into()));
            }
        }
    }
}
