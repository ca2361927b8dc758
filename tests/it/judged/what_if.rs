//! What another policy would have said.

use super::{ends, project};

#[test]
fn a_run_is_tried_under_another_policy_and_keeps_its_verdict() {
    let project = project("quality_gates:\n  lint: no errors\n");
    project.write("policies/other.yaml", "policy: other\nquality_gates:\n  coverage: '>= 90%'\n");
    project.write(
        "policies/more.yaml",
        "policy: more\nrules:\n  - { id: p99, require: 'measures[\"p99\"].ms < 5' }\n",
    );
    ends(&project.dod(&["validate"]), 1, "FAILED");
    ends(&project.dod(&["replay", "--policy", "own"]), 0, "failed, as recorded");
    ends(&project.dod(&["replay", "--policy", "other"]), 0, "failed, as recorded");
    project.write("lint.txt", "");
    ends(&project.dod(&["validate"]), 0, "PASSED");
    let said = project.dod(&["replay", "--policy", "other"]);
    ends(&said, 1, "passed -> failed");
    assert!(said.stdout.contains("80 %") && said.stdout.contains("90"), "{said}");
    ends(&project.dod(&["replay", "--policy", "more", "--format", "json"]), 1, "\"never_recorded\": [");
    ends(&project.dod(&["show"]), 0, "PASSED");
}

#[test]
fn a_policy_is_tried_on_the_history() {
    let project = project("quality_gates:\n  lint: no errors\n");
    project.write("policies/other.yaml", "policy: other\nquality_gates:\n  coverage: '>= 90%'\n");
    project.dod(&["validate"]);
    project.write("lint.txt", "");
    project.dod(&["validate"]);
    let said = project.dod(&["replay", "--since", "1d", "--policy", "other"]);
    ends(&said, 1, "1 of 2 runs would come out otherwise");
    ends(&project.dod(&["replay", "--since", "2099-01-01", "--policy", "other"]), 0, "0 of 0 runs");
    ends(&project.dod(&["replay", "--since", "soon", "--policy", "other"]), 2, "soon");
    ends(&project.dod(&["replay", "--since", "1d"]), 2, "--policy");
    ends(&project.dod(&["replay", "--policy", "other", "--at", "soon"]), 2, "`soon` is not a day");
    ends(
        &project.dod(&["replay", "--policy", "other", "--at", "2099-01-31"]),
        1,
        "at 2099-01-31T23:59:59.999Z",
    );
}

#[test]
fn evidence_that_is_gone_is_said_and_not_made_up() {
    let project = project("quality_gates:\n  lint: no errors\n");
    project.write("policies/other.yaml", "policy: other\nquality_gates:\n  coverage: '>= 50%'\n");
    project.write("lint.txt", "");
    project.dod(&["validate"]);
    std::fs::remove_dir_all(project.path().join(".dod/blobs")).unwrap();
    let said = project.dod(&["replay", "--policy", "other"]);
    assert!(matches!(said.code, 2 | 3), "{said}");
}
