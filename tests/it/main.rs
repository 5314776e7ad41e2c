//! What Bennu promises, seen from outside: one integration binary, a module for each part of the house.

mod csrf;
mod external_term;
mod golden;
mod longpoll;
mod mounts;
mod presence;
mod pubsub;
mod registry;
#[cfg(feature = "live")]
mod render;
mod session;
mod subprotocol;
mod telemetry;
mod testing;
mod token;
