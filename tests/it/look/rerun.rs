//! `dod rerun`: a new run with the flags of an old one.

use expect_test::expect;

use super::{check, newest};
use crate::dod::Project;

/// `flaky` fails until the file `fixed`, which git does not see, is there.
const FLAKY: &str = "\
steps:
  good: { run: 'echo ran' }
  flaky: { run: 'test -e \"$FIXED\"', env: { FIXED: FOLDER } }
";

fn flaky(away: &tempfile::TempDir) -> Project {
    let fixed = away.path().join("fixed");
    let project = Project::of(&FLAKY.replace("FOLDER", fixed.to_str().unwrap()));
    let said = project.dod(&["validate", "--only", "good", "--only", "flaky"]);
    assert_eq!(said.code, 1, "{said}");
    std::fs::write(fixed, "").unwrap();
    project
}

#[test]
fn what_was_good_is_taken_over_on_the_same_tree() {
    let away = tempfile::tempdir().unwrap();
    let project = flaky(&away);
    let first = newest(&project);
    check(
        &project,
        &["rerun", "--failed"],
        &expect![[r#"
            exit code 0
            --- stdout
            dod 0.1.0, run RUN, policy anything (policies/anything.yaml DIGEST), definitions unprotected
            passed  good  TIME  exit code only, reused from RUN
            passed  flaky  TIME  exit code only

            definitions: unprotected (no base is known, so this change could have written its own judge; `--govern-from REF` names one)

            PASSED: 2 steps in TIME
            --- stderr
            unsigned  no key signed this run; `dod key new` makes one
        "#]],
    );
    assert_eq!(project.steps("attempt_started"), ["flaky"]);
    let settings = project.log()[0]["event"]["run_started"]["settings"].to_string();
    assert!(
        settings.contains("--only good") && settings.contains(&format!("rerun of {first}")),
        "{settings}"
    );
    assert_eq!(project.dod(&["replay"]).code, 0);
}

#[test]
fn on_another_tree_everything_runs_again() {
    let away = tempfile::tempdir().unwrap();
    let project = flaky(&away);
    project.write("more", "text");
    let said = project.dod(&["rerun", "--failed"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stderr.contains("the tree has changed since that run"), "{said}");
    let mut steps = project.steps("attempt_started");
    steps.sort();
    assert_eq!(steps, ["flaky", "good"]);
}

#[test]
fn without_a_flag_everything_runs_again() {
    let away = tempfile::tempdir().unwrap();
    let project = flaky(&away);
    let said = project.dod(&["rerun"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(project.steps("attempt_started").len(), 2);
}
