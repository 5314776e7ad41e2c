use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::assigns::Assigns;
use crate::channel::{IntoPayload, NotDelivered, PushError, Recipient};
use crate::live::component::{ComponentId, LiveComponent};
use crate::live::connecting::Connecting;
use crate::live::flash::LiveFlash;
use crate::live::layout::Choice;
use crate::live::lifecycle::Hooks;
use crate::live::mail::PartMail;
use crate::live::navigation::{NavigationError, NavigationType, Redirected};
use crate::live::nested::{Lineage, Link};
use crate::live::task::Tasks;
use crate::live::upload::Uploads;
use crate::live::views::{Route, Table};
use crate::protocol::EncodeError;
use crate::protocol::live::LivePatch;
use crate::pubsub::PubSub;
use crate::session::Flash;
use crate::session::csrf::CsrfState;

/// What the socket of every callback has, whatever view or component it belongs to.
pub struct AnySocket {
    id: String,
    assigns: Arc<Assigns>,
    pubsub: PubSub,
    /// Where the view takes what its components and tasks send; none while the page is only being loaded.
    mailbox: Option<Recipient<PartMail>>,
    page_title: Option<String>,
    title_changed: bool,
    /// The view's place among others; none while the page is only being loaded.
    lineage: Option<Arc<Lineage>>,
    /// Takes the view around this one along in a crash; none for a view that stands in no other.
    link: Option<Link>,
    /// Stays while the page goes to another view.
    pub(in crate::live) sticky: bool,
    /// Made when the first task or timer is started.
    tasks: Option<Box<Tasks>>,
    /// Events for the client, `[name, payload]` each, written as JSON and joined by commas.
    events: Vec<u8>,
    uploads: Uploads,
    /// None for a view that no URL belongs to.
    route: Option<Arc<Route>>,
    /// The application's views, for a connected view.
    views: Option<Arc<Table>>,
    /// Scheme, host and port of the page.
    host_uri: Arc<str>,
    pub(in crate::live) flash: LiveFlash,
    pub(in crate::live) hooks: Hooks,
    /// What the mount chose.
    pub(in crate::live) layout: Choice,
    /// Until the view is mounted.
    pub(in crate::live) connecting: Option<Box<Connecting>>,
    /// Where the current callback sends the page.
    redirected: Option<Box<Redirected>>,
    /// Lent to components while the view renders.
    lent: bool,
    csrf_state: Option<CsrfState>,
    /// Masked once, so that renders do not differ.
    csrf_token: OnceLock<Box<str>>,
}

impl AnySocket {
    pub(in crate::live) fn disconnected(id: String, assigns: Arc<Assigns>, pubsub: PubSub) -> Self {
        Self {
            id,
            assigns,
            pubsub,
            mailbox: None,
            page_title: None,
            title_changed: false,
            lineage: None,
            link: None,
            sticky: false,
            tasks: None,
            events: Vec::new(),
            uploads: Uploads::none(),
            route: None,
            views: None,
            host_uri: Arc::default(),
            flash: LiveFlash::default(),
            hooks: Hooks::default(),
            layout: Choice::default(),
            connecting: None,
            redirected: None,
            lent: false,
            csrf_state: None,
            csrf_token: OnceLock::new(),
        }
    }

    /// Says what the view is mounted for.
    pub(in crate::live) fn begin_mount(
        &mut self,
        route: Option<Arc<Route>>,
        url: &str,
        flash: Flash,
        connecting: Connecting,
    ) {
        self.route = route;
        self.host_uri = host_uri(url).into();
        self.flash = LiveFlash::new(flash);
        self.connecting = Some(Box::new(connecting));
    }

    pub(in crate::live) fn put_views(&mut self, views: Arc<Table>) {
        self.views = Some(views);
    }

    /// How a link to `path`, a path of this site, should lead there: `navigation_type/2`. While the page is only being
    /// loaded it is always [`NavigationType::Href`].
    #[must_use]
    pub fn navigation_type(&self, path: &str) -> NavigationType {
        let found = self.views.as_ref().and_then(|views| views.find(path));
        match (&self.route, found) {
            (Some(current), Some((route, _))) => current.navigation_to(&route),
            _ => NavigationType::Href,
        }
    }

