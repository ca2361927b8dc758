//! Counting evidence: what an event and a run keep of it.
//!
//! **Absent on purpose:** judging. A number here is neither good nor bad.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::compare::touches;
use super::{
    Compared, Danger, Evidence, Finding, Measure, Objection, Outcome, Severity, TestResult, Vulnerability,
};
use crate::decimal::Decimal;
use crate::id::Name;

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

/// Findings that objection is taken to for their license, by objection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseCounts {
    /// Copyleft that no list allows.
    pub copyleft: u64,
    /// Denied by a list.
    pub denied: u64,
    /// Not stated, or not known.
    pub unknown: u64,
}

/// What the change brought, as far as that is known. Suppressed findings are in no number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduced {
    /// Findings that the change brought.
    pub findings: FindingCounts,
    /// Findings of which it is not known whether the change brought them.
    pub findings_open: FindingCounts,
    /// Vulnerabilities among `findings`.
    pub vulnerabilities: DangerCounts,
    /// Vulnerabilities among `findings_open`.
    pub vulnerabilities_open: DangerCounts,
}

/// What an event keeps of evidence: bounded, whatever the size of the reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// What the same gate showed at the base or in the baseline.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub base: BTreeMap<Name, Measure>,
    /// How many components; absent where nobody listed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<u64>,
    /// Findings; absent where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<FindingCounts>,
    /// What the change brought; absent where nothing was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced: Option<Introduced>,
    /// Licenses objected to; absent where nobody looked at licenses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licenses: Option<LicenseCounts>,
    /// Measures by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<Name, Measure>,
    /// How many totals did not agree.
    #[serde(default, skip_serializing_if = "super::is_none_of")]
    pub mismatches: u64,
    /// Tests; absent where none were reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestCounts>,
    /// Packages that were not checked for vulnerabilities: with any, the counts below are lower bounds.
    #[serde(default, skip_serializing_if = "super::is_none_of")]
    pub unchecked: u64,
    /// Vulnerabilities; absent where nobody looked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerabilities: Option<DangerCounts>,
}

impl Evidence {
    /// Counts the evidence.
    pub fn summary(&self) -> Summary {
        let mut measures = self.measures.clone();
        for (name, measure) in self.coverage_measures() {
            // Where a format defines its share as the stated total, that is the share (llvm-cov).
            measures.entry(name).or_insert(measure);
        }
        let findings = self.findings.as_deref().unwrap_or_default();
        Summary {
            base: self.base.clone(),
            components: self.components.as_ref().map(|all| all.len() as u64),
            findings: self.findings.as_ref().map(|all| count_findings(all.iter())),
            introduced: self.compared.and(self.findings.as_ref()).map(|all| count_introduced(all.iter())),
            licenses: count_licenses(findings.iter(), self.licenses_sought),
            measures,
            mismatches: self.mismatches.len() as u64,
            tests: self.tests.as_ref().map(|all| count_tests(all)),
            unchecked: self.unchecked,
            vulnerabilities: count_dangers(findings.iter(), self.vulnerabilities_sought),
        }
    }

    /// `coverage.line`, `coverage.branch` and those of units over all files; absent where there is nothing to cover.
    ///
    /// Where the lines that the change brought are known: `coverage.changed.lines`, how many of them can be covered
    /// (also 0), and `coverage.changed.line`, the share of them that is.
    fn coverage_measures(&self) -> Vec<(Name, Measure)> {
        let files = self.coverage.as_deref().unwrap_or_default();
        let mut shares: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let mut add = |name, hits: u64, weight: u64| {
            let share = shares.entry(name).or_default();
            share.0 += if hits > 0 { weight } else { 0 };
            share.1 += weight;
        };
        for file in files {
            file.lines.iter().for_each(|line| add("coverage.line", line.1, 1));
            file.branches.iter().for_each(|branch| add("coverage.branch", branch.hits, 1));
            file.units.iter().for_each(|unit| add(unit.kind.measure(), unit.hits, unit.weight.into()));
            let changed = file.lines.iter().filter(|line| touches(&file.changed, line.0, line.0));
            changed.for_each(|line| add(CHANGED, line.1, 1));
        }
        let with_lines = matches!(self.compared, Some(Compared::Lines | Compared::LinesAndFingerprints));
        let compared = with_lines && !self.changed_unknown;
        if !compared {
            shares.remove(CHANGED);
        }
        let changed = (compared && shares.contains_key("coverage.line"))
            .then(|| shares.get(CHANGED).map_or(0, |share| share.1))
            .map(|lines| {
                ("coverage.changed.lines".into(), Measure { unit: "1".into(), value: lines.into() })
            });
        let measure = |(name, (hit, all)): (&str, (u64, u64))| {
            Some((name.into(), Measure { unit: "%".into(), value: Decimal::percent(hit, all)? }))
        };
        shares.into_iter().filter_map(measure).chain(changed).collect()
    }
}

/// The share of the lines that the change brought.
const CHANGED: &str = "coverage.changed.line";

