//! Events of a view that go to one of its components.

use std::panic::Location;

use serde_json::Value;

use super::view::event_payload;
use super::{Redirected, View};
use crate::protocol::live as wire;

/// A view whose events go to a component of it: `with_target/2`.
#[derive(Clone, Debug)]
#[must_use = "a target does nothing until a verb is called on it"]
pub struct Target {
    view: View,
    selector: Option<String>,
}

impl Target {
    pub(super) const fn new(view: View, selector: Option<String>) -> Self {
        Self { view, selector }
    }

    pub(super) async fn send(
        &self,
        at: &Location<'_>,
        kind: &str,
        event: &str,
        value: Value,
    ) -> Result<String, Redirected> {
        assert!(
            value.is_object() || kind == "hook",
            "{at}: the value of an event is an object: {value}"
        );
        let (view, cid) = match &self.selector {
            None => (self.view.id().to_owned(), None),
            Some(selector) => {
                let found = self.view.page().find_data(self.view.id(), selector, None);
                let found = found.unwrap_or_else(|cause| panic!("{at}: {cause}"));
                (found.view, found.component)
            }
        };
        let payload = event_payload(kind, event, &value, cid);
        self.view
            .client()
            .push(at, &view, wire::EVENT, payload)
            .await?;
        self.view.rendered(at).await
    }
}
