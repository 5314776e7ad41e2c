//! The WebSocket transport: one task per connection reads, and writes everything queued at once.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep_until};

use super::WebSocketOptions;
use super::frame_reader::{FrameLimits, FrameReader, Received};
use crate::channel::CloseCode;
use crate::protocol::WireFrame;
use crate::socket::{Control, Driver, Handled};

/// Bytes of the buffer that all connections of a thread read into.
const SCRATCH_BYTES: usize = 64 * 1024;
/// Slices of one vectored write.
const SLICES_MAX: usize = 64;
/// Reads after which other tasks of the thread get their turn.
const READS_MAX: usize = 16;
/// Received frames after which they do.
const FRAMES_MAX: u16 = 256;
/// Bytes of a message that count as one frame more: a short compressed one may have become long.
const FRAME_BYTES: usize = 4 * 1024;
/// Bytes that do so where they may be compressed: a message of many short blocks takes as long as one ten times its size.
const COMPRESSED_FRAME_BYTES: usize = 512;

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH_BYTES].into_boxed_slice());
}

/// Serves an upgraded stream until either side closes it, then ends its channels.
///
/// `unread` is what the HTTP server had read beyond the upgrade request; `held` is dropped when all is over.
pub(crate) fn serve<S, H>(
    stream: S,
    unread: Vec<u8>,
    driver: Driver,
    options: WebSocketOptions,
    held: H,
) -> impl Future<Output = ()> + use<S, H>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // Made outside of the future, which would keep room for the arguments beside the task for as long as it lives.
    let mut task = Task::new(stream, unread, driver, options);
    async move {
        poll_fn(|cx| task.poll(cx)).await;
        let Task { stream, driver, .. } = task;
        drop(stream);
        let reason = driver.outbox().reason();
        Box::pin(driver.terminate(reason)).await;
        drop(held);
    }
}

