//! One element of a live view.

use std::panic::Location;

use serde_json::{Map, Value};

use super::find::Found;
use super::form::Fields;
use super::trigger::{self, Event, Trigger};
use super::{Redirected, View, dom};

/// An element of a live view, looked for whenever a verb needs it: `element/3`.
///
/// A verb on an element does what a browser does there. It takes the event and the target from the element's bindings,
/// the value from its `phx-value-` attributes, and returns the view's HTML when the event was handled and everything
/// that it changed is on the page.
#[derive(Clone, Debug)]
#[must_use = "an element does nothing until a verb is called on it"]
pub struct Element {
    view: View,
    selector: String,
    text: Option<String>,
    value: Map<String, Value>,
}

/// What the verbs of events return: the view's HTML, or where the page went.
type Rendered = Result<String, Redirected>;

impl Element {
    pub(super) fn new(view: View, selector: String) -> Self {
        Self {
            view,
            selector,
            text: None,
            value: Map::new(),
        }
    }

    /// Looks only at elements with this in their text, space counted once: the text filter of `element/3`.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// What the event carries on top of what the element gives it; `{"key": "Enter"}` for a key.
    ///
    /// # Panics
    /// When it is no object.
    #[track_caller]
    pub fn value(mut self, value: Value) -> Self {
        let Value::Object(value) = value else {
            panic!("the value of an event is an object: {value}");
        };
        self.value = value;
        self
    }

    /// The element's HTML: `render/1`.
    ///
    /// # Panics
    /// When not exactly one element matches, or the live view has ended.
    #[track_caller]
    pub fn render(&self) -> impl Future<Output = String> {
        let at = Location::caller();
        async move {
            self.view.settle(at).await;
            self.found(at).html
        }
    }

    /// Whether there is such an element: `has_element?/1`.
    ///
    /// # Panics
    /// When more than one matches, or the live view has ended.
    #[track_caller]
    pub fn exists(&self) -> impl Future<Output = bool> {
        let at = Location::caller();
        async move {
            self.view.settle(at).await;
            let text = self.text.as_deref();
            let is_missing = self
                .view
                .page()
                .select(self.view.id(), &self.selector, text)
                .is_empty();
            !is_missing && !self.found(at).html.is_empty()
        }
    }

    /// Clicks: `render_click/2`. Without a `phx-click`, a link leads where its `href` says.
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// When not exactly one element matches, it is disabled or does not react, the live view crashes, or it does not
    /// reply in the 30 s that a browser waits.
    #[track_caller]
    pub fn render_click(&self) -> impl Future<Output = Rendered> {
        let at = Location::caller();
        async move {
            let found = self.found(at);
            assert!(
                found.attr("disabled").is_none(),
                "{at}: the element is disabled: {}",
                found.html
            );
            match found.attr("phx-click") {
                Some(binding) => self.go_off(at, &found, binding, "click").await?,
                None => self.follow_link(at, &found).await?,
            }
            self.view.rendered(at).await
        }
    }

    /// Goes where a link leads.
    async fn follow_link(&self, at: &Location<'_>, found: &Found) -> Result<(), Redirected> {
        let client = self.view.client();
        let Some(href) = found.attr("href").filter(|_| found.name == "a") else {
            panic!(
                "{at}: to be clicked, an element has a phx-click, or is a link with an href; forms are submitted with \
                 `form` and `render_submit`: {}",
                found.html
            );
        };
        let kind = self.link_kind(at);
        match found.attr("data-phx-link") {
            None => Err(trigger::redirect(client, href)),
            Some("patch") => trigger::patch(at, client, &found.view, href, kind).await,
            Some("redirect") => Err(trigger::navigate(client, href, kind)),
            Some(other) => panic!(
                "{at}: no client knows links of the kind {other:?}: {}",
                found.html
            ),
        }
    }

    fn link_kind(&self, at: &Location<'_>) -> crate::protocol::live::Kind {
        let page = self.view.page();
        let link = page.find(self.view.id(), &self.selector, self.text.as_deref());
        link.map_or_else(|cause| panic!("{at}: {cause}"), dom::link_kind)
    }

    /// Presses a key: `render_keydown/2`; the key is `{"key": ...}` in the [`value`](Self::value).
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// As [`render_click`](Self::render_click), and when the element listens to another key.
    #[track_caller]
    pub fn render_keydown(&self) -> impl Future<Output = Rendered> {
        self.key(
            Location::caller(),
            ["phx-keydown", "phx-window-keydown"],
            "keydown",
        )
    }

    /// Lets go of a key: `render_keyup/2`.
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// As [`render_keydown`](Self::render_keydown).
    #[track_caller]
    pub fn render_keyup(&self) -> impl Future<Output = Rendered> {
        self.key(
            Location::caller(),
            ["phx-keyup", "phx-window-keyup"],
            "keyup",
        )
    }

    async fn key(&self, at: &Location<'_>, bindings: [&str; 2], kind: &'static str) -> Rendered {
        let found = self.found(at);
        let pressed = self.value.get("key").and_then(Value::as_str);
        if let (Some(wanted), Some(pressed)) = (found.attr("phx-key"), pressed) {
            let listens = wanted.eq_ignore_ascii_case(pressed);
            assert!(
                listens,
                "{at}: the element listens to {wanted:?}, not to {pressed:?}: {}",
                found.html
            );
        }
        self.bound(at, bindings, kind).await
    }

