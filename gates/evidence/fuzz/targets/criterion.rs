//! Bytes as `criterion`.
#![no_main]

dod_evidence_fuzz::reader!(Criterion);
