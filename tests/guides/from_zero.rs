//! The first two steps of `docs/liveview-from-zero.md`; the last one is `examples/guestbook`.

#[expect(dead_code, reason = "it is a program of its own")]
mod first_page;
#[expect(dead_code, reason = "it is a program of its own")]
mod form_and_stream;
