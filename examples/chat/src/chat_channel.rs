//! The channel beside a room's live view, on the same socket: it tells the page's script what the page cannot see.

use bennu::Registry;
use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Recipient, Socket};
use bennu::protocol::Payload;
use serde_json::json;

use crate::live_socket::ConnectionId;

/// The channels of all pages, for their live views to find.
pub(crate) type EventBuses = Registry<EventBus, Recipient<Event>>;

/// Which channel: that of one room on one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EventBus {
    connection: ConnectionId,
    topic: String,
}

impl EventBus {
    pub(crate) fn of_room(connection: ConnectionId, chat_id: i64) -> Self {
        let topic = format!("event_bus:{chat_id}");
        Self { connection, topic }
    }
}

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
        let bus = EventBus {
            connection: *socket.assigns(),
            topic: socket.topic().to_owned(),
        };
        let buses: &EventBuses = socket.assigns();
        // A page that joins twice may be here before its former channel has ended.
        let registration = buses.register_or_replace(bus, socket.recipient())?;
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
