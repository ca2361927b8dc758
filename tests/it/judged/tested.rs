//! Policies that are tried on their own examples.

use super::{ends, project};

const TESTS: &str = "\
quality_gates:
  coverage: \">= 80%\"
  lint: no errors
tests:
  - name: too little is covered
    given: { cov: { coverage.line: 79.99% }, lint: { findings: { error: 0 } } }
    expect: failed
    because: [coverage]
  - name: enough is covered
    given: { cov: { coverage.line: 80% }, lint: clean }
    expect: passed
";

#[test]
fn a_policy_says_what_its_tests_expect() {
    let project = project(TESTS);
    ends(&project.dod(&["policy", "test"]), 0, "2 tests hold, of 1 policies");
    ends(&project.dod(&["policy", "test", "own", "--only", "too little"]), 0, "1 tests hold");
    ends(&project.dod(&["policy", "test", "--format", "json"]), 0, "\"holds\": true");
    assert_eq!(project.runs().len(), 0);
}

#[test]
fn a_test_that_does_not_hold_says_where_and_how() {
    let project = project(&TESTS.replace("79.99%", "90%"));
    let said = project.dod(&["policy", "test", "own"]);
    ends(&said, 1, "failed  policies/own.yaml:6  too little is covered");
    assert!(said.stdout.contains("expected failed, and the policy says passed"), "{said}");
    assert!(said.stdout.contains("1 tests hold, 1 failed"), "{said}");
}

#[test]
fn nothing_to_test_and_mistakes_are_said() {
    let project = project("quality_gates:\n  lint: no errors\n");
    ends(&project.dod(&["policy", "test"]), 2, "there is no test of a policy here");
    ends(&project.dod(&["policy", "test", "owm"]), 2, "did you mean `policies/own.yaml`?");
    project.write(
        "policies/own.yaml",
        &format!("policy: own\n{}", TESTS.replace("expect: failed", "expect: fails")),
    );
    ends(&project.dod(&["policy", "test"]), 2, "policies/own.yaml:8");
}
