//! Where HTTP and sockets enter.

pub mod csrf;
pub mod session;
