//! Bytes as `ruff`.
#![no_main]

dod_evidence_fuzz::reader!(Ruff);
