//! Bytes as `cyclonedx`.
#![no_main]

dod_evidence_fuzz::reader!(Cyclonedx);
