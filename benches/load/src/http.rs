//! Pages over a kept connection, HTTP/1.1 (RFC 9112), and the head of a WebSocket handshake.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::failure::Failure;
use crate::target::Target;

/// The largest head of a response, in bytes.
pub const HEAD_BYTES_MAX: usize = 64 << 10;
/// The largest body of a response, in bytes.
pub const BODY_BYTES_MAX: usize = 64 << 20;
const HEADERS_MAX: usize = 64;
const READ_BYTES: usize = 16 << 10;

/// The head of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// What to send back as `Cookie`, pairs joined by `; `.
    pub cookies: String,
    /// Where a redirect leads, the value of `Location`.
    pub location: Option<String>,
    /// Whether the server takes no further request on this connection.
    pub closes: bool,
    /// The value of `Sec-WebSocket-Accept`.
    pub websocket_accept: Option<String>,
    content_length: Option<usize>,
    chunked: bool,
}

/// A connection for pages.
#[derive(Debug)]
pub struct Pages {
    stream: TcpStream,
    buffer: Vec<u8>,
    authority: String,
}

/// A page as it came.
#[derive(Debug)]
pub struct Page {
    /// The head of the response.
    pub head: Head,
    /// The body.
    pub body: Vec<u8>,
}

impl Pages {
    /// Connects to a server.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn open(target: &Target) -> Result<Self, Failure> {
        Ok(Self {
            stream: target.connect().await?,
            buffer: Vec::new(),
            authority: target.authority().to_owned(),
        })
    }

    /// Requests a page and takes nothing but 200 for an answer.
    ///
    /// # Errors
    /// When the answer is another, or none.
    pub async fn get(&mut self, path: &str) -> Result<Page, Failure> {
        let authority = &self.authority;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {authority}\r\naccept: text/html,*/*\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await?;
        let head = read_head(&mut self.stream, &mut self.buffer).await?;
        if head.status != 200 {
            return Err(head.unexpected(path));
        }
        let body = match (head.chunked, head.content_length) {
            (true, _) => self.chunks().await?,
            (false, Some(bytes)) => self.take(bytes).await?,
            (false, None) => return Err(malformed("a page without its length")),
        };
        Ok(Page { head, body })
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            let bytes = self.chunk_length().await?;
            if body.len() + bytes > BODY_BYTES_MAX {
                return Err(malformed("a page that is too long"));
            }
            body.append(&mut self.take(bytes).await?);
            self.take(b"\r\n".len()).await?;
            if bytes == 0 {
                return Ok(body);
            }
        }
    }

    async fn chunk_length(&mut self) -> Result<usize, Failure> {
        loop {
            match httparse::parse_chunk_size(&self.buffer) {
                Ok(httparse::Status::Complete((line, bytes))) => {
                    self.buffer.drain(..line);
                    return usize::try_from(bytes).map_err(|_| malformed("a chunk too long"));
                }
                Ok(httparse::Status::Partial) if self.buffer.len() < HEAD_BYTES_MAX => {
                    fill(&mut self.stream, &mut self.buffer).await?;
                }
                _ => return Err(malformed("a chunk without its length")),
            }
        }
    }

    async fn take(&mut self, bytes: usize) -> Result<Vec<u8>, Failure> {
        if bytes > BODY_BYTES_MAX {
            return Err(malformed("a page that is too long"));
        }
        while self.buffer.len() < bytes {
            fill(&mut self.stream, &mut self.buffer).await?;
        }
        let rest = self.buffer.split_off(bytes);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }
}

/// Reads the head of a response; what came behind it stays in `buffer`.
///
/// # Errors
/// When the server hangs up, or sends something else.
pub async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Head, Failure> {
    loop {
        if let Some((head, bytes)) = parse_head(buffer)? {
            buffer.drain(..bytes);
            return Ok(head);
        }
        if buffer.len() > HEAD_BYTES_MAX {
            return Err(malformed("a head that is too long"));
        }
        fill(stream, buffer).await?;
    }
}

async fn fill(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(), Failure> {
    buffer.reserve(READ_BYTES);
    match stream.read_buf(buffer).await? {
        0 => Err(Failure::HungUp),
        _ => Ok(()),
    }
}

fn parse_head(buffer: &[u8]) -> Result<Option<(Head, usize)>, Failure> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(buffer);
    let httparse::Status::Complete(bytes) = parsed.map_err(malformed)? else {
        return Ok(None);
    };
    let mut head = Head {
        status: response.code.unwrap_or_default(),
        ..Head::default()
    };
    for header in response.headers.iter() {
        head.take(header);
    }
    Ok(Some((head, bytes)))
}

impl Head {
    /// The failure of a request for `path` that wanted another status.
    #[must_use]
    pub fn unexpected(self, path: &str) -> Failure {
        // A query may hold tokens, and says nothing here.
        let path = path.split('?').next().unwrap_or_default();
        Failure::Status {
            path: path.to_owned(),
            status: self.status,
            location: self.location,
        }
    }

    fn take(&mut self, header: &httparse::Header<'_>) {
        let Ok(value) = std::str::from_utf8(header.value) else {
            return;
        };
        match header.name.to_ascii_lowercase().as_str() {
            "content-length" => self.content_length = value.trim().parse().ok(),
            "transfer-encoding" => self.chunked = value.trim().eq_ignore_ascii_case("chunked"),
            "connection" => self.closes = lists(value, "close"),
            "location" => self.location = Some(value.to_owned()),
            "sec-websocket-accept" => self.websocket_accept = Some(value.to_owned()),
            "set-cookie" => self.take_cookie(value),
            _ => {}
        }
    }

    fn take_cookie(&mut self, value: &str) {
        let pair = value.split(';').next().unwrap_or_default();
        if !self.cookies.is_empty() {
            self.cookies.push_str("; ");
        }
        self.cookies.push_str(pair.trim());
    }
}

/// Whether a list of tokens has this one.
fn lists(value: &str, token: &str) -> bool {
    value
        .split(',')
        .any(|one| one.trim().eq_ignore_ascii_case(token))
}

fn malformed(what: impl ToString) -> Failure {
    Failure::Malformed(what.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_parsed_once_it_is_complete() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nSet-Cookie: a=1; path=/\r\nset-cookie: b=2\r\n\r\nabc";
        for cut in 0..text.len() - 3 {
            assert_eq!(parse_head(&text.as_bytes()[..cut]).unwrap(), None);
        }
        let (head, bytes) = parse_head(text.as_bytes()).unwrap().unwrap();
        assert_eq!((head.status, head.content_length), (200, Some(3)));
        assert_eq!(head.cookies, "a=1; b=2");
        assert_eq!(&text[bytes..], "abc");
    }

    #[test]
    fn a_server_says_that_it_takes_no_further_request() {
        for (value, closes) in [("close", true), ("x, Close", true), ("keep-alive", false)] {
            let text = format!("HTTP/1.1 200 OK\r\nConnection: {value}\r\n\r\n");
            let (head, _) = parse_head(text.as_bytes()).unwrap().unwrap();
            assert_eq!(head.closes, closes, "{value}");
        }
    }

    #[test]
    fn what_is_no_response_is_refused() {
        assert!(matches!(
            parse_head(b"NOPE\r\n\r\n"),
            Err(Failure::Malformed(_))
        ));
    }

    /// A page of `response` from a server that sends nothing else.
    async fn page(response: &'static [u8]) -> Result<Page, Failure> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(response).await.unwrap();
        });
        let target = Target::new(&url, 1).unwrap();
        Pages::open(&target).await.unwrap().get("/").await
    }

    #[tokio::test]
    async fn a_page_is_read_by_its_length_or_in_chunks() {
        let by_length = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
        assert_eq!(page(by_length).await.unwrap().body, b"hello");
        let in_chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
        assert_eq!(page(in_chunks).await.unwrap().body, b"hello");
    }

    #[tokio::test]
    async fn any_other_answer_is_a_failure() {
        let missing = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        let failure = page(missing).await.unwrap_err().to_string();
        assert_eq!(failure, "GET / was answered with status 404");
        let elsewhere = b"HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n";
        let failure = page(elsewhere).await.unwrap_err().to_string();
        assert!(failure.ends_with("302, a redirect to /login"), "{failure}");
        let endless = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
        assert!(matches!(page(endless).await, Err(Failure::Malformed(_))));
        let cut_short = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc";
        assert!(matches!(page(cut_short).await, Err(Failure::HungUp)));
    }
}
