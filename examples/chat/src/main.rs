//! The model application of Bennu.
fn main() {}
