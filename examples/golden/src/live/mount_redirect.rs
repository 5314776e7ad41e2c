//! A view that sends its visitor elsewhere.

use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{LiveView, MountError, Socket};
use bennu::protocol::form::Params;
use bennu::session::Session;

pub(super) struct MountRedirectLive;

impl LiveView for MountRedirectLive {
    type Info = ();

    async fn mount(
        params: &Params,
        _: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        if params.text("when") == Some("connected") && !socket.connected() {
            return Ok(Self);
        }
        socket.put_flash("info", "from mount");
        match params.text("kind") {
            Some("redirect") => Err(MountError::redirect("/flash")),
            Some("navigate") => Err(MountError::navigate("/flash")),
            _ => panic!("mount failed on purpose"),
        }
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>redirecting</p> }
    }
}
