//! Under construction.

pub mod endpoint;
pub mod token;
