//! Messages of serializer V2 as a client writes and reads them.

use std::borrow::Cow;
use std::fmt::Write;

use bennu_protocol::event;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::failure::Failure;

/// The reference of every join: a client of the generator joins one topic.
pub const JOIN_REF: u64 = 1;

/// A message to the server.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// What the reply carries.
    pub reference: u64,
    /// The topic.
    pub topic: &'a str,
    /// The event.
    pub event: &'a str,
    /// The content, as JSON.
    pub payload: &'a str,
}

impl Outgoing<'_> {
    /// Replaces `text` with the message.
    pub fn write(&self, text: &mut String) {
        let Self {
            reference,
            topic,
            event,
            payload,
        } = self;
        text.clear();
        write!(
            text,
            r#"["{JOIN_REF}","{reference}",{},{},{payload}]"#,
            Quoted(topic),
            Quoted(event)
        )
        .expect("memory can be written");
    }
}

struct Quoted<'a>(&'a str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if self.0.bytes().all(plain) {
            return write!(f, "\"{}\"", self.0);
        }
        f.write_str(&serde_json::to_string(self.0).map_err(|_| std::fmt::Error)?)
    }
}

/// The message that keeps a connection alive.
#[must_use]
pub fn heartbeat(reference: u64) -> String {
    format!(
        r#"[null,"{reference}","{}","{}",{{}}]"#,
        event::PHOENIX,
        event::HEARTBEAT
    )
}

/// A message from the server.
#[derive(Debug, Deserialize)]
pub struct Incoming<'a> {
    #[serde(borrow)]
    #[expect(dead_code, reason = "its place in the array has to be named")]
    join_ref: Option<&'a RawValue>,
    #[serde(borrow)]
    reference: Option<Cow<'a, str>>,
    #[serde(borrow)]
    #[expect(dead_code, reason = "its place in the array has to be named")]
    topic: Cow<'a, str>,
    /// The event.
    #[serde(borrow)]
    pub event: Cow<'a, str>,
    /// The content.
    #[serde(borrow)]
    pub payload: &'a RawValue,
}

/// What a reply says.
#[derive(Debug, Deserialize)]
pub struct Reply<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    /// The response, as JSON.
    #[serde(borrow)]
    pub response: &'a RawValue,
}

impl<'a> Incoming<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &'a [u8]) -> Result<Self, Failure> {
        serde_json::from_slice(text).map_err(|cause| malformed(&cause, text))
    }

    /// Whether this is the reply to that message.
    #[must_use]
    pub fn answers(&self, reference: u64) -> bool {
        self.event == event::PHX_REPLY && self.reference() == Some(reference)
    }

    /// The reference, of those the generator gives.
    #[must_use]
    pub fn reference(&self) -> Option<u64> {
        self.reference.as_deref()?.parse().ok()
    }

    /// The response of a reply that says "ok".
    ///
    /// # Errors
    /// When the reply says anything else.
    pub fn ok(&self) -> Result<&'a RawValue, Failure> {
        let text = self.payload.get();
        let reply: Reply<'a> =
            serde_json::from_str(text).map_err(|cause| malformed(&cause, text.as_bytes()))?;
        match &*reply.status {
            "ok" => Ok(reply.response),
            _ => Err(Failure::Refused(shorten(text.as_bytes()))),
        }
    }

    /// Fails when the server ended the channel.
    ///
    /// # Errors
    /// When it did.
    pub fn check_open(&self) -> Result<(), Failure> {
        match &*self.event {
            event::PHX_ERROR | event::PHX_CLOSE => Err(Failure::Ended(self.event.to_string())),
            _ => Ok(()),
        }
    }
}

fn malformed(cause: &serde_json::Error, text: &[u8]) -> Failure {
    Failure::Malformed(format!("{} ({cause})", shorten(text)))
}

/// The start of a text, for an error.
fn shorten(text: &[u8]) -> String {
    const CHARACTERS_MAX: usize = 200;
    String::from_utf8_lossy(text)
        .chars()
        .take(CHARACTERS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_written_as_the_serializer_reads_it() {
        let mut text = String::from("of before");
        let outgoing = Outgoing {
            reference: 7,
            topic: "room:\"1\"",
            event: "echo",
            payload: r#"{"body":"x"}"#,
        };
        outgoing.write(&mut text);
        assert_eq!(text, r#"["1","7","room:\"1\"","echo",{"body":"x"}]"#);
        let frame = bennu_protocol::Frame::Text(text.into());
        let message = bennu_protocol::Serializer::V2.decode(frame).unwrap();
        assert_eq!(message.topic, "room:\"1\"");
        assert_eq!(message.payload.as_json(), Some(outgoing.payload));
    }

    #[test]
    fn a_heartbeat_is_one_of_the_protocols() {
        let frame = bennu_protocol::Frame::Text(heartbeat(3).into());
        let message = bennu_protocol::Serializer::V2.decode(frame).unwrap();
        assert_eq!(
            (message.topic, message.event),
            ("phoenix".into(), "heartbeat".into())
        );
    }

    #[test]
    fn a_reply_is_told_from_a_push() {
        let reply = br#"["1","7","t","phx_reply",{"status":"ok","response":{"a":1}}]"#;
        let reply = Incoming::parse(reply).unwrap();
        assert!(reply.answers(7) && !reply.answers(8));
        assert_eq!(reply.ok().unwrap().get(), r#"{"a":1}"#);

        let push = Incoming::parse(br#"[null,null,"t","msg",{}]"#).unwrap();
        assert!(!push.answers(7));
        assert_eq!(push.event, "msg");
    }

    #[test]
    fn a_refusal_and_a_channels_end_are_failures() {
        let reply = br#"["1","7","t","phx_reply",{"status":"error","response":{}}]"#;
        assert!(matches!(
            Incoming::parse(reply).unwrap().ok(),
            Err(Failure::Refused(_))
        ));
        let crash = Incoming::parse(br#"["1","1","t","phx_error",{}]"#).unwrap();
        assert!(matches!(crash.check_open(), Err(Failure::Ended(_))));
    }

    #[test]
    fn text_that_is_no_message_is_quoted_in_the_error() {
        let error = Incoming::parse(b"{nope").unwrap_err().to_string();
        assert!(error.starts_with("the server sent {nope ("), "{error}");
        let long = "x".repeat(10_000);
        assert!(
            Incoming::parse(long.as_bytes())
                .unwrap_err()
                .to_string()
                .len()
                < 400
        );
    }
}
