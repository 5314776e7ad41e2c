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
    auth_token: Option<String>,
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
            auth_token: None,
        }
    }

    pub(crate) fn with_auth_token(self, auth_token: Option<String>) -> Self {
        Self { auth_token, ..self }
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

    /// The headers whose names start with `sec-websocket-`, in order: `sec_websocket_headers`. The client's `authToken`
    /// is not among them where the mount takes it.
    pub fn sec_websocket_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("sec-websocket-"))
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

    /// The `authToken` that the client was given, `auth_token`; none unless the mount takes it
    /// ([`Mount::auth_token`](crate::endpoint::Mount::auth_token)). Nothing has verified it yet.
    ///
    /// ```
    /// use bennu::Assigns;
    /// use bennu::protocol::form::Params;
    /// use bennu::socket::{ConnectError, ConnectInfo, Handler};
    /// use bennu::token::{MaxAge, Token};
    ///
    /// struct UserId(i64);
    ///
    /// struct UserSocket {
    ///     tokens: Token,
    /// }
    ///
    /// impl Handler for UserSocket {
    ///     async fn connect(&self, _: &Params, info: &ConnectInfo, assigns: &mut Assigns) -> Result<(), ConnectError> {
    ///         let user_id = self.tokens.verify(info.auth_token(), MaxAge::Seconds(86_400));
    ///         let user_id = user_id.ok().and_then(|user_id| user_id.as_i64());
    ///         assigns.assign(UserId(user_id.ok_or(ConnectError::Refused)?));
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn auth_token(&self) -> Option<&str> {
        self.auth_token.as_deref()
    }
}
