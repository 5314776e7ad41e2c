//! Events that a test names itself, for a view or a part of it.

use std::panic::Location;

use serde_json::{Value, json};

use super::View;
use crate::testing::live::form::{encode, flatten};
use crate::testing::live::{Redirected, Target};

/// The verbs of events on a view and on a target, which name their event themselves.
macro_rules! events {
    ($($(#[$doc:meta])* $verb:ident: $kind:literal;)*) => {
        impl View {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// When the page goes elsewhere.
                ///
                /// # Panics
                /// When the value is no object, the view has ended or crashes, or does not reply in the 30 s that a
                /// browser waits.
                #[track_caller]
                pub fn $verb(&self, event: &str, value: Value) -> impl Future<Output = Result<String, Redirected>> {
                    let at = Location::caller();
                    let target = self.untargeted();
                    async move { target.send(at, $kind, event, value).await }
                }
            )*
        }

        impl Target {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// When the page goes elsewhere.
                ///
                /// # Panics
                /// As the verb of the view, and when the target is not on the page.
                #[track_caller]
                pub fn $verb(&self, event: &str, value: Value) -> impl Future<Output = Result<String, Redirected>> {
                    let at = Location::caller();
                    async move { self.send(at, $kind, event, value).await }
                }
            )*
        }
    };
}

events! {
    /// Sends the event of a click, no matter what the page shows: `render_click/3`.
    render_click: "click";
    /// Sends the event of a changed form, its fields as a form nests them: `render_change/3`.
    render_change: "form";
    /// Sends the event of a submitted form: `render_submit/3`.
    render_submit: "form";
    /// Sends the event of a pressed key: `render_keydown/3`.
    render_keydown: "keydown";
    /// Sends the event of a key let go: `render_keyup/3`.
    render_keyup: "keyup";
    /// Sends the event of the focus that came: `render_focus/3`.
    render_focus: "focus";
    /// Sends the event of the focus that went: `render_blur/3`.
    render_blur: "blur";
    /// Sends an event as a hook does with `pushEvent`: `render_hook/3`.
    render_hook: "hook";
}

/// The payload of an event that names no element (7.2, 7.3).
pub(in crate::testing::live) fn event_payload(
    kind: &str,
    event: &str,
    value: &Value,
    cid: Option<u64>,
) -> Value {
    let mut payload = json!({"type": kind, "event": event, "value": value});
    if kind == "form" {
        let mut fields = Vec::new();
        let mut value = value.clone();
        let target = value
            .as_object_mut()
            .and_then(|value| value.remove("_target"));
        flatten("", &value, &mut fields);
        payload["value"] = encode(&fields).into();
        payload["meta"] = target.map_or(json!({}), |target| json!({"_target": target}));
    }
    if let Some(cid) = cid {
        payload["cid"] = cid.into();
    }
    payload
}