struct Task<S> {
    stream: S,
    driver: Driver,
    reader: FrameReader,
    /// What was read but not handled, because a channel had no room or because it is the turn of other tasks; empty
    /// and without memory otherwise.
    unread: Vec<u8>,
    /// Frames that may still be handled before other tasks get their turn.
    frames_left: u16,
    /// The batch that is being written, and how much of its first frame has been.
    writing: VecDeque<WireFrame>,
    written: usize,
    phase: Phase,
    timeout: Duration,
    close_timeout: Duration,
    received_at: Instant,
    alarm: Pin<Box<Sleep>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Open,
    /// A close frame is on its way or sent; the peer's answer is awaited.
    Closing,
    /// The peer has closed; what is queued is written and the connection ends.
    Closed,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Task<S> {
    fn new(stream: S, unread: Vec<u8>, driver: Driver, options: WebSocketOptions) -> Self {
        let now = Instant::now();
        let reader = FrameReader::new(FrameLimits {
            frame_bytes_max: options.frame_bytes_max,
            message_bytes_max: options.message_bytes_max,
            inflates: driver.outbox().inflates(),
        });
        Self {
            stream,
            driver,
            reader,
            unread,
            frames_left: FRAMES_MAX,
            writing: VecDeque::new(),
            written: 0,
            phase: Phase::Open,
            timeout: options.timeout,
            close_timeout: options.close_timeout,
            received_at: now,
            alarm: Box::pin(sleep_until(now + options.timeout)),
        }
    }

    /// Ready when the connection is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.driver.outbox().awake();
        self.frames_left = FRAMES_MAX;
        for _ in 0..READS_MAX {
            match self.poll_flush(cx) {
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) if self.phase == Phase::Closed => return Poll::Ready(()),
                Poll::Ready(Ok(())) | Poll::Pending => {}
            }
            match self.poll_receive(cx) {
                Poll::Ready(Ok(true)) if self.frames_left == 0 => break,
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false) | Err(_)) => return Poll::Ready(()),
                Poll::Pending => return self.poll_alarm(cx),
            }
        }
        yield_to_all(cx);
        // A peer that never stops sending has to keep the time too.
        self.poll_alarm(cx)
    }

    /// Writes everything queued. Ready when nothing is left, with the outbox ready to wake this task.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.writing.is_empty() {
                if self.phase != Phase::Open {
                    return Pin::new(&mut self.stream).poll_flush(cx);
                }
                let Poll::Ready(mut taken) = self.driver.outbox().poll_take(cx, &mut self.writing)
                else {
                    return Pin::new(&mut self.stream).poll_flush(cx);
                };
                self.driver.hear(&mut taken);
                if let Some(code) = taken.close {
                    self.close(code);
                }
                continue;
            }
            match self.poll_write(cx) {
                Poll::Ready(Ok(bytes)) => self.wrote(bytes),
                Poll::Ready(Err(cause)) => return Poll::Ready(Err(cause)),
                Poll::Pending => {
                    let mut news = self.driver.outbox().poll_news(cx);
                    self.driver.hear(&mut news);
                    // A batch that the peer may never read must not hold up the end.
                    if let Some(code) = news.close
                        && self.phase == Phase::Open
                    {
                        // Only the frame that is half written has to be finished before the close frame.
                        self.writing.truncate(1);
                        self.close(code);
                        continue;
                    }
                    return Poll::Pending;
                }
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut slices = [IoSlice::new(&[]); SLICES_MAX];
        let mut count = 0;
        for (slice, frame) in slices.iter_mut().zip(&self.writing) {
            let start = if count == 0 { self.written } else { 0 };
            *slice = IoSlice::new(&frame.wire()[start..]);
            count += 1;
        }
        match ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, &slices[..count]))? {
            0 => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            bytes => Poll::Ready(Ok(bytes)),
        }
    }

    fn wrote(&mut self, bytes: usize) {
        self.written += bytes;
        while let Some(frame) = self.writing.front()
            && self.written >= frame.len()
        {
            self.written -= frame.len();
            self.writing.pop_front();
        }
        if self.writing.is_empty() && self.writing.capacity() > SLICES_MAX {
            self.writing = VecDeque::new();
        }
    }

    /// Puts a close frame behind what is being written; the peer has a while to answer it.
    fn close(&mut self, code: CloseCode) {
        self.writing.push_back(WireFrame::close(code.code()));
        self.phase = Phase::Closing;
        self.alarm
            .as_mut()
            .reset(Instant::now() + self.close_timeout);
    }

    /// Reads once and handles what came; false at the end of the stream.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        // Once the connection closes, only the peer's close frame is looked for.
        if self.phase == Phase::Open {
            if self.driver.outbox().is_congested() {
                // What the peer wants next has to wait for what it asked for before.
                return Poll::Pending;
            }
            ready!(self.driver.poll_ready(cx));
        }
        if !self.unread.is_empty() {
            let unread = std::mem::take(&mut self.unread);
            self.receive(&unread);
            return Poll::Ready(Ok(true));
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(false));
            }
            self.received_at = Instant::now();
            self.receive(buffer.filled());
            Poll::Ready(Ok(true))
        })
    }

    fn receive(&mut self, mut input: &[u8]) {
        // What is answered here is written in this turn or the next one, for which the task is woken anyway.
        self.driver.outbox().awake();
        while self.phase != Phase::Closed {
            if self.frames_left == 0 {
                self.unread = input.to_vec();
                return;
            }
            let arrived = input.len();
            match self.reader.next(&mut input) {
                Ok(Some(received)) => {
                    self.count(arrived - input.len(), &received);
                    let handled = self.handle(received);
                    if handled == Handled::Waiting || self.driver.outbox().is_congested() {
                        self.unread = input.to_vec();
                        return;
                    }
                }
                Ok(None) => return,
                Err(code) => {
                    // The stream makes no sense from here on; what is still to come is thrown away.
                    if self.phase == Phase::Open {
                        self.close(code);
                    }
                    return;
                }
            }
        }
    }

    /// Takes a message, whose last `arrived` bytes have just come, off what may be handled in this turn.
    fn count(&mut self, arrived: usize, received: &Received) {
        let mut frames = 1 + received.data_bytes() / FRAME_BYTES;
        if self.driver.outbox().inflates() {
            frames += arrived / COMPRESSED_FRAME_BYTES;
        }
        let frames = u16::try_from(frames).unwrap_or(FRAMES_MAX);
        self.frames_left = self.frames_left.saturating_sub(frames);
    }

    fn handle(&mut self, received: Received) -> Handled {
        match (received, self.phase) {
            (Received::Data(frame), Phase::Open) => {
                let handled = self.driver.handle_frame(frame);
                if handled == Handled::Malformed {
                    self.close(CloseCode::Malformed);
                }
                handled
            }
            (Received::Ping(payload), Phase::Open) => {
                if let Ok(pong) = WireFrame::pong(&payload) {
                    self.driver.outbox().push(pong);
                }
                self.driver.handle_control(|| Control::Ping(payload))
            }
            (Received::Pong(payload), Phase::Open) => {
                self.driver.handle_control(|| Control::Pong(payload))
            }
            (Received::Close(answer), phase) => {
                if phase == Phase::Open {
                    self.writing.push_back(WireFrame::close(answer));
                }
                self.phase = Phase::Closed;
                Handled::Done
            }
            _ => Handled::Done,
        }
    }

    /// Pending until the alarm says that the peer was silent for too long.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.alarm.as_mut().poll(cx).is_ready() {
            if self.phase != Phase::Open {
                return Poll::Ready(());
            }
            let due = self.received_at + self.timeout;
            if due > Instant::now() {
                self.alarm.as_mut().reset(due);
            } else {
                let reads = !self.driver.outbox().is_congested();
                self.close(if reads {
                    CloseCode::Protocol
                } else {
                    CloseCode::SlowConsumer
                });
                if let Poll::Ready(Err(_)) = self.poll_flush(cx) {
                    return Poll::Ready(());
                }
            }
        }
        Poll::Pending
    }
}

