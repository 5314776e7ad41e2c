//! The two serializers of Phoenix, chosen by the client's `vsn` parameter.

use self::version::Version;
use crate::frame::WireFrameBuilder;
use crate::message::NameView;
use crate::{
    DecodeError, EncodeError, Frame, Message, Opcode, Payload, Push, Ref, Reply, Status,
    VersionError, WireFrame, event, json,
};

mod binary;
mod v1;
mod v2;
mod version;

/// How frames are written on one connection, Phoenix's `Phoenix.Socket.Serializer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Serializer {
    /// `vsn` 1.0.x: JSON objects, no binary payloads, no join references on output.
    V1,
    /// `vsn` 2.0.x: JSON arrays and binary frames.
    V2,
}

impl Serializer {
    /// Chooses the serializer for a `vsn` parameter; without one it is V1, as in Phoenix.
    ///
    /// ```
    /// use bennu_protocol::{Serializer, VersionError};
    ///
    /// assert_eq!(Serializer::negotiate(Some("2.0.0")), Ok(Serializer::V2));
    /// assert_eq!(Serializer::negotiate(None), Ok(Serializer::V1));
    /// assert_eq!(Serializer::negotiate(Some("3.0.0")), Err(VersionError::Unsupported));
    /// ```
    ///
    /// # Errors
    ///
    /// [`VersionError`] unless the version is a full three-part one that `~> 1.0.0` or `~> 2.0.0`
    /// accepts. Pre-releases of 1.0.0 and 2.0.0 sort before them and are refused.
    pub fn negotiate(vsn: Option<&str>) -> Result<Self, VersionError> {
        let Some(vsn) = vsn else {
            return Ok(Self::V1);
        };
        let version = Version::parse(vsn).ok_or(VersionError::Malformed)?;
        let at_least_first = version.patch != "0" || version.pre_release.is_none();
        match (version.major, version.minor) {
            ("1", "0") if at_least_first => Ok(Self::V1),
            ("2", "0") if at_least_first => Ok(Self::V2),
            _ => Err(VersionError::Unsupported),
        }
    }

    /// Decodes a client's frame. What is long of topic, event and payload shares the frame's memory; the rest is copied.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for whatever is not a Phoenix message; the connection closes with 1011.
    pub fn decode(self, frame: Frame) -> Result<Message, DecodeError> {
        match (self, frame) {
            (Self::V1, Frame::Text(text)) => v1::decode(&text),
            (Self::V1, Frame::Binary(bytes)) => {
                v1::decode(&bytes.try_into().map_err(|_| DecodeError::InvalidUtf8)?)
            }
            (Self::V2, Frame::Text(text)) => v2::decode(&text),
            (Self::V2, Frame::Binary(bytes)) => binary::decode(&bytes),
        }
    }

    /// Encodes a reply.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] for a binary response that V1 cannot carry, or one whose references, topic
    /// or status exceed the 255 bytes of a V2 binary field.
    pub fn encode_reply(self, reply: &Reply) -> Result<WireFrame, EncodeError> {
        let Some(json) = reply.response.as_json() else {
            self.require_binary()?;
            return binary::encode_reply(reply);
        };
        let envelope = Envelope {
            join_ref: &reply.join_ref,
            reference: &reply.reference,
            topic: reply.topic.as_view(),
            event: NameView::Text(event::PHX_REPLY),
        };
        let payload_bytes = json.len() + reply_bytes(&reply.status);
        Ok(self.encode_text(&envelope, payload_bytes, |buffer| {
            write_reply(buffer, &reply.status, |buffer| {
                buffer.extend_from_slice(json.as_bytes());
            });
        }))
    }

