//! Performs what the connection machine decides: starts channels, fills mailboxes, answers.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytestring::ByteString;
use tokio::runtime::Handle as Runtime;

use super::Handled;
use crate::channel::{
    self, ChannelStatus, CloseCode, Handle, InFlight, Join, JoinedChannel, Leaving, Link, Reason,
    Refused, Taken,
};
use crate::protocol::{Frame, Message, Payload, Ref, Reply, Status, event};
use crate::pubsub::{Broadcast, Subscriber, SubscriberId, Subscription};
use crate::socket::{Action, Connection, Routes};
use crate::telemetry;

/// One connection and its channels, driven by a transport.
pub(crate) struct Channels {
    connection: Connection<Arc<dyn Handle>>,
    link: Arc<Link>,
    routes: Arc<Routes>,
    /// A message whose channel has no room for it; nothing more may be handled before it is delivered.
    waiting: Option<(Arc<dyn Handle>, Box<Message>)>,
    /// The subscription to the socket's id.
    disconnect: Option<Subscription>,
}

impl Channels {
    pub(crate) fn new(link: Arc<Link>, routes: Arc<Routes>, channels_max: usize) -> Self {
        let disconnect = subscribe_to_disconnect(&link);
        Self {
            connection: Connection::new(channels_max),
            link,
            routes,
            waiting: None,
            disconnect,
        }
    }

    pub(crate) const fn link(&self) -> &Arc<Link> {
        &self.link
    }

    pub(crate) fn handle_frame(&mut self, frame: Frame) -> Handled {
        match self.link.serializer.decode(frame) {
            Ok(message) => self.handle(message),
            Err(cause) => {
                telemetry::frame_malformed(&cause);
                Handled::Malformed
            }
        }
    }

    /// The channel that has the topic.
    pub(crate) fn channel(&self, topic: &str) -> Option<Arc<dyn Handle>> {
        self.connection.find(topic).cloned()
    }

