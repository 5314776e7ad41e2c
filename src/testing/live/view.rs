//! A connected live view, as a test sees it.

use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::MutexGuard;
use serde_json::{Value, json};

use super::client::Client;
use super::element::Element;
use super::excerpt::excerpt;
use super::form::Form;
use super::page::{Navigation, Page, State, resolve};
use super::target::Target;
use super::upload::{Upload, UploadFile};
use super::{Redirected, dom};
use crate::channel::{Handle, Reason, Recipient};
use crate::live::LiveView;
use crate::live::mail::Mail;
use crate::protocol::{Payload, live as wire};
use crate::testing::{ASSERT_TIMEOUT, Pattern, REFUTE_TIMEOUT};

/// A live view of a connected page: the view that [`live`](super::live) returns, or one nested in it.
///
/// Cloning shares the page. Its connection closes, as when the visitor leaves, with the last view of it.
#[derive(Clone)]
pub struct View {
    client: Arc<Client>,
    id: String,
    assert_timeout: Duration,
    refute_timeout: Duration,
}

impl View {
    pub(super) const fn new(client: Arc<Client>, id: String) -> Self {
        Self {
            client,
            id,
            assert_timeout: ASSERT_TIMEOUT,
            refute_timeout: REFUTE_TIMEOUT,
        }
    }

    /// The id of the view's container.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How long the assertions wait from now on, in place of one second.
    pub const fn assert_timeout(&mut self, timeout: Duration) {
        self.assert_timeout = timeout;
    }

    /// How long the refutations wait from now on, in place of 100 ms.
    pub const fn refute_timeout(&mut self, timeout: Duration) {
        self.refute_timeout = timeout;
    }

    /// The view's HTML without its container, after everything that came to the view until now: `render/1`.
    ///
    /// # Panics
    /// When the view has ended or crashes.
    #[track_caller]
    pub fn render(&self) -> impl Future<Output = String> {
        let at = Location::caller();
        async move {
            self.settle(at).await;
            let page = self.page();
            if let Some(why) = page.ended(&self.id) {
                drop(page);
                panic!("{at}: {why}");
            }
            page.document.inner_html(&self.id)
        }
    }

    /// The view's HTML when no change has come for as long as the refutations wait: `render_async/2`.
    ///
    /// Under tokio's paused clock that costs nothing and is certain for every task of less than that time.
    ///
    /// # Panics
    /// As [`render`](Self::render).
    #[track_caller]
    pub fn render_async(&self) -> impl Future<Output = String> {
        let at = Location::caller();
        async move {
            self.settle(at).await;
            let mut before = self.page().document.inner_html(&self.id);
            loop {
                let changed = self.client.wait(at, self.refute_timeout, |page| {
                    let now = page.document.inner_html(&self.id);
                    (now != before).then_some(now)
                });
                match changed.await {
                    Some(now) => before = now,
                    None => return self.render().await,
                }
            }
        }
    }

    /// The element that matches a CSS selector: `element/3`. It need not be there before a verb is called on it.
    ///
    /// # Panics
    /// When the selector is none.
    #[track_caller]
    pub fn element(&self, selector: &str) -> Element {
        dom::parse_selector(selector);
        Element::new(self.clone(), selector.to_owned())
    }

    /// Whether an element matches: `has_element?/2`.
    ///
    /// # Panics
    /// When the selector is none, or the view has ended.
    #[track_caller]
    pub fn has_element(&self, selector: &str) -> impl Future<Output = bool> {
        let at = Location::caller();
        dom::parse_selector(selector);
        async move {
            self.settle(at).await;
            !self.page().select(&self.id, selector, None).is_empty()
        }
    }

    /// Whether an element matches that has this in its text: `has_element?/3`.
    ///
    /// # Panics
    /// As [`has_element`](Self::has_element).
    #[track_caller]
    pub fn has_text(&self, selector: &str, text: &str) -> impl Future<Output = bool> {
        let at = Location::caller();
        dom::parse_selector(selector);
        async move {
            self.settle(at).await;
            !self
                .page()
                .select(&self.id, selector, Some(text))
                .is_empty()
        }
    }

