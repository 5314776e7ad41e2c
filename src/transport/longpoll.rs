//! The long-poll transport: sessions that live on between the requests of their clients (channels-wire 8).
//!
//! A [`Session`] is a task that owns a connection, as the WebSocket's task does. Requests find it by the token that
//! its client was given: a poll takes the frames that wait in the outbox or waits for some, a post hands frames in.
//! Requests that land on another node reach it through pubsub.

mod relay;
mod session;

use std::fmt;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Duration, Instant, sleep_until};

use super::LongPollOptions;
use crate::channel::OutboxLimits;
use crate::protocol::{Frame, WireFrame};
use crate::pubsub::{PubSub, Subscription};
use crate::registry::{RegisterError, Registration, Registry};
use crate::socket::{Accepted, Driver};
use crate::token::random::random_bytes;
use crate::token::{MaxAge, SecretKeyBase, Term, Token};

pub(crate) use session::Session;

use relay::Remote;
use session::{Answer, Request};

/// Requests on their way to one session; the next one waits for room.
const REQUESTS_MAX: usize = 16;

/// The sessions of one mounted socket.
pub(crate) struct Sessions {
    options: LongPollOptions,
    tokens: Token,
    pubsub: PubSub,
    registry: Registry<SessionId, SessionRef>,
}

/// What a session's token says: nobody meets another's by chance, not even after a restart.
type SessionId = [u8; 16];

impl Sessions {
    /// No sessions. Tokens are bound to the `path` that the socket is mounted at (L-13).
    pub(crate) fn new(
        secret_key_base: &SecretKeyBase,
        pubsub: &PubSub,
        path: &str,
        options: LongPollOptions,
    ) -> Self {
        Self {
            options,
            tokens: Token::new(secret_key_base, format!("longpoll {path}")),
            pubsub: pubsub.clone(),
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
        let place = Place {
            gateway: relay::subscribe(&self.pubsub, &id, session_ref.clone())?,
            registration: self.registry.register(id, session_ref)?,
        };
        let driver = Driver::new(self.with_outbox_limits(accepted));
        let session = Session::new(driver, received, place, self.options.window);
        let node = self.pubsub.node_name().into();
        let token = Term::tuple([Term::binary(id.to_vec()), node]);
        Ok((session, self.tokens.sign(token)))
    }

    /// Frames wait for polls in the outbox, so that is where they are bounded.
    fn with_outbox_limits(&self, mut accepted: Accepted) -> Accepted {
        accepted.limits.outbox = OutboxLimits {
            frames_max: self.options.buffered_frames_max,
            bytes_max: self.options.buffered_bytes_max,
        };
        accepted
    }

    /// The session that a token stands for: on this node if it lives, or wherever it may live.
    pub(crate) fn find(&self, token: &str) -> Option<Found> {
        let max_age = i64::try_from(self.options.token_max_age.as_secs()).unwrap_or(i64::MAX);
        let token = self.tokens.verify(token, MaxAge::Seconds(max_age)).ok()?;
        let [id, node] = token.as_tuple()? else {
            return None;
        };
        let id: SessionId = id.as_bytes()?.try_into().ok()?;
        let node = node.as_str()?;
        if node == self.pubsub.node_name() {
            return self.registry.lookup(&id).map(Found::Here);
        }
        Some(Found::Elsewhere(Remote {
            pubsub: self.pubsub.clone(),
            node: node.to_owned(),
            id,
            window: self.options.window,
            pubsub_timeout: self.options.pubsub_timeout,
        }))
    }
}

/// What a session has until it ends.
pub(super) struct Place {
    /// Hears the requests that land on other nodes.
    #[expect(dead_code, reason = "held for its drop")]
    gateway: Subscription,
    /// Keeps the session's place among those that may live at a time.
    #[expect(dead_code, reason = "held for its drop")]
    registration: Registration<SessionId, SessionRef>,
}

/// A session, wherever it is.
pub(crate) enum Found {
    Here(SessionRef),
    Elsewhere(Remote),
}

impl Found {
    /// Waits for frames until the window ends; none means that none came.
    pub(crate) async fn poll(&self) -> Result<Vec<WireFrame>, Gone> {
        match self {
            Self::Here(session) => session.poll().await,
            Self::Elsewhere(session) => session.poll().await,
        }
    }

    /// Hands frames in and waits until the last one was handled (L-6, L-7).
    pub(crate) async fn post(&self, frames: Vec<Frame>) -> Result<(), PostError> {
        match self {
            Self::Here(session) => session.post(frames).await,
            Self::Elsewhere(session) => session.post(frames).await,
        }
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
    async fn poll(&self) -> Result<Vec<WireFrame>, Gone> {
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
    async fn post(&self, frames: Vec<Frame>) -> Result<(), PostError> {
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
