//! Views that fail, at any point of their lives.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bennu::channel::{Crash, Flow};
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use http::StatusCode;

/// How often each visit, named by its `visit` parameter, has mounted connected.
static MOUNTS: Mutex<Option<HashMap<String, u32>>> = Mutex::new(None);

pub(crate) struct CrashesLive {
    count: u32,
    mounts: u32,
}

impl LiveView for CrashesLive {
    type Info = ();

    async fn mount(
        params: &Params,
        _: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let fails = params.text("fails").unwrap_or_default();
        if !socket.connected() {
            return match fails {
                "loading" => Err(MountError::Crashed(Crash::new(
                    "asked to fail while loading",
                ))),
                "missing" => Err(MountError::Status(StatusCode::NOT_FOUND)),
                _ => Ok(Self {
                    count: 0,
                    mounts: 0,
                }),
            };
        }
        let mounts = mounts(params.text("visit").unwrap_or_default());
        match fails {
            "once" if mounts == 1 => Err(MountError::Crashed(Crash::new("asked to fail once"))),
            "panicking" if mounts == 1 => panic!("asked to panic once"),
            "gone" if mounts == 1 => Err(MountError::Status(StatusCode::GONE)),
            "away" => Err(MountError::redirect("/rendering")),
            _ => Ok(Self { count: 0, mounts }),
        }
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "crash" => return Err(Crash::new("asked to crash")),
            "panic" => panic!("asked to panic"),
            "stop" => return Ok(Flow::Stop(bennu::channel::Reason::Normal)),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="count">{self.count}</p>
            <p id="mounts">{self.mounts}</p>
            <button phx-click="inc">inc</button>
            <button phx-click="crash">crash</button>
            <button phx-click="panic">panic</button>
            <button phx-click="unknown">unknown</button>
            <button phx-click="stop">stop</button>
        }
    }
}

fn mounts(visit: &str) -> u32 {
    let mut mounts = MOUNTS.lock().unwrap_or_else(PoisonError::into_inner);
    let count = mounts
        .get_or_insert_default()
        .entry(visit.to_owned())
        .or_default();
    *count += 1;
    *count
}
