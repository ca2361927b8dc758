//! Bytes as `libtest_json`.
#![no_main]

dod_evidence_fuzz::reader!(LibtestJson);
