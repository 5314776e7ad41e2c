//! Tests of channels without sockets, as `Phoenix.ChannelTest`.
//!
//! A test connects to its [`Endpoint`] in memory and speaks with channels in the verbs of Phoenix: [`connect`],
//! [`Socket::subscribe_and_join`], [`Channel::push`], [`Channel::assert_reply`], [`Channel::assert_push`],
//! [`Channel::assert_broadcast`]. Everything between is the real thing: `connect` and `id` run, topics find their
//! routes, each channel has its task, and payloads go through the V2 serializer. Only the transport is missing.
//!
//! ```
//! use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
//! use bennu::endpoint::Mount;
//! use bennu::protocol::{Payload, form::Params};
//! use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
//! use bennu::{Assigns, testing};
//! use serde_json::json;
//!
//! struct UserSocket;
//!
//! impl Handler for UserSocket {
//!     async fn connect(&self, _: &Params, _: &ConnectInfo, _: &mut Assigns) -> Result<(), ConnectError> {
//!         Ok(())
//!     }
//! }
//!
//! struct Room;
//!
//! impl Channel for Room {
//!     type Info = ();
//!
//!     async fn join(_: Payload, _: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
//!         Ok((Self, Payload::empty()))
//!     }
//!
//!     async fn handle_in(&mut self, event: &str, payload: Payload, socket: &mut Socket<Self>) -> channel::Result {
//!         match event {
//!             "ping" => Flow::ok(payload),
//!             "shout" => {
//!                 socket.broadcast("shouted", payload)?;
//!                 Ok(Flow::NoReply)
//!             }
//!             _ => Flow::unhandled(event),
//!         }
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! // In a test: #[tokio::test(start_paused = true)]
//! let endpoint = testing::endpoint(Mount::new(UserSocket, Routes::new().channel::<Room>("room:*")));
//! let socket = testing::connect(&endpoint, "/socket").await?;
//! let (_, mut room) = socket.subscribe_and_join("room:lobby", json!({})).await.expect("anybody may join");
//!
//! let ping = room.push("ping", json!({"hello": "there"}));
//! room.assert_reply(&ping, "ok", json!({"hello": "there"})).await;
//!
//! room.push("shout", json!({"body": "all", "by": "ada"}));
//! room.assert_broadcast("shouted", json!({"body": "all"})).await;
//! room.assert_push("shouted", json!({"body": "all"})).await;
//! # Ok::<(), ConnectError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Patterns
//! What an assertion expects is a [`Pattern`]: a JSON value, whose objects may leave out keys as an Elixir map pattern
//! does; [`Any`]; [`matching`] with a condition, the guard of an Elixir pattern; or `Bytes` for a binary payload.
//! Assertions return the payload that matched, to look at it more closely, and panic with a list of what did come.
//!
//! # Time
//! Assertions wait one second and refutations 100 ms, unless [`Channel::assert_timeout`] and
//! [`Channel::refute_timeout`] say otherwise. Under tokio's paused clock both cost nothing: time moves on only once no
//! task has work left, so that a refutation is certain.
//!
//! # Crashes
//! A channel that crashes, or panics, takes its test along: the next verb on it panics with the cause. After
//! [`Channel::unlink`] it does not, and [`Channel::ended`] tells the reason.
#![cfg_attr(all(feature = "live", feature = "testing"), doc = "")]
#![cfg_attr(
    all(feature = "live", feature = "testing"),
    doc = include_str!("testing/live.md")
)]

mod broadcasts;
mod channel;
mod connect;
mod connection;
mod inbox;
#[cfg(all(feature = "live", feature = "testing"))]
mod live;
mod pattern;
mod socket;

use std::time::Duration;

use crate::assigns::Assigns;
use crate::endpoint::{Endpoint, Mount};
use crate::token::SecretKeyBase;

pub use broadcasts::Broadcasts;
pub use channel::Channel;
pub use connect::Connect;
#[cfg(all(feature = "live", feature = "testing"))]
pub use live::{
    Conn, Element, Form, Redirected, Target, Upload, UploadError, UploadFile, View, build_conn,
    isolated, live, render_component, rendered_to_string,
};
pub use pattern::{Any, Matching, Pattern, matching};
pub use socket::Socket;

/// How long an assertion waits.
const ASSERT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a refutation waits.
const REFUTE_TIMEOUT: Duration = Duration::from_millis(100);

/// An endpoint with nothing but this socket at `/socket`, for tests of one socket's channels.
///
/// # Panics
/// When the parts of the mount contradict each other.
#[must_use]
#[track_caller]
pub fn endpoint(mount: Mount) -> Endpoint {
    let built = Endpoint::builder(secret_key_base())
        .socket("/socket", mount)
        .build();
    built.unwrap_or_else(|cause| panic!("{cause}"))
}

fn secret_key_base() -> SecretKeyBase {
    SecretKeyBase::new("t".repeat(64)).expect("64 bytes are enough")
}

/// Connects to the socket that the endpoint mounts at `path`, through its `connect` and `id`, as `connect/3`.
///
/// Await the result, after adding to the request what it needs:
///
/// ```
/// # use bennu::endpoint::Mount;
/// # use bennu::protocol::form::Params;
/// # use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
/// # use bennu::{Assigns, testing};
/// # use serde_json::json;
/// struct UserSocket;
///
/// impl Handler for UserSocket {
///     async fn connect(&self, params: &Params, _: &ConnectInfo, assigns: &mut Assigns) -> Result<(), ConnectError> {
///         let user = params.text("user").ok_or(ConnectError::Refused)?;
///         assigns.assign(user.to_owned());
///         Ok(())
///     }
///
///     fn id(&self, assigns: &Assigns) -> Option<String> {
///         Some(format!("users:{}", assigns.expect::<String>()))
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let endpoint = testing::endpoint(Mount::new(UserSocket, Routes::new()));
/// let refused = testing::connect(&endpoint, "/socket").await;
/// assert!(matches!(refused, Err(ConnectError::Refused)));
///
/// let socket = testing::connect(&endpoint, "/socket").params(json!({"user": "ada"})).await?;
/// assert_eq!(socket.id(), Some("users:ada"));
/// # Ok::<(), ConnectError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn connect(endpoint: &Endpoint, path: &str) -> Connect {
    Connect::new(endpoint, path)
}

/// A socket that is connected without asking `connect`, with these assigns and this id, as `socket/3`.
///
/// # Panics
/// When the endpoint mounts no socket at `path`, or outside of a tokio runtime.
#[must_use]
#[track_caller]
pub fn socket(endpoint: &Endpoint, path: &str, id: Option<&str>, assigns: Assigns) -> Socket {
    let accepted = endpoint.accept_unasked(path, id, assigns);
    Socket::new(accepted.unwrap_or_else(|| panic!("the endpoint has no socket at {path}")))
}

/// Listens to the broadcasts of a topic, as `@endpoint.subscribe(topic)` before `assert_broadcast`.
///
/// # Panics
/// When the endpoint's hub is full.
#[must_use]
#[track_caller]
pub fn subscribe(endpoint: &Endpoint, topic: &str) -> Broadcasts {
    Broadcasts::of(endpoint.pubsub(), topic)
}
