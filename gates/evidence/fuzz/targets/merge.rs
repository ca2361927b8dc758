//! Several reports of one gate, with a line `%%%` between them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dod_evidence_fuzz::merge_all(bytes));
