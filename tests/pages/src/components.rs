//! Live components: their events, their lives, and what they send each other.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::json;

pub(crate) struct ComponentsLive {
    counters: Vec<String>,
    clicks: u32,
    branch: bool,
    shape: Shape,
    family: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Round,
    Square,
}

impl LiveView for ComponentsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            counters: ["a", "b"].map(str::to_owned).into(),
            clicks: 0,
            branch: true,
            shape: Shape::Round,
            family: true,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "click" => self.clicks += 1,
            "show" => self.counters = params.deserialize::<Shown>()?.ids,
            "branch" => self.branch = !self.branch,
            "family" => self.family = !self.family,
            "shape" => {
                self.shape = match self.shape {
                    Shape::Round => Shape::Square,
                    Shape::Square => Shape::Round,
                };
            }
            "rename" => {
                let id = params.text("id").unwrap_or_default();
                socket.send_update::<Counter>(id, format!("{id} renamed"))?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <button id="view" phx-click="click">{self.clicks}</button>
            <div id="counters">
                <div :for={id in &self.counters} :key={id}>{live_component::<Counter>(id.clone(), id.clone())}</div>
            </div>
            <button id="by-selector" phx-click="click" phx-target="#counters .counter">all</button>
            <button id="drop-b" phx-click="show" phx-value-ids="">drop all</button>
            <section id="branch">
                {if self.branch {
                    live_component::<Counter>("left", "left".to_owned())
                } else {
                    live_component::<Counter>("right", "right".to_owned())
                }}
            </section>
            <section id="shape">{live_component::<Shaped>("shape", self.shape)}</section>
            <section id="family" :if={self.family}>{live_component::<Family>("family", ())}</section>
        }
    }
}

#[derive(serde::Deserialize)]
struct Shown {
    ids: Vec<String>,
}

/// Counts its own clicks.
struct Counter {
    title: String,
    clicks: u32,
}

impl LiveComponent for Counter {
    type Props = String;

    fn mount(title: String, _: &mut component::Socket<'_, Self>) -> Self {
        Self { title, clicks: 0 }
    }

    fn update(&mut self, title: String, _: &mut component::Socket<'_, Self>) {
        self.title = title;
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "click" => self.clicks += 1,
            "ask" => {
                return Flow::ok(
                    json!({"title": self.title, "cid": socket.myself().map(ComponentId::get)}),
                );
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! {
            <p class="counter" id={format!("counter-{}", self.title.replace(' ', "-"))}>
                <span>{&self.title}</span>
                <button phx-click="click" phx-target={myself}>{self.clicks}</button>
            </p>
        }
    }
}

/// Changes the tag and the id of its root.
struct Shaped(Shape);

impl LiveComponent for Shaped {
    type Props = Shape;

    fn mount(shape: Shape, _: &mut component::Socket<'_, Self>) -> Self {
        Self(shape)
    }

    fn update(&mut self, shape: Shape, _: &mut component::Socket<'_, Self>) {
        self.0 = shape;
    }

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        match self.0 {
            Shape::Round => heex! { <div id="round" phx-hook="Recorder">round</div> }.boxed(),
            Shape::Square => heex! { <p id="square" phx-hook="Recorder">square</p> }.boxed(),
        }
    }
}

/// Holds components of its own.
struct Family {
    children: u32,
    news: u32,
}

impl LiveComponent for Family {
    type Props = ();

    fn mount((): (), _: &mut component::Socket<'_, Self>) -> Self {
        Self {
            children: 1,
            news: 0,
        }
    }

    fn update(&mut self, (): (), _: &mut component::Socket<'_, Self>) {}

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "more" => self.children += 1,
            "fewer" => self.children = self.children.saturating_sub(1),
            "tell" => {
                self.news += 1;
                for child in 1..=self.children {
                    let name = format!("child {child}");
                    socket
                        .send_update::<Counter>(name, format!("news {} of {child}", self.news))?;
                }
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! {
            <div>
                <button id="more" phx-click="more" phx-target={myself}>more</button>
                <button id="fewer" phx-click="fewer" phx-target={myself}>fewer</button>
                <button id="tell" phx-click="tell" phx-target={myself}>tell</button>
                <div :for={child in 1..=self.children} :key={child}>
                    {live_component::<Counter>(format!("child {child}"), format!("child {child}"))}
                </div>
            </div>
        }
    }
}
