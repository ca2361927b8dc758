//! Policies in Rego: with the engine they judge, and without it nothing runs.

use super::{ends, project};

/// As OPA's own examples are written.
const SECURITY: &str = "\
package main

deny contains msg if {
  input.findings.error > 0
  msg := sprintf(\"%d errors on %s\", [input.findings.error, input.steps.lint.state])
}

deny contains \"nothing is covered\" if input.coverage.line == 0

warn contains \"barely covered\" if input.coverage.line < 90
";

#[cfg(not(feature = "rego"))]
#[test]
fn a_program_without_rego_says_so_and_runs_nothing() {
    let project = project("rego: [security.rego]\n");
    project.write("policies/security.rego", SECURITY);
    project.commit("with a module");
    let said = project.dod(&["validate"]);
    ends(&said, 2, "this `dod` was built without Rego");
    assert!(said.stderr.contains("policies/own.yaml:2:8"), "{said}");
    assert_eq!(project.runs().len(), 0);
}

#[cfg(feature = "rego")]
mod with_the_engine {
    use super::*;
    use crate::dod::Project;

    fn judged(module: &str) -> Project {
        let project = project("rego: [security.rego]\n");
        project.write("policies/security.rego", module);
        project.commit("with a module");
        project
    }

    #[test]
    fn existing_rules_block_and_warn_and_are_explained() {
        let project = judged(SECURITY);
        let said = project.dod(&["validate"]);
        ends(&said, 1, "`deny` of `policies/security.rego` says: 1 errors on");
        ends(&said, 1, "says: barely covered (rule `security.warn`)");
        let said = project.dod(&["explain", "latest", "security.deny"]);
        ends(&said, 0, "`coverage.line`, `findings.error` and `steps.lint.state`");
        ends(&project.dod(&["replay"]), 0, "every decision was made again");
        project.write("lint.txt", "");
        ends(&project.dod(&["validate"]), 0, "PASSED");
    }

    #[test]
    fn the_first_version_of_the_language_runs_too() {
        let project = judged(
            "package old\nimport input.findings as found\n\
             deny[msg] { found.error > 0; msg := \"errors\" }\ndeny[msg] { found.total > 0; msg := \"more\" }\n",
        );
        let said = project.dod(&["validate"]);
        ends(&said, 1, "says: errors (and 1 more message)");
    }

    #[test]
    fn a_fact_that_is_missing_is_undecided_and_never_an_empty_set() {
        let project = judged("package main\ndeny contains \"holes\" if input.vulnerabilities.critical > 0\n");
        let said = project.dod(&["validate"]);
        ends(&said, 3, "`vulnerabilities.critical` is not known (rule `security.deny`)");
    }

    #[test]
    fn a_rule_is_waived_by_its_id() {
        let project = judged(SECURITY);
        project.write(
            "waivers.yaml",
            "- { rule: security.deny, reason: known, approved_by: bob, expires: 2999-01-01 }\n",
        );
        project.commit("waived");
        ends(&project.dod(&["validate"]), 0, "security.deny");
    }

    #[test]
    fn mistakes_are_told_in_the_module_and_nothing_runs() {
        let project = judged("package main\ndeny contains \"x\" if input.findings.eror > input.brunch\n");
        let said = project.dod(&["validate"]);
        ends(&said, 2, "no fact is called `findings.eror`");
        assert!(said.stderr.contains("policies/security.rego:2:"), "{said}");
        assert!(said.stderr.contains("did you mean `branch`?"), "{said}");
        assert_eq!(project.runs().len(), 0);
    }

    #[test]
    fn the_change_does_not_judge_itself() {
        let project = judged(SECURITY);
        project.git(&["checkout", "--quiet", "-b", "change"]);
        project.write(
            "policies/security.rego",
            "package main\ndeny contains \"never\" if input.findings.error > 99\n",
        );
        project.commit("milder");
        let said = project.dod(&["validate", "--since", "main"]);
        ends(&said, 1, "policies/security.rego");
        ends(&said, 1, "1 errors on");
    }

    #[test]
    fn a_recorded_run_is_tried_under_a_module() {
        let project = project("quality_gates:\n  coverage: '>= 10%'\n");
        ends(&project.dod(&["validate"]), 0, "PASSED");
        project.write("policies/candidate.yaml", "policy: candidate\nrego: [security.rego]\n");
        project.write("policies/security.rego", SECURITY);
        let said = project.dod(&["replay", "--policy", "candidate"]);
        ends(&said, 1, "passed -> failed");
        ends(&said, 1, "1 errors on");
    }

    #[test]
    fn a_policy_with_modules_is_tested_on_examples() {
        let tests = "rego: [security.rego]\ntests:\n  - name: errors block\n    \
                     given: { lint: { findings: { error: 2 } }, cov: { coverage.line: 95% } }\n    \
                     expect: failed\n    because: [security.deny]\n  - name: unknown\n    \
                     given: { lint: clean }\n    expect: undecided\n    undecided: [security.deny]\n";
        let project = project(tests);
        project.write("policies/security.rego", SECURITY);
        ends(&project.dod(&["policy", "test"]), 0, "2 tests hold");
    }
}