/// Has the task polled again once the thread has run out of other tasks and has looked for what arrived meanwhile. Woken
/// at once, a few tasks with much to do would keep the thread from looking for dozens of their turns.
fn yield_to_all(cx: &mut Context<'_>) {
    // Its first poll takes the waker and is pending, within the budget of the scheduler or not.
    let _ = pin!(yield_now()).poll(cx);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Wake, Waker};

    use tokio::io::{DuplexStream, duplex};

    use super::*;
    use crate::protocol::Frame;
    use crate::protocol::permessage_deflate::Agreement;
    use crate::socket::{Accepted, Limits, Routes};

    const HEARTBEAT: &str = r#"[null,"1","phoenix","heartbeat",{}]"#;

    impl Task<DuplexStream> {
        /// One that was sent all this at once, and the client that must not hang up.
        fn started(burst: Vec<u8>, compression: Option<Agreement>) -> (Self, DuplexStream) {
            let (stream, client) = duplex(1024 * 1024);
            let mut accepted = Accepted::anonymous(Routes::new(), Limits::default());
            accepted.compression = compression;
            let driver = Driver::new(accepted);
            let task = Self::new(stream, burst, driver, WebSocketOptions::default());
            (task, client)
        }
    }

    fn agreed() -> Option<Agreement> {
        Agreement::negotiate(["permessage-deflate"])
    }

    /// An unfragmented text frame whose mask changes nothing.
    fn text(text: &str) -> Vec<u8> {
        let length = u8::try_from(text.len()).expect("short");
        let mut frame = vec![0x81, 0x80 | length, 0, 0, 0, 0];
        frame.extend_from_slice(text.as_bytes());
        frame
    }

    #[tokio::test]
    async fn a_burst_of_frames_leaves_the_thread_to_others_in_between() {
        let burst = text(HEARTBEAT).repeat(usize::from(FRAMES_MAX) + 1);
        let (mut task, _client) = Task::started(burst, None);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(task.poll(&mut cx).is_pending());
        assert_eq!(task.unread, text(HEARTBEAT));
        assert!(task.poll(&mut cx).is_pending());
        assert!(task.unread.is_empty());
    }

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn what_arrives_for_others_has_its_turn_before_the_rest_of_a_burst() {
        let burst = text(HEARTBEAT).repeat(usize::from(FRAMES_MAX) + 1);
        let (mut task, _client) = Task::started(burst, None);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        assert!(task.poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(!woken.0.load(Ordering::SeqCst));
        // The runtime looks for what arrived.
        yield_now().await;
        assert!(woken.0.load(Ordering::SeqCst));
    }

    /// The text, compressed, in a frame whose mask changes nothing.
    fn deflated(text: &str) -> Vec<u8> {
        let frame = WireFrame::data(&Frame::Text(text.into()));
        let deflated = frame.deflated().expect("it repeats itself");
        let payload = deflated.payload();
        let length = u16::try_from(payload.len()).expect("not long");
        let [high, low] = length.to_be_bytes();
        [&[0xc1, 0xfe, high, low, 0, 0, 0, 0], &payload[..]].concat()
    }

    #[tokio::test]
    async fn what_short_frames_become_counts_as_well() {
        let spaces = " ".repeat(usize::from(FRAMES_MAX) * FRAME_BYTES);
        let long = deflated(&format!(r#"[null,"1","phoenix","heartbeat",{{{spaces}}}]"#));
        let (mut task, _client) = Task::started(long.repeat(2), agreed());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(task.poll(&mut cx).is_pending());
        assert_eq!(task.unread, long);
        assert!(task.poll(&mut cx).is_pending());
        assert!(task.unread.is_empty());
    }

    #[tokio::test]
    async fn what_becomes_short_counts_by_what_it_was() {
        // Stored blocks of nothing, and the heartbeat in one block behind them.
        let empty_blocks = [0, 0, 0, 0xff, 0xff].repeat(10_000);
        let heartbeat = HEARTBEAT.as_bytes();
        let length = u8::try_from(heartbeat.len()).expect("short");
        let body = [
            &empty_blocks,
            &[0, length, 0, !length, 0xff][..],
            heartbeat,
            &[0],
        ]
        .concat();
        let bytes = u16::try_from(body.len()).expect("not long");
        let [high, low] = bytes.to_be_bytes();
        let long = [&[0xc1, 0xfe, high, low, 0, 0, 0, 0], &body[..]].concat();
        let (mut task, _client) = Task::started(long.repeat(4), agreed());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(task.poll(&mut cx).is_pending());
        assert_eq!(task.unread, long);
        assert!(task.poll(&mut cx).is_pending());
        assert!(task.unread.is_empty());
    }
}
