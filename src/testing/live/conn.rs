//! A visitor's browser, as far as HTTP goes: `Phoenix.ConnTest`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::panic::Location;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header, request};
use http_body_util::{BodyExt, Full};
use parking_lot::Mutex;
use serde_json::{Map, Value};
use tower::Service;

use crate::endpoint::{Endpoint, PeerAddr};
use crate::session::{Flash, Scheme, Session};
use crate::socket::Accepted;

/// The host of a page whose request names none, as in `Phoenix.ConnTest`.
const HOST: &str = "www.example.com";

/// A visitor's browser; made by [`build_conn`](super::build_conn). Cloning it shares the cookies.
#[derive(Clone)]
#[must_use]
pub struct Conn {
    endpoint: Endpoint,
    host: String,
    live_socket_path: String,
    headers: HeaderMap,
    peer: Option<SocketAddr>,
    connect_params: Map<String, Value>,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Conn {
    pub(super) fn new(endpoint: &Endpoint) -> Self {
        Self {
            endpoint: endpoint.clone(),
            host: HOST.to_owned(),
            live_socket_path: "/live".to_owned(),
            headers: HeaderMap::new(),
            peer: None,
            connect_params: Map::new(),
            cookies: Arc::default(),
        }
    }

    /// The host that pages are loaded from, in place of `www.example.com`.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Where the endpoint mounts the socket of live views, in place of `/live`.
    pub fn live_socket_path(mut self, path: impl Into<String>) -> Self {
        self.live_socket_path = path.into();
        self
    }

    /// Adds a header to the requests for pages and to the one that opens the socket: `put_req_header/3`, and what
    /// `put_connect_info/2` is for.
    ///
    /// # Panics
    /// When the name or the value is none of HTTP's.
    #[track_caller]
    pub fn put_req_header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).unwrap_or_else(|_| panic!("{name:?} is no name"));
        self.headers.insert(name, header_value(value));
        self
    }

    /// The address that the visitor has, the `peer_data` of `put_connect_info/2`.
    pub fn peer_addr(mut self, peer: SocketAddr) -> Self {
        self.peer = Some(peer);
        self
    }

    /// What the page's script gives its `LiveSocket` as `params`: `put_connect_params/2`.
    ///
    /// # Panics
    /// When the parameters are no object.
    #[track_caller]
    pub fn put_connect_params(mut self, params: Value) -> Self {
        let Value::Object(params) = params else {
            panic!("the parameters of a socket are an object: {params}");
        };
        self.connect_params = params;
        self
    }

    /// Changes the visitor's session before the next request: `init_test_session/2`.
    ///
    /// # Panics
    /// When the endpoint has no sessions, or this one does not fit into a cookie.
    #[track_caller]
    pub fn init_test_session(self, change: impl FnOnce(&mut Session)) -> Self {
        let store = self
            .endpoint
            .sessions()
            .unwrap_or_else(|| panic!("the endpoint has no sessions"));
        let mut session = store.read([self.cookie_header().as_bytes()]);
        change(&mut session);
        match store.write(&session, Scheme::Http) {
            Ok(cookie) => cookie.iter().for_each(|cookie| self.keep_cookie(cookie)),
            Err(cause) => panic!("{cause}"),
        }
        self
    }

    /// Sets a cookie of the visitor: `put_req_cookie/3`.
    pub fn put_req_cookie(self, name: &str, value: &str) -> Self {
        self.cookies
            .lock()
            .insert(name.to_owned(), value.to_owned());
        self
    }

    /// Loads a page: `get/2`.
    ///
    /// # Panics
    /// When the path is none, or the page is no text.
    #[track_caller]
    pub fn get(&self, path: &str) -> impl Future<Output = http::Response<String>> {
        self.request(Location::caller(), Method::GET, path, String::new())
    }

    /// As [`get`](Self::get), for what is no text: a picture, say.
    ///
    /// # Panics
    /// When the path is none.
    #[track_caller]
    pub fn get_bytes(&self, path: &str) -> impl Future<Output = http::Response<Bytes>> {
        self.request_bytes(Location::caller(), Method::GET, path, String::new())
    }

    /// Sends a form, url-encoded: `post/3`.
    ///
    /// # Panics
    /// As [`get`](Self::get).
    #[track_caller]
    pub fn post(&self, path: &str, form: &str) -> impl Future<Output = http::Response<String>> {
        self.request(Location::caller(), Method::POST, path, form.to_owned())
    }

    pub(super) async fn request(
        &self,
        at: &Location<'_>,
        method: Method,
        path: &str,
        form: String,
    ) -> http::Response<String> {
        let (parts, body) = self
            .request_bytes(at, method, path, form)
            .await
            .into_parts();
        let text = String::from_utf8(body.to_vec());
        let text = text.unwrap_or_else(|_| panic!("{at}: {path} is no text; `get_bytes` takes it"));
        http::Response::from_parts(parts, text)
    }

    async fn request_bytes(
        &self,
        at: &Location<'_>,
        method: Method,
        path: &str,
        form: String,
    ) -> http::Response<Bytes> {
        let mut request = self.parts(at, method, path);
        if request.method == Method::POST {
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers.insert(header::CONTENT_TYPE, form);
        }
        let request = Request::from_parts(request, Full::new(Bytes::from(form)));
        let Ok(response) = self.endpoint.clone().call(request).await;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.keep_cookie(cookie.to_str().unwrap_or_default());
        }
        let body = body.collect().await;
        let body = body
            .unwrap_or_else(|cause| panic!("{at}: the body of {path}: {cause}"))
            .to_bytes();
        http::Response::from_parts(parts, body)
    }

    fn parts(&self, at: &Location<'_>, method: Method, path: &str) -> request::Parts {
        let path = path.split('#').next().unwrap_or_default();
        let path = path.strip_prefix(&self.origin()).unwrap_or(path);
        let request = Request::builder().method(method).uri(path).body(());
        let request = request.unwrap_or_else(|cause| panic!("{at}: {path:?} is no path: {cause}"));
        let (mut parts, ()) = request.into_parts();
        parts.headers = self.headers.clone();
        parts.headers.insert(header::HOST, header_value(&self.host));
        let cookies = self.cookie_header();
        if !cookies.is_empty() {
            parts.headers.insert(header::COOKIE, header_value(&cookies));
        }
        if let Some(peer) = self.peer {
            parts.extensions.insert(PeerAddr(peer));
        }
        parts
    }

    /// Opens the socket of live views as the page's script does.
    pub(super) async fn open_live_socket(&self, at: &Location<'_>, csrf_token: &str) -> Accepted {
        let mut query = vec![("vsn".to_owned(), "2.0.0".to_owned())];
        let params = Value::Object(self.connect_params(csrf_token));
        super::form::flatten("", &params, &mut query);
        let path = format!(
            "{}/websocket?{}",
            self.live_socket_path,
            super::form::encode(&query)
        );
        let request = self.parts(at, Method::GET, &path);
        match self.endpoint.open_in_memory(&request).await {
            Some(Ok(accepted)) => accepted,
            Some(Err(refusal)) => panic!("{at}: the socket at {} {refusal}", self.live_socket_path),
            None => panic!(
                "{at}: the endpoint has no socket at {}",
                self.live_socket_path
            ),
        }
    }

    /// The application's parameters of the socket and of every join.
    pub(super) fn connect_params(&self, csrf_token: &str) -> Map<String, Value> {
        let mut params = self.connect_params.clone();
        params.insert("_csrf_token".to_owned(), csrf_token.into());
        params
    }

    /// The scheme and host of the pages.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.host)
    }

    /// Keeps a flash for the next page, as a script does before it leaves (9.5).
    pub(super) fn put_flash(&self, flash: Option<&str>) {
        if let Some(flash) = flash {
            self.cookies
                .lock()
                .insert(Flash::COOKIE.to_owned(), flash.to_owned());
        }
    }

    #[track_caller]
    pub(super) fn verify_flash(&self, token: &str) -> Flash {
        let flash = Flash::verify(token, self.endpoint.secret_key_base());
        flash.unwrap_or_else(|| panic!("the flash was not signed by this endpoint: {token}"))
    }

    fn cookie_header(&self) -> String {
        let cookies = self.cookies.lock();
        let pairs: Vec<_> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// Does what a `Set-Cookie` header says; an age of zero deletes.
    fn keep_cookie(&self, cookie: &str) {
        let mut parts = cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let mut cookies = self.cookies.lock();
        if parts.any(|attribute| attribute.eq_ignore_ascii_case("max-age=0")) {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

#[track_caller]
fn header_value(value: &str) -> HeaderValue {
    HeaderValue::try_from(value).unwrap_or_else(|_| panic!("{value:?} is no value of a header"))
}

/// Where a response leads, if anywhere.
pub(super) fn location<B>(response: &http::Response<B>) -> Option<&str> {
    let redirects =
        response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED;
    let location = response
        .headers()
        .get(header::LOCATION)
        .filter(|_| redirects)?;
    location.to_str().ok()
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}
