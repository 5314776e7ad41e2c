//! The page in the browser and its live views: what the npm client keeps, and what each frame does to it.
//!
//! Nothing here waits; what has to be sent in return is an [`Effect`].

mod title;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Redirected;
use super::dom::{self, Document, SESSION, Tree};
use super::excerpt::excerpt;
use super::patch::patch;
use super::rendered::Rendered;
use crate::channel::{Handle, Reason};
use crate::protocol::{event, live as wire};
use crate::testing::inbox::{Content, Received};

/// The page and everything that has happened to it.
pub(super) struct Page {
    pub(super) document: Document,
    /// The absolute URL that the browser shows.
    pub(super) url: String,
    /// The live views that the page has joined, by the id of their containers.
    pub(super) views: BTreeMap<String, JoinedView>,
    /// Where the page went or was patched to, and nobody has asserted yet.
    pub(super) navigations: VecDeque<Navigation>,
    /// How often the server has patched the URL by itself.
    pub(super) patches: u64,
    /// Set when the page has left for elsewhere.
    pub(super) left: Option<Redirected>,
    /// The fields that a visitor has used, by view, form and name (12.3).
    pub(super) used: HashSet<(String, String, String)>,
    title: Option<String>,
    replies: HashMap<String, Reply>,
    pending: HashMap<String, Pending>,
}

/// A live view of the page, from the moment that its join is sent.
pub(super) struct JoinedView {
    pub(super) join_ref: String,
    pub(super) state: State,
    /// Events that `push_event` sent and nobody has asserted yet.
    pub(super) events: VecDeque<(String, Value)>,
    /// Replies of `handle_event` that nobody has asserted yet.
    pub(super) hook_replies: VecDeque<Value>,
    pub(super) handle: Option<Arc<dyn Handle>>,
    rendered: Rendered,
}

/// How far a live view is.
#[derive(Clone, Debug)]
pub(super) enum State {
    Joining,
    Joined,
    /// It was refused, has crashed or was closed; the words say which.
    Ended(String),
}

/// A change of the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Navigation {
    Patch(String),
    Left(Redirected),
}

/// The reply to a message.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) is_ok: bool,
    pub(super) response: Value,
}

/// Messages of the client itself that wait for their reply.
enum Pending {
    Join(String),
    WillDestroy(String),
    Destroyed(String),
}

/// What the client does about a frame.
#[derive(Debug)]
pub(super) enum Effect {
    /// A container has appeared.
    Join(String),
    /// A container is gone.
    Leave { topic: String, join_ref: String },
    /// Components of a view are gone, or still are.
    Destroy {
        view: String,
        event: &'static str,
        cids: Vec<u64>,
    },
}

/// The effects of a frame, or what a browser could not do with it.
type Applied = Result<Vec<Effect>, String>;

impl Page {
    pub(super) fn new(html: &str, url: String) -> Self {
        Self {
            document: Document::parse(html),
            url,
            views: BTreeMap::new(),
            navigations: VecDeque::new(),
            patches: 0,
            left: None,
            used: HashSet::new(),
            title: None,
            replies: HashMap::new(),
            pending: HashMap::new(),
        }
    }

    /// A join was sent.
    pub(super) fn joining(
        &mut self,
        view: String,
        join_ref: String,
        handle: Option<Arc<dyn Handle>>,
    ) {
        self.pending
            .insert(join_ref.clone(), Pending::Join(view.clone()));
        let joining = JoinedView {
            join_ref,
            state: State::Joining,
            events: VecDeque::new(),
            hook_replies: VecDeque::new(),
            handle,
            rendered: Rendered::default(),
        };
        self.views.insert(view, joining);
    }

    /// The server was told of components that are gone.
    pub(super) fn destroying(&mut self, view: String, event: &str, reference: String) {
        let pending = match event {
            wire::CIDS_WILL_DESTROY => Pending::WillDestroy(view),
            _ => Pending::Destroyed(view),
        };
        self.pending.insert(reference, pending);
    }

