//! Bytes as `cargo_deny`.
#![no_main]

dod_evidence_fuzz::reader!(CargoDeny);
