//! Puts the frame into pages.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{StatusCode, response};
use http_body::Body as _;
use http_body_util::{BodyExt, Full};

use super::LiveReloading;
use crate::endpoint::Response;
use crate::endpoint::conn::error_response;

/// The largest page that gets a frame, in bytes.
const PAGE_BYTES_MAX: u64 = 16 * 1024 * 1024;

impl LiveReloading {
    /// Puts the frame before the last `</body>` of an HTML page. Whatever else there is stays as it is: other content,
    /// fragments without a body, pages that are compressed, streamed or larger than 16 MiB.
    pub(in crate::endpoint) async fn inject(&self, response: Response) -> Response {
        let size = response.body().size_hint().exact();
        if !is_plain_html(response.headers()) || size.is_none_or(|size| size > PAGE_BYTES_MAX) {
            return response;
        }
        let (head, body) = response.into_parts();
        match body.collect().await {
            Ok(page) => self.inject_into(head, page.to_bytes()),
            Err(_) => error_response(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    fn inject_into(&self, mut head: response::Parts, mut page: Bytes) -> Response {
        if let Some(at) = end_of_body(&page) {
            page = [&page[..at], self.iframe.as_bytes(), &page[at..]]
                .concat()
                .into();
            if let header::Entry::Occupied(mut length) = head.headers.entry(header::CONTENT_LENGTH)
            {
                length.insert(HeaderValue::from(page.len()));
            }
        }
        let body = Full::new(page).map_err(|never| match never {});
        Response::from_parts(head, body.boxed_unsync())
    }
}

fn is_plain_html(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let is_html = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    is_html && !headers.contains_key(header::CONTENT_ENCODING)
}

/// Where the body of a whole page ends.
fn end_of_body(page: &[u8]) -> Option<usize> {
    let is_at = |tag: &'static [u8]| move |found: &[u8]| found.eq_ignore_ascii_case(tag);
    page.windows(5).position(is_at(b"<body"))?;
    page.windows(7).rposition(is_at(b"</body>"))
}
