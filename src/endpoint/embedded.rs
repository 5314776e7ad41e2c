//! Files that the program holds: each under its name, and, to be kept for ever, under a name with its digest.

mod entity_tag;
mod range;

use std::collections::HashMap;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use ring::digest::{SHA256, SHA512, digest};

use super::Response;
use super::conn::{empty, full};
use super::service::file_cache_control;
use range::Asked;

/// How many bytes of a digest stand in a name.
const DIGEST_BYTES: usize = 16;

/// The files below one path.
#[derive(Debug)]
pub(crate) struct EmbeddedFiles {
    /// With a slash in front and behind.
    prefix: String,
    /// By the rest of their path.
    files: HashMap<String, File>,
    digested: Vec<Digested>,
}

#[derive(Debug)]
struct File {
    content_type: HeaderValue,
    content: Bytes,
    etag: HeaderValue,
    /// The name changes with the content.
    keeps: bool,
}

/// A file that has a digested form.
#[derive(Debug)]
pub(super) struct Digested {
    /// `/colocated/index.js`.
    pub(super) path: String,
    /// `/colocated/index-0cc1….js`.
    pub(super) digested: String,
    /// `sha512-…`
    pub(super) integrity: String,
}

impl EmbeddedFiles {
    /// No files, below `path`.
    pub(crate) fn below(path: &str) -> Self {
        let path = path.trim_matches('/');
        Self {
            prefix: if path.is_empty() {
                "/".to_owned()
            } else {
                format!("/{path}/")
            },
            files: HashMap::new(),
            digested: Vec::new(),
        }
    }

    /// Adds a file, `index.js` for instance; clients ask again for it, unless they name its digest.
    pub(crate) fn file(mut self, name: &str, content_type: &'static str, content: Bytes) -> Self {
        let digest = content_digest(&content);
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let with_digest = format!("{stem}-{digest}.{extension}");
        self.digested.push(Digested {
            path: format!("{}{name}", self.prefix),
            digested: format!("{}{with_digest}", self.prefix),
            integrity: format!("sha512-{}", STANDARD.encode(digest_512(&content))),
        });
        let file = |keeps| File::new(content_type, content.clone(), &digest, keeps);
        self.files.insert(name.to_owned(), file(false));
        self.files.insert(with_digest, file(true));
        self
    }

    /// Adds a file whose name changes with its content.
    pub(crate) fn named_by_content(
        mut self,
        name: &str,
        content_type: &'static str,
        content: Bytes,
    ) -> Self {
        let digest = content_digest(&content);
        let file = File::new(content_type, content, &digest, true);
        self.files.insert(name.to_owned(), file);
        self
    }

    pub(super) fn digested(&self) -> &[Digested] {
        &self.digested
    }

    /// The answer to a request for one of the files.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Option<Response> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let name = request.uri().path().strip_prefix(&*self.prefix)?;
        let file = self.files.get(name)?;
        Some(file.answer(request.method(), request.headers()))
    }
}

impl File {
    fn new(content_type: &'static str, content: Bytes, digest: &str, keeps: bool) -> Self {
        let etag = HeaderValue::from_str(&format!("\"{digest}\""));
        Self {
            content_type: HeaderValue::from_static(content_type),
            content,
            etag: etag.expect("hexadecimal digits may stand in a header"),
            keeps,
        }
    }

    /// Connections take the body of an answer to HEAD away and leave its length.
    fn answer(&self, method: &Method, request: &HeaderMap) -> Response {
        let length = self.content.len();
        let mut response = if entity_tag::is_known(request, &self.etag) {
            empty(StatusCode::NOT_MODIFIED)
        } else {
            match Asked::of(method, request, &self.etag, length) {
                Asked::Whole => self.response(self.content.clone()),
                Asked::Part(part) => self.part(part),
                Asked::Beyond => return range::not_satisfiable(length),
            }
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, file_cache_control(self.keeps));
        headers.insert(header::ETAG, self.etag.clone());
        response
    }

    fn part(&self, part: Range<usize>) -> Response {
        let content_range = range::content_range(&part, self.content.len());
        let mut response = self.response(self.content.slice(part));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_RANGE, content_range);
        response
    }

    fn response(&self, content: Bytes) -> Response {
        let mut response = Response::new(full(content));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        for (name, value) in [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::ACCEPT_RANGES, "bytes"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// What stands for a content in a name: 32 hexadecimal digits.
pub(crate) fn content_digest(content: &[u8]) -> String {
    let digest = digest(&SHA256, content);
    let bytes = &digest.as_ref()[..DIGEST_BYTES];
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest_512(content: &[u8]) -> impl AsRef<[u8]> {
    digest(&SHA512, content)
}
