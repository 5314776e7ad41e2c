//! The bodies of long polling: what a poll answers, and what a client posts.
//!
//! ```
//! use bennu_protocol::longpoll::{self, PollStatus};
//! use bennu_protocol::{Frame, Payload, Serializer};
//!
//! let frame = Serializer::V2.encode_broadcast("room:a", "new", &Payload::empty())?;
//! assert_eq!(
//!     longpoll::encode_poll(PollStatus::Ok, "T", &[frame])?,
//!     r#"{"status":200,"token":"T","messages":["[null,null,\"room:a\",\"new\",{}]"]}"#,
//! );
//!
//! let body = "[1,1,\"t\",\"a\",{}]\n[1,2,\"t\",\"b\",{}]\n";
//! let frames = longpoll::decode_batch(Some("application/x-ndjson"), body.into(), 1000)?;
//! assert_eq!(frames[1], Frame::Text(r#"[1,2,"t","b",{}]"#.into()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::error::Error;
use std::fmt::{self, Display, Formatter};

use base64::Engine;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;

use crate::{EncodeError, Frame, WireFrame, json};

/// The default bound on the frames of one posted batch.
///
/// Phoenix drops all after the hundredth in silence; some clients send more. Here more than the
/// bound is an error, and the size of the body is the transport's to limit.
pub const MESSAGES_MAX: usize = 1000;

/// The media type of a batch: one frame per line.
pub const NDJSON: &str = "application/x-ndjson";

/// The outcome of a request, inside the body; the HTTP status of every answer is 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollStatus {
    /// Messages are delivered, or a post was taken.
    Ok = 200,
    /// The poll's window passed without a message.
    NoContent = 204,
    /// The connection is refused.
    Forbidden = 403,
    /// A posted message could not be handled in time.
    RequestTimeout = 408,
    /// The session is new or gone; a poll carries the new session's token.
    Gone = 410,
}

/// Writes the answer to a poll: `{"status":..,"token":..,"messages":[..]}`, oldest message first.
///
/// # Errors
///
/// [`EncodeError::BinaryUnsupported`] if a frame is not text. Senders should not get that far:
/// a client of this transport cannot be sent bytes.
pub fn encode_poll(
    status: PollStatus,
    token: &str,
    messages: &[WireFrame],
) -> Result<Bytes, EncodeError> {
    let mut body = Vec::with_capacity(poll_bytes(token, messages));
    body.extend_from_slice(format!("{{\"status\":{},\"token\":", status as u16).as_bytes());
    json::write_str(&mut body, token);
    body.extend_from_slice(br#","messages":["#);
    for (index, frame) in messages.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        let text = frame.text().ok_or(EncodeError::BinaryUnsupported)?;
        json::write_str(&mut body, &text);
    }
    body.extend_from_slice(b"]}");
    Ok(body.into())
}

/// Writes the answer to a post, or to a poll that is refused: `{"status":..}`.
///
/// ```
/// use bennu_protocol::longpoll::{PollStatus, encode_status};
///
/// assert_eq!(encode_status(PollStatus::Forbidden), r#"{"status":403}"#);
/// ```
#[must_use]
pub fn encode_status(status: PollStatus) -> Bytes {
    format!(r#"{{"status":{}}}"#, status as u16).into()
}

/// Splits a posted body into frames, in order. They share the body's memory.
///
/// With the media type [`NDJSON`], parameters ignored, each line that starts with `[` is a text
/// frame, each other one a binary frame in standard, padded base64; empty lines are skipped,
/// although Phoenix ends the session over a trailing one. With any other media type, or none, the
/// whole body is one text frame, which is how V1 and older clients post.
///
/// # Errors
///
/// [`BatchError`] for a body that holds no frames or more than `messages_max`.
pub fn decode_batch(
    content_type: Option<&str>,
    body: Bytes,
    messages_max: usize,
) -> Result<Vec<Frame>, BatchError> {
    if !content_type.is_some_and(is_ndjson) {
        return Ok(vec![text_frame(body)?]);
    }
    let mut frames = Vec::new();
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        if frames.len() == messages_max {
            return Err(BatchError::TooManyMessages { messages_max });
        }
        frames.push(decode_line(body.slice_ref(line))?);
    }
    Ok(frames)
}

fn decode_line(line: Bytes) -> Result<Frame, BatchError> {
    if line.starts_with(b"[") {
        return text_frame(line);
    }
    let data = BASE64
        .decode(&line)
        .map_err(|_| BatchError::InvalidBase64)?;
    Ok(Frame::Binary(data.into()))
}

fn text_frame(text: Bytes) -> Result<Frame, BatchError> {
    text.try_into()
        .map(Frame::Text)
        .map_err(|_| BatchError::InvalidUtf8)
}

/// The standard alphabet with padding; like Elixir's decoder it ignores unused last bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

