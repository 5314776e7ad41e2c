//! The model application of Bennu.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the pages that call it come with the endpoint")
)]
mod chats;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the endpoint that takes it comes next")
)]
mod secret;

fn main() {}
