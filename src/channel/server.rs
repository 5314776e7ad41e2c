//! The task of one joined topic.

use std::any::Any;
use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytestring::ByteString;
use parking_lot::Mutex;
use tokio::task::AbortHandle;
use tokio::task::coop::consume_budget;
use tokio::time::timeout;

use super::mailbox::{Mailbox, Refused};
use super::outbox::JoinId;
use super::socket::{NotDelivered, Receive, Seat, reply};
use super::{Channel, Crash, Flow, JoinError, JoinSocket, Link, Reason, Result, Socket};
use crate::assigns::Assigns;
use crate::protocol::{Message, Name, Payload, Push, Ref, Status, WireFrame, event};
use crate::pubsub::{Broadcast, Subscriber, Subscription};
use crate::telemetry;

/// A `phx_join` that found its route.
pub(crate) struct Join {
    pub(crate) id: JoinId,
    pub(crate) join_ref: Ref,
    pub(crate) reference: Ref,
    pub(crate) topic: ByteString,
    pub(crate) payload: Payload,
    pub(crate) link: Arc<Link>,
    /// The connection's assigns, or those of the route in front of them.
    pub(crate) assigns: Arc<Assigns>,
    /// The channel that has the topic on this connection still; it ends before the join runs.
    pub(crate) replaces: Option<Arc<dyn Handle>>,
}

/// What the connection holds of a channel.
pub(crate) trait Handle: Send + Sync {
    fn deliver(&self, message: Box<Message>) -> std::result::Result<(), Refused<Box<Message>>>;
    fn leave(&self, message: Box<Message>) -> std::result::Result<(), Refused<Box<Message>>>;
    /// Ready when `deliver` finds room or finds the channel ended.
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()>;
    /// Asks the channel to end; it may take its shutdown time.
    fn shut_down(&self, reason: Reason);
    /// Ready when the channel has ended.
    fn poll_ended(&self, cx: &mut Context<'_>) -> Poll<()>;
    fn kill(&self);
    /// Why the channel has ended or is about to; none while it lives.
    fn reason(&self) -> Option<Reason>;
    /// For [`Recipient::of`](super::Recipient::of), which knows the type of the channel's messages.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

pub(super) enum Mail<I> {
    Message(Box<Message>),
    Leave(Box<Message>),
    Info(I),
    Out(Broadcast),
    ShutDown(Reason),
}

/// What a channel's task shares with those who send to it.
pub(crate) struct Cell<I> {
    mailbox: Mailbox<Mail<I>>,
    /// Somebody's mail found no room: the channel has missed something and must start afresh.
    overflowed: AtomicBool,
    task: OnceLock<AbortHandle>,
    end: Mutex<End>,
}

#[derive(Default)]
struct End {
    reached: bool,
    /// Boxed: nearly every channel lives.
    reason: Option<Box<Reason>>,
    waiting: Vec<Waker>,
}

impl<I: Send + 'static> Cell<I> {
    fn new(mail_max: usize) -> Self {
        Self {
            mailbox: Mailbox::new(mail_max),
            overflowed: AtomicBool::new(false),
            task: OnceLock::new(),
            end: Mutex::default(),
        }
    }

    pub(super) fn send_self(&self, info: I) -> std::result::Result<(), NotDelivered<I>> {
        self.mailbox
            .send_reserved(Mail::Info(info))
            .map_err(into_not_delivered)
    }

    /// Notes why the channel ends; the first reason counts.
    fn end_for(&self, reason: Reason) {
        self.end
            .lock()
            .reason
            .get_or_insert_with(|| Box::new(reason));
    }

    /// Delivers what a subscription brings. A channel that does not keep up ends with `phx_error`, so that its client
    /// starts from a fresh state instead of one with a gap.
    pub(super) fn deliver_or_end(&self, mail: Mail<I>) {
        if let Err(Refused::Full(_)) = self.mailbox.send(mail) {
            self.overflowed.store(true, Ordering::Release);
        }
    }
}

fn into_not_delivered<I>(refused: Refused<Mail<I>>) -> NotDelivered<I> {
    match refused {
        Refused::Closed(Mail::Info(info)) => NotDelivered::Ended(info),
        Refused::Full(Mail::Info(info)) => NotDelivered::Full(info),
        _ => unreachable!("a mailbox hands back the mail it refused"),
    }
}

impl<I: Send + 'static> Receive<I> for Cell<I> {
    fn receive(&self, info: I) -> std::result::Result<(), NotDelivered<I>> {
        self.mailbox
            .send(Mail::Info(info))
            .map_err(into_not_delivered)
    }

    #[cfg(feature = "live")]
    fn receive_reserved(&self, info: I) -> std::result::Result<(), NotDelivered<I>> {
        self.send_self(info)
    }

