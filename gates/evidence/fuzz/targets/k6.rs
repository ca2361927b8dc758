//! Bytes as `k6`.
#![no_main]

dod_evidence_fuzz::reader!(K6);
