//! Frames: what a transport hands in, and what it writes out.

use std::fmt::{self, Debug, Formatter};

use bytes::{Buf, Bytes};
use bytestring::ByteString;

use crate::EncodeError;
use crate::permessage_deflate::{self, COMPRESSED_BYTES_MIN};

/// The largest payload of a control frame in bytes (RFC 6455, section 5.5).
pub const CONTROL_BYTES_MAX: usize = 125;

/// One data message from a client, reassembled and without its WebSocket framing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A text message.
    Text(ByteString),
    /// A binary message.
    Binary(Bytes),
}

/// The kind of a WebSocket frame the server writes (RFC 6455, section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// UTF-8 text.
    Text = 0x1,
    /// Bytes.
    Binary = 0x2,
    /// The end of the connection, with a code.
    Close = 0x8,
    /// The answer to a ping.
    Pong = 0xA,
}

/// One frame ready for the wire: unmasked RFC 6455 header, then payload.
///
/// A clone shares the bytes, so a broadcast is encoded once for all its subscribers.
///
/// ```
/// use bennu_protocol::{Opcode, WireFrame};
///
/// let close = WireFrame::close(1001);
/// assert_eq!(close.opcode(), Opcode::Close);
/// assert_eq!(close.wire().as_ref(), [0x88, 2, 0x03, 0xE9]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct WireFrame {
    wire: Bytes,
}

impl WireFrame {
    /// A data message as it is, for sockets without channels.
    ///
    /// ```
    /// use bennu_protocol::{Frame, WireFrame};
    ///
    /// let hello = WireFrame::data(&Frame::Text("hi".into()));
    /// assert_eq!(hello.wire().as_ref(), [0x81, 2, b'h', b'i']);
    /// ```
    #[must_use]
    pub fn data(frame: &Frame) -> Self {
        match frame {
            Frame::Text(text) => Self::build(Opcode::Text, text.as_bytes()),
            Frame::Binary(bytes) => Self::build(Opcode::Binary, bytes),
        }
    }

    /// A close frame with `code` and no reason text, as Phoenix sends it.
    #[must_use]
    pub fn close(code: u16) -> Self {
        Self::build(Opcode::Close, &code.to_be_bytes())
    }

    /// The answer to a ping.
    ///
    /// # Errors
    ///
    /// [`EncodeError::ControlTooLong`] beyond [`CONTROL_BYTES_MAX`] bytes, which no valid ping has.
    pub fn pong(payload: &[u8]) -> Result<Self, EncodeError> {
        if payload.len() > CONTROL_BYTES_MAX {
            return Err(EncodeError::ControlTooLong {
                bytes: payload.len(),
            });
        }
        Ok(Self::build(Opcode::Pong, payload))
    }

    /// The message in its compressed form (RFC 7692, section 7.2.1), for connections that agreed on it; none where that
    /// is not worth it: for control frames, messages shorter than [`COMPRESSED_BYTES_MIN`], and those that it makes no
    /// shorter.
    ///
    /// ```
    /// use bennu_protocol::{Frame, WireFrame, permessage_deflate};
    ///
    /// let frame = WireFrame::data(&Frame::Text("to be or not to be; ".repeat(50).into()));
    /// let deflated = frame.deflated().expect("it repeats itself");
    /// assert!(deflated.is_deflated() && deflated.len() < frame.len() / 10);
    /// assert_eq!(permessage_deflate::inflate(&deflated.payload(), 1000)?, frame.payload());
    /// # Ok::<(), permessage_deflate::InflateError>(())
    /// ```
    #[must_use]
    pub fn deflated(&self) -> Option<Self> {
        let opcode = self.opcode();
        let has_data = matches!(opcode, Opcode::Text | Opcode::Binary);
        let payload = &self.wire[self.header_bytes()..];
        if !has_data || self.is_deflated() || payload.len() < COMPRESSED_BYTES_MIN {
            return None;
        }
        permessage_deflate::deflate(payload, |compressed| {
            let mut builder = WireFrameBuilder::with_capacity(compressed.len());
            builder.payload.extend_from_slice(compressed);
            builder.finish_with(FIN | RSV1, opcode)
        })
    }

