//! A room that echoes and broadcasts.

use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
use bennu::protocol::Payload;

/// The channel of `room:*`.
pub(crate) struct RoomChannel;

impl Channel for RoomChannel {
    type Info = ();

    async fn join(_: Payload, _: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
        Ok((Self, Payload::empty()))
    }

    async fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        match event {
            "echo" => Flow::ok(payload),
            "broadcast" => {
                socket.broadcast("msg", payload)?;
                Ok(Flow::NoReply)
            }
            _ => Flow::unhandled(event),
        }
    }
}
