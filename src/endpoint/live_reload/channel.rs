//! What the frames of open pages listen to.

use serde::Deserialize;
use serde_json::json;

use crate::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
use crate::protocol::Payload;

/// The one topic of the socket.
pub(super) const TOPIC: &str = "phoenix:live_reload";
/// Tells that files of a kind have changed.
pub(super) const ASSETS_CHANGE: &str = "assets_change";
/// Carries a line of the server's log.
pub(super) const LOG: &str = "log";

/// Where editors say how they are opened: an address with `__FILE__`, `__RELATIVEFILE__` and `__LINE__` in it.
const EDITOR_VARIABLE: &str = "PLUG_EDITOR";

/// What a join is answered with.
pub(super) struct Joining(serde_json::Value);

impl Joining {
    pub(super) fn new(boot_id: String) -> Self {
        let mut reply = json!({"boot_id": boot_id});
        if let Ok(url) = std::env::var(EDITOR_VARIABLE) {
            reply["editor_url"] = url.into();
        }
        Self(reply)
    }
}

/// The channel of a frame. Its pushes are broadcasts of the watcher, which need nothing from here.
pub(super) struct LiveReloadChannel;

impl Channel for LiveReloadChannel {
    type Info = ();

    async fn join(_: Payload, socket: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
        let Joining(reply) = socket.assigns();
        Ok((Self, Payload::json(reply)?))
    }

    async fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        _: &mut Socket<Self>,
    ) -> channel::Result {
        match event {
            "full_path" => {
                let FullPath { rel_path } = payload.deserialize()?;
                let full_path = std::env::current_dir()?.join(rel_path);
                Flow::ok(json!({"full_path": full_path.to_string_lossy()}))
            }
            _ => Flow::unhandled(event),
        }
    }
}

/// Asks where a file of a template is, to open an editor there.
#[derive(Deserialize)]
struct FullPath {
    rel_path: String,
}
