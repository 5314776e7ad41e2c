//! What `connect` may know of the HTTP request.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use crate::session::Session;

/// The request that opens a connection, as `connect_info` in Phoenix.
///
/// Cookies and most headers are deliberately out of reach; channels see only what `connect` assigned.
#[derive(Clone, Debug)]
pub struct ConnectInfo {
    headers: HeaderMap,
    uri: Uri,
    peer: Option<SocketAddr>,
    session: Option<Session>,
}

impl ConnectInfo {
    pub(crate) const fn new(
        headers: HeaderMap,
        uri: Uri,
        peer: Option<SocketAddr>,
        session: Option<Session>,
    ) -> Self {
        Self {
            headers,
            uri,
            peer,
            session,
        }
    }

    /// The address of the peer, `peer_data`; none where the endpoint is mounted in another server that does not say.
    #[must_use]
    pub const fn peer_addr(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The headers whose names start with `x-`, in order, duplicates kept: `x_headers`.
    pub fn x_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("x-"))
    }

    /// The headers `traceparent` and `tracestate`: `trace_context_headers`.
    pub fn trace_context_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers
            .iter()
            .filter(|(name, _)| matches!(name.as_str(), "traceparent" | "tracestate"))
    }

    /// The header `user-agent`.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.headers.get(header::USER_AGENT)?.to_str().ok()
    }

    /// The address that was asked for, with scheme and host where the request says them.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The session of the HTTP application, when its cookie came along and the `_csrf_token` parameter belongs to it
    /// (S-2).
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }
}
