//! What a client knows already: `If-None-Match` (RFC 9110, 13.1.2).

use http::{HeaderMap, HeaderValue, header};

/// Whether the client has this entity, weakly compared.
pub(super) fn is_known(request: &HeaderMap, etag: &HeaderValue) -> bool {
    let known = request.get_all(header::IF_NONE_MATCH);
    known.iter().any(|known| names(known.as_bytes(), etag))
}

fn names(known: &[u8], etag: &HeaderValue) -> bool {
    known.trim_ascii() == b"*" || opaque_tags(known).any(|tag| tag == etag.as_bytes())
}

/// The tags of a list without what makes them weak, up to the first that is none.
fn opaque_tags(mut list: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let begin = list.iter().position(|byte| !b", \t".contains(byte))?;
        let tag = &list[begin..];
        let tag = tag.strip_prefix(b"W/").unwrap_or(tag);
        let quoted = tag.strip_prefix(b"\"")?;
        let length = quoted.iter().position(|byte| *byte == b'"')?;
        let (tag, rest) = tag.split_at(length + 2);
        list = rest;
        Some(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(known: &str) -> bool {
        names(known.as_bytes(), &HeaderValue::from_static("\"b\""))
    }

    // RFC 9110, 8.8.3: a tag may hold commas.
    #[test]
    fn a_list_is_split_between_its_tags() {
        for known in [
            "\"b\"",
            "W/\"b\"",
            "\"a\",\"b\"",
            " , W/\"a,c\" ,\tW/\"b\" ",
        ] {
            assert!(knows(known), "{known}");
        }
        for other in [
            "",
            "\"a\"",
            "\"a,\"b\"",
            "\"a,W/\"b\"",
            "b",
            "w/\"b\"",
            "\"b",
        ] {
            assert!(!knows(other), "{other}");
        }
    }

    #[test]
    fn a_star_is_any_tag_when_it_stands_alone() {
        assert!(knows("*"));
        assert!(!knows("\"a\", *"));
    }
}
