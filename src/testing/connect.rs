//! Connecting in memory.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::pin::Pin;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::Socket;
use crate::endpoint::Endpoint;
use crate::protocol::form::Params;
use crate::session::Session;
use crate::socket::{ConnectError, ConnectInfo};

/// A connection about to be made: await it.
#[must_use = "a connection is made when this is awaited"]
#[derive(Debug)]
pub struct Connect {
    endpoint: Endpoint,
    path: String,
    params: Value,
    headers: HeaderMap,
    peer: Option<SocketAddr>,
    session: Option<Session>,
    auth_token: Option<String>,
}

impl Connect {
    pub(super) fn new(endpoint: &Endpoint, path: &str) -> Self {
        Self {
            endpoint: endpoint.clone(),
            path: path.to_owned(),
            params: Value::Object(serde_json::Map::new()),
            headers: HeaderMap::new(),
            peer: None,
            session: None,
            auth_token: None,
        }
    }

    /// The parameters of the client's socket, an object.
    pub fn params(mut self, params: Value) -> Self {
        self.params = params;
        self
    }

    /// Adds a header of the request, for what [`ConnectInfo`] shows of it.
    ///
    /// # Panics
    /// When the name or the value is none of HTTP's.
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).unwrap_or_else(|_| panic!("{name:?} is no name"));
        let value =
            HeaderValue::try_from(value).unwrap_or_else(|_| panic!("{value:?} is no value"));
        self.headers.append(name, value);
        self
    }

    /// The address that the client has, [`ConnectInfo::peer_addr`].
    pub fn peer_addr(mut self, peer: SocketAddr) -> Self {
        self.peer = Some(peer);
        self
    }

    /// The session of the page that connects, [`ConnectInfo::session`].
    pub fn session(mut self, session: Session) -> Self {
        self.session = Some(session);
        self
    }

    /// The client's `authToken`, [`ConnectInfo::auth_token`].
    pub fn auth_token(mut self, auth_token: impl Into<String>) -> Self {
        self.auth_token = Some(auth_token.into());
        self
    }

    async fn connect(self) -> Result<Socket, ConnectError> {
        let Self { endpoint, path, .. } = self;
        let params: Params = serde_json::from_value(self.params)
            .unwrap_or_else(|cause| panic!("the parameters of a socket are an object: {cause}"));
        let uri = path
            .parse()
            .unwrap_or_else(|cause| panic!("{path:?} is no path: {cause}"));
        let info = ConnectInfo::new(self.headers, uri, self.peer, self.session)
            .with_auth_token(self.auth_token);
        let accepted = endpoint.accept_in_memory(&path, params, info).await;
        let accepted = accepted.unwrap_or_else(|| panic!("the endpoint has no socket at {path}"));
        Ok(Socket::new(accepted?))
    }
}

impl IntoFuture for Connect {
    type Output = Result<Socket, ConnectError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    /// # Panics
    /// When the endpoint has no socket at the path, the parameters are no object, or `connect` panics.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}
