//! A socket at its path.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::header::{self, HeaderMap, HeaderValue};

use super::conn::path_param;
use super::{BuildError, CheckOrigin, Drainer, subprotocol};
use crate::assigns::Assigns;
use crate::protocol::Serializer;
use crate::protocol::form::Params;
use crate::pubsub::PubSub;
use crate::session::csrf::CsrfState;
use crate::session::{CSRF_TOKEN_KEY, Session, SessionOptions, SessionStore};
use crate::socket::{
    self, ConnectError, ConnectInfo, ConnectRaw, Handler, Limits, RawSocket, Routes,
};
use crate::token::SecretKeyBase;
use crate::transport::longpoll::Sessions;
use crate::transport::{LongPollOptions, WebSocketOptions};

/// A socket ready to be mounted with [`Builder::socket`](super::Builder::socket): who may connect, which channels
/// there are, and how the transports behave.
#[must_use]
pub struct Mount {
    socket: Socket,
    limits: Limits,
    websocket: WebSocketOptions,
    longpoll: Option<LongPollOptions>,
    auth_token: bool,
    /// In the order of the server's preference.
    subprotocols: Vec<HeaderValue>,
    check_origin: Option<CheckOrigin>,
    websocket_path: String,
    longpoll_path: String,
    session: Option<SessionOptions>,
    csrf_token_key: String,
    check_csrf: bool,
    connect_info: bool,
    serializers: Vec<Serializer>,
    drainer: Option<Drainer>,
    log: Option<tracing::Level>,
    /// The type of the handler, for the log.
    name: &'static str,
}

/// Who takes the frames of a mount's connections.
#[derive(Clone)]
pub(super) enum Socket {
    Channels {
        handler: Arc<dyn Connect>,
        routes: Arc<Routes>,
    },
    Raw(Arc<dyn ConnectRaw>),
}

impl Mount {
    /// A socket with its handler and routes, WebSocket on and everything else by default.
    pub fn new<H: Handler>(handler: H, routes: Routes) -> Self {
        let socket = Socket::Channels {
            handler: Arc::new(handler),
            routes: Arc::new(routes),
        };
        Self::of(socket, std::any::type_name::<H>())
    }

    /// A socket without channels, which takes the frames of its clients itself. No `vsn` is asked for, and no
    /// connection is logged, as in Phoenix.
    pub fn raw<S: RawSocket>() -> Self {
        let socket = Socket::Raw(socket::connector::<S>());
        Self::of(socket, std::any::type_name::<S>())
    }

    fn of(socket: Socket, name: &'static str) -> Self {
        Self {
            socket,
            websocket_path: "websocket".to_owned(),
            longpoll_path: "longpoll".to_owned(),
            session: None,
            csrf_token_key: CSRF_TOKEN_KEY.to_owned(),
            check_csrf: true,
            connect_info: false,
            serializers: vec![Serializer::V1, Serializer::V2],
            drainer: Some(Drainer::default()),
            log: Some(tracing::Level::INFO),
            name,
            limits: Limits::default(),
            websocket: WebSocketOptions::default(),
            longpoll: None,
            auth_token: false,
            subprotocols: Vec::new(),
            check_origin: None,
        }
    }

    /// What a connection may use.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How the WebSocket transport behaves.
    pub fn websocket(mut self, options: WebSocketOptions) -> Self {
        self.websocket = options;
        self
    }

    /// Serves clients by long polling too, at `longpoll` below the socket's path; off unless asked for.
    ///
    /// ```
    /// use std::time::Duration;
    /// # use bennu::Assigns;
    /// # use bennu::protocol::form::Params;
    /// # use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
    /// use bennu::endpoint::{LongPollOptions, Mount};
    ///
    /// # struct UserSocket;
    /// # impl Handler for UserSocket {
    /// #     async fn connect(&self, _: &Params, _: &ConnectInfo, _: &mut Assigns) -> Result<(), ConnectError> {
    /// #         Ok(())
    /// #     }
    /// # }
    /// let mount = Mount::new(UserSocket, Routes::new()).longpoll(LongPollOptions {
    ///     window: Duration::from_secs(5),
    ///     ..LongPollOptions::default()
    /// });
    /// ```
    pub fn longpoll(mut self, options: LongPollOptions) -> Self {
        self.longpoll = Some(options);
        self
    }

