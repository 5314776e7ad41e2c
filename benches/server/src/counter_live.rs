//! One number.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

/// The live view of `/counter`.
pub(crate) struct CounterLive {
    count: i64,
}

impl LiveView for CounterLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self { count: 0 })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "dec" => self.count -= 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <div id="counter">
                <h1>Counter</h1>
                <p>The count is <span id="count">{self.count}</span></p>
                <button phx-click="inc">"+"</button>
                <button phx-click="dec">"-"</button>
            </div>
        }
    }
}
