//! Bytes as `pnpm_audit`.
#![no_main]

dod_evidence_fuzz::reader!(PnpmAudit);
