//! V2 text frames; run with `cargo +nightly fuzz run v2_text`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bennu_protocol_fuzz::v2_text(data));
