//! Bytes as `grype`.
#![no_main]

dod_evidence_fuzz::reader!(Grype);
