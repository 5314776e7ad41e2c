use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use http::HeaderName;

#[cfg(feature = "live-reload")]
use super::LiveReload;
#[cfg(feature = "live")]
use super::embedded::EmbeddedFiles;
use super::mount::Mounted;
use super::router::{RouteTable, RouterError};
use super::service::AssetsMount;
use super::static_manifest::StaticManifest;
use super::{CheckOrigin, Endpoint, Inner, Mount, Router, ServeLimits, StaticManifestError, Url};
use crate::assigns::Assigns;
use crate::pubsub::PubSub;
use crate::registry::Registry;
use crate::session::{SessionOptions, SessionOptionsError, SessionStore};
use crate::telemetry::ParameterFilter;
use crate::token::SecretKeyBase;

/// Puts an [`Endpoint`] together.
#[must_use]
#[derive(Debug)]
pub struct Builder {
    secret_key_base: SecretKeyBase,
    pub(super) assigns: Assigns,
    pub(super) pubsub: PubSub,
    session: Option<SessionOptions>,
    pub(super) url: Url,
    static_url: Option<Url>,
    static_manifest: Option<PathBuf>,
    check_origin: CheckOrigin,
    sockets: Vec<(String, Mount)>,
    assets: Vec<(String, PathBuf)>,
    #[cfg(feature = "live")]
    embedded: Vec<EmbeddedFiles>,
    pub(super) router: Router,
    request_id: Option<HeaderName>,
    body_bytes_max: usize,
    body_timeout: Duration,
    serve_limits: ServeLimits,
    filter: ParameterFilter,
    drain: Duration,
    #[cfg(feature = "live-reload")]
    pub(super) live_reload: Option<LiveReload>,
}

impl Builder {
    pub(super) fn new(secret_key_base: SecretKeyBase) -> Self {
        Self {
            secret_key_base,
            assigns: Assigns::new(),
            pubsub: PubSub::new(),
            session: None,
            url: Url::new("localhost"),
            static_url: None,
            static_manifest: None,
            check_origin: CheckOrigin::Host,
            sockets: Vec::new(),
            assets: Vec::new(),
            #[cfg(feature = "live")]
            embedded: Vec::new(),
            router: Router::new(),
            request_id: None,
            body_bytes_max: 8_000_000,
            body_timeout: Duration::from_secs(60),
            serve_limits: ServeLimits::default(),
            filter: ParameterFilter::default(),
            drain: Duration::from_secs(5),
            #[cfg(feature = "live-reload")]
            live_reload: None,
        }
    }

