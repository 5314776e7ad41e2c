//! HTTP/1.1 by hand: what is sent is what the test says, byte for byte.

use std::fmt::Write as _;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Request {
    method: String,
    path: String,
    headers: String,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: String::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        write!(self.headers, "{name}: {value}\r\n").expect("memory can be written");
        self
    }

    pub(crate) fn form(self, body: &str) -> Self {
        self.body("application/x-www-form-urlencoded", body)
    }

    pub(crate) fn body(mut self, content_type: &str, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self.header("content-type", content_type)
            .header("content-length", &body.len().to_string())
    }

    /// A body without a header that tells of it.
    pub(crate) fn raw_body(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }

    fn bytes(&self, addr: SocketAddr, connection: &str) -> Vec<u8> {
        let Self {
            method,
            path,
            headers,
            body,
        } = self;
        let mut bytes =
            format!("{method} {path} HTTP/1.1\r\nhost: {addr}\r\n{connection}{headers}\r\n")
                .into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    /// Sends the request on a connection of its own and reads until the server closes it.
    pub(crate) async fn send(self, addr: SocketAddr) -> HttpResponse {
        let mut stream = TcpStream::connect(addr).await.expect("the server listens");
        let bytes = self.bytes(addr, "connection: close\r\n");
        // A server that has answered already may refuse the rest of a body.
        let _ = stream.write_all(&bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let (mut response, body) = HttpResponse::parse(&answer).expect("a whole response");
        response.body = body;
        response
    }

    /// Sends the request and reads the response's head; what follows it comes along.
    pub(super) async fn upgrade(self, addr: SocketAddr) -> (TcpStream, HttpResponse, Vec<u8>) {
        let mut stream = TcpStream::connect(addr).await.expect("the server listens");
        let bytes = self.bytes(addr, "");
        stream.write_all(&bytes).await.expect("the server reads");
        let mut answer = Vec::new();
        loop {
            if let Some((response, rest)) = HttpResponse::parse(&answer) {
                return (stream, response, rest);
            }
            let read = stream.read_buf(&mut answer).await;
            assert_ne!(read.expect("the server answers"), 0, "{answer:?}");
        }
    }
}

#[derive(Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl HttpResponse {
    fn parse(bytes: &[u8]) -> Option<(Self, Vec<u8>)> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).expect("the head is text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.and_then(|status| status.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let response = Self {
            status: status.expect("the head begins with a status"),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: Vec::new(),
        };
        Some((response, bytes[end + 4..].to_vec()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    /// The values of a header that stands there more than once.
    pub(crate) fn header_values(&self, name: &str) -> Vec<&str> {
        let headers = self.headers.iter().filter(|(given, _)| given == name);
        headers.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// What a browser sends back of the cookies.
    pub(crate) fn cookie(&self) -> Option<&str> {
        self.header("set-cookie")?.split(';').next()
    }
}
