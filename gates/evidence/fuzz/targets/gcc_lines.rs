//! Bytes as `gcc_lines`.
#![no_main]

dod_evidence_fuzz::reader!(GccLines);
