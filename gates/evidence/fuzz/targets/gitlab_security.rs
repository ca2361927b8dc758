//! Bytes as `gitlab_security`.
#![no_main]

dod_evidence_fuzz::reader!(GitlabSecurity);
