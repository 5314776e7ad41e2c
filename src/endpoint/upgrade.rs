//! Opening a WebSocket: the checks in the order that Phoenix makes them (channels-wire 2.1).

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, StatusCode, request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::conn::{error_response, full, path_param};
use super::service::{PeerAddr, scheme};
use super::{Inner, Response};
use crate::assigns::Assigns;
use crate::protocol::Serializer;
use crate::protocol::form::Params;
use crate::session::Session;
use crate::session::csrf::CsrfState;
use crate::socket::{Accepted, ConnectError, ConnectInfo, Driver};
use crate::telemetry;
use crate::transport::websocket;

pub(super) async fn open<B>(
    inner: Arc<Inner>,
    place: usize,
    variables: Vec<(String, String)>,
    query: Params,
    request: Request<B>,
) -> Response
where
    B: Send + 'static,
{
    if request.method() != Method::GET {
        return empty(StatusCode::BAD_REQUEST);
    }
    let (parts, body) = request.into_parts();
    let accepted = match accept(&inner, place, variables, query, &parts).await {
        Ok(accepted) => accepted,
        Err(response) => return response,
    };
    if let Err(missing) = check_upgrade_headers(&parts.headers) {
        let mut response = http::Response::new(full(missing));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    }
    let mut request = Request::from_parts(parts, body);
    let Ok((response, upgraded)) = fastwebsockets::upgrade::upgrade(&mut request) else {
        return empty(StatusCode::BAD_REQUEST);
    };
    tokio::spawn(run(inner, place, accepted, upgraded));
    response.map(|_| full(Bytes::new()))
}

/// Steps 3 to 9 of the contract.
async fn accept(
    inner: &Inner,
    place: usize,
    variables: Vec<(String, String)>,
    query: Params,
    parts: &request::Parts,
) -> Result<Accepted, Response> {
    let mount = &inner.mounts[place];
    if let Err(origin) = mount
        .check_origin()
        .check(parts, inner.url_host.as_deref(), scheme(parts))
    {
        telemetry::origin_refused(origin, inner.url_host.as_deref());
        return Err(empty(StatusCode::FORBIDDEN));
    }
    let mut params = query;
    for (name, value) in variables {
        params.insert(name, path_param(&value));
    }
    let Ok(serializer) = negotiate(&params) else {
        telemetry::version_refused(params.text("vsn"));
        return Err(empty(StatusCode::FORBIDDEN));
    };
    let session = session(inner, &params, &parts.headers);
    let peer = parts.extensions.get::<PeerAddr>().map(|peer| peer.0);
    let info = ConnectInfo::new(parts.headers.clone(), parts.uri.clone(), peer, session);
    let mut assigns = Assigns::in_front_of(inner.assigns.clone());
    let started = telemetry::Stopwatch::start();
    let connected = crate::channel::guard(mount.connect(&params, &info, &mut assigns)).await;
    let id = match connected {
        Ok(Ok(id)) => id,
        Ok(Err(refused)) => {
            telemetry::socket_connected(parts.uri.path(), false, started);
            return Err(refusal(refused));
        }
        Err(cause) => {
            telemetry::request_crashed(parts.uri.path(), &cause);
            return Err(error_response(StatusCode::INTERNAL_SERVER_ERROR));
        }
    };
    telemetry::socket_connected(parts.uri.path(), true, started);
    assigns.assign(ConnectSession(info.session().cloned()));
    Ok(Accepted {
        serializer,
        assigns,
        id,
        pubsub: inner.pubsub.clone(),
        routes: mount.routes(),
        limits: mount.limits(),
    })
}

/// The session that a connection came with, for its live views (liveview-wire 1.2).
pub(crate) struct ConnectSession(
    #[cfg_attr(
        not(feature = "live"),
        expect(dead_code, reason = "only live views read it")
    )]
    pub(crate) Option<Session>,
);

fn negotiate(params: &Params) -> Result<Serializer, ()> {
    match params.get("vsn") {
        None => Serializer::negotiate(None).map_err(drop),
        Some(vsn) => Serializer::negotiate(Some(vsn.as_str().ok_or(())?)).map_err(drop),
    }
}

/// The session of the cookie, if the parameter `_csrf_token` was made from it (S-2).
fn session(inner: &Inner, params: &Params, headers: &HeaderMap) -> Option<Session> {
    let cookies = headers.get_all(header::COOKIE);
    let session = inner
        .sessions
        .as_ref()?
        .fetch(cookies.iter().map(HeaderValue::as_bytes))?;
    let state = CsrfState::from_session(&session)?;
    state.verify(params.text("_csrf_token")?).then_some(session)
}

fn refusal(refused: ConnectError) -> Response {
    match refused {
        ConnectError::Refused => empty(StatusCode::FORBIDDEN),
        ConnectError::Response(response) => response.map(full),
    }
}

/// What RFC 6455 section 4.2.1 asks of the request (U-1).
fn check_upgrade_headers(headers: &HeaderMap) -> Result<(), &'static str> {
    let lists = |name, token: &str| {
        let mut values = headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok());
        values.any(|value| {
            value
                .split(',')
                .any(|item| item.trim().eq_ignore_ascii_case(token))
        })
    };
    if !lists(header::CONNECTION, "upgrade") {
        return Err("'connection' header must contain 'upgrade'");
    }
    if !lists(header::UPGRADE, "websocket") {
        return Err("'upgrade' header must contain 'websocket'");
    }
    if !headers.contains_key(header::SEC_WEBSOCKET_KEY) {
        return Err("'sec-websocket-key' header is absent");
    }
    if headers
        .get(header::SEC_WEBSOCKET_VERSION)
        .is_none_or(|version| version != "13")
    {
        return Err("'sec-websocket-version' header must equal '13'");
    }
    Ok(())
}

async fn run(
    inner: Arc<Inner>,
    place: usize,
    accepted: Accepted,
    upgraded: fastwebsockets::upgrade::UpgradeFut,
) {
    let Ok(upgraded) = upgraded.await else {
        return;
    };
    let driver = Driver::new(accepted);
    let Ok(_registration) = inner.connections.register(place, driver.link().clone()) else {
        telemetry::connection_refused();
        return;
    };
    let options = inner.mounts[place].websocket();
    let upgraded = upgraded.into_inner().into_inner();
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => {
            let stream = parts.io.into_inner();
            websocket::serve(stream, &parts.read_buf.clone(), driver, options).await;
        }
        Err(upgraded) => websocket::serve(TokioIo::new(upgraded), &[], driver, options).await,
    }
}

fn empty(status: StatusCode) -> Response {
    let mut response = http::Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response
}
