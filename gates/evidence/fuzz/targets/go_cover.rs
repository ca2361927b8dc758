//! Bytes as `go_cover`.
#![no_main]

dod_evidence_fuzz::reader!(GoCover);
