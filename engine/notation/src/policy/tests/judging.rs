//! The built-in policies on runs as real projects have them: what passes, what fails, what stays open.
//!
//! A line is `KIND` with `exit-0`, `skipped`, or evidence as `;`-separated `NUMBER COUNT` (`2 error`), measures
//! (`coverage.line 81 %`) and `clean`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use dod_kernel::ask::NoOne;
use dod_kernel::evidence::{
    Component, Danger, Evidence, Finding, Measure, Outcome, Severity, Summary, TestResult, Vulnerability,
};
use dod_kernel::id::{Name, Timestamp};
use dod_kernel::policy::{
    Definitions, GateAsked, GateSeen, GateState, Governance, Picture, Policy, Reason, RuleOutcome, RunFacts,
    Scope, Verdict, Why, judge_gate, verdict,
};
use expect_test::{Expect, expect};

use super::read;
use crate::policy::builtin_policy;

fn finding(severity: Severity) -> Finding {
    Finding {
        fingerprint: "f".into(),
        introduced: None,
        license: None,
        message: "wrong".into(),
        original: None,
        place: None,
        rule: "E1".into(),
        severity,
        suppressed: false,
        vulnerability: None,
    }
}

fn hole(danger: Danger) -> Finding {
    let vulnerability = Vulnerability {
        aliases: Vec::new(),
        danger,
        fixed: Vec::new(),
        id: "CVE-1".into(),
        package: "pkg:cargo/foo".into(),
        score: None,
        vector: None,
        version: "1.2.3".into(),
    };
    Finding { vulnerability: Some(vulnerability), ..finding(Severity::Error) }
}

fn evidence(text: &str) -> Evidence {
    let mut found = Evidence::default();
    for item in text.split(';').map(str::trim) {
        match item.split(' ').collect::<Vec<_>>().as_slice() {
            ["clean"] => found.findings = Some(Vec::new()),
            ["sought"] => found.vulnerabilities_sought = true,
            ["component"] => {
                let one = Component { licenses: Vec::new(), name: "foo".into(), purl: None, version: None };
                found.components = Some(vec![one]);
            }
            [name, value, unit] => {
                let measure = Measure { unit: (*unit).into(), value: value.parse().unwrap() };
                found.measures.insert((*name).into(), measure);
            }
            [count, word] => {
                let all = |one: Finding| vec![one; count.parse().unwrap()];
                let findings = match *word {
                    "error" => all(finding(Severity::Error)),
                    "warning" => all(finding(Severity::Warning)),
                    "critical" => all(hole(Danger::Critical)),
                    "high" => all(hole(Danger::High)),
                    _ => Vec::new(),
                };
                if !findings.is_empty() {
                    found.findings.get_or_insert_default().extend(findings);
                }
                let outcome = match *word {
                    "passed" => Outcome::Passed,
                    "failed" => Outcome::Failed,
                    _ => continue,
                };
                let one = TestResult {
                    duration_ms: None,
                    flaky_runs: 0,
                    message: None,
                    name: "t".into(),
                    outcome,
                    place: None,
                    suite: "s".into(),
                };
                found.tests.get_or_insert_default().extend(vec![one; count.parse().unwrap()]);
            }
            other => panic!("{other:?}"),
        }
    }
    found
}

