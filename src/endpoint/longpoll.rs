//! Long polling over HTTP: what each request gets (channels-wire 8.1).

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, StatusCode, request};

use super::conn::{empty, error_response, full};
use super::connect::{self, Refusal};
use super::mount::Transport;
use super::service::collect_body;
use super::{Inner, Response};
use crate::channel::CloseCode;
use crate::protocol::WireFrame;
use crate::protocol::form::Params;
use crate::protocol::longpoll::{self, BatchError, PollStatus};
use crate::socket::Accepted;
use crate::telemetry;
use crate::transport::longpoll::{Found, PostError, Sessions};

/// The header that carries a session's token in place of the query parameter `token` (L-2).
const TOKEN_HEADER: &str = "x-phoenix-longpoll-token";
/// The header that carries the client's `authToken` (A-5).
const AUTH_TOKEN_HEADER: &str = "x-phoenix-authtoken";
/// Shorter answers are not worth compressing.
const GZIP_BYTES_MIN: usize = 1_024;

pub(super) async fn answer<B>(
    inner: Arc<Inner>,
    place: usize,
    params: Params,
    request: Request<B>,
) -> Response
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let exchange = Exchange {
        inner: &inner,
        place,
        params: &params,
        request: &parts,
    };
    let mut response = match connect::check_origin(&inner, place, &parts) {
        Err(_) => status(PollStatus::Forbidden), // L-4
        Ok(()) => match parts.method {
            Method::GET => exchange.poll().await,
            Method::POST => exchange.post(body).await,
            Method::OPTIONS => preflight(&parts.headers),
            _ => empty(StatusCode::BAD_REQUEST),
        },
    };
    // The origin was checked above: any page that got this far may read the answer (L-1).
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}

/// One request, on its way to an answer.
struct Exchange<'r> {
    inner: &'r Arc<Inner>,
    place: usize,
    params: &'r Params,
    request: &'r request::Parts,
}

impl Exchange<'_> {
    /// What waits for the client, or a new session for a client that has none.
    async fn poll(&self) -> Response {
        if let Some((token, session)) = self.session()
            && let Ok(frames) = session.poll().await
        {
            let found = if frames.is_empty() {
                PollStatus::NoContent
            } else {
                PollStatus::Ok
            };
            return self.messages(found, token, &frames);
        }
        match self.connect().await {
            Ok(accepted) => self.open(accepted),
            Err(Refusal::Crashed) => error_response(StatusCode::INTERNAL_SERVER_ERROR),
            Err(Refusal::Draining) => connect::draining(),
            Err(_) => status(PollStatus::Forbidden),
        }
    }

    async fn connect(&self) -> Result<Accepted, Refusal> {
        let taken = self.inner.mounts[self.place].auth_token();
        let auth_token = taken.then(|| self.header(AUTH_TOKEN_HEADER)).flatten();
        let auth_token = auth_token.map(str::to_owned);
        connect::connect(
            self.inner,
            self.place,
            self.params,
            self.request,
            auth_token,
            Transport::LongPoll,
        )
        .await
    }

    /// Starts a session; 410 tells the client that the token is new.
    fn open(&self, accepted: Accepted) -> Response {
        let Ok((session, token)) = self.sessions().open(accepted) else {
            telemetry::longpoll_sessions_exceeded();
            return empty(StatusCode::SERVICE_UNAVAILABLE);
        };
        let link = session.link().clone();
        let Ok(registration) = self.inner.connections.register(self.place, link.clone()) else {
            telemetry::connection_refused();
            return empty(StatusCode::SERVICE_UNAVAILABLE);
        };
        if self.inner.draining.load(Ordering::Acquire) {
            link.outbox.close(CloseCode::Restart);
        }
        tokio::spawn(async move {
            session.serve().await;
            drop(registration);
        });
        self.messages(PollStatus::Gone, &token, &[])
    }

    /// Hands the posted frames to the session, and answers when they were handled.
    async fn post<B>(&self, body: B) -> Response
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Some((_, session)) = self.session() else {
            return status(PollStatus::Gone);
        };
        let options = self.sessions().options();
        let Ok(body) = collect_body(body, options.body_bytes_max, self.inner.body_timeout).await
        else {
            return empty(StatusCode::BAD_REQUEST);
        };
        let content_type = self.header(header::CONTENT_TYPE.as_str());
        let frames = match longpoll::decode_batch(content_type, body, options.messages_max) {
            Ok(frames) => frames,
            Err(cause) => return batch_refused(cause),
        };
        status(match session.post(frames).await {
            Ok(()) => PollStatus::Ok,
            Err(PostError::TimedOut) => PollStatus::RequestTimeout,
            Err(PostError::Gone) => PollStatus::Gone,
        })
    }

    fn sessions(&self) -> &Sessions {
        self.inner.mounts[self.place].longpoll()
    }

    /// The session whose token the request brings, if it lives.
    fn session(&self) -> Option<(&str, Found)> {
        let token = match self.request.headers.get(TOKEN_HEADER) {
            Some(token) => token.to_str().ok(),
            None => self.params.text("token"),
        }?;
        Some((token, self.sessions().find(token)?))
    }

    fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.request.headers.get(name)?.as_bytes()).ok()
    }

    fn messages(&self, found: PollStatus, token: &str, frames: &[WireFrame]) -> Response {
        let body = longpoll::encode_poll(found, token, frames);
        let body = body.expect("sessions keep binary frames back");
        let compress = self.sessions().options().compress
            && body.len() >= GZIP_BYTES_MIN
            && accepts_gzip(&self.request.headers);
        if compress { gzip(&body) } else { json(body) }
    }
}

