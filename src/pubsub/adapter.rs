use std::fmt;

use super::Broadcast;

/// Carries broadcasts to other nodes, as `Phoenix.PubSub.Adapter`.
///
/// This is where a broker plugs in. Outwards, `broadcast` and `direct_broadcast` publish to it; both are called in the
/// broadcaster's task and must not wait, so that a broker's client queues them within a bound and answers with an
/// error beyond it. Inwards, a task of the adapter's own reads what other nodes published and hands it to
/// [`PubSub::local_broadcast`](super::PubSub::local_broadcast) of the hub made with
/// [`PubSub::with_adapter`](super::PubSub::with_adapter). Both must keep the order of one sender's broadcasts.
pub trait Adapter: Send + Sync + 'static {
    /// Sends a broadcast to all other nodes.
    ///
    /// # Errors
    /// When the broker did not take it; the broadcast then fails as a whole.
    fn broadcast(&self, broadcast: &Broadcast) -> Result<(), AdapterError>;

    /// Sends a broadcast to the one other node of this name; a name that no node has is no error (PS-3).
    ///
    /// # Errors
    /// When the broker did not take it.
    fn direct_broadcast(&self, node_name: &str, broadcast: &Broadcast) -> Result<(), AdapterError>;

    /// The name of this node, unique among those the adapter connects.
    fn node_name(&self) -> &str;
}

/// The adapter of a single node: there is nobody else to tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Local;

impl Adapter for Local {
    fn broadcast(&self, _: &Broadcast) -> Result<(), AdapterError> {
        Ok(())
    }

    fn direct_broadcast(&self, _: &str, _: &Broadcast) -> Result<(), AdapterError> {
        Ok(())
    }

    fn node_name(&self) -> &'static str {
        "nonode@nohost"
    }
}

/// An adapter could not pass a broadcast on.
#[derive(Debug)]
pub struct AdapterError(Box<dyn std::error::Error + Send + Sync>);

impl AdapterError {
    /// Wraps what the broker's client said.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pubsub adapter failed: {}", self.0)
    }
}

impl std::error::Error for AdapterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}
