//! Bytes as `bandit`.
#![no_main]

dod_evidence_fuzz::reader!(Bandit);
