//! A counter: state, events, replies, the title.

use bennu::channel::{Crash, Flow};
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::json;

pub(super) struct CounterLive {
    count: i64,
}

impl LiveView for CounterLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        socket.put_page_title("Counter");
        Ok(Self { count: 0 })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "add" => {
                let by = params.as_map().and_then(|params| params.text("by"));
                self.count += by.unwrap_or_default().parse::<i64>()?;
            }
            "title" => socket.put_page_title(format!("Count {}", self.count)),
            "noop" => {}
            "key" => return Flow::ok(&params),
            "crash" => panic!("event failed on purpose"),
            // What was recorded stops without a reason, which Phoenix does not let pass.
            "stop" => return Err(Crash::new("a stop without a reason")),
            "reply" => {
                let reply = json!({ "echo": params, "count": self.count });
                self.count += 1;
                return Flow::ok(reply);
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <h1>Counter</h1>
            <p class={[(self.count > 2).then_some("big")]}>"Count: "<b id="count">{self.count}</b></p>
            <p :if={self.count > 1}>more than one</p>
            {if self.count % 2 == 0 {
              <i>even</i>
            } else {
              <i>odd {self.count}</i>
            }}
            <button id="inc" phx-click="inc">+</button>
            <button id="add" phx-click="add" phx-value-by="5" phx-value-label="five">+5</button>
            <button id="title" phx-click="title">title</button>
            <button id="noop" phx-click="noop">noop</button>
            <button id="crash" phx-click="crash">crash</button>
            <button id="stop" phx-click="stop">stop</button>
            <button id="reply" phx-click="reply">reply</button>
            <input id="key" phx-keydown="key" phx-key="Enter" phx-window-blur="x" />
        }
    }
}