    #[cfg(feature = "live")]
    fn receive_or_end(&self, info: I) {
        if let Err(NotDelivered::Full(_)) = self.send_self(info) {
            self.overflowed.store(true, Ordering::Release);
        }
    }
}

impl<I: Send + 'static> Handle for Cell<I> {
    fn deliver(&self, message: Box<Message>) -> std::result::Result<(), Refused<Box<Message>>> {
        self.mailbox
            .send(Mail::Message(message))
            .map_err(into_message)
    }

    fn leave(&self, message: Box<Message>) -> std::result::Result<(), Refused<Box<Message>>> {
        self.mailbox
            .send_reserved(Mail::Leave(message))
            .map_err(into_message)
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.mailbox.poll_room(cx)
    }

    fn shut_down(&self, reason: Reason) {
        // A mailbox with no room even for this belongs to a channel that must be killed after its shutdown time.
        let _ = self.mailbox.send_reserved(Mail::ShutDown(reason));
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

fn into_message<I>(refused: Refused<Mail<I>>) -> Refused<Box<Message>> {
    match refused {
        Refused::Closed(Mail::Message(message) | Mail::Leave(message)) => Refused::Closed(message),
        Refused::Full(Mail::Message(message) | Mail::Leave(message)) => Refused::Full(message),
        _ => unreachable!("a mailbox hands back the mail it refused"),
    }
}

/// Waits until channels that were told to shut down have ended; kills those that have not after the one shutdown time
/// that all of them have together.
pub(crate) async fn ended(handles: &[Arc<dyn Handle>], shutdown: Duration) {
    if timeout(shutdown, all_ended(handles)).await.is_err() {
        handles.iter().for_each(|handle| handle.kill());
        all_ended(handles).await;
    }
}

async fn all_ended(handles: &[Arc<dyn Handle>]) {
    for handle in handles {
        poll_fn(|cx| handle.poll_ended(cx)).await;
    }
}

/// Starts the task of a topic.
pub(crate) fn spawn<C: Channel>(join: Join) -> Arc<dyn Handle> {
    let cell = Arc::new(Cell::new(join.link.limits.mail_max));
    let task = tokio::spawn(run::<C>(join, cell.clone()));
    let _ = cell.task.set(task.abort_handle());
    cell
}

async fn run<C: Channel>(join: Join, cell: Arc<Cell<C::Info>>) {
    let ending = Ending {
        cell: cell.clone(),
        link: join.link.clone(),
        id: join.id,
        join_ref: join.join_ref.clone(),
        topic: join.topic.clone(),
        last: Last::Error,
    };
    let Some(joined) = Box::pin(start::<C>(join, cell, ending)).await else {
        return;
    };
    joined.serve().await;
}

/// The join itself: boxed by the caller, so that its size does not stay with the channel for life.
async fn start<C: Channel>(
    join: Join,
    cell: Arc<Cell<C::Info>>,
    mut ending: Ending<C::Info>,
) -> Option<Joined<C>> {
    if let Some(old) = &join.replaces {
        old.shut_down(Reason::DuplicateJoin);
        ended(std::slice::from_ref(old), join.link.limits.shutdown).await;
    }
    let joining = telemetry::Joining::begin(C::LOG_JOIN, &join.topic);
    let mut socket = JoinSocket::new(Seat::new(
        join.link.clone(),
        join.assigns.clone(),
        cell,
        join.topic.clone(),
    ));
    let joined = guard(C::join(join.payload.clone(), &mut socket)).await;
    let (status, response, channel) = match joined {
        Ok(Ok((channel, response))) => (Status::OK, response, Some(channel)),
        Ok(Err(JoinError::Refused(response))) => (Status::ERROR, response, None),
        Ok(Err(JoinError::Crashed(cause))) | Err(cause) => {
            telemetry::channel_crashed(&join.topic, "join", &cause);
            ending.cell.end_for(Reason::Error(cause.to_string().into()));
            return refuse_crashed(&join, ending);
        }
    };
    joining.end(
        channel.is_some(),
        &join.topic,
        &join.payload,
        &join.link.filter,
    );
    let Some(channel) = channel else {
        let answered = answer(&join, Status::ERROR, response);
        return if answered.is_err() {
            refuse_crashed(&join, ending)
        } else {
            ending.unjoined()
        };
    };
    let frame = join.link.serializer.encode_reply(&crate::protocol::Reply {
        join_ref: join.join_ref.clone(),
        reference: join.reference.clone(),
        topic: join.topic.clone().into(),
        status,
        response,
    });
    let Ok(frame) = frame else {
        return refuse_crashed(&join, ending);
    };
    let Ok(subscription) = subscribe::<C>(&socket, frame) else {
        telemetry::channel_crashed(
            &join.topic,
            "join",
            &Crash::new("the pubsub holds no more subscriptions"),
        );
        return refuse_crashed(&join, ending);
    };
    let join_ref = if join.join_ref.is_null() {
        join.reference
    } else {
        join.join_ref
    };
    let socket = Socket::new(socket, join_ref);
    Some(Joined {
        channel,
        socket,
        subscription: Some(subscription),
        ending,
    })
}

/// Subscribes to the topic and queues the join reply as one step (J-3).
fn subscribe<C: Channel>(
    socket: &JoinSocket<C>,
    reply: WireFrame,
) -> std::result::Result<Subscription, crate::registry::RegisterError> {
    let fastlane = Arc::new(Fastlane {
        link: socket.seat.link.clone(),
        cell: socket.seat.cell.clone(),
        intercept: C::INTERCEPT,
    });
    let link = socket.seat.link.clone();
    socket.seat.link.pubsub.subscribe_then(
        socket.seat.topic.clone(),
        socket.seat.id,
        fastlane,
        || link.outbox.push(reply),
    )
}

fn answer(
    join: &Join,
    status: Status,
    response: Payload,
) -> std::result::Result<(), super::PushError> {
    reply(
        &join.link,
        join.join_ref.clone(),
        join.reference.clone(),
        &join.topic,
        status,
        response,
    )
}

fn refuse_crashed<C: Channel>(join: &Join, mut ending: Ending<C::Info>) -> Option<Joined<C>> {
    let response = Payload::json(&JOIN_CRASHED).expect("a map of text is JSON");
    answer(join, Status::ERROR, response).expect("a small object fits every serializer");
    ending.unjoined()
}

#[derive(serde::Serialize)]
struct WithReason {
    reason: &'static str,
}

const JOIN_CRASHED: WithReason = WithReason {
    reason: "join crashed",
};
const UNMATCHED_TOPIC: WithReason = WithReason {
    reason: "unmatched topic",
};
const CHANNEL_CRASH: WithReason = WithReason {
    reason: "channel_crash",
};

/// The answer to a message whose topic has no channel (D-3, D-7, D-10).
pub(crate) fn unmatched(link: &Link, message: Message) -> WireFrame {
    let left = message.event == event::PHX_LEAVE;
    let (join_ref, status, response) = if left {
        (message.join_ref, Status::OK, Payload::empty())
    } else {
        let response = Payload::json(&UNMATCHED_TOPIC).expect("a map of text is JSON");
        (Ref::NULL, Status::ERROR, response)
    };
    let answer = crate::protocol::Reply {
        join_ref,
        reference: message.reference,
        topic: message.topic,
        status,
        response,
    };
    link.serializer
        .encode_reply(&answer)
        .expect("a small JSON object fits every serializer")
}

/// Hands the broadcasts of the channel's own topic straight to the connection; intercepted ones to the channel (BC-1).
struct Fastlane<I> {
    link: Arc<Link>,
    cell: Arc<Cell<I>>,
    intercept: &'static [&'static str],
}

