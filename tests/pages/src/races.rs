//! What happens at the same time: patches and results of tasks, navigation and slow mounts, two views with one name.

use std::sync::Arc;

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::components::link;
use bennu::live::nested::live_render;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::task::Exit;
use bennu::live::{self, Kind, LiveView, LiveViews, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use tokio::sync::{AcquireError, Semaphore};

/// The routes of these pages.
pub(crate) fn routes(views: LiveViews) -> LiveViews {
    views
        .view::<PatchesLive>("/races/patches")
        .view::<SlowLive>("/races/slow")
        .view::<NextLive>("/races/next")
        .view::<TwinsLive>("/races/twins")
        .unrouted::<SlowChildLive>()
        .unrouted::<TwinLive>()
}

/// A task that ends when the page says so, and the page's parameters.
pub(crate) struct PatchesLive {
    gate: Arc<Semaphore>,
    ended: Arc<Semaphore>,
    step: String,
    result: String,
}

impl PatchesLive {
    /// Lets the task end, and waits until its result is on its way to the view.
    async fn end_task(&self) -> Result<(), AcquireError> {
        self.gate.add_permits(1);
        self.ended.acquire().await?.forget();
        Ok(())
    }

    fn start(&self, socket: &mut Socket<Self>, then: &'static str) -> live::Result<()> {
        let (gate, ended) = (self.gate.clone(), self.ended.clone());
        let task = async move {
            gate.acquire().await?.forget();
            ended.add_permits(1);
            Ok(then)
        };
        Ok(socket.start_async("task", task, take)?)
    }
}

impl LiveView for PatchesLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            gate: Arc::new(Semaphore::new(0)),
            ended: Arc::new(Semaphore::new(0)),
            step: String::new(),
            result: String::new(),
        })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        _: &str,
        _: &mut Socket<Self>,
    ) -> live::Result<()> {
        let step = params.text("step").unwrap_or_default();
        step.clone_into(&mut self.step);
        if step == "meeting" {
            self.end_task().await?;
        }
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "show" => self.start(socket, "shown")?,
            "patch" => self.start(socket, "patched")?,
            "end" => self.end_task().await?,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="step">{&self.step}</p>
            <p id="result">{&self.result}</p>
            <button phx-click="end">end</button>
            <.link id="to-meeting" patch="/races/patches?step=meeting">meeting</.link>
            <.link id="to-passing" patch="/races/patches?step=passing">passing</.link>
        }
    }
}

fn take(
    view: &mut PatchesLive,
    result: Result<Result<&'static str, AcquireError>, Exit>,
    socket: &mut Socket<PatchesLive>,
) -> live::Result<()> {
    view.result = result??.to_owned();
    if view.result == "patched" {
        socket.push_patch("/races/patches?step=by-task", Kind::Push)?;
    }
    Ok(())
}

/// Each permit lets one slow view mount.
static MOUNTS: Semaphore = Semaphore::const_new(0);

/// Holds a view that mounts slowly once it is connected.
pub(crate) struct SlowLive;

impl LiveView for SlowLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            {live_render::<SlowChildLive>("slow")}
            <.link id="to-next" navigate="/races/next">next</.link>
        }
    }
}

pub(crate) struct SlowChildLive {
    connected: bool,
    count: u32,
}

impl LiveView for SlowChildLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        if socket.connected() {
            MOUNTS.acquire().await?.forget();
        }
        Ok(Self {
            connected: socket.connected(),
            count: 0,
        })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.count += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="slow-state">{if self.connected { "mounted" } else { "loaded" }}</p>
            <button id="slow-inc" phx-click="inc">{self.count}</button>
        }
    }
}

pub(crate) struct NextLive {
    count: u32,
}

impl LiveView for NextLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self { count: 0 })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "let" => MOUNTS.add_permits(1),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <button id="next" phx-click="inc">{self.count}</button>
            <button id="let" phx-click="let">let one mount</button>
            <.link id="to-slow" navigate="/races/slow">slow</.link>
            <.link id="to-twins" navigate="/races/twins">twins</.link>
        }
    }
}

/// Has a stream, and a view with a stream of the same kind inside it.
pub(crate) struct TwinsLive {
    items: Items,
}

/// A stream of numbers whose items carry the name of their view.
struct Items {
    items: Stream<u32>,
    last: u32,
}

impl Items {
    fn of(view: &'static str) -> Self {
        let mut items = Stream::with_dom_id(move |item| format!("{view}-{item}"));
        items.extend([1, 2]);
        Self { items, last: 2 }
    }

    fn change(&mut self, event: &str) -> live::Result {
        match event {
            "more" => {
                self.last += 1;
                self.items.insert(self.last);
            }
            "less" => self.items.delete(&1),
            "reset" => self.items.reset(),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }
}

impl LiveView for TwinsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            items: Items::of("outer"),
        })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        self.items.change(event)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <ul id="outer" phx-update="stream"><li :for={(dom_id, item) in &self.items.items} id={dom_id}>{item}</li></ul>
            {live_render::<TwinLive>("twin")}
        }
    }
}

pub(crate) struct TwinLive {
    items: Items,
}

impl LiveView for TwinLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            items: Items::of("inner"),
        })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        self.items.change(event)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <ul id="inner" phx-update="stream"><li :for={(dom_id, item) in &self.items.items} id={dom_id}>{item}</li></ul>
        }
    }
}
