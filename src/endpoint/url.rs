//! Where the application is found from outside.

use std::fmt;

use super::Endpoint;
use super::static_manifest::{StaticManifest, assert_static};

/// The address of the application's pages or files as its visitors see it, `url: [...]` and `static_url: [...]`.
///
/// ```
/// use bennu::endpoint::Url;
///
/// let url = Url::new("example.com").scheme("https").port(4443).path("/app");
/// assert_eq!(url.to_string(), "https://example.com:4443");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Url {
    scheme: String,
    host: String,
    port: Option<u16>,
    /// Empty, or with a slash in front and none behind.
    path: String,
}

impl Url {
    /// Plain HTTP at a host, on the default port.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            scheme: "http".to_owned(),
            host: host.into(),
            port: None,
            path: String::new(),
        }
    }

    /// Another scheme than `http`.
    pub fn scheme(mut self, scheme: impl Into<String>) -> Self {
        self.scheme = scheme.into();
        self
    }

    /// The port, where it is not the scheme's own.
    pub const fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The path below which a proxy mounts the application.
    pub fn path(mut self, path: &str) -> Self {
        let path = path.trim_matches('/');
        self.path = if path.is_empty() {
            String::new()
        } else {
            format!("/{path}")
        };
        self
    }

    pub(super) fn with_host(self, host: String) -> Self {
        Self { host, ..self }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn prefix(&self) -> &str {
        &self.path
    }

    fn foreign_port(&self) -> Option<u16> {
        let own = match &*self.scheme {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            _ => None,
        };
        self.port.filter(|port| Some(*port) != own)
    }
}

/// Scheme, host and, if it is not the scheme's own, port.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.foreign_port() {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// Addresses of pages and files (EP-1, EP-3).
impl Endpoint {
    /// The address of the application without any path, `MyAppWeb.Endpoint.url/0`.
    ///
    /// ```
    /// use bennu::endpoint::{Endpoint, Url};
    /// use bennu::token::SecretKeyBase;
    ///
    /// let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
    ///     .url(Url::new("example.com").scheme("https").port(443).path("/app"))
    ///     .build()?;
    /// assert_eq!(endpoint.url(), "https://example.com");
    /// assert_eq!(endpoint.path("/rooms/1"), "/app/rooms/1");
    /// assert_eq!(endpoint.script_name().collect::<Vec<_>>(), ["app"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn url(&self) -> String {
        self.inner.url.to_string()
    }

    /// The host of [`url`](Self::url).
    #[must_use]
    pub fn host(&self) -> &str {
        self.inner.url.host()
    }

    /// The path of a page, below the path that the application is mounted at.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.inner.url.prefix())
    }

    /// The segments of the path that the application is mounted at.
    pub fn script_name(&self) -> impl Iterator<Item = &str> {
        let segments = self.inner.url.prefix().split('/');
        segments.filter(|segment| !segment.is_empty())
    }

    /// The address of the application's files without any path, [`url`](Self::url) unless
    /// [`Builder::static_url`](super::Builder::static_url) says otherwise.
    #[must_use]
    pub fn static_url(&self) -> String {
        self.static_place().to_string()
    }

    /// The path of a file, in its latest digested form if the [manifest](super::Builder::cache_static_manifest) has
    /// one; what follows a `#` is kept.
    ///
    /// ```
    /// use bennu::endpoint::{Endpoint, Url};
    /// use bennu::token::SecretKeyBase;
    ///
    /// let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
    ///     .static_url(Url::new("cdn.example.com").path("/files"))
    ///     .build()?;
    /// assert_eq!(endpoint.static_url(), "http://cdn.example.com");
    /// assert_eq!(endpoint.static_path("/icons.svg#moon"), "/files/icons.svg#moon");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// As [`static_lookup`](Self::static_lookup).
    #[must_use]
    #[track_caller]
    pub fn static_path(&self, path: &str) -> String {
        self.inner.static_manifest.static_path(path)
    }

    /// What the attribute `integrity` says of a file, `sha512-` and the digest in base64; none without a
    /// [manifest](super::Builder::cache_static_manifest) that knows the file.
    ///
    /// # Panics
    /// As [`static_lookup`](Self::static_lookup).
    #[must_use]
    #[track_caller]
    pub fn static_integrity(&self, path: &str) -> Option<&str> {
        self.static_manifest(path).integrity(path)
    }

    /// The latest form of a file's path, and its integrity: `/app.js` is `/app-0cc1….js?vsn=d` where the
    /// [manifest](super::Builder::cache_static_manifest) says so, and itself otherwise.
    ///
    /// # Panics
    /// When the path does not start with one slash: it would be another file depending on the page, or a file of
    /// another host.
    #[must_use]
    #[track_caller]
    pub fn static_lookup<'e>(&'e self, path: &'e str) -> (&'e str, Option<&'e str>) {
        let manifest = self.static_manifest(path);
        let latest = manifest.latest(path).unwrap_or(path);
        (latest, manifest.integrity(path))
    }

    /// Whether any of the files that a page was loaded with is no longer the latest, by their addresses as the page
    /// tracks them; what `static_changed?/1` of a live view asks. Without a manifest nothing ever changes.
    ///
    /// ```
    /// use bennu::endpoint::Endpoint;
    /// use bennu::token::SecretKeyBase;
    ///
    /// let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?).build()?;
    /// assert!(!endpoint.static_changed(&["http://localhost:4000/assets/app.js"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn static_changed(&self, tracked: &[impl AsRef<str>]) -> bool {
        let manifest = &self.inner.static_manifest;
        tracked
            .iter()
            .any(|address| !manifest.is_latest(address.as_ref()))
    }

    #[track_caller]
    fn static_manifest(&self, path: &str) -> &StaticManifest {
        assert_static(path);
        &self.inner.static_manifest
    }

    fn static_place(&self) -> &Url {
        self.inner.static_url.as_ref().unwrap_or(&self.inner.url)
    }
}
