//! One module per format: bytes in, evidence out.
//!
//! **Absent on purpose:** process names, exit codes, thresholds. The catalogue and the policy know them.

pub(crate) mod cargo;
pub(crate) mod cobertura;
pub(crate) mod eslint;
pub(crate) mod file_list;
pub(crate) mod gcc_lines;
pub(crate) mod go_cover;
pub(crate) mod go_test;
pub(crate) mod junit;
pub(crate) mod lcov;
pub(crate) mod libtest;
pub(crate) mod measures;
pub(crate) mod mypy;
pub(crate) mod ruff;
pub(crate) mod sarif;
pub(crate) mod tsc;
