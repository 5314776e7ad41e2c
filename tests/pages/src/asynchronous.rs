//! What happens beside callbacks: tasks, timers, and what other visitors do.

use std::time::Duration;

use bennu::channel::{Crash, Flow, IntoPayload};
use bennu::heex;
use bennu::live::async_result::{AsyncResult, async_result};
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::task::Exit;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::pubsub::Broadcast;
use bennu::session::Session;
use serde_json::{Value, json};

const TOPIC: &str = "pages:said";

pub(crate) struct AsynchronousLive {
    name: AsyncResult<String>,
    sum: String,
    rows: Stream<u32>,
    loaded: AsyncResult<()>,
    ticks: u32,
    said: Vec<String>,
}

pub(crate) enum Info {
    Tick,
    Said(Broadcast),
}

impl LiveView for AsynchronousLive {
    type Info = Info;

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        if socket.connected() {
            socket.subscribe(TOPIC, Info::Said)?;
        }
        Ok(Self {
            name: socket.assign_async("name", |view| &mut view.name, load("Ada"))?,
            sum: String::new(),
            rows: Stream::new("rows", |row| *row),
            loaded: AsyncResult::loaded(()),
            ticks: 0,
            said: Vec::new(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "load" => {
                let loading = socket.assign_async("name", |view| &mut view.name, load("Grace"))?;
                self.name.reload(loading);
            }
            "fail" => {
                let fails = async { Err(Crash::new("nobody is there")) };
                self.name = socket.assign_async("name", |view| &mut view.name, fails)?;
            }
            "add" => socket.start_async("add", add(Duration::ZERO), show)?,
            "add slowly" => socket.start_async("add", add(Duration::from_secs(60)), show)?,
            "cancel" => socket.cancel_async("add"),
            "panic" => socket.start_async("add", async { panic!("asked to panic") }, show)?,
            "rows" => {
                let rows = async { Ok([1, 2, 3]) };
                self.loaded =
                    socket.stream_async("rows", |view| (&mut view.rows, &mut view.loaded), rows)?;
            }
            "tick" => {
                socket.send_self_after(Info::Tick, Duration::from_millis(20))?;
            }
            "say" => {
                let word = params.text("word").unwrap_or_default();
                socket
                    .pubsub()
                    .broadcast(TOPIC, "said", json!({"word": word}).into_payload()?)?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: Info, socket: &mut Socket<Self>) -> live::Result {
        match info {
            Info::Tick if self.ticks < 2 => {
                self.ticks += 1;
                socket.send_self_after(Info::Tick, Duration::from_millis(20))?;
            }
            Info::Tick => self.ticks += 1,
            Info::Said(broadcast) => {
                let said: Value = broadcast.payload().deserialize()?;
                self.said
                    .push(said["word"].as_str().unwrap_or_default().to_owned());
            }
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <div id="name">
                <.async_result :let={name} assign={&self.name}>
                    <:loading>loading</:loading>
                    <:failed :let={why}>failed: {why.to_string()}</:failed>
                    <b>{name}</b>
                </.async_result>
            </div>
            <p id="sum">{&self.sum}</p>
            <p id="ticks">{self.ticks}</p>
            <ul id="rows" phx-update="stream"><li :for={(dom_id, row) in &self.rows} id={dom_id}>{row}</li></ul>
            <ul id="said"><li :for={word in &self.said}>{word}</li></ul>
        }
    }
}

async fn load(name: &str) -> Result<String, Crash> {
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(name.to_owned())
}

async fn add(delay: Duration) -> u32 {
    tokio::time::sleep(delay).await;
    40 + 2
}

#[expect(clippy::unnecessary_wraps, reason = "it is what `start_async` takes")]
fn show(
    view: &mut AsynchronousLive,
    sum: Result<u32, Exit>,
    _: &mut Socket<AsynchronousLive>,
) -> live::Result<()> {
    view.sum = match sum {
        Ok(sum) => sum.to_string(),
        Err(exit) => exit.to_string(),
    };
    Ok(())
}
