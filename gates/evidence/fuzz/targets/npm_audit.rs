//! Bytes as `npm_audit`.
#![no_main]

dod_evidence_fuzz::reader!(NpmAudit);
