//! Bytes as `golangci_lint`.
#![no_main]

dod_evidence_fuzz::reader!(GolangciLint);