    /// The view that the page's URL belongs to; on a page without one, the first.
    pub(super) fn main_view(&self) -> Option<String> {
        let elements = || {
            self.document
                .root()
                .descendent_elements()
                .filter(|element| element.attr(SESSION).is_some())
        };
        let main = elements().find(|element| element.attr("data-phx-main").is_some());
        main.or_else(|| elements().next())?
            .value()
            .id()
            .map(str::to_owned)
    }

    /// Whether nothing of the client's own is under way.
    pub(super) fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    /// Takes the reply to a message.
    pub(super) fn take_reply(&mut self, reference: &str) -> Option<Reply> {
        self.replies.remove(reference)
    }

    /// Why a live view takes no more messages; none while it does.
    pub(super) fn ended(&self, view: &str) -> Option<String> {
        if let Some(left) = &self.left {
            return Some(format!("{left}, its live views have ended"));
        }
        match self.views.get(view).map(|view| &view.state) {
            Some(State::Ended(why)) => Some(format!("the live view #{view} {why}")),
            Some(_) => None,
            None => Some(format!(
                "the page does not show the live view #{view} any more"
            )),
        }
    }

    pub(super) fn apply(&mut self, frame: Received) -> Applied {
        let payload: Value = frame.payload.deserialize().unwrap_or_default();
        let reference = frame.reference.to_text();
        match frame.content {
            Content::Reply { status } => {
                let is_ok = status == "ok";
                let reply = Reply {
                    is_ok,
                    response: payload,
                };
                match self.pending.remove(&*reference) {
                    Some(pending) => self.answered(pending, reply),
                    None => self.replied(&frame.topic, reference.into(), reply),
                }
            }
            Content::Event(event) => {
                let Some(view) = self.addressed(&frame.topic, &frame.join_ref.to_text()) else {
                    return Ok(Vec::new());
                };
                self.pushed(&view, &event, payload)
            }
        }
    }

    /// The view that a frame is for, unless the frame belongs to an earlier join (1.3).
    fn addressed(&self, topic: &str, join_ref: &str) -> Option<String> {
        let id = topic.strip_prefix(wire::TOPIC_PREFIX)?;
        let view = self.views.get(id)?;
        (join_ref.is_empty() || view.join_ref == join_ref).then(|| id.to_owned())
    }

    fn answered(&mut self, pending: Pending, reply: Reply) -> Applied {
        match pending {
            Pending::Join(view) if reply.is_ok => self.joined(&view, reply.response),
            Pending::Join(view) => {
                self.refused(&view, &reply.response);
                Ok(Vec::new())
            }
            Pending::WillDestroy(view) => {
                let cids = self.gone_components(&view);
                let event = wire::CIDS_DESTROYED;
                Ok(vec![Effect::Destroy { view, event, cids }])
            }
            Pending::Destroyed(view) => {
                let cids = wire::Cids::deserialize(reply.response)
                    .unwrap_or_default()
                    .cids;
                if let Some(view) = self.views.get_mut(&view) {
                    view.rendered.prune(&cids);
                }
                Ok(Vec::new())
            }
        }
    }

    fn joined(&mut self, view: &str, mut response: Value) -> Applied {
        if let Some(joined) = self.views.get_mut(view) {
            joined.state = State::Joined;
        }
        if let Some(container) = response.get(wire::CONTAINER) {
            self.dress(view, container.clone());
        }
        if self
            .document
            .by_id(view)
            .is_some_and(|view| view.attr("data-phx-main").is_some())
        {
            self.title = self.default_title();
        }
        let effects = self.diff(view, response[wire::RENDERED].take(), true)?;
        if let Some(patch) = response.get(wire::LIVE_PATCH) {
            self.patched(patch.clone());
        }
        Ok(effects)
    }

    /// Gives the container the attributes of another view (4.3). Tag and identity stay.
    fn dress(&mut self, view: &str, container: Value) {
        type Container = (String, BTreeMap<String, String>);
        let Ok((_, attributes)) = Container::deserialize(container) else {
            return;
        };
        self.document.change(view, |element| {
            for (name, value) in attributes.iter().filter(|(name, _)| *name != "id") {
                element.set_attr(name, value);
            }
        });
    }

