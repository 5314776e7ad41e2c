//! Callbacks of live views and their components (liveview-wire 14.11).

use tracing::Level;

use super::{Started, brief};

/// A callback under way; nothing is measured unless somebody listens.
pub(crate) struct LiveCallback(Option<Started>);

/// Tells of a callback that has ended.
macro_rules! ended {
    ($self:expr, $name:literal, $ok:expr, $callback:literal, $($field:ident = $value:expr),+) => {
        if let Some(started) = $self.0 {
            let took = started.took();
            tracing::event!(
                name: $name,
                Level::DEBUG,
                $($field = $value,)+
                result = if $ok { "ok" } else { "error" },
                duration_us = took.micros(),
                "{} in {took}",
                $callback
            );
        }
    };
}

impl LiveCallback {
    pub(crate) fn begin() -> Self {
        Self(Started::now(Some(Level::DEBUG)))
    }

    pub(crate) fn mounted(self, view: &str, uri: &str, ok: bool) {
        ended!(
            self,
            "phoenix.live_view.mount",
            ok,
            "MOUNT",
            view = view,
            uri = &*brief(uri)
        );
    }

    pub(crate) fn handled_params(self, view: &str, uri: &str, ok: bool) {
        ended!(
            self,
            "phoenix.live_view.handle_params",
            ok,
            "HANDLE PARAMS",
            view = view,
            uri = &*brief(uri)
        );
    }

    pub(crate) fn handled_event(self, view: &str, event: &str, ok: bool) {
        ended!(
            self,
            "phoenix.live_view.handle_event",
            ok,
            "HANDLE EVENT",
            view = view,
            event = &*brief(event)
        );
    }

    pub(crate) fn rendered(self, view: &str, ok: bool) {
        ended!(self, "phoenix.live_view.render", ok, "RENDER", view = view);
    }

    pub(crate) fn updated_component(self, component: &str, cid: u64) {
        ended!(
            self,
            "phoenix.live_component.update",
            true,
            "UPDATE",
            component = component,
            cid = cid
        );
    }

    pub(crate) fn handled_component_event(self, component: &str, cid: u64, event: &str, ok: bool) {
        ended!(
            self,
            "phoenix.live_component.handle_event",
            ok,
            "HANDLE EVENT",
            component = component,
            cid = cid,
            event = &*brief(event)
        );
    }
}

pub(crate) fn component_destroyed(component: &str, cid: u64) {
    tracing::event!(
        name: "phoenix.live_component.destroyed",
        Level::DEBUG,
        component,
        cid,
        "DESTROYED"
    );
}
