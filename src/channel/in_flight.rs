use std::sync::Arc;

use super::Link;

/// A message of the client that was accepted and not yet handled: its answer will need room in the outbox.
pub(crate) struct InFlight {
    link: Arc<Link>,
    bytes: usize,
}

impl InFlight {
    /// Counts a message with so many bytes of payload until it is dropped.
    pub(crate) fn new(link: &Arc<Link>, bytes: usize) -> Self {
        link.outbox.takes_off(bytes);
        Self {
            link: link.clone(),
            bytes,
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.link.outbox.lands(self.bytes);
    }
}
