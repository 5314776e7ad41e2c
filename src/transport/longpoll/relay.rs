//! Requests that land on another node than their session: they travel through pubsub, as in Phoenix (L-12, L-13).
//!
//! The session's token names its node. There the session's gateway hears what is asked on a topic that only holders of
//! the token know, and answers on a topic that is made for one request.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant, sleep_until, timeout, timeout_at};

use super::{Gone, PostError, SessionId, SessionRef};
use crate::protocol::{Frame, Payload, WireFrame};
use crate::pubsub::{Broadcast, PubSub, Receiver, Subscriber, SubscriberId, Subscription};
use crate::registry::RegisterError;
use crate::token::base64url;
use crate::token::random::random_bytes;

/// Requests of other nodes that one session serves at a time; further ones are told so.
const ASKS_MAX: usize = 16;
/// Answers that one request waits for: that it was heard, and what came of it.
const ANSWERS_MAX: usize = 2;

const ASK: &str = "ask";
const ANSWER: &str = "answer";

/// What a node asks of a session on another.
#[derive(Serialize, Deserialize)]
struct Ask {
    request: Request,
    /// Where the answers go.
    node: String,
    topic: String,
}

#[derive(Serialize, Deserialize)]
enum Request {
    Poll,
    Post(Vec<Posted>),
}

#[derive(Serialize, Deserialize)]
enum Posted {
    Text(String),
    Base64(String),
}

#[derive(Serialize, Deserialize)]
enum Answer {
    /// The session lives and is at it.
    Heard,
    /// The session serves as many requests of other nodes as it may.
    Busy,
    Frames(Vec<String>),
    Posted,
    TimedOut,
    Gone,
}

/// Serves the requests of other nodes for a session, until the subscription is dropped.
pub(super) fn subscribe(
    pubsub: &PubSub,
    id: &SessionId,
    session: SessionRef,
) -> Result<Subscription, RegisterError> {
    let gateway = Gateway {
        session,
        pubsub: pubsub.clone(),
        runtime: Handle::current(),
        asks: Arc::new(Semaphore::new(ASKS_MAX)),
    };
    pubsub.subscribe(session_topic(id), SubscriberId::unique(), Arc::new(gateway))
}

struct Gateway {
    session: SessionRef,
    pubsub: PubSub,
    /// The broadcaster's task may be of another runtime, or none.
    runtime: Handle,
    asks: Arc<Semaphore>,
}

impl Subscriber for Gateway {
    fn deliver(&self, broadcast: &Broadcast) {
        if broadcast.event() != ASK {
            return;
        }
        let Ok(Ask {
            request,
            node,
            topic,
        }) = broadcast.payload().deserialize()
        else {
            return;
        };
        let (session, pubsub) = (self.session.clone(), self.pubsub.clone());
        let place = self.asks.clone().try_acquire_owned();
        self.runtime.spawn(async move {
            let tell = |answer| {
                let payload = Payload::json(&answer).expect("an answer is JSON");
                // Whoever asked gives up in time.
                let _ = pubsub.direct_broadcast(&node, topic.clone(), ANSWER, payload);
            };
            if place.is_err() {
                return tell(Answer::Busy);
            }
            tell(Answer::Heard);
            tell(serve(&session, request).await);
        });
    }
}

async fn serve(session: &SessionRef, request: Request) -> Answer {
    match request {
        Request::Poll => match session.poll().await {
            Ok(frames) => Answer::Frames(frames.iter().filter_map(text).collect()),
            Err(Gone) => Answer::Gone,
        },
        Request::Post(posted) => {
            let Some(frames) = posted.into_iter().map(Posted::into_frame).collect() else {
                return Answer::TimedOut;
            };
            match session.post(frames).await {
                Ok(()) => Answer::Posted,
                Err(PostError::TimedOut) => Answer::TimedOut,
                Err(PostError::Gone) => Answer::Gone,
            }
        }
    }
}

/// Sessions keep binary frames back (L-9).
fn text(frame: &WireFrame) -> Option<String> {
    Some(frame.text()?.into())
}

impl Posted {
    fn new(frame: Frame) -> Self {
        match frame {
            Frame::Text(text) => Self::Text(text.into()),
            Frame::Binary(bytes) => Self::Base64(STANDARD.encode(bytes)),
        }
    }

    fn into_frame(self) -> Option<Frame> {
        Some(match self {
            Self::Text(text) => Frame::Text(text.into()),
            Self::Base64(text) => Frame::Binary(STANDARD.decode(text).ok()?.into()),
        })
    }
}

/// A session on another node.
pub(crate) struct Remote {
    pub(super) pubsub: PubSub,
    pub(super) node: String,
    pub(super) id: SessionId,
    pub(super) window: Duration,
    /// How long the other node may take to say that it heard.
    pub(super) pubsub_timeout: Duration,
}

impl Remote {
    pub(super) async fn poll(&self) -> Result<Vec<WireFrame>, Gone> {
        let deadline = Instant::now() + self.window;
        match self.ask(Request::Poll).await? {
            Answer::Frames(texts) => {
                let texts = texts.into_iter().map(ByteString::from);
                Ok(texts
                    .map(|text| WireFrame::data(&Frame::Text(text)))
                    .collect())
            }
            Answer::Busy => {
                sleep_until(deadline).await;
                Ok(Vec::new())
            }
            _ => Err(Gone),
        }
    }

    pub(super) async fn post(&self, frames: Vec<Frame>) -> Result<(), PostError> {
        let frames = frames.into_iter().map(Posted::new).collect();
        match self.ask(Request::Post(frames)).await {
            Ok(Answer::Posted) => Ok(()),
            Ok(Answer::TimedOut | Answer::Busy) => Err(PostError::TimedOut),
            _ => Err(PostError::Gone),
        }
    }

    async fn ask(&self, request: Request) -> Result<Answer, Gone> {
        let topic = topic("answer", &random_bytes());
        let mut answers = self
            .pubsub
            .receiver_with(topic.clone(), ANSWERS_MAX)
            .map_err(|_| Gone)?;
        let ask = Ask {
            request,
            node: self.pubsub.node_name().to_owned(),
            topic,
        };
        let payload = Payload::json(&ask).expect("a request is JSON");
        let deadline = Instant::now() + self.window + self.pubsub_timeout;
        let asked = self
            .pubsub
            .direct_broadcast(&self.node, session_topic(&self.id), ASK, payload);
        asked.map_err(|_| Gone)?;
        let heard = timeout(self.pubsub_timeout, next(&mut answers)).await;
        match heard.map_err(|_| Gone)?? {
            Answer::Heard => {}
            answer => return Ok(answer),
        }
        let answered = timeout_at(deadline, next(&mut answers)).await;
        answered.map_err(|_| Gone)?
    }
}

async fn next(answers: &mut Receiver) -> Result<Answer, Gone> {
    let answer = answers.receive().await.map_err(|_| Gone)?;
    answer.payload().deserialize().map_err(|_| Gone)
}

fn session_topic(id: &SessionId) -> String {
    topic("session", id)
}

/// Out of reach of clients: they do not know the 128 random bits of anybody else.
fn topic(kind: &str, id: &SessionId) -> String {
    let mut topic = format!("phx:longpoll:{kind}:");
    base64url::encode_onto(&mut topic, id);
    topic
}
