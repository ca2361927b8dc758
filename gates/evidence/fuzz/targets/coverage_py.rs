//! Bytes as `coverage_py`.
#![no_main]

dod_evidence_fuzz::reader!(CoveragePy);
