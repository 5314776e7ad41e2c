//! An application's socket and channel, to be tested.

use std::time::Duration;

use bennu::channel::{self, Channel, Crash, Flow, JoinError, JoinSocket, Reason, Socket};
use bennu::endpoint::{Endpoint, Mount};
use bennu::protocol::form::Params;
use bennu::protocol::{Payload, Status};
use bennu::pubsub::Broadcast;
use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
use bennu::{Assigns, testing};
use bytes::Bytes;
use serde_json::json;
use tokio::sync::mpsc;

pub(crate) struct User(pub(crate) String);

pub(crate) struct UserSocket;

impl Handler for UserSocket {
    async fn connect(
        &self,
        params: &Params,
        info: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> Result<(), ConnectError> {
        let name = params.text("user").or(info.auth_token());
        assigns.assign(User(name.ok_or(ConnectError::Refused)?.to_owned()));
        if let Some(version) = info.x_headers().next() {
            assigns.assign(version.1.clone());
        }
        Ok(())
    }

    fn id(&self, assigns: &Assigns) -> Option<String> {
        let User(name) = assigns.expect();
        Some(format!("users:{name}"))
    }
}

/// Where rooms tell that they terminate, when the endpoint has one.
pub(crate) type Terminations = mpsc::UnboundedSender<Reason>;

pub(crate) struct Room;

pub(crate) enum Info {
    Say(&'static str),
    News(Broadcast),
}

impl Channel for Room {
    type Info = Info;

    const INTERCEPT: &'static [&'static str] = &["whisper"];

    async fn join(
        payload: Payload,
        socket: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), JoinError> {
        match socket.topic() {
            "room:secret" => return Err(JoinError::refuse(json!({"reason": "unauthorized"}))),
            "room:broken" => return Err(JoinError::Crashed(Crash::new("no such room"))),
            _ => socket.subscribe("news", Info::News)?,
        }
        Ok((Self, payload))
    }

    async fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        match event {
            "echo" => Flow::ok(payload),
            "refuse" => Flow::error(json!({"reason": "never"})),
            "status_only" => Ok(Flow::Reply(Status::new("maybe"), Payload::empty())),
            "bytes" => Flow::ok(Bytes::from_static(&[1, 2])),
            "push_bytes" => {
                socket.push("bytes", Bytes::from_static(&[3]))?;
                Ok(Flow::NoReply)
            }
            "shout" => {
                socket.broadcast("shouted", payload)?;
                Ok(Flow::NoReply)
            }
            "shout_from" => {
                socket.broadcast_from("shouted", payload)?;
                Ok(Flow::NoReply)
            }
            "later" => {
                let socket_ref = socket.socket_ref().ok_or_else(|| Crash::new("no ref"))?;
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    socket_ref.reply(Status::OK, json!({"late": true}))
                });
                Ok(Flow::NoReply)
            }
            "stop" => Ok(Flow::Stop(Reason::Normal)),
            "stop_reply" => Ok(Flow::StopReply(
                Reason::Shutdown("bye".into()),
                Status::OK,
                payload,
            )),
            "panic" => panic!("as asked"),
            _ => Flow::unhandled(event),
        }
    }

    async fn handle_out(
        &mut self,
        broadcast: Broadcast,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        let User(name) = socket.assigns();
        socket.push(
            "whispered",
            json!({"to": name, "what": broadcast.event().to_string()}),
        )?;
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: Info, socket: &mut Socket<Self>) -> channel::Result {
        match info {
            Info::Say(what) => socket.push("said", json!({"what": what}))?,
            Info::News(broadcast) => socket.push("news", broadcast.payload().clone())?,
        }
        Ok(Flow::NoReply)
    }

    async fn terminate(&mut self, reason: &Reason, socket: &mut Socket<Self>) {
        if socket.topic() == "room:slow" {
            std::future::pending::<()>().await;
        }
        if let Some(terminations) = socket.all_assigns().of::<Terminations>() {
            let _ = terminations.send(reason.clone());
        }
    }
}

pub(crate) fn mount() -> Mount {
    Mount::new(UserSocket, Routes::new().channel::<Room>("room:*"))
}

pub(crate) fn endpoint() -> Endpoint {
    testing::endpoint(mount())
}

/// A room of somebody who is connected.
pub(crate) async fn join(topic: &str) -> testing::Channel {
    join_on(&endpoint(), topic).await
}

pub(crate) async fn join_on(endpoint: &Endpoint, topic: &str) -> testing::Channel {
    let connected = testing::connect(endpoint, "/socket").params(json!({"user": "ada"}));
    let socket = connected.await.expect("ada may connect");
    let (_, room) = socket
        .subscribe_and_join(topic, json!({}))
        .await
        .expect("ada may join");
    room
}
