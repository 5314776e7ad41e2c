//! Under construction.

// The macros write `::bennu::…`, also inside this crate.
#[cfg(feature = "live")]
extern crate self as bennu;

mod assigns;
pub mod channel;
pub mod endpoint;
#[cfg(feature = "live")]
pub mod live;
pub mod presence;
pub mod pubsub;
pub mod registry;
pub mod session;
pub mod socket;
pub mod telemetry;
pub mod testing;
pub mod token;
mod transport;

pub use bennu_protocol as protocol;

pub use assigns::Assigns;
pub use presence::Presence;
pub use registry::Registry;

#[cfg(feature = "live")]
pub use bennu_macros::SlotAttributes;
#[cfg(feature = "live")]
#[doc = include_str!("live/component.md")]
pub use bennu_macros::component;
#[cfg(feature = "live")]
#[doc = include_str!("live/heex.md")]
pub use bennu_macros::heex;

/// What the expansion of `heex!` and `#[component]` calls; not part of the public interface.
#[cfg(feature = "live")]
#[doc(hidden)]
pub mod __private {
    pub use crate::live::attributes::{
        Attribute, AttributeValue, Attributes, Classes, GlobalAttributes, List, TakesRest,
        rest_attribute, rest_attributes,
    };
    pub use crate::live::rendered::props::{Given, Missing};
    pub use crate::live::rendered::{
        Comprehension, Dynamic, Render, Rendered, Rows, Sink, Slot, SlotAttributes, SlotVisitor,
        Template, comprehension, rendered,
    };
}
