//! V2 text frames: `[join_ref, ref, topic, event, payload]`.

use bytestring::ByteString;

use super::Envelope;
use crate::json::{Scanned, Scanner};
use crate::{DecodeError, Message, Name, Payload, Ref};

pub(super) fn decode(text: &ByteString) -> Result<Message, DecodeError> {
    let mut elements = Elements::open(text)?;
    let join_ref = elements.next()?;
    let reference = elements.next()?;
    let topic = elements.next()?;
    let event = elements.next()?;
    let payload = elements.next()?;
    elements.close()?;
    Ok(Message {
        join_ref: Ref::from_scanned("join_ref", join_ref)?,
        reference: Ref::from_scanned("ref", reference)?,
        topic: Name::from_scanned("topic", text, topic)?,
        event: Name::from_scanned("event", text, event)?,
        payload: Payload::from_scanned(text, payload.text),
    })
}

pub(super) fn write(
    buffer: &mut Vec<u8>,
    envelope: &Envelope<'_>,
    write_payload: impl FnOnce(&mut Vec<u8>),
) {
    buffer.push(b'[');
    buffer.extend_from_slice(envelope.join_ref.as_json().as_bytes());
    buffer.push(b',');
    buffer.extend_from_slice(envelope.reference.as_json().as_bytes());
    buffer.push(b',');
    envelope.topic.write_json(buffer);
    buffer.push(b',');
    envelope.event.write_json(buffer);
    buffer.push(b',');
    write_payload(buffer);
    buffer.push(b']');
}

/// The elements of the outer array, one after the other.
struct Elements<'a> {
    scanner: Scanner<'a>,
    first: bool,
}

impl<'a> Elements<'a> {
    fn open(text: &'a str) -> Result<Self, DecodeError> {
        let mut scanner = Scanner::new(text);
        if !scanner.eat(b'[') {
            return Err(DecodeError::NotAnEnvelope);
        }
        Ok(Self {
            scanner,
            first: true,
        })
    }

