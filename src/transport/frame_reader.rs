//! RFC 6455 frames of a client, out of bytes as they arrive; without I/O.
//!
//! The reader owns memory only while a frame is incomplete: an idle connection holds none.

use bytes::Bytes;
use bytestring::ByteString;

use crate::channel::CloseCode;
use crate::protocol::permessage_deflate::{self, InflateError};
use crate::protocol::{CONTROL_BYTES_MAX, Frame};

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Data(Frame),
    Ping(Bytes),
    Pong(Bytes),
    /// The code to close with in turn: 1000, or 1002 for a code that no peer may send.
    Close(u16),
}

impl Received {
    /// The size of a message.
    pub(crate) fn data_bytes(&self) -> usize {
        match self {
            Self::Data(Frame::Text(text)) => text.as_bytes().len(),
            Self::Data(Frame::Binary(bytes)) => bytes.len(),
            Self::Ping(_) | Self::Pong(_) | Self::Close(_) => 0,
        }
    }
}

/// What a client may send.
#[derive(Clone, Copy)]
pub(crate) struct FrameLimits {
    /// Bytes of a frame; also what a message in one compressed frame may become.
    pub(crate) frame_bytes_max: usize,
    /// Bytes of a message in fragments, before and after it is decompressed.
    pub(crate) message_bytes_max: usize,
    /// Whether messages may be compressed.
    pub(crate) inflates: bool,
}

pub(crate) struct FrameReader {
    limits: FrameLimits,
    /// The beginning of a frame whose rest has not arrived.
    partial: Vec<u8>,
    /// The fragments of a message whose last one has not arrived.
    fragments: Option<Fragments>,
}

struct Fragments {
    kind: Kind,
    compressed: bool,
    message: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Binary,
}

/// The fixed part of a frame.
struct Header {
    fin: bool,
    compressed: bool,
    opcode: u8,
    mask: [u8; 4],
    /// Bytes before the payload.
    head: usize,
    /// Bytes of payload.
    body: usize,
}

/// The message is compressed (RFC 7692, section 6).
const RSV1: u8 = 0x40;
const RSV2_RSV3: u8 = 0x30;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

impl FrameReader {
    pub(crate) const fn new(limits: FrameLimits) -> Self {
        Self {
            limits,
            partial: Vec::new(),
            fragments: None,
        }
    }

    /// Takes bytes off the front of `input` until a message is complete; none when all of it was taken.
    pub(crate) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Received>, CloseCode> {
        loop {
            let Some((header, body)) = self.frame(input)? else {
                return Ok(None);
            };
            if let Some(received) = self.receive(&header, body)? {
                return Ok(Some(received));
            }
        }
    }

    /// The next whole frame, unmasked.
    fn frame(&mut self, input: &mut &[u8]) -> Result<Option<(Header, Vec<u8>)>, CloseCode> {
        if self.partial.is_empty() {
            let Some(header) = self.whole(input)? else {
                self.partial.extend_from_slice(input);
                *input = &[];
                return Ok(None);
            };
            let (frame, rest) = input.split_at(header.head + header.body);
            *input = rest;
            let body = unmask(&frame[header.head..], header.mask);
            return Ok(Some((header, body)));
        }
        while !input.is_empty() {
            let wanted = match self.header(&self.partial)? {
                Ok(header) => header.head + header.body - self.partial.len(),
                Err(missing) => missing,
            };
            let (taken, rest) = input.split_at(wanted.min(input.len()));
            self.partial.extend_from_slice(taken);
            *input = rest;
            if let Some(header) = self.whole(&self.partial)? {
                let partial = std::mem::take(&mut self.partial);
                let body = unmask(&partial[header.head..], header.mask);
                return Ok(Some((header, body)));
            }
        }
        Ok(None)
    }

    /// The header of the frame at the front of `bytes`, if the frame is all there.
    fn whole(&self, bytes: &[u8]) -> Result<Option<Header>, CloseCode> {
        Ok(self
            .header(bytes)?
            .ok()
            .filter(|header| bytes.len() >= header.head + header.body))
    }

