//! Which pages may open a socket (channels-wire 2.5).

use std::fmt;
use std::sync::Arc;

use http::{Uri, header, request::Parts};

/// The origin policy of sockets, `check_origin` in Phoenix.
///
/// Only browsers send an `Origin`; a request without one is always allowed (O-1).
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum CheckOrigin {
    /// The origin's host must be the endpoint's `url_host`, `true` in Phoenix.
    #[default]
    Host,
    /// Scheme, host and port must be those of the request itself, `:conn` in Phoenix.
    Conn,
    /// Any of these must match: `https://example.com`, `//example.com:8080`, `//*.example.com`.
    List(Vec<AllowedOrigin>),
    /// The application decides.
    Function(Arc<dyn Fn(&Uri) -> bool + Send + Sync>),
    /// Every page may, `false` in Phoenix.
    Any,
}

/// One entry of a list of origins; a missing scheme or port matches all (O-3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOrigin {
    scheme: Option<String>,
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Exact(String),
    /// The host itself and every subdomain of it (O-4).
    AndBelow(String),
}

/// An origin in a list names no host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginError(String);

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "origin {:?} has no host: write `https://example.com` or `//example.com`",
            self.0
        )
    }
}

impl std::error::Error for OriginError {}

impl CheckOrigin {
    /// A list of origins.
    ///
    /// # Errors
    /// When an entry has no host (O-8).
    pub fn list<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Self, OriginError> {
        origins
            .into_iter()
            .map(AllowedOrigin::parse)
            .collect::<Result<_, _>>()
            .map(Self::List)
    }

    pub(super) const fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }

    /// Whether a request may open a socket, with the offending origin when it may not.
    pub(super) fn check<'r>(
        &self,
        request: &'r Parts,
        url_host: Option<&str>,
        scheme: &str,
    ) -> Result<(), &'r [u8]> {
        let Some(origin) = request.headers.get(header::ORIGIN) else {
            return Ok(());
        };
        if self.is_any() {
            return Ok(());
        }
        let refused = Err(origin.as_bytes());
        let Some(parsed) = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.parse::<Uri>().ok())
        else {
            return refused;
        };
        if let Self::Function(allowed) = self {
            return if allowed(&parsed) { Ok(()) } else { refused };
        }
        let (Some(from_scheme), Some(host)) = (parsed.scheme_str(), parsed.host()) else {
            return refused; // O-7
        };
        let port = parsed.port_u16().or_else(|| default_port(from_scheme));
        let allowed = match self {
            Self::Host => url_host.is_none_or(|url_host| url_host == host),
            Self::List(list) => list
                .iter()
                .any(|entry| entry.matches(from_scheme, host, port)),
            Self::Conn => {
                let (own_host, own_port) = own_authority(request);
                from_scheme == scheme
                    && own_host == Some(host)
                    && port == own_port.or_else(|| default_port(scheme))
            }
            Self::Any | Self::Function(_) => true,
        };
        if allowed { Ok(()) } else { refused }
    }
}

fn own_authority(request: &Parts) -> (Option<&str>, Option<u16>) {
    let host = request
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host.or_else(|| request.uri.authority().map(http::uri::Authority::as_str))
    else {
        return (None, None);
    };
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (Some(name), port.parse().ok()),
        _ => (Some(host), None),
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

impl AllowedOrigin {
    fn parse(text: &str) -> Result<Self, OriginError> {
        let invalid = || OriginError(text.to_owned());
        let (scheme, authority) = text.split_once("//").ok_or_else(invalid)?;
        let scheme = match scheme {
            "" => None,
            scheme => Some(
                scheme
                    .strip_suffix(':')
                    .ok_or_else(invalid)?
                    .to_ascii_lowercase(),
            ),
        };
        let authority = authority.split('/').next().unwrap_or_default();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, Some(port.parse().map_err(|_| invalid())?))
            }
            _ => (authority, None),
        };
        if host.is_empty() {
            return Err(invalid());
        }
        let port = port.or_else(|| default_port(scheme.as_deref()?));
        let host = match host.strip_prefix("*.") {
            Some(parent) => Host::AndBelow(parent.to_owned()),
            None => Host::Exact(host.to_owned()),
        };
        Ok(Self { scheme, host, port })
    }

    fn matches(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let host_matches = match &self.host {
            Host::Exact(exact) => exact == host,
            Host::AndBelow(parent) => host
                .strip_suffix(&**parent)
                .is_some_and(|sub| sub.is_empty() || sub.ends_with('.')),
        };
        host_matches
            && self
                .scheme
                .as_deref()
                .is_none_or(|allowed| allowed == scheme)
            && self.port.is_none_or(|allowed| Some(allowed) == port)
    }
}

impl fmt::Debug for CheckOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("Host"),
            Self::Conn => f.write_str("Conn"),
            Self::List(list) => f.debug_tuple("List").field(list).finish(),
            Self::Function(_) => f.write_str("Function"),
            Self::Any => f.write_str("Any"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(policy: &CheckOrigin, origin: Option<&str>) -> bool {
        let mut request = http::Request::builder()
            .uri("/socket")
            .header("host", "example.com:4000");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        policy.check(&parts, Some("example.com"), "http").is_ok()
    }

    #[test]
    fn a_request_without_origin_is_allowed() {
        for policy in [
            CheckOrigin::Host,
            CheckOrigin::Conn,
            CheckOrigin::List(vec![]),
        ] {
            assert!(allowed(&policy, None)); // O-1
        }
    }

    #[test]
    fn the_host_is_compared_with_the_endpoints() {
        assert!(allowed(&CheckOrigin::Host, Some("https://example.com:81"))); // O-2
        assert!(!allowed(&CheckOrigin::Host, Some("http://other.com")));
        for hostless in ["null", "", "file://"] {
            assert!(!allowed(&CheckOrigin::Host, Some(hostless)), "{hostless:?}"); // O-7
            assert!(allowed(&CheckOrigin::Any, Some(hostless)));
        }
    }

    #[test]
    fn a_scheme_implies_its_port() {
        let list = CheckOrigin::list(["https://example.com", "//port.com:81", "//any.com"])
            .expect("origins");
        assert!(allowed(&list, Some("https://example.com")));
        assert!(!allowed(&list, Some("https://example.com:444"))); // O-3
        assert!(!allowed(&list, Some("http://port.com")));
        assert!(allowed(&list, Some("https://port.com:81")));
        assert!(allowed(&list, Some("ftp://any.com:9")));
    }

    #[test]
    fn a_wildcard_covers_the_host_itself_and_its_subdomains() {
        let list = CheckOrigin::list(["//*.foo.com"]).expect("origins");
        assert!(allowed(&list, Some("http://foo.com"))); // O-4
        assert!(allowed(&list, Some("http://a.b.foo.com")));
        assert!(!allowed(&list, Some("http://afoo.com")));
    }

    #[test]
    fn conn_wants_the_requests_own_origin() {
        assert!(allowed(&CheckOrigin::Conn, Some("http://example.com:4000"))); // O-5
        assert!(!allowed(&CheckOrigin::Conn, Some("http://example.com")));
        assert!(!allowed(
            &CheckOrigin::Conn,
            Some("https://example.com:4000")
        ));
    }

    #[test]
    fn an_entry_without_host_is_a_mistake() {
        for entry in ["example.com", "https://", "//:80", "//a:port"] {
            assert!(CheckOrigin::list([entry]).is_err(), "{entry:?}"); // O-8
        }
    }
}
