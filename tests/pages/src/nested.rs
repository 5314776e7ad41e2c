//! Live views inside live views.

use bennu::channel::{Crash, Flow};
use bennu::heex;
use bennu::live::nested::live_render;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, LiveViews, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

use crate::layout::Layout;

/// The routes of these pages.
pub(crate) fn routes(views: LiveViews) -> LiveViews {
    views
        .view::<NestedLive>("/nested")
        .view::<NeighbourLive>("/nested/neighbour")
        .live_session("docked", |docked| {
            docked
                .root_layout(Layout::from_env().with_docks())
                .view::<DockedLive>("/nested/docked/:number")
        })
        .unrouted::<ChildLive>()
        .unrouted::<GrandchildLive>()
        .unrouted::<StickyLive>()
}

pub(crate) struct NestedLive {
    count: u32,
    heard: Vec<String>,
    shown: bool,
    children: Stream<u32>,
}

pub(crate) struct Heard(String);

impl LiveView for NestedLive {
    type Info = Heard;

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let mut children = Stream::new("children", |child| *child);
        children.extend([1, 2]);
        Ok(Self {
            count: 0,
            heard: Vec::new(),
            shown: true,
            children,
        })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "toggle" => self.shown = !self.shown,
            "more" => self.children.prepend(3),
            "crash" => return Err(Crash::new("asked to crash")),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, Heard(word): Heard, _: &mut Socket<Self>) -> live::Result {
        self.heard.push(word);
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="count">{self.count}</p>
            <ul id="heard"><li :for={word in &self.heard}>{word}</li></ul>
            <button id="crash-parent" phx-click="crash">crash parent</button>
            <section :if={self.shown}>{live_render::<ChildLive>("child").session("name", "Ada")}</section>
            <div id="children" phx-update="stream">
                <div :for={(dom_id, child) in &self.children} id={dom_id}>
                    {live_render::<GrandchildLive>(format!("grandchild-{child}"))}
                </div>
            </div>
            {live_render::<StickyLive>("sticky").sticky()}
            <a id="leave" href="/nested/neighbour" data-phx-link="redirect" data-phx-link-state="push">leave</a>
        }
    }
}

pub(crate) struct ChildLive {
    name: String,
    count: u32,
}

impl LiveView for ChildLive {
    type Info = ();

    async fn mount(
        _: &Params,
        session: &Session,
        _: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let name = session.get("name").and_then(|name| name.as_str());
        Ok(Self {
            name: name.unwrap_or("nobody").to_owned(),
            count: 0,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "crash" => return Err(Crash::new("asked to crash")),
            "tell" => {
                if let Some(parent) = socket.parent::<NestedLive>() {
                    parent.send(Heard(format!("{} has {}", self.name, self.count)))?;
                }
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <b id="child-name">{&self.name}</b>
            <button id="child-inc" phx-click="inc">{self.count}</button>
            <button id="child-crash" phx-click="crash">crash</button>
            <button id="child-tell" phx-click="tell">tell</button>
            {live_render::<GrandchildLive>("grandchild")}
        }
    }
}

/// Counts its clicks.
pub(crate) struct GrandchildLive(u32);

impl LiveView for GrandchildLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self(0))
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.0 += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <button class="grandchild" phx-click="inc">{self.0}</button> }
    }
}

/// Stays while the page goes to the neighbour.
pub(crate) struct StickyLive(u32);

impl LiveView for StickyLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self(0))
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.0 += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <button id="sticky-inc" phx-click="inc">{self.0}</button> }
    }
}

pub(crate) struct NeighbourLive;

impl LiveView for NeighbourLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <h1 id="neighbour">Neighbour</h1>
            {live_render::<StickyLive>("sticky").sticky()}
            <a id="back" href="/nested" data-phx-link="redirect" data-phx-link-state="push">back</a>
        }
    }
}

/// Stands in a document that shows other views beside it.
pub(crate) struct DockedLive(u32);

impl LiveView for DockedLive {
    type Info = ();

    async fn mount(params: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let number = params.text("number").and_then(|number| number.parse().ok());
        Ok(Self(number.unwrap_or(0)))
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let next = format!("/nested/docked/{}", self.0 + 1);
        heex! {
            <h1 id="number">{self.0}</h1>
            <a id="next" href={next} data-phx-link="redirect" data-phx-link-state="push">next</a>
        }
    }
}