    /// Whether the payload is compressed.
    #[must_use]
    pub fn is_deflated(&self) -> bool {
        self.wire[0] & RSV1 != 0
    }

    /// The whole frame, header included.
    #[must_use]
    pub fn wire(&self) -> &Bytes {
        &self.wire
    }

    /// The payload alone, as long polling delivers it; shares the frame's memory.
    #[must_use]
    pub fn payload(&self) -> Bytes {
        self.wire.slice(self.header_bytes()..)
    }

    /// The payload of a text frame that is not compressed.
    #[must_use]
    pub fn text(&self) -> Option<ByteString> {
        match self.opcode() {
            _ if self.is_deflated() => None,
            Opcode::Text => ByteString::try_from(self.payload()).ok(),
            Opcode::Binary | Opcode::Close | Opcode::Pong => None,
        }
    }

    /// The frame's kind.
    #[must_use]
    pub fn opcode(&self) -> Opcode {
        match self.wire[0] & 0x0F {
            0x1 => Opcode::Text,
            0x2 => Opcode::Binary,
            0x8 => Opcode::Close,
            _ => Opcode::Pong,
        }
    }

    /// Bytes on the wire, header included: what an outgoing queue counts.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "a frame has a header, it is never empty"
    )]
    pub fn len(&self) -> usize {
        self.wire.len()
    }

    pub(crate) fn payload_bytes(&self) -> usize {
        self.len() - self.header_bytes()
    }

    fn build(opcode: Opcode, payload: &[u8]) -> Self {
        let mut builder = WireFrameBuilder::with_capacity(payload.len());
        builder.payload.extend_from_slice(payload);
        builder.finish(opcode)
    }

    fn header_bytes(&self) -> usize {
        match self.wire[1] {
            LENGTH_IN_2_BYTES => 4,
            LENGTH_IN_8_BYTES => 10,
            _ => 2,
        }
    }
}

impl Debug for WireFrame {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WireFrame")
            .field(&self.opcode())
            .field(&self.payload())
            .finish()
    }
}

const FIN: u8 = 0x80;
/// Of a message's first frame: it is compressed (RFC 7692, section 6).
const RSV1: u8 = 0x40;
const LENGTH_IN_2_BYTES: u8 = 126;
const LENGTH_IN_8_BYTES: u8 = 127;
const HEADROOM_BYTES: usize = 10;

/// Writes a payload behind room for the largest header, so that neither is moved afterwards.
pub(crate) struct WireFrameBuilder {
    /// Headroom, then whatever the encoder appends.
    pub(crate) payload: Vec<u8>,
}

impl WireFrameBuilder {
    pub(crate) fn with_capacity(payload_bytes: usize) -> Self {
        let mut payload = Vec::with_capacity(HEADROOM_BYTES + payload_bytes);
        payload.extend_from_slice(&[0; HEADROOM_BYTES]);
        Self { payload }
    }

    /// Puts the header right before the payload and drops the unused headroom.
    pub(crate) fn finish(self, opcode: Opcode) -> WireFrame {
        self.finish_with(FIN, opcode)
    }

    fn finish_with(self, flags: u8, opcode: Opcode) -> WireFrame {
        let mut bytes = self.payload;
        let payload_bytes = bytes.len() - HEADROOM_BYTES;
        let header = Header::new(flags | opcode as u8, payload_bytes);
        let start = HEADROOM_BYTES - header.len;
        bytes[start..HEADROOM_BYTES].copy_from_slice(&header.bytes[..header.len]);
        // Without room to spare there is no allocation besides, and less memory in the queues.
        let mut wire = Bytes::from(bytes.into_boxed_slice());
        wire.advance(start);
        WireFrame { wire }
    }
}

