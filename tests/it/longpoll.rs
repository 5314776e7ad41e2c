//! Long polling as its clients see it (channels-wire 8), driven in memory and with a paused clock.

mod app;
mod batches;
mod client;
mod delivery;
mod nodes;
mod requests;
mod sessions;
