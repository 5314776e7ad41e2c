//! The one socket of a page: live views and the rooms' channels share it.

use bennu::Assigns;
use bennu::protocol::form::Params;
use bennu::socket::{ConnectError, ConnectInfo, Handler};
use bennu::token::{MaxAge, SecretKeyBase, Token};
use uuid::Uuid;

/// Signs `<meta name="channel_token">`.
const SALT: &str = "user salt";
const MAX_AGE: MaxAge = MaxAge::Seconds(86_400);

/// A token for a page that is being rendered.
pub(crate) fn sign_channel_token(secret_key_base: &SecretKeyBase) -> String {
    Token::new(secret_key_base, SALT).sign(Uuid::new_v4().to_string())
}

/// One connection of one page: the views and channels on it find each other by this, and those of no other connection,
/// even if somebody opens two with one page's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(Uuid);

/// Lets pages in that carry a token of ours.
pub(crate) struct LiveSocket;

impl Handler for LiveSocket {
    async fn connect(
        &self,
        params: &Params,
        _: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> Result<(), ConnectError> {
        Token::new(assigns.expect(), SALT)
            .verify(params.text("channel_token"), MAX_AGE)
            .map_err(|_| ConnectError::Refused)?;
        assigns.assign(ConnectionId(Uuid::new_v4()));
        Ok(())
    }
}
