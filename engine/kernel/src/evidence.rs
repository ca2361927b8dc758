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

pub use compare::{Comparison, Known, KnownFrom, Lines, identity};
pub use summary::{DangerCounts, FindingCounts, Introduced, LicenseCounts, Summary, TestCounts};

mod compare;
mod summary;

/// At most this many measures are kept in a summary; more make the evidence unreadable.
pub const MEASURES_MAX: usize = 200;

/// What one report, or several of one gate, said.
///
/// `None` means that nobody looked; `Some` of nothing means that a tool looked and found nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What the same gate showed at the base or in the baseline, by name of the fact: what ratchets compare
    /// with. Written by the host, never by a reader.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub base: BTreeMap<Name, Measure>,
    /// Covered files could not all be found in the repository, and one of them may be a file that the change touches:
    /// which covered lines it brought is not known. Written by the host, never by a reader.
    #[serde(default, skip_serializing_if = "is_false")]
    pub changed_unknown: bool,
    /// What findings were compared with to say which are introduced by the change; `None`: with nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    /// Components of the product (packages), from an SBOM or a lock file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<Component>>,
    /// Coverage by file, so that shards and matrix legs can be united before counting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Vec<FileCoverage>>,
    /// What is wrong with the product, each with its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<Finding>>,
    /// A tool looked at licenses, so that none found means that none is objected to.
    #[serde(default, skip_serializing_if = "is_false")]
    pub licenses_sought: bool,
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
    /// Packages that a tool says it could not check for vulnerabilities (no database for their ecosystem, skipped).
    /// With any of them, no count of vulnerabilities is more than a lower bound.
    #[serde(default, skip_serializing_if = "is_none_of")]
    pub unchecked: u64,
    /// A tool looked for known vulnerabilities, so that none found means none known.
    #[serde(default, skip_serializing_if = "is_false")]
    pub vulnerabilities_sought: bool,
}

/// What findings were compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// With the fingerprints of the base or the baseline only.
    Fingerprints,
    /// With the lines that the change touches only: what lies elsewhere is not known to be old.
    Lines,
    /// With both.
    LinesAndFingerprints,
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
    /// Whether the change brought it: it lies on changed lines, or the base does not have its fingerprint.
    /// `None` where that is not known. Written by the host, never by a reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced: Option<bool>,
    /// The license it objects to, where it objects to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<License>,
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
    /// CVSS score, stated or computed from the vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Decimal>,
    /// CVSS vector, as stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<Name>,
    /// The version in use.
    pub version: Name,
}

/// A license of a package that somebody objects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// The license expression or name, as stated; empty where none is.
    pub expression: Name,
    /// What is the matter with it.
    pub objection: Objection,
    /// The package, as a purl where it is known (`pkg:cargo/foo`).
    pub package: Name,
    /// The version in use.
    pub version: Name,
}

/// What may be the matter with a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objection {
    /// It asks for derived works under the same license, and no list allows it.
    Copyleft,
    /// A list denies it, or a list of what is allowed lacks it.
    Denied,
    /// None is stated, or it is not one that SPDX knows. Never counts as harmless.
    Unknown,
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
    /// Lines that the change brought, as ranges from first to last line, ascending and apart. Written by the host,
    /// never by a reader.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Lines>,
    /// Hits by line, ascending, each line once.
    pub lines: Vec<(u32, u64)>,
    /// Repository-relative path.
    pub path: Name,
    /// What is counted in other units than lines and branches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<Unit>,
}

/// A part of a file that is covered as a whole: a function, a region, a block of statements.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unit {
    /// How often it ran.
    pub hits: u64,
    /// What tells it from others of its kind in the file (`5.12,8.22`, `fn main`).
    pub id: Name,
    /// What it is.
    pub kind: UnitKind,
    /// Its first line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// How many it counts for: a Go block holds several statements. At least 1.
    pub weight: u32,
}

/// Kinds of [`Unit`], each its own metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// `coverage.function`
    Function,
    /// `coverage.instruction`
    Instruction,
    /// `coverage.region`
    Region,
    /// `coverage.statement`
    Statement,
}

impl UnitKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Function, Self::Instruction, Self::Region, Self::Statement];

    /// The measure that it is counted as.
    pub fn measure(self) -> &'static str {
        match self {
            Self::Function => "coverage.function",
            Self::Instruction => "coverage.instruction",
            Self::Region => "coverage.region",
            Self::Statement => "coverage.statement",
        }
    }
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

fn is_false(flag: &bool) -> bool {
    !*flag
}

fn is_none_of(number: &u64) -> bool {
    *number == 0
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
