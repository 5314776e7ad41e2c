//! Commands of the browser, and hooks.

use std::time::Duration;

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::js::{self, Js};
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::json;

struct Dialog {
    saved: u32,
}

/// Hides the dialog and gives the focus back.
fn hide_dialog() -> Js<js::PopFocus> {
    js::hide()
        .to("#dialog")
        .with_transition(("ease-out", "opacity-100", "opacity-0"))
        .time(Duration::from_millis(300))
        .pop_focus()
}

impl LiveView for Dialog {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self { saved: 0 })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "save" => {
                self.saved += 1;
                socket.push_event("saved", json!({"count": self.saved}))?;
                Ok(Flow::NoReply)
            }
            "points" => {
                let from = params.text("from").unwrap_or_default();
                Flow::ok(json!({"from": from, "points": [1, 2, 3]}))
            }
            _ => Flow::unhandled(event),
        }
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <button phx-click={js::push_focus().show().to("#dialog").focus_first().to("#dialog")}>Open</button>
            <div id="dialog" phx-click-away={hide_dialog()}>
                <button phx-click={js::push("save").value(&json!({"draft": false})).loading("#dialog").then(&hide_dialog())}>
                    Save
                </button>
            </div>
            <canvas id="chart" phx-hook="Chart" phx-update="ignore"></canvas>
        }
    }
}

mod tests {
    use bennu::testing::{Redirected, isolated, live};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hook_is_pushed_events_and_replied_to() -> Result<(), Redirected> {
        let (view, _) = live(&isolated::<Dialog>(|builder| builder), "/").await?;
        view.element("#dialog button").render_click().await?;
        view.assert_push_event("saved", json!({"count": 1})).await;
        view.render_hook("points", json!({"from": "May"})).await?;
        view.assert_reply(json!({"from": "May", "points": [1, 2, 3]}))
            .await;
        Ok(())
    }
}