impl<I: Send + 'static> Subscriber for Fastlane<I> {
    fn deliver(&self, broadcast: &Broadcast) {
        if self.intercept.contains(&broadcast.event()) {
            self.cell.deliver_or_end(Mail::Out(broadcast.clone()));
            return;
        }
        match broadcast.frame(self.link.serializer) {
            Ok(frame) => self.link.outbox.push(frame.clone()),
            Err(cause) => {
                telemetry::broadcast_not_encoded(broadcast.topic(), broadcast.event(), cause);
            }
        }
    }
}

/// A joined channel at work.
struct Joined<C: Channel> {
    /// To the channel's own topic; none once the channel closes. It goes before all that the channel owns, so that the
    /// client hears nothing of its own going: a presence diff, say.
    subscription: Option<Subscription>,
    channel: C,
    socket: Socket<C>,
    ending: Ending<C::Info>,
}

impl<C: Channel> Joined<C> {
    async fn serve(mut self) {
        let begun = guard(self.channel.after_join(&mut self.socket)).await;
        let mut step = flatten(begun).map(|()| None::<Reason>);
        loop {
            match step {
                Ok(None) => {}
                Ok(Some(reason)) if reason.is_graceful() => return self.close(reason).await,
                Ok(Some(reason)) => return self.crash(reason).await,
                Err(cause) => {
                    telemetry::channel_crashed(self.socket.topic(), "callback", &cause);
                    return self.crash(Reason::Error(cause.to_string().into())).await;
                }
            }
            // A mailbox that never empties must not keep the thread from the other tasks.
            consume_budget().await;
            let mail = self.ending.cell.mailbox.receive().await;
            if self.ending.cell.overflowed.load(Ordering::Acquire) {
                telemetry::mailbox_overflowed(self.socket.topic());
                return self.crash(Reason::Error("mailbox overflowed".into())).await;
            }
            step = self.handle(mail).await;
        }
    }

