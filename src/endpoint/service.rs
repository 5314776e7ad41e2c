//! The endpoint as a tower service: sockets first, then files, then routes.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header, request};
use http_body_util::{BodyExt, Limited};
use tower::{Service, ServiceExt};
use tower_http::services::ServeDir;

use super::conn::error_response;
#[cfg(feature = "live-reload")]
use super::live_reload::LiveReloading;
use super::mount::Transport;
use super::router::Pipeline;
use super::{Conn, Endpoint, Inner, Response, longpoll, request_id, upgrade};
use crate::channel::guard;
use crate::protocol::form::Params;
use crate::telemetry;

/// The longest query string, in bytes; a longer one is answered with 414.
const QUERY_BYTES_MAX: usize = 1_000_000;

/// What clients are told of a file: one whose name changes with its content is kept for ever. Other files change with every
/// release and are cheap to ask for again.
pub(super) const fn file_cache_control(is_digested: bool) -> HeaderValue {
    HeaderValue::from_static(if is_digested {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    })
}

/// The address of the peer, in the extensions of a request: put there by [`Endpoint::serve`], or by the server that
/// an endpoint is mounted in.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddr(pub SocketAddr);

/// A directory of files at its path.
pub(super) struct AssetsMount {
    prefix: String,
    files: ServeDir,
}

impl AssetsMount {
    pub(super) fn new(path: &str, directory: PathBuf) -> Self {
        let prefix = format!("/{}/", path.trim_matches('/'));
        Self {
            prefix,
            files: ServeDir::new(directory).append_index_html_on_directories(false),
        }
    }
}

impl<B> Service<Request<B>> for Endpoint
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let inner = self.inner.clone();
        Box::pin(async move { Ok(keep_private(answer(inner, request).await)) })
    }
}

async fn answer<B>(inner: Arc<Inner>, request: Request<B>) -> Response
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let query = match decode_query(request.uri().query().unwrap_or_default()) {
        Ok(query) => query,
        Err(status) => return error_response(status),
    };
    let path = request.uri().path();
    // Of mounts that overlap, the later one wins.
    for (place, mount) in inner.mounts.iter().enumerate().rev() {
        if let Some((transport, variables)) = mount.match_transport(path) {
            let mut params = query;
            params.merge(variables);
            return open_socket(inner.clone(), place, transport, params, request).await;
        }
    }
    #[cfg(feature = "live")]
    if let Some(response) = inner
        .embedded
        .iter()
        .find_map(|files| files.answer(&request))
    {
        return response;
    }
    for assets in &inner.assets {
        if let Some(file) = path.strip_prefix(&*assets.prefix) {
            let Some(mut file_request) = file_request(file, &request) else {
                return error_response(StatusCode::BAD_REQUEST);
            };
            if is_live_reloading(&inner) {
                // Two versions of one second have the same date.
                file_request.headers_mut().remove(header::IF_MODIFIED_SINCE);
            }
            let keeps = inner.static_manifest.is_digested(path);
            return serve_file(assets.files.clone(), file_request, keeps).await;
        }
    }
    match inner.request_id.clone() {
        None => show_page(inner, query, request).await,
        Some(header) => {
            let id = request_id::of_request(&header, request.headers());
            request_id::named(header, id, show_page(inner, query, request)).await
        }
    }
}

async fn show_page<B>(inner: Arc<Inner>, query: Params, request: Request<B>) -> Response
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    #[cfg(feature = "live-reload")]
    if let Some(live_reload) = inner.assigns.clone().of::<LiveReloading>() {
        return live_reload.inject(route(inner, query, request).await).await;
    }
    route(inner, query, request).await
}

#[cfg(feature = "live-reload")]
fn is_live_reloading(inner: &Inner) -> bool {
    inner.assigns.of::<LiveReloading>().is_some()
}

#[cfg(not(feature = "live-reload"))]
const fn is_live_reloading(_: &Inner) -> bool {
    false
}

/// What nothing else is said of belongs to one visitor, as every response of Plug.
fn keep_private(mut response: Response) -> Response {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let cache_control = response.headers_mut().entry(header::CACHE_CONTROL);
        cache_control.or_insert(HeaderValue::from_static(
            "max-age=0, private, must-revalidate",
        ));
    }
    response
}

/// Boxed, so that requests for pages do not carry the size of a socket's opening.
fn open_socket<B>(
    inner: Arc<Inner>,
    place: usize,
    transport: Transport,
    params: Params,
    request: Request<B>,
) -> Pin<Box<dyn Future<Output = Response> + Send>>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match transport {
        Transport::WebSocket => Box::pin(upgrade::open(inner, place, params, request)),
        Transport::LongPoll => Box::pin(longpoll::answer(inner, place, params, request)),
    }
}

fn decode_query(query: &str) -> Result<Params, StatusCode> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(StatusCode::URI_TOO_LONG);
    }
    if query.is_empty() {
        return Ok(Params::default());
    }
    Params::decode(query).map_err(|_| StatusCode::BAD_REQUEST)
}

