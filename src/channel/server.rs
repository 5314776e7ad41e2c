//! The task of one joined topic.

mod answer;
mod ending;
mod fastlane;
mod join;
mod mail;

use std::future::Future;
use std::sync::Arc;

use tokio::task::coop::consume_budget;

use super::{Channel, ChannelLimits, Crash, Flow, Reason, Result, Socket, guard};
use crate::protocol::{Message, Payload, Status};
use crate::pubsub::Subscription;
use crate::telemetry;

use ending::{Ending, Last};

pub(crate) use answer::unmatched;
pub(crate) use join::Join;
pub(crate) use mail::{ChannelCell, ChannelMail, Handle};

/// Starts the task of a topic.
pub(crate) fn spawn<C: Channel>(join: Join) -> Arc<dyn Handle> {
    let limits = join.link.limits;
    spawn_within::<C>(join, limits)
}

/// As [`spawn`], with a mailbox of its own size.
#[cfg(feature = "live")]
pub(crate) fn spawn_with<C: Channel>(join: Join, mail_max: usize) -> Arc<dyn Handle> {
    let mut limits = join.link.limits;
    limits.mail.mail_max = mail_max;
    spawn_within::<C>(join, limits)
}

fn spawn_within<C: Channel>(join: Join, limits: ChannelLimits) -> Arc<dyn Handle> {
    let cell = Arc::new(ChannelCell::new(limits));
    let task = tokio::spawn(run::<C>(join, cell.clone()));
    cell.runs_in(task.abort_handle());
    cell
}

fn run<C: Channel>(join: Join, cell: Arc<ChannelCell<C::Info>>) -> impl Future<Output = ()> + Send {
    let ending = Ending {
        cell: cell.clone(),
        link: join.link.clone(),
        id: join.id,
        join_ref: join.join_ref.clone(),
        topic: join.topic.clone(),
        last: Last::Error,
    };
    // The rare stretches of a channel's life are boxed, and what it is made of is lent, not moved from one stretch to the
    // next: a task is as large as its largest moment for as long as it lives.
    let joining = Box::pin(join::start::<C>(join, cell, ending));
    async move {
        let Some(mut joined) = joining.await else {
            return;
        };
        let reason = joined.serve().await;
        Box::pin(joined.end(reason)).await;
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
    /// Runs callbacks until one of them, or somebody else, gives a reason to end.
    async fn serve(&mut self) -> Reason {
        let begun = Box::pin(guard(self.channel.after_join(&mut self.socket))).await;
        let mut step = flatten(begun).map(|()| None::<Reason>);
        loop {
            match step {
                Ok(None) => {}
                Ok(Some(reason)) => return reason,
                Err(cause) => {
                    telemetry::channel_crashed(self.socket.topic(), "callback", &cause);
                    return Reason::Error(cause.to_string().into());
                }
            }
            // A mailbox that never empties must not keep the thread from the other tasks.
            consume_budget().await;
            step = match self.ending.cell.receive().await {
                Ok(mail) => self.handle(mail).await,
                Err(overflowed) => {
                    telemetry::mailbox_overflowed(self.socket.topic());
                    return Reason::Error(overflowed.to_string().into());
                }
            };
        }
    }

    /// One callback; a reason when the channel ends.
    async fn handle(&mut self, mail: ChannelMail<C::Info>) -> Result<Option<Reason>> {
        let flow = match mail {
            ChannelMail::Message(message, in_flight) => {
                let step = self.handle_in(message).await;
                // Its answer has its place in the outbox by now.
                drop(in_flight);
                return step;
            }
            ChannelMail::Info(info, _) => {
                guard(self.channel.handle_info(info, &mut self.socket)).await
            }
            ChannelMail::Out(broadcast) => {
                guard(self.channel.handle_out(broadcast, &mut self.socket)).await
            }
            ChannelMail::Leave(message) => {
                // Whoever has the reply hears nothing more of the topic.
                self.subscription = None;
                self.socket.current = Some(message.reference);
                self.socket.reply(Status::OK, Payload::empty())?;
                return Ok(Some(Reason::Left));
            }
            ChannelMail::ShutDown(reason) => return Ok(Some(reason)),
        };
        self.follow(flatten(flow)?)
    }

    async fn handle_in(&mut self, message: Box<Message>) -> Result<Option<Reason>> {
        let Some(event) = message.event.as_str() else {
            return Err(Crash::new("the event is not text"));
        };
        let topic = self.socket.topic();
        let handling = telemetry::HandlingIn::begin(C::LOG_HANDLE_IN, topic, &message.payload);
        self.socket.current = Some(message.reference.clone());
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

    async fn end(&mut self, reason: Reason) {
        if reason.is_graceful() {
            self.close(reason).await;
        } else {
            self.crash(reason).await;
        }
    }

    /// A graceful end: `phx_close`, then `terminate`, whose pushes follow it (E-1).
    async fn close(&mut self, reason: Reason) {
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
    async fn crash(&mut self, reason: Reason) {
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

fn flatten<T>(result: Result<Result<T>>) -> Result<T> {
    result.and_then(std::convert::identity)
}
