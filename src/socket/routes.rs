//! Which channel a topic belongs to.

use std::fmt;
use std::sync::Arc;

use crate::assigns::Assigns;
use crate::channel::{self, Channel, Handle, Join};

/// The topic patterns of a socket, as its `channel "room:*", RoomChannel` lines; the first match wins (D-13).
///
/// A pattern is a literal topic or a prefix followed by one `*`.
#[derive(Clone, Default)]
pub struct Routes(Vec<Route>);

#[derive(Clone)]
struct Route {
    pattern: Pattern,
    starter: Arc<dyn Starter>,
}

#[derive(Clone, Debug)]
enum Pattern {
    Literal(Box<str>),
    Prefix(Box<str>),
}

/// Starts the channel of a matched topic.
pub(crate) trait Starter: Send + Sync + 'static {
    fn start(&self, join: Join) -> Arc<dyn Handle>;
}

impl<F: Fn(Join) -> Arc<dyn Handle> + Send + Sync + 'static> Starter for F {
    fn start(&self, join: Join) -> Arc<dyn Handle> {
        self(join)
    }
}

impl Routes {
    /// No routes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the topics that match `pattern` to channels of type `C`.
    ///
    /// # Panics
    /// When the pattern has a `*` anywhere but at its end.
    #[must_use]
    pub fn channel<C: Channel>(self, pattern: &str) -> Self {
        self.starter(pattern, channel::spawn::<C>)
    }

    /// As [`channel`](Self::channel), with values that the channel finds in front of the connection's assigns; the
    /// option `assigns` of `channel/3` in Phoenix (D-13).
    ///
    /// ```
    /// # use bennu::channel::{Channel, JoinError, JoinSocket};
    /// # use bennu::protocol::Payload;
    /// use bennu::Assigns;
    /// use bennu::socket::Routes;
    ///
    /// struct IsPublic(bool);
    /// # struct Room;
    /// # impl Channel for Room {
    /// #     type Info = ();
    /// #     async fn join(_: Payload, _: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
    /// #         Ok((Self, Payload::empty()))
    /// #     }
    /// # }
    ///
    /// let mut assigns = Assigns::new();
    /// assigns.assign(IsPublic(true));
    /// let routes = Routes::new()
    ///     .channel_with::<Room>("public:*", assigns)
    ///     .channel::<Room>("private:*");
    /// ```
    ///
    /// # Panics
    /// When the pattern has a `*` anywhere but at its end.
    #[must_use]
    pub fn channel_with<C: Channel>(self, pattern: &str, assigns: Assigns) -> Self {
        self.starter(pattern, move |mut join: Join| {
            join.assigns = Arc::new(assigns.clone().in_front_of_all(join.assigns));
            channel::spawn::<C>(join)
        })
    }

    /// As [`channel`](Self::channel), with whatever starts the task.
    pub(crate) fn starter(mut self, pattern: &str, starter: impl Starter) -> Self {
        self.0.push(Route {
            pattern: Pattern::parse(pattern),
            starter: Arc::new(starter),
        });
        self
    }

    pub(crate) fn find(&self, topic: &str) -> Option<&Arc<dyn Starter>> {
        self.0
            .iter()
            .find(|route| route.pattern.matches(topic))
            .map(|route| &route.starter)
    }
}

impl Pattern {
    fn parse(pattern: &str) -> Self {
        let (prefix, wild) = pattern
            .strip_suffix('*')
            .map_or((pattern, false), |prefix| (prefix, true));
        assert!(
            !prefix.contains('*'),
            "topic pattern {pattern:?}: `*` may only stand at the end"
        );
        if wild {
            Self::Prefix(prefix.into())
        } else {
            Self::Literal(prefix.into())
        }
    }

    fn matches(&self, topic: &str) -> bool {
        match self {
            Self::Literal(literal) => **literal == *topic,
            Self::Prefix(prefix) => topic.starts_with(&**prefix),
        }
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|route| &route.pattern))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_may_be_empty_and_need_not_end_in_a_colon() {
        assert!(Pattern::parse("*").matches("anything"));
        assert!(Pattern::parse("roo*").matches("room:1"));
        assert!(Pattern::parse("exact").matches("exact"));
        assert!(!Pattern::parse("exact").matches("exactly"));
    }

    #[test]
    #[should_panic(expected = "`*` may only stand at the end")]
    fn a_star_in_the_middle_is_a_mistake() {
        let _ = Pattern::parse("room:*:users");
    }
}
