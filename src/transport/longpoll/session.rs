//! The task of one session.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Context, ready};
use std::time::Duration;
use std::vec;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Place;
use crate::channel::Link;
use crate::protocol::{Frame, Opcode, WireFrame};
use crate::socket::{Driver, Handled};
use crate::telemetry;

/// Posts that may wait for their turn; a client has one at a time. Further ones are answered with 408 at once.
const POSTS_MAX: usize = 8;

/// What a client's HTTP request wants of its session.
pub(super) enum Request {
    Poll(Poll),
    Post(Post),
}

/// A poll that waits for frames.
pub(super) struct Poll {
    pub(super) respond: oneshot::Sender<Answer>,
    pub(super) deadline: Instant,
}

pub(super) enum Answer {
    /// What waited, or nothing at the end of the window.
    Frames(Vec<WireFrame>),
    /// A newer poll gets what comes (L-10).
    Superseded,
}

/// A batch of frames that waits to be handled; dropped unanswered, it timed out.
pub(super) struct Post {
    pub(super) frames: vec::IntoIter<Frame>,
    pub(super) respond: oneshot::Sender<()>,
    pub(super) deadline: Instant,
}

/// A connection whose client comes and goes.
pub(crate) struct Session {
    driver: Driver,
    requests: mpsc::Receiver<Request>,
    /// The newest poll, while it waits.
    poll: Option<Poll>,
    /// Posts in the order they came; the frames of the first are being handled.
    posts: VecDeque<Post>,
    /// Frames that were taken for a poll whose client hung up.
    undelivered: VecDeque<WireFrame>,
    /// How long the session lives without a poll, and since when it has none (L-11).
    idle_max: Duration,
    idle_since: Instant,
    alarm: Pin<Box<Sleep>>,
    place: Place,
}

/// The session has reached its end.
struct Over;

impl Session {
    pub(super) fn new(
        driver: Driver,
        requests: mpsc::Receiver<Request>,
        place: Place,
        window: Duration,
    ) -> Self {
        let now = Instant::now();
        let idle_max = window + window / 2;
        Self {
            driver,
            requests,
            poll: None,
            posts: VecDeque::new(),
            undelivered: VecDeque::new(),
            idle_max,
            idle_since: now,
            alarm: Box::pin(sleep_until(now + idle_max)),
            place,
        }
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        self.driver.link()
    }

    /// Runs until the client stays away, sends what makes no sense or does not fetch what it is sent, or until the
    /// connection is closed from this side; then ends its channels.
    pub(crate) async fn serve(mut self) {
        poll_fn(|cx| self.poll(cx)).await;
        let Self {
            driver,
            requests,
            poll,
            posts,
            place,
            ..
        } = self;
        // Whoever waits for an answer learns now that there is none.
        drop((requests, poll, posts));
        let reason = driver.outbox().reason();
        Box::pin(driver.terminate(reason)).await;
        drop(place);
    }

