//! Bytes as `rustc`.
#![no_main]

dod_evidence_fuzz::reader!(Rustc);
