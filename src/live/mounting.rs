//! How a view is mounted, for a page and for a connection: hooks, `mount`, `handle_params`.

use std::sync::Arc;

use http::StatusCode;

use super::lifecycle::{self, on_mount};
use super::navigation::{PATCHES_MAX, Redirected};
use super::rendered::RenderError;
use super::views::{Route, Table};
use super::{Kind, LiveView, MountError, NavigationError, Result, Socket};
use crate::channel::Crash;
use crate::protocol::form::Params;
use crate::protocol::live::LivePatch;
use crate::session::Session;
use crate::session::csrf::CsrfState;
use crate::telemetry::LiveCallback;

/// What a view is mounted with.
pub(super) struct Mounted<'m> {
    pub(super) table: &'m Table,
    pub(super) params: &'m Params,
    pub(super) session: &'m Session,
    pub(super) url: &'m str,
}

/// Why there is no view to show.
pub(super) enum NotMounted {
    Status(StatusCode),
    Redirected(Redirected),
    Crashed(Crash),
}

impl Mounted<'_> {
    /// Mounts a view; the patch, if there is one, is what its `handle_params` made of the URL.
    pub(super) async fn mount<V: LiveView>(
        &self,
        socket: &mut Socket<V>,
    ) -> std::result::Result<(V, Option<LivePatch>), NotMounted> {
        socket.put_csrf_state(CsrfState::from_session(self.session));
        let running = LiveCallback::begin();
        let mounted = self.call_mount::<V>(socket).await;
        running.mounted(std::any::type_name::<V>(), self.url, mounted.is_ok());
        let mut view = match mounted {
            Ok(view) => view,
            Err(error) => return Err(not_mounted(error, socket)),
        };
        match socket.take_redirected() {
            None => {}
            Some(Redirected::Patch(_)) => return Err(NotMounted::crashed(PATCH_IN_MOUNT)),
            Some(elsewhere) => return Err(NotMounted::Redirected(elsewhere)),
        }
        let patched = self.handle_params(&mut view, socket).await?;
        socket.end_mount();
        Ok((view, patched))
    }

    async fn call_mount<V: LiveView>(
        &self,
        socket: &mut Socket<V>,
    ) -> std::result::Result<V, MountError> {
        let route = socket.route().cloned();
        on_mount::<V>(route.as_deref(), self.params, self.session, socket).await?;
        V::mount(self.params, self.session, socket).await
    }

    /// Only views of routes have a URL to take parameters from (9.6).
    async fn handle_params<V: LiveView>(
        &self,
        view: &mut V,
        socket: &mut Socket<V>,
    ) -> std::result::Result<Option<LivePatch>, NotMounted> {
        if socket.route().is_none() {
            return Ok(None);
        }
        lifecycle::handle_params(view, self.params, self.url, socket).await?;
        match socket.take_redirected() {
            None => Ok(None),
            Some(Redirected::Patch(patch)) if socket.connected() => {
                let patched = follow_patches(view, self.table, patch, socket).await?;
                let elsewhere = socket.take_redirected();
                elsewhere.map_or(Ok(Some(patched)), |to| Err(NotMounted::Redirected(to)))
            }
            Some(elsewhere) => Err(NotMounted::Redirected(elsewhere)),
        }
    }
}

const PATCH_IN_MOUNT: &str =
    "`push_patch` in `mount`: `handle_params` is about to run, set the state there";

/// Shows the URLs that a view patches itself to, one after the other, and gives the last (9.2). Where the view goes from
/// there is left in its socket.
pub(super) async fn follow_patches<V: LiveView>(
    view: &mut V,
    table: &Table,
    mut patch: LivePatch,
    socket: &mut Socket<V>,
) -> Result<LivePatch> {
    for _ in 0..PATCHES_MAX {
        let uri = socket.absolute_uri(&patch.to);
        let (route, params) = table
            .find(&uri)
            .filter(|(route, _)| is_at(socket.route(), route))
            .ok_or_else(|| {
                Crash::new(format!("`push_patch` to {uri}, which another view shows"))
            })?;
        socket.patched_to(route);
        lifecycle::handle_params(view, &params, &uri, socket).await?;
        match socket.take_patch() {
            Some(next) => patch = next,
            None => return Ok(patch),
        }
    }
    Err(Crash::new(format!(
        "`handle_params` patched the page {PATCHES_MAX} times in a row"
    )))
}

fn is_at(current: Option<&Arc<Route>>, to: &Route) -> bool {
    current.is_some_and(|route| route.shares_view(to))
}

fn not_mounted<V: LiveView>(error: MountError, socket: &mut Socket<V>) -> NotMounted {
    let elsewhere = match error {
        MountError::Status(status) => return NotMounted::Status(status),
        MountError::Crashed(cause) => return NotMounted::Crashed(cause),
        MountError::Redirect(to) => Redirected::redirect(to, StatusCode::FOUND),
        MountError::Navigate(to) => Redirected::navigate(to, Kind::Push),
        MountError::Halted => match socket.take_redirected() {
            None | Some(Redirected::Patch(_)) => return NotMounted::crashed(HALTED_NOWHERE),
            Some(elsewhere) => Ok(elsewhere),
        },
    };
    elsewhere.map_or_else(NotMounted::from, NotMounted::Redirected)
}

const HALTED_NOWHERE: &str =
    "a mount was halted, but neither `redirect` nor `push_navigate` said where the visitor goes";

impl NotMounted {
    fn crashed(cause: &'static str) -> Self {
        Self::Crashed(Crash::new(cause))
    }
}

impl From<RenderError> for NotMounted {
    fn from(cause: RenderError) -> Self {
        Self::Crashed(cause.into())
    }
}

impl From<NavigationError> for NotMounted {
    fn from(cause: NavigationError) -> Self {
        Self::Crashed(cause.into())
    }
}

impl From<Crash> for NotMounted {
    fn from(cause: Crash) -> Self {
        Self::Crashed(cause)
    }
}
