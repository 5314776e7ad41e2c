//! What Bennu promises, seen from outside: one integration binary, a module for each part of the house.

mod channels;
mod cluster;
#[cfg(feature = "live")]
mod colocated;
mod compression;
mod connect;
mod csrf;
mod disconnect;
mod drain;
mod external_term;
#[cfg(feature = "live")]
mod forms;
mod golden;
mod http;
mod introspection;
mod layers;
mod limits;
#[cfg(feature = "live")]
mod live_async;
#[cfg(feature = "live")]
mod live_components;
#[cfg(feature = "live")]
mod live_document;
#[cfg(feature = "live")]
mod live_flash;
#[cfg(feature = "live")]
mod live_hostile;
#[cfg(feature = "live")]
mod live_lifecycle;
#[cfg(feature = "live")]
mod live_navigation;
#[cfg(feature = "live")]
mod live_nested;
#[cfg(feature = "live-reload")]
mod live_reload;
#[cfg(feature = "live")]
mod live_sessions;
#[cfg(feature = "live")]
mod live_sticky;
#[cfg(feature = "live")]
mod live_upload;
#[cfg(feature = "live")]
mod live_view;
#[cfg(feature = "live")]
mod live_view_test;
mod longpoll;
mod mounts;
mod parity;
mod presence;
mod presence_channel;
mod pubsub;
mod raw;
mod registry;
#[cfg(feature = "live")]
mod render;
mod robust;
mod session;
mod static_files;
mod subprotocol;
mod support;
mod telemetry;
mod testing;
mod token;
