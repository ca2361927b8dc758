//! Bytes of any format: recognized or not, and read as what they look like.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dod_evidence_fuzz::detect_and_read(bytes));