    pub(in crate::live) fn put_csrf_state(&mut self, state: Option<CsrfState>) {
        self.csrf_state = state;
    }

    pub(in crate::live) fn end_mount(&mut self) {
        self.connecting = None;
        self.flash.take_put();
    }

    /// For a template that no view renders.
    pub(in crate::live) fn detached() -> Self {
        Self::disconnected(String::new(), Arc::default(), PubSub::new())
    }

    pub(in crate::live) fn connect(&mut self, mailbox: Recipient<PartMail>, lineage: Arc<Lineage>) {
        self.mailbox = Some(mailbox);
        self.link = lineage.parent().map(|_| Link::default());
        self.lineage = Some(lineage);
    }

    /// A socket for the components that are mounted and updated while the view renders;
    /// [`absorb`](Self::absorb) takes what they asked for.
    pub(in crate::live) fn for_components(&self) -> Self {
        let mut socket =
            Self::disconnected(self.id.clone(), self.assigns.clone(), self.pubsub.clone());
        socket.mailbox.clone_from(&self.mailbox);
        socket.lineage.clone_from(&self.lineage);
        socket.link.clone_from(&self.link);
        socket.route.clone_from(&self.route);
        socket.views.clone_from(&self.views);
        socket.host_uri = self.host_uri.clone();
        socket.lent = true;
        socket
    }

    /// Prepares the socket for components before a render.
    pub(in crate::live) fn lend(&mut self, components: &mut Option<Box<Self>>) {
        let socket = components.get_or_insert_with(|| Box::new(self.for_components()));
        if !Arc::ptr_eq(&socket.assigns, &self.assigns) {
            socket.assigns = self.assigns.clone();
        }
        socket.tasks = self.tasks.take();
        std::mem::swap(&mut socket.uploads, &mut self.uploads);
    }

    /// Takes what components asked for while they were rendered; their events come before the view's own (14.6).
    pub(in crate::live) fn absorb(&mut self, components: &mut Self) {
        self.tasks = components.tasks.take();
        std::mem::swap(&mut self.uploads, &mut components.uploads);
        if !components.events.is_empty() {
            let own = std::mem::take(&mut self.events);
            self.events.append(&mut components.events);
            self.append_events(&own);
        }
        if std::mem::take(&mut components.title_changed) {
            self.page_title = components.page_title.take();
            self.title_changed = true;
        }
    }

    pub(in crate::live) const fn uploads(&mut self) -> &mut Uploads {
        &mut self.uploads
    }

    /// Whether the page's script is connected; false while the page is only being loaded, `connected?/1` in Phoenix.
    #[must_use]
    pub const fn connected(&self) -> bool {
        self.mailbox.is_some()
    }

    pub(in crate::live) const fn route(&self) -> Option<&Arc<Route>> {
        self.route.as_ref()
    }

    /// The page now shows another URL of this view: of the flash it keeps what the current callback put (9.5).
    pub(in crate::live) fn patched_to(&mut self, route: Arc<Route>) {
        self.route = Some(route);
        self.flash.replace();
    }

    /// The page was asked to show another URL of this view (7.4).
    pub(in crate::live) fn patched_by_client(&mut self, route: Arc<Route>) {
        self.route = Some(route);
        self.flash.clear();
    }

    pub(in crate::live) fn send_elsewhere(
        &mut self,
        to: Redirected,
    ) -> Result<(), NavigationError> {
        if self.lent {
            return Err(NavigationError::Rendering);
        }
        if self.redirected.is_some() {
            return Err(NavigationError::Twice);
        }
        self.redirected = Some(Box::new(to));
        Ok(())
    }

    pub(in crate::live) const fn is_redirected(&self) -> bool {
        self.redirected.is_some()
    }

    pub(in crate::live) fn take_redirected(&mut self) -> Option<Redirected> {
        self.redirected.take().map(|to| *to)
    }

    /// Where the view patched itself to; if it goes elsewhere, that stays.
    pub(in crate::live) fn take_patch(&mut self) -> Option<LivePatch> {
        match self.take_redirected() {
            Some(Redirected::Patch(patch)) => Some(patch),
            elsewhere => {
                self.redirected = elsewhere.map(Box::new);
                None
            }
        }
    }

    /// Scheme, host and port of the page, `host_uri`: `http://localhost:4000`.
    #[must_use]
    pub fn host_uri(&self) -> &str {
        &self.host_uri
    }

