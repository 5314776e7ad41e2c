//! What Bennu tells about itself: Phoenix's event names over `tracing`.
//!
//! This file alone spells names and fields, so that a dashboard built for Phoenix finds them in one place. The name of
//! an event is that of its metadata, which a `tracing_subscriber::Layer` sees; the message is the line that Phoenix
//! would log.
//!
//! | event | level | fields |
//! |---|---|---|
//! | `phoenix.endpoint.start` | info | `address` |
//! | `phoenix.socket_connected` | info, see [`Mount::log`](crate::endpoint::Mount::log) | `path`, `result` (`ok`, `error`), `duration_us` |
//! | `phoenix.channel_joined` | info, see [`Channel::LOG_JOIN`](crate::channel::Channel::LOG_JOIN) | `topic`, `result` (`ok`, `error`), `duration_us` |
//! | `phoenix.channel_handled_in` | debug, see [`Channel::LOG_HANDLE_IN`](crate::channel::Channel::LOG_HANDLE_IN) | `topic`, `event`, `duration_us` |
//! | `phoenix.live_view.mount` | debug | `view`, `uri`, `result` (`ok`, `error`), `duration_us` |
//! | `phoenix.live_view.handle_params` | debug | `view`, `uri`, `result`, `duration_us` |
//! | `phoenix.live_view.handle_event` | debug | `view`, `event`, `result`, `duration_us` |
//! | `phoenix.live_view.render` | debug | `view`, `result`, `duration_us` |
//! | `phoenix.live_component.update` | debug | `component`, `cid`, `result`, `duration_us` |
//! | `phoenix.live_component.handle_event` | debug | `component`, `cid`, `event`, `result`, `duration_us` |
//! | `phoenix.live_component.destroyed` | debug | `component`, `cid` |
//! | `phoenix.socket_drain` | info, see [`Drainer::log`](crate::endpoint::Drainer::log) | `path`, `count`, `total`, `index`, `rounds`, `interval_ms` |
//!
//! Nothing is measured, copied or filtered for an event that no subscriber wants. What clients can bring into the log is
//! bounded: a text is cut off after 4,096 bytes, and of each error and warning that a client can cause 500 per second are
//! told, and then how many were not.

mod brief;
#[cfg(feature = "live")]
mod live;
mod parameter_filter;

use std::fmt;
use std::time::{Duration, Instant};

use tracing::Level;

use crate::protocol::form::Params;
use crate::protocol::{EncodeError, Payload, Serializer};

#[cfg(feature = "live")]
use brief::brief;
use brief::{Brief, Burst};
#[cfg(feature = "live")]
pub(crate) use live::{LiveCallback, component_destroyed};
pub use parameter_filter::ParameterFilter;
use parameter_filter::Shown;

/// An event whose level is known at run time only.
macro_rules! event_at {
    ($level:expr, $name:literal, $($event:tt)+) => {
        match $level {
            Level::ERROR => tracing::event!(name: $name, Level::ERROR, $($event)+),
            Level::WARN => tracing::event!(name: $name, Level::WARN, $($event)+),
            Level::INFO => tracing::event!(name: $name, Level::INFO, $($event)+),
            Level::DEBUG => tracing::event!(name: $name, Level::DEBUG, $($event)+),
            Level::TRACE => tracing::event!(name: $name, Level::TRACE, $($event)+),
        }
    };
}

fn is_enabled(level: Level) -> bool {
    match level {
        Level::ERROR => tracing::enabled!(Level::ERROR),
        Level::WARN => tracing::enabled!(Level::WARN),
        Level::INFO => tracing::enabled!(Level::INFO),
        Level::DEBUG => tracing::enabled!(Level::DEBUG),
        Level::TRACE => tracing::enabled!(Level::TRACE),
    }
}

/// Something under way that will be told of when it is done.
struct Started {
    level: Level,
    at: Instant,
}

impl Started {
    /// None when nobody wants to know.
    fn now(level: Option<Level>) -> Option<Self> {
        let level = level.filter(|level| is_enabled(*level))?;
        let at = Instant::now();
        Some(Self { level, at })
    }

    fn took(&self) -> Took {
        Took(self.at.elapsed())
    }
}

