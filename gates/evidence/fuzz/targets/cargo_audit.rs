//! Bytes as `cargo_audit`.
#![no_main]

dod_evidence_fuzz::reader!(CargoAudit);
