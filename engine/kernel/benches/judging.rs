//! Judging a gate of 100,000 findings under 1,000 waivers, and what a good gate costs.
//!
//! The bound that is promised: 100 ms of CPU. `cargo bench -p dod-kernel --bench judging`

use std::collections::BTreeMap;

use dod_kernel::ask::NoOne;
use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Danger, Evidence, Finding, Place, Severity, Summary, Vulnerability};
use dod_kernel::id::{Name, Timestamp};
use dod_kernel::policy::{
    Comparison, Effect, GateAsked, Governance, JUDGING, Policy, Require, Rule, RunFacts, State, Threshold,
    Waiver, WaiverTerms, judge_gate,
};

const FINDINGS: usize = 100_000;
const WAIVERS: usize = 1_000;

fn main() {
    divan::main();
}

fn rule(fact: &str, value: i64) -> Rule {
    Rule {
        because: None,
        effect: Effect::Block,
        few_lines_ignored: false,
        gates: Vec::new(),
        id: format!("{fact} {value}").into(),
        project: None,
        require: Require::Threshold(Threshold {
            fact: fact.into(),
            is: Comparison::AtMost,
            unit: "1".into(),
            value: Decimal::from(value),
        }),
        requirements: Vec::new(),
        when: None,
        when_measured: true,
    }
}

fn policy() -> Policy {
    let facts = [
        "findings.error",
        "findings.warning",
        "findings.total",
        "findings.introduced.error",
        "findings.introduced.total",
        "vulnerabilities.critical",
        "vulnerabilities.total",
        "vulnerabilities.introduced.total",
        "licenses.total",
        "problems.error",
        "problems.warning",
    ];
    Policy {
        approvals: Default::default(),
        extends: Vec::new(),
        name: "bench".into(),
        required: Vec::new(),
        rules: facts.iter().flat_map(|fact| [rule(fact, 0), rule(fact, 10)]).collect(),
        version: None,
        waivers: WaiverTerms { days_max: None, proved: false },
    }
}

/// A third each: errors, warnings, holes in packages.
fn finding(at: usize) -> Finding {
    let hole = (at % 3 == 2).then(|| Vulnerability {
        aliases: vec![format!("GHSA-{at:08}").into()],
        danger: if at.is_multiple_of(2) { Danger::Critical } else { Danger::Low },
        fixed: Vec::new(),
        id: format!("CVE-2026-{at:08}").into(),
        package: format!("pkg:cargo/package-{}", at % 5_000).into(),
        score: None,
        vector: None,
        version: "1.2.3".into(),
    });
    Finding {
        fingerprint: format!("{:064x}", at * 7_919).into(),
        introduced: Some(at.is_multiple_of(10)),
        license: None,
        message: format!("something is wrong here, and this is what it is: {at}").into(),
        original: None,
        place: Some(Place {
            column: None,
            end_line: None,
            line: Some(1),
            path: format!("src/module-{}/file-{at}.rs", at % 100).into(),
        }),
        rule: format!("rule-{}", at % 400).into(),
        severity: if at % 3 == 1 { Severity::Warning } else { Severity::Error },
        suppressed: false,
        vulnerability: hole,
    }
}

/// Half by rule and path, a quarter by advisory and package, a quarter by fingerprint.
fn waiver(at: usize) -> Waiver {
    let (of, scope) = match at % 4 {
        0 | 1 => (format!("rule-{}", at % 400), Some(format!("src/module-{}/**", at % 100))),
        2 => (
            format!("CVE-2026-{:08}", at * 30 + 2),
            Some(format!("pkg:cargo/package-{}@1.2", (at * 30 + 2) % 5_000)),
        ),
        _ => (format!("{:064x}", at * 90 * 7_919), None),
    };
    Waiver {
        approved_by: "alice".into(),
        expires: Timestamp(i64::MAX),
        of: of.into(),
        proved: false,
        reason: "not reachable".into(),
        scope: scope.map(Name::from),
        signature: None,
    }
}

struct Case {
    evidence: Evidence,
    summary: Summary,
    governance: Governance,
}

impl Case {
    fn new(findings: impl Iterator<Item = Finding>, waivers: Vec<Waiver>) -> Self {
        let evidence = Evidence {
            compared: Some(dod_kernel::evidence::Compared::LinesAndFingerprints),
            findings: Some(findings.collect()),
            vulnerabilities_sought: true,
            licenses_sought: true,
            ..Evidence::default()
        };
        let summary = evidence.summary();
        let governance = Governance {
            authors: vec!["mallory".into()],
            judging: JUDGING,
            policies: vec![policy()],
            roles: BTreeMap::new(),
            waivers,
        };
        Self { evidence, summary, governance }
    }

    fn judge(&self) -> State {
        let (facts, outputs) = (BTreeMap::new(), BTreeMap::new());
        let facts = RunFacts::new(&facts, &outputs, None);
        let kind = Name::from("dependencies");
        let gate = GateAsked {
            facts: &facts,
            kind: &kind,
            leg: false,
            name: &kind,
            now: Timestamp(0),
            project: None,
        };
        let policy = &self.governance.policies[0];
        judge_gate(policy, &self.governance, gate, &self.evidence, &self.summary, &NoOne::default()).0
    }
}

#[divan::bench]
fn findings_100_000_under_1_000_waivers(bencher: divan::Bencher<'_, '_>) {
    let case = Case::new((0..FINDINGS).map(finding), (0..WAIVERS).map(waiver).collect());
    bencher.bench_local(|| case.judge());
}

#[divan::bench]
fn findings_100_000_all_waived(bencher: divan::Bencher<'_, '_>) {
    let everything =
        |at: usize| Waiver { of: format!("rule-{}", at % 400).into(), scope: None, ..waiver(at) };
    let waivers = (0..WAIVERS).map(everything).collect();
    let case = Case::new((0..FINDINGS).map(finding), waivers);
    bencher.bench_local(|| case.judge());
}

#[divan::bench]
fn findings_100_000_without_waivers(bencher: divan::Bencher<'_, '_>) {
    let case = Case::new((0..FINDINGS).map(finding), Vec::new());
    bencher.bench_local(|| case.judge());
}

#[divan::bench]
fn counting_100_000_findings(bencher: divan::Bencher<'_, '_>) {
    let case = Case::new((0..FINDINGS).map(finding), Vec::new());
    bencher.bench_local(|| case.evidence.summary());
}
