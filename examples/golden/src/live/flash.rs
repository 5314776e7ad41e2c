//! Messages for the visitor, in a layout.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket, UseLayout};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde::Deserialize;

use super::layouts::App;

pub(super) struct FlashLive;

#[derive(Deserialize)]
struct Message {
    k: String,
    m: String,
}

impl LiveView for FlashLive {
    type Info = ();

    const LAYOUT: UseLayout = UseLayout::Layout(&App);

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "flash" => {
                let Message { k, m } = params.deserialize()?;
                socket.put_flash(k, m);
            }
            "clear" => socket.clear_flash(),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <div>flash page</div> }
    }
}
