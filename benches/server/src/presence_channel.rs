//! Who is there.

use bennu::Presence;
use bennu::channel::{self, Channel, JoinError, JoinSocket, Socket};
use bennu::protocol::{Payload, event};
use serde::Deserialize;
use serde_json::json;

/// The channel of `presence:*`: whoever joins is present until the channel ends.
pub(crate) struct PresenceChannel {
    uid: String,
}

#[derive(Deserialize)]
struct Joining {
    uid: Option<String>,
}

impl Channel for PresenceChannel {
    type Info = ();

    async fn join(
        payload: Payload,
        _: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), JoinError> {
        let joining: Joining = payload.deserialize()?;
        let uid = joining.uid.unwrap_or_else(|| "anon".to_owned());
        Ok((Self { uid }, Payload::empty()))
    }

    async fn after_join(&mut self, socket: &mut Socket<Self>) -> channel::Result<()> {
        let presence = socket.assigns::<Presence>().clone();
        presence.track(socket, &*self.uid, json!({ "at": 1 }))?;
        let state = presence.list(socket.topic()).await;
        Ok(socket.push(event::PRESENCE_STATE, &state)?)
    }
}
