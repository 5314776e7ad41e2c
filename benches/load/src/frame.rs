//! WebSocket frames as a client writes and reads them (RFC 6455, section 5).
//!
//! A generator has thousands of connections, so a connection owns no more than the bytes it has not handled yet, and a
//! message is lent out of them.

use std::fmt;
use std::ops::Range;

/// The largest message that is accepted, in bytes; a full live page of some 10,000 rows fits.
pub const MESSAGE_BYTES_MAX: usize = 16 << 20;

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
const LENGTH_IN_2_BYTES: u8 = 126;
const LENGTH_IN_8_BYTES: u8 = 127;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Appends a text frame, masked as those of a client must be.
pub fn write_text(payload: &[u8], out: &mut Vec<u8>) {
    write(TEXT, payload, out);
}

/// Appends the answer to a ping.
pub fn write_pong(payload: &[u8], out: &mut Vec<u8>) {
    write(PONG, payload, out);
}

fn write(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(FIN | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < LENGTH_IN_2_BYTES => out.push(MASKED | short),
        (_, Ok(medium)) => {
            out.push(MASKED | LENGTH_IN_2_BYTES);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(MASKED | LENGTH_IN_8_BYTES);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    let mask = fastrand::u32(..).to_ne_bytes();
    out.extend_from_slice(&mask);
    let start = out.len();
    out.extend_from_slice(payload);
    apply_mask(mask, &mut out[start..]);
}

fn apply_mask(mask: [u8; 4], payload: &mut [u8]) {
    let (words, rest) = payload.as_chunks_mut::<4>();
    let key = u32::from_ne_bytes(mask);
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ key).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

/// What a server sent, by its place in the reader's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A whole message; [`FrameReader::message`] lends its bytes.
    Message(Range<usize>),
    /// A message that came in fragments; [`FrameReader::assembled`] lends its bytes.
    Assembled,
    /// A ping to be answered with the same bytes.
    Ping(Range<usize>),
    /// The end, with the code if there is one.
    Close(Option<u16>),
}

/// What no server may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// Reserved bits, an unknown opcode, a masked frame, or fragments out of order.
    Malformed,
    /// The message has more than [`MESSAGE_BYTES_MAX`] bytes.
    TooLong,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("a frame that breaks RFC 6455"),
            Self::TooLong => write!(f, "a message of more than {MESSAGE_BYTES_MAX} bytes"),
        }
    }
}

impl std::error::Error for FrameError {}

/// Finds the messages in what a server sends.
#[derive(Debug, Default)]
pub struct FrameReader {
    /// What was read and not handed out yet starts at `start`.
    buffer: Vec<u8>,
    start: usize,
    /// The fragments so far of a message that has not ended.
    fragments: Option<Vec<u8>>,
    assembled: Vec<u8>,
}

struct Header {
    opcode: u8,
    fin: bool,
    payload: Range<usize>,
}