    /// Encodes a reply whose response `write` appends as one JSON value, straight into the frame.
    ///
    /// The frame starts out with room for a short response; `write` may reserve more.
    pub fn encode_reply_with(
        self,
        join_ref: &Ref,
        reference: &Ref,
        topic: &str,
        status: &Status,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> WireFrame {
        let envelope = Envelope {
            join_ref,
            reference,
            topic: NameView::Text(topic),
            event: NameView::Text(event::PHX_REPLY),
        };
        self.encode_text(&envelope, STREAMED_BYTES + reply_bytes(status), |buffer| {
            write_reply(buffer, status, |buffer| write_checked(buffer, write));
        })
    }

    /// Encodes a push.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] for a payload that V1 (binary) or V2 (JSON other than an object) cannot
    /// carry, or a binary one whose join reference, topic or event exceeds 255 bytes.
    pub fn encode_push(self, push: &Push) -> Result<WireFrame, EncodeError> {
        match push.payload.as_json() {
            Some(json) => self.encode_event(
                &Envelope {
                    join_ref: &push.join_ref,
                    reference: &push.reference,
                    topic: push.topic.as_view(),
                    event: push.event.as_view(),
                },
                json,
            ),
            None => {
                self.require_binary()?;
                binary::encode_push(push)
            }
        }
    }

    /// Encodes a push whose payload `write` appends as one JSON object, straight into the frame.
    ///
    /// The frame starts out with room for a short payload; `write` may reserve more.
    pub fn encode_push_with(
        self,
        join_ref: &Ref,
        topic: &str,
        event: &str,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> WireFrame {
        let envelope = Envelope {
            join_ref,
            reference: &Ref::NULL,
            topic: NameView::Text(topic),
            event: NameView::Text(event),
        };
        self.encode_text(&envelope, STREAMED_BYTES, |buffer| {
            write_checked(buffer, write);
        })
    }

    /// Encodes a broadcast, once for all subscribers that use this serializer.
    ///
    /// # Errors
    ///
    /// As [`encode_push`](Self::encode_push).
    pub fn encode_broadcast(
        self,
        topic: &str,
        event: &str,
        payload: &Payload,
    ) -> Result<WireFrame, EncodeError> {
        match payload.as_json() {
            Some(json) => self.encode_event(
                &Envelope {
                    join_ref: &Ref::NULL,
                    reference: &Ref::NULL,
                    topic: NameView::Text(topic),
                    event: NameView::Text(event),
                },
                json,
            ),
            None => {
                self.require_binary()?;
                binary::encode_broadcast(topic, event, payload)
            }
        }
    }

    fn encode_event(self, envelope: &Envelope<'_>, json: &str) -> Result<WireFrame, EncodeError> {
        if self == Self::V2 && !json.starts_with('{') {
            return Err(EncodeError::PayloadNotObject);
        }
        Ok(self.encode_text(envelope, json.len(), |buffer| {
            buffer.extend_from_slice(json.as_bytes());
        }))
    }

    fn encode_text(
        self,
        envelope: &Envelope<'_>,
        payload_bytes: usize,
        write_payload: impl FnOnce(&mut Vec<u8>),
    ) -> WireFrame {
        let mut builder = WireFrameBuilder::with_capacity(envelope.bytes(self) + payload_bytes);
        match self {
            Self::V1 => v1::write(&mut builder.payload, envelope, write_payload),
            Self::V2 => v2::write(&mut builder.payload, envelope, write_payload),
        }
        builder.finish(Opcode::Text)
    }

    fn require_binary(self) -> Result<(), EncodeError> {
        match self {
            Self::V1 => Err(EncodeError::BinaryUnsupported),
            Self::V2 => Ok(()),
        }
    }
}

/// Room for a payload whose size is unknown before it is written.
const STREAMED_BYTES: usize = 256;

/// Everything of a text frame but its payload.
struct Envelope<'a> {
    join_ref: &'a Ref,
    reference: &'a Ref,
    topic: NameView<'a>,
    event: NameView<'a>,
}

impl Envelope<'_> {
    /// The size on the wire if both names are text that needs no escapes.
    fn bytes(&self, serializer: Serializer) -> usize {
        const V1_BYTES: usize = r#"{"event":"","payload":,"ref":,"topic":""}"#.len();
        const V2_BYTES: usize = r#"[,,"","",]"#.len();
        let around = match serializer {
            Serializer::V1 => V1_BYTES,
            Serializer::V2 => V2_BYTES + self.join_ref.as_json().len(),
        };
        around + self.reference.as_json().len() + self.topic.bytes() + self.event.bytes()
    }
}

fn reply_bytes(status: &Status) -> usize {
    r#"{"status":"","response":}"#.len() + status.as_str().len()
}

