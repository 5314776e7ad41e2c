//! The code of the guides in `docs`: each Rust block of a guide is a piece of a file that is compiled and tested.

mod blocks;
mod from_zero;
mod phoenix;
