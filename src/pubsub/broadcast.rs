use std::fmt;
use std::sync::{Arc, OnceLock};

use bytestring::ByteString;

use crate::protocol::{EncodeError, Payload, Serializer, WireFrame};

/// An event published to a topic, as `Phoenix.Socket.Broadcast`; cloning shares it.
///
/// Its frame is encoded at most once per serializer, whatever the number of subscribers (BC-1), and compressed at most
/// once for those of them that agreed on compression.
#[derive(Clone)]
pub struct Broadcast(Arc<Shared>);

struct Shared {
    topic: ByteString,
    event: ByteString,
    payload: Payload,
    v1: OnceLock<Result<WireFrame, EncodeError>>,
    v2: OnceLock<Result<WireFrame, EncodeError>>,
    v1_deflated: OnceLock<Option<WireFrame>>,
    v2_deflated: OnceLock<Option<WireFrame>>,
}

impl Broadcast {
    /// An event for `topic`.
    #[must_use]
    pub fn new(
        topic: impl Into<ByteString>,
        event: impl Into<ByteString>,
        payload: Payload,
    ) -> Self {
        Self(Arc::new(Shared {
            topic: topic.into(),
            event: event.into(),
            payload,
            v1: OnceLock::new(),
            v2: OnceLock::new(),
            v1_deflated: OnceLock::new(),
            v2_deflated: OnceLock::new(),
        }))
    }

    /// The topic it was published to.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.0.topic
    }

    /// The event's name.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.0.event
    }

    /// What was published.
    #[must_use]
    pub fn payload(&self) -> &Payload {
        &self.0.payload
    }

    pub(crate) fn frame(&self, serializer: Serializer) -> Result<&WireFrame, &EncodeError> {
        let cell = match serializer {
            Serializer::V1 => &self.0.v1,
            Serializer::V2 => &self.0.v2,
        };
        cell.get_or_init(|| serializer.encode_broadcast(self.topic(), self.event(), self.payload()))
            .as_ref()
    }

    /// The compressed form of `frame`, which is the one for this serializer; none where it is not worth it.
    pub(crate) fn deflated(&self, serializer: Serializer, frame: &WireFrame) -> Option<&WireFrame> {
        let cell = match serializer {
            Serializer::V1 => &self.0.v1_deflated,
            Serializer::V2 => &self.0.v2_deflated,
        };
        cell.get_or_init(|| frame.deflated()).as_ref()
    }
}

impl fmt::Debug for Broadcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broadcast")
            .field("topic", &self.topic())
            .field("event", &self.event())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // BC-1
    #[test]
    fn a_broadcast_is_encoded_once_per_serializer() {
        let broadcast = Broadcast::new("room:a", "said", Payload::empty());
        let subscribers = [broadcast.clone(), broadcast];
        for serializer in [Serializer::V1, Serializer::V2] {
            let frames = subscribers
                .each_ref()
                .map(|broadcast| broadcast.frame(serializer).expect("it fits"));
            assert_eq!(frames[0].wire().as_ptr(), frames[1].wire().as_ptr());
        }
    }

    #[test]
    fn a_broadcast_is_compressed_once_per_serializer() {
        let payload = Payload::json(&serde_json::json!({"body": "ha".repeat(500)}));
        let broadcast = Broadcast::new("room:a", "said", payload.expect("a map of text is JSON"));
        let subscribers = [broadcast.clone(), broadcast];
        for serializer in [Serializer::V1, Serializer::V2] {
            let frames = subscribers.each_ref().map(|broadcast| {
                let frame = broadcast.frame(serializer).expect("it fits");
                let deflated = broadcast.deflated(serializer, frame);
                deflated.expect("it repeats itself")
            });
            assert!(frames[0].is_deflated());
            assert_eq!(frames[0].wire().as_ptr(), frames[1].wire().as_ptr());
        }
    }
}
