//! A WebSocket client of its own making, so that it can also do what no client should.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{HttpResponse, Request, patiently};

/// Which serializer a client speaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Vsn {
    V1,
    V2,
}

impl Vsn {
    pub(crate) const BOTH: [Self; 2] = [Self::V1, Self::V2];

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::V1 => "1.0.0",
            Self::V2 => "2.0.0",
        }
    }

    /// Writes `[join_ref, ref, topic, event, payload]`.
    fn encode(self, message: &Value) -> String {
        if self == Self::V2 {
            return message.to_string();
        }
        let mut object = json!({
            "ref": message[1], "topic": message[2], "event": message[3], "payload": message[4],
        });
        if !message[0].is_null() {
            object["join_ref"] = message[0].clone();
        }
        object.to_string()
    }

    /// Reads a frame as `[join_ref, ref, topic, event, payload]`; V1 has no `join_ref` to tell (V1-1).
    fn decode(self, text: &str) -> Value {
        let frame: Value = serde_json::from_str(text).expect("a frame is JSON");
        if self == Self::V2 {
            assert_eq!(frame.as_array().map(Vec::len), Some(5), "{frame}");
            return frame;
        }
        let keys = frame.as_object().expect("a V1 frame is an object").keys();
        assert!(keys.eq(["event", "payload", "ref", "topic"]), "{frame}");
        json!([
            null,
            frame["ref"],
            frame["topic"],
            frame["event"],
            frame["payload"]
        ])
    }

    fn seen(self, mut frame: Value) -> Value {
        if self == Self::V1 {
            frame[0] = Value::Null;
        }
        frame
    }
}

/// What came from the server.
#[derive(Debug, PartialEq)]
pub(crate) enum Received {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    Close(u16),
    /// The connection is gone.
    End,
}

pub(crate) struct Client {
    stream: TcpStream,
    input: Vec<u8>,
    vsn: Vsn,
}

impl Client {
    /// Opens a connection, unless the server answers otherwise.
    pub(crate) async fn open(
        addr: SocketAddr,
        path: &str,
        vsn: Vsn,
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
        Ok(Self { stream, input, vsn })
    }

    /// Sends a message given as `[join_ref, ref, topic, event, payload]`.
    pub(crate) async fn send(&mut self, message: Value) {
        let text = self.vsn.encode(&message);
        self.write(&masked(0x81, text.as_bytes())).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.write(&masked(0x81, text.as_bytes())).await;
    }

    pub(crate) async fn send_binary(&mut self, data: &[u8]) {
        self.write(&masked(0x82, data)).await;
    }

    /// Sends a close frame.
    pub(crate) async fn close(&mut self, code: Option<u16>) {
        let payload = code.map(u16::to_be_bytes);
        let payload = payload.as_ref().map_or(&[][..], |code| &code[..]);
        self.write(&masked(0x88, payload)).await;
    }

    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        assert!(self.try_write(bytes).await, "the server reads");
    }

    /// Writes bytes as they are; false when the connection has ended.
    pub(crate) async fn try_write(&mut self, bytes: &[u8]) -> bool {
        patiently("the server to read", self.stream.write_all(bytes))
            .await
            .is_ok()
    }

    /// Waits until bytes have arrived and leaves them unread.
    pub(crate) async fn arrival(&self) {
        let arrived = patiently("bytes", self.stream.peek(&mut [0])).await;
        assert_eq!(arrived.expect("the connection lives"), 1);
    }

    pub(crate) async fn receive(&mut self) -> Received {
        patiently("a frame", self.frame()).await
    }

    /// The next message, as `[join_ref, ref, topic, event, payload]`.
    pub(crate) async fn next(&mut self) -> Value {
        match self.receive().await {
            Received::Text(text) => self.vsn.decode(&text),
            other => panic!("not a message: {other:?}"),
        }
    }

    /// Asserts what the next message is.
    pub(crate) async fn expect(&mut self, frame: Value) {
        let next = self.next().await;
        assert_eq!(next, self.vsn.seen(frame), "{:?}", self.vsn);
    }

    /// Asserts that the next message is the reply to `reference` with status ok.
    pub(crate) async fn expect_ok(
        &mut self,
        join_ref: &str,
        reference: &str,
        topic: &str,
        response: Value,
    ) {
        let payload = json!({"status": "ok", "response": response});
        self.expect(json!([join_ref, reference, topic, "phx_reply", payload]))
            .await;
    }

    /// Joins with an empty payload and asserts that it worked.
    pub(crate) async fn join(&mut self, reference: &str, topic: &str) {
        self.send(json!([reference, reference, topic, "phx_join", {}]))
            .await;
        self.expect_ok(reference, reference, topic, json!({})).await;
    }

    /// Asserts that the channel sends nothing before it answers, so that what would have come before did not.
    pub(crate) async fn expect_quiet(&mut self, join_ref: &str, topic: &str) {
        self.send(json!([join_ref, "quiet", topic, "echo", {}]))
            .await;
        self.expect_ok(join_ref, "quiet", topic, json!({})).await;
    }

    async fn frame(&mut self) -> Received {
        loop {
            if let Some((received, bytes)) = parse(&self.input) {
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

/// The frame at the front, and its length.
fn parse(input: &[u8]) -> Option<(Received, usize)> {
    let (&first, &length) = (input.first()?, input.get(1)?);
    assert_eq!(first & 0xf0, 0x80, "servers send whole frames");
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