fn is_ndjson(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case(NDJSON)
}

/// About one byte in ten of a message is a quote that needs an escape.
fn poll_bytes(token: &str, messages: &[WireFrame]) -> usize {
    let frames_bytes: usize = messages
        .iter()
        .map(|frame| frame.len() + frame.len() / 8 + 3)
        .sum();
    64 + token.len() + frames_bytes
}

/// A posted body that cannot be split into frames. None of it is handled, and its session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchError {
    /// A text frame is not UTF-8.
    InvalidUtf8,
    /// A line is neither a JSON array nor base64.
    InvalidBase64,
    /// The batch holds more frames than allowed.
    TooManyMessages {
        /// The bound.
        messages_max: usize,
    },
}

impl Display for BatchError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUtf8 => f.write_str("posted frame is not utf-8"),
            Self::InvalidBase64 => f.write_str("posted line is neither a json array nor base64"),
            Self::TooManyMessages { messages_max } => {
                write!(f, "posted batch holds more than {messages_max} frames")
            }
        }
    }
}

impl Error for BatchError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Payload;
    use crate::Serializer;

    fn ndjson(body: &'static str) -> Result<Vec<Frame>, BatchError> {
        decode_batch(Some(NDJSON), body.into(), MESSAGES_MAX)
    }

    // L-6
    #[test]
    fn lines_are_text_or_base64() {
        assert_eq!(
            ndjson("[1]\r\nAAEC/w==\n[2]"),
            Ok(vec![
                Frame::Text("[1]".into()),
                Frame::Binary(vec![0, 1, 2, 0xFF].into()),
                Frame::Text("[2]".into()),
            ])
        );
        assert_eq!(ndjson("[1]\nAAEC_w=="), Err(BatchError::InvalidBase64));
        assert_eq!(ndjson("AAEC/w"), Err(BatchError::InvalidBase64));
        assert_eq!(ndjson(r#"{"topic":"t"}"#), Err(BatchError::InvalidBase64));
    }

    // L-8
    #[test]
    fn blank_lines_and_media_type_parameters_are_tolerated() {
        assert_eq!(ndjson("[1]\n\r\n\n").unwrap().len(), 1);
        assert_eq!(ndjson("").unwrap().len(), 0);
        for content_type in [
            "application/x-ndjson; charset=utf-8",
            "Application/X-NDJSON ;q",
        ] {
            let frames = decode_batch(Some(content_type), "[1]\n[2]".into(), MESSAGES_MAX);
            assert_eq!(frames.unwrap().len(), 2, "{content_type}");
        }
    }

    // L-6, L-23
    #[test]
    fn any_other_body_is_one_text_frame() {
        for content_type in [None, Some("application/json"), Some("text/plain"), Some("")] {
            let frames = decode_batch(content_type, "[1]\n[2]".into(), MESSAGES_MAX);
            assert_eq!(frames, Ok(vec![Frame::Text("[1]\n[2]".into())]));
        }
        let invalid = decode_batch(None, vec![0xFF].into(), MESSAGES_MAX);
        assert_eq!(invalid, Err(BatchError::InvalidUtf8));
        let invalid = decode_batch(Some(NDJSON), vec![b'[', 0xFF].into(), MESSAGES_MAX);
        assert_eq!(invalid, Err(BatchError::InvalidUtf8));
    }

    // L-6, 16.4
    #[test]
    fn a_batch_is_bounded() {
        let lines = |count| Bytes::from("[]\n".repeat(count));
        let decode = |count| decode_batch(Some(NDJSON), lines(count), MESSAGES_MAX);
        assert_eq!(decode(MESSAGES_MAX).unwrap().len(), MESSAGES_MAX);
        assert_eq!(
            decode(MESSAGES_MAX + 1),
            Err(BatchError::TooManyMessages {
                messages_max: MESSAGES_MAX
            })
        );
    }

    // L-5
    #[test]
    fn messages_are_strings_in_order() {
        let frame = |event| {
            Serializer::V1
                .encode_broadcast("t", event, &Payload::empty())
                .unwrap()
        };
        let body = encode_poll(PollStatus::Ok, "a\"b", &[frame("1"), frame("2")]).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value["token"], "a\"b");
        assert_eq!(value["messages"][1], &*frame("2").text().unwrap());
        let idle = encode_poll(PollStatus::NoContent, "T", &[]).unwrap();
        assert_eq!(idle, r#"{"status":204,"token":"T","messages":[]}"#);
    }

    // L-9
    #[test]
    fn binary_frames_are_refused() {
        let data = Payload::binary(vec![1]);
        let frame = Serializer::V2.encode_broadcast("t", "e", &data).unwrap();
        let poll = encode_poll(PollStatus::Ok, "T", &[frame]);
        assert_eq!(poll, Err(EncodeError::BinaryUnsupported));
    }
}
