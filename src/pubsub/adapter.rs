use std::fmt;

use super::Broadcast;

/// Carries broadcasts to other nodes, as `Phoenix.PubSub.Adapter`.
pub trait Adapter: Send + Sync + 'static {
    /// Sends a broadcast to all other nodes.
    ///
    /// # Errors
    /// When the broker did not take it; the broadcast then fails as a whole.
    fn broadcast(&self, broadcast: &Broadcast) -> Result<(), AdapterError>;

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
