//! What Bennu tells about itself: Phoenix's event names over `tracing`.
//!
//! This file alone spells names and fields, so that a dashboard built for Phoenix finds them in one place.

use std::fmt::Display;
use std::time::Instant;

use crate::protocol::{EncodeError, Payload};

/// How long something took.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    fn micros(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

pub(crate) fn channel_joined(topic: &str, joined: bool, _params: &Payload, took: Stopwatch) {
    let result = if joined { "ok" } else { "error" };
    tracing::info!(name: "phoenix.channel_joined", topic, result, duration_us = took.micros(), "{} {topic}",
        if joined { "JOINED" } else { "REFUSED JOIN" });
}

pub(crate) fn channel_handled_in(topic: &str, event: &str, took: Stopwatch) {
    tracing::debug!(name: "phoenix.channel_handled_in", topic, event, duration_us = took.micros(),
        "HANDLED {event} INCOMING ON {topic}");
}

pub(crate) fn channel_crashed(topic: &str, during: &str, cause: &dyn Display) {
    tracing::error!(topic, during, "channel crashed: {cause}");
}

pub(crate) fn mailbox_overflowed(topic: &str) {
    tracing::error!(
        topic,
        "the channel did not keep up with its mailbox and starts afresh"
    );
}

pub(crate) fn presence_callback_crashed(topic: &str, during: &str, cause: &dyn Display) {
    tracing::error!(topic, during, "presence callback crashed: {cause}");
}

pub(crate) fn broadcast_not_encoded(topic: &str, event: &str, cause: &EncodeError) {
    tracing::error!(topic, event, "broadcast not sent: {cause}");
}

pub(crate) fn frame_malformed(cause: &crate::protocol::DecodeError) {
    tracing::warn!("a client sent a malformed frame, its connection closes: {cause}");
}

pub(crate) fn topic_unmatched(topic: &str) {
    tracing::warn!(topic, "ignoring join of unmatched topic {topic:?}");
}

pub(crate) fn joined_twice(topic: &str) {
    tracing::debug!(
        topic,
        "duplicate channel join with topic {topic:?}, closing the existing channel for the new join"
    );
}

pub(crate) fn socket_id_not_subscribed(cause: &dyn Display) {
    tracing::error!("a connection cannot listen on its socket id and is closed: {cause}");
}

pub(crate) fn socket_connected(path: &str, accepted: bool, took: Stopwatch) {
    let (result, line) = if accepted {
        ("ok", "CONNECTED TO")
    } else {
        ("error", "REFUSED CONNECTION TO")
    };
    tracing::info!(name: "phoenix.socket_connected", path, result, duration_us = took.micros(), "{line} {path}");
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

pub(crate) fn subprotocol_refused(cause: &dyn Display) {
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

pub(crate) fn request_crashed(path: &str, cause: &dyn Display) {
    tracing::error!(path, "the handler of {path} failed: {cause}");
}

pub(crate) fn session_not_written(cause: &dyn Display) {
    tracing::error!("the session cookie cannot be written: {cause}");
}

pub(crate) fn connection_refused() {
    tracing::error!("a connection is dropped: the endpoint holds as many as it may");
}

pub(crate) fn serving(address: std::net::SocketAddr) {
    tracing::info!(name: "phoenix.endpoint.start", %address, "serving at http://{address}");
}

pub(crate) fn socket_drain(count: usize, total: usize, index: usize, rounds: usize) {
    tracing::info!(name: "phoenix.socket_drain", count, total, index, rounds, "draining {count} of {total} connections");
}

pub(crate) fn accept_failed(cause: &std::io::Error) {
    tracing::error!("a connection could not be accepted: {cause}");
}
