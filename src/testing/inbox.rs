//! What has come in and no assertion has taken yet: the mailbox of the test.

use std::fmt;
use std::panic::Location;
use std::pin::pin;
use std::time::Duration;

use bytes::{Buf, Bytes};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Notify;

use crate::channel::CloseCode;
use crate::protocol::{Opcode, Payload, Ref, WireFrame, event};

/// A frame that reached the client.
pub(super) struct Received {
    pub(super) join_ref: Ref,
    pub(super) reference: Ref,
    pub(super) topic: String,
    pub(super) content: Content,
    pub(super) payload: Payload,
}

pub(super) enum Content {
    Reply { status: String },
    Event(String),
}

#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    closed: Option<CloseCode>,
}

impl Inbox {
    pub(super) fn put(&self, frame: &WireFrame) {
        self.state.lock().received.extend(Received::decode(frame));
        self.changed.notify_waiters();
    }

    pub(super) fn close(&self, code: Option<CloseCode>) {
        self.state.lock().closed = code;
        self.changed.notify_waiters();
    }

    /// Wakes those who wait although nothing came: a channel has ended.
    pub(super) fn wake(&self) {
        self.changed.notify_waiters();
    }

    pub(super) fn closed(&self) -> Option<CloseCode> {
        self.state.lock().closed
    }

    /// Takes the oldest frame that `wanted` accepts, if there is one.
    pub(super) fn take(&self, wanted: impl Fn(&Received) -> bool) -> Option<Received> {
        let mut state = self.state.lock();
        let place = state.received.iter().position(wanted)?;
        Some(state.received.remove(place))
    }

    /// Waits until `look` finds something; it looks again whenever something has happened.
    pub(super) async fn wait<T>(
        &self,
        timeout: Duration,
        look: impl Fn() -> Option<T>,
    ) -> Option<T> {
        let found = async {
            loop {
                let mut changed = pin!(self.changed.notified());
                changed.as_mut().enable();
                if let Some(found) = look() {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(timeout, found).await.ok()
    }

    /// What has come in under the topic and was not asked for, one line each.
    pub(super) fn list(&self, topic: &str) -> String {
        let state = self.state.lock();
        let of_topic = state.received.iter().filter(|frame| frame.topic == topic);
        of_topic.map(|frame| format!("\n  {frame}")).collect()
    }
}

/// Fails an assertion where the test called it.
pub(super) fn fail(at: &Location<'_>, wanted: &str, list: &str) -> ! {
    let list = if list.is_empty() { " nothing" } else { list };
    panic!("{at}: {wanted}; what came and was not asserted:{list}")
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::Reply { status } => {
                write!(f, "reply {status} to {}: ", self.reference.to_text())?;
            }
            Content::Event(event) => write!(f, "push {event}: ")?,
        }
        match (self.payload.as_json(), self.payload.as_binary()) {
            (Some(json), _) => f.write_str(json),
            (None, binary) => write!(f, "{binary:?}"),
        }
    }
}

impl Received {
    /// Reads a frame of our own V2 serializer; none for a control frame.
    fn decode(frame: &WireFrame) -> Option<Self> {
        match frame.opcode() {
            Opcode::Text => Some(Self::decode_text(&frame.payload())),
            Opcode::Binary => Some(Self::decode_binary(frame.payload())),
            Opcode::Close | Opcode::Pong => None,
        }
    }

    fn decode_text(text: &[u8]) -> Self {
        type Parts<'a> = (&'a RawValue, &'a RawValue, String, String, &'a RawValue);
        let parts: Parts<'_> =
            serde_json::from_slice(text).expect("the serializer wrote five elements");
        let (join_ref, reference, topic, event, payload) = parts;
        let (content, payload) = if event == event::PHX_REPLY {
            let reply: RawReply<'_> =
                serde_json::from_str(payload.get()).expect("a reply has two fields");
            (
                Content::Reply {
                    status: reply.status,
                },
                reply.response,
            )
        } else {
            (Content::Event(event), payload)
        };
        Self {
            join_ref: Ref::from_json(join_ref.get()).expect("the serializer wrote a reference"),
            reference: Ref::from_json(reference.get()).expect("the serializer wrote a reference"),
            topic,
            content,
            payload: Payload::from_json_text(payload.get()).expect("the serializer wrote JSON"),
        }
    }

    /// Kinds 0 (push), 1 (reply) and 2 (broadcast) of channels-wire 3.2.
    fn decode_binary(mut frame: Bytes) -> Self {
        let kind = frame.get_u8();
        let fields = match kind {
            0 => 3,
            1 => 4,
            _ => 2,
        };
        let sizes = frame.split_to(fields);
        let mut texts = sizes.iter().map(|size| {
            let text = frame.split_to(usize::from(*size));
            String::from_utf8(text.to_vec()).expect("the serializer wrote UTF-8")
        });
        let mut text = || texts.next().unwrap_or_default();
        let (join_ref, reference, topic, last) = match kind {
            0 => (Ref::from_text(&text()), Ref::NULL, text(), text()),
            1 => (
                Ref::from_text(&text()),
                Ref::from_text(&text()),
                text(),
                text(),
            ),
            _ => (Ref::NULL, Ref::NULL, text(), text()),
        };
        let content = match kind {
            1 => Content::Reply { status: last },
            _ => Content::Event(last),
        };
        Self {
            join_ref,
            reference,
            topic,
            content,
            payload: Payload::binary(frame),
        }
    }
}

#[derive(Deserialize)]
struct RawReply<'a> {
    status: String,
    #[serde(borrow)]
    response: &'a RawValue,
}
