//! What patches leave alone: ignored parts, fields that somebody writes in, and elements that wait for an answer.

use std::time::Duration;

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

pub(crate) struct IgnoredLive {
    count: u32,
    text: String,
}

pub(crate) enum Info {
    Tick,
}

impl LiveView for IgnoredLive {
    type Info = Info;

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            count: 0,
            text: "start".to_owned(),
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
            "write" => params
                .text("text")
                .unwrap_or_default()
                .clone_into(&mut self.text),
            "save" => {
                tokio::time::sleep(Duration::from_millis(100)).await;
                self.count += 1;
                socket.send_self(Info::Tick)?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, Info::Tick: Info, _: &mut Socket<Self>) -> live::Result {
        self.count += 1;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="count">{self.count}</p>
            <div id="ignored" phx-update="ignore" data-count={self.count.to_string()} class={format!("n{}", self.count)}>
                ignored {self.count}
            </div>
            <form id="form" phx-submit="save" phx-change="write">
                <input id="text" name="text" value={&self.text} aria-label="text">
                <input id="patched" name="patched" value={self.count.to_string()} phx-patch-focused aria-label="patched">
                <button id="save" phx-disable-with="saving">save {self.count}</button>
            </form>
        }
    }
}
