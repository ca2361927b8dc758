//! Other names of formats: what people call a report after the tool that wrote it.
//!
//! **Absent on purpose:** names in workflows and catalogue entries, where each format has one.

use crate::format::Format;

/// Common names, in small letters and with hyphens, beside the names of the formats themselves.
const ALIASES: &[(&str, Format)] = &[
    ("cargo-build", Format::Cargo),
    ("cargo-check", Format::Cargo),
    ("cargo-clippy", Format::Cargo),
    ("cargo-json", Format::Cargo),
    ("cargo-nextest", Format::LibtestJson),
    ("cargo-test", Format::Libtest),
    ("clippy", Format::Cargo),
    ("coverage", Format::CoveragePy),
    ("coverage.py", Format::CoveragePy),
    ("gcc", Format::GccLines),
    ("gitlab-code-quality", Format::GitlabQuality),
    ("gitlab-codequality", Format::GitlabQuality),
    ("gitlab-container", Format::GitlabSecurity),
    ("gitlab-container-scanning", Format::GitlabSecurity),
    ("gitlab-dependency-scanning", Format::GitlabSecurity),
    ("gitlab-sast", Format::GitlabSecurity),
    ("gitlab-secret-detection", Format::GitlabSecurity),
    ("go-coverprofile", Format::GoCover),
    ("golangci", Format::GolangciLint),
    ("gotest", Format::GoTest),
    ("junit-xml", Format::Junit),
    ("junitxml", Format::Junit),
    ("llvm-cov-json", Format::LlvmCov),
    ("nextest", Format::LibtestJson),
    ("nyc", Format::Istanbul),
    ("osv-record", Format::Osv),
    ("osv-records", Format::Osv),
    ("rustc-json", Format::Rustc),
    ("sarif-2.1.0", Format::Sarif),
    ("tap12", Format::Tap),
    ("tap13", Format::Tap),
    ("tap14", Format::Tap),
    ("typescript", Format::Tsc),
    ("yarn-npm-audit", Format::YarnAudit),
];

impl Format {
    /// The format of this name, or of a common one: hyphens stand for underscores, case does not matter, and the
    /// encoding may be said (`cyclonedx-json`).
    pub fn known_as(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('_', "-");
        let plain = ["-json", "-xml", "-lines"].iter().find_map(|encoding| name.strip_suffix(encoding));
        of(&name).or_else(|| plain.and_then(of))
    }
}

fn of(name: &str) -> Option<Format> {
    let own = Format::ALL.iter().find(|format| format.name().replace('_', "-") == name);
    own.copied().or_else(|| ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, format)| *format))
}

#[cfg(test)]
mod tests;
