//! A WebSocket client of its own making, so that it can also do what no client should.

use std::cell::Cell;
use std::net::SocketAddr;

use flate2::{Decompress, FlushDecompress};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{HttpResponse, Received, Request, patiently};

pub(super) struct WebSocket {
    stream: TcpStream,
    input: Vec<u8>,
    /// What the server accepted of the extensions that were offered.
    extensions: Option<String>,
    /// Whether the frame that was received last was compressed.
    received_compressed: bool,
}

impl WebSocket {
    /// Opens a connection, unless the server answers otherwise.
    pub(super) async fn open(
        addr: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, HttpResponse> {
        let mut request = Request::get(path)
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let (stream, response, input) = patiently("the upgrade", request.upgrade(addr)).await;
        if response.status != 101 {
            return Err(response);
        }
        // The key and the answer to it are those of RFC 6455 section 1.3.
        let accept = response.header("sec-websocket-accept");
        assert_eq!(accept, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        Ok(Self {
            stream,
            input,
            extensions: response
                .header("sec-websocket-extensions")
                .map(str::to_owned),
            received_compressed: false,
        })
    }

    pub(super) fn extensions(&self) -> Option<&str> {
        self.extensions.as_deref()
    }

    pub(super) const fn received_compressed(&self) -> bool {
        self.received_compressed
    }

    /// Writes bytes as they are; false when the connection has ended.
    pub(super) async fn try_write(&mut self, bytes: &[u8]) -> bool {
        patiently("the server to read", self.stream.write_all(bytes))
            .await
            .is_ok()
    }

    /// Waits until bytes have arrived and leaves them unread.
    pub(super) async fn arrival(&self) {
        let arrived = patiently("bytes", self.stream.peek(&mut [0])).await;
        assert_eq!(arrived.expect("the connection lives"), 1);
    }

    /// Writes until the server takes no more, and only then begins to read; hands what it reads to `heard` until that
    /// has heard enough.
    pub(super) async fn pipeline(&mut self, bytes: &[u8], mut heard: impl FnMut(Received) -> bool) {
        let (mut reader, mut writer) = self.stream.split();
        let (written, input) = (Cell::new(0), &mut self.input);
        let write = async {
            while written.get() < bytes.len() {
                let count = writer.write(&bytes[written.get()..]).await;
                written.set(written.get() + count.expect("the server reads"));
            }
        };
        let read = async {
            stall(&written).await;
            loop {
                while let Some((received, length)) = parse(input) {
                    input.drain(..length);
                    if heard(received) {
                        return;
                    }
                }
                let count = reader.read_buf(input).await;
                assert_ne!(count.expect("the server writes"), 0, "the connection lives");
            }
        };
        tokio::join!(write, read);
    }

    pub(super) async fn receive(&mut self) -> Received {
        loop {
            if let Some((received, bytes)) = parse(&self.input) {
                self.received_compressed = self.input[0] & RSV1 != 0;
                assert!(self.extensions.is_some() || !self.received_compressed);
                self.input.drain(..bytes);
                return received;
            }
            match self.stream.read_buf(&mut self.input).await {
                Ok(0) | Err(_) => return Received::End,
                Ok(_) => {}
            }
        }
    }
}

/// Ready when nothing more is written although everybody else had many turns.
async fn stall(written: &Cell<usize>) {
    loop {
        let before = written.get();
        for _ in 0..10_000 {
            tokio::task::yield_now().await;
        }
        if written.get() == before {
            return;
        }
    }
}

/// Of the first byte of a frame: its message is compressed (RFC 7692).
const RSV1: u8 = 0x40;

/// The frame at the front, and its length.
fn parse(input: &[u8]) -> Option<(Received, usize)> {
    let (&first, &length) = (input.first()?, input.get(1)?);
    assert_eq!(first & 0xb0, 0x80, "servers send whole frames");
    let (payload_bytes, head) = match length {
        0..126 => (usize::from(length), 2),
        126 => {
            let bytes = input.get(2..4)?.try_into().expect("two bytes");
            (usize::from(u16::from_be_bytes(bytes)), 4)
        }
        127 => {
            let bytes = input.get(2..10)?.try_into().expect("eight bytes");
            let length = usize::try_from(u64::from_be_bytes(bytes));
            (length.expect("frames fit into memory"), 10)
        }
        _ => panic!("servers do not mask"),
    };
    let payload = input.get(head..head + payload_bytes)?.to_vec();
    let payload = if first & RSV1 == 0 {
        payload
    } else {
        assert!(matches!(first & 0x0f, 1 | 2), "only data is compressed");
        inflated(payload)
    };
    let received = match first & 0x0f {
        1 => Received::Text(String::from_utf8(payload).expect("text is UTF-8")),
        2 => Received::Binary(payload),
        8 => {
            assert_eq!(payload.len(), 2, "a code and no reason");
            Received::Close(u16::from_be_bytes([payload[0], payload[1]]))
        }
        10 => Received::Pong(payload),
        opcode => panic!("servers do not send opcode {opcode}"),
    };
    Some((received, head + payload_bytes))
}

/// Decompresses a message that needs no other one.
fn inflated(mut compressed: Vec<u8>) -> Vec<u8> {
    compressed.extend([0, 0, 0xff, 0xff]);
    let mut message = Vec::with_capacity(1_000_000);
    let mut state = Decompress::new(false);
    let status = state.decompress_vec(&compressed, &mut message, FlushDecompress::Sync);
    status.expect("a message on its own can be read");
    assert_eq!(state.total_in(), compressed.len() as u64);
    message
}

/// A client's frame with its first byte (FIN and opcode) as given.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x12, 0x34, 0x56, 0x78];
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | u8::try_from(short).expect("short")),
        medium @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(medium).expect("medium").to_be_bytes());
        }
        long => {
            frame.push(0x80 | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b));
    frame
}
