//! Reserved events and topics of Phoenix channels.
//!
//! ```
//! use bennu_protocol::event;
//!
//! assert_eq!((event::PHOENIX, event::HEARTBEAT), ("phoenix", "heartbeat"));
//! ```

/// A client joins a topic.
pub const PHX_JOIN: &str = "phx_join";
/// A client leaves a topic.
pub const PHX_LEAVE: &str = "phx_leave";
/// The server answers a message.
pub const PHX_REPLY: &str = "phx_reply";
/// The channel ended in a crash; clients join again.
pub const PHX_ERROR: &str = "phx_error";
/// The channel ended in good order; clients do not join again.
pub const PHX_CLOSE: &str = "phx_close";
/// A client asks whether the server is there, on the topic [`PHOENIX`].
pub const HEARTBEAT: &str = "heartbeat";
/// The topic of the connection itself.
pub const PHOENIX: &str = "phoenix";
/// Broadcast on a socket's id topic: closes every connection of that id.
pub const DISCONNECT: &str = "disconnect";
/// Sent to channels when the server drains.
pub const PHX_DRAIN: &str = "phx_drain";
/// Pushed after a join: everyone present.
pub const PRESENCE_STATE: &str = "presence_state";
/// Broadcast when presences changed.
pub const PRESENCE_DIFF: &str = "presence_diff";
