//! Bytes as `osv`.
#![no_main]

dod_evidence_fuzz::reader!(Osv);
