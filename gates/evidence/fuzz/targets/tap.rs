//! Bytes as `tap`.
#![no_main]

dod_evidence_fuzz::reader!(Tap);
