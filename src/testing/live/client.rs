//! The connection behind a page: it carries out what the page wants sent, and waits for what comes.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use serde_json::{Map, Value, json};

use super::dom::{self, SESSION};
use super::page::{Effect, Page, Reply};
use super::{Conn, Redirected};
use crate::protocol::{Payload, Ref, event, live as wire};
use crate::testing::connection::Connection;
use crate::testing::inbox::Received;

/// How long the npm client waits for a reply (1.9).
const REPLY_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct Client {
    pub(super) conn: Conn,
    connection: Connection,
    csrf_token: String,
    page: Mutex<Page>,
    /// Whoever holds it takes the next frame, so that frames are handled in order.
    turn: tokio::sync::Mutex<()>,
}

impl Client {
    /// Connects a page that was loaded and joins its live views.
    pub(super) async fn connect(at: &Location<'_>, conn: &Conn, html: &str, url: String) -> Self {
        let page = Page::new(html, url);
        let csrf_token = csrf_token(&page);
        let accepted = conn.open_live_socket(at, &csrf_token).await;
        let client = Self {
            conn: conn.clone(),
            connection: Connection::open(accepted),
            csrf_token,
            page: Mutex::new(page),
            turn: tokio::sync::Mutex::new(()),
        };
        let views: Vec<_> = client.page().unjoined().collect();
        for view in views {
            client.join(view, None).await;
        }
        client
            .wait(at, REPLY_TIMEOUT, |page| page.is_settled().then_some(()))
            .await;
        client
    }

