//! New findings, changed lines, baselines and ratchets.

use super::{coverage, ends, project};

const NO_NEW: &str = "quality_gates:\n  lint: no new errors\n";

#[test]
fn without_anything_to_compare_with_nothing_is_called_new_or_old() {
    let project = project(NO_NEW);
    ends(&project.dod(&["validate"]), 3, "`dod baseline`");
}

#[test]
fn a_finding_on_changed_lines_is_new_and_one_elsewhere_is_not_known_to_be_old() {
    let project = project(NO_NEW);
    project.git(&["checkout", "--quiet", "-b", "change"]);
    project.write("a.c", "1\n2\n3\n4\nnew\n");
    project.write("lint.txt", "a.c:5:1: error: new trouble [R1]\n");
    project.commit("second");
    ends(&project.dod(&["validate", "--since", "main"]), 1, "FAILED");
    project.write("lint.txt", "a.c:2:1: error: old trouble [R1]\n");
    ends(&project.dod(&["validate", "--since", "main"]), 3, "UNDECIDED");
}

#[test]
fn the_run_of_the_base_says_what_was_there_also_when_lines_moved() {
    let project = project(NO_NEW);
    project.dod(&["validate"]);
    project.git(&["checkout", "--quiet", "-b", "change"]);
    project.write("a.c", "0\n1\n2\n3\n4\n5\n");
    project.write("lint.txt", "a.c:3:1: error: old trouble [R1]\n");
    project.commit("second");
    ends(&project.dod(&["validate", "--since", "main"]), 0, "PASSED");
    project.write("lint.txt", "a.c:3:1: error: old trouble [R1]\na.c:4:1: error: other trouble [R1]\n");
    ends(&project.dod(&["validate", "--since", "main"]), 1, "FAILED");
}

#[test]
fn a_run_on_files_that_were_not_committed_says_nothing_of_the_commit() {
    let project = project(NO_NEW);
    project.write("lint.txt", "a.c:2:1: error: old trouble [R1]\na.c:4:1: error: dirty trouble [R1]\n");
    project.dod(&["validate"]);
    project.commit("second");
    project.git(&["checkout", "--quiet", "-b", "change"]);
    ends(&project.dod(&["validate", "--since", "main"]), 3, "UNDECIDED");
}

#[test]
fn a_baseline_makes_only_what_comes_later_new() {
    let project = project(NO_NEW);
    project.dod(&["validate"]);
    ends(&project.dod(&["baseline", "--dry-run"]), 0, "would write baseline.json");
    assert_eq!(project.read("baseline.json"), "");
    ends(&project.dod(&["baseline"]), 0, "lint: 1 findings (1 more than before, 0 gone)");
    ends(&project.dod(&["validate"]), 0, "PASSED");
    project.write("lint.txt", "a.c:9:1: error: old trouble [R1]\n");
    ends(&project.dod(&["validate"]), 0, "PASSED");
    project.write("lint.txt", "a.c:9:1: error: old trouble [R1]\na.c:1:1: error: worse [R1]\n");
    ends(&project.dod(&["validate"]), 1, "FAILED");
    ends(&project.dod(&["baseline", "--shrink"]), 0, "lint: 1 findings (0 more than before, 0 gone)");
    ends(&project.dod(&["validate"]), 1, "FAILED");
}

#[test]
fn the_change_does_not_write_its_own_baseline() {
    let project = project(NO_NEW);
    project.dod(&["validate"]);
    project.dod(&["baseline"]);
    project.commit("with a baseline");
    project.git(&["checkout", "--quiet", "-b", "change"]);
    project.write("lint.txt", "a.c:2:1: error: old trouble [R1]\na.c:4:1: error: worse [R1]\n");
    project.dod(&["validate"]);
    project.dod(&["baseline"]);
    project.commit("the new trouble is called known");
    let said = project.dod(&["validate", "--since", "main"]);
    ends(&said, 1, "FAILED");
    assert!(said.stdout.contains("baseline.json"), "{said}");
}

#[test]
fn a_baseline_that_cannot_be_read_is_said_before_anything_runs() {
    let project = project(NO_NEW);
    project.write("baseline.json", "{\"version\": 1,\n \"run\": 7}");
    ends(&project.dod(&["validate"]), 2, "`baseline.json`: invalid type: integer `7`");
    assert_eq!(project.runs().len(), 0);
}

#[test]
fn changed_lines_are_covered_or_not_whatever_the_rest_is() {
    let project = project("rules:\n  - { id: changed, require: coverage.changed.line >= 80% }\n");
    project.git(&["checkout", "--quiet", "-b", "change"]);
    project.write("a.c", "1\n2\n3\n4\nnew\n");
    project.write("cov.txt", &coverage(&[0, 0, 0, 0, 1]));
    project.commit("second");
    ends(&project.dod(&["validate", "--since", "main"]), 0, "PASSED");
    project.write("cov.txt", &coverage(&[1, 1, 1, 1, 0]));
    ends(&project.dod(&["validate", "--since", "main"]), 1, "FAILED");
}

#[test]
fn coverage_may_not_drop_below_the_base() {
    let project = project("quality_gates:\n  coverage: may not drop by more than 0.1 points\n");
    ends(&project.dod(&["validate"]), 3, "UNDECIDED");
    project.git(&["checkout", "--quiet", "-b", "change"]);
    project.write("cov.txt", &coverage(&[1, 0, 1, 1, 0]));
    project.commit("second");
    ends(&project.dod(&["validate", "--since", "main"]), 1, "FAILED");
    project.write("cov.txt", &coverage(&[1, 0, 1, 1, 1]));
    ends(&project.dod(&["validate", "--since", "main"]), 0, "PASSED");
}
