//! Whom presences belong to.

use std::any::Any;
use std::fmt;

use crate::channel::{Channel, JoinSocket, Socket};
use crate::pubsub::SubscriberId;

/// Whose end ends a presence: a channel, a live view, or a [`TaskOwner`]; a pid in Phoenix.
pub trait Owner {
    /// Who this is; two owners never have the same identity. A live view whose page is only being loaded is nobody yet
    /// and cannot be tracked.
    fn subscriber_id(&self) -> Option<SubscriberId>;

    /// Keeps `guard` until the owner has ended, whatever ends it.
    fn own(&mut self, guard: impl Any + Send);
}

impl<C: Channel> Owner for JoinSocket<C> {
    fn subscriber_id(&self) -> Option<SubscriberId> {
        Some(Self::subscriber_id(self))
    }

    fn own(&mut self, guard: impl Any + Send) {
        Self::own(self, guard);
    }
}

impl<C: Channel> Owner for Socket<C> {
    fn subscriber_id(&self) -> Option<SubscriberId> {
        Some(JoinSocket::subscriber_id(self))
    }

    fn own(&mut self, guard: impl Any + Send) {
        JoinSocket::own(self, guard);
    }
}

/// An owner for code that is neither channel nor live view: its presences end when it is dropped.
///
/// Keep it in the task it stands for.
pub struct TaskOwner {
    id: SubscriberId,
    owned: Vec<Box<dyn Any + Send>>,
}

impl TaskOwner {
    /// An owner of its own.
    #[must_use]
    pub fn new() -> Self {
        Self {
            id: SubscriberId::unique(),
            owned: Vec::new(),
        }
    }
}

impl Default for TaskOwner {
    fn default() -> Self {
        Self::new()
    }
}

impl Owner for TaskOwner {
    fn subscriber_id(&self) -> Option<SubscriberId> {
        Some(self.id)
    }

    fn own(&mut self, guard: impl Any + Send) {
        self.owned.push(Box::new(guard));
    }
}

impl fmt::Debug for TaskOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskOwner")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
