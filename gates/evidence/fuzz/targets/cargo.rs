//! Bytes as `cargo`.
#![no_main]

dod_evidence_fuzz::reader!(Cargo);
