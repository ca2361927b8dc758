//! One module per format: bytes in, evidence out.
//!
//! **Absent on purpose:** process names, exit codes, thresholds. The catalogue and the policy know them.

pub(crate) mod bandit;
pub(crate) mod cargo;
pub(crate) mod cargo_audit;
pub(crate) mod cargo_deny;
pub(crate) mod checkstyle;
pub(crate) mod cobertura;
pub(crate) mod coverage_py;
pub(crate) mod criterion;
pub(crate) mod cyclonedx;
pub(crate) mod eslint;
pub(crate) mod file_list;
pub(crate) mod gcc_lines;
pub(crate) mod gitlab_quality;
pub(crate) mod gitlab_security;
pub(crate) mod go_cover;
pub(crate) mod go_test;
pub(crate) mod golangci_lint;
pub(crate) mod gosec;
pub(crate) mod grype;
pub(crate) mod hyperfine;
pub(crate) mod istanbul;
pub(crate) mod jacoco;
pub(crate) mod junit;
pub(crate) mod k6;
pub(crate) mod lcov;
pub(crate) mod libtest;
pub(crate) mod libtest_json;
pub(crate) mod llvm_cov;
pub(crate) mod measures;
pub(crate) mod mypy;
pub(crate) mod npm_audit;
pub(crate) mod osv;
pub(crate) mod osv_scanner;
pub(crate) mod pip_audit;
pub(crate) mod pnpm_audit;
pub(crate) mod ruff;
pub(crate) mod rustc;
pub(crate) mod sarif;
pub(crate) mod semgrep;
pub(crate) mod spdx;
pub(crate) mod tap;
pub(crate) mod trivy;
pub(crate) mod tsc;
pub(crate) mod yarn_audit;
