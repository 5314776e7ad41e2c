//! Who may connect.

use bennu::Assigns;
use bennu::protocol::form::Params;
use bennu::socket::{ConnectError, ConnectInfo, Handler};
use http::{Response, StatusCode};

/// The socket of rooms and presences: the parameter `reject` asks to be refused.
pub(crate) struct UserSocket;

/// The name that the parameter `user` gave, if there was one.
pub(crate) struct User(pub(crate) Option<String>);

impl Handler for UserSocket {
    async fn connect(
        &self,
        params: &Params,
        _: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> Result<(), ConnectError> {
        match params.text("reject") {
            Some("error") => return Err(ConnectError::Refused),
            Some("reason") => return Err(too_many_requests()),
            _ => {}
        }
        assigns.assign(User(params.text("user").map(str::to_owned)));
        Ok(())
    }

    fn id(&self, assigns: &Assigns) -> Option<String> {
        let User(user) = assigns.expect();
        user.as_ref().map(|user| format!("users:{user}"))
    }
}

fn too_many_requests() -> ConnectError {
    let mut response = Response::new("Too many requests".to_owned());
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    ConnectError::Response(Box::new(response))
}
