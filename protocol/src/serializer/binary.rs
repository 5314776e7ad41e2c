//! V2 binary frames. Sizes are single bytes and count bytes of UTF-8:
//!
//! ```text
//! client push   0 | join_ref, ref, topic, event sizes | the four texts | data
//! server push   0 | join_ref, topic, event sizes      | the three texts | data
//! reply         1 | join_ref, ref, topic, status sizes | the four texts | data
//! broadcast     2 | topic, event sizes                 | the two texts | data
//! ```

use bytes::Bytes;
use bytestring::ByteString;

use crate::frame::WireFrameBuilder;
use crate::{
    DecodeError, EncodeError, Message, Name, Opcode, Payload, Push, Ref, Reply, WireFrame,
};

const PUSH: u8 = 0;
const REPLY: u8 = 1;
const BROADCAST: u8 = 2;

/// Decodes a client push. An empty join reference is the empty text and not null, so that it
/// matches no join, as in Phoenix.
pub(super) fn decode(frame: &Bytes) -> Result<Message, DecodeError> {
    let (&kind, rest) = frame.split_first().ok_or(DecodeError::Truncated)?;
    if kind != PUSH {
        return Err(DecodeError::UnknownKind(kind));
    }
    let (sizes, rest) = rest
        .split_first_chunk::<4>()
        .ok_or(DecodeError::Truncated)?;
    let mut fields = Fields {
        rest: frame.slice_ref(rest),
    };
    let [join_ref, reference, topic, event] = sizes.map(usize::from);
    Ok(Message {
        join_ref: Ref::from_text(&fields.take(join_ref)?),
        reference: Ref::from_text(&fields.take(reference)?),
        topic: Name::from(fields.take(topic)?),
        event: Name::from(fields.take(event)?),
        payload: Payload::binary(fields.rest),
    })
}

pub(super) fn encode_reply(reply: &Reply) -> Result<WireFrame, EncodeError> {
    encode(
        REPLY,
        [
            ("join_ref", &reply.join_ref.to_text()),
            ("ref", &reply.reference.to_text()),
            ("topic", reply.topic.to_text()),
            ("status", reply.status.as_str()),
        ],
        &reply.response,
    )
}

pub(super) fn encode_push(push: &Push) -> Result<WireFrame, EncodeError> {
    encode(
        PUSH,
        [
            ("join_ref", &push.join_ref.to_text()),
            ("topic", push.topic.to_text()),
            ("event", push.event.to_text()),
        ],
        &push.payload,
    )
}

pub(super) fn encode_broadcast(
    topic: &str,
    event: &str,
    payload: &Payload,
) -> Result<WireFrame, EncodeError> {
    encode(BROADCAST, [("topic", topic), ("event", event)], payload)
}

fn encode<const N: usize>(
    kind: u8,
    fields: [(&'static str, &str); N],
    payload: &Payload,
) -> Result<WireFrame, EncodeError> {
    let data: &[u8] = payload.as_binary().map_or(&[], |data| data);
    let texts_bytes: usize = fields.iter().map(|(_, text)| text.len()).sum();
    let mut builder = WireFrameBuilder::with_capacity(1 + N + texts_bytes + data.len());
    builder.payload.push(kind);
    for (field, text) in fields {
        let size = u8::try_from(text.len()).map_err(|_| EncodeError::FieldTooLong {
            field,
            bytes: text.len(),
        })?;
        builder.payload.push(size);
    }
    for (_, text) in fields {
        builder.payload.extend_from_slice(text.as_bytes());
    }
    builder.payload.extend_from_slice(data);
    Ok(builder.finish(Opcode::Binary))
}

/// What is left of a frame after its sizes.
struct Fields {
    rest: Bytes,
}

impl Fields {
    fn take(&mut self, bytes: usize) -> Result<ByteString, DecodeError> {
        if bytes > self.rest.len() {
            return Err(DecodeError::Truncated);
        }
        self.rest
            .split_to(bytes)
            .try_into()
            .map_err(|_| DecodeError::InvalidUtf8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Frame, Serializer, Status};

    fn decode(frame: &'static [u8]) -> Result<Message, DecodeError> {
        Serializer::V2.decode(Frame::Binary(Bytes::from_static(frame)))
    }

    // 3.2
    #[test]
    fn a_client_push_has_four_fields() {
        let message = decode(b"\x00\x01\x01\x06\x0312room:abin\x01\x02").unwrap();
        assert_eq!(message.join_ref, Ref::from_text("1"));
        assert_eq!(message.reference, Ref::from_text("2"));
        assert_eq!(
            (message.topic, message.event),
            ("room:a".into(), "bin".into())
        );
        assert_eq!(message.payload, Payload::binary(vec![1, 2]));
    }

    // B-3
    #[test]
    fn an_empty_join_ref_is_not_null() {
        let message = decode(b"\x00\x00\x00\x01\x01te").unwrap();
        assert_eq!(message.join_ref.as_json(), r#""""#);
        assert!(!message.reference.is_null());
        assert!(message.payload.is_empty());
    }

    // B-5
    #[test]
    fn malformed_frames_are_refused() {
        assert_eq!(decode(b""), Err(DecodeError::Truncated));
        assert_eq!(decode(b"\x00\x01\x01\x06"), Err(DecodeError::Truncated));
        assert_eq!(
            decode(b"\x00\x01\x01\x06\x0312room:abi"),
            Err(DecodeError::Truncated)
        );
        assert_eq!(
            decode(b"\x01\x01\x01\x01\x0112ab"),
            Err(DecodeError::UnknownKind(1))
        );
        assert_eq!(
            decode(b"\x00\x00\x00\x01\x00\xFF"),
            Err(DecodeError::InvalidUtf8)
        );
    }

    fn reply(reference: Ref, topic: &str, status: &str) -> Reply {
        Reply {
            join_ref: Ref::NULL,
            reference,
            topic: topic.into(),
            status: Status::new(status),
            response: Payload::binary(vec![0xFF]),
        }
    }

    // B-2
    #[test]
    fn null_is_written_empty_and_numbers_as_text() {
        let reply = reply(Ref::from_json("7").unwrap(), "t", "ok");
        let frame = Serializer::V2.encode_reply(&reply).unwrap();
        assert_eq!(frame.payload().as_ref(), b"\x01\x00\x01\x01\x027tok\xFF");
        assert_eq!(frame.opcode(), Opcode::Binary);
    }

    // B-1
    #[test]
    fn a_server_push_has_three_fields_and_a_broadcast_two() {
        let push = Push {
            join_ref: Ref::from_text("1"),
            reference: Ref::NULL,
            topic: "room:a".into(),
            event: "binpush".into(),
            payload: Payload::binary(vec![7]),
        };
        let frame = Serializer::V2.encode_push(&push).unwrap();
        assert_eq!(
            frame.payload().as_ref(),
            b"\x00\x01\x06\x071room:abinpush\x07"
        );
        let data = Payload::binary(vec![9, 8]);
        let frame = Serializer::V2
            .encode_broadcast("room:a", "bb", &data)
            .unwrap();
        assert_eq!(frame.payload().as_ref(), b"\x02\x06\x02room:abb\x09\x08");
    }

    // B-4
    #[test]
    fn a_field_holds_255_bytes() {
        let encode = |topic: &str| Serializer::V2.encode_reply(&reply(Ref::NULL, topic, "ok"));
        assert!(encode(&"t".repeat(255)).is_ok());
        assert_eq!(
            encode(&"ö".repeat(128)),
            Err(EncodeError::FieldTooLong {
                field: "topic",
                bytes: 256
            })
        );
    }
}
