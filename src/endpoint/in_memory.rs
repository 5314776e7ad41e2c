//! Connections without a transport, for tests.

use std::sync::Arc;

use super::Endpoint;
use super::connect::ConnectSession;
#[cfg(all(feature = "live", feature = "testing"))]
use super::connect::{self, Refusal};
#[cfg(all(feature = "live", feature = "testing"))]
use super::mount::Transport;
use super::mount::{Connect, Mounted, Socket};
use crate::assigns::Assigns;
use crate::protocol::Serializer;
use crate::protocol::form::Params;
use crate::socket::{Accepted, ConnectError, ConnectInfo, Routes, Serves};

impl Endpoint {
    /// Asks the socket at `path`; none if there is no such socket with channels.
    pub(crate) async fn accept_in_memory(
        &self,
        path: &str,
        params: Params,
        info: ConnectInfo,
    ) -> Option<Result<Accepted, ConnectError>> {
        let (mount, variables) = self.mount_at(path)?;
        let (handler, routes) = with_channels(mount)?;
        let mut params = params;
        params.merge(variables);
        let mut assigns = Assigns::in_front_of(self.inner.assigns.clone());
        if let Err(refused) = handler.connect(&params, &info, &mut assigns).await {
            return Some(Err(refused));
        }
        let id = handler.id(&assigns);
        assigns.assign(ConnectSession(info.session().cloned()));
        Some(Ok(self.accept(mount, routes.clone(), id, assigns)))
    }

    /// A connection to the socket at `path` as if it had been asked and had answered with this.
    pub(crate) fn accept_unasked(
        &self,
        path: &str,
        id: Option<&str>,
        assigns: Assigns,
    ) -> Option<Accepted> {
        let (mount, _) = self.mount_at(path)?;
        let (_, routes) = with_channels(mount)?;
        let assigns = assigns.in_front_of_all(self.inner.assigns.clone());
        let id = id.map(str::to_owned);
        Some(self.accept(mount, routes.clone(), id, assigns))
    }

    fn accept(
        &self,
        mount: &Mounted,
        routes: Arc<Routes>,
        id: Option<String>,
        assigns: Assigns,
    ) -> Accepted {
        Accepted {
            assigns,
            id,
            pubsub: self.inner.pubsub.clone(),
            limits: mount.limits(),
            filter: self.inner.filter.clone(),
            serves: Serves::Channels {
                serializer: Serializer::V2,
                routes,
            },
            compression: None,
        }
    }

    /// Of mounts that overlap, the later one wins.
    fn mount_at(&self, path: &str) -> Option<(&Mounted, Params)> {
        let mut mounts = self.inner.mounts.iter().rev();
        mounts.find_map(|mount| Some((mount, mount.match_path(path)?)))
    }
}

fn with_channels(mount: &Mounted) -> Option<(&dyn Connect, &Arc<Routes>)> {
    match mount.socket() {
        Socket::Channels { handler, routes } => Some((&**handler, routes)),
        Socket::Raw(_) => None,
    }
}

#[cfg(all(feature = "live", feature = "testing"))]
impl Endpoint {
    /// A connection to the socket that a request for a WebSocket names, asked as every other; none if there is no such
    /// socket. The words of an error say why it was refused.
    pub(crate) async fn open_in_memory(
        &self,
        request: &http::request::Parts,
    ) -> Option<Result<Accepted, &'static str>> {
        let (place, variables) = self.websocket_at(request.uri.path())?;
        let mut params = Params::decode(request.uri.query().unwrap_or_default()).ok()?;
        params.merge(variables);
        if connect::check_origin(&self.inner, place, request).is_err() {
            return Some(Err("refuses the page's origin"));
        }
        let transport = Transport::WebSocket;
        let connected =
            connect::connect(&self.inner, place, &params, request, None, transport).await;
        Some(connected.map_err(|refusal| match refusal {
            Refusal::Crashed => "crashed",
            Refusal::Draining => "is about to stop",
            Refusal::Version => "does not speak V2",
            Refusal::Origin | Refusal::Subprotocol | Refusal::Handler(_) => {
                "refused the connection"
            }
        }))
    }

    fn websocket_at(&self, path: &str) -> Option<(usize, Params)> {
        let mut mounts = self.inner.mounts.iter().enumerate().rev();
        mounts.find_map(|(place, mount)| match mount.match_transport(path)? {
            (Transport::WebSocket, variables) => Some((place, variables)),
            (Transport::LongPoll, _) => None,
        })
    }

    /// Where the visitors' sessions are kept.
    pub(crate) fn sessions(&self) -> Option<&crate::session::SessionStore> {
        self.inner.sessions.as_ref()
    }
}
