//! The beginning of a channel: its join, the reply and the subscription.

use std::sync::Arc;

use bytestring::ByteString;

use super::answer::JOIN_CRASHED;
use super::ending::Ending;
use super::fastlane::Fastlane;
use super::{ChannelCell, Handle, Joined};
use crate::assigns::Assigns;
use crate::channel::cell::ended;
use crate::channel::outbox::JoinId;
use crate::channel::seat::Seat;
use crate::channel::socket_ref::reply;
use crate::channel::{
    Channel, Crash, JoinError, JoinSocket, Link, PushError, Reason, Socket, guard,
};
use crate::protocol::{EncodeError, Payload, Ref, Reply, Status, WireFrame};
use crate::pubsub::Subscription;
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

/// The join itself: boxed by the caller, so that its size does not stay with the channel for life.
pub(super) async fn start<C: Channel>(
    join: Join,
    cell: Arc<ChannelCell<C::Info>>,
    mut ending: Ending<C::Info>,
) -> Option<Joined<C>> {
    if let Some(old) = &join.replaces {
        old.shut_down(Reason::DuplicateJoin);
        ended(std::slice::from_ref(old), join.link.limits.shutdown).await;
    }
    let mut socket = JoinSocket::new(Seat::new(
        join.link.clone(),
        join.assigns.clone(),
        cell,
        join.topic.clone(),
    ));
    let crash = match decide::<C>(&join, &mut socket).await {
        Ok((channel, response)) => match accept(&join, response, &socket, &ending) {
            Ok(subscription) => {
                return Some(Joined {
                    channel,
                    socket: Socket::new(socket, join.lent_ref()),
                    subscription: Some(subscription),
                    ending,
                });
            }
            Err(cause) => cause,
        },
        Err(JoinError::Refused(response)) => match join.answer(Status::ERROR, response) {
            Ok(()) => return ending.unjoined(),
            Err(cause) => cause.into(),
        },
        Err(JoinError::Crashed(cause)) => cause,
    };
    telemetry::channel_crashed(&join.topic, "join", &crash);
    ending.cell.end_for(Reason::Error(crash.to_string().into()));
    let response = Payload::json(&JOIN_CRASHED).expect("a map of text is JSON");
    let answered = join.answer(Status::ERROR, response);
    answered.expect("a small object fits every serializer");
    ending.unjoined()
}

/// Asks the channel; a panic is a crash.
async fn decide<C: Channel>(
    join: &Join,
    socket: &mut JoinSocket<C>,
) -> Result<(C, Payload), JoinError> {
    let joining = telemetry::Joining::begin(C::LOG_JOIN, &join.topic);
    let decided = guard(C::join(join.payload.clone(), socket)).await;
    let decided = decided.unwrap_or_else(|cause| Err(JoinError::Crashed(cause)));
    if !matches!(decided, Err(JoinError::Crashed(_))) {
        let filter = &join.link.filter;
        joining.end(decided.is_ok(), &join.topic, &join.payload, filter);
    }
    decided
}

/// Subscribes to the topic and queues the join reply as one step (J-3).
fn accept<C: Channel>(
    join: &Join,
    response: Payload,
    socket: &JoinSocket<C>,
    ending: &Ending<C::Info>,
) -> Result<Subscription, Crash> {
    // Whoever broadcasts to the topic waits for this step: the reply is compressed before it.
    let reply = join.link.outbox.compress(join.reply(response)?);
    let fastlane = Arc::new(Fastlane {
        link: join.link.clone(),
        cell: ending.cell.clone(),
        intercept: C::INTERCEPT,
    });
    let (topic, id) = (join.topic.clone(), socket.subscriber_id());
    let queue = || join.link.outbox.push_as_is(reply);
    Ok(join
        .link
        .pubsub
        .subscribe_then(topic, id, fastlane, queue)?)
}

impl Join {
    fn reply(&self, response: Payload) -> Result<WireFrame, EncodeError> {
        self.link.serializer.encode_reply(&Reply {
            join_ref: self.join_ref.clone(),
            reference: self.reference.clone(),
            topic: self.topic.clone().into(),
            status: Status::OK,
            response,
        })
    }

    fn answer(&self, status: Status, response: Payload) -> Result<(), PushError> {
        reply(
            &self.link,
            self.join_ref.clone(),
            self.reference.clone(),
            &self.topic,
            status,
            response,
        )
    }

    /// What the channel's frames carry: a join without `join_ref` lends them its ref (J-5).
    fn lent_ref(&self) -> Ref {
        let lent = if self.join_ref.is_null() {
            &self.reference
        } else {
            &self.join_ref
        };
        lent.clone()
    }
}
