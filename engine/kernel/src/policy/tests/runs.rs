//! Whole runs: required gates, rules over the run, and what a verdict says.
//!
//! A line is `NAME: KIND STATE`, with `may-fail` behind it, or `NAME: KIND | EVIDENCE`, judged as it ends.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};

use super::{NOW, Simple, evidence, governance, lines, policy, shown_outcome};
use crate::evidence::{Evidence, Summary};
use crate::id::{Digest, Name, Timestamp};
use crate::policy::*;
use crate::value::Value;

const DAY: i64 = 86_400_000;

type Judge<'a> = &'a dyn Fn(&Name, &Name, &Evidence) -> (State, Vec<RuleOutcome>);

struct Gate {
    allow_failure: bool,
    digest: Option<Digest>,
    kind: Name,
    name: Name,
    outcomes: Vec<RuleOutcome>,
    project: Option<Name>,
    state: GateState,
    summary: Option<Summary>,
}

fn gate(line: &str, judge: Judge<'_>) -> (Gate, Evidence) {
    let (line, found) = line.split_once(" | ").map_or((line, None), |(line, found)| (line, Some(found)));
    let (name, rest) = line.split_once(": ").unwrap();
    let mut words: Vec<&str> = rest.split(' ').collect();
    let allow_failure = words.last() == Some(&"may-fail");
    words.truncate(words.len() - usize::from(allow_failure));
    let (name, kind) = (Name::from(name), Name::from(words[0]));
    let found = found.map(evidence);
    let (state, outcomes) = match (words.get(1), &found) {
        (None, Some(found)) => {
            let (state, outcomes) = judge(&kind, &name, found);
            (GateState::Judged(state), outcomes)
        }
        (Some(&"exit-0"), _) => (GateState::PassedByExitCode, Vec::new()),
        (Some(&"failed"), _) => (GateState::Failed, Vec::new()),
        (Some(&"undecided"), _) => (GateState::Undecided, Vec::new()),
        (Some(&"skipped"), _) => (GateState::Skipped, Vec::new()),
        (Some(&"own-if"), _) => (GateState::NotApplicable, Vec::new()),
        (Some(&"left-out"), _) => (GateState::NotSelected, Vec::new()),
        (Some(&"open"), _) => (GateState::Open, Vec::new()),
        other => panic!("{other:?}"),
    };
    let project = name.split_once('/').map(|(project, _)| Name::from(project));
    let summary = found.as_ref().map(Evidence::summary);
    let gate = Gate { allow_failure, digest: None, kind, name, outcomes, project, state, summary };
    (gate, found.unwrap_or_default())
}

pub(super) struct Story<'a> {
    pub(super) rules: &'a str,
    /// Another policy that judges at the end; the gates were judged under `rules`.
    pub(super) asked: Option<&'a str>,
    pub(super) waived: &'a str,
    pub(super) gates: &'a str,
    pub(super) own: Vec<Reason>,
    pub(super) scope: Scope,
    pub(super) later_ms: i64,
    pub(super) recorded: Vec<RecordedGate>,
    pub(super) judging: u32,
    /// The evidence is gone when the run is judged.
    pub(super) forgets: bool,
}

impl<'a> Story<'a> {
    pub(super) fn new(rules: &'a str, gates: &'a str) -> Self {
        Self {
            rules,
            asked: None,
            waived: "",
            gates,
            own: Vec::new(),
            scope: Scope::Full,
            later_ms: 0,
            recorded: Vec::new(),
            judging: JUDGING,
            forgets: false,
        }
    }

    pub(super) fn told(&self) -> String {
        shown(&self.judgement())
    }

