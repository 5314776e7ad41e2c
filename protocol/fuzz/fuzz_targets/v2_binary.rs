//! V2 binary frames; run with `cargo +nightly fuzz run v2_binary`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bennu_protocol_fuzz::v2_binary(data));