    /// Takes the client's `authToken` out of the request and hands it to `connect` as
    /// [`ConnectInfo::auth_token`]; the option `auth_token: true` of Phoenix (2.7). Default: it is ignored.
    ///
    /// Over WebSocket the token travels as a subprotocol. Strict clients, browsers among them, give up on a server that
    /// leaves their offer unanswered, so a client that sends a token needs a mount that takes one.
    pub fn auth_token(mut self, auth_token: bool) -> Self {
        self.auth_token = auth_token;
        self
    }

    /// The WebSocket subprotocols that this socket speaks, the preferred one first; a client that offers some but none
    /// of these is refused (2.8). Default: none, and what clients offer is ignored.
    ///
    /// # Panics
    /// When a name is no token in the sense of RFC 9110.
    pub fn subprotocols<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.subprotocols = names.into_iter().map(subprotocol::name).collect();
        self
    }

    /// Where the WebSocket transport answers below the socket's path; default `websocket`. It may have variables, as
    /// the socket's path (R-1, R-2).
    pub fn websocket_path(mut self, path: impl Into<String>) -> Self {
        self.websocket_path = path.into();
        self
    }

    /// Where the long-poll transport answers below the socket's path; default `longpoll`.
    pub fn longpoll_path(mut self, path: impl Into<String>) -> Self {
        self.longpoll_path = path.into();
        self
    }

    /// How the session of `connect_info` is kept, in place of the endpoint's options (S-1).
    pub fn session(mut self, options: SessionOptions) -> Self {
        self.session = Some(options);
        self
    }

    /// The session's key for the state of CSRF tokens; default `_csrf_token`.
    pub fn csrf_token_key(mut self, key: impl Into<String>) -> Self {
        self.csrf_token_key = key.into();
        self
    }

    /// Whether `connect` gets the session only along with a `_csrf_token` parameter that belongs to it; default: yes.
    ///
    /// Browsers send cookies with whatever page opens the socket, so an endpoint is not built that checks neither this
    /// nor the origin (O-8).
    pub fn check_csrf(mut self, check_csrf: bool) -> Self {
        self.check_csrf = check_csrf;
        self
    }

    /// Whether the request that opened a connection is kept for its live views, which then find it at their mount with
    /// `AnySocket::connect_info`: the option `connect_info` of a socket in Phoenix. Default: no, since its headers take
    /// memory for as long as the connection is open.
    pub fn connect_info(mut self, connect_info: bool) -> Self {
        self.connect_info = connect_info;
        self
    }

    /// The serializers that clients may ask for with `vsn`; default: both. A client that asks for another is refused
    /// with 403 (V-3).
    ///
    /// # Panics
    /// When there are none: nobody could connect.
    pub fn serializers(mut self, serializers: impl IntoIterator<Item = Serializer>) -> Self {
        self.serializers = serializers.into_iter().collect();
        assert!(!self.serializers.is_empty(), "a socket needs a serializer");
        self
    }

    /// How the connections are told to come back elsewhere when the server stops, `drainer: [...]`.
    pub fn drainer(mut self, drainer: Drainer) -> Self {
        self.drainer = Some(drainer);
        self
    }

    /// Lets the server that stops close the connections all at once after those of other sockets, `drainer: false`.
    pub fn without_drainer(mut self) -> Self {
        self.drainer = None;
        self
    }

    /// The level of the log line for each connection; none for silence. Default: info.
    pub fn log(mut self, level: Option<tracing::Level>) -> Self {
        self.log = level;
        self
    }

    /// Which pages may open this socket, in place of the endpoint's setting.
    pub fn check_origin(mut self, check_origin: CheckOrigin) -> Self {
        self.check_origin = Some(check_origin);
        self
    }
}

