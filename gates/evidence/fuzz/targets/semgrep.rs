//! Bytes as `semgrep`.
#![no_main]

dod_evidence_fuzz::reader!(Semgrep);
