//! The one socket of a page: live views and the room's channel share it.

use bennu::Assigns;
use bennu::protocol::form::Params;
use bennu::socket::{ConnectError, ConnectInfo, Handler};
use bennu::token::{MaxAge, SecretKeyBase, Token};
use uuid::Uuid;

/// Signs the page's session for `<meta name="channel_token">`.
const SALT: &str = "user salt";
const MAX_AGE: MaxAge = MaxAge::Seconds(86_400);

/// One page in one tab; its live view finds its channel by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageSession(pub(crate) Uuid);

impl PageSession {
    /// A token for a page that is being rendered.
    pub(crate) fn sign_new(secret_key_base: &SecretKeyBase) -> String {
        Token::new(secret_key_base, SALT).sign(Uuid::new_v4().to_string())
    }

    fn verify(token: Option<&str>, secret_key_base: &SecretKeyBase) -> Option<Self> {
        let term = Token::new(secret_key_base, SALT)
            .verify(token, MAX_AGE)
            .ok()?;
        term.as_str()?.parse().ok().map(Self)
    }
}

/// Lets pages in that carry a token of ours.
pub(crate) struct LiveSocket;

impl Handler for LiveSocket {
    async fn connect(
        &self,
        params: &Params,
        _: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> Result<(), ConnectError> {
        let session = PageSession::verify(params.text("channel_token"), assigns.expect());
        assigns.assign(session.ok_or(ConnectError::Refused)?);
        Ok(())
    }
}