/// A duration as Phoenix's log lines say it (T-1).
struct Took(Duration);

impl Took {
    fn micros(&self) -> u64 {
        u64::try_from(self.0.as_micros()).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.micros() {
            micros @ 0..=1_000 => write!(f, "{micros}µs"),
            micros => write!(f, "{}ms", micros / 1_000),
        }
    }
}

/// A client on its way in.
pub(crate) struct Connecting(Option<Started>);

/// What a line about a connection says.
pub(crate) struct ConnectingTo<'a> {
    /// The type of the socket's handler.
    pub(crate) socket: &'static str,
    pub(crate) path: &'a str,
    pub(crate) transport: &'static str,
    pub(crate) serializer: Serializer,
    pub(crate) params: &'a Params,
    pub(crate) filter: &'a ParameterFilter,
}

impl Connecting {
    pub(crate) fn begin(level: Option<Level>) -> Self {
        Self(Started::now(level))
    }

    pub(crate) fn end(self, accepted: bool, to: &ConnectingTo<'_>) {
        let Some(started) = self.0 else { return };
        let (result, line) = if accepted {
            ("ok", "CONNECTED TO")
        } else {
            ("error", "REFUSED CONNECTION TO")
        };
        let took = started.took();
        event_at!(
            started.level,
            "phoenix.socket_connected",
            path = to.path,
            result,
            duration_us = took.micros(),
            "{line} {} in {took}\n  Transport: {}\n  Serializer: {:?}\n  Parameters: {}",
            to.socket,
            to.transport,
            to.serializer,
            to.filter.show_params(to.params)
        );
    }
}

/// Topics of the framework's own are never logged (T-1).
fn unless_phoenix(level: Option<Level>, topic: &str) -> Option<Level> {
    level.filter(|_| !topic.starts_with("phoenix"))
}

/// A join under way.
pub(crate) struct Joining(Option<Started>);

impl Joining {
    pub(crate) fn begin(level: Option<Level>, topic: &str) -> Self {
        Self(Started::now(unless_phoenix(level, topic)))
    }

    pub(crate) fn end(self, joined: bool, topic: &str, params: &Payload, filter: &ParameterFilter) {
        let Some(started) = self.0 else { return };
        let (result, line) = if joined {
            ("ok", "JOINED")
        } else {
            ("error", "REFUSED JOIN")
        };
        let took = started.took();
        event_at!(
            started.level,
            "phoenix.channel_joined",
            topic,
            result,
            duration_us = took.micros(),
            "{line} {topic} in {took}\n  Parameters: {}",
            Shown(filter, params)
        );
    }
}

/// An event in its handler, with the payload that the handler consumes; boxed, since it is rare.
pub(crate) struct HandlingIn(Option<Box<(Started, Payload)>>);

impl HandlingIn {
    pub(crate) fn begin(level: Option<Level>, topic: &str, payload: &Payload) -> Self {
        let started = Started::now(unless_phoenix(level, topic));
        Self(started.map(|started| Box::new((started, payload.clone()))))
    }

    pub(crate) fn end(self, channel: &str, topic: &str, event: &str, filter: &ParameterFilter) {
        let Some((started, params)) = self.0.as_deref() else {
            return;
        };
        let took = started.took();
        event_at!(
            started.level,
            "phoenix.channel_handled_in",
            topic,
            event,
            duration_us = took.micros(),
            "HANDLED {event} INCOMING ON {topic} ({channel}) in {took}\n  Parameters: {}",
            Shown(filter, params)
        );
    }
}

/// One batch of connections was told to come back elsewhere (K-4).
pub(crate) struct SocketDrain<'a> {
    pub(crate) path: &'a str,
    pub(crate) count: usize,
    pub(crate) total: usize,
    /// Counted from one.
    pub(crate) index: usize,
    pub(crate) rounds: usize,
    pub(crate) interval: Duration,
}

pub(crate) fn socket_drain(level: Option<Level>, drain: &SocketDrain<'_>) {
    let Some(level) = level else { return };
    let SocketDrain {
        path,
        count,
        total,
        index,
        rounds,
        interval,
    } = drain;
    let interval_ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
    event_at!(
        level,
        "phoenix.socket_drain",
        path,
        count,
        total,
        index,
        rounds,
        interval_ms,
        "DRAINING {count} of {total} total connection(s) for socket {path} every {interval_ms}ms - round {index} of {rounds}"
    );
}