    pub(crate) fn handle(&mut self, message: Message) -> Handled {
        match self.connection.handle(message) {
            Action::Heartbeat(message) => {
                self.answer(Ref::NULL, message, Status::OK, Payload::empty());
            }
            Action::Unmatched(message) => self.unmatched(message),
            Action::TooManyChannels(message) => {
                let reason = Payload::from_json_text(r#"{"reason":"too many channels joined"}"#);
                let reason = reason.expect("the text is JSON");
                self.answer(message.join_ref.clone(), message, Status::ERROR, reason);
            }
            Action::Join {
                id,
                message,
                replaces,
            } => self.join(id, message, replaces),
            Action::Deliver(handle, message) => {
                let handle = handle.clone();
                if let Some(message) = self.deliver(&handle, Box::new(message)) {
                    self.waiting = Some((handle, message));
                    return Handled::Waiting;
                }
            }
            Action::Leave(handle, message) => {
                if let Err(Refused::Closed(message) | Refused::Full(message)) =
                    handle.leave(Box::new(message))
                {
                    self.unmatched(*message);
                }
            }
            Action::Drop => {}
        }
        Handled::Done
    }

    fn join(&mut self, id: channel::JoinId, message: Message, replaces: Option<Arc<dyn Handle>>) {
        let topic = message.topic.as_str();
        let found = topic.and_then(|topic| Some((self.routes.find(topic)?, topic)));
        let Some((starter, topic)) = found else {
            if let Some(old) = replaces {
                old.shut_down(Reason::DuplicateJoin);
            }
            telemetry::topic_unmatched(message.topic.to_text());
            return self.unmatched(message);
        };
        if replaces.is_some() {
            telemetry::joined_twice(topic);
        }
        let topic = ByteString::from(topic);
        let handle = starter.start(Join {
            id,
            join_ref: message.join_ref.clone(),
            reference: message.reference,
            topic: topic.clone(),
            payload: message.payload,
            link: self.link.clone(),
            assigns: self.link.assigns.clone(),
            replaces,
        });
        self.connection.joined(id, topic, message.join_ref, handle);
    }

    fn unmatched(&self, message: Message) {
        self.link
            .outbox
            .push(channel::unmatched(&self.link, message));
    }

    fn answer(&self, join_ref: Ref, message: Message, status: Status, response: Payload) {
        let Message {
            reference, topic, ..
        } = message;
        let reply = Reply {
            join_ref,
            reference,
            topic,
            status,
            response,
        };
        let frame = self.link.serializer.encode_reply(&reply);
        self.link
            .outbox
            .push(frame.expect("a small JSON object fits every serializer"));
    }

    /// Ready when the next frame can be handled.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some((handle, message)) = self.waiting.take() {
            if handle.poll_room(cx, &message).is_pending() {
                self.waiting = Some((handle, message));
                return Poll::Pending;
            }
            if let Some(message) = self.deliver(&handle, message) {
                self.waiting = Some((handle, message));
            }
        }
        Poll::Ready(())
    }

    /// Puts a message into the channel's mailbox; hands it back when there is no room.
    fn deliver(&self, handle: &Arc<dyn Handle>, message: Box<Message>) -> Option<Box<Message>> {
        let counted = InFlight::new(&self.link, message.payload.len());
        match handle.deliver(message, counted) {
            Ok(()) => None,
            Err(Refused::Closed(message)) => {
                self.unmatched(*message);
                None
            }
            Err(Refused::Full(message)) => Some(message),
        }
    }

    /// Forgets channels that have ended, and answers what was asked.
    pub(crate) fn hear(&mut self, news: &mut Taken) {
        for leaving in &news.leaving {
            match *leaving {
                Leaving::Closed(join) => self.connection.closed(join),
                Leaving::Ended(join) => self.connection.ended(join),
            }
        }
        for question in news.asked.drain(..) {
            // Whoever asked may have gone.
            let _ = question.send(self.list_channels());
        }
    }

    fn list_channels(&self) -> Vec<JoinedChannel> {
        let channels = self.connection.iter().map(|(topic, handle)| JoinedChannel {
            topic: topic.clone(),
            status: match handle.reason() {
                None => ChannelStatus::Joined,
                Some(_) => ChannelStatus::Leaving,
            },
        });
        channels.collect()
    }

    /// Ends every channel of a connection that is gone, and waits until they have ended.
    pub(crate) async fn terminate(mut self, reason: Reason) {
        let handles = self.shut_down(&reason);
        let shutdown = self.link.limits.shutdown;
        drop(self);
        channel::ended(&handles, shutdown).await;
    }

    fn shut_down(&mut self, reason: &Reason) -> Vec<Arc<dyn Handle>> {
        self.disconnect = None;
        self.link.outbox.shut();
        let handles: Vec<_> = self.connection.take_handles().collect();
        for handle in &handles {
            handle.shut_down(reason.clone());
        }
        handles
    }
}

/// A transport that panics, or is dropped at work, leaves no channel behind.
impl Drop for Channels {
    fn drop(&mut self) {
        let handles = self.shut_down(&Reason::Closed);
        if let (false, Ok(runtime)) = (handles.is_empty(), Runtime::try_current()) {
            let shutdown = self.link.limits.shutdown;
            runtime.spawn(async move { channel::ended(&handles, shutdown).await });
        }
    }
}

/// Closes the connection when `disconnect` is broadcast on its id (K-1).
fn subscribe_to_disconnect(link: &Arc<Link>) -> Option<Subscription> {
    let id = link.id.clone()?;
    let subscriber = Arc::new(Disconnect(link.clone()));
    match link
        .pubsub
        .subscribe(id, SubscriberId::unique(), subscriber)
    {
        Ok(subscription) => Some(subscription),
        Err(cause) => {
            // A connection that nobody could log out must not live.
            telemetry::socket_id_not_subscribed(&cause);
            link.outbox.close(CloseCode::Restart);
            None
        }
    }
}