    pub(in crate::live) fn share_host_uri(&self) -> Arc<str> {
        self.host_uri.clone()
    }

    pub(in crate::live) fn absolute_uri(&self, path: &str) -> String {
        format!("{}{path}", self.host_uri)
    }

    /// What the router says of the page's URL, `@live_action`: set by
    /// [`LiveViews::view_as`](crate::live::LiveViews::view_as).
    #[must_use]
    pub fn live_action(&self) -> Option<&str> {
        self.route.as_ref()?.action.as_deref()
    }

    /// The DOM id of the view's container.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The value of type `T` that was assigned to the endpoint, by the socket's `connect`, or here.
    ///
    /// # Panics
    /// When there is none; that ends this view, or answers the request with 500.
    #[must_use]
    #[track_caller]
    pub fn assigns<T: 'static>(&self) -> &T {
        self.assigns.expect()
    }

    /// Everything assigned to the endpoint, the connection and this view.
    #[must_use]
    pub fn all_assigns(&self) -> &Assigns {
        &self.assigns
    }

    /// Assigns a value of type `T` to this view, in the place of one that was there: for hooks, which do not know the
    /// view's own fields.
    pub fn assign<T: Send + Sync + 'static>(&mut self, value: T) {
        Arc::make_mut(&mut self.assigns).assign(value);
    }

    /// The value of type `T` that was assigned already, or the one that `make` makes and that is assigned then:
    /// `assign_new/3`.
    pub fn assign_new<T: Send + Sync + 'static>(&mut self, make: impl FnOnce() -> T) -> &T {
        if self.assigns.of::<T>().is_none() {
            self.assign(make());
        }
        self.assigns.expect()
    }

    /// The token for forms and links of this view that send a request of their own, `get_csrf_token/0`: those with
    /// `phx-trigger-action`, say. It stays the same as long as the view.
    #[must_use]
    pub fn csrf_token(&self) -> &str {
        self.csrf_token.get_or_init(|| {
            let state = self.csrf_state.as_ref();
            state.map_or_else(Box::default, |state| state.masked_token().into())
        })
    }

    /// The hub of the endpoint.
    #[must_use]
    pub const fn pubsub(&self) -> &PubSub {
        &self.pubsub
    }

    /// Sets the page's title, `page_title` in Phoenix.
    pub fn put_page_title(&mut self, title: impl Into<String>) {
        self.page_title = Some(title.into());
        self.title_changed = true;
    }

    /// The title that was set last.
    #[must_use]
    pub fn page_title(&self) -> Option<&str> {
        self.page_title.as_deref()
    }

    /// Sends the page's hooks and window listeners an event, after what this callback renders.
    ///
    /// # Errors
    /// When the payload is binary or cannot be written as JSON.
    pub fn push_event(&mut self, name: &str, payload: impl IntoPayload) -> Result<(), PushError> {
        self.write_event(name, payload, "]")
    }

    /// As [`push_event`](Self::push_event), before the page shows what this callback renders: the option
    /// `dispatch: :before` in Phoenix. Clients before 1.1.18 take it afterwards.
    ///
    /// # Errors
    /// As `push_event`.
    pub fn push_event_before(
        &mut self,
        name: &str,
        payload: impl IntoPayload,
    ) -> Result<(), PushError> {
        self.write_event(name, payload, ",true]")
    }

    fn write_event(
        &mut self,
        name: &str,
        payload: impl IntoPayload,
        end: &str,
    ) -> Result<(), PushError> {
        let payload = payload.into_payload()?;
        let json = payload.as_json().ok_or(EncodeError::BinaryUnsupported)?;
        let mut event = b"[".to_vec();
        serde_json::to_writer(&mut event, name).expect("text is JSON, and memory can be written");
        event.push(b',');
        event.extend_from_slice(json.as_bytes());
        event.extend_from_slice(end.as_bytes());
        self.append_events(&event);
        Ok(())
    }

    fn append_events(&mut self, events: &[u8]) {
        if !self.events.is_empty() && !events.is_empty() {
            self.events.push(b',');
        }
        self.events.extend_from_slice(events);
    }

    /// Gives the component of type `C` with this id new props, as `send_update/3`: it takes them in its
    /// [`update`](LiveComponent::update) after the current callback's changes are on their way to the client. A
    /// component that is not on the page takes nothing.
    ///
    /// # Errors
    /// When the mailbox has no room left.
    pub fn send_update<C: LiveComponent>(
        &self,
        id: impl Into<String>,
        props: C::Props,
    ) -> Result<(), NotDelivered<()>>
    where
        C::Props: Send + 'static,
    {
        self.send(PartMail::update::<C>(id.into(), props))
    }

    /// Where the view takes what its components and tasks send; none while the page is only being loaded.
    pub(in crate::live) fn mailbox(&self) -> Option<Recipient<PartMail>> {
        self.mailbox.clone()
    }

    /// The tasks of the view and its components.
    pub(in crate::live) fn tasks(&mut self) -> &mut Tasks {
        self.tasks.get_or_insert_default()
    }

    pub(in crate::live) const fn lineage(&self) -> Option<&Arc<Lineage>> {
        self.lineage.as_ref()
    }

    pub(in crate::live) const fn shared_assigns(&self) -> &Arc<Assigns> {
        &self.assigns
    }

    /// The view is about to end: nobody joins inside it any more.
    pub(in crate::live) fn leave_family(&self) {
        if let Some(lineage) = &self.lineage {
            lineage.leave();
        }
    }

    pub(in crate::live) const fn link(&self) -> Option<&Link> {
        self.link.as_ref()
    }

    /// The view around this one goes on, whatever becomes of this one.
    pub(in crate::live) fn cut_link(&self) {
        if let Some(link) = &self.link {
            link.cut();
        }
    }

    /// Ends the tasks of components that are no more.
    pub(in crate::live) fn end_tasks_of(&mut self, gone: impl Fn(ComponentId) -> bool) {
        if let Some(tasks) = &mut self.tasks {
            tasks.end_of_components(gone);
        }
    }

    pub(in crate::live) fn send(&self, mail: PartMail) -> Result<(), NotDelivered<()>> {
        let Some(mailbox) = &self.mailbox else {
            return Ok(());
        };
        mailbox
            .send_reserved(mail)
            .map_err(|refused| refused.map(drop))
    }

    /// The events that wait for the client, as a JSON array; none when there are none.
    pub(in crate::live) fn take_events(&mut self) -> Option<String> {
        if self.events.is_empty() {
            return None;
        }
        let events = String::from_utf8(std::mem::take(&mut self.events));
        let events = events.expect("events are written as JSON");
        Some(format!("[{events}]"))
    }

    /// Moves the events and the title that wait for the client to the end of a diff's members.
    pub(in crate::live) fn take_members(&mut self, out: &mut Vec<u8>, first: bool) -> bool {
        let mut comma = !first;
        if !self.events.is_empty() {
            separate(out, &mut comma);
            out.extend_from_slice(br#""e":["#);
            out.append(&mut self.events);
            out.push(b']');
        }
        if std::mem::take(&mut self.title_changed) {
            separate(out, &mut comma);
            out.extend_from_slice(br#""t":"#);
            serde_json::to_writer(out, &self.page_title)
                .expect("text is JSON, and memory can be written");
        }
        comma
    }
}

fn separate(out: &mut Vec<u8>, comma: &mut bool) {
    if std::mem::replace(comma, true) {
        out.push(b',');
    }
}

/// What stands before the path of an absolute URL.
fn host_uri(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path = url[after_scheme..].find(['/', '?', '#']);
    path.map_or(url, |at| &url[..after_scheme + at])
}

impl fmt::Debug for AnySocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnySocket")
            .field("id", &self.id)
            .field("connected", &self.connected())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pages_host_uri_ends_before_its_path() {
        for (url, expected) in [
            ("http://localhost:4000/a?b#c", "http://localhost:4000"),
            ("https://a.example?b", "https://a.example"),
            ("https://a.example", "https://a.example"),
            ("", ""),
        ] {
            assert_eq!(host_uri(url), expected);
        }
    }

    #[test]
    fn a_value_is_made_when_nobody_assigned_one() {
        let mut socket = AnySocket::detached();
        assert_eq!(socket.assign_new(|| 1_u8), &1);
        assert_eq!(socket.assign_new(|| 2_u8), &1);
    }
}
