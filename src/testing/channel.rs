//! A joined channel, as a test sees it.

use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::connection::Connection;
use super::inbox::{Content, Received, fail};
use super::{ASSERT_TIMEOUT, Broadcasts, Pattern, REFUTE_TIMEOUT};
use crate::channel::{Handle, IntoPayload, Reason, Recipient};
use crate::protocol::{Payload, Ref, event};
use crate::pubsub::SubscriberId;

/// A topic that the test has joined: the socket that `subscribe_and_join` of `Phoenix.ChannelTest` returns.
pub struct Channel {
    connection: Arc<Connection>,
    handle: Arc<dyn Handle>,
    topic: String,
    join_ref: Ref,
    broadcasts: Option<Broadcasts>,
    linked: bool,
    assert_timeout: Duration,
    refute_timeout: Duration,
}

impl Channel {
    pub(super) const fn new(
        connection: Arc<Connection>,
        handle: Arc<dyn Handle>,
        topic: String,
        join_ref: Ref,
    ) -> Self {
        Self {
            connection,
            handle,
            topic,
            join_ref,
            broadcasts: None,
            linked: true,
            assert_timeout: ASSERT_TIMEOUT,
            refute_timeout: REFUTE_TIMEOUT,
        }
    }

    pub(super) fn with_broadcasts(mut self, broadcasts: Broadcasts) -> Self {
        self.broadcasts = Some(broadcasts);
        self
    }

    /// How long the assertions wait from now on, in place of one second.
    pub fn assert_timeout(&mut self, timeout: Duration) {
        self.assert_timeout = timeout;
        if let Some(broadcasts) = &mut self.broadcasts {
            broadcasts.assert_timeout = timeout;
        }
    }

    /// How long the refutations wait from now on, in place of 100 ms.
    pub fn refute_timeout(&mut self, timeout: Duration) {
        self.refute_timeout = timeout;
        if let Some(broadcasts) = &mut self.broadcasts {
            broadcasts.refute_timeout = timeout;
        }
    }

    /// The topic.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Lets the test go on when this channel crashes, as `Process.unlink(socket.channel_pid)`.
    pub fn unlink(&mut self) {
        self.linked = false;
    }

    /// Sends the channel an event of the client; the result names it to [`assert_reply`](Self::assert_reply).
    ///
    /// # Panics
    /// When the payload has no JSON form, or the channel has crashed.
    #[track_caller]
    pub fn push(&self, event: &str, payload: impl IntoPayload) -> Ref {
        self.check_crash(Location::caller());
        let payload = payload
            .into_payload()
            .unwrap_or_else(|cause| panic!("the payload of {event}: {cause}"));
        self.connection
            .send(self.join_ref.clone(), &self.topic, event, payload)
    }

    /// Leaves the topic as the client does.
    ///
    /// # Panics
    /// When the channel has crashed.
    #[track_caller]
    pub fn leave(&self) -> Ref {
        self.push(event::PHX_LEAVE, Payload::empty())
    }

    /// Ends the channel as if its connection had closed; it is killed when `terminate` takes longer than `timeout`.
    /// Returns the reason that it ended for.
    pub async fn close(&mut self, timeout: Duration) -> Reason {
        self.handle.shut_down(Reason::Closed);
        let ended = poll_fn(|cx| self.handle.poll_ended(cx));
        if tokio::time::timeout(timeout, ended).await.is_err() {
            self.linked = false;
            self.handle.kill();
        }
        self.reason().await
    }

