//! Commands that the browser carries out by itself.

use std::time::Duration;

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::js;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::json;

const MOMENT: Duration = Duration::from_millis(30);

pub(crate) struct CommandsLive {
    count: u32,
    pushed: String,
    shown: bool,
}

#[derive(serde::Deserialize)]
struct Pushed {
    id: u32,
    from: String,
    value: String,
}

impl LiveView for CommandsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            count: 0,
            pushed: String::new(),
            shown: true,
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
            "pushed" => {
                let Pushed { id, from, value } = params.deserialize()?;
                self.pushed = format!("id={id} from={from} value={value}");
            }
            "slow" => tokio::time::sleep(Duration::from_millis(100)).await,
            "exec" => {
                let command = js::add_class("by-the-server")
                    .to("#box")
                    .set_attribute("title", "Ω");
                socket.push_event("js:exec", json!({"command": command}))?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="count">{self.count}</p>
            <p id="pushed">{&self.pushed}</p>
            <div id="box" class="box" data-do={js::add_class("done").to("#box")}>box {self.count}</div>
            <div id="hidden" style="display: none">hidden {self.count}</div>
            {visibility()}
            {classes_and_attributes()}
            {pushes()}
            {focus()}
            <div id="targeted">{live_component::<Target>("target", ())}</div>
            <p :if={self.shown} id="greeting" phx-mounted={js::add_class("mounted")}
                phx-remove={js::hide().with_transition("fade").time(MOMENT)}>greeting {self.count}</p>
            <button phx-click="toggle">toggle greeting</button>
            <dialog id="dialog" phx-mounted={js::ignore_attributes(&["open", "data-own-*"])} data-count={self.count.to_string()}>
                dialog {self.count}
            </dialog>
            <p id="link-state" phx-connected={js::set_attribute("data-state", "connected")}
                phx-disconnected={js::set_attribute("data-state", "disconnected")}>state</p>
        }
    }
}

fn visibility() -> impl Render {
    heex! {
        <button phx-click={js::hide().to("#box")}>hide</button>
        <button phx-click={js::show().to("#box")}>show</button>
        <button phx-click={js::show().to("#hidden").display("inline-block")}>show inline</button>
        <button phx-click={js::toggle().to("#box").transition_in("fade").transition_out("fade").time(MOMENT)}>toggle</button>
        <button phx-click={js::transition(("fade", "from", "to")).to("#box").time(MOMENT)}>transition</button>
        <button phx-click={js::hide().to("#box").with_transition("fade").time(MOMENT).blocking(false)}>fade out</button>
    }
}

fn classes_and_attributes() -> impl Render {
    let twice = js::add_class("one two")
        .to("#box")
        .remove_class("box")
        .to("#box");
    heex! {
        <button phx-click={twice}>classes</button>
        <button phx-click={js::toggle_class("flag").to("#box")}>toggle class</button>
        <button phx-click={js::set_attribute("title", "a \"b\" & <c>").to("#box")}>set attribute</button>
        <button phx-click={js::remove_attribute("title").to("#box")}>remove attribute</button>
        <button phx-click={js::toggle_attribute("open", "true").to("#box")}>toggle attribute</button>
        <button phx-click={js::switch_attribute("aria-expanded", "true", "false").to("#box")}>switch attribute</button>
        <button phx-click={js::set_attribute("open", "").to("#dialog").set_attribute("data-own-x", "1").to("#dialog")}>open</button>
        <div id="scope">
            <p class="near">far</p>
            <div id="within">
                <p class="near">near</p>
                <button phx-click={js::add_class("hit").to(js::closest("#within"))}>closest</button>
                <button id="inner" phx-click={js::add_class("hit").to(js::inner("i"))}>inner <i>i</i></button>
            </div>
        </div>
    }
}

fn pushes() -> impl Render {
    let own = js::push("pushed").value(&json!({"id": 7, "from": "command"}));
    let chain = js::push("inc").add_class("after").to("#box").push("inc");
    let dispatch = js::dispatch("page:said")
        .to("#box")
        .detail(&json!({"word": "hello"}));
    heex! {
        <button phx-click={own} phx-value-from="attribute" value="button">push value</button>
        <button phx-click={js::push("hit").target("#target")}>push to selector</button>
        <button phx-click={js::push("slow").loading("#box")}>push loading</button>
        <button phx-click={js::push("slow").page_loading()}>push page loading</button>
        <button phx-click={chain}>chain</button>
        <button phx-click={dispatch}>dispatch</button>
        <button phx-click={js::dispatch("page:whispered").to("#box").bubbles(false)}>dispatch quietly</button>
        <button phx-click={js::exec("data-do").to("#box")}>exec</button>
        <button phx-click="exec">exec from the server</button>
    }
}

fn focus() -> impl Render {
    heex! {
        <input id="first" aria-label="first">
        <div id="fields"><p>no field</p><input id="second" aria-label="second"><input id="third" aria-label="third"></div>
        <button phx-click={js::focus().to("#first")}>focus</button>
        <button id="remember" phx-click={js::push_focus().focus_first().to("#fields")}>focus first</button>
        <button phx-click={js::pop_focus()}>pop focus</button>
    }
}

/// Takes what is pushed to a selector.
struct Target(u32);

impl LiveComponent for Target {
    type Props = ();

    fn mount((): (), _: &mut component::Socket<'_, Self>) -> Self {
        Self(0)
    }

    fn update(&mut self, (): (), _: &mut component::Socket<'_, Self>) {}

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        _: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "hit" => self.0 += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! { <div id="target">{self.0}<button phx-click={myself.map(|me| js::push("hit").target(me))}>push to component</button></div> }
    }
}