struct Disconnect(Arc<Link>);

impl Subscriber for Disconnect {
    fn deliver(&self, broadcast: &Broadcast) {
        if broadcast.event() == event::DISCONNECT {
            self.0.outbox.close(CloseCode::Disconnected);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::poll_fn;

    use tokio::sync::mpsc;
    use tokio::time::Instant;

    use super::*;
    use crate::channel::{Channel, JoinError, JoinId, JoinSocket, Socket};
    use crate::socket::{Accepted, Driver, Limits};

    type Told = mpsc::UnboundedSender<Reason>;

    /// Tells why it ends, and takes forever to do so.
    struct Stuck(Told);

    impl Channel for Stuck {
        type Info = ();

        async fn join(
            _: Payload,
            socket: &mut JoinSocket<Self>,
        ) -> Result<(Self, Payload), JoinError> {
            Ok((Self(socket.assigns::<Told>().clone()), Payload::empty()))
        }

        async fn terminate(&mut self, reason: &Reason, _: &mut Socket<Self>) {
            self.0.send(reason.clone()).expect("the test listens");
            std::future::pending::<()>().await;
        }
    }

    /// A connection with three channels that do not end.
    fn joined() -> (Driver, mpsc::UnboundedReceiver<Reason>) {
        let (told, heard) = mpsc::unbounded_channel();
        let routes = Routes::new().channel::<Stuck>("stuck:*");
        let mut accepted = Accepted::anonymous(routes, Limits::default());
        accepted.assigns.assign(told);
        let mut driver = Driver::new(accepted);
        for n in 1..=3 {
            let join = format!(r#"["{n}","{n}","stuck:{n}","phx_join",{{}}]"#);
            assert_eq!(driver.handle_frame(Frame::Text(join.into())), Handled::Done);
        }
        (driver, heard)
    }

    // E-4
    #[tokio::test(start_paused = true)]
    async fn all_channels_of_a_connection_share_one_shutdown_time() {
        let (driver, mut heard) = joined();
        let begin = Instant::now();
        driver.terminate(Reason::Closed).await;
        let shutdown = Limits::default().shutdown;
        // The clock stands still but for the timer.
        assert!((shutdown..shutdown * 2).contains(&begin.elapsed()));
        for _ in 0..3 {
            assert!(matches!(heard.recv().await, Some(Reason::Closed)));
        }
        assert!(heard.recv().await.is_none(), "every channel is gone");
    }

    // E-4
    #[tokio::test(start_paused = true)]
    async fn a_channel_that_was_left_and_does_not_end_is_killed_with_its_connection() {
        let (mut driver, mut heard) = joined();
        let leave = Frame::Text(r#"["1","4","stuck:1","phx_leave",{}]"#.into());
        assert_eq!(driver.handle_frame(leave), Handled::Done);
        assert!(matches!(heard.recv().await, Some(Reason::Left)));
        let mut batch = VecDeque::new();
        let mut news = poll_fn(|cx| driver.outbox().poll_take(cx, &mut batch)).await;
        assert_eq!(news.leaving, [Leaving::Closed(JoinId(1))]);
        driver.hear(&mut news);
        driver.terminate(Reason::Closed).await;
        for _ in 0..2 {
            assert!(matches!(heard.recv().await, Some(Reason::Closed)));
        }
        assert!(heard.recv().await.is_none(), "every channel is gone");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_whose_task_panics_ends_its_channels() {
        let (driver, mut heard) = joined();
        let task = tokio::spawn(async move {
            let _driver = driver;
            panic!("on purpose");
        });
        assert!(task.await.is_err_and(|cause| cause.is_panic()));
        for _ in 0..3 {
            assert!(matches!(heard.recv().await, Some(Reason::Closed)));
        }
        assert!(heard.recv().await.is_none(), "every channel is gone");
    }
}