    /// Gives request handlers, channels and live views a value, found again by its type.
    pub fn assign<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.assigns.assign(value);
        self
    }

    /// Uses this hub instead of one of its own, so that the application can hold it before the endpoint exists.
    pub fn pubsub(mut self, pubsub: PubSub) -> Self {
        self.pubsub = pubsub;
        self
    }

    /// Keeps sessions in a cookie, as `plug Plug.Session`.
    pub fn session(mut self, options: SessionOptions) -> Self {
        self.session = Some(options);
        self
    }

    /// The host name of the application's pages, `url: [host: ...]`; default `localhost`. Sockets accept pages of
    /// this host only, unless told otherwise.
    pub fn url_host(mut self, host: impl Into<String>) -> Self {
        self.url = self.url.with_host(host.into());
        self
    }

    /// The whole address of the application's pages, `url: [...]`; default `http://localhost`.
    pub fn url(mut self, url: Url) -> Self {
        self.url = url;
        self
    }

    /// The address of the application's files, `static_url: [...]`, where it is another than that of its pages: a CDN.
    pub fn static_url(mut self, url: Url) -> Self {
        self.static_url = Some(url);
        self
    }

    /// Reads what `mix phx.digest`, or a tool that writes the same form, says of the files it has digested:
    /// `cache_static_manifest: "…/cache_manifest.json"`. [`Endpoint::static_path`] then finds their latest forms, and
    /// [`assets`](Self::assets) tells clients to keep them for ever.
    pub fn cache_static_manifest(mut self, path: impl Into<PathBuf>) -> Self {
        self.static_manifest = Some(path.into());
        self
    }

    /// Which pages may open sockets; a socket's own setting comes first.
    pub fn check_origin(mut self, check_origin: CheckOrigin) -> Self {
        self.check_origin = check_origin;
        self
    }

    /// Mounts a socket: its transports answer below `path`, as `socket "/socket", UserSocket`.
    pub fn socket(mut self, path: impl Into<String>, mount: Mount) -> Self {
        self.sockets.push((path.into(), mount));
        self
    }

    /// Serves the files of a directory below `path`, as `plug Plug.Static`. Clients ask again for each of them, and
    /// keep those that the [manifest](Self::cache_static_manifest) has digested.
    pub fn assets(mut self, path: impl Into<String>, directory: impl Into<PathBuf>) -> Self {
        self.assets.push((path.into(), directory.into()));
        self
    }

    /// Serves files that the program holds, before those of directories.
    #[cfg(feature = "live")]
    pub(crate) fn embedded(mut self, files: EmbeddedFiles) -> Self {
        self.embedded.push(files);
        self
    }

    /// Answers everything else.
    pub fn router(mut self, router: Router) -> Self {
        self.router = router;
        self
    }

    /// Names each request that the router answers, in its log lines and in this header of its response: `Plug.RequestId`,
    /// with `x-request-id` by habit. A name of 20 to 200 bytes that comes with the request is kept.
    ///
    /// ```
    /// use bennu::endpoint::Endpoint;
    /// use bennu::token::SecretKeyBase;
    /// use http::HeaderName;
    ///
    /// let secret_key_base = SecretKeyBase::new("k".repeat(64))?;
    /// let endpoint = Endpoint::builder(secret_key_base)
    ///     .request_id(HeaderName::from_static("x-request-id"))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn request_id(mut self, header: HeaderName) -> Self {
        self.request_id = Some(header);
        self
    }

    /// The largest body of a request, in bytes; default 8,000,000. A larger one is answered with 413.
    pub fn body_bytes_max(mut self, body_bytes_max: usize) -> Self {
        self.body_bytes_max = body_bytes_max;
        self
    }

    /// Which parameters stay out of the log, `filter_parameters`; default: those named like `password` and `token`.
    pub fn filter_parameters(mut self, filter: ParameterFilter) -> Self {
        self.filter = filter;
        self
    }

    /// How long a client may take to send the body of a request; default 60 s. A slower one is answered with 408.
    pub fn body_timeout(mut self, body_timeout: Duration) -> Self {
        self.body_timeout = body_timeout;
        self
    }

    /// The limits of [`Endpoint::serve`].
    pub fn serve_limits(mut self, serve_limits: ServeLimits) -> Self {
        self.serve_limits = serve_limits;
        self
    }

    /// How long [`Endpoint::serve`] waits for connections and requests to end when it stops, after the sockets'
    /// [drainers](Mount::drainer) have closed them; default 5 s.
    pub fn drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// Loads open pages again when a file changes, for development only: `plug Phoenix.LiveReloader` with its socket.
    #[cfg(feature = "live-reload")]
    pub fn live_reload(mut self, live_reload: LiveReload) -> Self {
        self.live_reload = Some(live_reload);
        self
    }

    /// Checks the parts and puts them together.
    ///
    /// # Errors
    /// When session options or routes contradict themselves, a socket checks neither origins nor CSRF tokens, or the
    /// manifest of static files cannot be read.
    pub fn build(self) -> Result<Endpoint, BuildError> {
        #[cfg(feature = "live-reload")]
        let builder = self.start_live_reload();
        #[cfg(not(feature = "live-reload"))]
        let builder = self;
        builder.assemble()
    }

    fn assemble(self) -> Result<Endpoint, BuildError> {
        if self.router.needs_session() && self.session.is_none() {
            return Err(BuildError::LiveViewsWithoutSession);
        }
        let sessions = match self.session {
            Some(options) => Some(
                SessionStore::new(&self.secret_key_base, options).map_err(BuildError::Session)?,
            ),
            None => None,
        };
        let static_manifest = match self.static_manifest {
            Some(path) => StaticManifest::read(&path).map_err(BuildError::StaticManifest)?,
            None => StaticManifest::default(),
        };
        let static_place = self.static_url.as_ref().unwrap_or(&self.url);
        let static_manifest = static_manifest.below(static_place.prefix());
        #[cfg(feature = "live")]
        let static_manifest = with_embedded(static_manifest, &self.embedded);
        let static_manifest = Arc::new(static_manifest);
        let mut assigns = self.assigns;
        assigns.assign(self.secret_key_base.clone());
        assigns.assign(static_manifest.clone());
        let check_origin = self.check_origin;
        let mounts = self
            .sockets
            .into_iter()
            .map(|(path, mount)| {
                Mounted::new(
                    &path,
                    mount,
                    &check_origin,
                    &self.secret_key_base,
                    &self.pubsub,
                )
            })
            .collect::<Result<_, _>>()?;
        let assets = self
            .assets
            .into_iter()
            .map(|(path, directory)| AssetsMount::new(&path, directory))
            .collect();
        let inner = Inner {
            routes: RouteTable::new(self.router).map_err(BuildError::Routes)?,
            secret_key_base: self.secret_key_base,
            assigns: Arc::new(assigns),
            pubsub: self.pubsub,
            sessions,
            url: self.url,
            static_url: self.static_url,
            static_manifest,
            mounts,
            assets,
            #[cfg(feature = "live")]
            embedded: self.embedded,
            request_id: self.request_id,
            body_bytes_max: self.body_bytes_max,
            body_timeout: self.body_timeout,
            connections: Registry::duplicate(),
            draining: AtomicBool::new(false),
            serve_limits: self.serve_limits,
            filter: Arc::new(self.filter),
            drain: self.drain,
        };
        Ok(Endpoint {
            inner: Arc::new(inner),
        })
    }
}

