//! Connections without a transport, for tests.

use super::connect::ConnectSession;
use super::{Endpoint, mount::Mounted};
use crate::assigns::Assigns;
use crate::protocol::Serializer;
use crate::protocol::form::Params;
use crate::socket::{Accepted, ConnectError, ConnectInfo};

impl Endpoint {
    /// Asks the socket at `path`; none if there is no such socket.
    pub(crate) async fn accept_in_memory(
        &self,
        path: &str,
        params: Params,
        info: ConnectInfo,
    ) -> Option<Result<Accepted, ConnectError>> {
        let (mount, variables) = self.mount_at(path)?;
        let mut params = params;
        params.merge(variables);
        let mut assigns = Assigns::in_front_of(self.inner.assigns.clone());
        let connected = mount.connect(&params, &info, &mut assigns).await;
        let id = match connected {
            Ok(id) => id,
            Err(refused) => return Some(Err(refused)),
        };
        assigns.assign(ConnectSession(info.session().cloned()));
        Some(Ok(self.accept(mount, id, assigns)))
    }

    /// A connection to the socket at `path` as if it had been asked and had answered with this.
    pub(crate) fn accept_unasked(
        &self,
        path: &str,
        id: Option<&str>,
        assigns: Assigns,
    ) -> Option<Accepted> {
        let (mount, _) = self.mount_at(path)?;
        let assigns = assigns.in_front_of_all(self.inner.assigns.clone());
        Some(self.accept(mount, id.map(str::to_owned), assigns))
    }

    fn accept(&self, mount: &Mounted, id: Option<String>, assigns: Assigns) -> Accepted {
        Accepted {
            serializer: Serializer::V2,
            assigns,
            id,
            pubsub: self.inner.pubsub.clone(),
            routes: mount.routes(),
            limits: mount.limits(),
            filter: self.inner.filter.clone(),
        }
    }

    /// Of mounts that overlap, the later one wins.
    fn mount_at(&self, path: &str) -> Option<(&Mounted, Params)> {
        let mut mounts = self.inner.mounts.iter().rev();
        mounts.find_map(|mount| Some((mount, mount.match_path(path)?)))
    }
}
