//! The bounded queue of frames to one connection, and the news its channels have for it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::JoinedChannel;
use super::Reason;
use crate::protocol::WireFrame;
use crate::protocol::permessage_deflate::Agreement;

/// Why a connection has to close, as the WebSocket close code says it (channels-wire 2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseCode {
    /// 1000: a raw socket is done. Clients of Phoenix before 1.8.16 do not come back after it (C-3).
    Normal,
    /// 1001: `disconnect` was broadcast on the socket's id.
    Disconnected,
    /// 1012: the server drains its connections before it stops.
    Restart,
    /// 1002: nothing was received for too long, or the peer broke RFC 6455.
    Protocol,
    /// 1007: text that is not UTF-8, or a compressed message that cannot be decompressed.
    InvalidPayload,
    /// 1008: a fragment that makes no progress.
    Policy,
    /// 1009: a frame or message is larger than the limit.
    TooBig,
    /// 1011: a frame that is no channel message, or a raw socket that failed.
    Malformed,
    /// 1013: the client does not read what it is sent.
    SlowConsumer,
    /// What a raw socket and its clients agreed on.
    Private(PrivateCode),
}

/// A close code that has a meaning to one application only: 4000 to 4999 (RFC 6455, section 7.4.2).
///
/// ```
/// use bennu::channel::PrivateCode;
///
/// assert_eq!(PrivateCode::new(4001).map(PrivateCode::code), Some(4001));
/// assert_eq!(PrivateCode::new(1005), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateCode(u16);

impl PrivateCode {
    /// The code, if it is a private one.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        if matches!(code, 4000..=4999) {
            Some(Self(code))
        } else {
            None
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }
}

impl CloseCode {
    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::Disconnected => 1001,
            Self::Protocol => 1002,
            Self::InvalidPayload => 1007,
            Self::Policy => 1008,
            Self::TooBig => 1009,
            Self::Malformed => 1011,
            Self::Restart => 1012,
            Self::SlowConsumer => 1013,
            Self::Private(code) => code.code(),
        }
    }
}

/// How much may wait to be written to one connection.
///
/// A client that asks for more than it reads is read no further over WebSocket once half of this is taken, by frames
/// and by messages that wait for an answer: its own replies do not close it.
#[derive(Clone, Copy, Debug)]
pub struct OutboxLimits {
    /// Frames that may wait; default 8,192.
    pub frames_max: usize,
    /// Bytes that may wait, a single larger frame excepted; default 8 MiB.
    pub bytes_max: usize,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self {
            frames_max: 8_192,
            bytes_max: 8 * 1024 * 1024,
        }
    }
}

/// Which of a connection's channels it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct JoinId(pub(crate) u32);

/// What a channel on its way out tells its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// It takes no more messages, and its topic is free; `terminate` may still run.
    Closed(JoinId),
    /// Its task has ended.
    Ended(JoinId),
}

/// Frames wait here until the connection's task writes them all at once; whoever pushes never waits.
///
/// At the bound the queue is dropped and the connection closes with 1013: a client that does not read must neither
/// hold up a broadcaster nor grow the server.
pub(crate) struct Outbox {
    state: Mutex<State>,
    limits: OutboxLimits,
    /// How the client reads compressed messages, if it does.
    compression: Option<Agreement>,
    /// Messages of the client that were accepted and not yet handled, and their bytes of payload.
    in_flight: AtomicUsize,
    in_flight_bytes: AtomicUsize,
    /// Whether the connection reads no further until some of them have been handled.
    pausing: AtomicBool,
}

#[derive(Default)]
struct State {
    frames: VecDeque<WireFrame>,
    /// Bytes in `frames` and in the batch that is being written.
    bytes: usize,
    /// Of these, the bytes of the batch that is being written.
    writing_bytes: usize,
    leaving: Vec<Leaving>,
    close: Option<CloseCode>,
    open: Open,
    connection: Option<Waker>,
    /// Boxed: hardly ever is anything asked.
    #[expect(
        clippy::box_collection,
        reason = "a connection that nobody asks pays for one pointer"
    )]
    asked: Option<Box<Vec<Question>>>,
}