    /// The header at the front of `bytes`, or how many bytes of it are missing at least.
    fn header(&self, bytes: &[u8]) -> Result<Result<Header, usize>, CloseCode> {
        let &[first, second, ..] = bytes else {
            return Ok(Err(2 - bytes.len()));
        };
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
        let compressed = first & RSV1 != 0;
        let may_be_compressed = self.limits.inflates && matches!(opcode, TEXT | BINARY);
        let reserved_bits = first & RSV2_RSV3 != 0 || compressed && !may_be_compressed;
        let known = matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG);
        let masked = second & 0x80 != 0;
        if reserved_bits || !known || !masked {
            return Err(CloseCode::Protocol);
        }
        let short = usize::from(second & 0x7f);
        if opcode >= CLOSE && (!fin || short > CONTROL_BYTES_MAX) {
            return Err(CloseCode::Protocol);
        }
        let (extended, head) = match short {
            126 => (bytes.get(2..4), 8),
            127 => (bytes.get(2..10), 14),
            _ => (Some(&[][..]), 6),
        };
        let (Some(extended), Some(mask)) = (extended, bytes.get(head - 4..head)) else {
            return Ok(Err(head - bytes.len()));
        };
        let body = if extended.is_empty() {
            short as u64
        } else {
            extended
                .iter()
                .fold(0, |length, byte| length << 8 | u64::from(*byte))
        };
        if body > self.limits.frame_bytes_max as u64 {
            return Err(CloseCode::TooBig);
        }
        let mask = [mask[0], mask[1], mask[2], mask[3]];
        let body = usize::try_from(body).expect("the frame limit is a usize");
        Ok(Ok(Header {
            fin,
            compressed,
            opcode,
            mask,
            head,
            body,
        }))
    }

    fn receive(&mut self, header: &Header, body: Vec<u8>) -> Result<Option<Received>, CloseCode> {
        match (header.opcode, &mut self.fragments) {
            (PING, _) => Ok(Some(Received::Ping(body.into()))),
            (PONG, _) => Ok(Some(Received::Pong(body.into()))),
            (CLOSE, _) => close(&body).map(Some),
            (CONTINUATION, Some(fragments)) => {
                if body.is_empty() && !header.fin {
                    return Err(CloseCode::Policy);
                }
                if fragments.message.len() + body.len() > self.limits.message_bytes_max {
                    return Err(CloseCode::TooBig);
                }
                fragments.message.extend_from_slice(&body);
                if header.fin {
                    self.defragment()
                } else {
                    Ok(None)
                }
            }
            (TEXT | BINARY, None) => self.begin(header, body),
            // A continuation of nothing, or a new message inside another.
            _ => Err(CloseCode::Protocol),
        }
    }

    /// A message in one frame, or the first fragment of one.
    fn begin(&mut self, header: &Header, body: Vec<u8>) -> Result<Option<Received>, CloseCode> {
        let kind = if header.opcode == TEXT {
            Kind::Text
        } else {
            Kind::Binary
        };
        if header.fin {
            let message = inflated(header.compressed, body, self.limits.frame_bytes_max)?;
            return data(kind, message).map(Some);
        }
        if body.len() > self.limits.message_bytes_max {
            return Err(CloseCode::TooBig);
        }
        self.fragments = Some(Fragments {
            kind,
            compressed: header.compressed,
            message: body,
        });
        Ok(None)
    }

    /// The message whose last fragment has arrived.
    fn defragment(&mut self) -> Result<Option<Received>, CloseCode> {
        let Some(whole) = self.fragments.take() else {
            return Ok(None);
        };
        let bytes_max = self.limits.message_bytes_max;
        let message = inflated(whole.compressed, whole.message, bytes_max)?;
        data(whole.kind, message).map(Some)
    }
}

/// The message itself, if what came is its compressed form.
fn inflated(compressed: bool, body: Vec<u8>, bytes_max: usize) -> Result<Vec<u8>, CloseCode> {
    if !compressed {
        return Ok(body);
    }
    permessage_deflate::inflate(&body, bytes_max).map_err(|cause| match cause {
        InflateError::TooLong => CloseCode::TooBig,
        InflateError::Malformed => CloseCode::InvalidPayload,
    })
}

