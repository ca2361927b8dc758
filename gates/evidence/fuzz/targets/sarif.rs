//! Bytes as `sarif`.
#![no_main]

dod_evidence_fuzz::reader!(Sarif);
