//! What gates found, in one vocabulary for all tools.
//!
//! [`Evidence`] is what a reader makes of a report. [`Summary`] is what events and a run keep of it:
//! bounded, counts and measures only. The evidence itself lies in a blob under its digest.
//!
//! **Absent on purpose:** tool names in the meaning of anything, file formats, exit codes, thresholds,
//! colours, floats.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::id::{Digest, Name};

/// At most this many measures are kept in a summary; more make the evidence unreadable.
pub const MEASURES_MAX: usize = 200;

/// What one report, or several of one gate, said.
///
/// `None` means that nobody looked; `Some` of nothing means that a tool looked and found nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Components of the product (packages), from an SBOM or a lock file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<Component>>,
    /// Coverage by file, so that shards and matrix legs can be united before counting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Vec<FileCoverage>>,
    /// What is wrong with the product, each with its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<Finding>>,
    /// Numbers with units, by name (`coverage.line`, `p99`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<Name, Measure>,
    /// Where a report's own totals differ from what was counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mismatches: Vec<Mismatch>,
    /// The reports this was read from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Test results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<Vec<TestResult>>,
    /// A tool looked for known vulnerabilities, so that none found means none known.
    #[serde(default, skip_serializing_if = "is_false")]
    pub vulnerabilities_sought: bool,
}

/// A report that evidence was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Digest of the report's bytes.
    pub digest: Digest,
    /// Name of the format it was read as (`junit`, `sarif`).
    pub format: Name,
    /// Repository-relative path, or `stdout`.
    pub path: Name,
}

/// One scale for all tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Said, and not to be judged (SARIF `none`, informational).
    None,
    /// Worth knowing.
    Note,
    /// Probably wrong.
    Warning,
    /// Wrong.
    Error,
}

/// How bad a vulnerability is, in the words of advisories. `Unknown` counts as critical in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// No impact, said so.
    None,
    /// CVSS 0.1 to 3.9.
    Low,
    /// CVSS 4.0 to 6.9; `moderate` in some tools.
    Medium,
    /// CVSS 7.0 to 8.9.
    High,
    /// CVSS 9.0 and above.
    Critical,
    /// The advisory does not say.
    Unknown,
}

/// Something a tool holds against the product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Identity that survives moved lines: same rule, path and surroundings, same fingerprint.
    pub fingerprint: Name,
    /// What the tool says.
    pub message: Name,
    /// Severity in the tool's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Name>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The tool's id for what it looks for (`F401`, `clippy::unwrap_used`, `RUSTSEC-2024-0001`).
    pub rule: Name,
    /// Severity on the common scale.
    pub severity: Severity,
    /// Suppressed in the source or by the tool's own configuration: kept, and not counted as open.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suppressed: bool,
    /// The vulnerability it reports, where it reports one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerability: Option<Vulnerability>,
}

/// A place in the repository. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// First column, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// First line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Repository-relative path with `/`, where the report allows to know it. Data, never opened.
    pub path: Name,
}

/// A known hole in a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// Other ids of the same hole (CVE, GHSA, RUSTSEC, PYSEC).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Name>,
    /// How bad.
    pub danger: Danger,
    /// Versions that do not have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<Name>,
    /// Advisory id.
    pub id: Name,
    /// The package, as a purl where it is known (`pkg:cargo/foo`).
    pub package: Name,
    /// The version in use.
    pub version: Name,
}

/// A package the product is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// License expressions or names, as stated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<Name>,
    /// Its name.
    pub name: Name,
    /// Its package URL, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<Name>,
    /// Its version, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Name>,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It broke before it could say.
    Errored,
    /// It did not run.
    Skipped,
}

/// One test case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// How many of its runs ended otherwise than the last one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub flaky_runs: u32,
    /// What it says of its failure, cut to a bounded length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Name>,
    /// Its name.
    pub name: Name,
    /// How it ended.
    pub outcome: Outcome,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The suite, class, module or crate it belongs to.
    pub suite: Name,
}

/// Coverage of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCoverage {
    /// Hits by (line, block, branch), the last two as the report names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Branch>,
    /// Hits by line, ascending, each line once.
    pub lines: Vec<(u32, u64)>,
    /// Repository-relative path.
    pub path: Name,
}

/// One branch of a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Branch {
    /// Which of the line's branches.
    pub branch: Name,
    /// How often it was taken.
    pub hits: u64,
    /// Its line, from 1.
    pub line: u32,
}

/// A number with its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// `%`, `ms`, `s`, `bytes`, `1` (a count), …
    pub unit: Name,
    /// How much.
    pub value: Decimal,
}

/// A total that a report declares and that a count does not bear out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// What was counted.
    pub counted: Decimal,
    /// What the report says.
    pub declared: Decimal,
    /// Of what (`tests`, `coverage.line`).
    pub name: Name,
}

/// Findings by severity. Suppressed findings are counted apart and in no other number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCounts {
    /// Errors.
    pub error: u64,
    /// Findings that say they need no action.
    pub none: u64,
    /// Notes.
    pub note: u64,
    /// Suppressed.
    pub suppressed: u64,
    /// Warnings.
    pub warning: u64,
}