impl fmt::Debug for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mount")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A [`Handler`] with its futures boxed.
pub(super) trait Connect: Send + Sync {
    fn connect<'c>(
        &'c self,
        params: &'c Params,
        info: &'c ConnectInfo,
        assigns: &'c mut Assigns,
    ) -> Pin<Box<dyn Future<Output = Result<(), ConnectError>> + Send + 'c>>;

    fn id(&self, assigns: &Assigns) -> Option<String>;
}

impl<H: Handler> Connect for H {
    fn connect<'c>(
        &'c self,
        params: &'c Params,
        info: &'c ConnectInfo,
        assigns: &'c mut Assigns,
    ) -> Pin<Box<dyn Future<Output = Result<(), ConnectError>> + Send + 'c>> {
        Box::pin(Handler::connect(self, params, info, assigns))
    }

    fn id(&self, assigns: &Assigns) -> Option<String> {
        Handler::id(self, assigns)
    }
}

/// A mounted socket.
pub(super) struct Mounted {
    path: String,
    segments: Vec<Segment>,
    websocket_segments: Vec<Segment>,
    longpoll_segments: Vec<Segment>,
    /// None where the endpoint's session is used.
    sessions: Option<SessionStore>,
    mount: Mount,
    /// The names that clients may choose from, `phoenix` included where tokens are taken (A-3).
    subprotocols: Vec<HeaderValue>,
    check_origin: CheckOrigin,
    /// None where long polling is off.
    longpoll: Option<Sessions>,
}

/// How the frames of a connection travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    WebSocket,
    LongPoll,
}

impl Transport {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::LongPoll => "longpoll",
        }
    }
}

#[derive(Debug, PartialEq)]
enum Segment {
    Literal(String),
    Variable(String),
    /// A variable whose name starts with `_`: it matches and is thrown away.
    Unexposed,
}

impl Segment {
    fn all(path: &str) -> Vec<Self> {
        segments(path).map(Self::new).collect()
    }

    fn new(segment: &str) -> Self {
        match segment.strip_prefix(':') {
            Some(name) if name.starts_with('_') => Self::Unexposed,
            Some(name) => Self::Variable(name.to_owned()),
            None => Self::Literal(segment.to_owned()),
        }
    }
}

impl Mounted {
    pub(super) fn new(
        path: &str,
        mount: Mount,
        default_origin: &CheckOrigin,
        secret_key_base: &SecretKeyBase,
        pubsub: &PubSub,
    ) -> Result<Self, BuildError> {
        let given = mount.check_origin.as_ref();
        let check_origin = given.unwrap_or(default_origin).clone();
        if check_origin.is_any() && !mount.check_csrf {
            return Err(BuildError::Unprotected(path.to_owned()));
        }
        let sessions = mount.session.clone();
        let sessions = sessions.map(|options| SessionStore::new(secret_key_base, options));
        let phoenix = mount
            .auth_token
            .then(|| HeaderValue::from_static("phoenix"));
        let subprotocols = phoenix.into_iter().chain(mount.subprotocols.clone());
        let longpoll = mount
            .longpoll
            .map(|options| Sessions::new(secret_key_base, pubsub, path, options));
        Ok(Self {
            path: path.to_owned(),
            segments: Segment::all(path),
            websocket_segments: Segment::all(&mount.websocket_path),
            longpoll_segments: Segment::all(&mount.longpoll_path),
            sessions: sessions.transpose().map_err(BuildError::Session)?,
            subprotocols: subprotocols.collect(),
            check_origin,
            longpoll,
            mount,
        })
    }

