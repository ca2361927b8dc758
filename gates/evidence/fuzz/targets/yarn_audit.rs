//! Bytes as `yarn_audit`.
#![no_main]

dod_evidence_fuzz::reader!(YarnAudit);
