//! V1 frames; run with `cargo +nightly fuzz run v1`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bennu_protocol_fuzz::v1(data));
