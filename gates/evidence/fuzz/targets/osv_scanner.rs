//! Bytes as `osv_scanner`.
#![no_main]

dod_evidence_fuzz::reader!(OsvScanner);
