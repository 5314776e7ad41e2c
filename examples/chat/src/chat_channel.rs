//! The channel beside a room's live view, on the same socket: it tells the page's script what the page cannot see.

use bennu::Registry;
use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Recipient, Socket};
use bennu::protocol::Payload;
use serde_json::json;

use crate::live_socket::PageSession;

/// The channels of all pages, for their live views to find.
pub(crate) type EventBuses = Registry<PageSession, Recipient<Event>>;

/// What a live view asks its page's channel to tell the script.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A message is in the page from now on.
    NewMessage { id: i64 },
}

pub(crate) struct ChatChannel;

impl Channel for ChatChannel {
    type Info = Event;

    async fn join(_: Payload, socket: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
        let buses: &EventBuses = socket.assigns();
        // A page that reconnects may be here before its former connection was noticed to be gone.
        let registration = buses.register_or_replace(*socket.assigns(), socket.recipient())?;
        socket.own(registration);
        Ok((Self, Payload::empty()))
    }

    async fn handle_info(&mut self, event: Event, socket: &mut Socket<Self>) -> channel::Result {
        match event {
            Event::NewMessage { id } => socket.push("new_message", json!({"id": id}))?,
        }
        Ok(Flow::NoReply)
    }
}
