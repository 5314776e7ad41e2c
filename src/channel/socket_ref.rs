//! Replies, at once and later.

use std::fmt;
use std::sync::Arc;

use bytestring::ByteString;

use super::flow::IntoPayload;
use super::{Link, PushError};
use crate::protocol::{Name, Payload, Ref, Reply, Status};

pub(super) fn reply(
    link: &Link,
    join_ref: Ref,
    reference: Ref,
    topic: &ByteString,
    status: Status,
    response: Payload,
) -> Result<(), PushError> {
    let topic: Name = topic.clone().into();
    let frame = link.serializer.encode_reply(&Reply {
        join_ref,
        reference,
        topic,
        status,
        response,
    })?;
    link.outbox.push(frame);
    Ok(())
}

/// Answers one event of a client, once or more often, from any task (H-4).
#[derive(Clone)]
pub struct SocketRef {
    pub(super) link: Arc<Link>,
    pub(super) join_ref: Ref,
    pub(super) reference: Ref,
    pub(super) topic: ByteString,
}

impl SocketRef {
    /// Sends the reply.
    ///
    /// # Errors
    /// When the payload cannot be written for this client.
    pub fn reply(&self, status: Status, payload: impl IntoPayload) -> Result<(), PushError> {
        let response = payload.into_payload()?;
        reply(
            &self.link,
            self.join_ref.clone(),
            self.reference.clone(),
            &self.topic,
            status,
            response,
        )
    }
}

impl fmt::Debug for SocketRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketRef")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}
