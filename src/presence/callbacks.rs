//! What an application may add to its presences.

use std::future::Future;
use std::pin::Pin;

use super::{PresenceDiff, PresenceState};

/// Enriches presences before they are seen, as `fetch/2` of `Phoenix.Presence` (PR-12).
///
/// It is called with all presences of one list or with one part of a diff, so that names, say, are looked up in one
/// go. Each presence must keep its metas.
///
/// ```
/// use bennu::presence::{Fetch, Presence, PresenceState};
/// use bennu::pubsub::PubSub;
///
/// struct Names;
///
/// impl Fetch for Names {
///     async fn fetch(&self, _topic: &str, mut presences: PresenceState) -> PresenceState {
///         for (key, entry) in &mut presences {
///             entry.extra.insert("name".to_owned(), format!("user {key}").into());
///         }
///         presences
///     }
/// }
///
/// let presence = Presence::builder(PubSub::new()).fetch(Names).build();
/// ```
pub trait Fetch: Send + Sync + 'static {
    /// Answers the presences with whatever belongs beside their metas.
    ///
    /// A panic is logged, and the presences are seen as they were.
    fn fetch(
        &self,
        topic: &str,
        presences: PresenceState,
    ) -> impl Future<Output = PresenceState> + Send;
}

/// Hears of every diff after it was broadcast, as `handle_metas/4` of `Phoenix.Presence` (PR-13).
///
/// What Phoenix keeps in the state that `init/1` made are the fields of the type that implements this.
pub trait HandleMetas: Send + Sync + 'static {
    /// Takes one diff of `topic`, and everyone who is present after it.
    ///
    /// Calls for one topic come one at a time, in the order of the diffs; topics go side by side. A panic is logged.
    fn handle_metas(
        &self,
        topic: &str,
        diff: &PresenceDiff,
        presences: &PresenceState,
    ) -> impl Future<Output = ()> + Send;
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub(super) trait ErasedFetch: Send + Sync {
    fn fetch<'a>(&'a self, topic: &'a str, presences: PresenceState) -> Boxed<'a, PresenceState>;
}

impl<F: Fetch> ErasedFetch for F {
    fn fetch<'a>(&'a self, topic: &'a str, presences: PresenceState) -> Boxed<'a, PresenceState> {
        Box::pin(Fetch::fetch(self, topic, presences))
    }
}

pub(super) trait ErasedHandleMetas: Send + Sync {
    fn handle_metas<'a>(
        &'a self,
        topic: &'a str,
        diff: &'a PresenceDiff,
        presences: &'a PresenceState,
    ) -> Boxed<'a, ()>;
}

impl<H: HandleMetas> ErasedHandleMetas for H {
    fn handle_metas<'a>(
        &'a self,
        topic: &'a str,
        diff: &'a PresenceDiff,
        presences: &'a PresenceState,
    ) -> Boxed<'a, ()> {
        Box::pin(HandleMetas::handle_metas(self, topic, diff, presences))
    }
}
