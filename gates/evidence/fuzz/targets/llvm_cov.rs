//! Bytes as `llvm_cov`.
#![no_main]

dod_evidence_fuzz::reader!(LlvmCov);
