//! Bytes as `trivy`.
#![no_main]

dod_evidence_fuzz::reader!(Trivy);
