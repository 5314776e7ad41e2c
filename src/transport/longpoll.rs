//! The long-poll transport: sessions that live on between the requests of their clients (channels-wire 8).
//!
//! A [`Session`] is a task that owns a connection, as the WebSocket's task does. Requests find it by the token that
//! its client was given: a poll takes the frames that wait in the outbox or waits for some, a post hands frames in.

mod session;

use std::fmt;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Duration, Instant, sleep_until};

use super::LongPollOptions;
use crate::channel::OutboxLimits;
use crate::protocol::{Frame, WireFrame};
use crate::registry::{RegisterError, Registry};
use crate::socket::{Accepted, Driver};
use crate::token::random::random_bytes;
use crate::token::{MaxAge, SecretKeyBase, Term, Token};

pub(crate) use session::Session;

use session::{Answer, Request};

/// Requests on their way to one session; the next one waits for room.
const REQUESTS_MAX: usize = 16;

/// The sessions of one mounted socket.
pub(crate) struct Sessions {
    options: LongPollOptions,
    tokens: Token,
    registry: Registry<SessionId, SessionRef>,
}

/// What a session's token says: nobody meets another's by chance, not even after a restart.
type SessionId = [u8; 16];

impl Sessions {
    /// No sessions. Tokens are bound to the `path` that the socket is mounted at (L-13).
    pub(crate) fn new(
        secret_key_base: &SecretKeyBase,
        path: &str,
        options: LongPollOptions,
    ) -> Self {
        Self {
            options,
            tokens: Token::new(secret_key_base, format!("longpoll {path}")),
            registry: Registry::builder()
                .entries_max(options.sessions_max)
                .shards(16)
                .unique(),
        }
    }

    pub(crate) const fn options(&self) -> &LongPollOptions {
        &self.options
    }

    /// Makes a session for a connection that was accepted, and its token; [`Session::serve`] runs it.
    ///
    /// # Errors
    /// [`RegisterError::Full`] beyond the limit of sessions.
    pub(crate) fn open(&self, accepted: Accepted) -> Result<(Session, String), RegisterError> {
        let (requests, received) = mpsc::channel(REQUESTS_MAX);
        let session_ref = SessionRef {
            requests,
            window: self.options.window,
        };
        let id: SessionId = random_bytes();
        let registration = self.registry.register(id, session_ref)?;
        let driver = Driver::new(self.with_outbox_limits(accepted));
        let session = Session::new(driver, received, registration, self.options.window);
        let token = self.tokens.sign(Term::binary(id.to_vec()));
        Ok((session, token))
    }

    /// Frames wait for polls in the outbox, so that is where they are bounded.
    fn with_outbox_limits(&self, mut accepted: Accepted) -> Accepted {
        accepted.limits.outbox = OutboxLimits {
            frames_max: self.options.buffered_frames_max,
            bytes_max: self.options.buffered_bytes_max,
        };
        accepted
    }

    /// The session that a token stands for, if it lives.
    pub(crate) fn find(&self, token: &str) -> Option<SessionRef> {
        let max_age = i64::try_from(self.options.token_max_age.as_secs()).unwrap_or(i64::MAX);
        let id = self.tokens.verify(token, MaxAge::Seconds(max_age)).ok()?;
        let id: SessionId = id.as_bytes()?.try_into().ok()?;
        self.registry.lookup(&id)
    }
}

/// Reaches a session from the tasks of its requests.
#[derive(Clone)]
pub(crate) struct SessionRef {
    requests: mpsc::Sender<Request>,
    window: Duration,
}

/// The session has ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// Why the frames of a post were not all handled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PostError {
    /// The session had ended before.
    Gone,
    /// The window passed, or the session ended over one of the frames (L-7, M-1).
    TimedOut,
}

impl SessionRef {
    /// Waits for frames until the window ends; none means that none came. A poll that a newer one has superseded waits
    /// too: two pollers of one session would otherwise chase each other without a pause (L-10).
    pub(crate) async fn poll(&self) -> Result<Vec<WireFrame>, Gone> {
        let deadline = Instant::now() + self.window;
        let (respond, answer) = oneshot::channel();
        let request = Request::Poll(session::Poll { respond, deadline });
        self.requests.send(request).await.map_err(|_| Gone)?;
        match answer.await.map_err(|_| Gone)? {
            Answer::Frames(frames) => Ok(frames),
            Answer::Superseded => {
                sleep_until(deadline).await;
                Ok(Vec::new())
            }
        }
    }

    /// Hands frames in and waits until the last one was handled (L-6, L-7).
    pub(crate) async fn post(&self, frames: Vec<Frame>) -> Result<(), PostError> {
        let deadline = Instant::now() + self.window;
        let (respond, answer) = oneshot::channel();
        let request = Request::Post(session::Post {
            frames: frames.into_iter(),
            respond,
            deadline,
        });
        let sent = self.requests.send(request).await;
        sent.map_err(|_| PostError::Gone)?;
        answer.await.map_err(|_| PostError::TimedOut)
    }
}

impl fmt::Debug for SessionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionRef")
    }
}