    /// The transport that a path belongs to, with the variables of the path (R-1, R-2); none where a path is not of
    /// this socket or the transport is off (R-6).
    pub(super) fn match_transport(&self, path: &str) -> Option<(Transport, Params)> {
        let given: Vec<_> = segments(path).collect();
        let (socket, transport) = given.split_at_checked(self.segments.len())?;
        let mut variables = Params::default();
        match_segments(&self.segments, socket, &mut variables)?;
        let websocket = (Transport::WebSocket, &self.websocket_segments);
        let longpoll = (Transport::LongPoll, &self.longpoll_segments);
        let on = [Some(websocket), self.longpoll.as_ref().map(|_| longpoll)];
        on.into_iter().flatten().find_map(|(name, segments)| {
            let mut variables = variables.clone();
            match_segments(segments, transport, &mut variables)?;
            Some((name, variables))
        })
    }

    /// The variables of the socket's own path, without a transport's part (R-2).
    pub(super) fn match_path(&self, path: &str) -> Option<Params> {
        let given: Vec<_> = segments(path).collect();
        let mut variables = Params::default();
        match_segments(&self.segments, &given, &mut variables)?;
        Some(variables)
    }

    pub(super) const fn check_origin(&self) -> &CheckOrigin {
        &self.check_origin
    }

    pub(super) const fn socket(&self) -> &Socket {
        &self.mount.socket
    }

    pub(super) const fn limits(&self) -> Limits {
        self.mount.limits
    }

    pub(super) const fn websocket(&self) -> WebSocketOptions {
        self.mount.websocket
    }

    /// The long-poll sessions.
    ///
    /// # Panics
    /// When long polling is off; no path matches it then.
    pub(super) const fn longpoll(&self) -> &Sessions {
        self.longpoll
            .as_ref()
            .expect("a path matches the long-poll transport only where it is on")
    }

    pub(super) fn serializers(&self) -> &[Serializer] {
        &self.mount.serializers
    }

    pub(super) const fn drainer(&self) -> Option<Drainer> {
        self.mount.drainer
    }

    pub(super) const fn keeps_connect_info(&self) -> bool {
        self.mount.connect_info
    }

    pub(super) const fn log(&self) -> Option<tracing::Level> {
        self.mount.log
    }

    pub(super) const fn socket_name(&self) -> &'static str {
        self.mount.name
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The session that came with a request, if the parameter `_csrf_token` was made from it (S-2); `default` is how
    /// the endpoint keeps sessions.
    pub(super) fn session(
        &self,
        default: Option<&SessionStore>,
        params: &Params,
        headers: &HeaderMap,
    ) -> Option<Session> {
        let cookies = headers.get_all(header::COOKIE);
        let sessions = self.sessions.as_ref().or(default)?;
        let session = sessions.fetch(cookies.iter().map(HeaderValue::as_bytes))?;
        if self.mount.check_csrf {
            let state = session.get(&self.mount.csrf_token_key)?.as_bytes()?;
            let token = params.text("_csrf_token")?;
            CsrfState::from_bytes(state)?.verify(token).then_some(())?;
        }
        Some(session)
    }

    pub(super) const fn auth_token(&self) -> bool {
        self.mount.auth_token
    }

    pub(super) fn subprotocols(&self) -> &[HeaderValue] {
        &self.subprotocols
    }
}

/// Puts what the variables stand for into `variables`, if the path fits.
fn match_segments(segments: &[Segment], given: &[&str], variables: &mut Params) -> Option<()> {
    if segments.len() != given.len() {
        return None;
    }
    for (segment, given) in segments.iter().zip(given) {
        match segment {
            Segment::Literal(literal) if literal == given => {}
            Segment::Literal(_) => return None,
            Segment::Unexposed => {}
            Segment::Variable(name) => variables.insert(name, path_param(given)),
        }
    }
    Some(())
}

/// The parts of a path; doubled and trailing slashes do not matter (R-1).
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}
