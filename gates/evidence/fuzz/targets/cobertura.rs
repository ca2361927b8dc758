//! Bytes as `cobertura`.
#![no_main]

dod_evidence_fuzz::reader!(Cobertura);
