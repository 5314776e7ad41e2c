//! Documents that are edited together.

use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
use bennu::protocol::Payload;

/// The channel of `yjs:*`: it hands the binary messages of one editor to the others, who answer as a server would.
pub(crate) struct YjsChannel;

impl Channel for YjsChannel {
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
            // A question for the state of the document, which every other editor knows.
            "yjs_sync" | "yjs" => socket.broadcast_from("yjs", payload)?,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }
}
