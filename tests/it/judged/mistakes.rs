//! Mistakes in policies that people make first: each is told with its place and what to write instead.

use super::ends;
use crate::dod::Project;

/// A project with this policy, for `dod check`.
fn of(policy: &str) -> Project {
    Project::with(&[
        ("dod.yaml", "policy: own\nsteps:\n  lint: { run: \"true\", kind: lint }\n"),
        ("policies/own.yaml", &format!("policy: own\n{policy}")),
    ])
}

/// That a policy is refused at this line and column, with this hint.
#[track_caller]
fn refused(policy: &str, place: &str, hint: &str) {
    let said = of(policy).dod(&["check"]);
    ends(&said, 2, &format!("--> policies/own.yaml:{place}"));
    ends(&said, 2, hint);
}

fn gate(key: &str, phrase: &str) -> String {
    format!("quality_gates:\n  {key}: {phrase}\n")
}

fn rule(require: &str) -> String {
    format!("rules:\n  - id: a\n    require: {require}\n")
}

#[test]
fn a_share_of_tests_says_what_of() {
    refused(&gate("tests", "100%"), "3:10", "`100% pass`");
    refused(&gate("tests", "'>= 95%'"), "3:10", "`>= 99% pass`");
}

#[test]
fn nothing_is_called_none() {
    refused(&gate("tests", "0 failures"), "3:10", "write `no failures`");
    refused(&gate("security", "{ critical: 0 }"), "3:25", "write `none`");
}

#[test]
fn numbers_have_a_point_and_shares_a_range() {
    refused(&gate("coverage", "'>= 80,5%'"), "3:13", "write `80.5`");
    refused(&gate("tests", "'>= 1,000 tests'"), "3:10", "`1,000` is not a number");
    refused(&gate("coverage", "'>= -5%'"), "3:13", "cannot be less than 0%");
    // A drop below zero is a rise, which may be asked for.
    ends(&of(&rule("coverage.line.drop <= -1%")).dod(&["check"]), 0, "no mistakes");
}

#[test]
fn keys_that_nothing_answers_are_refused() {
    refused(&gate("my measure", "'<= 2'"), "3:3", "letters, digits and `._-`");
    refused(&gate("coverage", "{ requires: '>= 80%' }"), "3:15", "did you mean `require`?");
}

#[test]
fn rules_take_facts_and_no_phrases() {
    refused(&rule("'>= 80%'"), "4:14", "like `coverage.line >= 80%`");
    refused(&rule("no errors"), "4:14", "phrases stand under `quality_gates`");
    refused(&rule("[tests.failed == 0, findings.error == 0]"), "4:14", "write a rule for each");
    refused(&rule("coverage >= 80%"), "4:14", "write `coverage.line`");
}

#[test]
fn a_fact_of_one_step_is_looked_at_before_anything_runs() {
    refused(&rule("'steps[\"lint\"].findings.eror == 0'"), "4:", "did you mean `findings.error`?");
    refused(&rule("'findings.eror == 0 || tests.failed == 0'"), "4:24", "did you mean `findings.error`?");
    ends(&of(&rule("'steps[\"lint\"].findings.error == 0'")).dod(&["check"]), 0, "no mistakes");
    ends(&of(&rule("'steps[\"x\"].outputs.version == \"1\"'")).dod(&["check"]), 0, "no mistakes");
    ends(&of(&rule("'!known(measures[\"p99\"]) || measures[\"p99\"].ms < 9'")).dod(&["check"]), 0, "");
}

#[test]
fn a_test_of_a_policy_that_names_no_rule_is_told_which_there_are() {
    let tests = "tests:\n  - { name: x, given: { lint: { findings: { error: 1 } } }, expect: failed, because: [zzz] }\n";
    refused(&format!("{}{tests}", gate("coverage", "'>= 80%'")), "5:", "there are `coverage`");
}

#[test]
fn what_was_probably_not_meant_is_said_before_the_run() {
    let project = super::project("quality_gates:\n  coverge: \">= 80%\"\n");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stderr.contains("policies/own.yaml:3:3") && said.stderr.contains("coverage"), "{said}");
}