impl State {
    fn leaves(&mut self, leaving: Leaving) {
        if self.open == Open::Yes {
            self.leaving.push(leaving);
        }
    }
}

/// Somebody wants to know which channels the connection has.
pub(crate) type Question = oneshot::Sender<Vec<JoinedChannel>>;

#[derive(Default, PartialEq)]
enum Open {
    #[default]
    Yes,
    No,
}

/// What the connection's task finds when it looks.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) leaving: Vec<Leaving>,
    pub(crate) asked: Vec<Question>,
    pub(crate) close: Option<CloseCode>,
}

impl Outbox {
    pub(crate) fn new(limits: OutboxLimits, compression: Option<Agreement>) -> Self {
        Self {
            state: Mutex::default(),
            limits,
            compression,
            in_flight: AtomicUsize::new(0),
            in_flight_bytes: AtomicUsize::new(0),
            pausing: AtomicBool::new(false),
        }
    }

    /// Whether messages of the client may be compressed.
    pub(crate) const fn inflates(&self) -> bool {
        self.compression.is_some()
    }

    /// The form of a frame that goes to this client alone: compressed, if that is agreed on and worth it.
    pub(crate) fn compress(&self, frame: WireFrame) -> WireFrame {
        let deflated = self.compression.and_then(|agreed| agreed.deflate(&frame));
        deflated.unwrap_or(frame)
    }

    /// Queues a frame, compressed in the task of whoever pushes it.
    pub(crate) fn push(&self, frame: WireFrame) {
        self.push_as_is(self.compress(frame));
    }

