//! A WebSocket client that costs the generator little.

use std::ops::Range;
use std::time::Duration;

use bennu_protocol::event;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval};

use crate::envelope::{Incoming, JOIN_REF, Outgoing, heartbeat};
use crate::failure::Failure;
use crate::frame::{self, Event, FrameReader};
use crate::http::read_head;
use crate::target::Target;

/// The nonce of RFC 6455, section 1.3, whose answer is known, so that checking it costs nothing.
const NONCE: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const NONCE_ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// How often a client that stays sends a heartbeat, as the JavaScript client of Phoenix does by default.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30);
/// How much is read at once.
const READ_BYTES: usize = 4 << 10;

/// A connected client, of one topic at most.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    reader: FrameReader,
    /// Frames that wait for [`flush`](Self::flush).
    out: Vec<u8>,
    /// The message that is being written.
    text: String,
    last_reference: u64,
}

enum At {
    Message(Range<usize>),
    Assembled,
}

impl Connection {
    /// Connects to a WebSocket of the server.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn open(target: &Target, path: &str, cookies: &str) -> Result<Self, Failure> {
        let mut stream = target.connect().await?;
        let request = handshake(target.authority(), path, cookies);
        stream.write_all(request.as_bytes()).await?;
        let mut rest = Vec::new();
        let head = read_head(&mut stream, &mut rest).await?;
        if head.status != 101 {
            return Err(head.unexpected(path));
        }
        if head.websocket_accept.as_deref() != Some(NONCE_ACCEPT) {
            return Err(Failure::Malformed("a wrong Sec-WebSocket-Accept".into()));
        }
        Ok(Self {
            stream,
            reader: FrameReader::new(&rest),
            out: Vec::new(),
            text: String::new(),
            last_reference: JOIN_REF,
        })
    }

    /// Joins a topic and gives the response; what else comes in until then is dropped.
    ///
    /// # Errors
    /// When the server refuses or the connection ends.
    pub async fn join(&mut self, topic: &str, params: &str) -> Result<String, Failure> {
        self.queue_join(topic, params);
        self.answer(JOIN_REF).await
    }

    /// Queues the join of a topic.
    pub fn queue_join(&mut self, topic: &str, params: &str) {
        self.queue_as(JOIN_REF, topic, event::PHX_JOIN, params);
    }

    /// Queues a message and gives its reference.
    pub fn queue(&mut self, topic: &str, event: &str, payload: &str) -> u64 {
        self.last_reference += 1;
        self.queue_as(self.last_reference, topic, event, payload);
        self.last_reference
    }

    fn queue_as(&mut self, reference: u64, topic: &str, event: &str, payload: &str) {
        let outgoing = Outgoing {
            reference,
            topic,
            event,
            payload,
        };
        outgoing.write(&mut self.text);
        frame::write_text(self.text.as_bytes(), &mut self.out);
    }

    /// Queues text that is no message of the protocol.
    pub fn queue_text(&mut self, text: &str) {
        frame::write_text(text.as_bytes(), &mut self.out);
    }

    /// Queues a heartbeat and gives its reference.
    pub fn queue_heartbeat(&mut self) -> u64 {
        self.last_reference += 1;
        self.queue_text(&heartbeat(self.last_reference));
        self.last_reference
    }

    /// Writes what is queued. May be cancelled; what was not written yet stays queued.
    ///
    /// # Errors
    /// When the connection ends.
    pub async fn flush(&mut self) -> Result<(), Failure> {
        while !self.out.is_empty() {
            let written = self.stream.write(&self.out).await?;
            self.out.drain(..written);
        }
        Ok(())
    }

    /// Writes what is queued and waits for the reply to `reference`, which must be ok; gives its response.
    ///
    /// # Errors
    /// When the server refuses, ends the channel or the connection.
    pub async fn answer(&mut self, reference: u64) -> Result<String, Failure> {
        loop {
            let incoming = Incoming::parse(self.receive().await?)?;
            if incoming.answers(reference) {
                return Ok(incoming.ok()?.get().to_owned());
            }
            incoming.check_open()?;
        }
    }

    /// Stays connected as a browser does, with a heartbeat every [`HEARTBEAT_INTERVAL`], until something fails. May be
    /// cancelled without losing a message.
    pub async fn keep_alive(&mut self) -> Failure {
        let mut heartbeats = interval(HEARTBEAT_INTERVAL);
        heartbeats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeats.tick().await;
        loop {
            tokio::select! {
                taken = self.drop_next() => {
                    if let Err(failure) = taken {
                        return failure;
                    }
                }
                _ = heartbeats.tick() => {
                    self.queue_heartbeat();
                }
            }
        }
    }

    /// Drops the next message, unless it ends the channel.
    async fn drop_next(&mut self) -> Result<(), Failure> {
        Incoming::parse(self.receive().await?)?.check_open()
    }

    /// Writes what is queued and waits for the next message. May be cancelled without losing one.
    ///
    /// # Errors
    /// When the connection ends or the server breaks the protocol.
    pub async fn receive(&mut self) -> Result<&[u8], Failure> {
        let at = loop {
            self.flush().await?;
            if let Some(at) = self.next()? {
                break at;
            }
            self.fill().await?;
        };
        Ok(self.bytes(at))
    }

    /// Writes what is queued and waits until something has come in; [`received`](Self::received) takes it. May be
    /// cancelled.
    ///
    /// # Errors
    /// When the connection ends.
    pub async fn receive_more(&mut self) -> Result<(), Failure> {
        self.flush().await?;
        self.fill().await
    }

    /// The next message of those that have come in already.
    ///
    /// # Errors
    /// When the connection ended or the server broke the protocol.
    pub fn received(&mut self) -> Result<Option<&[u8]>, Failure> {
        Ok(self.next()?.map(|at| self.bytes(at)))
    }

    fn bytes(&self, at: At) -> &[u8] {
        match at {
            At::Message(at) => self.reader.message(at),
            At::Assembled => self.reader.assembled(),
        }
    }

    /// The next message; pings before it are answered by the next flush.
    fn next(&mut self) -> Result<Option<At>, Failure> {
        while let Some(event) = self.reader.next_event()? {
            match event {
                Event::Message(at) => return Ok(Some(At::Message(at))),
                Event::Assembled => return Ok(Some(At::Assembled)),
                Event::Ping(at) => frame::write_pong(self.reader.message(at), &mut self.out),
                Event::Close(code) => return Err(Failure::Closed(code)),
            }
        }
        Ok(None)
    }

    async fn fill(&mut self) -> Result<(), Failure> {
        let buffer = self.reader.buffer();
        buffer.reserve(READ_BYTES);
        match self.stream.read_buf(buffer).await? {
            0 => Err(Failure::HungUp),
            _ => Ok(()),
        }
    }
}

fn handshake(authority: &str, path: &str, cookies: &str) -> String {
    let cookies = match cookies {
        "" => String::new(),
        cookies => format!("cookie: {cookies}\r\n"),
    };
    format!(
        "GET {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: {NONCE}\r\n{cookies}\r\n"
    )
}
