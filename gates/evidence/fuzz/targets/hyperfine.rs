//! Bytes as `hyperfine`.
#![no_main]

dod_evidence_fuzz::reader!(Hyperfine);
