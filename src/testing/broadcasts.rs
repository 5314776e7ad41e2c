//! The broadcasts of one topic, as a test sees them.

use std::fmt::Write;
use std::panic::Location;
use std::time::Duration;

use super::inbox::fail;
use super::{ASSERT_TIMEOUT, Pattern, REFUTE_TIMEOUT};
use crate::protocol::Payload;
use crate::pubsub::{Broadcast, PubSub, Receiver, SubscriberId};

/// The broadcasts of a topic since [`subscribe`](super::subscribe), those that nobody has asserted yet.
#[derive(Debug)]
pub struct Broadcasts {
    receiver: Receiver,
    waiting: Vec<Broadcast>,
    pub(super) assert_timeout: Duration,
    pub(super) refute_timeout: Duration,
}

impl Broadcasts {
    #[track_caller]
    pub(super) fn of(pubsub: &PubSub, topic: &str) -> Self {
        let receiver = pubsub.receiver(topic.to_owned());
        Self {
            receiver: receiver.unwrap_or_else(|cause| panic!("cannot listen to {topic}: {cause}")),
            waiting: Vec::new(),
            assert_timeout: ASSERT_TIMEOUT,
            refute_timeout: REFUTE_TIMEOUT,
        }
    }

    /// Who the test is to `broadcast_from`.
    #[must_use]
    pub const fn subscriber_id(&self) -> SubscriberId {
        self.receiver.subscriber_id()
    }

    /// Waits for a broadcast and takes it.
    ///
    /// # Panics
    /// When there is none like that in time.
    #[track_caller]
    pub fn assert_broadcast(
        &mut self,
        event: &str,
        pattern: impl Pattern,
    ) -> impl Future<Output = Payload> {
        let at = Location::caller();
        async move {
            let found = self.find(self.assert_timeout, event, &pattern).await;
            found.unwrap_or_else(|| {
                let wanted = format!("no broadcast {event} of {}", pattern.describe());
                fail(at, &wanted, &self.list())
            })
        }
    }

    /// Makes sure that no such broadcast comes.
    ///
    /// # Panics
    /// When one does.
    #[track_caller]
    pub fn refute_broadcast(
        &mut self,
        event: &str,
        pattern: impl Pattern,
    ) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            let found = self.find(self.refute_timeout, event, &pattern).await;
            if let Some(payload) = found {
                panic!("{at}: unexpected broadcast {event}: {payload:?}");
            }
        }
    }

    async fn find(
        &mut self,
        timeout: Duration,
        event: &str,
        pattern: &impl Pattern,
    ) -> Option<Payload> {
        let wanted = |broadcast: &Broadcast| {
            *broadcast.event() == event && pattern.matches(broadcast.payload())
        };
        if let Some(place) = self.waiting.iter().position(wanted) {
            return Some(self.waiting.remove(place).payload().clone());
        }
        let (receiver, waiting) = (&mut self.receiver, &mut self.waiting);
        let found = async move {
            loop {
                let received = receiver.receive().await;
                let broadcast = received.unwrap_or_else(|missed| panic!("{missed}"));
                if wanted(&broadcast) {
                    return broadcast.payload().clone();
                }
                waiting.push(broadcast);
            }
        };
        tokio::time::timeout(timeout, found).await.ok()
    }

    fn list(&self) -> String {
        self.waiting
            .iter()
            .fold(String::new(), |mut list, broadcast| {
                let payload = broadcast.payload();
                let _ = write!(list, "\n  broadcast {}: ", broadcast.event());
                let _ = match payload.as_json() {
                    Some(json) => write!(list, "{json}"),
                    None => write!(list, "{payload:?}"),
                };
                list
            })
    }
}
