//! Events for the page's hooks, timers and tasks.

use std::time::Duration;

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::task::Exit;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::json;

pub(super) struct EventsLive {
    n: i64,
}

/// The timer has run out.
pub(super) struct Tick;

impl LiveView for EventsLive {
    type Info = Tick;

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        if socket.connected() {
            socket.push_event("from-server", json!({ "at": "mount" }))?;
        }
        Ok(Self { n: 0 })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "push" => socket.push_event("from-server", &params)?,
            "push2" => {
                socket.push_event("from-server", json!({ "i": 1 }))?;
                socket.push_event("from-server", json!({ "i": 2 }))?;
                self.n += 1;
            }
            "hook-ping" => return Flow::ok(json!({ "pong": params })),
            "tick_later" => {
                let _ = socket.send_self_after(Tick, Duration::from_millis(10))?;
            }
            "async" => {
                let job = async { 42 };
                socket.start_async("job", job, |view, result: Result<i64, Exit>, _| {
                    view.n = result?;
                    Ok(())
                })?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, Tick: Tick, socket: &mut Socket<Self>) -> live::Result {
        self.n += 1;
        socket.push_event("from-server", json!({ "tick": true }))?;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <div id="h" phx-hook="Echo">hook {self.n}</div> }
    }
}
