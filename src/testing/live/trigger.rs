//! What a browser does when an element's binding goes off: an event, or a list of commands (section 11).

use std::panic::Location;

use serde_json::{Map, Value, json};

use super::Redirected;
use super::client::Client;
use super::find::Found;
use super::page::{Navigation, resolve};
use crate::protocol::live as wire;

/// Commands that carry out the commands of another attribute, at most this many deep.
const EXEC_DEPTH_MAX: usize = 10;

/// A binding that goes off.
pub(super) struct Trigger<'t> {
    pub(super) at: &'t Location<'t>,
    pub(super) client: &'t Client,
    pub(super) found: &'t Found,
    /// How the element was found, to find others from it.
    pub(super) selector: &'t str,
    pub(super) text: Option<&'t str>,
    pub(super) event: Event,
}

/// What goes to the server but for the name and the target.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// The type and the value of an event of an element.
    Element(&'static str, Map<String, Value>),
    /// The url-encoded fields, what comes beside them, and the chosen files of a change.
    Form {
        fields: String,
        meta: Map<String, Value>,
        uploads: Option<Value>,
    },
}

impl Event {
    /// The payload of the message, `value` being that of a command (7.2, 7.3).
    fn payload(&self, name: &str, cid: Option<u64>, value: Option<&Map<String, Value>>) -> Value {
        let over = |own: &Map<String, Value>| {
            let mut merged = own.clone();
            merged.extend(value.cloned().unwrap_or_default());
            merged
        };
        let mut payload = match self {
            Self::Element(kind, own) => json!({"type": kind, "event": name, "value": over(own)}),
            Self::Form {
                fields,
                meta,
                uploads,
            } => {
                let mut payload =
                    json!({"type": "form", "event": name, "value": fields, "meta": over(meta)});
                if let Some(uploads) = uploads {
                    payload["uploads"] = uploads.clone();
                }
                payload
            }
        };
        if let Some(cid) = cid {
            payload["cid"] = cid.into();
        }
        payload
    }
}

impl Trigger<'_> {
    /// Lets the binding go off: the name of an event, or commands.
    pub(super) async fn go_off(&self, binding: &str) -> Result<(), Redirected> {
        if binding.starts_with('[') {
            let mut commands = Vec::new();
            self.read(self.found, binding, 0, &mut commands);
            return self.run(commands, binding).await;
        }
        let target = self.found.attr("phx-target");
        self.push(self.found, binding, target, None).await
    }

    /// The commands that reach the server, those of `exec` in its place.
    fn read(
        &self,
        from: &Found,
        binding: &str,
        depth: usize,
        commands: &mut Vec<(Found, String, Value)>,
    ) {
        let at = self.at;
        assert!(
            depth <= EXEC_DEPTH_MAX,
            "{at}: `exec` leads to itself: {binding}"
        );
        let listed: Result<Vec<(String, Value)>, _> = serde_json::from_str(binding);
        let listed = listed
            .unwrap_or_else(|cause| panic!("{at}: these are no commands: {cause}: {binding}"));
        for (name, arguments) in listed {
            if name != "exec" {
                commands.push((from.clone(), name, arguments));
                continue;
            }
            let page = self.client.page();
            let others = page.command_targets(from, self.selector, self.text, &arguments["to"]);
            drop(page);
            let attribute = arguments["attr"].as_str().unwrap_or_default();
            for other in others {
                if let Some(binding) = other.attr(attribute) {
                    self.read(&other, binding, depth + 1, commands);
                }
            }
        }
    }

    async fn run(
        &self,
        commands: Vec<(Found, String, Value)>,
        binding: &str,
    ) -> Result<(), Redirected> {
        let mut reached = false;
        for (from, name, arguments) in commands {
            let href = arguments["href"].as_str().unwrap_or_default();
            let kind = match arguments["replace"] {
                Value::Bool(true) => wire::Kind::Replace,
                _ => wire::Kind::Push,
            };
            match &*name {
                "push" => self.run_push(&from, &arguments).await?,
                "patch" => patch(self.at, self.client, &from.view, href, kind).await?,
                "navigate" => return Err(navigate(self.client, href, kind)),
                // What only changes the page in the browser is nothing that a server's test could see.
                _ => continue,
            }
            reached = true;
        }
        let at = self.at;
        assert!(
            reached,
            "{at}: none of the commands reaches the server: {binding}"
        );
        Ok(())
    }

    async fn run_push(&self, from: &Found, arguments: &Value) -> Result<(), Redirected> {
        let event = arguments["event"].as_str().unwrap_or_default();
        let target = match &arguments["target"] {
            Value::Null => from.attr("phx-target").map(str::to_owned),
            Value::String(selector) => Some(selector.clone()),
            cid => Some(cid.to_string()),
        };
        let value = arguments["value"].as_object();
        self.push(from, event, target.as_deref(), value).await
    }

    async fn push(
        &self,
        from: &Found,
        event: &str,
        target: Option<&str>,
        value: Option<&Map<String, Value>>,
    ) -> Result<(), Redirected> {
        let at = self.at;
        let targets = self.client.page().targets(from, target);
        for (view, cid) in targets.unwrap_or_else(|cause| panic!("{at}: {cause}")) {
            let payload = self.event.payload(event, cid, value);
            self.client.push(at, &view, wire::EVENT, payload).await?;
        }
        Ok(())
    }
}

/// Asks the page's view to show another URL of its own (7.4).
pub(super) async fn patch(
    at: &Location<'_>,
    client: &Client,
    view: &str,
    href: &str,
    kind: wire::Kind,
) -> Result<(), Redirected> {
    let (url, patches) = {
        let page = client.page();
        (resolve(&page.url, href), page.patches)
    };
    let view = client.page().main_view().unwrap_or_else(|| view.to_owned());
    let reply = client
        .push(at, &view, wire::LIVE_PATCH, json!({"url": url}))
        .await?;
    if reply.response.get(wire::LINK_REDIRECT).is_some() {
        return Err(navigate(client, href, kind));
    }
    let mut page = client.page();
    // Where the view went on to another URL, the browser shows that one.
    if page.patches == patches {
        page.url = url;
        page.navigations
            .push_back(Navigation::Patch(href.to_owned()));
    }
    Ok(())
}

/// Goes to another live view; the test decides whether to follow.
pub(super) fn navigate(client: &Client, href: &str, kind: wire::Kind) -> Redirected {
    let redirected = Redirected::live_redirect(href, kind);
    client.page().leave(redirected.clone());
    redirected
}

/// Loads another page.
pub(super) fn redirect(client: &Client, href: &str) -> Redirected {
    let redirected = Redirected::redirect(href);
    client.page().leave(redirected.clone());
    redirected
}
