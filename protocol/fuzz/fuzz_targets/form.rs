//! Url-encoded parameters; run with `cargo +nightly fuzz run form`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bennu_protocol_fuzz::form(data));
