//! Under construction.

pub mod token;
