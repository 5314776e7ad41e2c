//! Under construction.

pub mod presence;
pub mod registry;

pub use registry::Registry;