/// The status goes first: a browser test of LiveView searches replies for `error.*unauthorized`.
fn write_reply(buffer: &mut Vec<u8>, status: &Status, response: impl FnOnce(&mut Vec<u8>)) {
    buffer.extend_from_slice(br#"{"status":"#);
    json::write_str(buffer, status.as_str());
    buffer.extend_from_slice(br#","response":"#);
    response(buffer);
    buffer.push(b'}');
}

/// Lets the application write JSON; debug builds check that it is some.
fn write_checked(buffer: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = buffer.len();
    write(buffer);
    debug_assert!(
        str::from_utf8(&buffer[start..]).is_ok_and(|text| json::check(text).is_ok()),
        "the payload writer must append one JSON value"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    // V-1, V-2
    #[test]
    fn negotiation_follows_phoenix() {
        use VersionError::{Malformed, Unsupported};
        for (vsn, expected) in [
            ("1.0.0", Ok(Serializer::V1)),
            ("1.0.17", Ok(Serializer::V1)),
            ("2.0.0", Ok(Serializer::V2)),
            ("2.0.99999999999999999999999", Ok(Serializer::V2)),
            ("2.0.0+build.7", Ok(Serializer::V2)),
            ("2.0.1-rc.1", Ok(Serializer::V2)),
            ("2.0.0-rc.1", Err(Unsupported)),
            ("1.0.0-rc.1", Err(Unsupported)),
            ("2.1.0", Err(Unsupported)),
            ("2.1.0-rc.1", Err(Unsupported)),
            ("1.1.0", Err(Unsupported)),
            ("3.0.0", Err(Unsupported)),
            ("9.0.0", Err(Unsupported)),
            ("2", Err(Malformed)),
            ("2.0", Err(Malformed)),
            ("2.0.0.0", Err(Malformed)),
            ("", Err(Malformed)),
            (" 2.0.0", Err(Malformed)),
            ("2.0.0 ", Err(Malformed)),
            ("02.0.0", Err(Malformed)),
            ("2.0.1-", Err(Malformed)),
            ("2.0.1-01", Err(Malformed)),
            ("2.0.1-a..b", Err(Malformed)),
            ("2.0.0+", Err(Malformed)),
            ("2.0.x", Err(Malformed)),
        ] {
            assert_eq!(Serializer::negotiate(Some(vsn)), expected, "{vsn:?}");
        }
        assert_eq!(Serializer::negotiate(None), Ok(Serializer::V1));
    }

    #[test]
    fn streamed_frames_equal_encoded_ones() {
        let (join_ref, reference) = (Ref::from_text("4"), Ref::from_text("5"));
        let response = Payload::json(&[1, 2]).unwrap();
        let reply = Reply {
            join_ref: join_ref.clone(),
            reference: reference.clone(),
            topic: "lv:x".into(),
            status: Status::OK,
            response,
        };
        let push = Push {
            join_ref: join_ref.clone(),
            reference: Ref::NULL,
            topic: "lv:x".into(),
            event: "diff".into(),
            payload: Payload::empty(),
        };
        for serializer in [Serializer::V1, Serializer::V2] {
            let streamed = serializer.encode_reply_with(
                &join_ref,
                &reference,
                "lv:x",
                &Status::OK,
                |buffer| buffer.extend_from_slice(b"[1,2]"),
            );
            assert_eq!(serializer.encode_reply(&reply), Ok(streamed));
            let streamed = serializer.encode_push_with(&join_ref, "lv:x", "diff", |buffer| {
                buffer.extend_from_slice(b"{}");
            });
            assert_eq!(serializer.encode_push(&push), Ok(streamed));
        }
    }

    #[test]
    fn the_size_of_frames_without_escapes_is_known_before() {
        let text = "a".repeat(40);
        let envelope = Envelope {
            join_ref: &Ref::from_text("4"),
            reference: &Ref::NULL,
            topic: NameView::Text(&text),
            event: NameView::Text(&text),
        };
        for serializer in [Serializer::V1, Serializer::V2] {
            let payload_bytes = 2 + reply_bytes(&Status::OK);
            let frame = serializer.encode_text(&envelope, payload_bytes, |buffer| {
                write_reply(buffer, &Status::OK, |buffer| {
                    buffer.extend_from_slice(b"{}");
                });
            });
            let known_bytes = envelope.bytes(serializer) + payload_bytes;
            assert_eq!(frame.payload().len(), known_bytes);
        }
    }
}
