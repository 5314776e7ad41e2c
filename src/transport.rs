//! Transports: how the frames of a connection travel. Both end in a [`Driver`](crate::socket::Driver).

mod frame_reader;
pub(crate) mod longpoll;
pub(crate) mod websocket;

use std::time::Duration;

use crate::protocol;

/// The options of a socket's WebSocket transport, the `websocket: [...]` of Phoenix.
#[derive(Clone, Copy, Debug)]
pub struct WebSocketOptions {
    /// The connection closes when nothing was received for that long; default 60 s (U-2).
    pub timeout: Duration,
    /// The largest frame a client may send; beyond it the connection closes with 1009. Default 10,000,000 (U-3).
    pub frame_bytes_max: usize,
    /// The largest message in fragments; default 8,000,000 (U-3).
    pub message_bytes_max: usize,
    /// Whether messages are compressed for clients that offer to decompress them, as browsers do: permessage-deflate,
    /// RFC 7692 (U-4). Default: they are not.
    ///
    /// It is worth it where the network is slower than the processor: pages and lists in JSON take a third to a sixth of
    /// the bytes, for 10 to 20 microseconds and three more with each further kilobyte. Messages shorter than
    /// [`COMPRESSED_BYTES_MIN`](crate::protocol::permessage_deflate::COMPRESSED_BYTES_MIN) bytes leave as they are. A
    /// broadcast is compressed once for all who get it, and a connection holds no memory for it: neither side takes
    /// the context of one message over to the next. What compresses belongs to the threads, half a megabyte each.
    ///
    /// What a client sends compressed may become as large as what it may send otherwise; beyond it the connection
    /// closes with 1009, and with 1007 where it cannot be decompressed. Ten kilobytes can become ten megabytes, so that a
    /// client needs little of its own to keep the server busy: lower [`frame_bytes_max`](Self::frame_bytes_max) and
    /// [`message_bytes_max`](Self::message_bytes_max) to what the application's messages need.
    ///
    /// A message must not hold a secret beside text that other people choose: the length of what is compressed together
    /// betrays the one to who controls the other and sees the length.
    ///
    /// ```
    /// use bennu::endpoint::{Mount, WebSocketOptions};
    /// use bennu::socket::{Anyone, Routes};
    ///
    /// let mount = Mount::new(Anyone, Routes::new()).websocket(WebSocketOptions {
    ///     compress: true,
    ///     ..WebSocketOptions::default()
    /// });
    /// ```
    pub compress: bool,
    /// How long a client may take to answer a close frame, or to read what is left before it; default 5 s.
    pub close_timeout: Duration,
}

impl Default for WebSocketOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            frame_bytes_max: 10_000_000,
            message_bytes_max: 8_000_000,
            compress: false,
            close_timeout: Duration::from_secs(5),
        }
    }
}

/// The options of a socket's long-poll transport, the `longpoll: [...]` of Phoenix.
///
/// A session lives on the node that opened it. Requests that a load balancer sends to another node reach it through
/// pubsub, given the same secret and an [`Adapter`](crate::pubsub::Adapter) that joins the nodes; frames for a client
/// that hangs up at another node are then lost, as in Phoenix.
///
/// Messages to such a client are text: a binary push, reply or broadcast to it is logged and dropped (L-9).
#[derive(Clone, Copy, Debug)]
pub struct LongPollOptions {
    /// How long a poll waits for messages and a post for its turn, `window_ms`; default 10 s. It has to stay below the
    /// `longpollerTimeout` of the clients, by default 20 s. A session that was not polled for one and a half windows
    /// ends (L-11).
    pub window: Duration,
    /// Frames that may wait for a poll; default 8,192. Beyond it the session ends: its client reconnects and joins
    /// again instead of living on with a gap.
    pub buffered_frames_max: usize,
    /// Bytes that may wait for a poll, those of the answer before included, a single larger frame excepted; default
    /// 8 MiB. Beyond it the session ends.
    pub buffered_bytes_max: usize,
    /// Sessions of this socket at a time; default 100,000. Beyond it a new client is answered with HTTP status 503 and
    /// tries again.
    pub sessions_max: u32,
    /// The largest body of a post; default 8,000,000 (L-6). Beyond it the answer is HTTP status 400.
    pub body_bytes_max: usize,
    /// The most messages in one post; default 1,000. Beyond it the answer is HTTP status 400 and none is handled.
    /// Phoenix drops all after the hundredth in silence.
    pub messages_max: usize,
    /// How long another node may take to say that a session lives there, `pubsub_timeout_ms`; default 2 s. After it the
    /// client is given a new session (L-12).
    pub pubsub_timeout: Duration,
    /// How old the token of a session may get, `crypto: [max_age: ...]`; default two weeks (L-13).
    pub token_max_age: Duration,
    /// Whether answers are gzipped for clients that accept it (L-15). Default: they are not, since an answer holds the
    /// session's token beside text that other people write, and the size of what is compressed together betrays the
    /// one to the other (the BREACH attack).
    pub compress: bool,
}

impl Default for LongPollOptions {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(10),
            buffered_frames_max: 8_192,
            buffered_bytes_max: 8 * 1024 * 1024,
            sessions_max: 100_000,
            body_bytes_max: 8_000_000,
            messages_max: protocol::longpoll::MESSAGES_MAX,
            pubsub_timeout: Duration::from_secs(2),
            token_max_age: Duration::from_secs(1_209_600),
            compress: false,
        }
    }
}
