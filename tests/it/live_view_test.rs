//! The verbs of LiveViewTest, used as an application's tests use them: on views of the engine, and on a scripted server
//! for all that the wire allows.

mod desk;
mod engine;
mod forms;
mod navigation;
mod parts;
mod scripted;
mod uploads;
mod wire;
