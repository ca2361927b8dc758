//! Bytes as `jacoco`.
#![no_main]

dod_evidence_fuzz::reader!(Jacoco);