    fn refused(&mut self, view: &str, response: &Value) {
        let crash = self.crash(view).unwrap_or_default();
        if let Some(joined) = self.views.get_mut(view) {
            joined.state = State::Ended(format!("was not joined: {response}{crash}"));
        }
        if let Some(redirected) = Redirected::of(response) {
            self.leave(redirected);
        }
    }

    /// The cause that the client is not told.
    fn crash(&self, view: &str) -> Option<String> {
        match self.views.get(view)?.handle.as_ref()?.reason()? {
            Reason::Error(cause) => Some(format!(": {cause}")),
            _ => None,
        }
    }

    fn replied(&mut self, topic: &str, reference: String, mut reply: Reply) -> Applied {
        let view = topic.strip_prefix(wire::TOPIC_PREFIX).map(str::to_owned);
        let diff = reply.response.get_mut("diff").map(Value::take);
        let redirected = Redirected::of(&reply.response);
        self.replies.insert(reference, reply);
        let effects = match (view, diff) {
            (Some(view), Some(diff)) => self.diff(&view, diff, false)?,
            _ => Vec::new(),
        };
        if let Some(redirected) = redirected {
            self.leave(redirected);
        }
        Ok(effects)
    }

    fn pushed(&mut self, view: &str, event: &str, payload: Value) -> Applied {
        match event {
            wire::DIFF => return self.diff(view, payload, false),
            wire::LIVE_PATCH => self.patched(payload),
            wire::REDIRECT | wire::LIVE_REDIRECT => {
                let response = Map::from_iter([(event.to_owned(), payload)]);
                match Redirected::of(&Value::Object(response)) {
                    Some(redirected) => self.leave(redirected),
                    None => return Err(format!("the server sent a {event} that says not where")),
                }
            }
            event::PHX_ERROR => {
                let crash = self.crash(view).unwrap_or_default();
                self.end(view, format!("crashed{crash}"));
            }
            event::PHX_CLOSE => self.end(view, "was closed by the server".to_owned()),
            other => {
                return Err(format!(
                    "the server pushed {other:?}, which no client knows"
                ));
            }
        }
        Ok(Vec::new())
    }

    fn end(&mut self, view: &str, why: String) {
        if let Some(view) = self.views.get_mut(view) {
            view.state = State::Ended(why);
        }
    }

    fn patched(&mut self, patch: Value) {
        if let Ok(patch) = wire::LivePatch::deserialize(patch) {
            self.patches += 1;
            self.url = resolve(&self.url, &patch.to);
            self.navigations.push_back(Navigation::Patch(patch.to));
        }
    }

    pub(super) fn leave(&mut self, redirected: Redirected) {
        if self.left.is_none() {
            self.navigations
                .push_back(Navigation::Left(redirected.clone()));
            self.left = Some(redirected);
        }
    }

    /// Applies a diff: its events, reply and title, then the rest to the tree and the page (5.1).
    fn diff(&mut self, view: &str, diff: Value, joining: bool) -> Applied {
        let Value::Object(mut diff) = diff else {
            return Err(format!("a diff is an object: {diff}"));
        };
        let Some(joined) = self.views.get_mut(view) else {
            return Ok(Vec::new());
        };
        if let Some(Value::Array(events)) = diff.remove(wire::EVENTS) {
            joined
                .events
                .extend(events.into_iter().filter_map(name_and_payload));
        }
        if let Some(reply) = diff.remove(wire::REPLY) {
            joined.hook_replies.push_back(reply);
        }
        let title = diff.remove(wire::TITLE);
        if diff.is_empty() && !joining {
            title.into_iter().for_each(|title| self.put_title(&title));
            return Ok(Vec::new());
        }
        let sent = Value::Object(diff.clone());
        let merged = joined
            .rendered
            .merge(diff)
            .and_then(|()| joined.rendered.take_html(view));
        title.into_iter().for_each(|title| self.put_title(&title));
        let (html, streams) = merged.map_err(|malformed| {
            format!(
                "a browser could not apply this diff: {malformed}{}",
                excerpt(&sent.to_string())
            )
        })?;
        let mut wrong = None;
        self.document.change(view, |container| {
            match patch(
                &container.children,
                Tree::parse_fragment(&html),
                &streams,
                joining,
            ) {
                Ok(children) => container.children = children,
                Err(cause) => wrong = Some(cause),
            }
        });
        if let Some(wrong) = wrong {
            return Err(format!("{wrong}{}", excerpt(&html)));
        }
        if let Some(id) = self.document.duplicate_id() {
            return Err(format!(
                "two elements of the page have the id {id:?}{}",
                excerpt(&html)
            ));
        }
        Ok(self.followed(view))
    }