    /// Gives the element the focus: `render_focus/2`.
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// As [`render_click`](Self::render_click).
    #[track_caller]
    pub fn render_focus(&self) -> impl Future<Output = Rendered> {
        self.bound(
            Location::caller(),
            ["phx-focus", "phx-window-focus"],
            "focus",
        )
    }

    /// Takes the focus away: `render_blur/2`.
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// As [`render_click`](Self::render_click).
    #[track_caller]
    pub fn render_blur(&self) -> impl Future<Output = Rendered> {
        self.bound(Location::caller(), ["phx-blur", "phx-window-blur"], "blur")
    }

    async fn bound(&self, at: &Location<'_>, bindings: [&str; 2], kind: &'static str) -> Rendered {
        let found = self.found(at);
        let Some(binding) = bindings.iter().find_map(|binding| found.attr(binding)) else {
            panic!(
                "{at}: the element has no {}: {}",
                bindings.join(" and no "),
                found.html
            );
        };
        self.go_off(at, &found, binding, kind).await?;
        self.view.rendered(at).await
    }

    /// Pushes an event as the element's hook would: `render_hook/3`, the value of which is [`value`](Self::value).
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// As [`render_click`](Self::render_click), and when the element has no `phx-hook` or no id.
    #[track_caller]
    pub fn render_hook(&self, event: &str) -> impl Future<Output = Rendered> {
        let at = Location::caller();
        async move {
            let found = self.found(at);
            for needed in ["phx-hook", "id"] {
                assert!(
                    found.attr(needed).is_some(),
                    "{at}: the element has no {needed}: {}",
                    found.html
                );
            }
            let value = Event::Element("hook", self.value.clone());
            // A hook's `pushEvent` goes to the view; `pushEventTo` is what `phx-target` stands for here.
            self.trigger(at, &found, value).go_off(event).await?;
            self.view.rendered(at).await
        }
    }

    /// Changes a form or a field: `render_change/2`. What [`value`](Self::value) gives comes on top of the fields of
    /// the page, unchecked; [`View::form`] checks it.
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// As [`render_click`](Self::render_click).
    #[track_caller]
    pub fn render_change(&self) -> impl Future<Output = Rendered> {
        let at = Location::caller();
        async move {
            let found = self.found(at);
            let Some(binding) = found.attr("phx-change") else {
                panic!("{at}: the element has no phx-change: {}", found.html);
            };
            let fields = self.fields(at);
            let event = fields.change(self.view.page(), &found, &self.value);
            self.trigger(at, &found, event).go_off(binding).await?;
            self.view.rendered(at).await
        }
    }

    /// Submits a form: `render_submit/2`, with values as [`render_change`](Self::render_change).
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// As [`render_click`](Self::render_click).
    #[track_caller]
    pub fn render_submit(&self) -> impl Future<Output = Rendered> {
        let at = Location::caller();
        async move {
            let found = self.found(at);
            let Some(binding) = found.attr("phx-submit") else {
                panic!("{at}: the element has no phx-submit: {}", found.html);
            };
            let fields = self.fields(at);
            let event = fields.submit(self.view.page(), &found, &self.value);
            self.trigger(at, &found, event).go_off(binding).await?;
            self.view.rendered(at).await
        }
    }

    fn fields(&self, at: &Location<'_>) -> Fields {
        let page = self.view.page();
        let element = page.find(self.view.id(), &self.selector, self.text.as_deref());
        Fields::of(element.unwrap_or_else(|cause| panic!("{at}: {cause}")))
    }

    async fn go_off(
        &self,
        at: &Location<'_>,
        found: &Found,
        binding: &str,
        kind: &'static str,
    ) -> Result<(), Redirected> {
        let event = Event::Element(kind, element_value(found, &self.value));
        self.trigger(at, found, event).go_off(binding).await
    }

    fn trigger<'t>(&'t self, at: &'t Location<'t>, found: &'t Found, event: Event) -> Trigger<'t> {
        Trigger {
            at,
            client: self.view.client(),
            found,
            selector: &self.selector,
            text: self.text.as_deref(),
            event,
        }
    }

    fn found(&self, at: &Location<'_>) -> Found {
        let found =
            self.view
                .page()
                .find_data(self.view.id(), &self.selector, self.text.as_deref());
        found.unwrap_or_else(|cause| panic!("{at}: {cause}"))
    }
}

/// What an element gives its event: its `phx-value-` attributes, then its `value` (7.2).
fn element_value(found: &Found, over: &Map<String, Value>) -> Map<String, Value> {
    let mut value = phx_values(found);
    let is_check = matches!(found.attr("type"), Some("checkbox" | "radio"));
    if let Some(own) = found
        .attr("value")
        .filter(|_| !is_check || found.attr("checked").is_some())
    {
        value.insert("value".to_owned(), own.into());
    }
    value.extend(over.clone());
    value
}

pub(super) fn phx_values(found: &Found) -> Map<String, Value> {
    let attributes = found.attributes.iter();
    let values =
        attributes.filter_map(|(name, value)| Some((name.strip_prefix("phx-value-")?, value)));
    values
        .map(|(name, value)| (name.to_owned(), value.clone().into()))
        .collect()
}
