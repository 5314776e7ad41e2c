//! V1 frames: `{"topic", "event", "payload", "ref"}` and, on input, `"join_ref"`.

use bytestring::ByteString;

use super::Envelope;
use crate::json::{self, Scanned, Scanner};
use crate::{DecodeError, Message, Name, Payload, Ref};

pub(super) fn decode(text: &ByteString) -> Result<Message, DecodeError> {
    let members = Members::scan(text)?;
    let required = |value: Option<_>, key| value.ok_or(DecodeError::MissingKey(key));
    Ok(Message {
        join_ref: match members.join_ref {
            Some(join_ref) => Ref::from_scanned("join_ref", join_ref)?,
            None => Ref::NULL,
        },
        reference: Ref::from_scanned("ref", required(members.reference, "ref")?)?,
        topic: Name::from_scanned("topic", text, required(members.topic, "topic")?)?,
        event: Name::from_scanned("event", text, required(members.event, "event")?)?,
        payload: Payload::from_scanned(text, required(members.payload, "payload")?.text),
    })
}

/// Keys go out in alphabetical order; the join reference stays inside.
pub(super) fn write(
    buffer: &mut Vec<u8>,
    envelope: &Envelope<'_>,
    write_payload: impl FnOnce(&mut Vec<u8>),
) {
    buffer.extend_from_slice(br#"{"event":"#);
    envelope.event.write_json(buffer);
    buffer.extend_from_slice(br#","payload":"#);
    write_payload(buffer);
    buffer.extend_from_slice(br#","ref":"#);
    buffer.extend_from_slice(envelope.reference.as_json().as_bytes());
    buffer.extend_from_slice(br#","topic":"#);
    envelope.topic.write_json(buffer);
    buffer.push(b'}');
}

/// Where the values of the known keys are; of a repeated key the last one counts.
#[derive(Default)]
struct Members<'a> {
    join_ref: Option<Scanned<'a>>,
    reference: Option<Scanned<'a>>,
    topic: Option<Scanned<'a>>,
    event: Option<Scanned<'a>>,
    payload: Option<Scanned<'a>>,
}

impl<'a> Members<'a> {
    fn scan(text: &'a str) -> Result<Self, DecodeError> {
        let mut members = Self::default();
        let mut scanner = Scanner::new(text);
        if !scanner.eat(b'{') {
            return Err(DecodeError::NotAnEnvelope);
        }
        if !scanner.eat(b'}') {
            members.scan_pairs(&mut scanner)?;
        }
        scanner.end()?;
        Ok(members)
    }

    fn scan_pairs(&mut self, scanner: &mut Scanner<'a>) -> Result<(), DecodeError> {
        loop {
            let key = scanner.key()?;
            let value = scanner.value()?;
            if let Some(member) = self.member(&json::unquote(key.text)) {
                *member = Some(value);
            }
            if !scanner.eat(b',') {
                return scanner.expect(b'}');
            }
        }
    }

    fn member(&mut self, key: &str) -> Option<&mut Option<Scanned<'a>>> {
        match key {
            "join_ref" => Some(&mut self.join_ref),
            "ref" => Some(&mut self.reference),
            "topic" => Some(&mut self.topic),
            "event" => Some(&mut self.event),
            "payload" => Some(&mut self.payload),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncodeError, Frame, Push, Serializer};

    fn decode(text: &str) -> Result<Message, DecodeError> {
        Serializer::V1.decode(Frame::Text(text.into()))
    }

    // V1-1, V1-3
    #[test]
    fn join_ref_is_optional_on_input() {
        let message = decode(r#"{"topic":"t","event":"e","payload":[1],"ref":1}"#).unwrap();
        assert!(message.join_ref.is_null());
        assert_eq!(message.reference.as_json(), "1");
        assert_eq!(message.payload.as_json(), Some("[1]"));
        let message =
            decode(r#"{"join_ref":"9","topic":"t","event":"e","payload":{},"ref":null}"#).unwrap();
        assert_eq!(message.join_ref, Ref::from_text("9"));
    }

    #[test]
    fn the_last_of_repeated_keys_wins_and_unknown_keys_are_ignored() {
        let message = decode(
            r#"{"x":[{}],"topic":"a","\u0074opic":"b","event":"e","payload":{},"ref":"1","":0}"#,
        );
        assert_eq!(message.unwrap().topic, "b");
    }

    // V1-4, M-1
    #[test]
    fn malformed_texts_are_refused() {
        let complete = r#"{"topic":"t","event":"e","payload":{},"ref":"1"}"#;
        for key in ["topic", "event", "payload", "ref"] {
            let text = complete.replace(&format!("\"{key}\""), "\"other\"");
            assert_eq!(decode(&text), Err(DecodeError::MissingKey(key)));
        }
        assert_eq!(decode("{}"), Err(DecodeError::MissingKey("ref")));
        assert_eq!(decode("[]"), Err(DecodeError::NotAnEnvelope));
        for text in [
            &complete[1..],
            &complete[..40],
            &format!("{complete}x"),
            "{\"a\":1,}",
            "{",
            "{1:2}",
        ] {
            assert!(decode(text).is_err(), "{text}");
        }
    }

    // V1-2
    #[test]
    fn binary_frames_are_read_as_text() {
        let text = r#"{"topic":"t","event":"e","payload":{},"ref":"1"}"#;
        let message = Serializer::V1.decode(Frame::Binary(text.into()));
        assert_eq!(message, decode(text));
        let invalid = Serializer::V1.decode(Frame::Binary(vec![0xFF].into()));
        assert_eq!(invalid, Err(DecodeError::InvalidUtf8));
    }

    // V1-2, V1-3
    #[test]
    fn output_has_four_keys_and_any_json() {
        let mut push = Push {
            join_ref: Ref::from_text("1"),
            reference: Ref::NULL,
            topic: "t".into(),
            event: "e".into(),
            payload: Payload::json(&[1]).unwrap(),
        };
        assert_eq!(
            Serializer::V1.encode_push(&push).unwrap().text().unwrap(),
            r#"{"event":"e","payload":[1],"ref":null,"topic":"t"}"#
        );
        push.payload = Payload::binary(vec![1]);
        assert_eq!(
            Serializer::V1.encode_push(&push),
            Err(EncodeError::BinaryUnsupported)
        );
    }
}
