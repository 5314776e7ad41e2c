//! The test kit, used as an application's tests use it (channels-wire 15).

mod channels;
mod failures;
mod room;
