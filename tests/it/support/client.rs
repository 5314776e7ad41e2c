//! A client of any transport and serializer, so that one scenario runs over all of them.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::longpoll::LongPoll;
use super::websocket::{WebSocket, masked};
use super::{HttpResponse, patiently};

/// Which serializer a client speaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Vsn {
    V1,
    V2,
}

impl Vsn {
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

/// How the frames of a client travel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Transport {
    WebSocket,
    LongPoll,
}

/// A transport and a serializer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wire {
    pub(crate) transport: Transport,
    pub(crate) vsn: Vsn,
}

impl Wire {
    pub(crate) const ALL: [Self; 4] = [
        Self::new(Transport::WebSocket, Vsn::V1),
        Self::new(Transport::WebSocket, Vsn::V2),
        Self::new(Transport::LongPoll, Vsn::V1),
        Self::new(Transport::LongPoll, Vsn::V2),
    ];
    pub(crate) const V1: [Self; 2] = [Self::ALL[0], Self::ALL[2]];
    pub(crate) const V2: [Self; 2] = [Self::ALL[1], Self::ALL[3]];

    const fn new(transport: Transport, vsn: Vsn) -> Self {
        Self { transport, vsn }
    }

    pub(super) const fn path(self) -> &'static str {
        match self.transport {
            Transport::WebSocket => "websocket",
            Transport::LongPoll => "longpoll",
        }
    }
}

/// Over WebSocket, unless a test says otherwise.
impl From<Vsn> for Wire {
    fn from(vsn: Vsn) -> Self {
        Self::new(Transport::WebSocket, vsn)
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
    connection: Connection,
    wire: Wire,
}

enum Connection {
    WebSocket(WebSocket),
    LongPoll(LongPoll),
}

impl Client {
    /// Opens a connection, unless the server answers otherwise. The headers are those of an upgrade.
    pub(crate) async fn open(
        addr: SocketAddr,
        path: &str,
        wire: impl Into<Wire>,
        headers: &[(&str, &str)],
    ) -> Result<Self, HttpResponse> {
        let wire = wire.into();
        let connection = match wire.transport {
            Transport::WebSocket => {
                Connection::WebSocket(WebSocket::open(addr, path, headers).await?)
            }
            Transport::LongPoll => {
                Connection::LongPoll(LongPoll::open(addr, path, wire.vsn).await?)
            }
        };
        Ok(Self { connection, wire })
    }

    /// Sends a message given as `[join_ref, ref, topic, event, payload]`.
    pub(crate) async fn send(&mut self, message: Value) {
        let text = self.wire.vsn.encode(&message);
        self.send_text(&text).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        match &mut self.connection {
            Connection::WebSocket(_) => self.write(&masked(0x81, text.as_bytes())).await,
            Connection::LongPoll(longpoll) => longpoll.send(text).await,
        }
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
        self.websocket().try_write(bytes).await
    }

    /// Waits until bytes have arrived and leaves them unread.
    pub(crate) async fn arrival(&mut self) {
        self.websocket().arrival().await;
    }

    /// Sends messages of this text until the server takes no more, and only then begins to read, until `heard` has
    /// heard enough.
    pub(crate) async fn pipeline(
        &mut self,
        texts: impl Iterator<Item = String>,
        heard: impl FnMut(Received) -> bool,
    ) {
        let frames = texts.map(|text| masked(0x81, text.as_bytes()));
        let bytes: Vec<u8> = frames.flatten().collect();
        let pipelined = self.websocket().pipeline(&bytes, heard);
        patiently("every answer", pipelined).await;
    }

    /// What the server accepted of the extensions that the client offered.
    pub(crate) fn extensions(&mut self) -> Option<&str> {
        self.websocket().extensions()
    }

    /// Whether the frame that was received last was compressed.
    pub(crate) fn received_compressed(&mut self) -> bool {
        self.websocket().received_compressed()
    }

    pub(crate) async fn receive(&mut self) -> Received {
        let received = async {
            match &mut self.connection {
                Connection::WebSocket(websocket) => websocket.receive().await,
                Connection::LongPoll(longpoll) => longpoll.receive().await,
            }
        };
        patiently("a frame", received).await
    }

    /// The next message, as `[join_ref, ref, topic, event, payload]`.
    pub(crate) async fn next(&mut self) -> Value {
        match self.receive().await {
            Received::Text(text) => self.wire.vsn.decode(&text),
            other => panic!("not a message: {other:?}"),
        }
    }

    /// Asserts what the next message is.
    pub(crate) async fn expect(&mut self, frame: Value) {
        let next = self.next().await;
        assert_eq!(next, self.wire.vsn.seen(frame), "{:?}", self.wire);
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

    fn websocket(&mut self) -> &mut WebSocket {
        match &mut self.connection {
            Connection::WebSocket(websocket) => websocket,
            Connection::LongPoll(_) => panic!("only a WebSocket can do this"),
        }
    }
}
