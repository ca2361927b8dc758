//! Bytes as `junit`.
#![no_main]

dod_evidence_fuzz::reader!(Junit);
