//! What must hold for any bytes a peer sends, one function per decoder.
//!
//! `fuzz_targets` runs them under libFuzzer, `tests/fuzz_smoke.rs` over mutated recordings.

use bennu_protocol::form::{Params, target_path};
use bennu_protocol::longpoll::{self, BatchError, NDJSON};
use bennu_protocol::permessage_deflate::{InflateError, inflate};
use bennu_protocol::{DecodeError, Frame, Message, Payload, Push, Ref, Serializer, WireFrame};
use serde_json::Value;

/// The scanner agrees with `serde_json`, and what decodes can be sent and decoded again.
pub fn v2_text(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let decoded = Serializer::V2.decode(Frame::Text(text.into()));
    agrees_with_serde_json(text, &decoded);
    if let Ok(message) = decoded.as_ref().map(with_object_payload) {
        assert_eq!(sent_again(Serializer::V2, &message), message);
    }
}

/// As [`v2_text`], except that V1 does not send the join reference.
pub fn v1(data: &[u8]) {
    let decoded = Serializer::V1.decode(Frame::Binary(data.to_vec().into()));
    let Ok(text) = str::from_utf8(data) else {
        assert_eq!(decoded, Err(DecodeError::InvalidUtf8));
        return;
    };
    agrees_with_serde_json(text, &decoded);
    if let Ok(message) = decoded {
        let expected = Message {
            join_ref: Ref::NULL,
            ..message.clone()
        };
        assert_eq!(sent_again(Serializer::V1, &message), expected);
    }
}

/// The fields of a decoded frame make up the frame.
pub fn v2_binary(data: &[u8]) {
    let Ok(message) = Serializer::V2.decode(Frame::Binary(data.to_vec().into())) else {
        return;
    };
    let (join_ref, reference) = (message.join_ref.to_text(), message.reference.to_text());
    let fields = [
        &*join_ref,
        &*reference,
        message.topic.to_text(),
        message.event.to_text(),
    ];
    let mut frame = vec![0];
    frame.extend(fields.map(|field| u8::try_from(field.len()).expect("a size is one byte")));
    frame.extend(fields.concat().into_bytes());
    frame.extend(
        message
            .payload
            .as_binary()
            .expect("a binary frame has a binary payload"),
    );
    assert_eq!(frame, data);
}

/// What is decompressed keeps to its bound, and survives being compressed again.
pub fn inflated(data: &[u8]) {
    const BYTES_MAX: usize = 100_000;
    let Ok(message) = inflate(data, BYTES_MAX) else {
        return;
    };
    assert!(message.capacity() <= BYTES_MAX);
    if let Some(shorter) = message.len().checked_sub(1) {
        assert_eq!(inflate(data, shorter), Err(InflateError::TooLong));
    }
    let frame = WireFrame::data(&Frame::Binary(message.clone().into()));
    if let Some(deflated) = frame.deflated() {
        assert_eq!(inflate(&deflated.payload(), message.len()), Ok(message));
    }
}

/// Parameters survive JSON, and a path leads to every value that has one.
pub fn form(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let _ = target_path(text);
    let Ok(params) = Params::decode(text) else {
        return;
    };
    let json = serde_json::to_string(&params).expect("parameters have a JSON form");
    let again: Params = serde_json::from_str(&json).expect("their JSON is valid");
    assert_eq!(again, params);
    let value: Value = params
        .deserialize()
        .expect("any parameters fit a JSON value");
    assert_eq!(serde_json::to_value(&params).expect("as above"), value);
}

/// A batch respects its bound and never holds more bytes than the body. The first byte chooses
/// the content type.
pub fn longpoll(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else {
        return;
    };
    let content_type = [None, Some("application/json"), Some(NDJSON)][usize::from(choice % 3)];
    let messages_max = 8;
    match longpoll::decode_batch(content_type, body.to_vec().into(), messages_max) {
        Ok(frames) => {
            assert!(frames.len() <= messages_max);
            assert!(frames.iter().map(bytes_of).sum::<usize>() <= body.len());
        }
        Err(BatchError::TooManyMessages { .. }) => {
            assert!(body.iter().filter(|byte| **byte == b'\n').count() >= messages_max);
        }
        Err(BatchError::InvalidUtf8) => assert!(str::from_utf8(body).is_err()),
        Err(BatchError::InvalidBase64) => assert_eq!(content_type, Some(NDJSON)),
    }
}

fn bytes_of(frame: &Frame) -> usize {
    match frame {
        Frame::Text(text) => text.len(),
        Frame::Binary(data) => data.len(),
    }
}

/// Whether text is JSON is for `serde_json` to say. It refuses two things that we relay: integers
/// beyond the range of an f64, and an envelope around a payload of the greatest depth.
fn agrees_with_serde_json(text: &str, decoded: &Result<Message, DecodeError>) {
    match (decoded, serde_json::from_str::<Value>(text)) {
        (Ok(_), Err(error)) => {
            let error = error.to_string();
            let known = ["number out of range", "recursion limit exceeded"];
            assert!(
                known.iter().any(|known| error.contains(known)),
                "{error}: {text}"
            );
        }
        (Err(error @ DecodeError::InvalidJson { .. }), Ok(_)) => panic!("{error}: {text}"),
        _ => {}
    }
}

fn with_object_payload(message: &Message) -> Message {
    let payload = if message.payload.is_object() {
        message.payload.clone()
    } else {
        Payload::empty()
    };
    Message {
        payload,
        ..message.clone()
    }
}

/// A push has the form of a client's message, so our own decoder can read it.
fn sent_again(serializer: Serializer, message: &Message) -> Message {
    let Message {
        join_ref,
        reference,
        topic,
        event,
        payload,
    } = message.clone();
    let push = Push {
        join_ref,
        reference,
        topic,
        event,
        payload,
    };
    let frame = serializer
        .encode_push(&push)
        .expect("the payload can be pushed");
    let text = frame.text().expect("a JSON payload makes a text frame");
    serializer
        .decode(Frame::Text(text))
        .expect("our own frames are well-formed")
}
