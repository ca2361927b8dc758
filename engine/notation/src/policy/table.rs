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
pub const PHRASES: &[Row] = &[
    row("build", "succeeds", "findings.error == 0"),
    row("build", "no warnings", "findings.error == 0, findings.warning == 0"),
    row("complexity", "<= 15", "complexity <= 15"),
    row("complexity", "may not rise", "complexity.rise <= 0"),
    row("coverage", ">= 80%", "coverage.line >= 80 %"),
    row("coverage", "at least 80 %", "coverage.line >= 80 %"),
    row("coverage", "may not drop", "coverage.line.drop <= 0 %"),
    row("coverage", "may not drop by more than 0.1 points", "coverage.line.drop <= 0.1 %"),
    row("coverage", ">= 80% and may not drop", "coverage.line >= 80 %, coverage.line.drop <= 0 %"),
    row("coverage", "line >= 80%, branch >= 70%", "coverage.line >= 80 %, coverage.branch >= 70 %"),
    row("coverage", ">= 80% of changed lines", "coverage.changed.line >= 80 %"),
    row("coverage.branch", ">= 70%", "coverage.branch >= 70 %"),
    row("coverage.changed.line", ">= 90%", "coverage.changed.line >= 90 %"),
    row("dependencies", "no known vulnerabilities", "vulnerabilities.total == 0"),
    row("docs", "no warnings", "findings.error == 0, findings.warning == 0"),
    row("duplication", "<= 3%", "duplication <= 3 %"),
    row("flaky", "<= 1%", "tests.flaky_share <= 1 %"),
    row("flaky", "none", "tests.flaky == 0"),
    row("format", "clean", "findings.total == 0"),
    row("licenses", "no copyleft", "licenses.copyleft == 0"),
    row("licenses", "no unknown licenses", "licenses.unknown == 0"),
    row("licenses", "no denied licenses", "licenses.denied == 0"),
    row("licenses", "no copyleft or unknown licenses", "licenses.copyleft == 0, licenses.unknown == 0"),
    row("licenses", "none", "licenses.total == 0"),
    row("licenses", "no errors", "findings.error == 0"),
    row("lint", "no errors", "findings.error == 0"),
    row("lint", "no warnings", "findings.error == 0, findings.warning == 0"),
    row("lint", "no new errors", "findings.introduced.error == 0"),
    row("lint", "no new warnings", "findings.introduced.error == 0, findings.introduced.warning == 0"),
    row("lint", "<= 10 warnings", "findings.warning <= 10"),
    row("lint", "no errors, at most 10 warnings", "findings.error == 0, findings.warning <= 10"),
    row("lint", "may not rise", "findings.total.rise <= 0"),
    row("lint", "warnings may not rise by more than 5", "findings.warning.rise <= 5"),
    row("performance", "p99 < 1s", "p99 < 1 s"),
    row("performance", "p95 <= 300ms and error_rate < 1%", "p95 <= 300 ms, error_rate < 1 %"),
    row("performance", "p99 < 1s and throughput >= 500 req/s", "p99 < 1 s, throughput >= 500 req/s"),
    row("performance", "p99 may not rise by more than 5%", "p99.rise <= 5 %"),
    row("performance", "p99 may not rise by more than 20ms", "p99.rise <= 20 ms"),
    row("sbom", "present", "components >= 1"),
    row("sbom", ">= 10 components", "components >= 10"),
    row("secrets", "none", "findings.total == 0"),
    row("secrets", "no new leaks", "findings.introduced.total == 0"),
    row("security", "no critical CVEs", "vulnerabilities.critical == 0"),
    row(
        "security",
        "no high or critical vulnerabilities",
        "vulnerabilities.critical == 0, vulnerabilities.high == 0",
    ),
    row("security", "no new critical CVEs", "vulnerabilities.introduced.critical == 0"),
    row("security", "no known vulnerabilities", "vulnerabilities.total == 0"),
    row("security", "<= 2 high", "vulnerabilities.high <= 2"),
    row("security", "<= 3 new medium CVEs", "vulnerabilities.introduced.medium <= 3"),
    row("security", "may not rise", "vulnerabilities.total.rise <= 0"),
    row("security", "no unchecked packages", "unchecked == 0"),
    row("security", "database at most 7 days old", "vulndb.age_days <= 7"),
    row("tests", "no failures", "tests.unsuccessful == 0"),
    row("tests", "100% pass", "tests.unsuccessful == 0"),
    row("tests", ">= 99% pass", "tests.passed_share >= 99 %"),
    row("tests", ">= 100 tests", "tests.total >= 100"),
    row("tests", "no failures, no skipped tests", "tests.unsuccessful == 0, tests.skipped == 0"),
    row("tests", "<= 5 skipped", "tests.skipped <= 5"),
    row("tests", "<= 1% flaky", "tests.flaky_share <= 1 %"),
    row("tests", "may not drop", "tests.total.drop <= 0"),
    row("types", "no errors", "findings.error == 0"),
    row("types", "no new errors", "findings.introduced.error == 0"),
    row("binary_size", "<= 20 MB", "binary_size <= 20 MB"),
    row("binary_size", "may not rise by more than 2%", "binary_size.rise <= 2 %"),
];

/// The rows of a key.
pub(super) fn under(key: &str) -> impl Iterator<Item = &'static Row> {
    let key = match key {
        "test" => "tests",
        "vulnerabilities" => "security",
        other => other,
    };
    PHRASES.iter().filter(move |row| row.key == key)
}

/// What may stand under a key, for a hint.
pub(super) fn understood(key: &str) -> String {
    let mut phrases: Vec<String> = under(key).map(|row| format!("`{}`", row.phrase)).collect();
    if phrases.is_empty() {
        phrases.push("`<= 20`, `<= 20 MB` or `< 1s`".to_owned());
    }
    format!("understood are {}", phrases.join(", "))
}
