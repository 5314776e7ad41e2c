mod events;
mod navigation;

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::assigns::Assigns;
use crate::channel::{NotDelivered, Recipient};
use crate::live::component::{self, ComponentId, LiveComponent};
use crate::live::connecting::Connecting;
use crate::live::flash::LiveFlash;
use crate::live::layout::Choice;
use crate::live::lifecycle::Hooks;
use crate::live::mail::PartMail;
use crate::live::navigation::Redirected;
use crate::live::nested::{Lineage, Link};
use crate::live::task::Tasks;
use crate::live::upload::Uploads;
use crate::live::views::{Route, Table};
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
        self.host_uri = navigation::host_uri(url).into();
        self.flash = LiveFlash::new(flash);
        self.connecting = Some(Box::new(connecting));
    }

    pub(in crate::live) fn put_views(&mut self, views: Arc<Table>) {
        self.views = Some(views);
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

    /// Changes the component of type `C` with this id, as [`send_update`](Self::send_update) with some of its assigns: the
    /// way to what is not in its props, which each render around it gives it anew.
    ///
    /// ```
    /// # use bennu::channel::Flow;
    /// # use bennu::live::component::LiveComponent;
    /// # use bennu::live::{self, AnySocket};
    /// # trait Loads: LiveComponent { fn set_loaded(&mut self); }
    /// # fn done<Chart: Loads>(socket: &AnySocket) -> live::Result {
    /// socket.send_update_with("chart", |chart: &mut Chart, _| chart.set_loaded())?;
    /// # Ok(Flow::NoReply)
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the mailbox has no room left.
    pub fn send_update_with<C: LiveComponent>(
        &self,
        id: impl Into<String>,
        update: impl FnOnce(&mut C, &mut component::Socket<'_, C>) + Send + 'static,
    ) -> Result<(), NotDelivered<()>> {
        self.send(PartMail::update_with::<C>(id.into(), update))
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
    fn a_value_is_made_when_nobody_assigned_one() {
        let mut socket = AnySocket::detached();
        assert_eq!(socket.assign_new(|| 1_u8), &1);
        assert_eq!(socket.assign_new(|| 2_u8), &1);
    }
}
