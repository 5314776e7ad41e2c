//! Compressed messages; run with `cargo +nightly fuzz run inflated`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bennu_protocol_fuzz::inflated(data));