impl Summary {
    /// This summary, had only these findings been found.
    pub(crate) fn with_findings<'a>(&self, all: impl Iterator<Item = &'a Finding> + Clone) -> Self {
        Self {
            findings: Some(count_findings(all.clone())),
            introduced: self.introduced.map(|_| count_introduced(all.clone())),
            licenses: count_licenses(all.clone(), self.licenses.is_some()),
            vulnerabilities: count_dangers(all, self.vulnerabilities.is_some()),
            ..self.clone()
        }
    }

    /// Every number of the summary under the name that rules use for it: what a later run is compared with.
    pub fn facts(&self) -> BTreeMap<Name, Measure> {
        let mut facts = self.measures.clone();
        let mut count = |name: &str, number: u64| {
            facts.insert(name.into(), Measure { unit: "1".into(), value: number.into() });
        };
        if let Some(components) = self.components {
            count("components", components);
        }
        if let Some(found) = &self.findings {
            count("findings.error", found.error);
            count("findings.none", found.none);
            count("findings.note", found.note);
            count("findings.suppressed", found.suppressed);
            count("findings.total", found.total());
            count("findings.warning", found.warning);
        }
        if let Some(licenses) = &self.licenses {
            count("licenses.copyleft", licenses.copyleft);
            count("licenses.denied", licenses.denied);
            count("licenses.total", licenses.copyleft + licenses.denied + licenses.unknown);
            count("licenses.unknown", licenses.unknown);
        }
        if let Some(tests) = &self.tests {
            count("tests.errored", tests.errored);
            count("tests.failed", tests.failed);
            count("tests.flaky", tests.flaky);
            count("tests.passed", tests.passed);
            count("tests.skipped", tests.skipped);
            count("tests.total", tests.total());
            count("tests.unsuccessful", tests.failed + tests.errored);
        }
        if self.unchecked > 0 || self.vulnerabilities.is_some() {
            count("unchecked", self.unchecked);
        }
        if let Some(all) = &self.vulnerabilities {
            count("vulnerabilities.critical", all.critical + all.unknown);
            count("vulnerabilities.high", all.high);
            count("vulnerabilities.low", all.low);
            count("vulnerabilities.medium", all.medium);
            count("vulnerabilities.none", all.none);
            count("vulnerabilities.total", all.total());
            count("vulnerabilities.unknown", all.unknown);
        }
        if let Some(tests) = &self.tests {
            let ran = tests.total() - tests.skipped;
            for (name, part) in [("tests.flaky_share", tests.flaky), ("tests.passed_share", tests.passed)] {
                if let Some(value) = Decimal::percent(part, ran) {
                    facts.insert(name.into(), Measure { unit: "%".into(), value });
                }
            }
        }
        facts
    }
}

fn count_findings<'a>(all: impl Iterator<Item = &'a Finding>) -> FindingCounts {
    let mut counts = FindingCounts::default();
    all.for_each(|finding| counts.add(finding));
    counts
}

impl FindingCounts {
    fn add(&mut self, finding: &Finding) {
        *match (finding.suppressed, finding.severity) {
            (true, _) => &mut self.suppressed,
            (_, Severity::Error) => &mut self.error,
            (_, Severity::Warning) => &mut self.warning,
            (_, Severity::Note) => &mut self.note,
            (_, Severity::None) => &mut self.none,
        } += 1;
    }
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

impl DangerCounts {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.critical + self.high + self.medium + self.low + self.none + self.unknown
    }

    fn add(&mut self, vulnerability: &Vulnerability) {
        *match vulnerability.danger {
            Danger::Critical => &mut self.critical,
            Danger::High => &mut self.high,
            Danger::Medium => &mut self.medium,
            Danger::Low => &mut self.low,
            Danger::None => &mut self.none,
            Danger::Unknown => &mut self.unknown,
        } += 1;
    }
}

fn count_dangers<'a>(all: impl Iterator<Item = &'a Finding>, sought: bool) -> Option<DangerCounts> {
    let mut counts = DangerCounts::default();
    let mut looked = sought;
    for vulnerability in open(all).filter_map(|one| one.vulnerability.as_ref()) {
        looked = true;
        counts.add(vulnerability);
    }
    looked.then_some(counts)
}

fn count_licenses<'a>(all: impl Iterator<Item = &'a Finding>, sought: bool) -> Option<LicenseCounts> {
    let mut counts = LicenseCounts::default();
    let mut looked = sought;
    for license in open(all).filter_map(|one| one.license.as_ref()) {
        looked = true;
        *match license.objection {
            Objection::Copyleft => &mut counts.copyleft,
            Objection::Denied => &mut counts.denied,
            Objection::Unknown => &mut counts.unknown,
        } += 1;
    }
    looked.then_some(counts)
}

fn count_introduced<'a>(all: impl Iterator<Item = &'a Finding>) -> Introduced {
    let mut counts = Introduced::default();
    for finding in open(all) {
        let (findings, dangers) = match finding.introduced {
            Some(true) => (&mut counts.findings, &mut counts.vulnerabilities),
            Some(false) => continue,
            None => (&mut counts.findings_open, &mut counts.vulnerabilities_open),
        };
        findings.add(finding);
        finding.vulnerability.iter().for_each(|hole| dangers.add(hole));
    }
    counts
}

fn open<'a>(all: impl Iterator<Item = &'a Finding>) -> impl Iterator<Item = &'a Finding> {
    all.filter(|finding| !finding.suppressed)
}