/// One gate of each line, called as its kind, under a policy.
fn judged(policy: &Policy, gates: &str) -> String {
    let governance = Governance {
        authors: Vec::new(),
        judging: dod_kernel::policy::JUDGING,
        policies: vec![policy.clone()],
        roles: BTreeMap::new(),
        waivers: Vec::new(),
    };
    let (facts, outputs, now) = (BTreeMap::new(), BTreeMap::new(), Timestamp(0));
    let run = RunFacts::new(&facts, &outputs, None);
    type Gate = (Name, GateState, Vec<RuleOutcome>, Option<Summary>);
    let gates: Vec<Gate> = gates
        .lines()
        .map(|line| {
            let (kind, found) = line.trim().split_once(' ').unwrap();
            let kind = Name::from(kind);
            match found {
                "exit-0" => return (kind, GateState::PassedByExitCode, Vec::new(), None),
                "skipped" => return (kind, GateState::Skipped, Vec::new(), None),
                _ => {}
            }
            let evidence = Arc::new(evidence(found));
            let summary = evidence.summary();
            let asked = GateAsked { facts: &run, kind: &kind, leg: false, name: &kind, now, project: None };
            let (state, outcomes) =
                judge_gate(policy, &governance, asked, &evidence, &summary, &NoOne::default());
            (kind, GateState::Judged(state), outcomes, Some(summary))
        })
        .collect();
    let seen = gates.iter().map(|(kind, state, outcomes, summary)| GateSeen {
        allow_failure: false,
        evidence: None,
        kind,
        leg: false,
        name: kind,
        outcomes,
        project: None,
        state: state.clone(),
        summary: summary.as_ref(),
    });
    let picture = Picture {
        facts: &facts,
        changed: None,
        definitions: Definitions::Protected,
        gates: seen.collect(),
        now,
        own_reasons: Vec::new(),
        outputs: &outputs,
        recorded: &[],
        scope: Scope::Full,
        tree_changed: false,
    };
    shown(&verdict(policy, &governance, &picture, &NoOne::default()).verdict)
}

fn shown(verdict: &Verdict) -> String {
    let mut text = format!("{}\n", verdict.state.word());
    for reason in &verdict.reasons {
        match reason {
            Reason::Rule(outcome) => {
                let why = match &outcome.why {
                    Why::Compared { fact, found, .. } => format!("{fact} {}", found.value),
                    Why::NotMeasured { fact } => format!("{fact} not measured"),
                    other => format!("{other:?}"),
                };
                writeln!(text, "  {} {} ({why})", outcome.rule, outcome.state.word()).unwrap();
            }
            Reason::Missing { gate, .. } => writeln!(text, "  missing {gate}").unwrap(),
            other => writeln!(text, "  {other:?}").unwrap(),
        }
    }
    if !verdict.not_measured.is_empty() {
        let names: Vec<&str> = verdict.not_measured.iter().map(Name::as_str).collect();
        writeln!(text, "not measured: {}", names.join(", ")).unwrap();
    }
    text
}

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(policy: &str, gates: &str, expected: Expect) {
    expected.assert_eq(&judged(&builtin_policy(policy).unwrap(), gates));
}

const RUST: &str = "build clean\nlint clean\nformat clean\ntest 12 passed\nsecrets clean";

