//! Bytes as `measures`.
#![no_main]

dod_evidence_fuzz::reader!(Measures);
