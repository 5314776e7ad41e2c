//! What Bennu promises, seen from outside: one integration binary, a module for each part of the house.

mod csrf;
mod external_term;
mod golden;
mod presence;
mod registry;
mod session;
mod token;