impl FindingCounts {
    /// All that are open.
    pub fn total(&self) -> u64 {
        self.error + self.warning + self.note + self.none
    }
}

/// Tests by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCounts {
    /// Broke.
    pub errored: u64,
    /// Do not hold.
    pub failed: u64,
    /// Passed in the end, after a run that did not.
    pub flaky: u64,
    /// Hold.
    pub passed: u64,
    /// Did not run.
    pub skipped: u64,
}

impl TestCounts {
    /// All test cases.
    pub fn total(&self) -> u64 {
        self.passed + self.failed + self.errored + self.skipped
    }
}

/// Open vulnerabilities by danger: one hole in one package counts once, whatever its ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DangerCounts {
    /// CVSS 9.0 and above.
    pub critical: u64,
    /// CVSS 7.0 and above.
    pub high: u64,
    /// Below 4.0.
    pub low: u64,
    /// CVSS 4.0 and above.
    pub medium: u64,
    /// Said to have no impact.
    pub none: u64,
    /// Not said.
    pub unknown: u64,
}

/// What an event keeps of evidence: bounded, whatever the size of the reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many components; absent where nobody listed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<u64>,
    /// Findings; absent where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<FindingCounts>,
    /// Measures by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<Name, Measure>,
    /// How many totals did not agree.
    #[serde(default, skip_serializing_if = "is_zero_u64")]
    pub mismatches: u64,
    /// Tests; absent where none were reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestCounts>,
    /// Vulnerabilities; absent where nobody looked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerabilities: Option<DangerCounts>,
}

impl Evidence {
    /// Counts the evidence.
    pub fn summary(&self) -> Summary {
        let mut measures = self.measures.clone();
        for (name, measure) in self.coverage_measures() {
            measures.insert(name, measure);
        }
        Summary {
            components: self.components.as_ref().map(|all| all.len() as u64),
            findings: self.findings.as_ref().map(|all| count_findings(all)),
            measures,
            mismatches: self.mismatches.len() as u64,
            tests: self.tests.as_ref().map(|all| count_tests(all)),
            vulnerabilities: count_dangers(
                self.findings.as_deref().unwrap_or_default(),
                self.vulnerabilities_sought,
            ),
        }
    }

    /// `coverage.line` and `coverage.branch` over all files; absent where there is nothing to cover.
    fn coverage_measures(&self) -> Vec<(Name, Measure)> {
        let files = self.coverage.as_deref().unwrap_or_default();
        let share = |hits: &dyn Fn(&FileCoverage) -> (u64, u64)| {
            let (hit, all) = files.iter().map(hits).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            Decimal::percent(hit, all)
        };
        let count = |hits: &mut dyn Iterator<Item = u64>| {
            hits.fold((0, 0), |(hit, all), taken| (hit + u64::from(taken > 0), all + 1))
        };
        let line = share(&|file| count(&mut file.lines.iter().map(|line| line.1)));
        let branch = share(&|file| count(&mut file.branches.iter().map(|branch| branch.hits)));
        [("coverage.line", line), ("coverage.branch", branch)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.into(), Measure { unit: "%".into(), value: value? })))
            .collect()
    }
}

fn count_findings(all: &[Finding]) -> FindingCounts {
    let mut counts = FindingCounts::default();
    for finding in all {
        *match (finding.suppressed, finding.severity) {
            (true, _) => &mut counts.suppressed,
            (_, Severity::Error) => &mut counts.error,
            (_, Severity::Warning) => &mut counts.warning,
            (_, Severity::Note) => &mut counts.note,
            (_, Severity::None) => &mut counts.none,
        } += 1;
    }
    counts
}

fn count_tests(all: &[TestResult]) -> TestCounts {
    let mut counts = TestCounts::default();
    for test in all {
        *match test.outcome {
            Outcome::Passed => &mut counts.passed,
            Outcome::Failed => &mut counts.failed,
            Outcome::Errored => &mut counts.errored,
            Outcome::Skipped => &mut counts.skipped,
        } += 1;
        counts.flaky += u64::from(test.outcome == Outcome::Passed && test.flaky_runs > 0);
    }
    counts
}

fn count_dangers(all: &[Finding], sought: bool) -> Option<DangerCounts> {
    let mut counts = DangerCounts::default();
    let mut looked = sought;
    for vulnerability in
        all.iter().filter(|finding| !finding.suppressed).filter_map(|one| one.vulnerability.as_ref())
    {
        looked = true;
        *match vulnerability.danger {
            Danger::Critical => &mut counts.critical,
            Danger::High => &mut counts.high,
            Danger::Medium => &mut counts.medium,
            Danger::Low => &mut counts.low,
            Danger::None => &mut counts.none,
            Danger::Unknown => &mut counts.unknown,
        } += 1;
    }
    looked.then_some(counts)
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_zero_u64(number: &u64) -> bool {
    *number == 0
}
