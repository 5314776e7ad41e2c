//! One event for each thing that a channel can do.

use bennu::channel::{
    self, Channel, Flow, JoinError, JoinSocket, PushError, Reason, Socket, SocketRef,
};
use bennu::protocol::{Payload, PayloadError, Status, event};
use bennu::pubsub::Broadcast;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::user_socket::User;

/// The channel of `room:*` and `exact`.
pub(crate) struct RoomChannel;

/// Answer this later.
pub(crate) struct Later {
    socket_ref: Option<SocketRef>,
    payload: Payload,
}

impl Channel for RoomChannel {
    type Info = Later;

    const INTERCEPT: &'static [&'static str] = &["secret"];

    async fn join(
        payload: Payload,
        socket: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), JoinError> {
        let response = match socket.topic() {
            "room:forbidden" => return Err(refuse("unauthorized")),
            "room:raise" => panic!("join failed on purpose"),
            "room:params" => Payload::json(&json!({ "params": value(&payload)? }))?,
            "room:welcome" => Payload::json(&json!({ "welcome": "hi", "n": 1 }))?,
            topic if topic.starts_with("room:auth") && !has_token(&payload) => {
                return Err(refuse("bad token"));
            }
            _ => Payload::empty(),
        };
        Ok((Self, response))
    }

    async fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        if event.starts_with("bin_") {
            return binary(event, payload, socket);
        }
        match event {
            "echo" => Flow::ok(payload),
            "reply_error" => Flow::error(json!({ "got": value(&payload)? })),
            "reply_ok_only" => Flow::ok(Payload::empty()),
            "reply_error_only" => Flow::error(Payload::empty()),
            "noreply" => Ok(Flow::NoReply),
            "shape" => Flow::ok(json!({ "shape": shape(&payload)? })),
            "push" => no_reply(socket.push("pushed", payload)),
            "push_then_reply" => {
                socket.push("pushed", payload)?;
                Flow::ok(json!({ "done": true }))
            }
            "broadcast" => {
                socket.broadcast("msg", payload)?;
                Flow::ok(Payload::empty())
            }
            "broadcast_from" => {
                socket.broadcast_from("msg", payload)?;
                Flow::ok(Payload::empty())
            }
            "secret" => no_reply(socket.broadcast("secret", payload)),
            "crash" => panic!("handle_in failed on purpose"),
            "stop_normal" => Ok(Flow::Stop(Reason::Normal)),
            "stop_shutdown" => Ok(Flow::Stop(Reason::Shutdown("shutdown".into()))),
            "stop_shutdown_tuple" => Ok(Flow::Stop(Reason::Shutdown("bye".into()))),
            "stop_other" => Ok(Flow::Stop(Reason::Error("boom".into()))),
            "stop_reply" => {
                let response = Payload::json(&json!({ "bye": true }))?;
                Ok(Flow::StopReply(Reason::Normal, Status::OK, response))
            }
            "async" => {
                let socket_ref = socket.socket_ref();
                socket.send_self(Later {
                    socket_ref,
                    payload,
                })?;
                Ok(Flow::NoReply)
            }
            "disconnect_me" => disconnect(socket),
            "endpoint_broadcast" => broadcast_elsewhere(&payload, socket),
            _ => Flow::unhandled(event),
        }
    }

    async fn handle_info(&mut self, later: Later, socket: &mut Socket<Self>) -> channel::Result {
        socket.push("before_async", Payload::empty())?;
        let socket_ref = later
            .socket_ref
            .ok_or("the client did not ask for a reply")
            .map_err(channel::Crash::new)?;
        no_reply(socket_ref.reply(Status::OK, later.payload))
    }

    async fn handle_out(
        &mut self,
        broadcast: Broadcast,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        let mut payload: Map<String, Value> = broadcast.payload().deserialize()?;
        let User(user) = socket.assigns();
        payload.insert("seen_by".to_owned(), json!(user));
        no_reply(socket.push(broadcast.event(), &payload))
    }
}

fn refuse(reason: &str) -> JoinError {
    JoinError::refuse(json!({ "reason": reason }))
}

fn has_token(payload: &Payload) -> bool {
    #[derive(Deserialize)]
    struct WithToken {
        token: String,
    }

    let parsed = payload.deserialize::<WithToken>();
    parsed.is_ok_and(|parsed| parsed.token == "ok")
}

fn no_reply(sent: Result<(), PushError>) -> channel::Result {
    Ok(sent.map(|()| Flow::NoReply)?)
}

fn binary(event: &str, payload: Payload, socket: &Socket<RoomChannel>) -> channel::Result {
    let Some(data) = payload.as_binary() else {
        return Flow::unhandled(event);
    };
    match event {
        "bin_echo" => Flow::ok(payload),
        "bin_error" => Flow::error(payload),
        "bin_push" => no_reply(socket.push("bin", payload)),
        "bin_broadcast" => no_reply(socket.broadcast("bin", payload)),
        "bin_to_json" => {
            let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
            Flow::ok(json!({ "size": data.len(), "hex": hex }))
        }
        _ => Flow::unhandled(event),
    }
}

fn disconnect(socket: &Socket<RoomChannel>) -> channel::Result {
    let id = socket
        .socket_id()
        .ok_or("the socket has no id")
        .map_err(channel::Crash::new)?;
    let told = socket
        .pubsub()
        .broadcast(id.to_owned(), event::DISCONNECT, Payload::empty());
    Ok(told.map(|()| Flow::NoReply)?)
}

fn broadcast_elsewhere(payload: &Payload, socket: &Socket<RoomChannel>) -> channel::Result {
    #[derive(Deserialize)]
    struct Order {
        topic: String,
        event: String,
        payload: Value,
    }

    let order: Order = payload.deserialize()?;
    let content = Payload::json(&order.payload)?;
    socket
        .pubsub()
        .broadcast(order.topic, order.event, content)?;
    Flow::ok(Payload::empty())
}

fn value(payload: &Payload) -> Result<Value, PayloadError> {
    payload.deserialize()
}

fn shape(payload: &Payload) -> Result<&'static str, PayloadError> {
    if payload.as_binary().is_some() {
        return Ok("binary");
    }
    Ok(match value(payload)? {
        Value::Object(_) => "map",
        Value::Array(_) => "list",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Null => "null",
        Value::Bool(_) => "boolean",
    })
}
