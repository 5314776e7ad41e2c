//! Posted long-poll bodies; run with `cargo +nightly fuzz run longpoll`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bennu_protocol_fuzz::longpoll(data));
