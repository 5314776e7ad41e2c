//! A socket at its path.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::CheckOrigin;
use crate::assigns::Assigns;
use crate::protocol::form::Params;
use crate::socket::{ConnectError, ConnectInfo, Handler, Limits, Routes};
use crate::transport::WebSocketOptions;

/// A socket ready to be mounted with [`Builder::socket`](super::Builder::socket): who may connect, which channels
/// there are, and how the transports behave.
#[must_use]
pub struct Mount {
    handler: Arc<dyn Connect>,
    routes: Arc<Routes>,
    limits: Limits,
    websocket: WebSocketOptions,
    check_origin: Option<CheckOrigin>,
}

impl Mount {
    /// A socket with its handler and routes, WebSocket on and everything else by default.
    pub fn new(handler: impl Handler, routes: Routes) -> Self {
        Self {
            handler: Arc::new(handler),
            routes: Arc::new(routes),
            limits: Limits::default(),
            websocket: WebSocketOptions::default(),
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

    /// Which pages may open this socket, in place of the endpoint's setting.
    pub fn check_origin(mut self, check_origin: CheckOrigin) -> Self {
        self.check_origin = Some(check_origin);
        self
    }
}

impl fmt::Debug for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mount")
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}

/// A [`Handler`] with its futures boxed.
trait Connect: Send + Sync {
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
    segments: Vec<Segment>,
    mount: Mount,
    check_origin: CheckOrigin,
}

#[derive(Debug, PartialEq)]
enum Segment {
    Literal(String),
    Variable(String),
}

impl Mounted {
    pub(super) fn new(path: &str, mount: Mount, default_origin: &CheckOrigin) -> Self {
        let segments = segments(path).map(|segment| match segment.strip_prefix(':') {
            Some(name) => Segment::Variable(name.to_owned()),
            None => Segment::Literal(segment.to_owned()),
        });
        let check_origin = mount
            .check_origin
            .clone()
            .unwrap_or_else(|| default_origin.clone());
        Self {
            segments: segments.collect(),
            mount,
            check_origin,
        }
    }

    /// The path variables of a request to this socket's WebSocket transport, if it is one.
    pub(super) fn match_websocket(&self, path: &str) -> Option<Vec<(String, String)>> {
        let mut variables = Vec::new();
        let mut given = segments(path);
        for segment in &self.segments {
            let given = given.next()?;
            match segment {
                Segment::Literal(literal) if literal == given => {}
                Segment::Literal(_) => return None,
                Segment::Variable(name) => variables.push((name.clone(), given.to_owned())),
            }
        }
        (given.next() == Some("websocket") && given.next().is_none()).then_some(variables)
    }

    pub(super) const fn check_origin(&self) -> &CheckOrigin {
        &self.check_origin
    }

    pub(super) fn routes(&self) -> Arc<Routes> {
        self.mount.routes.clone()
    }

    pub(super) const fn limits(&self) -> Limits {
        self.mount.limits
    }

    pub(super) const fn websocket(&self) -> WebSocketOptions {
        self.mount.websocket
    }

    /// Asks the handler, then for the socket's id.
    pub(super) async fn connect(
        &self,
        params: &Params,
        info: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> Result<Option<String>, ConnectError> {
        self.mount.handler.connect(params, info, assigns).await?;
        Ok(self.mount.handler.id(assigns))
    }
}

/// The parts of a path; doubled and trailing slashes do not matter.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}