    /// What follows from a patch of the page: views and components that came or went.
    fn followed(&mut self, view: &str) -> Vec<Effect> {
        let mut effects: Vec<_> = self.unjoined().map(Effect::Join).collect();
        let shown = |id: &String| self.document.by_id(id).is_some();
        let gone: Vec<_> = self.views.keys().filter(|id| !shown(id)).cloned().collect();
        for id in gone {
            let view = self.views.remove(&id).expect("the key was listed");
            self.pending.remove(&view.join_ref);
            let (topic, join_ref) = (format!("{}{id}", wire::TOPIC_PREFIX), view.join_ref);
            effects.push(Effect::Leave { topic, join_ref });
        }
        let cids = self.gone_components(view);
        if !cids.is_empty() {
            let (view, event) = (view.to_owned(), wire::CIDS_WILL_DESTROY);
            effects.push(Effect::Destroy { view, event, cids });
        }
        effects
    }

    /// The containers that are ready to be joined and are not.
    pub(super) fn unjoined(&self) -> impl Iterator<Item = String> {
        let elements = self.document.root().descendent_elements();
        let ready =
            elements.filter(|element| element.attr(SESSION).is_some_and(|token| !token.is_empty()));
        let ids = ready.filter_map(|element| element.value().id());
        ids.filter(|id| !self.views.contains_key(*id))
            .map(str::to_owned)
    }

    /// The components that a view holds and the page does not show.
    fn gone_components(&self, view: &str) -> Vec<u64> {
        let Some(joined) = self.views.get(view) else {
            return Vec::new();
        };
        let elements = self.document.root().descendent_elements();
        let shown = elements.filter(|element| element.attr("data-phx-view") == Some(view));
        let shown: HashSet<u64> = shown
            .filter_map(|element| element.attr(dom::COMPONENT)?.parse().ok())
            .collect();
        joined
            .rendered
            .component_ids()
            .filter(|cid| !shown.contains(cid))
            .collect()
    }
}

fn name_and_payload(event: Value) -> Option<(String, Value)> {
    let Value::Array(event) = event else {
        return None;
    };
    let mut parts = event.into_iter();
    match (parts.next(), parts.next()) {
        (Some(Value::String(name)), Some(payload)) => Some((name, payload)),
        _ => None,
    }
}

/// The absolute URL that a link leads to from a page.
pub(super) fn resolve(page: &str, href: &str) -> String {
    if href.contains("://") {
        return href.to_owned();
    }
    let path_start = page.find("://").map_or(0, |scheme| scheme + 3);
    let origin_end = page[path_start..]
        .find('/')
        .map_or(page.len(), |at| path_start + at);
    let path_end = page.find(['?', '#']).unwrap_or(page.len());
    if href.starts_with('/') {
        format!("{}{href}", &page[..origin_end])
    } else if href.starts_with('?') {
        format!("{}{href}", &page[..path_end])
    } else {
        let directory_end = page[origin_end..path_end]
            .rfind('/')
            .map_or(path_end, |at| origin_end + at);
        format!("{}/{href}", &page[..directory_end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_page() {
        let from = |href| resolve("http://h/a/b?q=1#top", href);
        assert_eq!(from("http://other/x"), "http://other/x");
        assert_eq!(from("/c"), "http://h/c");
        assert_eq!(from("?q=2"), "http://h/a/b?q=2");
        assert_eq!(from("c"), "http://h/a/c");
        assert_eq!(resolve("http://h", "/c"), "http://h/c");
    }
}
