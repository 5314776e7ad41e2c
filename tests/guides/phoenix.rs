//! What `docs/liveview-for-phoenix-developers.md` shows.

mod background;
mod colocated;
mod commands;
mod forms;
mod function_components;
mod heex;
mod lifecycle;
mod live_components;
#[cfg(feature = "live-reload")]
mod live_reload;
mod navigation;
mod nested;
mod presence;
mod streams;
mod telemetry;
mod thermostat;
mod tokens;
mod uploads;
