//! `dod init`: a first workflow that runs.

use expect_test::expect;

use super::{check, object};
use crate::dod::Project;

#[test]
fn an_empty_folder_gets_an_example_that_passes() {
    let project = Project::with(&[]);
    check(
        &project,
        &["init"],
        &expect![[r#"
        exit code 0
        --- stdout
        wrote dod.yaml
          no Rust, Python, Node or Go project was found: it is an example with a step of its own
        next: `dod plan` says what would run, `dod validate` runs it
        --- stderr
    "#]],
    );
    expect![[r##"
        # The gates of this repository. No project of a known language was found, so this is an example to change.
        # `dod plan` says what would run and why, `dod check` proofreads this file.
        version: 1
        policy: minimal

        steps:
          # A step is a command; it has passed if its exit code is 0. A kind says what it is to a policy.
          test: { run: 'echo "put your own command here"', kind: test }
          # With a report a policy can judge more than the exit code:
          # test: { run: make test, kind: test, evidence: { junit: 'build/*.xml' } }
          # The scanner for keys, tokens and passwords is part of dod; `dod schema workflow` lists every word.
          secrets: { uses: scan/secrets }
    "##]].assert_eq(&project.read("dod.yaml"));
    check(
        &project,
        &["check"],
        &expect![[r#"
        exit code 0
        --- stdout
        1 file: no mistakes
        --- stderr
    "#]],
    );
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn a_project_is_recognized_and_what_was_there_is_kept() {
    let project = Project::with(&[
        ("Cargo.toml", "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
        ("src/lib.rs", "//! Nothing.\n"),
    ]);
    check(
        &project,
        &["init", "--policy", "strict"],
        &expect![[r#"
        exit code 0
        --- stdout
        wrote dod.yaml
          rust in ., from Cargo.toml
        next: `dod plan` says what would run, `dod validate` runs it
        --- stderr
    "#]],
    );
    let written = project.read("dod.yaml");
    assert!(written.contains("policy: strict\n") && written.contains("uses: cargo/"), "{written}");
    check(
        &project,
        &["init"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: `FOLDER/dod.yaml` exists already
          = help: `dod check` proofreads it; `dod init --force` overwrites it
    "#]],
    );
    assert_eq!(project.read("dod.yaml"), written);
    let object = object(&project, &["init", "--force"]);
    assert_eq!(object["written"], serde_json::json!(["dod.yaml"]));
    assert!(project.read("dod.yaml").contains("policy: standard\n"));
    assert_eq!(project.dod(&["check"]).code, 0);
}

#[test]
fn a_policy_that_nobody_knows_writes_nothing() {
    let project = Project::with(&[]);
    check(
        &project,
        &["init", "--policy", "strikt"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: no policy is called `strikt`
          = help: did you mean `strict`?
    "#]],
    );
    assert_eq!(project.read("dod.yaml"), "");
}
