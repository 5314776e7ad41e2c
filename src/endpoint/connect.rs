//! What opening a connection takes on every transport (channels-wire 2.1, steps 3 and 6 to 9).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::header::{self, HeaderValue};
use http::{StatusCode, request};

use super::conn::empty;
use super::mount::{Connect, Mounted, Socket, Transport};
use super::service::{PeerAddr, scheme};
use super::{Inner, Response};
use crate::assigns::Assigns;
use crate::channel::{self, guard};
use crate::protocol::Serializer;
use crate::protocol::form::Params;
use crate::session::Session;
use crate::socket::{Accepted, ConnectError, ConnectInfo, ConnectRaw, Serves, Start};
use crate::telemetry;

/// Why a connection is not opened; each transport has its own way to say so.
pub(super) enum Refusal {
    /// The page that asks comes from an origin that the mount does not allow (O-9).
    Origin,
    /// The client's `Sec-WebSocket-Protocol` does not fit the mount.
    Subprotocol,
    /// The `vsn` parameter names no serializer (V-2).
    Version,
    /// The application's handler said no.
    Handler(ConnectError),
    /// The application's handler panicked.
    Crashed,
    /// The endpoint is about to stop; another one takes the client.
    Draining,
}

/// Step 3: whether the page that asks may open sockets of this mount.
pub(super) fn check_origin(
    inner: &Inner,
    place: usize,
    request: &request::Parts,
) -> Result<(), Refusal> {
    let url_host = Some(inner.url.host());
    inner.mounts[place]
        .check_origin()
        .check(request, url_host, scheme(request))
        .map_err(|origin| {
            telemetry::origin_refused(origin, url_host);
            Refusal::Origin
        })
}

/// Steps 6 to 9: asks the application, and gathers what the connection is made of.
pub(super) async fn connect(
    inner: &Inner,
    place: usize,
    params: &Params,
    request: &request::Parts,
    auth_token: Option<String>,
    transport: Transport,
) -> Result<Accepted, Refusal> {
    if inner.draining.load(Ordering::Acquire) {
        return Err(Refusal::Draining);
    }
    let mount = &inner.mounts[place];
    let connecting = Connecting {
        inner,
        mount,
        params,
        path: request.uri.path(),
        transport,
    };
    let info = || connect_info(inner, mount, params, request, auth_token);
    let (serves, id, assigns) = match mount.socket() {
        Socket::Channels { handler, routes } => {
            let serializer = negotiate(params, mount.serializers())?;
            let (id, assigns) = connecting.ask(&**handler, serializer, info()).await?;
            let routes = routes.clone();
            (Serves::Channels { serializer, routes }, id, assigns)
        }
        Socket::Raw(connector) => {
            let start = connecting.ask_raw(&**connector, info()).await?;
            (Serves::Raw(start), None, connecting.assigns())
        }
    };
    Ok(Accepted {
        assigns,
        id,
        pubsub: inner.pubsub.clone(),
        limits: mount.limits(),
        filter: inner.filter.clone(),
        serves,
        compression: None,
    })
}

/// A client on its way in.
struct Connecting<'c> {
    inner: &'c Inner,
    mount: &'c Mounted,
    params: &'c Params,
    path: &'c str,
    transport: Transport,
}

impl Connecting<'_> {
    /// Asks the handler of a socket with channels, then for the socket's id.
    async fn ask(
        &self,
        handler: &dyn Connect,
        serializer: Serializer,
        info: ConnectInfo,
    ) -> Result<(Option<String>, Assigns), Refusal> {
        let mut assigns = self.assigns();
        let connecting = telemetry::Connecting::begin(self.mount.log());
        let connected = guard(async {
            let connected = handler.connect(self.params, &info, &mut assigns).await;
            connected.map(|()| handler.id(&assigns))
        });
        let connected = self.settle(connected.await);
        if !matches!(connected, Err(Refusal::Crashed)) {
            let to = telemetry::ConnectingTo {
                socket: self.mount.socket_name(),
                path: self.path,
                transport: self.transport.name(),
                serializer,
                params: self.params,
                filter: &self.inner.filter,
            };
            connecting.end(connected.is_ok(), &to);
        }
        let id = connected?;
        assigns.assign(ConnectSession(info.session().cloned()));
        if self.mount.keeps_connect_info() {
            assigns.assign(Arc::new(info));
        }
        Ok((id, assigns))
    }

    async fn ask_raw(
        &self,
        connector: &dyn ConnectRaw,
        info: ConnectInfo,
    ) -> Result<Start, Refusal> {
        let assigns = self.assigns();
        self.settle(guard(connector.connect(self.params, &info, &assigns)).await)
    }

    fn assigns(&self) -> Assigns {
        Assigns::in_front_of(self.inner.assigns.clone())
    }

    fn settle<T>(&self, asked: channel::Result<Result<T, ConnectError>>) -> Result<T, Refusal> {
        asked
            .map_err(|cause| {
                telemetry::request_crashed(self.path, &cause);
                Refusal::Crashed
            })?
            .map_err(Refusal::Handler)
    }
}

/// The answer of an endpoint that is about to stop: the client shall come back, over a TCP connection to whoever serves
/// then.
pub(super) fn draining() -> Response {
    let mut response = empty(StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The session that a connection came with, for its live views (liveview-wire 1.2).
pub(crate) struct ConnectSession(
    #[cfg_attr(
        not(feature = "live"),
        expect(dead_code, reason = "only live views read it")
    )]
    pub(crate) Option<Session>,
);

/// The serializer that the client asks for, if the mount speaks it (V-3).
fn negotiate(params: &Params, spoken: &[Serializer]) -> Result<Serializer, Refusal> {
    let asked = match params.get("vsn") {
        None => Serializer::negotiate(None).ok(),
        Some(vsn) => vsn
            .as_str()
            .and_then(|vsn| Serializer::negotiate(Some(vsn)).ok()),
    };
    asked
        .filter(|serializer| spoken.contains(serializer))
        .ok_or_else(|| {
            telemetry::version_refused(params.text("vsn"));
            Refusal::Version
        })
}

fn connect_info(
    inner: &Inner,
    mount: &Mounted,
    params: &Params,
    request: &request::Parts,
    auth_token: Option<String>,
) -> ConnectInfo {
    let session = mount.session(inner.sessions.as_ref(), params, &request.headers);
    let peer = request.extensions.get::<PeerAddr>().map(|peer| peer.0);
    ConnectInfo::new(request.headers.clone(), request.uri.clone(), peer, session)
        .with_auth_token(auth_token)
}
