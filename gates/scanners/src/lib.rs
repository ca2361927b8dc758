//! Built-in scanners: they read a tree and write standard formats, like any other tool.
//!
//! Each scanner has `scan(root, &Options) -> Result<Report, ScanError>`; a report becomes SARIF bytes, which
//! the evidence readers take like those of a foreign tool.
//!
//! **Invariant: nothing is silently skipped.** What a scanner did not look into stands in its report, and what
//! it should have read and could not makes the report unsuccessful.
//!
//! **Absent on purpose:** judging (policies do that), the network, processes, the terminal.

pub mod commits;
pub mod files;
pub mod licenses;
pub mod packages;
mod read;
pub mod sarif;
pub mod sbom;
pub mod secrets;
mod tree;
pub mod vulnerabilities;

pub use read::FILE_BYTES_MAX;
pub use tree::TreeError;
