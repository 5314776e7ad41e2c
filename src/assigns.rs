//! Values by type: what an endpoint or a socket's `connect` hands to the code behind it.

use std::any::{Any, type_name};
use std::fmt;
use std::sync::Arc;

/// Values found by their type, as the assigns of a Phoenix socket are found by name.
///
/// A connection's assigns stand in front of those of its endpoint: a type that `connect` assigned hides the
/// endpoint's.
///
/// ```
/// use bennu::Assigns;
///
/// struct Greeting(&'static str);
///
/// let mut assigns = Assigns::new();
/// assigns.assign(Greeting("hello"));
/// assert_eq!(assigns.of::<Greeting>().map(|greeting| greeting.0), Some("hello"));
/// ```
#[derive(Clone, Default)]
pub struct Assigns {
    values: Vec<Arc<dyn Any + Send + Sync>>,
    behind: Option<Arc<Self>>,
}

impl Assigns {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No values of its own, those of `behind` shine through.
    #[must_use]
    pub fn in_front_of(behind: Arc<Self>) -> Self {
        Self {
            values: Vec::new(),
            behind: Some(behind),
        }
    }

    /// These values with `behind` shining through them, after all that shines through already.
    pub(crate) fn in_front_of_all(mut self, behind: Arc<Self>) -> Self {
        let end = match self.behind.take() {
            Some(next) => Arc::new(Arc::unwrap_or_clone(next).in_front_of_all(behind)),
            None => behind,
        };
        self.behind = Some(end);
        self
    }

    /// Keeps a value; one of the same type is replaced.
    pub fn assign<T: Send + Sync + 'static>(&mut self, value: T) {
        let value = Arc::new(value);
        match self.values.iter_mut().find(|value| value.is::<T>()) {
            Some(slot) => *slot = value,
            None => {
                // Every connection keeps a few values as long as it lives.
                self.values.reserve_exact(1);
                self.values.push(value);
            }
        }
    }

    /// The value of type `T`, if there is one.
    #[must_use]
    pub fn of<T: 'static>(&self) -> Option<&T> {
        let own = self.values.iter().find_map(|value| value.downcast_ref());
        match own {
            Some(value) => Some(value),
            None => self.behind.as_ref()?.of(),
        }
    }

    /// The value of type `T`.
    ///
    /// # Panics
    /// When nothing of that type was assigned, which is a mistake in the application; a panic in a callback ends one
    /// channel or answers one request with 500.
    #[must_use]
    #[track_caller]
    pub fn expect<T: 'static>(&self) -> &T {
        self.of().unwrap_or_else(|| {
            panic!(
                "no `{}` in the assigns: give it to `Endpoint::builder().assign(..)`, or assign it in the socket's \
                 `connect`",
                type_name::<T>()
            )
        })
    }
}

impl fmt::Debug for Assigns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assigns")
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connections_value_hides_the_endpoints() {
        let mut endpoint = Assigns::new();
        endpoint.assign(1_u8);
        endpoint.assign("kept");
        let mut connection = Assigns::in_front_of(Arc::new(endpoint));
        assert_eq!(connection.of::<u8>(), Some(&1));
        connection.assign(2_u8);
        connection.assign(3_u8);
        assert_eq!(connection.of::<u8>(), Some(&3));
        assert_eq!(connection.expect::<&str>(), &"kept");
        assert_eq!(connection.of::<u16>(), None);
    }

    #[test]
    #[should_panic(expected = "no `u8` in the assigns")]
    fn a_missing_value_is_named() {
        let _ = Assigns::new().expect::<u8>();
    }
}
