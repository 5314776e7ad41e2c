//! Sockets: who may connect, and which channel a topic belongs to, as `Phoenix.Socket`.
//!
//! ```
//! use bennu::channel::{Channel, JoinError, JoinSocket};
//! use bennu::protocol::{Payload, form::Params};
//! use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
//! use bennu::Assigns;
//!
//! struct UserId(String);
//!
//! struct UserSocket;
//!
//! impl Handler for UserSocket {
//!     async fn connect(&self, params: &Params, _: &ConnectInfo, assigns: &mut Assigns) -> Result<(), ConnectError> {
//!         let user = params.text("user").ok_or(ConnectError::Refused)?;
//!         assigns.assign(UserId(user.to_owned()));
//!         Ok(())
//!     }
//!
//!     fn id(&self, assigns: &Assigns) -> Option<String> {
//!         Some(format!("users:{}", assigns.expect::<UserId>().0))
//!     }
//! }
//! # struct Room;
//! # impl Channel for Room {
//! #     type Info = ();
//! #     async fn join(_: Payload, _: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
//! #         Ok((Self, Payload::empty()))
//! #     }
//! # }
//!
//! let routes = Routes::new().channel::<Room>("room:*");
//! ```

mod connect_info;
mod connection;
mod driver;
mod raw;
mod routes;

use std::fmt;
use std::future::Future;
use std::time::Duration;

use crate::assigns::Assigns;
use crate::channel::OutboxLimits;
use crate::protocol::form::Params;

pub use connect_info::ConnectInfo;
pub use raw::{Control, RawFlow, RawLink, RawSocket};
pub use routes::Routes;

pub(crate) use connection::{Action, Connection};
pub(crate) use driver::{Accepted, Channels, Driver, Handled, Serves};
pub(crate) use raw::{Connect as ConnectRaw, Start, connector};

/// Decides who may connect, as the `connect/3` and `id/1` of a Phoenix socket.
pub trait Handler: Send + Sync + 'static {
    /// Accepts or refuses a connection; what it assigns is there for every channel of the connection.
    fn connect(
        &self,
        params: &Params,
        info: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> impl Future<Output = Result<(), ConnectError>> + Send;

    /// The topic on which the connection can be told to `disconnect`; none for an anonymous one (K-1).
    fn id(&self, assigns: &Assigns) -> Option<String> {
        let _ = assigns;
        None
    }
}

/// The handler of a socket that everybody may connect to, anonymously.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anyone;

impl Handler for Anyone {
    async fn connect(
        &self,
        _: &Params,
        _: &ConnectInfo,
        _: &mut Assigns,
    ) -> Result<(), ConnectError> {
        Ok(())
    }
}

/// Why a connection was refused.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// 403 with an empty body, `:error` in Phoenix.
    Refused,
    /// The whole answer, for a socket that says why, `{:error, reason}` with an error handler in Phoenix (C-2).
    /// Over long poll the client still sees a plain 403 (8.1).
    Response(Box<http::Response<String>>),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("the socket refused the connection"),
            Self::Response(response) => write!(
                f,
                "the socket answered the connection with {}",
                response.status()
            ),
        }
    }
}

impl std::error::Error for ConnectError {}

/// What one connection may use; every limit has a default.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Channels that one connection may have joined at a time; default 100 (D-4). Together with
    /// those on their way out there may be twice as many; beyond that, joins are refused until one has ended.
    pub channels_max: usize,
    /// Messages that may wait for one channel or raw socket; default 1,000. A client that sends more is read no further until
    /// there is room; a channel that does not keep up with its subscriptions ends with `phx_error`.
    pub mail_max: usize,
    /// Bytes of payload that may wait for one channel or raw socket, a single larger message excepted; default 16 MiB.
    /// At the edge it is as with `mail_max`.
    pub mail_bytes_max: usize,
    /// What may wait to be written; beyond it the connection closes with 1013.
    pub outbox: OutboxLimits,
    /// How long a channel may take to end before it is killed; default 5 s (E-4).
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            channels_max: 100,
            mail_max: 1_000,
            mail_bytes_max: 16 * 1024 * 1024,
            outbox: OutboxLimits::default(),
            shutdown: Duration::from_secs(5),
        }
    }
}
