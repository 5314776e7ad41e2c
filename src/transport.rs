//! Transports: how the frames of a connection travel. Both end in a [`Driver`](crate::socket::Driver).

mod frame_reader;
pub(crate) mod websocket;

use std::time::Duration;

/// The options of a socket's WebSocket transport, the `websocket: [...]` of Phoenix.
#[derive(Clone, Copy, Debug)]
pub struct WebSocketOptions {
    /// The connection closes when nothing was received for that long; default 60 s (U-2).
    pub timeout: Duration,
    /// The largest frame a client may send; beyond it the connection closes with 1009. Default 10,000,000 (U-3).
    pub frame_bytes_max: usize,
    /// The largest message in fragments; default 8,000,000 (U-3).
    pub message_bytes_max: usize,
}

impl Default for WebSocketOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            frame_bytes_max: 10_000_000,
            message_bytes_max: 8_000_000,
        }
    }
}
