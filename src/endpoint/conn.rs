//! One HTTP request and the response to it, as `Plug.Conn`.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode, Uri, request};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};

use super::Inner;
use crate::assigns::Assigns;
use crate::protocol::form::{Param, Params};
use crate::session::csrf::CsrfState;
use crate::session::{Flash, Scheme, Session, cookies, forget_cookie};
#[cfg(feature = "live")]
use crate::socket::ConnectInfo;
use crate::telemetry;

/// The body of a response.
pub type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// What a request handler returns.
pub type Response = http::Response<Body>;

pub(super) fn full(body: impl Into<Bytes>) -> Body {
    Full::new(body.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// A response without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = http::Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// A request on its way to becoming a response, as `Plug.Conn`.
///
/// Handlers take it by value and finish it with [`html`](Self::html), [`text`](Self::text) or
/// [`redirect`](Self::redirect), which write the session cookie along.
#[derive(Debug)]
pub struct Conn {
    endpoint: Arc<Inner>,
    assigns: Arc<Assigns>,
    request: request::Parts,
    params: Params,
    path_params: Params,
    body: Bytes,
    scheme: &'static str,
    session: Session,
    flash: Flash,
    /// Cookies that have served their purpose.
    spent_cookies: Vec<&'static str>,
    /// Whether the pipeline fetched the session and finishes with the secure headers.
    browser: bool,
    response_headers: HeaderMap,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Endpoint")
    }
}

impl Conn {
    pub(super) fn new(
        endpoint: Arc<Inner>,
        request: request::Parts,
        scheme: &'static str,
        query: Params,
        path_params: Params,
    ) -> Self {
        let mut params = query;
        params.merge(path_params.clone());
        Self {
            assigns: endpoint.assigns.clone(),
            endpoint,
            request,
            params,
            path_params,
            body: Bytes::new(),
            scheme,
            session: Session::default(),
            flash: Flash::default(),
            spent_cookies: Vec::new(),
            browser: false,
            response_headers: HeaderMap::new(),
        }
    }

    /// Adds the fields of a form body; path variables keep their names.
    pub(super) fn put_body(&mut self, body: Bytes, form: Option<Params>) {
        self.body = body;
        if let Some(form) = form {
            self.params.merge(form);
            self.params.merge(self.path_params.clone());
        }
    }

    /// The same request once more, for the page that says its handler failed.
    pub(super) fn spare(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            assigns: self.assigns.clone(),
            request: self.request.clone(),
            params: self.params.clone(),
            path_params: self.path_params.clone(),
            body: self.body.clone(),
            scheme: self.scheme,
            session: self.session.clone(),
            flash: self.flash.clone(),
            spent_cookies: self.spent_cookies.clone(),
            browser: self.browser,
            response_headers: HeaderMap::new(),
        }
    }

    pub(super) fn fetch_session(&mut self) {
        self.browser = true;
        if let Some(sessions) = &self.endpoint.sessions {
            let cookies = self.request.headers.get_all(header::COOKIE);
            self.session = sessions.read(cookies.iter().map(HeaderValue::as_bytes));
        }
        self.fetch_flash();
    }

    /// Takes the flash that the last response left in the session, and the one that a live page's script brings.
    fn fetch_flash(&mut self) {
        self.flash = self.session.flash();
        if let Some(token) = self.spend_cookie(Flash::COOKIE) {
            let brought = Flash::verify(&token, &self.endpoint.secret_key_base);
            self.flash.merge(brought.unwrap_or_default());
        }
    }

    /// The value of a cookie, which the browser is then told to forget.
    pub(crate) fn spend_cookie(&mut self, name: &'static str) -> Option<String> {
        let headers = self.request.headers.get_all(header::COOKIE);
        let mut cookies = cookies(headers.iter().map(HeaderValue::as_bytes));
        let (_, value) = cookies.find(|(given, _)| *given == name)?;
        let value = value.to_owned();
        self.spent_cookies.push(name);
        Some(value)
    }

    /// Whether the request may change something: it reads only, or brings the token of one of our pages.
    pub(super) fn is_forgery(&self) -> bool {
        if matches!(
            self.request.method,
            Method::GET | Method::HEAD | Method::OPTIONS
        ) {
            return false;
        }
        let header = self
            .request
            .headers
            .get("x-csrf-token")
            .and_then(|token| token.to_str().ok());
        let token = self.params.text("_csrf_token").or(header);
        let state = CsrfState::from_session(&self.session);
        !matches!((state, token), (Some(state), Some(token)) if state.verify(token))
    }

    /// The request's method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.request.method
    }

    /// The request's address.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.request.uri
    }

    /// The request's address with scheme and host, as live views get it.
    #[must_use]
    pub fn absolute_uri(&self) -> String {
        let host = self
            .request
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let host = host
            .or_else(|| self.request.uri.host())
            .unwrap_or("localhost");
        let path = self
            .request
            .uri
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str);
        format!("{}://{host}{path}", self.scheme)
    }

    /// The request's headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.request.headers
    }

    /// The parameters of the query, the form body and the path; the latter win.
    #[must_use]
    pub const fn params(&self) -> &Params {
        &self.params
    }

    /// The variables of the route's path only.
    #[must_use]
    pub const fn path_params(&self) -> &Params {
        &self.path_params
    }

    /// The body as it came.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// Assigns a value to this request, in the place of one of the same type: `assign/3`. A live view that the request
    /// shows finds it while its page is loaded.
    pub fn assign<T: Send + Sync + 'static>(&mut self, value: T) {
        Arc::make_mut(&mut self.assigns).assign(value);
    }

    /// The value of type `T` that was assigned to the endpoint or to this request.
    ///
    /// # Panics
    /// When there is none; the request is then answered with 500.
    #[must_use]
    #[track_caller]
    pub fn assigns<T: 'static>(&self) -> &T {
        self.assigns.expect()
    }

    /// Everything assigned to the endpoint and to this request.
    #[must_use]
    pub fn all_assigns(&self) -> Arc<Assigns> {
        self.assigns.clone()
    }

    /// The endpoint that answers this request.
    #[must_use]
    pub fn endpoint(&self) -> super::Endpoint {
        super::Endpoint {
            inner: self.endpoint.clone(),
        }
    }

    /// The visitor's session.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The visitor's session, to change it.
    #[must_use]
    pub const fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The message of this kind that the page before left, or that was put since: `Phoenix.Flash.get/2`.
    #[must_use]
    pub fn flash(&self, kind: &str) -> Option<&str> {
        self.flash.get(kind)
    }

    /// All messages for the visitor.
    #[must_use]
    pub const fn all_flash(&self) -> &Flash {
        &self.flash
    }

    /// Sets a message for the visitor, which outlives a redirect: `put_flash/3`.
    pub fn put_flash(&mut self, kind: impl Into<String>, message: impl Into<String>) {
        self.flash.put(kind, message);
    }

    /// Removes all messages for the visitor: `clear_flash/1`.
    pub fn clear_flash(&mut self) {
        self.flash.clear();
    }

    /// Takes the flash of the live view that the page shows.
    #[cfg(feature = "live")]
    pub(crate) fn replace_flash(&mut self, flash: Flash) {
        self.flash = flash;
    }

    /// The request as the live view that it loads may see it.
    #[cfg(feature = "live")]
    pub(crate) fn connect_info(&self) -> ConnectInfo {
        let peer = self.request.extensions.get::<super::PeerAddr>();
        ConnectInfo::new(
            self.request.headers.clone(),
            self.request.uri.clone(),
            peer.map(|peer| peer.0),
            Some(self.session.clone()),
        )
    }

    /// A token for this page's forms and sockets, `get_csrf_token/0`. The session then has its state.
    #[must_use]
    pub fn csrf_token(&mut self) -> String {
        CsrfState::fetch_or_put(&mut self.session).masked_token()
    }

    /// Puts a header on the response; one of the same name is replaced.
    pub fn put_header(&mut self, name: HeaderName, value: HeaderValue) {
        self.response_headers.insert(name, value);
    }

    /// Answers with an HTML page.
    #[must_use]
    pub fn html(self, status: StatusCode, page: impl Into<Bytes>) -> Response {
        self.finish(
            status,
            Some(HeaderValue::from_static("text/html; charset=utf-8")),
            page.into(),
        )
    }

    /// Answers with plain text.
    #[must_use]
    pub fn text(self, status: StatusCode, text: impl Into<Bytes>) -> Response {
        self.finish(
            status,
            Some(HeaderValue::from_static("text/plain; charset=utf-8")),
            text.into(),
        )
    }

    /// Sends the browser to another page of this site with status 302.
    ///
    /// # Panics
    /// When `to` is no local path, since a redirect elsewhere must never come out of a parameter: it has to start
    /// with one slash, and hold neither a backslash nor control characters (9.7).
    #[must_use]
    pub fn redirect(self, to: &str) -> Response {
        assert!(
            is_local_path(to),
            "redirect to {to:?}: not a path of this site"
        );
        self.redirect_anywhere(to, StatusCode::FOUND)
    }

    /// Sends the browser wherever `to` says, which somebody has checked.
    pub(crate) fn redirect_anywhere(mut self, to: &str, status: StatusCode) -> Response {
        let location = HeaderValue::from_bytes(to.as_bytes());
        let location = location.expect("an address has no control characters");
        self.put_header(header::LOCATION, location);
        let page = format!(
            "<html><body>You are being <a href=\"{}\">redirected</a>.</body></html>",
            to.replace('&', "&amp;")
                .replace('"', "&quot;")
                .replace('<', "&lt;")
        );
        self.html(status, page)
    }

    /// Answers with the error page of a status, which [`Router::errors`](super::Router::errors) may have styled.
    pub async fn error(mut self, status: StatusCode) -> Response {
        let endpoint = self.endpoint.clone();
        let spent_cookies = std::mem::take(&mut self.spent_cookies);
        let mut response = super::service::render_error(&endpoint, self, status).await;
        forget_cookies(&spent_cookies, response.headers_mut());
        response
    }

    fn finish(
        mut self,
        status: StatusCode,
        content_type: Option<HeaderValue>,
        body: Bytes,
    ) -> Response {
        if self.browser {
            self.session.put_flash(&self.flash, status.is_redirection());
        }
        let cookie = match self.session_cookie() {
            Ok(cookie) => cookie,
            Err(cause) => {
                telemetry::session_not_written(&cause);
                return error_response(StatusCode::INTERNAL_SERVER_ERROR);
            }
        };
        let mut response = http::Response::new(full(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if self.browser {
            put_secure_browser_headers(headers);
        }
        headers.extend(std::mem::take(&mut self.response_headers));
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        if let Some(cookie) = cookie {
            headers.append(header::SET_COOKIE, cookie);
        }
        forget_cookies(&self.spent_cookies, headers);
        response
    }

    fn session_cookie(&self) -> Result<Option<HeaderValue>, crate::session::SessionWriteError> {
        let Some(sessions) = self.endpoint.sessions.as_ref().filter(|_| self.browser) else {
            return Ok(None);
        };
        let scheme = if self.scheme == "https" {
            Scheme::Https
        } else {
            Scheme::Http
        };
        let cookie = sessions.write(&self.session, scheme)?;
        Ok(cookie.map(|cookie| {
            HeaderValue::from_str(&cookie).expect("session options were checked for characters")
        }))
    }
}

fn forget_cookies(names: &[&'static str], headers: &mut HeaderMap) {
    for name in names {
        let cookie = HeaderValue::from_str(&forget_cookie(name));
        headers.append(
            header::SET_COOKIE,
            cookie.expect("the framework's cookies have plain names"),
        );
    }
}

/// Phoenix's `put_secure_browser_headers`.
fn put_secure_browser_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (
            "content-security-policy",
            "base-uri 'self'; frame-ancestors 'self';",
        ),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-permitted-cross-domain-policies", "none"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
}

/// Whether an address stays on this site, however a browser reads it (liveview-wire 9.7).
pub(crate) fn is_local_path(to: &str) -> bool {
    to.starts_with('/')
        && !to.starts_with("//")
        && !to.starts_with("/%09")
        && !to.contains('\\')
        && !to.chars().any(char::is_control)
}

/// The plain words of a status, as Phoenix's default error pages.
pub(super) fn error_response(status: StatusCode) -> Response {
    let mut response = http::Response::new(full(status.canonical_reason().unwrap_or("Error")));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

/// A parameter out of the path.
pub(crate) fn path_param(value: &str) -> Param {
    Param::Text(
        percent_encoding::percent_decode_str(value)
            .decode_utf8_lossy()
            .into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::is_local_path;

    #[test]
    fn only_paths_of_this_site_are_redirected_to() {
        for good in ["/", "/chats/1?q=a%20b#top"] {
            assert!(is_local_path(good), "{good}");
        }
        for bad in [
            "",
            "chats",
            "//evil.example",
            "/\\evil.example",
            "/\tx",
            "/%09/x",
            "https://evil.example",
            "/a\r\nb",
        ] {
            assert!(!is_local_path(bad), "{bad:?}"); // 9.7
        }
    }
}
