//! Opening a WebSocket: the checks in the order that Phoenix makes them (channels-wire 2.1).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, StatusCode, request};
use hyper::upgrade::Parts;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::conn::{empty, error_response, full};
use super::connect::{self, Refusal};
use super::mount::{Mounted, Transport};
use super::serve::Slot;
use super::{Inner, Response, subprotocol};
use crate::channel::CloseCode;
use crate::protocol::form::Params;
use crate::protocol::permessage_deflate::Agreement;
use crate::socket::{Accepted, ConnectError, Driver};
use crate::telemetry;
use crate::transport::websocket;

pub(super) async fn open<B>(
    inner: Arc<Inner>,
    place: usize,
    params: Params,
    request: Request<B>,
) -> Response
where
    B: Send + 'static,
{
    if request.method() != Method::GET {
        return empty(StatusCode::BAD_REQUEST);
    }
    let (mut parts, body) = request.into_parts();
    let (mut accepted, subprotocol) = match accept(&inner, place, &params, &mut parts).await {
        Ok(accepted) => accepted,
        Err(refused) => return refusal(refused),
    };
    if let Err(missing) = check_upgrade_headers(&parts.headers) {
        let mut response = http::Response::new(full(missing));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    }
    let compression = negotiate_compression(&inner.mounts[place], &parts.headers);
    accepted.compression = compression;
    let slot = parts.extensions.get::<Slot>().cloned();
    let mut request = Request::from_parts(parts, body);
    let Ok((response, upgraded)) = fastwebsockets::upgrade::upgrade(&mut request) else {
        return empty(StatusCode::BAD_REQUEST);
    };
    tokio::spawn(begin(inner, place, accepted, upgraded, slot));
    let mut response = response.map(|_| full(Bytes::new()));
    let headers = response.headers_mut();
    if let Some(subprotocol) = subprotocol {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    if let Some(agreed) = compression {
        let agreed = HeaderValue::try_from(agreed.response());
        let agreed = agreed.expect("the extension's names and a number are ASCII");
        headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, agreed);
    }
    response
}

/// Steps 3 to 9 of the contract: the connection, and the subprotocol it speaks.
async fn accept(
    inner: &Inner,
    place: usize,
    params: &Params,
    request: &mut request::Parts,
) -> Result<(Accepted, Option<HeaderValue>), Refusal> {
    connect::check_origin(inner, place, request)?;
    let offered = &mut request.headers;
    let (auth_token, subprotocol) = negotiate_subprotocol(&inner.mounts[place], offered)?;
    let accepted = connect::connect(
        inner,
        place,
        params,
        request,
        auth_token,
        Transport::WebSocket,
    )
    .await?;
    Ok((accepted, subprotocol))
}

/// Steps 4 and 5: takes the token out of the offered subprotocols, then chooses among the rest.
fn negotiate_subprotocol(
    mount: &Mounted,
    headers: &mut HeaderMap,
) -> Result<(Option<String>, Option<HeaderValue>), Refusal> {
    let refuse = |cause: subprotocol::Refused| {
        telemetry::subprotocol_refused(&cause);
        Refusal::Subprotocol
    };
    let auth_token = if mount.auth_token() {
        subprotocol::take_auth_token(headers).map_err(refuse)?
    } else {
        None
    };
    let chosen = subprotocol::choose(headers, mount.subprotocols()).map_err(refuse)?;
    Ok((auth_token, chosen))
}

/// Accepts an offer of compression where the mount compresses; any other is left unanswered, which declines it (U-4).
fn negotiate_compression(mount: &Mounted, headers: &HeaderMap) -> Option<Agreement> {
    if !mount.websocket().compress {
        return None;
    }
    let offered = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS);
    Agreement::negotiate(offered.iter().filter_map(|value| value.to_str().ok()))
}

fn refusal(refused: Refusal) -> Response {
    match refused {
        Refusal::Origin
        | Refusal::Subprotocol
        | Refusal::Version
        | Refusal::Handler(ConnectError::Refused) => empty(StatusCode::FORBIDDEN),
        Refusal::Handler(ConnectError::Response(response)) => response.map(full),
        Refusal::Crashed => error_response(StatusCode::INTERNAL_SERVER_ERROR),
        Refusal::Draining => connect::draining(),
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

/// Serves the connection once the HTTP server has let go of it, in a task of its own: a task keeps room for its largest
/// moment as long as it lives, and this is a larger one than any that comes later.
async fn begin(
    inner: Arc<Inner>,
    place: usize,
    accepted: Accepted,
    upgraded: fastwebsockets::upgrade::UpgradeFut,
    slot: Option<Slot>,
) {
    let Ok(upgraded) = upgraded.await else {
        return;
    };
    let driver = Driver::new(accepted);
    let Ok(registration) = inner.connections.register(place, driver.link().clone()) else {
        telemetry::connection_refused();
        return;
    };
    if inner.draining.load(Ordering::Acquire) {
        driver.outbox().close(CloseCode::Restart);
    }
    let options = inner.mounts[place].websocket();
    let held = (registration, slot);
    let upgraded = upgraded.into_inner().into_inner();
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(Parts { io, read_buf, .. }) => {
            // The HTTP server's buffer has 8 KB even when it is empty, and must not live as long as the connection.
            let unread = read_buf.to_vec();
            let stream = io.into_inner();
            tokio::spawn(websocket::serve(stream, unread, driver, options, held));
        }
        Err(upgraded) => {
            let stream = TokioIo::new(upgraded);
            tokio::spawn(websocket::serve(stream, Vec::new(), driver, options, held));
        }
    }
}
