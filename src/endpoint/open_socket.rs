//! Looking into a running endpoint, as `Phoenix.Debug`.

use std::fmt;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::Endpoint;
use crate::assigns::Assigns;
use crate::channel::{JoinedChannel, Link};

impl Endpoint {
    /// The connections that are open, over any transport: `Phoenix.Debug.list_sockets/0`.
    ///
    /// ```
    /// use bennu::endpoint::Endpoint;
    ///
    /// /// Who is here with how many channels.
    /// async fn report(endpoint: &Endpoint) {
    ///     for socket in endpoint.list_sockets() {
    ///         let channels = socket.list_channels().await;
    ///         println!("{} {:?}: {} channels", socket.path(), socket.id(), channels.len());
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn list_sockets(&self) -> Vec<OpenSocket> {
        let mut sockets = Vec::new();
        for (place, mount) in self.inner.mounts.iter().enumerate() {
            let (path, handler): (Arc<str>, _) = (mount.path().into(), mount.socket_name());
            self.inner.connections.for_each(&place, |link| {
                sockets.push(OpenSocket {
                    path: path.clone(),
                    handler,
                    link: link.clone(),
                });
            });
        }
        sockets
    }
}

/// A connection of an endpoint. Holding it does not keep the connection open.
#[derive(Clone)]
pub struct OpenSocket {
    path: Arc<str>,
    handler: &'static str,
    link: Arc<Link>,
}

impl OpenSocket {
    /// The path that the socket is mounted at.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name of the handler's type.
    #[must_use]
    pub const fn handler(&self) -> &'static str {
        self.handler
    }

    /// The socket's id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.link.id.as_deref()
    }

    /// What `connect` assigned.
    #[must_use]
    pub fn assigns(&self) -> &Assigns {
        &self.link.assigns
    }

    /// The channels of the connection, `Phoenix.Debug.list_channels/1`; none when it has closed.
    pub async fn list_channels(&self) -> Vec<JoinedChannel> {
        let (question, answer) = oneshot::channel();
        self.link.outbox.ask(question);
        answer.await.unwrap_or_default()
    }
}

impl fmt::Debug for OpenSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenSocket")
            .field("path", &self.path)
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