    /// A form with what a visitor fills in, nested as its names are: `form/3`.
    ///
    /// ```
    /// # use serde_json::json;
    /// # fn fill(view: &bennu::testing::View) -> bennu::testing::Form {
    /// view.form("#profile", json!({"user": {"name": "Ada", "tags": ["math", "engines"]}}))
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the selector is none.
    #[track_caller]
    pub fn form(&self, selector: &str, values: Value) -> Form {
        dom::parse_selector(selector);
        Form::new(self.clone(), selector.to_owned(), values)
    }

    /// Files that a visitor chooses in the file input of this name: `file_input/4`.
    ///
    /// # Panics
    /// When the selector is none.
    #[track_caller]
    pub fn file_input(
        &self,
        form: &str,
        name: &str,
        files: impl IntoIterator<Item = UploadFile>,
    ) -> Upload {
        dom::parse_selector(form);
        Upload::new(
            self.clone(),
            form.to_owned(),
            name.to_owned(),
            files.into_iter().collect(),
        )
    }

    /// Sends the events of the verbs called on the result to the view or component that the selector is in:
    /// `with_target/2`.
    ///
    /// # Panics
    /// When the selector is none.
    #[track_caller]
    pub fn with_target(&self, selector: &str) -> Target {
        dom::parse_selector(selector);
        Target::new(self.clone(), Some(selector.to_owned()))
    }

    pub(super) fn untargeted(&self) -> Target {
        Target::new(self.clone(), None)
    }

    /// The title of the page: `page_title/1`.
    ///
    /// # Panics
    /// When the view has ended.
    #[track_caller]
    pub fn page_title(&self) -> impl Future<Output = String> {
        let at = Location::caller();
        async move {
            self.settle(at).await;
            self.page().title()
        }
    }

    /// The path and query that the browser shows.
    #[must_use]
    pub fn path(&self) -> String {
        let page = self.page();
        let origin = self.client.conn.origin();
        page.url
            .strip_prefix(&origin)
            .unwrap_or(&page.url)
            .to_owned()
    }

    /// The whole page as it is now: what `open_browser/1` would show.
    #[must_use]
    pub fn page_html(&self) -> String {
        self.page().document.root().html()
    }

    /// The views nested in this one: `live_children/1`.
    #[must_use]
    pub fn live_children(&self) -> Vec<Self> {
        let page = self.page();
        let children = page.document.children_of(&self.id).into_iter();
        let ids = children.filter_map(|child| child.value().id());
        ids.map(|id| Self {
            id: id.to_owned(),
            ..self.clone()
        })
        .collect()
    }