impl FrameReader {
    /// A reader that has seen these bytes, those behind the handshake.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            buffer: bytes.to_vec(),
            ..Self::default()
        }
    }

    /// Where to append what comes next; lent messages are gone then.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        self.buffer.drain(..self.start);
        self.start = 0;
        &mut self.buffer
    }

    /// The bytes of a message.
    #[must_use]
    pub fn message(&self, at: Range<usize>) -> &[u8] {
        &self.buffer[at]
    }

    /// The bytes of the message that was assembled last.
    #[must_use]
    pub fn assembled(&self) -> &[u8] {
        &self.assembled
    }

    /// The next event; none until more bytes have come.
    ///
    /// # Errors
    /// When the server broke the protocol.
    pub fn next_event(&mut self) -> Result<Option<Event>, FrameError> {
        while let Some(header) = self.header()? {
            self.start = header.payload.end;
            if let Some(event) = self.event(header)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    fn event(&mut self, header: Header) -> Result<Option<Event>, FrameError> {
        let at = header.payload;
        Ok(match (header.opcode, header.fin, &mut self.fragments) {
            (TEXT | BINARY, true, None) => Some(Event::Message(at)),
            (TEXT | BINARY, false, fragments @ None) => {
                *fragments = Some(self.buffer[at].to_vec());
                None
            }
            (CONTINUATION, fin, Some(fragments)) => {
                if fragments.len() + at.len() > MESSAGE_BYTES_MAX {
                    return Err(FrameError::TooLong);
                }
                fragments.extend_from_slice(&self.buffer[at]);
                fin.then(|| {
                    self.assembled = self.fragments.take().unwrap_or_default();
                    Event::Assembled
                })
            }
            (CLOSE, true, _) => Some(Event::Close(self.close_code(at))),
            (PING, true, _) => Some(Event::Ping(at)),
            (PONG, true, _) => None,
            _ => return Err(FrameError::Malformed),
        })
    }

    fn close_code(&self, at: Range<usize>) -> Option<u16> {
        let code = self.buffer[at].first_chunk::<2>()?;
        Some(u16::from_be_bytes(*code))
    }

    /// The next frame, once it is complete.
    fn header(&self) -> Result<Option<Header>, FrameError> {
        let [first, second, rest @ ..] = &self.buffer[self.start..] else {
            return Ok(None);
        };
        if first & 0x70 != 0 || second & MASKED != 0 {
            return Err(FrameError::Malformed);
        }
        let (length_bytes, length) = match *second {
            LENGTH_IN_2_BYTES => (2, rest.first_chunk().map(|b| u16::from_be_bytes(*b).into())),
            LENGTH_IN_8_BYTES => (8, rest.first_chunk().map(|b| u64::from_be_bytes(*b))),
            short => (0, Some(u64::from(short))),
        };
        let Some(length) = length else {
            return Ok(None);
        };
        let length = usize::try_from(length).map_err(|_| FrameError::TooLong)?;
        if length > MESSAGE_BYTES_MAX {
            return Err(FrameError::TooLong);
        }
        let start = self.start + 2 + length_bytes;
        let payload = start..start + length;
        Ok((payload.end <= self.buffer.len()).then_some(Header {
            opcode: first & 0x0F,
            fin: first & FIN != 0,
            payload,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(bytes: &[u8]) -> FrameReader {
        FrameReader::new(bytes)
    }

    // RFC 6455 section 5.3.
    #[test]
    fn a_written_frame_is_masked_and_can_be_unmasked() {
        for bytes in [0, 1, 125, 126, 65_535, 65_536] {
            let payload: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
            let mut out = Vec::new();
            write_text(&payload, &mut out);
            let header_bytes = out.len() - bytes;
            let mask = *out[..header_bytes].last_chunk::<4>().unwrap();
            apply_mask(mask, &mut out[header_bytes..]);
            assert_eq!(out[0], FIN | TEXT);
            assert!(out[1] & MASKED != 0);
            assert_eq!(out[header_bytes..], payload);
        }
    }

    #[test]
    fn messages_are_found_however_the_bytes_are_cut() {
        let bytes = b"\x81\x02hi\x81\x7e\x00\x80";
        let long = [b'x'; 128];
        let whole: Vec<u8> = bytes.iter().chain(&long).copied().collect();
        for cut in 0..whole.len() {
            let mut reader = reader(&whole[..cut]);
            let mut messages = Vec::new();
            for rest in [&whole[cut..], &[]] {
                while let Some(event) = reader.next_event().unwrap() {
                    let Event::Message(at) = event else {
                        panic!("{event:?}");
                    };
                    messages.push(reader.message(at).to_vec());
                }
                reader.buffer().extend_from_slice(rest);
            }
            assert_eq!(messages, [b"hi".to_vec(), long.to_vec()], "cut at {cut}");
        }
    }

    // RFC 6455 section 5.4: control frames may come between fragments.
    #[test]
    fn fragments_are_assembled_around_a_ping() {
        let mut reader = reader(b"\x01\x02he\x89\x01!\x80\x03llo");
        assert_eq!(reader.next_event(), Ok(Some(Event::Ping(6..7))));
        assert_eq!(reader.next_event(), Ok(Some(Event::Assembled)));
        assert_eq!(reader.assembled(), b"hello");
        assert_eq!(reader.next_event(), Ok(None));
    }

    #[test]
    fn a_close_frame_gives_its_code() {
        assert_eq!(
            reader(b"\x88\x02\x03\xe8").next_event(),
            Ok(Some(Event::Close(Some(1000))))
        );
        assert_eq!(
            reader(b"\x88\x00").next_event(),
            Ok(Some(Event::Close(None)))
        );
    }

    #[test]
    fn what_breaks_the_protocol_is_refused() {
        for bytes in [
            &b"\xc1\x00"[..],
            b"\x81\x80",
            b"\x80\x00",
            b"\x01\x00\x81\x00",
            b"\x09\x00",
            b"\x83\x00",
        ] {
            assert_eq!(
                reader(bytes).next_event(),
                Err(FrameError::Malformed),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn a_message_past_the_limit_is_refused_before_it_is_read() {
        let mut bytes = vec![0x81, LENGTH_IN_8_BYTES];
        bytes.extend_from_slice(&(MESSAGE_BYTES_MAX as u64 + 1).to_be_bytes());
        assert_eq!(reader(&bytes).next_event(), Err(FrameError::TooLong));
        bytes[2..].copy_from_slice(&(MESSAGE_BYTES_MAX as u64).to_be_bytes());
        assert_eq!(reader(&bytes).next_event(), Ok(None));
    }
}
