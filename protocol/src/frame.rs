//! Frames: what a transport hands in, and what it writes out.

use std::fmt::{self, Debug, Formatter};

use bytes::{Buf, Bytes};
use bytestring::ByteString;

use crate::EncodeError;

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

    /// The payload of a text frame.
    #[must_use]
    pub fn text(&self) -> Option<ByteString> {
        match self.opcode() {
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
        let mut bytes = self.payload;
        let payload_bytes = bytes.len() - HEADROOM_BYTES;
        let header = Header::new(opcode, payload_bytes);
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
    fn new(opcode: Opcode, payload_bytes: usize) -> Self {
        let mut bytes = [0; HEADROOM_BYTES];
        bytes[0] = FIN | opcode as u8;
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

    #[test]
    fn a_clone_shares_the_bytes() {
        let frame = WireFrame::close(1012);
        assert_eq!(frame.wire().as_ptr(), frame.clone().wire().as_ptr());
    }
}