    pub(super) fn judgement(&self) -> Judgement {
        let own = policy(self.rules);
        let governance = Governance { judging: self.judging, ..governance(&own, self.waived) };
        let is_leg = |name: &Name| self.judging > 1 && step_of(name).is_some();
        let texts = [("branch", "main"), ("commit", "c2")];
        let facts = texts.map(|(name, text)| (name.into(), Value::text(text))).into();
        let outputs = BTreeMap::new();
        let mut ask = Simple::default();
        let judge = |kind: &Name, name: &Name, found: &Evidence| {
            let facts = RunFacts::new(&facts, &outputs, None);
            let project = name.split_once('/').map(|(project, _)| Name::from(project));
            let leg = is_leg(name);
            let asked = GateAsked { facts: &facts, kind, leg, name, now: NOW, project: project.as_ref() };
            judge_gate(&own, &governance, asked, found, &found.summary(), &Simple::default())
        };
        let mut gates = Vec::new();
        for (at, line) in lines(self.gates).enumerate() {
            let (mut one, found) = gate(line, &judge);
            let digest = Digest([u8::try_from(at).unwrap(); 32]);
            one.digest = one.summary.is_some().then_some(digest);
            if !self.forgets {
                ask.evidence.insert(digest, Arc::new(found));
            }
            gates.push(one);
        }
        let seen = gates.iter().map(|one| GateSeen {
            allow_failure: one.allow_failure,
            evidence: one.digest,
            kind: &one.kind,
            leg: is_leg(&one.name),
            name: &one.name,
            outcomes: &one.outcomes,
            project: one.project.as_ref(),
            state: one.state.clone(),
            summary: one.summary.as_ref(),
        });
        let picture = Picture {
            facts: &facts,
            changed: None,
            definitions: Definitions::Protected,
            gates: seen.collect(),
            now: Timestamp(NOW.0 + self.later_ms),
            own_reasons: self.own.clone(),
            outputs: &outputs,
            recorded: &self.recorded,
            scope: self.scope,
            tree_changed: false,
        };
        verdict(&self.asked.map_or_else(|| own.clone(), policy), &governance, &picture, &ask)
    }

    #[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
    pub(super) fn check(self, expected: Expect) {
        expected.assert_eq(&shown(&self.judgement()));
    }
}

fn shown(judgement: &Judgement) -> String {
    let Verdict { reasons, scope, state, not_measured, rests_on, waived, .. } = &judgement.verdict;
    let partial = if *scope == Scope::Partial { "partial " } else { "" };
    let mut text = format!("{partial}{}\n", state.word());
    for reason in reasons {
        let line = match reason {
            Reason::Rule(outcome) => shown_outcome(outcome),
            Reason::Missing { any_of, gate, recorded, state } => {
                let names: Vec<&str> = std::iter::once(gate).chain(any_of).map(Name::as_str).collect();
                let stands = state.map_or("nothing produces it", State::word);
                let recorded = recorded.as_ref().map(|why| format!(", {why:?}")).unwrap_or_default();
                format!("missing {}: {stands}{recorded}", names.join(" or "))
            }
            Reason::LeftOut { gate } => format!("left out: {gate}"),
            Reason::StepFailed { step } => format!("step failed: {step}"),
            Reason::StepUndecided { step } => format!("step undecided: {step}"),
            other => format!("{other:?}"),
        };
        writeln!(text, "  {line}").unwrap();
    }
    if !not_measured.is_empty() {
        let names: Vec<&str> = not_measured.iter().map(Name::as_str).collect();
        writeln!(text, "not measured: {}", names.join(", ")).unwrap();
    }
    for (gate, run) in rests_on {
        writeln!(text, "{gate} rests on run {run}").unwrap();
    }
    for (of, who) in waived {
        writeln!(text, "waived: {of} by {who}").unwrap();
    }
    for (of, why) in &judgement.verdict.waivers_refused {
        writeln!(text, "waiver refused: {of} ({why:?})").unwrap();
    }
    for of in &judgement.verdict.waivers_unused {
        writeln!(text, "waiver unused: {of}").unwrap();
    }
    text
}

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(rules: &str, gates: &str, expected: Expect) {
    expected.assert_eq(&shown(&Story::new(rules, gates).judgement()));
}

const LINT: &str = "lint [lint] findings.error == 0 1 measured";

