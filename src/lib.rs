//! A server for Phoenix front ends: the unmodified npm packages `phoenix` and `phoenix_live_view` connect to it, join
//! channels and live views, and cannot tell that no Elixir is behind it.
//!
//! ```text
//!              ┌ transport ┐   ┌──── socket ────┐   ┌────── channel ──────┐
//!   client ──▶ │ WebSocket │──▶│ which topic?   │──▶│ mailbox ─▶ callback │──┐
//!      ▲       └───────────┘   │ joined? stale? │   │ (a task per topic)  │  │ reply, push
//!      │                       └────────────────┘   └─────────────────────┘  │
//!      └────────────── one vectored write ◀── outbox ◀───────────────────────┤
//!                                               ▲                            │ broadcast
//!                       every subscriber of the topic ◀── pubsub ◀───────────┘
//! ```
//!
//! | to | look at | in Phoenix |
//! |---|---|---|
//! | answer HTTP requests, mount sockets, serve | [`endpoint`] | `Phoenix.Endpoint`, `Phoenix.Router` |
//! | decide who may connect, route topics | [`socket`] | `Phoenix.Socket` |
//! | handle a topic | [`channel`] | `Phoenix.Channel` |
//! | show a page that stays connected | `live` (feature `live`) | `Phoenix.LiveView` |
//! | know who is there | [`presence`] | `Phoenix.Presence` |
//! | tell everyone | [`pubsub`] | `Phoenix.PubSub` |
//! | find a channel from elsewhere | [`registry`] | `Registry` |
//! | sign and check tokens, keep sessions | [`token`], [`session`] | `Phoenix.Token`, `Plug.Session` |
//!
//! # A first channel
//!
//! ```no_run
//! use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
//! use bennu::endpoint::{Endpoint, Mount};
//! use bennu::protocol::Payload;
//! use bennu::socket::{Anyone, Routes};
//! use bennu::token::SecretKeyBase;
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
//!             "shout" => {
//!                 socket.broadcast("shout", payload)?;
//!                 Ok(Flow::NoReply)
//!             }
//!             _ => Flow::unhandled(event),
//!         }
//!     }
//! }
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::builder(SecretKeyBase::new(std::env::var("SECRET_KEY_BASE")?)?)
//!     .socket("/socket", Mount::new(Anyone, Routes::new().channel::<Room>("room:*")))
//!     .build()?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:4000").await?;
//! endpoint.serve(listener, std::future::pending()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # A first live view
//!
//! See the `live` module, or the thirty lines of the README.

// The macros write `::bennu::…`, also inside this crate.
#[cfg(feature = "live")]
extern crate self as bennu;

mod assigns;
pub mod channel;
pub mod endpoint;
#[cfg(feature = "live")]
pub mod live;
pub mod presence;
pub mod pubsub;
pub mod registry;
pub mod session;
pub mod socket;
pub mod telemetry;
pub mod testing;
pub mod token;
mod transport;

pub use bennu_protocol as protocol;

/// The README's example, compiled.
#[cfg(all(doctest, feature = "live"))]
#[doc = include_str!("../README.md")]
struct Readme;

pub use assigns::Assigns;
pub use presence::Presence;
pub use registry::Registry;

#[cfg(feature = "live")]
#[doc = include_str!("live/slot_attributes.md")]
pub use bennu_macros::SlotAttributes;
#[cfg(feature = "live")]
#[doc = include_str!("live/component.md")]
pub use bennu_macros::component;
#[cfg(feature = "live")]
#[doc = include_str!("live/heex.md")]
pub use bennu_macros::heex;
#[cfg(feature = "live")]
#[doc = include_str!("live/heex_file.md")]
pub use bennu_macros::heex_file;

/// What the expansion of `heex!` and `#[component]` calls; not part of the public interface.
#[cfg(feature = "live")]
#[doc(hidden)]
pub mod __private {
    pub use crate::live::attributes::{
        Attribute, AttributeValue, Attributes, Classes, GlobalAttributes, List, TakesRest, joined,
        rest_attribute, rest_attributes,
    };
    pub use crate::live::colocated::{Asset, HookName};
    pub use crate::live::rendered::props::{Given, Missing, OptionalText};
    pub use crate::live::rendered::{
        Comprehension, Dynamic, Render, Rendered, Rows, Sink, Slot, SlotAttributes, SlotVisitor,
        Template, comprehension, rendered,
    };
    pub use inventory;
    pub use serde;
}

/// The guides, whose examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/migrating-from-phoenix.md")]
mod migrating_from_phoenix {}
