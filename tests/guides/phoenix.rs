//! What `docs/liveview-for-phoenix-developers.md` shows.

mod background;
mod colocated;
mod commands;
mod forms;
mod function_components;
mod heex;
mod lifecycle;
mod live_components;
mod navigation;
mod nested;
mod presence;
mod streams;
mod telemetry;
mod thermostat;
mod tokens;
mod uploads;