    fn next(&mut self) -> Result<Scanned<'a>, DecodeError> {
        if self.scanner.eat(b']') {
            return Err(DecodeError::TooFewElements);
        }
        if !self.first {
            self.scanner.expect(b',')?;
        }
        self.first = false;
        self.scanner.value()
    }

    /// Skips further elements, which Phoenix ignores but which must be JSON.
    fn close(mut self) -> Result<(), DecodeError> {
        while self.scanner.eat(b',') {
            self.scanner.value()?;
        }
        self.scanner.expect(b']')?;
        self.scanner.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DEPTH_MAX, Frame, NAME_BYTES_MAX, REF_BYTES_MAX, Serializer};

    fn decode(text: &str) -> Result<Message, DecodeError> {
        Serializer::V2.decode(Frame::Text(text.into()))
    }

    // F-1, F-2
    #[test]
    fn refs_keep_their_type_and_blanks_are_tolerated() {
        let message = decode(" [ 7 , 2.5 , \"room:a\" , \"echo\" , { \"x\" : 1 } ] ").unwrap();
        assert_eq!(message.join_ref.as_json(), "7");
        assert_eq!(message.reference.as_json(), "2.5");
        assert_eq!(message.topic, "room:a");
        assert_eq!(message.event, "echo");
        assert_eq!(message.payload.as_json(), Some("{ \"x\" : 1 }"));
    }

    // 3.1
    #[test]
    fn further_elements_are_ignored_if_they_are_json() {
        assert!(decode(r#"["1","2","t","e",{},7,{"a":[]}]"#).is_ok());
        assert!(decode(r#"["1","2","t","e",{},nope]"#).is_err());
        assert!(decode(r#"["1","2","t","e",{},]"#).is_err());
    }

    // M-1
    #[test]
    fn malformed_texts_are_refused() {
        for (text, error) in [
            ("", DecodeError::NotAnEnvelope),
            ("{nope", DecodeError::NotAnEnvelope),
            ("42", DecodeError::NotAnEnvelope),
            ("[]", DecodeError::TooFewElements),
            (r#"["1","1","t","e"]"#, DecodeError::TooFewElements),
            (
                r#"["1","1","t","e""#,
                DecodeError::InvalidJson { offset: 16 },
            ),
            (
                r#"["1" "1","t","e",{}]"#,
                DecodeError::InvalidJson { offset: 5 },
            ),
            (
                r#"["1","1","t","e",{}"#,
                DecodeError::InvalidJson { offset: 19 },
            ),
            (
                r#"["1","1","t","e",{}] x"#,
                DecodeError::InvalidJson { offset: 21 },
            ),
            (
                r#"["1","1","t","e","\ud800"]"#,
                DecodeError::InvalidJson { offset: 24 },
            ),
        ] {
            assert_eq!(decode(text), Err(error), "{text}");
        }
    }

    // M-2
    #[test]
    fn odd_types_are_not_malformed() {
        let message = decode(r#"[null,"1",5,{"e": 1},null]"#).unwrap();
        assert!(message.join_ref.is_null());
        assert_eq!(message.topic.as_str(), None);
        assert_eq!(message.event.to_text(), r#"{"e":1}"#);
        assert_eq!(message.payload.as_json(), Some("null"));
    }

    #[test]
    fn what_is_long_shares_the_frame() {
        let long = "x".repeat(300);
        let text = ByteString::from(format!(r#"["1","2","{long}","{long}",{{"x":"{long}"}}]"#));
        let frame = text.as_bytes().as_ptr_range();
        let message = super::decode(&text).unwrap();
        assert!(frame.contains(&message.topic.to_text().as_ptr()));
        assert!(frame.contains(&message.event.to_text().as_ptr()));
        assert!(frame.contains(&message.payload.as_json().unwrap().as_ptr()));
    }

    #[test]
    fn what_is_short_lets_go_of_the_frame() {
        let text = ByteString::from(r#"["1","2","room:a","echo",{"x":1}]"#);
        let frame = text.as_bytes().as_ptr_range();
        let message = super::decode(&text).unwrap();
        assert!(!frame.contains(&message.topic.to_text().as_ptr()));
        assert!(!frame.contains(&message.event.to_text().as_ptr()));
        assert!(!frame.contains(&message.payload.as_json().unwrap().as_ptr()));
        assert_eq!(message.payload.as_json(), Some(r#"{"x":1}"#));
    }

    #[test]
    fn every_part_is_bounded() {
        let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
        let message = |join_ref: &str, topic: &str, payload: &str| {
            decode(&format!(r#"["{join_ref}","2","{topic}","e",{payload}]"#))
        };
        assert!(message("1", "t", &deep(DEPTH_MAX)).is_ok());
        assert_eq!(
            message("1", "t", &deep(DEPTH_MAX + 1)),
            Err(DecodeError::TooDeep)
        );
        assert_eq!(
            message(&"1".repeat(REF_BYTES_MAX), "t", "{}"),
            Err(DecodeError::TooLong {
                field: "join_ref",
                bytes_max: REF_BYTES_MAX
            })
        );
        assert_eq!(
            message("1", &"t".repeat(NAME_BYTES_MAX), "{}"),
            Err(DecodeError::TooLong {
                field: "topic",
                bytes_max: NAME_BYTES_MAX
            })
        );
    }

    // F-2
    #[test]
    fn output_is_compact_and_escapes_only_what_it_must() {
        let frame = Serializer::V2
            .encode_broadcast("wörld/\u{2028}\"\n", "e", &Payload::empty())
            .unwrap();
        assert_eq!(
            frame.text().unwrap(),
            "[null,null,\"wörld/\u{2028}\\\"\\n\",\"e\",{}]"
        );
    }

    // F-4
    #[test]
    fn only_objects_are_pushed_and_broadcast() {
        let list = Payload::json(&[1]).unwrap();
        assert_eq!(
            Serializer::V2.encode_broadcast("t", "e", &list),
            Err(crate::EncodeError::PayloadNotObject)
        );
    }
}
