//! What a transport drives: frames of a client go in, and what the server has for it waits in the outbox.

mod channels;
mod raw;

use std::sync::Arc;
use std::task::{Context, Poll};

use super::raw::{Control, Start};
use super::{Limits, Routes};
use crate::assigns::Assigns;
use crate::channel::{ChannelLimits, Link, MailLimits, Outbox, Reason, Taken};
use crate::protocol::permessage_deflate::Agreement;
use crate::protocol::{Frame, Serializer};
use crate::pubsub::PubSub;
use crate::telemetry::ParameterFilter;

pub(crate) use channels::Channels;
use raw::Raw;

/// One connection and what takes its frames, driven by a transport.
pub(crate) enum Driver {
    Channels(Channels),
    Raw(Raw),
}

/// How far a frame got.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Handled {
    /// The next frame can come.
    Done,
    /// The next frame has to wait until [`Driver::poll_ready`] is ready.
    Waiting,
    /// The frame is no channel message: the connection has to close with 1011 (M-1).
    Malformed,
}

/// What a connection is made of once it was accepted.
pub(crate) struct Accepted {
    pub(crate) assigns: Assigns,
    pub(crate) id: Option<String>,
    pub(crate) pubsub: PubSub,
    pub(crate) limits: Limits,
    pub(crate) filter: Arc<ParameterFilter>,
    pub(crate) serves: Serves,
    /// What its WebSocket transport and the client agreed on.
    pub(crate) compression: Option<Agreement>,
}

/// Who takes the frames.
pub(crate) enum Serves {
    Channels {
        serializer: Serializer,
        routes: Arc<Routes>,
    },
    Raw(Start),
}

#[cfg(test)]
impl Accepted {
    /// An anonymous connection.
    pub(crate) fn anonymous(routes: Routes, limits: Limits) -> Self {
        Self {
            assigns: Assigns::new(),
            id: None,
            pubsub: PubSub::new(),
            limits,
            filter: Arc::default(),
            serves: Serves::Channels {
                serializer: Serializer::V2,
                routes: Arc::new(routes),
            },
            compression: None,
        }
    }
}

impl Driver {
    pub(crate) fn new(accepted: Accepted) -> Self {
        let Accepted {
            assigns,
            id,
            pubsub,
            limits,
            filter,
            serves,
            compression,
        } = accepted;
        let link = |serializer| {
            Arc::new(Link {
                outbox: Outbox::new(limits.outbox, compression),
                serializer,
                assigns: Arc::new(assigns),
                id: id.map(Into::into),
                pubsub,
                limits: ChannelLimits {
                    mail: MailLimits {
                        mail_max: limits.mail_max,
                        mail_bytes_max: limits.mail_bytes_max,
                    },
                    shutdown: limits.shutdown,
                },
                filter,
            })
        };
        match serves {
            Serves::Channels { serializer, routes } => {
                Self::Channels(Channels::new(link(serializer), routes, limits.channels_max))
            }
            // There is nobody to ask a raw connection for its serializer.
            Serves::Raw(start) => Self::Raw(Raw::new(link(Serializer::V2), start)),
        }
    }

    pub(crate) const fn link(&self) -> &Arc<Link> {
        match self {
            Self::Channels(channels) => channels.link(),
            Self::Raw(raw) => raw.link(),
        }
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.link().outbox
    }

    pub(crate) fn handle_frame(&mut self, frame: Frame) -> Handled {
        match self {
            Self::Channels(channels) => channels.handle_frame(frame),
            Self::Raw(raw) => raw.handle_frame(frame),
        }
    }

    /// Takes a control frame that the transport has answered already.
    pub(crate) fn handle_control(&mut self, control: impl FnOnce() -> Control) -> Handled {
        match self {
            Self::Channels(_) => Handled::Done,
            Self::Raw(raw) => raw.handle_control(control()),
        }
    }

    /// Ready when the next frame can be handled.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Channels(channels) => channels.poll_ready(cx),
            Self::Raw(raw) => raw.poll_ready(cx),
        }
    }

    /// Takes note of what has happened besides frames.
    pub(crate) fn hear(&mut self, news: &mut Taken) {
        match self {
            Self::Channels(channels) => channels.hear(news),
            Self::Raw(raw) => raw.hear(news),
        }
    }

    /// Ends what takes the frames of a connection that is gone, and waits until it has ended.
    pub(crate) async fn terminate(self, reason: Reason) {
        match self {
            Self::Channels(channels) => channels.terminate(reason).await,
            Self::Raw(raw) => raw.terminate(reason).await,
        }
    }
}
