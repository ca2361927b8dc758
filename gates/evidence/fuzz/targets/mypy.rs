//! Bytes as `mypy`.
#![no_main]

dod_evidence_fuzz::reader!(Mypy);
