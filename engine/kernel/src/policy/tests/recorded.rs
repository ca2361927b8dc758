//! Required gates that rest on results of earlier runs.
//!
//! A recorded line is `NAME: KIND STATE HOURSh in RUN [on COMMIT]`, with evidence behind `|` that the run's policy judges.

use expect_test::{Expect, expect};

use super::runs::Story;
use super::{NOW, Simple, evidence, governance, lines, policy};
use crate::id::{Name, RunId, Timestamp};
use crate::policy::*;
use crate::value::Value;

const HOUR_MS: i64 = 3_600_000;

fn recorded(rules: &str, text: &str) -> Vec<RecordedGate> {
    lines(text).map(|line| one(rules, line)).collect()
}

fn one(rules: &str, line: &str) -> RecordedGate {
    let (line, found) = line.split_once(" | ").map_or((line, None), |(line, found)| (line, Some(found)));
    let (line, commit) = line.split_once(" on ").map_or((line, None), |(line, on)| (line, Some(on.into())));
    let words: Vec<&str> = line.split(' ').collect();
    let [gate, kind, state, hours, "in", run] = words.as_slice() else { panic!("{line}") };
    let (gate, kind) = (Name::from(gate.strip_suffix(':').unwrap()), Name::from(*kind));
    let hours: i64 = hours.strip_suffix('h').unwrap().parse().unwrap();
    let state: State = serde_json::from_value(serde_json::json!(state)).unwrap();
    let outcomes = found.map_or_else(Vec::new, |found| {
        let (policy, found) = (policy(rules), evidence(found));
        let (facts, outputs) = ([("branch".into(), Value::text("main"))].into(), [].into());
        let facts = RunFacts::new(&facts, &outputs, None);
        let asked =
            GateAsked { facts: &facts, kind: &kind, leg: false, name: &gate, now: NOW, project: None };
        let governance = governance(&policy, "");
        judge_gate(&policy, &governance, asked, &found, &found.summary(), &Simple::default()).1
    });
    let at = Timestamp(NOW.0 - hours * HOUR_MS);
    RecordedGate { at, commit, gate, kind: Some(kind), outcomes, run: RunId((*run).into()), state }
}

fn check(rules: &str, gates: &str, earlier: &str, expected: Expect) {
    let mut story = Story::new(rules, gates);
    story.recorded = recorded(rules, earlier);
    story.check(expected);
}

