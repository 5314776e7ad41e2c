//! What the channels of one connection share.

use std::sync::Arc;
use std::time::Duration;

use bytestring::ByteString;

use super::Outbox;
use super::mailbox::MailLimits;
use crate::assigns::Assigns;
use crate::protocol::Serializer;
use crate::pubsub::PubSub;
use crate::telemetry::ParameterFilter;

/// The limits of every channel of a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChannelLimits {
    pub(crate) mail: MailLimits,
    pub(crate) shutdown: Duration,
}

/// What a channel knows of the connection it lives on.
pub(crate) struct Link {
    pub(crate) outbox: Outbox,
    pub(crate) serializer: Serializer,
    pub(crate) assigns: Arc<Assigns>,
    pub(crate) id: Option<ByteString>,
    pub(crate) pubsub: PubSub,
    pub(crate) limits: ChannelLimits,
    /// What may stand in the log.
    pub(crate) filter: Arc<ParameterFilter>,
}