#[cfg(feature = "live")]
fn with_embedded(mut manifest: StaticManifest, embedded: &[EmbeddedFiles]) -> StaticManifest {
    for file in embedded.iter().flat_map(EmbeddedFiles::digested) {
        manifest.embed(file);
    }
    manifest
}

/// Why an endpoint cannot be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The session's options do not fit.
    Session(SessionOptionsError),
    /// Live views are routed, and [`Builder::session`] is missing: their pages would reload for ever, because they
    /// connect only with the session they were shown in.
    LiveViewsWithoutSession,
    /// Two routes cannot both be told apart, or a path is no path.
    Routes(RouterError),
    /// The socket at this path checks neither origins nor CSRF tokens: any page could use its visitors' sessions.
    Unprotected(String),
    /// The manifest of static files cannot be used.
    StaticManifest(StaticManifestError),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(cause) => write!(f, "session options: {cause}"),
            Self::LiveViewsWithoutSession => {
                f.write_str("live views need sessions: add `.session(SessionOptions::new(..))`")
            }
            Self::Routes(cause) => write!(f, "routes: {cause}"),
            Self::Unprotected(path) => write!(
                f,
                "the socket at {path} accepts any origin and checks no CSRF token: one of the two must be on"
            ),
            Self::StaticManifest(cause) => write!(f, "static manifest: {cause}"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Session(cause) => Some(cause),
            Self::LiveViewsWithoutSession => None,
            Self::Routes(cause) => Some(cause),
            Self::Unprotected(_) => None,
            Self::StaticManifest(cause) => Some(cause),
        }
    }
}