struct Header {
    bytes: [u8; HEADROOM_BYTES],
    len: usize,
}

impl Header {
    fn new(first: u8, payload_bytes: usize) -> Self {
        let mut bytes = [0; HEADROOM_BYTES];
        bytes[0] = first;
        let len = match (u8::try_from(payload_bytes), u16::try_from(payload_bytes)) {
            (Ok(short), _) if short < LENGTH_IN_2_BYTES => {
                bytes[1] = short;
                2
            }
            (_, Ok(medium)) => {
                bytes[1] = LENGTH_IN_2_BYTES;
                bytes[2..4].copy_from_slice(&medium.to_be_bytes());
                4
            }
            _ => {
                bytes[1] = LENGTH_IN_8_BYTES;
                bytes[2..10].copy_from_slice(&(payload_bytes as u64).to_be_bytes());
                10
            }
        };
        Self { bytes, len }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6455 section 5.2: the shortest form of the length must be used.
    #[test]
    fn header_takes_the_shortest_length_form() {
        for (payload_bytes, header) in [
            (0, vec![0x82, 0]),
            (125, vec![0x82, 125]),
            (126, vec![0x82, 126, 0, 126]),
            (65_535, vec![0x82, 126, 0xFF, 0xFF]),
            (65_536, vec![0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let payload = vec![7; payload_bytes];
            let frame = WireFrame::build(Opcode::Binary, &payload);
            assert_eq!(frame.wire()[..header.len()], header);
            assert_eq!(frame.payload(), payload);
            assert_eq!(frame.len(), header.len() + payload_bytes);
            assert_eq!(frame.text(), None);
        }
    }

    #[test]
    fn text_frame_gives_its_text() {
        let frame = WireFrame::build(Opcode::Text, "wörld".as_bytes());
        assert_eq!(frame.wire().as_ref(), b"\x81\x06w\xC3\xB6rld");
        assert_eq!(frame.text().as_deref(), Some("wörld"));
        assert_eq!(format!("{frame:?}"), r#"WireFrame(Text, b"w\xc3\xb6rld")"#);
    }

    #[test]
    fn pong_echoes_up_to_the_control_limit() {
        let pong = WireFrame::pong(&[1; CONTROL_BYTES_MAX]).unwrap();
        assert_eq!((pong.opcode(), pong.len()), (Opcode::Pong, 127));
        assert_eq!(
            WireFrame::pong(&[1; CONTROL_BYTES_MAX + 1]),
            Err(EncodeError::ControlTooLong { bytes: 126 })
        );
    }

    // RFC 7692 section 6
    #[test]
    fn only_data_that_gets_shorter_is_compressed_and_only_once() {
        for opcode in [Opcode::Text, Opcode::Binary] {
            let frame = WireFrame::build(opcode, &[b'a'; COMPRESSED_BYTES_MIN]);
            let deflated = frame.deflated().expect("it repeats itself");
            assert_eq!(deflated.wire()[0], 0xC0 | opcode as u8);
            assert_eq!((deflated.opcode(), deflated.text()), (opcode, None));
            assert_eq!(deflated.deflated(), None);
            let shorter = WireFrame::build(opcode, &[b'a'; COMPRESSED_BYTES_MIN - 1]);
            assert_eq!(shorter.deflated(), None);
        }
        let all_different: Vec<u8> = (0..=255).collect();
        assert_eq!(
            WireFrame::build(Opcode::Binary, &all_different).deflated(),
            None
        );
        let control = WireFrame::build(Opcode::Pong, &[0; COMPRESSED_BYTES_MIN]);
        assert_eq!(control.deflated(), None);
    }

    #[test]
    fn a_clone_shares_the_bytes() {
        let frame = WireFrame::close(1012);
        assert_eq!(frame.wire().as_ptr(), frame.clone().wire().as_ptr());
    }
}
