//! What clients are told when there is no channel to tell them.

use crate::channel::Link;
use crate::protocol::{Message, Payload, Ref, Reply, Status, WireFrame, event};

#[derive(serde::Serialize)]
pub(super) struct WithReason {
    reason: &'static str,
}

pub(super) const JOIN_CRASHED: WithReason = WithReason {
    reason: "join crashed",
};
const UNMATCHED_TOPIC: WithReason = WithReason {
    reason: "unmatched topic",
};
pub(super) const CHANNEL_CRASH: WithReason = WithReason {
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
    let answer = Reply {
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