    pub(super) fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock()
    }

    /// Sends a live view a message and waits for the reply and all that follows from it.
    pub(super) async fn push(
        &self,
        at: &Location<'_>,
        view: &str,
        event: &str,
        payload: Value,
    ) -> Result<Reply, Redirected> {
        let reference = self.send(at, view, event, Self::json(&payload));
        let answered = self.wait(at, REPLY_TIMEOUT, |page| {
            if let Some(reply) = page.take_reply(&reference) {
                return Some(Ok(reply));
            }
            page.ended(view).map(Err)
        });
        let Some(answered) = answered.await else {
            panic!("{at}: the live view did not reply to {event} in {REPLY_TIMEOUT:?}");
        };
        self.wait(at, REPLY_TIMEOUT, |page| page.is_settled().then_some(()))
            .await;
        let left = self.page().left.clone();
        match (left, answered) {
            (Some(left), _) => Err(left),
            (None, Ok(reply)) => Ok(reply),
            (None, Err(why)) => panic!("{at}: {why}"),
        }
    }

    /// Waits until a live view has handled all that came to it before now.
    ///
    /// Its sign is the reply to a message without effect: no components are about to be destroyed.
    pub(super) async fn settle(&self, at: &Location<'_>, view: &str) {
        self.take_waiting(at).await;
        if self.page().ended(view).is_none() {
            let nothing = json!({"cids": []});
            // Going elsewhere settles the page too.
            let _ = self.push(at, view, wire::CIDS_WILL_DESTROY, nothing).await;
        }
    }

    /// Sends a message of a joined view.
    fn send(&self, at: &Location<'_>, view: &str, event: &str, payload: Payload) -> String {
        let page = self.page();
        if let Some(why) = page.ended(view) {
            drop(page);
            panic!("{at}: {why}");
        }
        let join_ref = Ref::from_text(&page.views[view].join_ref);
        drop(page);
        self.send_to(
            &format!("{}{view}", wire::TOPIC_PREFIX),
            join_ref,
            event,
            payload,
        )
    }

    fn send_to(&self, topic: &str, join_ref: Ref, event: &str, payload: Payload) -> String {
        let reference = self.connection.send(join_ref, topic, event, payload);
        reference.to_text().into()
    }

    /// Joins a topic that is no live view, for an upload; the reply comes as to any message.
    pub(super) async fn join_topic(&self, topic: &str, payload: &Value) -> String {
        let (reference, _) = self.connection.join(topic, Self::json(payload)).await;
        reference.to_text().into()
    }

    /// Sends a message on a topic that is no live view.
    pub(super) fn send_on(
        &self,
        topic: &str,
        join_ref: &str,
        event: &str,
        payload: Payload,
    ) -> String {
        self.send_to(topic, Ref::from_text(join_ref), event, payload)
    }

    /// Waits for the reply to a message of [`join_topic`](Self::join_topic) or [`send_on`](Self::send_on).
    pub(super) async fn reply(&self, at: &Location<'_>, reference: &str) -> Reply {
        let reply = self
            .wait(at, REPLY_TIMEOUT, |page| page.take_reply(reference))
            .await;
        reply.unwrap_or_else(|| panic!("{at}: the server did not reply in {REPLY_TIMEOUT:?}"))
    }

    /// Leaves the page's main view and joins the one at `url` in its place (9.3).
    pub(super) async fn navigate(
        &self,
        at: &Location<'_>,
        view: &str,
        url: String,
        flash: Option<&str>,
    ) {
        let join_ref = self.page().views.remove(view).map(|view| view.join_ref);
        if let Some(join_ref) = join_ref {
            self.leave(&format!("{}{view}", wire::TOPIC_PREFIX), &join_ref);
        }
        let referer = std::mem::replace(&mut self.page().url, url);
        self.page().left = None;
        self.join(view.to_owned(), Some((referer, flash.map(str::to_owned))))
            .await;
        self.wait(at, REPLY_TIMEOUT, |page| page.is_settled().then_some(()))
            .await;
    }

    /// Applies the frames that come until `look` finds something; none when the time is over.
    pub(super) async fn wait<T>(
        &self,
        at: &Location<'_>,
        timeout: Duration,
        mut look: impl FnMut(&mut Page) -> Option<T>,
    ) -> Option<T> {
        let looking = async {
            loop {
                self.take_waiting(at).await;
                if let Some(found) = look(&mut self.page()) {
                    return found;
                }
                self.take_next(at).await;
            }
        };
        tokio::time::timeout(timeout, looking).await.ok()
    }

    /// Applies what has come already.
    pub(super) async fn take_waiting(&self, at: &Location<'_>) {
        loop {
            let _turn = self.turn.lock().await;
            let Some(frame) = self.connection.inbox.take(|_| true) else {
                return;
            };
            self.take(at, frame).await;
        }
    }

    async fn take_next(&self, at: &Location<'_>) {
        let _turn = self.turn.lock().await;
        let inbox = &self.connection.inbox;
        if let Some(frame) = inbox.wait(Duration::MAX, || inbox.take(|_| true)).await {
            self.take(at, frame).await;
        }
    }

    async fn take(&self, at: &Location<'_>, frame: Received) {
        let applied = self.page().apply(frame);
        for effect in applied.unwrap_or_else(|cause| panic!("{at}: {cause}")) {
            match effect {
                Effect::Join(view) => self.join(view, None).await,
                Effect::Leave { topic, join_ref } => self.leave(&topic, &join_ref),
                Effect::Destroy { view, event, cids } => self.destroy(view, event, &cids),
            }
        }
    }

    async fn join(&self, view: String, navigated: Option<(String, Option<String>)>) {
        let payload = self.join_payload(&view, navigated);
        let topic = format!("{}{view}", wire::TOPIC_PREFIX);
        let (reference, handle) = self.connection.join(&topic, Self::json(&payload)).await;
        self.page()
            .joining(view, reference.to_text().into(), handle);
    }

    /// What the client reads from the page when it joins (4.1).
    fn join_payload(&self, view: &str, navigated: Option<(String, Option<String>)>) -> Value {
        let page = self.page();
        let container = page.document.by_id(view);
        let attr = |name| container.and_then(|container| container.attr(name));
        let mut params = self.conn.connect_params(&self.csrf_token);
        params.insert("_mounts".to_owned(), 0.into());
        params.insert("_mount_attempts".to_owned(), 0.into());
        let tracked = tracked_assets(&page, &self.conn.origin());
        if !tracked.is_empty() {
            params.insert("_track_static".to_owned(), tracked.into());
        }
        let is_sticky = attr("data-phx-sticky").is_some();
        let mut payload = Map::new();
        match navigated {
            Some((referer, flash)) => {
                params.insert("_live_referer".to_owned(), referer.into());
                payload.insert("redirect".to_owned(), page.url.clone().into());
                payload.extend(flash.map(|flash| ("flash".to_owned(), flash.into())));
            }
            None if attr("data-phx-parent-id").is_none() && !is_sticky => {
                payload.insert("url".to_owned(), page.url.clone().into());
            }
            None => {}
        }
        payload.insert("params".to_owned(), params.into());
        payload.insert("session".to_owned(), attr(SESSION).into());
        let statics = attr("data-phx-static").filter(|token| !token.is_empty());
        payload.insert("static".to_owned(), statics.into());
        payload.insert("sticky".to_owned(), is_sticky.into());
        Value::Object(payload)
    }

    fn leave(&self, topic: &str, join_ref: &str) {
        self.send_to(
            topic,
            Ref::from_text(join_ref),
            event::PHX_LEAVE,
            Payload::empty(),
        );
    }

    /// Tells the server of components that are gone, which answers before they are (6.5).
    fn destroy(&self, view: String, event: &'static str, cids: &[u64]) {
        let mut page = self.page();
        let Some(joined) = page.views.get(&view).filter(|_| !cids.is_empty()) else {
            return;
        };
        let join_ref = Ref::from_text(&joined.join_ref);
        let topic = format!("{}{view}", wire::TOPIC_PREFIX);
        let payload = Self::json(&json!({"cids": cids}));
        let reference = self.send_to(&topic, join_ref, event, payload);
        page.destroying(view, event, reference);
    }

    fn json(payload: &Value) -> Payload {
        Payload::json(payload).expect("a JSON value can be written as JSON")
    }
}

fn csrf_token(page: &Page) -> String {
    let meta = dom::parse_selector("meta[name='csrf-token']");
    let meta = page.document.root().select(&meta).next();
    meta.and_then(|meta| meta.attr("content"))
        .unwrap_or_default()
        .to_owned()
}

/// The absolute URLs of the assets that the page tracks (4.1).
fn tracked_assets(page: &Page, origin: &str) -> Vec<String> {
    let tracked = dom::parse_selector("[phx-track-static]");
    let tracked = page.document.root().select(&tracked);
    let urls = tracked.filter_map(|asset| asset.attr("href").or_else(|| asset.attr("src")));
    urls.map(|url| super::page::resolve(origin, url)).collect()
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