    /// The nested view with this id: `find_live_child/2`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn find_live_child(&self, id: &str) -> Self {
        let children = self.live_children();
        let found = children.iter().find(|child| child.id == id).cloned();
        found.unwrap_or_else(|| {
            let ids: Vec<_> = children.iter().map(Self::id).collect();
            panic!("no nested view has the id {id:?}, but {}", ids.join(", "))
        })
    }

    /// Shows another URL in this view, as a patch link does: `render_patch/2`.
    ///
    /// # Errors
    /// When the page goes elsewhere, because the URL is that of another view for instance.
    ///
    /// # Panics
    /// When the view has ended or crashes.
    #[track_caller]
    pub fn render_patch(&self, to: &str) -> impl Future<Output = Result<String, Redirected>> {
        let at = Location::caller();
        async move {
            super::trigger::patch(at, &self.client, &self.id, to, wire::Kind::Push).await?;
            self.rendered(at).await
        }
    }

    /// Navigates over the same connection to another view of the live session: `live_redirect/2`.
    ///
    /// # Errors
    /// When the page goes elsewhere: the view redirects in `mount`, or is of another live session, to which a browser
    /// loads the page.
    ///
    /// # Panics
    /// When the view at `to` crashes in `mount`.
    #[track_caller]
    pub fn live_redirect(
        &self,
        to: &str,
    ) -> impl Future<Output = Result<(Self, String), Redirected>> {
        let at = Location::caller();
        async move {
            let (main, url, flash) = self.destination(to);
            self.client.navigate(at, &main, url, flash.as_deref()).await;
            let view = Self {
                id: main,
                ..self.clone()
            };
            let html = view.mounted(at, to)?;
            Ok((view, html))
        }
    }

    /// The view to replace, the absolute URL to go to, and the flash that goes along.
    fn destination(&self, to: &str) -> (String, String, Option<String>) {
        let page = self.page();
        let main = page.main_view().unwrap_or_else(|| self.id.clone());
        let flash = page.left.as_ref().and_then(Redirected::flash);
        (main, resolve(&page.url, to), flash.map(str::to_owned))
    }

    /// The HTML of a view that has just joined, or where it went.
    pub(super) fn mounted(&self, at: &Location<'_>, path: &str) -> Result<String, Redirected> {
        let mut page = self.page();
        if let Some(left) = page.left.clone() {
            return Err(left);
        }
        match page.views.get(&self.id).map(|view| view.state.clone()) {
            Some(State::Joined) => Ok(page.document.inner_html(&self.id)),
            Some(State::Ended(why)) if why.contains(r#""reason":"unauthorized""#) => {
                let redirected = Redirected::redirect(path);
                page.leave(redirected.clone());
                Err(redirected)
            }
            Some(State::Ended(why)) => {
                drop(page);
                panic!("{at}: the live view at {path} {why}")
            }
            _ => panic!(
                "{at}: the live view at {path} was not joined in the time that a browser waits"
            ),
        }
    }

    /// Sends the view, which is a `V`, a message for its `handle_info`, as `send(view.pid, info)`.
    ///
    /// # Panics
    /// When the view is another type, or the message cannot be delivered.
    #[track_caller]
    pub fn send<V: LiveView>(&self, info: V::Info) {
        let recipient = Recipient::of(self.handle());
        let recipient = recipient.unwrap_or_else(|| {
            panic!(
                "the live view #{} is no `{}`",
                self.id,
                std::any::type_name::<V>()
            )
        });
        if let Err(cause) = recipient.send(Mail::<V>::Info(info)) {
            panic!("the live view #{}: {cause}", self.id);
        }
    }

    /// Waits until the view has ended, a crash included; returns why.
    ///
    /// # Panics
    /// When that takes longer than the assertions wait.
    #[track_caller]
    pub fn ended(&self) -> impl Future<Output = Reason> {
        let at = Location::caller();
        let handle = self.handle();
        async move {
            let ended =
                tokio::time::timeout(self.assert_timeout, poll_fn(|cx| handle.poll_ended(cx)));
            assert!(
                ended.await.is_ok(),
                "{at}: the live view #{} has not ended",
                self.id
            );
            handle.reason().expect("a channel that has ended knows why")
        }
    }

    #[track_caller]
    fn handle(&self) -> Arc<dyn Handle> {
        let handle = self
            .page()
            .views
            .get(&self.id)
            .and_then(|view| view.handle.clone());
        handle
            .unwrap_or_else(|| panic!("the page does not show the live view #{} any more", self.id))
    }

    /// Waits until the URL is patched, and gives the path: `assert_patch/1`. Patches that a link or
    /// [`render_patch`](Self::render_patch) made count too.
    ///
    /// # Panics
    /// When it is not in time.
    #[track_caller]
    pub fn assert_patch(&self) -> impl Future<Output = String> {
        let at = Location::caller();
        async move {
            let patched = self.navigated(at, |navigation| match navigation {
                Navigation::Patch(to) => Some(to.clone()),
                Navigation::Left(_) => None,
            });
            patched
                .await
                .unwrap_or_else(|| self.not_gone(at, "was not patched"))
        }
    }

    /// Waits until the URL is patched to this: `assert_patch/2`.
    ///
    /// # Panics
    /// When it is not in time.
    #[track_caller]
    pub fn assert_patch_to(&self, to: &str) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            let patched = self.navigated(at, |navigation| match navigation {
                Navigation::Patch(patched) => (patched == to).then_some(()),
                Navigation::Left(_) => None,
            });
            patched
                .await
                .unwrap_or_else(|| self.not_gone(at, &format!("was not patched to {to}")));
        }
    }

    /// Waits until the page goes elsewhere, and gives where: `assert_redirect/1`.
    ///
    /// # Panics
    /// When it does not in time.
    #[track_caller]
    pub fn assert_redirect(&self) -> impl Future<Output = Redirected> {
        let at = Location::caller();
        async move {
            let left = self.navigated(at, |navigation| match navigation {
                Navigation::Left(left) => Some(left.clone()),
                Navigation::Patch(_) => None,
            });
            left.await
                .unwrap_or_else(|| self.not_gone(at, "did not go elsewhere"))
        }
    }

    /// Waits until the page goes there: `assert_redirect/2`.
    ///
    /// # Panics
    /// When it does not in time.
    #[track_caller]
    pub fn assert_redirect_to(&self, to: &str) -> impl Future<Output = Redirected> {
        let at = Location::caller();
        async move {
            let left = self.navigated(at, |navigation| match navigation {
                Navigation::Left(left) if left.to() == to => Some(left.clone()),
                _ => None,
            });
            left.await
                .unwrap_or_else(|| self.not_gone(at, &format!("did not go to {to}")))
        }
    }

    /// Makes sure that the page goes nowhere: `refute_redirected/1`.
    ///
    /// # Panics
    /// When it does.
    #[track_caller]
    pub fn refute_redirected(&self) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            let left = self
                .client
                .wait(at, self.refute_timeout, |page| page.left.clone())
                .await;
            if let Some(left) = left {
                panic!("{at}: {left}");
            }
        }
    }

    async fn navigated<T>(
        &self,
        at: &Location<'_>,
        wanted: impl Fn(&Navigation) -> Option<T>,
    ) -> Option<T> {
        let navigated = self.client.wait(at, self.assert_timeout, |page| {
            let (place, found) = page
                .navigations
                .iter()
                .enumerate()
                .find_map(|(place, navigation)| Some((place, wanted(navigation)?)))?;
            page.navigations.remove(place);
            Some(found)
        });
        navigated.await
    }

    fn not_gone(&self, at: &Location<'_>, what: &str) -> ! {
        let list: Vec<_> = self
            .page()
            .navigations
            .iter()
            .map(|navigation| format!("{navigation:?}"))
            .collect();
        panic!(
            "{at}: the page {what}; where it went and was not asserted: {}",
            none_or(&list)
        )
    }

    /// Waits for an event that the view pushed to the page, and takes it: `assert_push_event/4`.
    ///
    /// # Panics
    /// When there is none like that in time.
    #[track_caller]
    pub fn assert_push_event(
        &self,
        event: &str,
        pattern: impl Pattern,
    ) -> impl Future<Output = Value> {
        let at = Location::caller();
        async move {
            let pushed = self.client.wait(at, self.assert_timeout, |page| {
                self.take_event(page, event, &pattern)
            });
            if let Some(payload) = pushed.await {
                return payload;
            }
            let page = self.page();
            let events = page
                .views
                .get(&self.id)
                .into_iter()
                .flat_map(|view| &view.events);
            let list: Vec<_> = events
                .map(|(name, payload)| format!("{name}: {payload}"))
                .collect();
            drop(page);
            let list = none_or(&list);
            panic!(
                "{at}: no event {event} of {}; what was pushed and not asserted: {list}",
                pattern.describe()
            )
        }
    }

    /// Makes sure that the view does not push such an event: `refute_push_event/4`.
    ///
    /// # Panics
    /// When it does.
    #[track_caller]
    pub fn refute_push_event(
        &self,
        event: &str,
        pattern: impl Pattern,
    ) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            let pushed = self.client.wait(at, self.refute_timeout, |page| {
                self.take_event(page, event, &pattern)
            });
            if let Some(payload) = pushed.await {
                panic!("{at}: unexpected event {event}: {payload}");
            }
        }
    }

    fn take_event(&self, page: &mut Page, event: &str, pattern: &impl Pattern) -> Option<Value> {
        let events = &mut page.views.get_mut(&self.id)?.events;
        let place = events
            .iter()
            .position(|(name, payload)| name == event && matches(pattern, payload))?;
        Some(events.remove(place)?.1)
    }

    /// Waits for a reply of the view's `handle_event`, and takes it: `assert_reply/3`.
    ///
    /// # Panics
    /// When there is none like that in time.
    #[track_caller]
    pub fn assert_reply(&self, pattern: impl Pattern) -> impl Future<Output = Value> {
        let at = Location::caller();
        async move {
            let replied = self.client.wait(at, self.assert_timeout, |page| {
                let replies = &mut page.views.get_mut(&self.id)?.hook_replies;
                let place = replies.iter().position(|reply| matches(&pattern, reply))?;
                replies.remove(place)
            });
            if let Some(reply) = replied.await {
                return reply;
            }
            let page = self.page();
            let replies = page
                .views
                .get(&self.id)
                .into_iter()
                .flat_map(|view| &view.hook_replies);
            let list: Vec<_> = replies.map(Value::to_string).collect();
            drop(page);
            let list = none_or(&list);
            panic!(
                "{at}: no reply of {}; what was replied and not asserted: {list}",
                pattern.describe()
            )
        }
    }

    /// Makes sure that an HTML fragment is on the page; the message of a failure shows the page.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn assert_html(&self, fragment: &str) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            self.settle(at).await;
            let html = self.page().document.inner_html(&self.id);
            assert!(
                html.contains(fragment),
                "{at}: {fragment:?} is not in{}",
                excerpt(&html)
            );
        }
    }

    /// What a verb returns when its event was handled: the HTML, or where the page went.
    pub(super) async fn rendered(&self, at: &Location<'_>) -> Result<String, Redirected> {
        self.client.take_waiting(at).await;
        let page = self.page();
        match &page.left {
            Some(left) => Err(left.clone()),
            None => Ok(page.document.inner_html(&self.id)),
        }
    }

    pub(super) async fn settle(&self, at: &Location<'_>) {
        self.client.settle(at, &self.id).await;
    }

    pub(super) fn page(&self) -> MutexGuard<'_, Page> {
        self.client.page()
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }
}

fn matches(pattern: &impl Pattern, value: &Value) -> bool {
    pattern.matches(&Payload::json(value).expect("a JSON value can be written as JSON"))
}

fn none_or(list: &[String]) -> String {
    if list.is_empty() {
        "nothing".to_owned()
    } else {
        list.iter().map(|line| format!("\n  {line}")).collect()
    }
}

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

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The payload of an event that names no element (7.2, 7.3).
pub(super) fn event_payload(kind: &str, event: &str, value: &Value, cid: Option<u64>) -> Value {
    let mut payload = json!({"type": kind, "event": event, "value": value});
    if kind == "form" {
        let mut fields = Vec::new();
        let mut value = value.clone();
        let target = value
            .as_object_mut()
            .and_then(|value| value.remove("_target"));
        super::form::flatten("", &value, &mut fields);
        payload["value"] = super::form::encode(&fields).into();
        payload["meta"] = target.map_or(json!({}), |target| json!({"_target": target}));
    }
    if let Some(cid) = cid {
        payload["cid"] = cid.into();
    }
    payload
}
