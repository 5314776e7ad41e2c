//! The events of Supabase's Realtime clients.

use bennu::Presence;
use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
use bennu::protocol::{Payload, event};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The channel of `realtime:*`: broadcasts and presences as these clients name them, without a database.
pub(crate) struct RealtimeChannel {
    presence: Presence,
    config: Config,
}

#[derive(Deserialize)]
struct Joining {
    config: Config,
}

/// What a client asks of the channel when it joins.
#[derive(Deserialize)]
struct Config {
    broadcast: BroadcastConfig,
    presence: PresenceConfig,
}

#[derive(Deserialize)]
struct BroadcastConfig {
    /// Whether the sender receives its own broadcasts.
    #[serde(rename = "self", default)]
    to_self: bool,
}

#[derive(Deserialize)]
struct PresenceConfig {
    key: String,
}

/// The payload of `presence`; any other event than these crashes the channel.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum PresenceOrder {
    Track { payload: Map<String, Value> },
    Untrack,
}

impl Channel for RealtimeChannel {
    type Info = ();

    async fn join(
        payload: Payload,
        socket: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), JoinError> {
        let Joining { config } = payload.deserialize()?;
        let presence = socket.assigns::<Presence>().clone();
        let response = Payload::json(&json!({ "postgres_changes": [] }))?;
        Ok((Self { presence, config }, response))
    }

    async fn after_join(&mut self, socket: &mut Socket<Self>) -> channel::Result<()> {
        let state = self.presence.list(socket.topic()).await;
        Ok(socket.push(event::PRESENCE_STATE, &state)?)
    }

    async fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        match event {
            "broadcast" => {
                if self.config.broadcast.to_self {
                    socket.broadcast(event, payload)?;
                } else {
                    socket.broadcast_from(event, payload)?;
                }
                Flow::ok(Payload::empty())
            }
            "presence" => self.change_presence(&payload, socket),
            "access_token" => Ok(Flow::NoReply),
            _ => Flow::unhandled(event),
        }
    }
}

impl RealtimeChannel {
    fn change_presence(&self, payload: &Payload, socket: &mut Socket<Self>) -> channel::Result {
        let key = &*self.config.presence.key;
        match payload.deserialize()? {
            PresenceOrder::Track { payload } => {
                self.presence.track(socket, key, &payload)?;
            }
            PresenceOrder::Untrack => self.presence.untrack(socket, key),
        }
        Flow::ok(Payload::empty())
    }
}