/// A body that holds no frames. None of it was handled and the session goes on.
fn batch_refused(cause: BatchError) -> Response {
    telemetry::longpoll_batch_refused(cause);
    match cause {
        // The status that Phoenix gives here, as a recording of it shows.
        BatchError::InvalidBase64 => error_response(StatusCode::INTERNAL_SERVER_ERROR),
        BatchError::InvalidUtf8 | BatchError::TooManyMessages { .. } => {
            empty(StatusCode::BAD_REQUEST)
        }
    }
}

/// Lets pages of other origins send the headers that the client uses.
fn preflight(request: &HeaderMap) -> Response {
    let mut response = empty(StatusCode::OK);
    let headers = response.headers_mut();
    let asked: Vec<_> = request
        .get_all(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    let allowed = HeaderValue::from_bytes(&asked.join(&b", "[..]));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        allowed.expect("headers joined with commas are a header"),
    );
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "get, post, options"),
        (header::ACCESS_CONTROL_MAX_AGE, "3600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn status(status: PollStatus) -> Response {
    json(longpoll::encode_status(status))
}

fn json(body: impl Into<Bytes>) -> Response {
    let mut response = http::Response::new(full(body));
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn gzip(body: &[u8]) -> Response {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    let mut response = json(written.expect("memory takes every write"));
    for (name, value) in [
        (header::CONTENT_ENCODING, "gzip"),
        (header::VARY, "accept-encoding"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether `Accept-Encoding` names gzip with a weight that is not zero (RFC 9110, section 12.5.3).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=");
        let refused = weight
            .and_then(|weight| weight.trim().parse().ok())
            .is_some_and(|weight: f32| weight == 0.0);
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // L-15
    #[test]
    fn gzip_is_accepted_by_name_unless_its_weight_is_zero() {
        let accepts = |value| {
            let value = HeaderValue::from_static(value);
            accepts_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]))
        };
        for yes in ["gzip", "br, GZIP;q=0.5", "deflate, gzip ; q=1"] {
            assert!(accepts(yes), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0.000", "x-gzip"] {
            assert!(!accepts(no), "{no}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
