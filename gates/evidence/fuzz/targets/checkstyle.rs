//! Bytes as `checkstyle`.
#![no_main]

dod_evidence_fuzz::reader!(Checkstyle);
