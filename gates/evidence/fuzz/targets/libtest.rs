//! Bytes as `libtest`.
#![no_main]

dod_evidence_fuzz::reader!(Libtest);
