//! Broadcasting from a live view.

use bytestring::ByteString;

use super::{AnySocket, LiveView, Socket};
use crate::channel::{IntoPayload, PushError, broadcastable};

impl AnySocket {
    /// Sends an event to everyone on a topic, on every node: `MyAppWeb.Endpoint.broadcast/3`. A view that has subscribed to
    /// the topic gets it too.
    ///
    /// # Errors
    /// When the payload is neither an object nor binary, or the adapter fails.
    pub fn broadcast(
        &self,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: impl IntoPayload,
    ) -> Result<(), PushError> {
        let payload = broadcastable(payload)?;
        Ok(self.pubsub().broadcast(topic, event, payload)?)
    }
}

impl<V: LiveView> Socket<V> {
    /// As [`broadcast`](AnySocket::broadcast), leaving out this view: `broadcast_from(self(), ..)`.
    ///
    /// # Errors
    /// As `broadcast`.
    pub fn broadcast_from(
        &self,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: impl IntoPayload,
    ) -> Result<(), PushError> {
        let Some(from) = self.subscriber_id() else {
            return self.broadcast(topic, event, payload);
        };
        let payload = broadcastable(payload)?;
        Ok(self.pubsub().broadcast_from(from, topic, event, payload)?)
    }
}
