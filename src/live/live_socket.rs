//! The socket of live pages.

use crate::assigns::Assigns;
use crate::protocol::form::Params;
use crate::socket::{ConnectError, ConnectInfo, Handler};

/// The entry of the session that names the topic on which all pages of a visitor can be told to disconnect.
const SESSION_KEY: &str = "live_socket_id";

/// The handler of a socket for live pages, which everybody may connect to: `Phoenix.LiveView.Socket`.
///
/// Where the session says `live_socket_id`, that is the socket's id: broadcasting `disconnect` to it when its user signs
/// out makes all of the user's pages connect anew, and then load anew.
///
/// ```
/// # use bennu::endpoint::Mount;
/// # use bennu::live::{LiveSocket, LiveViews};
/// # use bennu::socket::Routes;
/// # fn mount(views: &LiveViews) -> Mount {
/// Mount::new(LiveSocket, Routes::new().live(views))
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct LiveSocket;

struct SocketId(String);

impl Handler for LiveSocket {
    async fn connect(
        &self,
        _: &Params,
        info: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> Result<(), ConnectError> {
        let id = info.session().and_then(|session| session.get(SESSION_KEY));
        if let Some(id) = id.and_then(|id| id.as_str()) {
            assigns.assign(SocketId(id.to_owned()));
        }
        Ok(())
    }

    fn id(&self, assigns: &Assigns) -> Option<String> {
        assigns.of().map(|SocketId(id)| id.clone())
    }
}
