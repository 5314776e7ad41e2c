//! Under construction.

pub mod registry;

pub use registry::Registry;
