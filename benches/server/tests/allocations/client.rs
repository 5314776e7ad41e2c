//! A client that waits for each answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a test waits for what never comes.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct WebSocket {
    stream: BufReader<TcpStream>,
    payload: Vec<u8>,
}

const TEXT: u8 = 0x81;
/// A text that is compressed.
const COMPRESSED_TEXT: u8 = 0xC1;
const PING: u8 = 0x89;
const MASKED: u8 = 0x80;

impl WebSocket {
    pub(crate) fn open(addr: SocketAddr, path: &str, headers: &str) -> Self {
        let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                       sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let (head, stream) = request(addr, path, &format!("{upgrade}{headers}"));
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        Self {
            stream,
            payload: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.write(TEXT, text.as_bytes());
    }

    /// Sends a text that was compressed before.
    pub(crate) fn send_compressed(&mut self, compressed: &[u8]) {
        self.write(COMPRESSED_TEXT, compressed);
    }

    pub(crate) fn ping(&mut self) {
        self.write(PING, b"idle");
    }

    /// Writes a frame whose mask changes nothing.
    fn write(&mut self, opcode: u8, payload: &[u8]) {
        let mut frame = vec![opcode];
        match u8::try_from(payload.len()) {
            Ok(short @ 0..126) => frame.push(MASKED | short),
            _ => {
                let medium = u16::try_from(payload.len()).expect("no test sends more");
                frame.push(MASKED | 126);
                frame.extend(medium.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        let written = self.stream.get_mut().write_all(&frame);
        written.expect("the server reads");
    }

    /// The payload of the next frame.
    pub(crate) fn receive(&mut self) -> &str {
        str::from_utf8(self.receive_bytes()).expect("the server writes text")
    }

    /// The same, whatever it is.
    pub(crate) fn receive_bytes(&mut self) -> &[u8] {
        let [_, short] = self.read();
        let length = match short {
            126 => usize::from(u16::from_be_bytes(self.read())),
            short => usize::from(short),
        };
        self.payload.resize(length, 0);
        let read = self.stream.read_exact(&mut self.payload);
        read.expect("the server answers");
        &self.payload
    }

    fn read<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream
            .read_exact(&mut bytes)
            .expect("the server answers");
        bytes
    }
}

/// What a live page's script finds in the page.
pub(crate) struct Page {
    cookie: String,
    csrf_token: String,
    id: String,
    session: String,
    statics: String,
}

impl Page {
    pub(crate) fn load(addr: SocketAddr, path: &str) -> Self {
        let (head, mut stream) = request(addr, path, "connection: close\r\n");
        let mut body = String::new();
        stream.read_to_string(&mut body).expect("a page of text");
        Self {
            cookie: between(&head, "set-cookie: ", ";"),
            csrf_token: between(&body, "name=\"csrf-token\" content=\"", "\""),
            id: between(&body, " id=\"phx-", "\""),
            session: between(&body, "data-phx-session=\"", "\""),
            statics: between(&body, "data-phx-static=\"", "\""),
        }
    }

    /// Connects and joins the view.
    pub(crate) fn join(&self, addr: SocketAddr) -> WebSocket {
        let path = format!("/live/websocket?vsn=2.0.0&_csrf_token={}", self.csrf_token);
        let mut socket = WebSocket::open(addr, &path, &format!("cookie: {}\r\n", self.cookie));
        let (session, statics) = (&self.session, &self.statics);
        socket.send(&self.message(
            "phx_join",
            &format!(
                r#"{{"url":"http://localhost/counter","params":{{"_mounts":0}},"session":"{session}","static":"{statics}"}}"#
            ),
        ));
        let reply = socket.receive();
        assert!(reply.contains(r#""status":"ok""#), "{reply}");
        socket
    }

    pub(crate) fn message(&self, event: &str, payload: &str) -> String {
        format!(r#"["4","5","lv:phx-{}","{event}",{payload}]"#, self.id)
    }
}

/// Sends a GET and reads the head of the answer.
fn request(addr: SocketAddr, path: &str, headers: &str) -> (String, BufReader<TcpStream>) {
    let mut stream = TcpStream::connect(addr).expect("the server listens");
    stream.set_nodelay(true).expect("a TCP stream");
    let timeout = stream.set_read_timeout(Some(PATIENCE));
    timeout.expect("a timeout above zero");
    let sent = write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n"
    );
    sent.expect("the server reads");
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let read = stream.read_line(&mut head).expect("a head of text");
        assert_ne!(read, 0, "{head}");
    }
    (head, stream)
}

fn between(text: &str, before: &str, after: &str) -> String {
    let found = text
        .split_once(before)
        .and_then(|(_, rest)| rest.split_once(after));
    found
        .unwrap_or_else(|| panic!("{before} in {text}"))
        .0
        .to_owned()
}