    /// Ready when the session is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> task::Poll<()> {
        self.driver.outbox().awake();
        loop {
            if self.work(cx).is_err() {
                return task::Poll::Ready(());
            }
            ready!(self.poll_alarm(cx));
            if self.expire(Instant::now()).is_err() {
                return task::Poll::Ready(());
            }
        }
    }

    /// Goes as far as it can without waiting, and registers for whatever lets it go on.
    fn work(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        self.receive(cx);
        self.handle_posts(cx)?;
        self.deliver(cx)
    }

    fn receive(&mut self, cx: &mut Context<'_>) {
        while let task::Poll::Ready(Some(request)) = self.requests.poll_recv(cx) {
            match request {
                Request::Poll(poll) => {
                    if let Some(older) = self.poll.replace(poll) {
                        let _ = older.respond.send(Answer::Superseded);
                    }
                }
                Request::Post(post) if self.posts.len() < POSTS_MAX => self.posts.push_back(post),
                Request::Post(_) => telemetry::longpoll_posts_exceeded(),
            }
        }
    }

    /// Handles posted frames while the channels have room for them.
    fn handle_posts(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        while self.driver.poll_ready(cx).is_ready() {
            let Some(post) = self.posts.front_mut() else {
                return Ok(());
            };
            match post.frames.next() {
                Some(frame) => {
                    if self.driver.handle_frame(frame) == Handled::Malformed {
                        return Err(Over);
                    }
                }
                None => {
                    let post = self.posts.pop_front().expect("the first post was handled");
                    let _ = post.respond.send(());
                }
            }
        }
        Ok(())
    }

    /// Answers the poll, if there is one and something for it.
    fn deliver(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        while self.is_polled(cx) {
            if self.undelivered.is_empty() {
                let taken = self.driver.outbox().poll_take(cx, &mut self.undelivered);
                let task::Poll::Ready(mut taken) = taken else {
                    return Ok(());
                };
                self.driver.hear(&mut taken);
                self.drop_binary_frames();
                if taken.close.is_some() {
                    self.answer();
                    return Err(Over);
                }
            }
            self.answer();
        }
        let mut news = self.driver.outbox().poll_news(cx);
        self.driver.hear(&mut news);
        news.close.map_or(Ok(()), |_| Err(Over))
    }

    /// Whether a client waits. One that hung up does not, and leaves its frames to the next poll.
    fn is_polled(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(poll) = &mut self.poll else {
            return false;
        };
        let waits = poll.respond.poll_closed(cx).is_pending();
        if !waits {
            self.end_poll();
        }
        waits
    }

    fn answer(&mut self) {
        if self.undelivered.is_empty() {
            return;
        }
        if let Some(poll) = self.end_poll() {
            let frames = std::mem::take(&mut self.undelivered);
            if let Err(Answer::Frames(frames)) = poll.respond.send(Answer::Frames(frames.into())) {
                self.undelivered = frames.into();
            }
        }
    }

    fn end_poll(&mut self) -> Option<Poll> {
        self.idle_since = Instant::now();
        self.poll.take()
    }

    /// A poll delivers text only. Whoever sent the bytes may not know how each of the receivers is connected, so that
    /// nobody is to blame, and the connection does without them (L-9).
    fn drop_binary_frames(&mut self) {
        self.undelivered.retain(|frame| {
            let is_text = frame.opcode() == Opcode::Text;
            if !is_text {
                telemetry::longpoll_binary_dropped(frame.len());
            }
            is_text
        });
    }

    /// Ready when a poll, a post or the session itself has waited for long enough.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> task::Poll<()> {
        let idle = self.idle_since + self.idle_max;
        let due = self.poll.as_ref().map_or(idle, |poll| poll.deadline);
        let due = self
            .posts
            .front()
            .map_or(due, |post| due.min(post.deadline));
        if self.alarm.deadline() != due {
            self.alarm.as_mut().reset(due);
        }
        self.alarm.as_mut().poll(cx)
    }

    fn expire(&mut self, now: Instant) -> Result<(), Over> {
        while self.posts.front().is_some_and(|post| post.deadline <= now) {
            self.posts.pop_front();
        }
        match &self.poll {
            Some(poll) if poll.deadline <= now => {
                if let Some(poll) = self.end_poll() {
                    let _ = poll.respond.send(Answer::Frames(Vec::new()));
                }
                Ok(())
            }
            None if self.idle_since + self.idle_max <= now => Err(Over),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sessions;
    use super::*;
    use crate::protocol::{Payload, Serializer};
    use crate::pubsub::PubSub;
    use crate::socket::{Accepted, Limits, Routes};
    use crate::token::SecretKeyBase;
    use crate::transport::LongPollOptions;

    fn session() -> Session {
        let secret_key_base = SecretKeyBase::new("k".repeat(64)).expect("long enough");
        let sessions = Sessions::new(
            &secret_key_base,
            &PubSub::new(),
            "/socket",
            LongPollOptions::default(),
        );
        let accepted = Accepted::anonymous(Routes::new(), Limits::default());
        sessions.open(accepted).expect("the first session").0
    }

    #[tokio::test]
    async fn frames_wait_for_the_next_poll_when_a_client_hangs_up_during_the_answer() {
        let mut session = session();
        let (respond, client) = oneshot::channel();
        let deadline = Instant::now();
        session.poll = Some(Poll { respond, deadline });
        let frame = Serializer::V2.encode_broadcast("room:a", "new", &Payload::empty());
        let frame = frame.expect("an object");
        session.undelivered.push_back(frame.clone());
        drop(client);
        session.answer();
        assert!(session.poll.is_none());
        assert_eq!(session.undelivered, [frame]);
    }
}
