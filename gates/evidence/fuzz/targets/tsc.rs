//! Bytes as `tsc`.
#![no_main]

dod_evidence_fuzz::reader!(Tsc);
