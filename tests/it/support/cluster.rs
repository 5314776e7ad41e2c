//! Nodes in one process, joined by an adapter as a broker would join them.

use std::sync::Arc;

use bennu::pubsub::{Adapter, AdapterError, Broadcast, PubSub};
use parking_lot::Mutex;

/// Joins the hubs that are made with it. They live as long as the test's process.
#[derive(Clone, Default)]
pub(crate) struct Cluster(Arc<Mutex<Vec<PubSub>>>);

impl Cluster {
    /// The hub of another node.
    pub(crate) fn join(&self, name: &'static str) -> PubSub {
        let pubsub = PubSub::with_adapter(Node {
            cluster: self.clone(),
            name,
        });
        self.0.lock().push(pubsub.clone());
        pubsub
    }

    /// Takes a node off the net.
    pub(crate) fn leave(&self, name: &str) {
        self.0.lock().retain(|hub| hub.node_name() != name);
    }

    /// What a node published comes in at others through `local_broadcast`.
    fn deliver(&self, broadcast: &Broadcast, to: impl Fn(&str) -> bool) {
        let hubs = self.0.lock().clone();
        for hub in hubs.iter().filter(|hub| to(hub.node_name())) {
            let (topic, event) = (broadcast.topic().to_owned(), broadcast.event().to_owned());
            hub.local_broadcast(topic, event, broadcast.payload().clone());
        }
    }
}

/// A node's way to the others.
struct Node {
    cluster: Cluster,
    name: &'static str,
}

impl Adapter for Node {
    fn broadcast(&self, broadcast: &Broadcast) -> Result<(), AdapterError> {
        self.cluster.deliver(broadcast, |name| name != self.name);
        Ok(())
    }

    fn direct_broadcast(&self, node_name: &str, broadcast: &Broadcast) -> Result<(), AdapterError> {
        self.cluster.deliver(broadcast, |name| name == node_name);
        Ok(())
    }

    fn node_name(&self) -> &str {
        self.name
    }
}
