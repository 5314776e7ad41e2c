//! A connected live view, as a test sees it.

mod assertions;
mod children;
mod events;

use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::MutexGuard;
use serde_json::Value;

use super::client::Client;
use super::element::Element;
use super::form::Form;
use super::page::{Page, State, resolve};
use super::target::Target;
use super::upload::{Upload, UploadFile};
use super::{Redirected, dom};
use crate::channel::{Handle, Reason, Recipient};
use crate::live::LiveView;
use crate::live::mail::Mail;
use crate::protocol::live as wire;
use crate::testing::{ASSERT_TIMEOUT, REFUTE_TIMEOUT};

pub(super) use events::event_payload;

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
        let flash = page.left.as_ref().and_then(Redirected::flash_token);
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

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
