//! Bytes as `eslint`.
#![no_main]

dod_evidence_fuzz::reader!(Eslint);