    /// Sends the channel a message for its `handle_info`, as `send(socket.channel_pid, info)`.
    ///
    /// # Panics
    /// When the channel's `Info` is another type, or the message cannot be delivered.
    #[track_caller]
    pub fn send<I: Send + 'static>(&self, info: I) {
        if let Err(cause) = self.recipient().send(info) {
            panic!("{}: {cause}", self.topic);
        }
    }

    /// Where other tasks send this channel messages.
    ///
    /// # Panics
    /// When the channel's `Info` is another type.
    #[must_use]
    #[track_caller]
    pub fn recipient<I: Send + 'static>(&self) -> Recipient<I> {
        let recipient = Recipient::of(self.handle.clone());
        recipient.unwrap_or_else(|| {
            let info = std::any::type_name::<I>();
            panic!(
                "`{info}` is not the `Info` of the channel of {}",
                self.topic
            )
        })
    }

    /// Sends an event to everyone on the topic, the channel included, as any other task could.
    ///
    /// # Panics
    /// When the payload has no JSON form, or the adapter fails.
    #[track_caller]
    pub fn broadcast(&self, event: &str, payload: impl IntoPayload) {
        self.publish(SubscriberId::unique(), event, payload);
    }

    /// As [`broadcast`](Self::broadcast), leaving out the test itself: its own
    /// [`assert_broadcast`](Self::assert_broadcast) does not see the event, the client does.
    ///
    /// # Panics
    /// As `broadcast`.
    #[track_caller]
    pub fn broadcast_from(&self, event: &str, payload: impl IntoPayload) {
        let test = self.broadcasts.as_ref().map(Broadcasts::subscriber_id);
        self.publish(test.unwrap_or_else(SubscriberId::unique), event, payload);
    }

    #[track_caller]
    fn publish(&self, from: SubscriberId, event: &str, payload: impl IntoPayload) {
        let payload = payload
            .into_payload()
            .unwrap_or_else(|cause| panic!("the payload of {event}: {cause}"));
        let pubsub = &self.connection.link.pubsub;
        let told = pubsub.broadcast_from(from, self.topic.clone(), event.to_owned(), payload);
        told.unwrap_or_else(|cause| panic!("{cause}"));
    }

    /// Waits until the client gets this event, pushed or broadcast, and takes it.
    ///
    /// # Panics
    /// When it does not come in time, or the channel crashes first.
    #[track_caller]
    pub fn assert_push(&self, event: &str, pattern: impl Pattern) -> impl Future<Output = Payload> {
        let at = Location::caller();
        async move {
            let wanted = format!("no push {event} of {}", pattern.describe());
            self.assert(at, &wanted, |frame| self.is_push(frame, event, &pattern))
                .await
        }
    }

    /// Makes sure that the client does not get such an event.
    ///
    /// # Panics
    /// When it does, or the channel crashes.
    #[track_caller]
    pub fn refute_push(&self, event: &str, pattern: impl Pattern) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            self.refute(at, |frame| self.is_push(frame, event, &pattern))
                .await;
        }
    }

    /// Waits for the reply to an event and takes it.
    ///
    /// # Panics
    /// When it does not come in time, or the channel crashes first.
    #[track_caller]
    pub fn assert_reply(
        &self,
        reference: &Ref,
        status: &str,
        pattern: impl Pattern,
    ) -> impl Future<Output = Payload> {
        let at = Location::caller();
        async move {
            let wanted = format!(
                "no reply {status} of {} to {}",
                pattern.describe(),
                reference.to_text()
            );
            self.assert(at, &wanted, |frame| {
                is_reply(frame, reference, status, &pattern)
            })
            .await
        }
    }

    /// Makes sure that the event is not answered like that.
    ///
    /// # Panics
    /// When it is, or the channel crashes.
    #[track_caller]
    pub fn refute_reply(
        &self,
        reference: &Ref,
        status: &str,
        pattern: impl Pattern,
    ) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            self.refute(at, |frame| is_reply(frame, reference, status, &pattern))
                .await;
        }
    }

    /// Waits for a broadcast to the topic and takes it.
    ///
    /// # Panics
    /// When none comes in time, or the test did not [subscribe](super::Socket::subscribe_and_join).
    #[track_caller]
    pub fn assert_broadcast(
        &mut self,
        event: &str,
        pattern: impl Pattern,
    ) -> impl Future<Output = Payload> {
        self.broadcasts().assert_broadcast(event, pattern)
    }

    /// Makes sure that no such broadcast comes.
    ///
    /// # Panics
    /// When one does, or the test did not [subscribe](super::Socket::subscribe_and_join).
    #[track_caller]
    pub fn refute_broadcast(
        &mut self,
        event: &str,
        pattern: impl Pattern,
    ) -> impl Future<Output = ()> {
        self.broadcasts().refute_broadcast(event, pattern)
    }

    #[track_caller]
    const fn broadcasts(&mut self) -> &mut Broadcasts {
        self.broadcasts
            .as_mut()
            .expect("broadcasts are asserted after `subscribe_and_join`")
    }

    /// Waits until the channel has ended, a crash included; returns why.
    ///
    /// # Panics
    /// When that takes longer than the assertions wait.
    #[track_caller]
    pub fn ended(&mut self) -> impl Future<Output = Reason> {
        let at = Location::caller();
        self.linked = false;
        async move {
            let ended = tokio::time::timeout(self.assert_timeout, self.reason()).await;
            ended.unwrap_or_else(|_| panic!("{at}: the channel of {} has not ended", self.topic))
        }
    }

    async fn reason(&self) -> Reason {
        poll_fn(|cx| self.handle.poll_ended(cx)).await;
        self.handle
            .reason()
            .expect("a channel that has ended knows why")
    }

    async fn assert(
        &self,
        at: &Location<'_>,
        wanted: &str,
        is_wanted: impl Fn(&Received) -> bool,
    ) -> Payload {
        let inbox = &self.connection.inbox;
        let found = inbox.wait(self.assert_timeout, || {
            let found = inbox.take(&is_wanted);
            if found.is_none() {
                self.check_crash(at);
            }
            found
        });
        match found.await {
            Some(frame) => frame.payload,
            None => fail(at, wanted, &inbox.list(&self.topic)),
        }
    }

    async fn refute(&self, at: &Location<'_>, is_unwanted: impl Fn(&Received) -> bool) {
        let inbox = &self.connection.inbox;
        let found = inbox
            .wait(self.refute_timeout, || {
                self.check_crash(at);
                inbox.take(&is_unwanted)
            })
            .await;
        if let Some(frame) = found {
            panic!("{at}: unexpected {frame}");
        }
    }

    fn check_crash(&self, at: &Location<'_>) {
        if let Some(Reason::Error(cause)) = self.handle.reason()
            && self.linked
        {
            panic!("{at}: the channel of {} crashed: {cause}", self.topic);
        }
    }

    fn is_push(&self, frame: &Received, event: &str, pattern: &impl Pattern) -> bool {
        frame.topic == self.topic
            && (frame.join_ref.is_null() || frame.join_ref == self.join_ref)
            && matches!(&frame.content, Content::Event(name) if name == event)
            && pattern.matches(&frame.payload)
    }
}

fn is_reply(frame: &Received, reference: &Ref, status: &str, pattern: &impl Pattern) -> bool {
    frame.reference == *reference
        && matches!(&frame.content, Content::Reply { status: found } if found == status)
        && pattern.matches(&frame.payload)
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}
