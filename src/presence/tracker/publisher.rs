//! Announces the changes of a topic, one diff after the other, while nothing is locked.

use std::sync::Arc;

use bytestring::ByteString;
use tokio::runtime::Handle;

use super::Tracker;
use super::presences::Change;
use crate::channel::guard;
use crate::presence::PresenceDiff;
use crate::telemetry;

/// The one who publishes to a topic, until there is nothing more to publish.
pub(super) struct Publisher {
    tracker: Arc<Tracker>,
    topic: ByteString,
    is_done: bool,
}

impl Publisher {
    pub(super) const fn new(tracker: Arc<Tracker>, topic: ByteString) -> Self {
        Self {
            tracker,
            topic,
            is_done: false,
        }
    }

    /// Publishes at once, or leaves it to a task where callbacks may take their time. Without callbacks the first diff
    /// is out before this returns.
    pub(super) fn start(mut self) {
        let runtime = Handle::try_current().ok();
        if self.tracker.has_callbacks() {
            // Without a runtime the process ends, and nobody is left to be told.
            if let Some(runtime) = runtime {
                runtime.spawn(self.run());
            }
            return;
        }
        while let Some(change) = self.take() {
            self.tracker.broadcast(&self.topic, &change.diff);
            if let Some(runtime) = runtime.as_ref().filter(|_| self.has_more()) {
                // Others go on changing the topic: this task has its own work to do.
                runtime.spawn(self.run());
                return;
            }
        }
    }

    async fn run(mut self) {
        while let Some(change) = self.take() {
            self.publish(change).await;
            tokio::task::yield_now().await;
        }
    }

    async fn publish(&self, change: Change) {
        let (tracker, topic) = (&self.tracker, &self.topic);
        let diff = PresenceDiff {
            joins: tracker.fetch(topic, change.diff.joins).await,
            leaves: tracker.fetch(topic, change.diff.leaves).await,
        };
        tracker.broadcast(topic, &diff);
        let Some((handler, presences)) = tracker.handle_metas.as_ref().zip(change.presences) else {
            return;
        };
        let handled = guard(async { handler.handle_metas(topic, &diff, &presences).await });
        if let Err(cause) = handled.await {
            telemetry::presence_callback_crashed(topic, "handle_metas", &cause);
        }
    }

    /// The next diff; nothing when all is published, which makes room for another publisher.
    fn take(&mut self) -> Option<Change> {
        let with_presences = self.tracker.handle_metas.is_some();
        let mut presences = self.tracker.presences.lock();
        let change = presences.take(&self.topic, with_presences);
        self.is_done = change.is_none();
        change
    }

    fn has_more(&self) -> bool {
        self.tracker.presences.lock().waiting_metas(&self.topic) > 0
    }
}

impl Drop for Publisher {
    /// A publisher that could not go on leaves what waits to the one who makes the next change.
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        self.tracker.presences.lock().give_up(&self.topic);
    }
}