    /// Queues a frame that others get too; `deflated` gives its compressed form, which they share.
    pub(crate) fn push_shared<'f>(
        &self,
        frame: &'f WireFrame,
        deflated: impl FnOnce() -> Option<&'f WireFrame>,
    ) {
        let deflated = match self.compression {
            Some(agreed) if agreed.admits(frame) => deflated(),
            _ => None,
        };
        self.push_as_is(deflated.unwrap_or(frame).clone());
    }

    /// Queues a frame in the form it has.
    pub(crate) fn push_as_is(&self, frame: WireFrame) {
        let mut state = self.state.lock();
        self.queue(&mut state, frame);
        wake(state);
    }

    /// Queues the last frame of a channel together with the news of its end, so that whatever the client sends in
    /// answer to the frame finds the channel gone.
    pub(crate) fn end(&self, join: JoinId, frame: Option<WireFrame>) {
        let frame = frame.map(|frame| self.compress(frame));
        let mut state = self.state.lock();
        if let Some(frame) = frame {
            self.queue(&mut state, frame);
        }
        state.leaves(Leaving::Closed(join));
        wake(state);
    }

    /// Tells the connection that the task of a channel has ended.
    pub(crate) fn ended(&self, join: JoinId) {
        let mut state = self.state.lock();
        state.leaves(Leaving::Ended(join));
        wake(state);
    }

    /// Closes the connection once what is queued has been written; the first reason counts.
    pub(crate) fn close(&self, code: CloseCode) {
        let mut state = self.state.lock();
        state.close.get_or_insert(code);
        wake(state);
    }

    /// Why the channels end once the connection is over.
    pub(crate) fn reason(&self) -> Reason {
        match self.state.lock().close {
            Some(CloseCode::Restart) => Reason::Draining,
            _ => Reason::Closed,
        }
    }

    /// Asks which channels the connection has; the question is dropped when the connection has gone.
    pub(crate) fn ask(&self, question: Question) {
        let mut state = self.state.lock();
        if state.open == Open::Yes {
            state.asked.get_or_insert_default().push(question);
        }
        wake(state);
    }

    fn queue(&self, state: &mut State, frame: WireFrame) {
        if state.open == Open::No || state.close.is_some() {
            return;
        }
        let fits = state.bytes == 0 || state.bytes + frame.len() <= self.limits.bytes_max;
        if !fits || state.frames.len() >= self.limits.frames_max {
            state.frames = VecDeque::new();
            state.close = Some(CloseCode::SlowConsumer);
            return;
        }
        state.bytes += frame.len();
        state.frames.push_back(frame);
    }

    /// Counts a message of the client that waits to be handled.
    pub(super) fn takes_off(&self, bytes: usize) {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        self.in_flight_bytes.fetch_add(bytes, Ordering::SeqCst);
    }

    /// Counts it no longer: its answer, if it has one, is in the queue.
    pub(super) fn lands(&self, bytes: usize) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.in_flight_bytes.fetch_sub(bytes, Ordering::SeqCst);
        if self.pausing.swap(false, Ordering::SeqCst) {
            wake(self.state.lock());
        }
    }

    /// Whether the client had better read before it asks for more: what waits to be written, and as much again for
    /// what it asked already, takes more than half of the bounds. The connection's task is woken when that changes,
    /// if it has looked for frames before.
    pub(crate) fn is_congested(&self) -> bool {
        if !self.takes_half() {
            return false;
        }
        self.pausing.store(true, Ordering::SeqCst);
        // The last message may have been handled in between, and nobody been told.
        self.takes_half()
    }

    fn takes_half(&self) -> bool {
        let messages = self.in_flight.load(Ordering::SeqCst);
        let bytes = self.in_flight_bytes.load(Ordering::SeqCst);
        let state = self.state.lock();
        state.bytes.saturating_add(bytes) > self.limits.bytes_max / 2
            || state.frames.len().saturating_add(messages) > self.limits.frames_max / 2
    }

    /// Forgets the waker, so that what the connection's own task pushes does not wake it again.
    pub(crate) fn awake(&self) {
        self.state.lock().connection = None;
    }

    /// Moves everything queued into the empty `batch`, which has then been written as far as the bounds go.
    /// Pending when there is nothing.
    pub(crate) fn poll_take(
        &self,
        cx: &mut Context<'_>,
        batch: &mut VecDeque<WireFrame>,
    ) -> Poll<Taken> {
        debug_assert!(
            batch.is_empty(),
            "a batch is written whole before the next is taken"
        );
        let mut state = self.state.lock();
        state.bytes -= state.writing_bytes;
        state.writing_bytes = 0;
        let is_quiet = state.frames.is_empty() && state.leaving.is_empty() && state.asked.is_none();
        if is_quiet && state.close.is_none() {
            if batch.capacity() > 0 {
                // An idle connection needs the memory of one queue, not of two.
                state.frames = std::mem::take(batch);
            }
            state.connection = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.writing_bytes = state.bytes;
        std::mem::swap(&mut state.frames, batch);
        Poll::Ready(Taken {
            leaving: std::mem::take(&mut state.leaving),
            asked: state.asked.take().map_or_else(Vec::new, |asked| *asked),
            close: state.close,
        })
    }

    /// Takes the news and leaves the frames, for a connection that cannot write them yet; registers for more.
    pub(crate) fn poll_news(&self, cx: &mut Context<'_>) -> Taken {
        let mut state = self.state.lock();
        state.connection = Some(cx.waker().clone());
        Taken {
            leaving: std::mem::take(&mut state.leaving),
            asked: state.asked.take().map_or_else(Vec::new, |asked| *asked),
            close: state.close,
        }
    }

    /// Ends the outbox: whatever is pushed from now on is dropped.
    pub(crate) fn shut(&self) {
        let mut state = self.state.lock();
        let frames = std::mem::take(&mut state.frames);
        *state = State {
            open: Open::No,
            ..State::default()
        };
        drop(state);
        drop(frames);
    }
}

fn wake(mut state: parking_lot::MutexGuard<'_, State>) {
    let waker = state.connection.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}
