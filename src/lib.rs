//! Under construction.

mod assigns;
pub mod channel;
pub mod endpoint;
pub mod presence;
pub mod pubsub;
pub mod registry;
pub mod session;
pub mod socket;
mod telemetry;
pub mod token;
mod transport;

pub use bennu_protocol as protocol;

pub use assigns::Assigns;
pub use presence::Presence;
pub use registry::Registry;
