//! Which part of a file a client asks for: `Range` (RFC 9110, 14.2).

use std::ops::Range;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::endpoint::Response;
use crate::endpoint::conn::empty;

/// What of a file is answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Whole,
    Part(Range<usize>),
    /// None of its bytes.
    Beyond,
}

impl Asked {
    /// What a request asks of `length` bytes. Several parts, other units and what is garbled count as nothing said.
    pub(super) fn of(
        method: &Method,
        request: &HeaderMap,
        etag: &HeaderValue,
        length: usize,
    ) -> Self {
        let range = request.get(header::RANGE).filter(|_| method == Method::GET);
        let is_of_use = |_: &&str| {
            let known = request.get(header::IF_RANGE);
            known.is_none_or(|known| known == etag)
        };
        let range = range.and_then(|range| range.to_str().ok());
        let asked = range.filter(is_of_use).and_then(|it| one(it, length));
        asked.unwrap_or(Self::Whole)
    }
}

/// A range of bytes, `bytes=0-99`, `bytes=100-` or `bytes=-100`.
fn one(range: &str, length: usize) -> Option<Asked> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let part = match (first, last) {
        ("", count) => length.saturating_sub(number(count)?)..length,
        (first, "") => number(first)?..length,
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            let end = last.saturating_add(1).min(length);
            (first <= last).then_some(first..end)?
        }
    };
    Some(if part.is_empty() {
        Asked::Beyond
    } else {
        Asked::Part(part)
    })
}

fn number(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// The header of an answer with a part.
pub(super) fn content_range(part: &Range<usize>, length: usize) -> HeaderValue {
    header_value(&format!("bytes {}-{}/{length}", part.start, part.end - 1))
}

/// The answer to a client that asks beyond the end.
pub(super) fn not_satisfiable(length: usize) -> Response {
    let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
    let range = header_value(&format!("bytes */{length}"));
    response.headers_mut().insert(header::CONTENT_RANGE, range);
    response
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("numbers may stand in a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_found_within_the_file() {
        for (range, asked) in [
            ("bytes=0-0", Some(Asked::Part(0..1))),
            ("bytes=2-99", Some(Asked::Part(2..10))),
            ("bytes=2-18446744073709551615", Some(Asked::Part(2..10))),
            ("bytes=9-", Some(Asked::Part(9..10))),
            ("bytes=-3", Some(Asked::Part(7..10))),
            ("bytes=-99", Some(Asked::Part(0..10))),
            ("bytes=10-", Some(Asked::Beyond)),
            ("bytes=10-12", Some(Asked::Beyond)),
            ("bytes=-0", Some(Asked::Beyond)),
            ("bytes=2-1", None),
            ("bytes=0-1,3-4", None),
            ("bytes=-", None),
            ("bytes=+1-2", None),
            ("bytes=--1", None),
            ("lines=0-1", None),
            ("0-1", None),
        ] {
            assert_eq!(one(range, 10), asked, "{range}");
        }
        assert_eq!(one("bytes=0-", 0), Some(Asked::Beyond));
    }
}
