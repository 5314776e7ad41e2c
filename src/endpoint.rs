//! The endpoint: where HTTP requests and sockets enter, as `Phoenix.Endpoint`.
//!
//! An [`Endpoint`] is a `tower::Service`. It serves by itself with [`Endpoint::serve`], or mounts in any server that
//! speaks `http` types, an axum `Router` for instance.
//!
//! ```
//! use bennu::endpoint::{Conn, Endpoint, Response, Router};
//! use bennu::token::SecretKeyBase;
//! use http::StatusCode;
//!
//! async fn hello(conn: Conn) -> Response {
//!     let name = conn.params().text("name").unwrap_or("nobody").to_owned();
//!     conn.text(StatusCode::OK, format!("Hello, {name}!"))
//! }
//!
//! let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
//!     .router(Router::new().get("/hello/:name", hello))
//!     .build()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod broadcast;
mod builder;
mod conn;
mod connect;
mod drainer;
#[cfg(feature = "live")]
mod embedded;
mod in_memory;
#[cfg(feature = "live-reload")]
mod live_reload;
mod longpoll;
mod mount;
mod open_socket;
mod origin;
mod request_id;
mod router;
mod serve;
mod service;
mod static_manifest;
mod stop_signal;
mod subprotocol;
mod upgrade;
mod url;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use http::HeaderName;

use crate::assigns::Assigns;
use crate::channel::Link;
use crate::pubsub::PubSub;
use crate::registry::Registry;
use crate::session::SessionStore;
use crate::telemetry::ParameterFilter;
use crate::token::SecretKeyBase;

pub use builder::{BuildError, Builder};
pub use conn::{Body, Conn, Response};
pub use drainer::Drainer;
#[cfg(feature = "live-reload")]
pub use live_reload::{LiveReload, TargetWindow, WebConsoleLogger};
pub use mount::Mount;
pub use open_socket::OpenSocket;
pub use origin::CheckOrigin;
pub use router::{Pipeline, Router};
pub use serve::ServeLimits;
pub use service::PeerAddr;
pub use static_manifest::StaticManifestError;
pub use stop_signal::stop_signal;
pub use url::Url;

pub use crate::transport::{LongPollOptions, WebSocketOptions};

#[cfg(all(feature = "live", feature = "live-reload"))]
pub(crate) use live_reload::NotifiesLiveViews;
#[cfg(feature = "live")]
pub(crate) use {
    conn::is_local_path, conn::path_param, connect::ConnectSession, embedded::EmbeddedFiles,
    embedded::content_digest, router::into_matchit,
};

use router::RouteTable;
use service::AssetsMount;
pub(crate) use static_manifest::StaticManifest;

/// An application's front door; cloning shares it.
#[derive(Clone)]
pub struct Endpoint {
    inner: Arc<Inner>,
}

struct Inner {
    secret_key_base: SecretKeyBase,
    assigns: Arc<Assigns>,
    pubsub: PubSub,
    sessions: Option<SessionStore>,
    url: Url,
    /// None where files have the address of the pages.
    static_url: Option<Url>,
    static_manifest: Arc<StaticManifest>,
    mounts: Vec<mount::Mounted>,
    assets: Vec<AssetsMount>,
    #[cfg(feature = "live")]
    embedded: Vec<EmbeddedFiles>,
    routes: RouteTable,
    /// The header that carries the name of a request, if requests are named.
    request_id: Option<HeaderName>,
    body_bytes_max: usize,
    body_timeout: Duration,
    /// Every open connection of every mount, under the mount's place in `mounts`.
    connections: Registry<usize, Arc<Link>>,
    /// Set while [`Endpoint::serve`] closes the connections: no new ones are opened then.
    draining: AtomicBool,
    serve_limits: ServeLimits,
    /// What may stand in the log.
    filter: Arc<ParameterFilter>,
    drain: Duration,
}

impl Endpoint {
    /// Begins an endpoint whose tokens and cookies are made with `secret_key_base`.
    pub fn builder(secret_key_base: SecretKeyBase) -> Builder {
        Builder::new(secret_key_base)
    }

    /// The hub through which any code of the application broadcasts.
    #[must_use]
    pub fn pubsub(&self) -> &PubSub {
        &self.inner.pubsub
    }

    /// What tokens and cookies are made with.
    #[must_use]
    pub fn secret_key_base(&self) -> &SecretKeyBase {
        &self.inner.secret_key_base
    }

    /// What the application assigned to the endpoint.
    #[must_use]
    pub fn assigns(&self) -> &Assigns {
        &self.inner.assigns
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("url", &self.inner.url)
            .finish_non_exhaustive()
    }
}