#[test]
fn a_clean_project_passes_standard_and_is_told_what_was_not_measured() {
    check(
        "standard",
        RUST,
        expect![[r#"
        passed
        not measured: coverage, dependencies, types
    "#]],
    );
}

#[test]
fn minimal_wants_one_build_or_test() {
    check(
        "minimal",
        "test 3 passed",
        expect![[r#"
        passed
        not measured: build, coverage, dependencies, format, lint, secrets, types
    "#]],
    );
    check(
        "minimal",
        "build exit-0",
        expect![[r#"
        passed
        not measured: coverage, dependencies, format, lint, secrets, test, types
    "#]],
    );
    check(
        "minimal",
        "lint clean",
        expect![[r#"
        undecided
          missing build
        not measured: coverage, dependencies, format, secrets, types
    "#]],
    );
    check(
        "minimal",
        "build exit-0\nlint 1 error\ncoverage coverage.line 12 %",
        expect![[r#"
        failed
          lint failed (findings.error 1)
          coverage failed (coverage.line 12)
        not measured: dependencies, format, secrets, test, types
    "#]],
    );
}

#[test]
fn each_kind_has_its_bad_news() {
    for (line, rule) in [
        ("build 1 error", "build"),
        ("lint 1 error", "lint"),
        ("types 1 error", "types"),
        ("format 1 warning", "format"),
        ("test 11 passed; 1 failed", "tests"),
        ("secrets 1 warning", "secrets"),
        ("dependencies 1 critical", "dependencies"),
        ("dependencies 1 warning", "dependencies"),
        ("coverage coverage.line 59.9 %", "coverage"),
        ("coverage coverage.statement 59.9 %", "coverage.statement"),
        ("a11y 1 error", "others"),
    ] {
        let kind = line.split(' ').next().unwrap();
        let others: Vec<&str> = RUST.lines().filter(|one| !one.starts_with(kind)).collect();
        let text = judged(&builtin_policy("standard").unwrap(), &format!("{}\n{line}", others.join("\n")));
        assert!(text.starts_with(&format!("failed\n  {rule} failed")), "{line}: {text}");
    }
}

#[test]
fn warnings_and_holes_that_are_not_critical_do_not_fail_standard() {
    check(
        "standard",
        &format!("{RUST}\nlint 5 warning\ndependencies 3 high; sought"),
        expect![[r#"
        passed
        not measured: coverage, types
    "#]],
    );
}

#[test]
fn a_gate_that_left_nothing_to_judge_is_not_passed() {
    check(
        "standard",
        "build clean\nlint lines 5 1\ntest coverage.branch 80 %\nsecrets clean",
        expect![[r#"
        undecided
          lint undecided (findings.error not measured)
          tests undecided (tests.unsuccessful not measured)
        not measured: coverage, dependencies, format, types
    "#]],
    );
    check(
        "standard",
        &format!("{RUST}\ncoverage 3 passed\ndependencies lines 3 1"),
        expect![[r#"
        undecided
          dependencies undecided (vulnerabilities.critical not measured)
        not measured: coverage, types
    "#]],
    );
}

#[test]
fn strict_wants_everything_and_enterprise_more() {
    check(
        "strict",
        RUST,
        expect![[r#"
        undecided
          missing types
          missing coverage
          missing dependencies
        not measured: performance
    "#]],
    );
    let full = format!("{RUST}\ntypes clean\ncoverage coverage.line 80 %\ndependencies clean; sought");
    check(
        "strict",
        &full,
        expect![[r#"
        passed
        not measured: performance
    "#]],
    );
    check(
        "enterprise",
        &full,
        expect![[r#"
        undecided
          missing sbom
          missing licenses
        not measured: performance
    "#]],
    );
    check(
        "enterprise",
        &format!("{full}\nsbom component\nlicenses clean\nperformance p99 8 ms"),
        expect![[r#"
            passed
        "#]],
    );
}

#[test]
fn high_is_enough_to_fail_enterprise() {
    let full = format!("{RUST}\ntypes clean\ncoverage coverage.line 80 %\nsbom component\nlicenses clean");
    check(
        "enterprise",
        &format!("{full}\ndependencies 1 high"),
        expect![[r#"
        failed
          dependencies.high failed (vulnerabilities.high 1)
        not measured: performance
    "#]],
    );
}

#[test]
fn a_go_project_is_covered_by_statements() {
    let go = "build exit-0\nlint clean\ntest 3 passed\nsecrets clean\nformat clean\ntypes exit-0\n\
              dependencies clean; sought\ncoverage coverage.statement 83 %";
    check(
        "strict",
        go,
        expect![[r#"
        passed
        not measured: performance
    "#]],
    );
}

#[test]
fn what_a_team_demands_is_undecided_until_it_is_measured() {
    let (policy, _) = read(
        "policy: payments\nextends: builtin/standard@1\nquality_gates:\n  coverage: '>= 80%'\n  binary_size: '<= 20 MB'\n  licenses: no copyleft\n",
    );
    let policy = policy.unwrap();
    expect![[r#"
        undecided
          coverage undecided (coverage.line not measured)
          binary_size undecided (binary_size not measured)
          licenses undecided (licenses.copyleft not measured)
        not measured: dependencies, types
    "#]]
    .assert_eq(&judged(&policy, RUST));
    let more =
        format!("{RUST}\ncoverage coverage.line 79.9 %\nsize binary_size 21000000 bytes\nlicenses clean");
    expect![[r#"
        failed
          coverage failed (coverage.line 79.9)
          binary_size failed (binary_size 21000000)
          licenses undecided (licenses.copyleft not measured)
        not measured: dependencies, types
    "#]]
    .assert_eq(&judged(&policy, &more));
}
