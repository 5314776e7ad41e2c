//! Everything seen from outside the crate.

#[cfg(feature = "live")]
mod render;
