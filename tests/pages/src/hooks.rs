//! Hooks: scripts that live and die with an element and talk with the view.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::rendered::{Render, raw};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::json;

pub(crate) struct HooksLive {
    shown: bool,
    count: u32,
    hook: &'static str,
    id: &'static str,
    heard: String,
    runtime: bool,
}

impl LiveView for HooksLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        if socket.connected() {
            socket.push_event("from_mount", json!({"hello": "page"}))?;
        }
        Ok(Self {
            shown: true,
            count: 0,
            hook: "Recorder",
            id: "changing",
            heard: String::new(),
            runtime: false,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "toggle" => self.shown = !self.shown,
            "other_hook" => self.hook = "OtherRecorder",
            "other_id" => self.id = "changed",
            "runtime" => self.runtime = true,
            "hear" => params
                .text("word")
                .unwrap_or_default()
                .clone_into(&mut self.heard),
            "echo" => return Flow::ok(json!({"word": params.text("word"), "count": self.count})),
            "inc_and_reply" => {
                self.count += 1;
                return Flow::ok(json!({"count": self.count}));
            }
            "tell" => {
                socket.push_event("first", json!({"n": 1}))?;
                socket.push_event("second", json!({"n": 2}))?;
                self.count += 1;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="count">{self.count}</p>
            <p id="heard">{&self.heard}</p>
            <div :if={self.shown} id="lifecycle" phx-hook="Recorder" data-count={self.count.to_string()}>{self.count}</div>
            <div id={self.id} phx-hook={self.hook}>changing {self.count}</div>
            <div id="talker" phx-hook="Talker">talker</div>
            {live_component::<Listener>("one", ())}
            {live_component::<Listener>("two", ())}
            <section :if={self.runtime}>
                <p id="runtime" phx-hook="Runtime">before</p>
                <script data-phx-runtime-hook="Runtime">{raw(RUNTIME_HOOK)}</script>
            </section>
        }
    }
}

/// A hook that travels with the markup instead of the page's script.
const RUNTIME_HOOK: &str = r#"
window["phx_hook_Runtime"] = function() {
  return { mounted() { this.el.textContent = "mounted at runtime" } }
}
"#;

/// Takes what hooks push to it.
struct Listener {
    heard: String,
}

impl LiveComponent for Listener {
    type Props = ();

    fn mount((): (), _: &mut component::Socket<'_, Self>) -> Self {
        Self {
            heard: String::new(),
        }
    }

    fn update(&mut self, (): (), _: &mut component::Socket<'_, Self>) {}

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "hear" => {
                params
                    .text("word")
                    .unwrap_or_default()
                    .clone_into(&mut self.heard);
                let cid = socket.myself().map(ComponentId::get);
                Flow::ok(json!({"cid": cid}))
            }
            "tell" => {
                socket.push_event("first", json!({"from": "component"}))?;
                Ok(Flow::NoReply)
            }
            _ => Flow::unhandled(event),
        }
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! { <p class="listener" phx-hook="Talker" id={myself.map(|me| format!("listener-{me}"))}>{&self.heard}</p> }
    }
}
