//! The events of a page as values of an enum: what `handle_event` takes apart with a `match`.
//!
//! Phoenix matches the name and the parameters of an event in the heads of `handle_event/3`. Here an enum says which
//! events there are and what each carries, and the derive macro [`LiveEvent`](macro@LiveEvent) says how they are read.

use std::error::Error;
use std::fmt;

use serde::de::DeserializeOwned;

use crate::protocol::form::{Param, ParamError};

#[doc = include_str!("live_event.md")]
pub use bennu_macros::LiveEvent;

/// An enum of events; derive it with the macro [`LiveEvent`](macro@LiveEvent).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which events there are",
    label = "needs `#[derive(LiveEvent)]`"
)]
pub trait LiveEvent: Sized {
    /// The names of all events, in the order of the variants.
    const NAMES: &'static [&'static str];

    /// Reads an event as `handle_event` gets it.
    ///
    /// # Errors
    ///
    /// [`EventError`]; with `?` it ends the view with `phx_error`, and the client mounts it afresh.
    fn decode(event: &str, params: &Param) -> Result<Self, EventError>;
}

/// The peer sent an event that the view does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventError {
    /// No variant has this name.
    Unhandled {
        /// The event's name.
        event: String,
    },
    /// What the event carries does not fit its variant.
    Values {
        /// The event's name.
        event: String,
        /// What does not fit.
        error: ParamError,
    },
}

impl EventError {
    /// Called by the derive.
    #[doc(hidden)]
    #[must_use]
    pub fn unhandled(event: &str) -> Self {
        Self::Unhandled {
            event: event.to_owned(),
        }
    }
}

/// Reads what an event carries; called by the derive.
#[doc(hidden)]
pub fn read<T: DeserializeOwned>(event: &str, params: &Param) -> Result<T, EventError> {
    params.deserialize().map_err(|error| EventError::Values {
        event: event.to_owned(),
        error,
    })
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unhandled { event } => write!(f, "no handler for event {event:?}"),
            Self::Values { event, error } => write!(f, "event {event:?}: {error}"),
        }
    }
}

impl Error for EventError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unhandled { .. } => None,
            Self::Values { error, .. } => Some(error),
        }
    }
}
