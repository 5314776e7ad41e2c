//! Every command for the browser.

use std::time::Duration;

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::js::{self, closest, inner};
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::json;

pub(super) struct JsLive;

impl LiveView for JsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    async fn handle_event(&mut self, _: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let toggle = js::toggle()
            .to("#box")
            .push("ev")
            .value(&json!({ "a": 1 }))
            .target("#box")
            .page_loading();
        let add = js::add_class("c1 c2")
            .to(closest("div"))
            .with_transition(("fade", "from", "to"))
            .time(Duration::from_millis(100));
        let dispatch = js::dispatch("my:ev")
            .to("#box")
            .detail(&json!({ "x": "<>&'\"" }))
            .navigate("/counter")
            .patch("/js?x=1")
            .replace();
        heex! {
            <button id="b1" phx-click={toggle}>t</button>
            <button id="b2" phx-click={add}>a</button>
            <button id="b3" phx-click={dispatch}>d</button>
            <button id="b4" phx-click={the_rest()}>s</button>
            <div id="box" data-x={js::hide()} phx-mounted={js::show()} phx-remove={js::hide().with_transition("out")}>box</div>
        }
    }
}

fn the_rest() -> js::Js<js::Transit> {
    js::ignore_attributes(&["open"])
        .to("#b4")
        .show()
        .to(inner(".i"))
        .display("flex")
        .hide()
        .to("#z")
        .blocking(false)
        .set_attribute("aria-x", "1")
        .remove_attribute("q")
        .switch_attribute("open", "true", "false")
        .focus()
        .to("#k")
        .focus_first()
        .push_focus()
        .pop_focus()
        .exec("data-x")
        .to("#b1")
        .toggle_class("tc")
        .remove_class("rc")
        .transition("shake")
}
