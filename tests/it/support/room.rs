//! A channel that does as it is told, one event for each thing that a channel can do.

use std::sync::Arc;

use bennu::channel::{self, Channel, Crash, Flow, JoinError, JoinSocket, Reason, Socket};
use bennu::protocol::{Payload, Status};
use bennu::pubsub::Broadcast;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};

use super::{User, patiently};

/// What rooms share with their test.
#[derive(Clone)]
pub(crate) struct Stage {
    /// Rooms that were told to wait go on when there is a permit.
    pub(crate) gate: Arc<Semaphore>,
    told: mpsc::UnboundedSender<String>,
    journal: Arc<Mutex<Option<mpsc::UnboundedReceiver<String>>>>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let (told, journal) = mpsc::unbounded_channel();
        Self {
            gate: Arc::new(Semaphore::new(0)),
            told,
            journal: Arc::new(Mutex::new(Some(journal))),
        }
    }

    pub(crate) fn tell(&self, what: impl Into<String>) {
        // Rooms may outlive the test that was to hear of them.
        let _ = self.told.send(what.into());
    }

    pub(crate) fn journal(&self) -> Journal {
        let journal = self.journal.lock().take();
        Journal(journal.expect("one test reads the journal"))
    }

    pub(crate) async fn wait(&self) {
        let permit = self.gate.acquire().await;
        permit.expect("the gate is never closed").forget();
    }
}

/// What rooms tell their test: waiting, left, crashed.
pub(crate) struct Journal(mpsc::UnboundedReceiver<String>);

impl Journal {
    pub(crate) async fn next(&mut self) -> String {
        let told = patiently("a line in the journal", self.0.recv()).await;
        told.expect("the stage stands")
    }
}

pub(crate) struct Room {
    stage: Stage,
    /// Whether to push something from `terminate`.
    says_goodbye: bool,
}

/// How a room is told to stop.
#[derive(Deserialize)]
struct Stop {
    reason: String,
    #[serde(default)]
    reply: bool,
}

impl Channel for Room {
    type Info = Broadcast;

    const INTERCEPT: &'static [&'static str] = &["secret"];

    async fn join(
        payload: Payload,
        socket: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), JoinError> {
        let stage = socket.assigns::<Stage>().clone();
        let response = match socket.topic() {
            "room:refused" => return Err(JoinError::refuse(json!({"reason": "unauthorized"}))),
            "room:panic" => panic!("told to"),
            "room:error" => return Err(std::io::Error::other("told to").into()),
            "room:binary" => Payload::binary(vec![1, 2, 3]),
            "room:echo" => payload,
            "room:slow" => {
                stage.tell("joining");
                stage.wait().await;
                Payload::empty()
            }
            _ => Payload::empty(),
        };
        let room = Self {
            stage,
            says_goodbye: false,
        };
        Ok((room, response))
    }

    async fn after_join(&mut self, socket: &mut Socket<Self>) -> channel::Result<()> {
        if socket.topic() == "room:after" {
            socket.push(
                "welcome",
                json!({"socket_ref": socket.socket_ref().is_some()}),
            )?;
            socket.broadcast("entered", json!({}))?;
        }
        Ok(())
    }

    async fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        match event {
            "echo" => return Flow::ok(payload),
            "error" => return Flow::error(payload),
            "custom" => return Ok(Flow::Reply(Status::new("custom"), payload)),
            "push" => socket.push("pushed", payload)?,
            "push_and_reply" => {
                socket.push("pushed", payload)?;
                return Flow::ok(json!({}));
            }
            "shout" => {
                socket.broadcast("shouted", payload)?;
                return Flow::ok(json!({}));
            }
            "whisper" => {
                socket.broadcast_from("shouted", payload)?;
                return Flow::ok(json!({}));
            }
            "secret" => socket.broadcast("secret", payload)?,
            "reply_binary" => return Flow::ok(Payload::binary(vec![9, 8])),
            "push_many" => push_many(&payload, socket)?,
            "later" => {
                let socket_ref = socket.socket_ref().ok_or_else(no_ref)?;
                tokio::spawn(async move {
                    for n in 1..=2 {
                        let replied = socket_ref.reply(Status::OK, json!({ "n": n }));
                        replied.expect("a small object can be sent");
                    }
                });
            }
            "wait" => {
                self.stage.tell("waiting");
                self.stage.wait().await;
                return Flow::ok(payload);
            }
            "goodbye" => self.says_goodbye = true,
            "panic" => panic!("told to"),
            "fail" => return Err(Crash::new("told to")),
            "stop" => return stop(&payload),
            "subscribe" => {
                let topic: String = payload.deserialize()?;
                socket.subscribe(topic, std::convert::identity)?;
            }
            "unsubscribe" => {
                let topic: String = payload.deserialize()?;
                socket.unsubscribe(&topic);
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(
        &mut self,
        heard: Broadcast,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        let payload: Value = heard.payload().deserialize()?;
        let heard = json!([heard.topic(), heard.event(), payload]);
        socket.push("heard", json!({ "broadcast": heard }))?;
        Ok(Flow::NoReply)
    }

    async fn handle_out(
        &mut self,
        secret: Broadcast,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        let mut payload: Value = secret.payload().deserialize()?;
        if payload["wait"] == true {
            self.stage.tell("waiting");
            self.stage.wait().await;
        }
        payload["seen_by"] = json!(socket.assigns::<User>().0);
        socket.push(secret.event(), payload)?;
        Ok(Flow::NoReply)
    }

    async fn terminate(&mut self, reason: &Reason, socket: &mut Socket<Self>) {
        self.stage.tell(format!("{}: {reason}", socket.topic()));
        if self.says_goodbye {
            let said = socket.push("goodbye", json!({}));
            said.expect("an empty object can be sent");
        }
        if socket.topic() == "room:slow_end" {
            self.stage.wait().await;
            self.stage.tell("room:slow_end: over");
        }
        if socket.topic() == "room:stuck" {
            std::future::pending::<()>().await;
        }
    }
}

fn stop(payload: &Payload) -> channel::Result {
    let stop: Stop = payload.deserialize()?;
    let reason = match stop.reason.as_str() {
        "normal" => Reason::Normal,
        "shutdown" => Reason::Shutdown("shutdown".into()),
        other => Reason::Error(other.to_owned().into()),
    };
    Ok(if stop.reply {
        Flow::StopReply(reason, Status::OK, Payload::json(&json!({"bye": 1}))?)
    } else {
        Flow::Stop(reason)
    })
}

fn push_many(payload: &Payload, socket: &Socket<Room>) -> channel::Result<()> {
    let (count, bytes): (usize, usize) = payload.deserialize()?;
    let filling = json!({ "filling": "x".repeat(bytes) });
    for _ in 0..count {
        socket.push("filling", &filling)?;
    }
    Ok(())
}

fn no_ref() -> Crash {
    Crash::new("the client does not want a reply")
}