/// Whether a line that clients can cause is told, or there were too many like it this second.
fn is_bearable(lines: &Burst) -> bool {
    let admitted = lines.admit(Instant::now());
    if let Some(left_out @ 1..) = admitted {
        tracing::error!(left_out, "{left_out} lines like the next were left out");
    }
    admitted.is_some()
}

pub(crate) fn channel_crashed(topic: &str, during: &str, cause: &dyn fmt::Display) {
    static LINES: Burst = Burst::new();
    if is_bearable(&LINES) {
        let cause = Brief(cause);
        tracing::error!(topic, during, "channel crashed: {cause}");
    }
}

pub(crate) fn raw_socket_crashed(socket: &str, during: &str, cause: &dyn fmt::Display) {
    static LINES: Burst = Burst::new();
    if is_bearable(&LINES) {
        let cause = Brief(cause);
        tracing::error!(socket, during, "raw socket crashed: {cause}");
    }
}

pub(crate) fn mailbox_overflowed(topic: &str) {
    static LINES: Burst = Burst::new();
    if is_bearable(&LINES) {
        tracing::error!(
            topic,
            "the channel did not keep up with its mailbox and starts afresh"
        );
    }
}

pub(crate) fn presence_callback_crashed(topic: &str, during: &str, cause: &dyn fmt::Display) {
    tracing::error!(topic, during, "presence callback crashed: {cause}");
}

pub(crate) fn broadcast_not_encoded(topic: &str, event: &str, cause: &EncodeError) {
    tracing::error!(topic, event, "broadcast not sent: {cause}");
}

pub(crate) fn frame_malformed(cause: &crate::protocol::DecodeError) {
    static LINES: Burst = Burst::new();
    if is_bearable(&LINES) {
        let cause = Brief(cause);
        tracing::warn!("a client sent a malformed frame, its connection closes: {cause}");
    }
}

pub(crate) fn topic_unmatched(topic: &str) {
    static LINES: Burst = Burst::new();
    if is_bearable(&LINES) {
        tracing::warn!(topic, "ignoring join of unmatched topic {topic:?}");
    }
}

pub(crate) fn joined_twice(topic: &str) {
    tracing::debug!(
        topic,
        "duplicate channel join with topic {topic:?}, closing the existing channel for the new join"
    );
}

pub(crate) fn socket_id_not_subscribed(cause: &dyn fmt::Display) {
    tracing::error!("a connection cannot listen on its socket id and is closed: {cause}");
}

pub(crate) fn origin_refused(origin: &[u8], url_host: Option<&str>) {
    let origin = String::from_utf8_lossy(origin);
    let host = url_host.unwrap_or("any");
    tracing::error!(
        "could not check origin for a socket: the page came from {origin:?}, the endpoint's url_host is {host:?}. Set \
         `Endpoint::builder(..).url_host(..)`, or allow the origin with `check_origin(CheckOrigin::list(..))`"
    );
}

pub(crate) fn version_refused(vsn: Option<&str>) {
    tracing::warn!(
        vsn,
        "a client asked for a serializer version that is not supported: vsn {vsn:?}"
    );
}

pub(crate) fn subprotocol_refused(cause: &dyn fmt::Display) {
    tracing::error!("a client's Sec-WebSocket-Protocol is refused: {cause}");
}

pub(crate) fn longpoll_batch_refused(cause: crate::protocol::longpoll::BatchError) {
    tracing::warn!("a client posted a batch that is refused: {cause}");
}

pub(crate) fn longpoll_posts_exceeded() {
    tracing::warn!(
        "a long-polling client has more posts waiting than it may, the last one is refused"
    );
}

pub(crate) fn longpoll_sessions_exceeded() {
    tracing::error!("a client is refused: the socket holds as many long-poll sessions as it may");
}

pub(crate) fn longpoll_binary_dropped(bytes: usize) {
    tracing::error!(
        bytes,
        "a binary frame for a long-polling client is dropped: long polling carries text only"
    );
}

