//! What opening a connection takes on every transport (channels-wire 2.1, steps 3 and 6 to 9).

use std::sync::atomic::Ordering;

use http::header::{self, HeaderValue};
use http::{StatusCode, request};

use super::conn::empty;
use super::mount::{Mounted, Transport};
use super::service::{PeerAddr, scheme};
use super::{Inner, Response};
use crate::assigns::Assigns;
use crate::channel::guard;
use crate::protocol::Serializer;
use crate::protocol::form::Params;
use crate::session::Session;
use crate::socket::{Accepted, ConnectError, ConnectInfo};
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
    let url_host = inner.url_host.as_deref();
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
    let Ok(serializer) = negotiate(params, inner.mounts[place].serializers()) else {
        telemetry::version_refused(params.text("vsn"));
        return Err(Refusal::Version);
    };
    let mount = &inner.mounts[place];
    let info = connect_info(inner, mount, params, request, auth_token);
    let mut assigns = Assigns::in_front_of(inner.assigns.clone());
    let path = request.uri.path();
    let connecting = telemetry::Connecting::begin(mount.log());
    let to = telemetry::ConnectingTo {
        socket: mount.socket_name(),
        path,
        transport: transport.name(),
        serializer,
        params,
        filter: &inner.filter,
    };
    let connected = guard(mount.connect(params, &info, &mut assigns)).await;
    let id = match connected {
        Ok(Ok(id)) => id,
        Ok(Err(refused)) => {
            connecting.end(false, &to);
            return Err(Refusal::Handler(refused));
        }
        Err(cause) => {
            telemetry::request_crashed(path, &cause);
            return Err(Refusal::Crashed);
        }
    };
    connecting.end(true, &to);
    assigns.assign(ConnectSession(info.session().cloned()));
    Ok(Accepted {
        serializer,
        assigns,
        id,
        pubsub: inner.pubsub.clone(),
        routes: mount.routes(),
        limits: mount.limits(),
        filter: inner.filter.clone(),
    })
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
fn negotiate(params: &Params, spoken: &[Serializer]) -> Result<Serializer, ()> {
    let vsn = match params.get("vsn") {
        None => None,
        Some(vsn) => Some(vsn.as_str().ok_or(())?),
    };
    let serializer = Serializer::negotiate(vsn).map_err(drop)?;
    spoken.contains(&serializer).then_some(serializer).ok_or(())
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
