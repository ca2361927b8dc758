//! The phrases that `quality_gates` understand: one table for readers, for messages and for a test.
//!
//! **Absent on purpose:** the grammar itself, which is in `phrase`.

/// A row of the manual: what may stand under a key, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The key of `quality_gates`.
    pub key: &'static str,
    /// What stands there.
    pub phrase: &'static str,
    /// The facts that are compared, as rules name them.
    pub means: &'static str,
}

const fn row(key: &'static str, phrase: &'static str, means: &'static str) -> Row {
    Row { key, phrase, means }
}

/// Every phrase with an example. A dotted fact or the name of a measure may stand as a key as well.
///
/// `licenses.*` and `findings.introduced.*` are facts that nothing measures yet (they need a license list and a
/// baseline), so rules about them are undecided.
pub const PHRASES: &[Row] = &[
    row("build", "succeeds", "findings.error == 0"),
    row("complexity", "<= 15", "complexity <= 15"),
    row("coverage", ">= 80%", "coverage.line >= 80 %"),
    row("coverage", "at least 80 %", "coverage.line >= 80 %"),
    row("coverage.branch", ">= 70%", "coverage.branch >= 70 %"),
    row("coverage.changed.line", ">= 90%", "coverage.changed.line >= 90 %"),
    row("dependencies", "no known vulnerabilities", "vulnerabilities.total == 0"),
    row("docs", "no warnings", "findings.error == 0, findings.warning == 0"),
    row("flaky", "<= 1%", "tests.flaky_share <= 1 %"),
    row("flaky", "none", "tests.flaky == 0"),
    row("format", "clean", "findings.total == 0"),
    row("licenses", "no copyleft", "licenses.copyleft == 0"),
    row("licenses", "no errors", "findings.error == 0"),
    row("lint", "no errors", "findings.error == 0"),
    row("lint", "no warnings", "findings.error == 0, findings.warning == 0"),
    row("lint", "no new errors", "findings.introduced.error == 0"),
    row("lint", "<= 10 warnings", "findings.warning <= 10"),
    row("lint", "no errors, at most 10 warnings", "findings.error == 0, findings.warning <= 10"),
    row("performance", "p99 < 1s", "p99 < 1 s"),
    row("performance", "p99 < 1s and throughput >= 500 req/s", "p99 < 1 s, throughput >= 500 req/s"),
    row("sbom", "present", "components >= 1"),
    row("secrets", "none", "findings.total == 0"),
    row("security", "no critical CVEs", "vulnerabilities.critical == 0"),
    row("security", "no high or critical CVEs", "vulnerabilities.critical == 0, vulnerabilities.high == 0"),
    row("security", "no known vulnerabilities", "vulnerabilities.total == 0"),
    row("security", "<= 3 medium CVEs", "vulnerabilities.medium <= 3"),
    row("tests", "no failures", "tests.unsuccessful == 0"),
    row("tests", ">= 100 tests", "tests.total >= 100"),
    row("tests", "no failures, no skipped tests", "tests.unsuccessful == 0, tests.skipped == 0"),
    row("tests", "<= 1% flaky", "tests.flaky_share <= 1 %"),
    row("types", "no errors", "findings.error == 0"),
    row("binary_size", "<= 20 MB", "binary_size <= 20 MB"),
];

/// What may stand under a key, for a hint.
pub(super) fn understood(key: &str) -> String {
    let key = match key {
        "test" => "tests",
        "vulnerabilities" => "security",
        other => other,
    };
    let mut phrases: Vec<String> =
        PHRASES.iter().filter(|row| row.key == key).map(|row| format!("`{}`", row.phrase)).collect();
    if phrases.is_empty() {
        phrases.push("`<= 20`, `<= 20 MB` or `< 1s`".to_owned());
    }
    format!("understood are {}", phrases.join(", "))
}