pub(crate) fn csrf_refused(path: &str) {
    tracing::warn!(path, "a request to {path} came without a valid CSRF token");
}

pub(crate) fn request_crashed(path: &str, cause: &dyn fmt::Display) {
    tracing::error!(path, "the handler of {path} failed: {cause}");
}

pub(crate) fn session_not_written(cause: &dyn fmt::Display) {
    tracing::error!("the session cookie cannot be written: {cause}");
}

pub(crate) fn connection_refused() {
    tracing::error!("a connection is dropped: the endpoint holds as many as it may");
}

pub(crate) fn serving(address: std::net::SocketAddr) {
    tracing::info!(name: "phoenix.endpoint.start", %address, "serving at http://{address}");
}

pub(crate) fn stopping_at_once() {
    tracing::warn!("asked to stop again: the process ends at once, whoever is still connected");
}

#[cfg(feature = "live-reload")]
pub(crate) fn live_reload_assets_change(asset_type: &str) {
    tracing::debug!(
        asset_type,
        "live reload: files of type {asset_type:?} have changed"
    );
}

#[cfg(feature = "live-reload")]
pub(crate) fn live_reload_in_release() {
    tracing::warn!(
        "live reload is on in a release build: it is for development, whoever reaches the server may listen"
    );
}

#[cfg(feature = "live-reload")]
pub(crate) fn live_reload_not_started(cause: &dyn fmt::Display) {
    tracing::warn!(
        "live reload cannot watch files, pages will not load again by themselves: {cause}"
    );
}

#[cfg(feature = "live-reload")]
pub(crate) fn live_reload_not_watched(folder: &std::path::Path, cause: &dyn fmt::Display) {
    let folder = folder.display();
    tracing::warn!(%folder, "live reload does not watch {folder}: {cause}");
}

#[cfg(feature = "live-reload")]
pub(crate) fn live_reload_folders_exceeded(folders_max: usize, folder: &std::path::Path) {
    let folder = folder.display();
    tracing::warn!(
        folders_max,
        "live reload watches {folders_max} folders, and neither {folder} nor any further one: name fewer with `dir`, or \
         raise `folders_max`"
    );
}

pub(crate) fn accept_failed(cause: &std::io::Error) {
    tracing::error!("a connection could not be accepted: {cause}");
}

#[cfg(feature = "live")]
pub(crate) fn live_message_unhandled(id: &str, event: &str) {
    static LINES: Burst = Burst::new();
    if is_bearable(&LINES) {
        tracing::warn!(
            id,
            event,
            "a live view's page sent a message of a kind that is unknown"
        );
    }
}

#[cfg(feature = "live")]
pub(crate) fn live_view_without_session(topic: &str) {
    static LINES: Burst = Burst::new();
    if is_bearable(&LINES) {
        tracing::warn!(
            topic,
            "a live view's page connected without the session it was shown in, and will reload: does its script send \
         `_csrf_token` from the page's <meta name=\"csrf-token\">, and do cookies reach the socket?"
        );
    }
}

#[cfg(feature = "live")]
pub(crate) fn upload_failed(upload: &str, cause: &dyn fmt::Display) {
    static LINES: Burst = Burst::new();
    if is_bearable(&LINES) {
        let cause = Brief(cause);
        tracing::error!(upload, "an uploaded file could not be stored: {cause}");
    }
}

#[cfg(feature = "live")]
pub(crate) fn upload_not_closed(upload: &str, cause: &dyn fmt::Display) {
    static LINES: Burst = Burst::new();
    if is_bearable(&LINES) {
        let cause = Brief(cause);
        tracing::warn!(
            upload,
            "the writer of an upload that ended early could not be closed: {cause}"
        );
    }
}

#[cfg(feature = "live")]
pub(crate) fn upload_dir_swept(dir: &std::path::Path, removed: std::io::Result<()>) {
    let dir = dir.display();
    match removed {
        Ok(()) => tracing::info!(%dir, "removed the uploaded files of a process that was killed"),
        Err(cause) => {
            tracing::warn!(%dir, "the uploaded files of a process that was killed could not be removed: {cause}");
        }
    }
}