    /// One callback; a reason when the channel ends.
    async fn handle(&mut self, mail: Mail<C::Info>) -> Result<Option<Reason>> {
        let flow = match mail {
            Mail::Message(message) => return self.handle_in(*message).await,
            Mail::Info(info) => guard(self.channel.handle_info(info, &mut self.socket)).await,
            Mail::Out(broadcast) => {
                guard(self.channel.handle_out(broadcast, &mut self.socket)).await
            }
            Mail::Leave(message) => {
                // Whoever has the reply hears nothing more of the topic.
                self.subscription = None;
                self.socket.current = Some(message.reference);
                self.socket.reply(Status::OK, Payload::empty())?;
                return Ok(Some(Reason::Left));
            }
            Mail::ShutDown(reason) => return Ok(Some(reason)),
        };
        self.follow(flatten(flow)?)
    }

    async fn handle_in(&mut self, message: Message) -> Result<Option<Reason>> {
        let Some(event) = message.event.text() else {
            return Err(Crash::new("the event is not text"));
        };
        let topic = self.socket.topic();
        let handling = telemetry::HandlingIn::begin(C::LOG_HANDLE_IN, topic, &message.payload);
        self.socket.current = Some(message.reference);
        let flow = guard(
            self.channel
                .handle_in(event, message.payload, &mut self.socket),
        )
        .await;
        let step = flatten(flow).and_then(|flow| self.follow(flow));
        self.socket.current = None;
        let (channel, topic) = (std::any::type_name::<C>(), self.socket.topic());
        handling.end(channel, topic, event, &self.ending.link.filter);
        step
    }

    fn follow(&self, flow: Flow) -> Result<Option<Reason>> {
        Ok(match flow {
            Flow::NoReply => None,
            Flow::Reply(status, payload) => {
                self.socket.reply(status, payload)?;
                None
            }
            Flow::Stop(reason) => Some(reason),
            Flow::StopReply(reason, status, payload) => {
                self.socket.reply(status, payload)?;
                Some(reason)
            }
        })
    }

    /// A graceful end: `phx_close`, then `terminate`, whose pushes follow it (E-1).
    async fn close(mut self, reason: Reason) {
        self.ending.cell.end_for(reason.clone());
        let frame = match reason {
            Reason::Closed | Reason::Draining => Last::Nothing,
            _ => Last::Close,
        };
        self.ending.last = frame;
        self.subscription = None;
        self.ending.tell_connection();
        self.channel_ended(&reason).await;
    }

    /// Any other end: `terminate`, whose pushes still reach the client, then `phx_error` (E-1).
    async fn crash(mut self, reason: Reason) {
        self.ending.cell.end_for(reason.clone());
        self.channel_ended(&reason).await;
    }

    async fn channel_ended(&mut self, reason: &Reason) {
        self.socket.current = None;
        if let Err(cause) = guard(self.channel.terminate(reason, &mut self.socket)).await {
            telemetry::channel_crashed(self.socket.topic(), "terminate", &cause);
        }
    }
}

/// What the client is told last.
enum Last {
    Close,
    Error,
    Nothing,
}

/// The reason of a channel that was not there to give one.
const KILLED: Reason = Reason::Error(Cow::Borrowed("killed"));

/// Tells the connection and the client that the channel has ended, at the latest when the task is dropped: also when
/// it was killed.
struct Ending<I: Send + 'static> {
    cell: Arc<Cell<I>>,
    link: Arc<Link>,
    id: JoinId,
    join_ref: Ref,
    topic: ByteString,
    last: Last,
}

impl<I: Send + 'static> Ending<I> {
    /// Ends a channel that was never joined: what came in meanwhile is answered as for an unknown topic.
    fn unjoined<T>(&mut self) -> Option<T> {
        for mail in self.cell.mailbox.close() {
            if let Mail::Message(message) | Mail::Leave(message) = mail {
                self.link.outbox.push(unmatched(&self.link, *message));
            }
        }
        self.cell.end_for(Reason::Normal);
        self.last = Last::Nothing;
        self.tell_connection();
        None
    }

    fn tell_connection(&mut self) {
        drop(self.cell.mailbox.close());
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
        let waiting = {
            self.cell.end_for(KILLED);
            let mut end = self.cell.end.lock();
            end.reached = true;
            std::mem::take(&mut end.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// Runs a callback; a panic becomes an error.
pub(crate) async fn guard<F: Future>(callback: F) -> Result<F::Output> {
    let mut callback = pin!(callback);
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| callback.as_mut().poll(cx))) {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => Poll::Ready(Err(Crash::new(panic_text(&*panic)))),
        },
    )
    .await
}

fn flatten<T>(result: Result<Result<T>>) -> Result<T> {
    result.and_then(std::convert::identity)
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panicked: {}", text.unwrap_or("no message"))
}