#[test]
fn a_clean_run_has_passed() {
    check(
        &format!("required lint\n{LINT}"),
        "ruff: lint | clean",
        expect![[r#"
        passed
    "#]],
    );
}

#[test]
fn one_failed_rule_fails_the_run() {
    check(
        &format!("required lint\n{LINT}"),
        "ruff: lint | 2 error",
        expect![[r#"
        failed
          lint at ruff: failed (findings.error 2, wanted == 0)
    "#]],
    );
}

#[test]
fn a_required_gate_may_be_named_by_kind_or_by_step() {
    check(
        "required ruff\nrequired lint",
        "ruff: lint | clean",
        expect![[r#"
        passed
    "#]],
    );
}

#[test]
fn a_required_gate_that_nothing_produces_is_undecided() {
    check(
        "required secrets",
        "ruff: lint | clean",
        expect![[r#"
        undecided
          missing secrets: nothing produces it
    "#]],
    );
}

#[test]
fn a_required_gate_that_its_own_if_left_out_is_undecided() {
    check(
        "required lint",
        "ruff: lint own-if",
        expect![[r#"
        undecided
          missing lint: not_applicable
    "#]],
    );
}

#[test]
fn a_required_gate_that_was_skipped_is_undecided() {
    check(
        "required lint",
        "ruff: lint skipped",
        expect![[r#"
        undecided
          missing lint: skipped
    "#]],
    );
}

#[test]
fn a_required_gate_that_is_still_open_is_undecided() {
    check(
        "required lint",
        "ruff: lint open",
        expect![[r#"
        undecided
          missing lint: undecided
    "#]],
    );
}

#[test]
fn one_good_gate_of_the_kind_is_enough_if_the_others_were_not_asked() {
    check(
        "required test",
        "api/test: test exit-0\netl/test: test own-if",
        expect![[r#"
        passed
    "#]],
    );
}

#[test]
fn a_command_that_exits_0_is_a_good_gate() {
    check(
        "required build",
        "make: build exit-0",
        expect![[r#"
        passed
    "#]],
    );
}

#[test]
fn one_of_several_kinds_is_enough() {
    check(
        "required build or test",
        "pytest: test | 3 passed",
        expect![[r#"
        passed
    "#]],
    );
    check(
        "required build or test",
        "ruff: lint | clean",
        expect![[r#"
        undecided
          missing build or test: nothing produces it
    "#]],
    );
}

#[test]
fn a_broken_gate_is_undecided_once() {
    check(
        "required lint",
        "ruff: lint undecided",
        expect![[r#"
        undecided
          step undecided: ruff
    "#]],
    );
    check(
        "required build",
        "make: build failed",
        expect![[r#"
        failed
          step failed: make
    "#]],
    );
}

#[test]
fn a_gate_that_may_fail_is_ignored() {
    check(
        LINT,
        "ruff: lint may-fail | 2 error\nmake: build failed may-fail",
        expect![[r#"
        passed
    "#]],
    );
}

#[test]
fn a_permission_to_fail_does_not_count_for_a_required_gate() {
    check(
        &format!("required lint\n{LINT}"),
        "ruff: lint may-fail | 2 error",
        expect![[r#"
        failed
          missing lint: failed
    "#]],
    );
    check(
        "required build",
        "make: build undecided may-fail",
        expect![[r#"
        undecided
          missing build: undecided
    "#]],
    );
}

#[test]
fn a_flag_that_leaves_a_required_gate_out_makes_a_partial_verdict() {
    let mut story = Story::new("required lint\nrequired test", "ruff: lint | clean\npytest: test left-out");
    story.scope = Scope::Partial;
    story.check(expect![[r#"
        partial passed
          left out: test
    "#]]);
}

#[test]
fn nothing_is_left_out_of_a_full_verdict() {
    check(
        "required test",
        "pytest: test left-out",
        expect![[r#"
        undecided
          missing test: not_applicable
    "#]],
    );
}

#[test]
fn what_a_user_demands_and_nobody_measured_is_undecided() {
    check(
        "coverage coverage.line >= 80 %",
        "pytest: test | 3 passed",
        expect![[r#"
        undecided
          coverage: undecided (coverage.line not measured)
    "#]],
    );
}

#[test]
fn what_is_judged_when_measured_is_named_where_it_was_not() {
    check(
        "c coverage.line >= 60 % measured\nv vulnerabilities.critical == 0 1 measured\nf [format] findings.total == 0 1 measured\nt tests.failed == 0 1 measured",
        "pytest: test | 3 passed",
        expect![[r#"
            passed
            not measured: coverage, dependencies, format
        "#]],
    );
}

#[test]
fn a_missing_required_kind_is_not_also_called_not_measured() {
    check(
        &format!("required lint\n{LINT}"),
        "make: build exit-0",
        expect![[r#"
        undecided
          missing lint: nothing produces it
    "#]],
    );
}

#[test]
fn what_a_flag_left_out_is_not_held_against_a_partial_run() {
    let mut story = Story::new("slow [load] p99 < 1 s", "bench: load left-out");
    story.scope = Scope::Partial;
    story.check(expect![[r#"
        partial passed
        not measured: load
    "#]]);
    let mut story = Story::new("slow [load] p99 < 1 s", "ruff: lint left-out");
    story.scope = Scope::Partial;
    story.check(expect![[r#"
        partial undecided
          slow: undecided (p99 not measured)
    "#]]);
}

#[test]
fn a_threshold_whose_condition_is_false_needs_no_measure() {
    check(
        "slow [load] p99 < 1 s if branch == dev",
        "bench: load own-if",
        expect![[r#"
        passed
    "#]],
    );
    check(
        "slow [load] p99 < 1 s if branch == main",
        "bench: load own-if",
        expect![[r#"
        undecided
          slow: undecided (p99 not measured)
    "#]],
    );
}

#[test]
fn a_rule_over_the_run_sees_all_gates() {
    check(
        "n expr findings.error <= 3",
        "a: lint | 2 error\nb: lint | 1 error",
        expect![[r#"
        passed
    "#]],
    );
    check(
        "n expr findings.error <= 3",
        "a: lint | 2 error\nb: lint | 2 error",
        expect![[r#"
        failed
          n: failed (answered Bool(false))
    "#]],
    );
}

#[test]
fn a_rule_over_the_run_that_names_gates_sees_those() {
    check(
        "n [types] expr findings.error <= 1",
        "a: lint | 2 error\nb: types | 1 error",
        expect![[r#"
        passed
    "#]],
    );
}

#[test]
fn a_rule_that_asks_for_the_unknown_is_undecided() {
    check(
        "n expr findings.introduced.error == 0",
        "a: lint | clean",
        expect![[r#"
        undecided
          n: undecided (unknown ["findings.introduced.error"])
    "#]],
    );
    check(
        "n expr findings.introduced.error == 0 measured",
        "a: lint | clean",
        expect![[r#"
        passed
    "#]],
    );
}

#[test]
fn a_rule_that_is_wrong_is_undecided() {
    check(
        "n expr findings.errors == 0",
        "a: lint | clean",
        expect![[r#"
        undecided
          n: undecided (wrong: no such fact)
    "#]],
    );
    check(
        "n expr branch",
        "a: lint | clean",
        expect![[r#"
        undecided
          n: undecided (answered Text("main"))
    "#]],
    );
}

#[test]
fn a_rule_over_the_run_can_be_waived() {
    let mut story = Story::new("n expr findings.error <= 1", "a: lint | 2 error");
    story.waived = "of n by alice";
    story.check(expect![[r#"
        passed
        waived: n by alice
    "#]]);
    let mut story = Story::new("n expr findings.error <= 1", "a: lint | 2 error");
    story.waived = "of n at lint by alice";
    story.check(expect![[r#"
        failed
          n: failed (answered Bool(false))
        waiver unused: n
    "#]]);
}

#[test]
fn a_rule_that_warns_is_said_and_does_not_fail() {
    check(
        "w expr findings.error <= 1 warn",
        "a: lint | 2 error",
        expect![[r#"
        passed
          w: failed (answered Bool(false))
    "#]],
    );
}

#[test]
fn reasons_come_worst_first() {
    let mut story = Story::new(
        "required secrets\nw findings.warning == 0 1 warn\nf findings.error == 0 1",
        "a: lint | 2 error; 1 warning\nb: build undecided",
    );
    story.own = vec![Reason::StepUndecided { step: "b".into() }, Reason::Timeout];
    story.check(expect![[r#"
        failed
          f at a: failed (findings.error 2, wanted == 0)
          step undecided: b
          Timeout
          missing secrets: nothing produces it
          w at a: failed (findings.warning 1, wanted == 0)
    "#]]);
}

#[test]
fn a_failed_step_fails_the_run_whatever_the_policy_asks() {
    let mut story = Story::new("", "a: lint | clean");
    story.own = vec![Reason::StepFailed { step: "deploy".into() }];
    story.check(expect![[r#"
        failed
          step failed: deploy
    "#]]);
}

#[test]
fn waivers_are_named_as_used_unused_or_refused() {
    let mut story = Story::new("f findings.error == 0 1\nwaivers within 90", "a: lint | error E1");
    story.waived =
        "of E1 by alice\nof E2 by alice\nof E3 by mallory\nof E4 by bob expires -1\nof E5 by bob expires 99";
    story.check(expect![[r#"
        passed
        waived: E1 by alice
        waiver refused: E3 (OwnChange)
        waiver refused: E4 (Expired)
        waiver refused: E5 (TooLong)
        waiver unused: E2
    "#]]);
}

#[test]
fn a_partial_run_says_nothing_of_unused_waivers() {
    let mut story = Story::new("f findings.error == 0 1", "a: lint | clean");
    story.waived = "of E2 by alice";
    story.scope = Scope::Partial;
    story.check(expect![[r#"
        partial passed
    "#]]);
}

#[test]
fn another_policy_judges_the_evidence_again() {
    let mut story = Story::new("v vulnerabilities.critical == 0 1", "d: dependencies | high CVE-1 foo 1.0");
    story.asked = Some("v vulnerabilities.high == 0 1\nwaivers proved");
    story.waived = "of CVE-1 by alice";
    story.check(expect![[r#"
        failed
          v at d: failed (vulnerabilities.high 1, wanted == 0)
        waiver refused: CVE-1 (NotProved)
    "#]]);
    let mut story = Story::new("v vulnerabilities.critical == 0 1", "d: dependencies | high CVE-1 foo 1.0");
    story.asked = Some("v vulnerabilities.high == 0 1\nwaivers proved");
    story.waived = "of CVE-1 by alice proved";
    story.check(expect![[r#"
        passed
        waived: CVE-1 by alice
    "#]]);
}

#[test]
fn what_was_waived_when_the_gate_ended_stays_waived_in_its_run() {
    let mut story = Story::new("f findings.error == 0 1", "a: lint | error E1");
    story.waived = "of E1 by alice expires 0";
    story.later_ms = DAY;
    story.check(expect![[r#"
        passed
        waived: E1 by alice
        waiver refused: E1 (Expired)
    "#]]);
}

#[test]
fn a_project_that_did_not_measure_is_undecided() {
    check(
        "a coverage.line >= 80 % in api\ne coverage.line >= 60 % in etl",
        "api/test: test | coverage.line 81 %\netl/test: test | 2 passed",
        expect![[r#"
            undecided
              e: undecided (coverage.line not measured)
        "#]],
    );
}

#[test]
fn reasons_are_bounded_and_say_so() {
    let mut story = Story::new("", "");
    story.own = (0..1_100).map(|at| Reason::StepFailed { step: format!("g{at}").into() }).collect();
    let Judgement { verdict, .. } = story.judgement();
    assert_eq!((verdict.reasons.len(), verdict.state), (REASONS_MAX, State::Failed));
    assert_eq!(verdict.reasons.last(), Some(&Reason::Limit { name: "reasons_max".into() }));
}

#[test]
fn one_of_several_metrics_is_measured_enough() {
    let rules = "l [coverage,test] coverage.line >= 60 % measured\ns [coverage,test] coverage.statement >= 60 % measured";
    check(
        rules,
        "go: coverage | coverage.statement 61 %",
        expect![[r#"
        passed
    "#]],
    );
    check(
        rules,
        "go: coverage | coverage.branch 61 %",
        expect![[r#"
        undecided
          l at go: undecided (coverage.line not measured)
          s at go: undecided (coverage.statement not measured)
    "#]],
    );
    check(
        rules,
        "go: test exit-0",
        expect![[r#"
        passed
        not measured: coverage
    "#]],
    );
}

#[test]
fn a_required_gate_that_did_not_measure_what_it_is_for_is_undecided() {
    let rules = "required coverage\nc coverage.line >= 80 % measured\nt tests.failed == 0 1 measured";
    check(
        rules,
        "cov: coverage | 3 passed",
        expect![[r#"
        undecided
          missing coverage: undecided
    "#]],
    );
    check(
        rules,
        "cov: coverage exit-0",
        expect![[r#"
        passed
        not measured: test
    "#]],
    );
    check(
        "required build\nb [build] findings.error == 0 1 measured",
        "b: build | size 3 bytes",
        expect![[r#"
        passed
    "#]],
    );
}
