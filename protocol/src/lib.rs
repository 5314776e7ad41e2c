//! Phoenix channel frames: bytes to values and back, without I/O.
//!
//! | word | meaning |
//! |---|---|
//! | [`Frame`] | one data message as a transport received it: text or binary |
//! | [`Message`] | a decoded frame from a client |
//! | [`Reply`], [`Push`] | what one client gets back: an answer to its message, or an unasked event |
//! | broadcast | one event for every subscriber of a topic, encoded once |
//! | [`Payload`] | the content of any of them: raw JSON or bytes |
//! | [`WireFrame`] | an encoded frame, WebSocket header included, shared by all who send it |
//!
//! ```
//! use bennu_protocol::{Frame, Payload, Reply, Serializer, Status};
//!
//! let serializer = Serializer::negotiate(Some("2.0.0"))?;
//! let message = serializer.decode(Frame::Text(
//!     r#"["1","2","room:lobby","echo",{"hello":"world"}]"#.into(),
//! ))?;
//! assert_eq!(message.topic, "room:lobby");
//!
//! let reply = Reply {
//!     join_ref: message.join_ref,
//!     reference: message.reference,
//!     topic: message.topic,
//!     status: Status::OK,
//!     response: message.payload,
//! };
//! assert_eq!(
//!     serializer.encode_reply(&reply)?.text().unwrap(),
//!     r#"["1","2","room:lobby","phx_reply",{"status":"ok","response":{"hello":"world"}}]"#,
//! );
//!
//! let everyone = serializer.encode_broadcast("room:lobby", "entered", &Payload::empty())?;
//! assert_eq!(everyone.text().unwrap(), r#"[null,null,"room:lobby","entered",{}]"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing a client sends makes this crate panic. What a client could grow is bounded:
//! [`DEPTH_MAX`], [`REF_BYTES_MAX`], [`NAME_BYTES_MAX`], [`form::Bounds`],
//! [`longpoll::MESSAGES_MAX`], and what [`permessage_deflate::inflate`] makes of a message; the
//! size of a whole frame or body is the transport's to limit.

pub mod event;
pub mod form;
pub mod live;
pub mod longpoll;
pub mod permessage_deflate;
pub mod presence;

mod error;
mod frame;
mod json;
mod message;
mod payload;
mod serializer;

pub use error::{DecodeError, EncodeError, PayloadError, VersionError};
pub use frame::{CONTROL_BYTES_MAX, Frame, Opcode, WireFrame};
pub use json::DEPTH_MAX;
pub use message::{Message, NAME_BYTES_MAX, Name, Push, REF_BYTES_MAX, Ref, Reply, Status};
pub use payload::Payload;
pub use serializer::Serializer;
