//! Bytes as `gosec`.
#![no_main]

dod_evidence_fuzz::reader!(Gosec);
