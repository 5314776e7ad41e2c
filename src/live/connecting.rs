//! What a view may know, while it is mounted, of how its page was loaded or connected.

use std::sync::Arc;

use super::AnySocket;
use crate::endpoint::StaticManifest;
use crate::protocol::form::Params;
use crate::protocol::live as wire;
use crate::socket::ConnectInfo;

/// The request or the join that a view is mounted for; the view's socket drops it after the mount.
#[derive(Debug, Default, Clone)]
pub(super) struct Connecting {
    params: Option<Params>,
    info: Option<Arc<ConnectInfo>>,
    track_static: Vec<String>,
}

impl Connecting {
    pub(super) fn loaded(info: ConnectInfo) -> Self {
        Self {
            info: Some(Arc::new(info)),
            ..Self::default()
        }
    }

    pub(super) fn joined(join: wire::Join, info: Option<&Arc<ConnectInfo>>) -> Self {
        Self {
            track_static: join.track_static().map(str::to_owned).collect(),
            params: Some(join.params),
            info: info.cloned(),
        }
    }
}

impl AnySocket {
    /// What the page's script sent along when it connected: the application's `params`, and the client's own, `_mounts`
    /// and `_live_referer` for instance. `get_connect_params/1` in Phoenix.
    ///
    /// None while the page is only being loaded, and once the view is mounted.
    #[must_use]
    pub fn connect_params(&self) -> Option<&Params> {
        self.connecting.as_ref()?.params.as_ref()
    }

    /// The request that loads the page or opened its connection: `get_connect_info/2` in Phoenix.
    ///
    /// None once the view is mounted, and for a connected page unless its socket is mounted with
    /// [`Mount::connect_info`](crate::endpoint::Mount::connect_info).
    #[must_use]
    pub fn connect_info(&self) -> Option<&ConnectInfo> {
        self.connecting.as_ref()?.info.as_deref()
    }

    /// Whether the page was loaded with scripts or styles, marked with `phx-track-static`, that are not the latest any more:
    /// the visitor had better load it again. `static_changed?/1` in Phoenix.
    ///
    /// What is the latest the manifest says, see
    /// [`Builder::cache_static_manifest`](crate::endpoint::Builder::cache_static_manifest). False without one, while the
    /// page is only being loaded, and once the view is mounted.
    #[must_use]
    pub fn static_changed(&self) -> bool {
        let tracked = self.connecting.as_ref().map(|mount| &*mount.track_static);
        let manifest = self.all_assigns().of::<Arc<StaticManifest>>();
        manifest.is_some_and(|manifest| {
            let mut tracked = tracked.unwrap_or_default().iter();
            tracked.any(|address| !manifest.is_latest(address))
        })
    }
}
