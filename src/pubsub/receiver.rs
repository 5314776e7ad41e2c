//! The subscription of a plain task: a bounded queue to await.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::{Broadcast, Subscriber, SubscriberId, Subscription};

/// Broadcasts that may wait for a [`Receiver`], unless it is told otherwise.
pub(super) const BROADCASTS_MAX: usize = 1_024;

/// Awaits the broadcasts of one topic in any task, as a process that called `Phoenix.PubSub.subscribe/2`; dropping it
/// unsubscribes.
///
/// ```
/// use bennu::protocol::Payload;
/// use bennu::pubsub::PubSub;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let pubsub = PubSub::new();
/// let mut news = pubsub.receiver("news")?;
/// pubsub.broadcast("news", "published", Payload::empty())?;
/// assert_eq!(news.receive().await?.event(), "published");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Receiver {
    queue: Arc<Queue>,
    id: SubscriberId,
    /// Held for its drop.
    _subscription: Subscription,
}

impl Receiver {
    pub(super) const fn new(
        queue: Arc<Queue>,
        id: SubscriberId,
        subscription: Subscription,
    ) -> Self {
        Self {
            queue,
            id,
            _subscription: subscription,
        }
    }

    /// Who this subscriber is to `broadcast_from`.
    #[must_use]
    pub const fn subscriber_id(&self) -> SubscriberId {
        self.id
    }

    /// The oldest broadcast that waits; waits for one if there is none. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`Missed`] once, after the broadcasts that had found room, when others had not.
    pub async fn receive(&mut self) -> Result<Broadcast, Missed> {
        std::future::poll_fn(|cx| self.queue.poll_receive(cx)).await
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A [`Receiver`] was too slow: so many broadcasts found its queue full and are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed(pub u64);

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} broadcasts found no room in the receiver's queue",
            self.0
        )
    }
}

impl std::error::Error for Missed {}

pub(super) struct Queue {
    state: Mutex<State>,
    broadcasts_max: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Broadcast>,
    /// Broadcasts that came after the last one in `waiting`. While there are some, no later one gets in: the receiver
    /// learns of the gap where it is.
    missed: u64,
    reader: Option<Waker>,
}

impl Queue {
    pub(super) fn new(broadcasts_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            broadcasts_max,
        }
    }

    fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Result<Broadcast, Missed>> {
        let mut state = self.state.lock();
        if let Some(broadcast) = state.waiting.pop_front() {
            return Poll::Ready(Ok(broadcast));
        }
        if state.missed > 0 {
            return Poll::Ready(Err(Missed(std::mem::take(&mut state.missed))));
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Subscriber for Queue {
    fn deliver(&self, broadcast: &Broadcast) {
        let mut state = self.state.lock();
        if state.missed > 0 || state.waiting.len() >= self.broadcasts_max {
            state.missed += 1;
        } else {
            state.waiting.push_back(broadcast.clone());
        }
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}