#[test]
fn a_required_gate_rests_on_a_recorded_result_that_passed_not_long_ago() {
    let passed = "load: performance passed 3h in A";
    for gates in ["", "load: performance own-if", "load: performance skipped"] {
        let mut story = Story::new("required load within 24h", gates);
        story.recorded = recorded("", passed);
        let Judgement { verdict, .. } = story.judgement();
        assert_eq!((verdict.state, verdict.scope), (State::Passed, Scope::Full), "{gates}");
        assert_eq!(verdict.rests_on, [("load".into(), RunId("A".into()))], "{gates}");
    }
    check(
        "required load or perf within 24h",
        "",
        passed,
        expect![[r#"
        passed
        load rests on run A
    "#]],
    );
}

#[test]
fn without_within_the_result_must_be_of_this_run() {
    check(
        "required load",
        "",
        "load: performance passed 3h in A",
        expect![[r#"
        undecided
          missing load: nothing produces it
    "#]],
    );
}

#[test]
fn a_gate_that_this_run_produced_is_judged_by_this_run() {
    for gates in [
        "load: performance failed",
        "load: performance undecided",
        "load: performance undecided may-fail",
        "load: performance failed may-fail",
        "load: performance open",
        "load: performance exit-0",
    ] {
        let mut story = Story::new("required load within 24h", gates);
        let without = story.judgement();
        for state in ["passed", "failed"] {
            story.recorded = recorded("", &format!("load: performance {state} 3h in A"));
            assert_eq!(story.judgement(), without, "{gates}");
        }
    }
}

#[test]
fn a_result_that_did_not_pass_is_no_ground_and_hides_older_ones() {
    check(
        "required load within 24h",
        "",
        "load: performance failed 3h in B",
        expect![[r#"
        undecided
          missing load: nothing produces it, NotPassed { at: Timestamp(1795251600000), run: RunId("B"), state: Failed }
    "#]],
    );
    check(
        "required load within 24h",
        "",
        "load: performance undecided 3h in B\nload: performance passed 4h in A",
        expect![[r#"
            undecided
              missing load: nothing produces it, NotPassed { at: Timestamp(1795251600000), run: RunId("B"), state: Undecided }
        "#]],
    );
}

#[test]
fn a_result_that_is_too_old_is_named() {
    check(
        "required load within 24h",
        "load: performance own-if",
        "load: performance passed 25h in A",
        expect![[r#"
            undecided
              missing load: not_applicable, Stale { at: Timestamp(1795172400000), run: RunId("A") }
        "#]],
    );
    check(
        "required load within 24h",
        "",
        "load: performance passed 24h in A",
        expect![[r#"
        passed
        load rests on run A
    "#]],
    );
}

#[test]
fn of_several_gates_of_a_kind_none_may_be_bad() {
    check(
        "required performance within 24h",
        "",
        "api/load: performance passed 3h in A\netl/load: performance waived 2h in B\nlint: lint failed 1h in B",
        expect![[r#"
            passed
            api/load rests on run A
            etl/load rests on run B
        "#]],
    );
    check(
        "required performance within 24h",
        "",
        "api/load: performance passed 3h in A\netl/load: performance failed 2h in B",
        expect![[r#"
            undecided
              missing performance: nothing produces it, NotPassed { at: Timestamp(1795255200000), run: RunId("B"), state: Failed }
        "#]],
    );
    check(
        "required performance within 24h",
        "",
        "api/load: performance passed 3h in A\netl/load: performance failed 30h in B",
        expect![[r#"
            passed
            api/load rests on run A
        "#]],
    );
}

#[test]
fn steps_of_one_name_in_one_run_must_all_be_good() {
    check(
        "required load within 24h",
        "",
        "load: performance failed 3h in B\nload: performance passed 2h in B\nload: performance passed 4h in A",
        expect![[r#"
            undecided
              missing load: nothing produces it, NotPassed { at: Timestamp(1795251600000), run: RunId("B"), state: Failed }
        "#]],
    );
}

#[test]
fn a_recorded_result_answers_the_rules_that_it_was_judged_by() {
    let rules = "required load within 24h\nslow [load] p99 < 1 s\nlint findings.error == 0 1 measured";
    check(
        rules,
        "",
        "load: performance passed 3h in A | p99 812 ms",
        expect![[r#"
        passed
        not measured: lint
        load rests on run A
    "#]],
    );
    check(
        rules,
        "",
        "load: performance passed 3h in A",
        expect![[r#"
        undecided
          slow: undecided (p99 not measured)
        not measured: lint
        load rests on run A
    "#]],
    );
}

#[test]
fn a_gate_left_out_by_a_flag_may_rest_and_the_verdict_stays_partial() {
    let rules = "required load within 24h";
    let mut story = Story::new(rules, "load: performance left-out");
    story.scope = Scope::Partial;
    story.recorded = recorded(rules, "load: performance passed 3h in A");
    story.check(expect![[r#"
        partial passed
        load rests on run A
    "#]]);
}

#[test]
fn where_no_ancestor_will_do_the_commit_must_be_this_one() {
    let rules = "required load within 24h here";
    for (on, state) in [("on c2", State::Passed), ("on c1", State::Undecided), ("", State::Undecided)] {
        let mut story = Story::new(rules, "");
        story.recorded = recorded(rules, format!("load: performance passed 3h in A {on}").trim());
        assert_eq!(story.judgement().verdict.state, state, "{on}");
    }
}

#[test]
fn another_policy_than_the_runs_own_takes_no_recorded_result() {
    let rules = "required load within 24h";
    let mut story = Story::new("", "");
    story.asked = Some(rules);
    story.recorded = recorded(rules, "load: performance passed 3h in A");
    story.check(expect![[r#"
        undecided
          missing load: nothing produces it
    "#]]);
}
