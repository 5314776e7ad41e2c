//! What is seen from outside, in one binary.

mod csrf;
mod external_term;
mod golden;
mod session;
mod token;
