//! Bytes as `gitlab_quality`.
#![no_main]

dod_evidence_fuzz::reader!(GitlabQuality);
