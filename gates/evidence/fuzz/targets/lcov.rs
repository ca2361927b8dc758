//! Bytes as `lcov`.
#![no_main]

dod_evidence_fuzz::reader!(Lcov);