fn file_request<B>(
    file: &str,
    request: &Request<B>,
) -> Option<Request<http_body_util::Empty<Bytes>>> {
    let mut inner = Request::builder()
        .method(request.method())
        .uri(format!("/{file}"));
    inner.headers_mut()?.clone_from(request.headers());
    inner.body(http_body_util::Empty::new()).ok()
}

async fn serve_file(
    files: ServeDir,
    request: Request<http_body_util::Empty<Bytes>>,
    is_digested: bool,
) -> Response {
    match files.oneshot(request).await {
        Ok(response) if response.status() != StatusCode::NOT_FOUND => {
            let mut response = response.map(|body| body.map_err(Into::into).boxed_unsync());
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, file_cache_control(is_digested));
            headers.insert(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            );
            response
        }
        Ok(_) => error_response(StatusCode::NOT_FOUND),
        Err(never) => match never {},
    }
}

async fn route<B>(inner: Arc<Inner>, query: Params, request: Request<B>) -> Response
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut parts, body) = request.into_parts();
    let scheme = scheme(&parts);
    let mut content = Content::Unread(body);
    if parts.method == Method::POST && is_form(&parts) {
        content = content.read(&inner, true).await;
        if let Some(method) = content.method() {
            parts.method = method;
        }
    }
    let Some((route, path_params)) = inner.routes.find(&parts.method, parts.uri.path()) else {
        let mut conn = Conn::new(inner.clone(), parts, scheme, query, Params::default());
        conn.fetch_session();
        return render_error(&inner, conn, StatusCode::NOT_FOUND).await;
    };
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        content = content.read(&inner, is_form(&parts)).await;
    }
    let mut conn = Conn::new(inner.clone(), parts, scheme, query, path_params);
    match content {
        Content::Unread(_) => {}
        Content::Read(body, form) => conn.put_body(body, form),
        Content::Refused(status) => return render_error(&inner, conn, status).await,
    }
    if route.pipeline == Pipeline::Browser {
        conn.fetch_session();
        if conn.is_forgery() {
            telemetry::csrf_refused(conn.uri().path());
            return render_error(&inner, conn, StatusCode::FORBIDDEN).await;
        }
    }
    let path = conn.uri().path().to_owned();
    let spare = inner.routes.error_handler().map(|_| conn.spare());
    let answered = guard(async { (route.handler)(conn).await }).await;
    match (answered, spare) {
        (Ok(response), _) => response,
        (Err(cause), Some(conn)) => {
            telemetry::request_crashed(&path, &cause);
            render_error(&inner, conn, StatusCode::INTERNAL_SERVER_ERROR).await
        }
        (Err(cause), None) => {
            telemetry::request_crashed(&path, &cause);
            error_response(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

pub(super) async fn render_error(inner: &Inner, conn: Conn, status: StatusCode) -> Response {
    let Some(handler) = inner.routes.error_handler() else {
        return error_response(status);
    };
    let path = conn.uri().path().to_owned();
    match guard(async { handler(conn, status).await }).await {
        Ok(response) => response,
        Err(cause) => {
            telemetry::request_crashed(&path, &cause);
            error_response(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn is_form(request: &request::Parts) -> bool {
    let content_type = request
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The body of a request.
enum Content<B> {
    Unread(B),
    /// The bytes, and the parameters of a form.
    Read(Bytes, Option<Params>),
    Refused(StatusCode),
}

impl<B> Content<B>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    async fn read(self, inner: &Inner, is_form: bool) -> Self {
        let Self::Unread(body) = self else {
            return self;
        };
        let body = match collect_body(body, inner.body_bytes_max, inner.body_timeout).await {
            Ok(body) => body,
            Err(status) => return Self::Refused(status),
        };
        if !is_form {
            return Self::Read(body, None);
        }
        let form = std::str::from_utf8(&body).ok().map(Params::decode);
        match form {
            Some(Ok(form)) => Self::Read(body, Some(form)),
            _ => Self::Refused(StatusCode::BAD_REQUEST),
        }
    }

    /// The method that a form asks for in its field `_method`, since browsers send no other than GET and POST:
    /// `Plug.MethodOverride`.
    fn method(&self) -> Option<Method> {
        let Self::Read(_, Some(form)) = self else {
            return None;
        };
        let asked = form.text("_method")?.to_ascii_uppercase();
        [Method::PUT, Method::PATCH, Method::DELETE]
            .into_iter()
            .find(|method| *asked == *method.as_str())
    }
}

/// The whole body of a request, or the status that refuses it.
pub(super) async fn collect_body<B>(
    body: B,
    bytes_max: usize,
    timeout: Duration,
) -> Result<Bytes, StatusCode>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = tokio::time::timeout(timeout, Limited::new(body, bytes_max).collect());
    match collected.await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(cause)) if cause.is::<http_body_util::LengthLimitError>() => {
            Err(StatusCode::PAYLOAD_TOO_LARGE)
        }
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// The scheme of the request: what a mounting server says, else plain HTTP.
pub(super) fn scheme(request: &request::Parts) -> &'static str {
    if request.uri.scheme_str() == Some("https") {
        "https"
    } else {
        "http"
    }
}
