//! Who is present under a topic.

use bennu::Presence;
use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
use bennu::protocol::{Payload, PayloadError, event};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::user_socket::User;

/// The channel of `presence:*`: whoever joins is present until the channel ends.
pub(crate) struct PresenceChannel {
    presence: Presence,
    key: String,
    /// What the client said of itself when it joined.
    meta: Map<String, Value>,
}

#[derive(Deserialize)]
struct Joining {
    meta: Option<Map<String, Value>>,
}

impl Channel for PresenceChannel {
    type Info = ();

    async fn join(
        payload: Payload,
        socket: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), JoinError> {
        let User(user) = socket.assigns();
        let channel = Self {
            presence: socket.assigns::<Presence>().clone(),
            key: user.clone().unwrap_or_else(|| "anon".to_owned()),
            meta: online(&payload)?,
        };
        Ok((channel, Payload::empty()))
    }

    async fn after_join(&mut self, socket: &mut Socket<Self>) -> channel::Result<()> {
        self.presence.track(socket, &*self.key, &self.meta)?;
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
            "update" => {
                let meta: Value = payload.deserialize()?;
                self.presence.update(socket, &*self.key, meta)?;
                Flow::ok(Payload::empty())
            }
            "untrack" => {
                self.presence.untrack(socket, &*self.key);
                Flow::ok(Payload::empty())
            }
            "list" => Flow::ok(&self.presence.list(socket.topic()).await),
            _ => Flow::unhandled(event),
        }
    }
}

fn online(payload: &Payload) -> Result<Map<String, Value>, PayloadError> {
    let joining: Joining = payload.deserialize()?;
    let mut meta = Map::from_iter([("status".to_owned(), "online".into())]);
    meta.extend(joining.meta.unwrap_or_default());
    Ok(meta)
}
