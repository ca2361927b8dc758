//! Bytes as `file_list`.
#![no_main]

dod_evidence_fuzz::reader!(FileList);
