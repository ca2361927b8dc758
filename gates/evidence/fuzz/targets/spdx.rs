//! Bytes as `spdx`.
#![no_main]

dod_evidence_fuzz::reader!(Spdx);
