//! A connection of a test.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::broadcasts::Broadcasts;
use super::connection::Connection;
use super::inbox::{Content, Received, fail};
use super::{ASSERT_TIMEOUT, Channel};
use crate::assigns::Assigns;
use crate::channel::{CloseCode, IntoPayload, Reason};
use crate::protocol::{Payload, Status};
use crate::socket::Accepted;

/// A connected socket, what `connect/3` and `socket/3` of `Phoenix.ChannelTest` return; cloning shares it.
///
/// The connection closes, as when the client goes away, with the last of its sockets and channels.
#[derive(Clone)]
pub struct Socket {
    connection: Arc<Connection>,
}

impl Socket {
    #[track_caller]
    pub(super) fn new(accepted: Accepted) -> Self {
        Self {
            connection: Arc::new(Connection::open(accepted)),
        }
    }

    /// The socket's id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.connection.link.id.as_deref()
    }

    /// What `connect` assigned, in front of the endpoint's assigns.
    #[must_use]
    pub fn assigns(&self) -> &Assigns {
        &self.connection.link.assigns
    }

    /// Joins a topic; the payloads are those of the reply, as in `{:ok, reply, socket}` and `{:error, reply}`.
    ///
    /// # Errors
    /// The payload of the `error` reply when the channel refuses.
    ///
    /// # Panics
    /// When no pattern of the socket's routes matches the topic, when the join crashes, or when it takes longer than
    /// a second.
    #[track_caller]
    pub fn join(
        &self,
        topic: &str,
        payload: impl IntoPayload,
    ) -> impl Future<Output = Result<(Payload, Channel), Payload>> {
        let at = Location::caller();
        let payload = payload
            .into_payload()
            .unwrap_or_else(|cause| panic!("the payload of the join: {cause}"));
        let (connection, topic) = (self.connection.clone(), topic.to_owned());
        join(at, connection, topic, payload)
    }

    /// Subscribes to a topic's broadcasts, for [`Channel::assert_broadcast`], then joins it.
    ///
    /// # Errors
    /// As [`join`](Self::join).
    ///
    /// # Panics
    /// As `join`.
    #[track_caller]
    pub fn subscribe_and_join(
        &self,
        topic: &str,
        payload: impl IntoPayload,
    ) -> impl Future<Output = Result<(Payload, Channel), Payload>> {
        let broadcasts = Broadcasts::of(&self.connection.link.pubsub, topic);
        let joined = self.join(topic, payload);
        async move {
            let (reply, channel) = joined.await?;
            Ok((reply, channel.with_broadcasts(broadcasts)))
        }
    }

    /// Closes the connection as a client does; ready when every channel of it has terminated.
    pub async fn close(self) {
        self.connection.close().await;
    }

    /// Waits until the server closes the connection, after `disconnect` on its id for instance.
    ///
    /// # Panics
    /// When that takes longer than a second.
    #[track_caller]
    pub fn assert_closed(&self) -> impl Future<Output = CloseCode> {
        let (at, connection) = (Location::caller(), self.connection.clone());
        async move {
            let inbox = &connection.inbox;
            let closed = inbox.wait(ASSERT_TIMEOUT, || inbox.closed()).await;
            closed.unwrap_or_else(|| panic!("{at}: the server did not close the connection"))
        }
    }
}

async fn join(
    at: &Location<'_>,
    connection: Arc<Connection>,
    topic: String,
    payload: Payload,
) -> Result<(Payload, Channel), Payload> {
    let (reference, handle) = connection.join(&topic, payload).await;
    let inbox = &connection.inbox;
    let is_reply = |frame: &Received| {
        frame.reference == reference && matches!(frame.content, Content::Reply { .. })
    };
    let answered = inbox.wait(ASSERT_TIMEOUT, || inbox.take(is_reply)).await;
    let Some(reply) = answered else {
        fail(
            at,
            &format!("the join of {topic} was not answered"),
            &inbox.list(&topic),
        );
    };
    let Some(handle) = handle else {
        assert!(
            reply.join_ref == reference,
            "{at}: no pattern of the socket's routes matches {topic:?}"
        );
        return Err(reply.payload);
    };
    if let Some(Reason::Error(cause)) = handle.reason() {
        panic!("{at}: the join of {topic} crashed: {cause}");
    }
    match reply.content {
        Content::Reply { status } if status == Status::OK.as_str() => Ok((
            reply.payload,
            Channel::new(connection.clone(), handle, topic, reference),
        )),
        _ => Err(reply.payload),
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
