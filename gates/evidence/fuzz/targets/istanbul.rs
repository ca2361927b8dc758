//! Bytes as `istanbul`.
#![no_main]

dod_evidence_fuzz::reader!(Istanbul);
