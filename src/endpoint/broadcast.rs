//! Broadcasting through the endpoint (EP-3).

use bytestring::ByteString;

use super::Endpoint;
use crate::channel::{IntoPayload, PushError};
use crate::pubsub::{Receiver, SubscriberId};
use crate::registry::RegisterError;

impl Endpoint {
    /// Sends an event to everyone on a topic, on every node, as `MyAppWeb.Endpoint.broadcast/3`.
    ///
    /// ```
    /// use bennu::endpoint::Endpoint;
    /// use bennu::token::SecretKeyBase;
    /// use serde_json::json;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?).build()?;
    /// let mut room = endpoint.subscribe("room:1")?;
    /// endpoint.broadcast("room:1", "said", json!({"body": "hi"}))?;
    /// let broadcast = room.receive().await?;
    /// assert_eq!(broadcast.payload().as_json(), Some(r#"{"body":"hi"}"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the payload is neither an object nor binary, or the adapter fails.
    pub fn broadcast(
        &self,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: impl IntoPayload,
    ) -> Result<(), PushError> {
        let payload = crate::channel::broadcastable(payload)?;
        Ok(self.pubsub().broadcast(topic, event, payload)?)
    }

    /// As [`broadcast`](Self::broadcast), leaving out the subscriptions of `from`.
    ///
    /// # Errors
    /// As `broadcast`.
    pub fn broadcast_from(
        &self,
        from: SubscriberId,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: impl IntoPayload,
    ) -> Result<(), PushError> {
        let payload = crate::channel::broadcastable(payload)?;
        Ok(self.pubsub().broadcast_from(from, topic, event, payload)?)
    }

    /// As [`broadcast`](Self::broadcast), on this node only.
    ///
    /// # Errors
    /// When the payload is neither an object nor binary.
    pub fn local_broadcast(
        &self,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: impl IntoPayload,
    ) -> Result<(), PushError> {
        let payload = crate::channel::broadcastable(payload)?;
        self.pubsub().local_broadcast(topic, event, payload);
        Ok(())
    }

    /// As [`broadcast_from`](Self::broadcast_from), on this node only.
    ///
    /// # Errors
    /// When the payload is neither an object nor binary.
    pub fn local_broadcast_from(
        &self,
        from: SubscriberId,
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: impl IntoPayload,
    ) -> Result<(), PushError> {
        let payload = crate::channel::broadcastable(payload)?;
        self.pubsub()
            .local_broadcast_from(from, topic, event, payload);
        Ok(())
    }

    /// Listens to a topic in a plain task, as `MyAppWeb.Endpoint.subscribe/1`; dropping the receiver unsubscribes.
    ///
    /// # Errors
    /// When the hub holds as many subscriptions as it may.
    pub fn subscribe(&self, topic: impl Into<ByteString>) -> Result<Receiver, RegisterError> {
        self.pubsub().receiver(topic)
    }
}