fn data(kind: Kind, body: Vec<u8>) -> Result<Received, CloseCode> {
    Ok(Received::Data(match kind {
        Kind::Text => {
            let text =
                ByteString::try_from(Bytes::from(body)).map_err(|_| CloseCode::InvalidPayload)?;
            Frame::Text(text)
        }
        Kind::Binary => Frame::Binary(body.into()),
    }))
}

fn close(body: &[u8]) -> Result<Received, CloseCode> {
    let code = match body {
        [] => return Ok(Received::Close(1000)),
        [_] => return Err(CloseCode::Protocol),
        [high, low, ..] => u16::from_be_bytes([*high, *low]),
    };
    if std::str::from_utf8(&body[2..]).is_err() {
        return Err(CloseCode::InvalidPayload);
    }
    let sendable = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    Ok(Received::Close(if sendable { 1000 } else { 1002 }))
}

fn unmask(masked: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut plain = Vec::with_capacity(masked.len());
    let (chunks, rest) = masked.as_chunks::<8>();
    for chunk in chunks {
        plain.extend_from_slice(&(u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes());
    }
    plain.extend(
        rest.iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::WireFrame;

    const MASK: [u8; 4] = [1, 2, 3, 4];

    fn frame(fin: bool, opcode: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![u8::from(fin) << 7 | opcode];
        match body.len() {
            short @ 0..126 => bytes.push(0x80 | u8::try_from(short).expect("short")),
            medium @ 126..=0xffff => {
                bytes.push(0x80 | 126);
                bytes.extend(u16::try_from(medium).expect("medium").to_be_bytes());
            }
            long => {
                bytes.push(0x80 | 127);
                bytes.extend((long as u64).to_be_bytes());
            }
        }
        bytes.extend(MASK);
        bytes.extend(unmask(body, MASK));
        bytes
    }

    fn plain_reader(frame_bytes_max: usize, message_bytes_max: usize) -> FrameReader {
        FrameReader::new(FrameLimits {
            frame_bytes_max,
            message_bytes_max,
            inflates: false,
        })
    }

    fn read_all(reader: &mut FrameReader, mut input: &[u8]) -> Result<Vec<Received>, CloseCode> {
        let mut all = Vec::new();
        while let Some(received) = reader.next(&mut input)? {
            all.push(received);
        }
        assert!(input.is_empty());
        Ok(all)
    }

    fn text(text: &str) -> Received {
        Received::Data(Frame::Text(text.into()))
    }

    #[test]
    fn frames_come_out_whatever_the_pieces_they_came_in() {
        let long = "é".repeat(40_000);
        let mut bytes = frame(true, TEXT, b"hello");
        bytes.extend(frame(true, BINARY, &[7; 300]));
        bytes.extend(frame(false, TEXT, &long.as_bytes()[..1]));
        bytes.extend(frame(true, PING, b"in between"));
        bytes.extend(frame(false, CONTINUATION, &long.as_bytes()[1..70_001]));
        bytes.extend(frame(true, CONTINUATION, &long.as_bytes()[70_001..]));
        let expected = [
            text("hello"),
            Received::Data(Frame::Binary(vec![7; 300].into())),
            Received::Ping(Bytes::from_static(b"in between")),
            text(&long),
        ];
        for piece in [1, 2, 3, 7, 1000, bytes.len()] {
            let mut reader = plain_reader(100_000, 100_000);
            let mut all = Vec::new();
            for piece in bytes.chunks(piece) {
                all.extend(read_all(&mut reader, piece).expect("valid frames"));
            }
            assert_eq!(all, expected, "in pieces of {piece} bytes");
            assert_eq!(
                reader.partial.capacity(),
                0,
                "an idle reader holds no memory"
            );
        }
    }

    #[test]
    fn a_frame_at_the_limit_passes_and_one_byte_more_is_refused_unread() {
        let mut reader = plain_reader(200, 100);
        assert!(read_all(&mut reader, &frame(true, BINARY, &[0; 200])).is_ok());
        let header_only = &frame(true, BINARY, &[0; 201])[..8];
        assert_eq!(read_all(&mut reader, header_only), Err(CloseCode::TooBig)); // U-3
    }

    #[test]
    fn fragments_together_have_a_limit_of_their_own() {
        let mut reader = plain_reader(200, 100);
        assert_eq!(
            read_all(&mut reader, &frame(false, BINARY, &[0; 60])),
            Ok(vec![])
        );
        assert_eq!(
            read_all(&mut reader, &frame(true, CONTINUATION, &[0; 41])),
            Err(CloseCode::TooBig)
        );
        let mut reader = plain_reader(200, 100);
        assert_eq!(
            read_all(&mut reader, &frame(false, BINARY, &[0; 60])),
            Ok(vec![])
        );
        let whole = read_all(&mut reader, &frame(true, CONTINUATION, &[0; 40]));
        assert_eq!(
            whole,
            Ok(vec![Received::Data(Frame::Binary(vec![0; 100].into()))])
        );
    }

    #[test]
    fn a_fragment_without_progress_is_refused() {
        let mut reader = plain_reader(200, 100);
        assert_eq!(read_all(&mut reader, &frame(false, TEXT, b"a")), Ok(vec![]));
        assert_eq!(
            read_all(&mut reader, &frame(false, CONTINUATION, b"")),
            Err(CloseCode::Policy)
        ); // U-3
    }

    #[test]
    fn what_rfc_6455_forbids_is_a_protocol_error() {
        let mut unmasked = frame(true, TEXT, b"x");
        unmasked[1] &= 0x7f;
        let mut reserved = frame(true, TEXT, b"x");
        reserved[0] |= 0x40;
        let in_message = [frame(false, TEXT, b"a"), frame(true, TEXT, b"b")].concat();
        let cases = [
            ("no mask", unmasked),
            ("reserved bit", reserved),
            ("unknown opcode", frame(true, 3, b"")),
            ("stray continuation", frame(true, CONTINUATION, b"x")),
            ("message inside a message", in_message),
            ("fragmented ping", frame(false, PING, b"")),
            ("long ping", frame(true, PING, &[0; 126])),
            ("close with half a code", frame(true, CLOSE, b"x")),
        ];
        for (name, bytes) in cases {
            let mut reader = plain_reader(1000, 1000);
            assert_eq!(
                read_all(&mut reader, &bytes),
                Err(CloseCode::Protocol),
                "{name}"
            );
        }
    }

    /// Reads compressed messages.
    fn inflating_reader(frame_bytes_max: usize, message_bytes_max: usize) -> FrameReader {
        FrameReader::new(FrameLimits {
            frame_bytes_max,
            message_bytes_max,
            inflates: true,
        })
    }

    fn compressed(fin: bool, opcode: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = frame(fin, opcode, body);
        bytes[0] |= RSV1;
        bytes
    }

    /// RFC 7692 section 7.2.3.1
    const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

    // RFC 7692 section 6.2
    #[test]
    fn compressed_and_other_messages_come_out_alike() {
        let bytes = [
            compressed(true, TEXT, &HELLO),
            frame(true, TEXT, b"Hello"),
            compressed(true, BINARY, &HELLO),
            compressed(false, TEXT, &HELLO[..3]),
            frame(true, PING, b"in between"),
            frame(false, CONTINUATION, &HELLO[3..5]),
            frame(true, CONTINUATION, &HELLO[5..]),
            // A fragment of a message that is not compressed follows one that was.
            frame(false, TEXT, b"Hel"),
            frame(true, CONTINUATION, b"lo"),
        ]
        .concat();
        let expected = [
            text("Hello"),
            text("Hello"),
            Received::Data(Frame::Binary(Bytes::from_static(b"Hello"))),
            Received::Ping(Bytes::from_static(b"in between")),
            text("Hello"),
            text("Hello"),
        ];
        for piece in [1, 5, bytes.len()] {
            let mut reader = inflating_reader(100, 100);
            let mut all = Vec::new();
            for piece in bytes.chunks(piece) {
                all.extend(read_all(&mut reader, piece).expect("valid frames"));
            }
            assert_eq!(all, expected, "in pieces of {piece} bytes");
        }
    }

    // RFC 7692 section 6: the bit belongs to a message's first frame, where compression was agreed on.
    #[test]
    fn the_bit_of_compression_in_another_place_is_a_protocol_error() {
        let continued = [
            compressed(false, TEXT, &HELLO[..3]),
            compressed(true, CONTINUATION, &HELLO[3..]),
        ]
        .concat();
        let mut second_bit = frame(true, TEXT, b"x");
        second_bit[0] |= 0x20;
        let cases = [
            (
                "nothing agreed",
                plain_reader(100, 100),
                compressed(true, TEXT, &HELLO),
            ),
            ("continuation", inflating_reader(100, 100), continued),
            (
                "ping",
                inflating_reader(100, 100),
                compressed(true, PING, &HELLO),
            ),
            (
                "close",
                inflating_reader(100, 100),
                compressed(true, CLOSE, b""),
            ),
            ("the second bit", inflating_reader(100, 100), second_bit),
        ];
        for (name, mut reader, bytes) in cases {
            let read = read_all(&mut reader, &bytes);
            assert_eq!(read, Err(CloseCode::Protocol), "{name}");
        }
    }

    #[test]
    fn a_compressed_message_has_the_limits_of_any_other() {
        let whole = compressed(true, TEXT, &HELLO);
        let fragments = [
            compressed(false, TEXT, &HELLO[..3]),
            frame(true, CONTINUATION, &HELLO[3..]),
        ]
        .concat();
        assert!(read_all(&mut inflating_reader(7, 0), &whole).is_ok());
        let long = WireFrame::data(&Frame::Binary(vec![0; 1000].into()));
        let long = long.deflated().expect("it repeats itself").payload();
        let long_whole = compressed(true, BINARY, &long);
        assert!(read_all(&mut inflating_reader(1000, 0), &long_whole).is_ok());
        let too_long = read_all(&mut inflating_reader(999, 1000), &long_whole);
        assert_eq!(too_long, Err(CloseCode::TooBig)); // U-4
        let long_fragments = [
            compressed(false, BINARY, &long[..3]),
            frame(true, CONTINUATION, &long[3..]),
        ]
        .concat();
        assert!(read_all(&mut inflating_reader(100, 1000), &long_fragments).is_ok());
        let too_long = read_all(&mut inflating_reader(1000, 999), &long_fragments);
        assert_eq!(too_long, Err(CloseCode::TooBig));
        // What arrives has its limit too, whatever would become of it.
        let too_long = read_all(&mut inflating_reader(100, 6), &fragments);
        assert_eq!(too_long, Err(CloseCode::TooBig));
    }

    #[test]
    fn a_message_that_cannot_be_decompressed_is_an_invalid_payload() {
        for body in [&b"Hello"[..], &HELLO[..4]] {
            let read = read_all(
                &mut inflating_reader(100, 100),
                &compressed(true, TEXT, body),
            );
            assert_eq!(read, Err(CloseCode::InvalidPayload), "{body:?}");
        }
        // Text is UTF-8 once it is decompressed.
        let no_text = compressed(true, TEXT, &[0x00, 0x01, 0x00, 0xfe, 0xff, 0xff, 0x00]);
        let read = read_all(&mut inflating_reader(100, 100), &no_text);
        assert_eq!(read, Err(CloseCode::InvalidPayload)); // U-5
    }

    #[test]
    fn text_must_be_utf8() {
        let mut reader = plain_reader(1000, 1000);
        assert_eq!(
            read_all(&mut reader, &frame(true, TEXT, &[0xff])),
            Err(CloseCode::InvalidPayload)
        ); // U-5
    }

    #[test]
    fn a_close_is_answered_with_1000_or_1002() {
        let answer =
            |body: &[u8]| read_all(&mut plain_reader(1000, 1000), &frame(true, CLOSE, body));
        assert_eq!(answer(b""), Ok(vec![Received::Close(1000)]));
        assert_eq!(
            answer(&4001_u16.to_be_bytes()),
            Ok(vec![Received::Close(1000)])
        );
        assert_eq!(
            answer(&1005_u16.to_be_bytes()),
            Ok(vec![Received::Close(1002)])
        );
        assert_eq!(answer(&[3, 232, 0xff]), Err(CloseCode::InvalidPayload));
    }
}
