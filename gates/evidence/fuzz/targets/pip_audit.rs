//! Bytes as `pip_audit`.
#![no_main]

dod_evidence_fuzz::reader!(PipAudit);
