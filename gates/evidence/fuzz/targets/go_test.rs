//! Bytes as `go_test`.
#![no_main]

dod_evidence_fuzz::reader!(GoTest);
