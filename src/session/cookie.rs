use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::options::Attributes;

/// The cookies of a request, from the values of its `Cookie` headers: `Plug.Conn.Cookies.decode/1`.
///
/// What is not a cookie is left out. If a name comes more than once, the first counts.
///
/// ```
/// use bennu::session::cookies;
///
/// let headers = ["a=1; b=2".as_bytes(), b"c=3; nonsense"];
/// assert!(cookies(headers).eq([("a", "1"), ("b", "2"), ("c", "3")]));
/// ```
pub fn cookies<'a>(
    headers: impl IntoIterator<Item = &'a [u8]>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    headers
        .into_iter()
        .flat_map(|header| header.split(|byte| *byte == b';'))
        .filter_map(|pair| cookie(str::from_utf8(pair).ok()?))
}

fn cookie(pair: &str) -> Option<(&str, &str)> {
    let (name, value) = pair.trim_start_matches([' ', '\t']).split_once('=')?;
    if name.is_empty() || name.contains(is_space) {
        return None;
    }
    let value = value.trim_end_matches(' ');
    if value.contains(|character| character != ' ' && is_space(character)) {
        return None;
    }
    Some((name, value))
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '\x0b' | '\x0c')
}

/// The value of a `Set-Cookie` header, spelled as Plug spells it.
pub(super) fn set_cookie(
    key: &str,
    value: &str,
    attributes: &Attributes,
    secure: bool,
    now: SystemTime,
) -> String {
    let mut cookie = format!("{key}={value}; path={}", attributes.path);
    if let Some(domain) = &attributes.domain {
        cookie.push_str("; domain=");
        cookie.push_str(domain);
    }
    if let Some(max_age) = attributes.max_age {
        let (expires, seconds) = (expires(now, max_age), max_age.as_secs());
        write!(cookie, "; expires={expires}; max-age={seconds}").expect("a string takes any text");
    }
    if secure {
        cookie.push_str("; secure");
    }
    if attributes.http_only {
        cookie.push_str("; HttpOnly");
    }
    cookie.push_str("; SameSite=");
    cookie.push_str(attributes.same_site.as_str());
    cookie
}

/// The value of a `Set-Cookie` header that makes the browser forget the cookie.
pub(super) fn delete_cookie(key: &str, attributes: &Attributes, secure: bool) -> String {
    let attributes = Attributes {
        max_age: Some(Duration::ZERO),
        ..attributes.clone()
    };
    set_cookie(key, "", &attributes, secure, UNIX_EPOCH)
}

/// As [`delete_cookie`], for a cookie that the pages of this site share.
pub(crate) fn forget_cookie(key: &str) -> String {
    delete_cookie(key, &Attributes::default(), false)
}

/// The year 9999 is the last that the header's date format can name.
const EXPIRES_MAX_S: u64 = 253_402_300_799;

fn expires(now: SystemTime, max_age: Duration) -> httpdate::HttpDate {
    let latest = UNIX_EPOCH + Duration::from_secs(EXPIRES_MAX_S);
    let earliest = now.max(UNIX_EPOCH);
    earliest
        .checked_add(max_age)
        .map_or(latest, |time| time.min(latest))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_cookie_is_left_out() {
        let read = |header: &'static str| cookies([header.as_bytes()]).collect::<Vec<_>>();
        assert_eq!(read("a=1;b=2; \tc=3"), [("a", "1"), ("b", "2"), ("c", "3")]);
        assert_eq!(
            read("a=x=y; b=; c= 1 2  "),
            [("a", "x=y"), ("b", ""), ("c", " 1 2")]
        );
        assert_eq!(read("=1; a; b c=2; d=1\t2; e=\r\n; ; f=6"), [("f", "6")]);
        assert_eq!(read(""), []);
    }

    #[test]
    fn bytes_outside_utf_8_spoil_only_their_own_cookie() {
        assert!(cookies([&b"a=\xff; b=2"[..]]).eq([("b", "2")]));
    }

    #[test]
    fn dates_beyond_what_the_header_can_name_are_cut() {
        let attributes = Attributes {
            max_age: Some(Duration::MAX),
            ..Attributes::default()
        };
        let cookie = set_cookie("k", "v", &attributes, false, UNIX_EPOCH);
        assert!(
            cookie.contains("expires=Fri, 31 Dec 9999 23:59:59 GMT"),
            "{cookie}"
        );
    }
}
