//! A view inside another.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::nested::live_render;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

pub(super) struct ParentLive {
    show: bool,
}

impl LiveView for ParentLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self { show: true })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "toggle" => self.show = !self.show,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <h1>parent</h1>
            <div :if={self.show}>{live_render::<ChildLive>("kid").session("name", "kid")}</div>
        }
    }
}

struct ChildLive {
    name: String,
    n: i64,
}

impl LiveView for ChildLive {
    type Info = ();

    async fn mount(
        _: &Params,
        session: &Session,
        _: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let name = session.get("name").and_then(|name| name.as_str());
        let name = name.unwrap_or_default().to_owned();
        Ok(Self { name, n: 0 })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.n += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>child {&self.name} {self.n}</p> }
    }
}
