//! What one request is called in its response and in the log: `Plug.RequestId`.

use std::future::Future;

use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Instrument;
use uuid::Uuid;

use super::Response;

/// Of a name that comes with a request, in bytes; a shorter or longer one is replaced.
const REQUEST_ID_BYTES_MIN: usize = 20;
const REQUEST_ID_BYTES_MAX: usize = 200;

/// Names a request in the log lines of `answer`, and in the response.
pub(super) async fn named(
    header: HeaderName,
    request_id: HeaderValue,
    answer: impl Future<Output = Response>,
) -> Response {
    let shown = String::from_utf8_lossy(request_id.as_bytes());
    let span = tracing::info_span!(target: "bennu", "request", request_id = &*shown);
    let mut response = answer.instrument(span).await;
    response.headers_mut().insert(header, request_id);
    response
}

/// What the request is called already, or a new name.
pub(super) fn of_request(header: &HeaderName, request: &HeaderMap) -> HeaderValue {
    let sent = request.get(header).filter(|sent| {
        let bytes = sent.len();
        (REQUEST_ID_BYTES_MIN..=REQUEST_ID_BYTES_MAX).contains(&bytes)
    });
    sent.cloned().unwrap_or_else(|| {
        let uuid = Uuid::new_v4().to_string();
        HeaderValue::try_from(uuid).expect("a uuid is visible text")
    })
}
