//! A socket to poll.

use std::sync::Arc;

use bennu::Assigns;
use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
use bennu::endpoint::{Builder, Endpoint, LongPollOptions, Mount};
use bennu::protocol::Payload;
use bennu::protocol::form::Params;
use bennu::socket::{ConnectError, ConnectInfo, Handler, Limits, Routes};
use bennu::token::SecretKeyBase;
use tokio::sync::Semaphore;

/// An endpoint with one socket at `/socket`.
pub(super) fn endpoint(options: LongPollOptions) -> Endpoint {
    let builder = builder().socket("/socket", mount().longpoll(options));
    builder.build().expect("the parts fit")
}

pub(super) fn builder() -> Builder {
    let secret_key_base = SecretKeyBase::new("k".repeat(64)).expect("long enough");
    Endpoint::builder(secret_key_base).assign(Gate::default())
}

/// A socket whose channels have room for one message beside the one they handle.
pub(super) fn mount() -> Mount {
    let routes = Routes::new().channel::<Room>("room:*");
    Mount::new(UserSocket, routes).limits(Limits {
        mail_max: 1,
        ..Limits::default()
    })
}

/// Holds up the channels that `wait` at it.
#[derive(Clone)]
pub(super) struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }
}

impl Gate {
    pub(super) fn open(&self) {
        self.0.close();
    }

    async fn wait(&self) {
        // The semaphore never has permits: waiting ends with its closing.
        let closed = self.0.acquire().await;
        assert!(closed.is_err());
    }
}

/// What `connect` saw of the request.
struct Seen {
    tenant: Option<String>,
    auth_token: Option<String>,
}

struct UserSocket;

impl Handler for UserSocket {
    async fn connect(
        &self,
        params: &Params,
        info: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> Result<(), ConnectError> {
        match params.text("reject") {
            Some("error") => return Err(ConnectError::Refused),
            Some("reason") => {
                let response = http::Response::new("too many requests".to_owned());
                return Err(ConnectError::Response(Box::new(response)));
            }
            Some("panic") => panic!("connect failed on purpose"),
            _ => {}
        }
        assigns.assign(params.text("user").map(str::to_owned));
        assigns.assign(Seen {
            tenant: params.text("tenant").map(str::to_owned),
            auth_token: info.auth_token().map(str::to_owned),
        });
        Ok(())
    }

    fn id(&self, assigns: &Assigns) -> Option<String> {
        let user = assigns.expect::<Option<String>>().as_ref()?;
        Some(format!("users:{user}"))
    }
}

struct Room;

impl Channel for Room {
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
            "wait" => {
                socket.assigns::<Gate>().wait().await;
                Flow::ok(payload)
            }
            "shout" => {
                socket.broadcast("shouted", payload)?;
                Ok(Flow::NoReply)
            }
            "push_bytes" => {
                socket.push("bytes", Payload::binary(vec![0, 255]))?;
                Flow::ok(payload)
            }
            "shape" => Flow::ok(serde_json::json!({"binary": payload.as_binary().is_some()})),
            "seen" => {
                let seen = socket.assigns::<Seen>();
                Flow::ok(serde_json::json!({"tenant": seen.tenant, "auth_token": seen.auth_token}))
            }
            _ => Flow::unhandled(event),
        }
    }
}
