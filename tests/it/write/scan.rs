//! `dod scan secrets`: alone, and as the step of a workflow.

use expect_test::expect;

use super::{check, object};
use crate::dod::Project;

/// Not a key of anybody; written in two pieces, so that this file has none.
fn key() -> String {
    format!("key = \"AKIA{}\"\n", "IOSFODNN7ABCDEFG")
}

#[test]
fn a_key_is_found_and_not_shown() {
    let project = Project::with(&[("src/config.py", &key()), ("README.md", "no key\n")]);
    check(
        &project,
        &["scan", "secrets"],
        &expect![[r#"
        exit code 1
        --- stdout
        src/config.py:1:8  AWS access key id `AKIA…` (20 characters), fingerprint 1b598b4e87f09d40  [aws-access-key-id]
        1 secret in 2 files
        --- stderr
    "#]],
    );
    let report = object(&project, &["scan", "secrets"]);
    assert_eq!(report["open"], 1);
    assert!(!report.to_string().contains("IOSFODNN7"));
}

#[test]
fn a_clean_tree_says_how_much_was_read() {
    let project = Project::with(&[("README.md", "no key\n")]);
    check(
        &project,
        &["scan", "secrets"],
        &expect![[r#"
        exit code 0
        --- stdout
        no secrets in 1 file
        --- stderr
    "#]],
    );
}

#[test]
fn a_committed_file_is_read_although_it_is_ignored() {
    let project = Project::with(&[("secret.env", &key())]);
    project.commit("a secret");
    project.write(".gitignore", "*.env\n");
    project.write("other.env", &key());
    let report = object(&project, &["scan", "secrets"]);
    let paths: Vec<&str> =
        report["findings"].as_array().unwrap().iter().filter_map(|one| one["path"].as_str()).collect();
    assert_eq!(paths, ["secret.env"]);
}

#[test]
fn only_what_changed_or_was_named_is_read() {
    let project = Project::with(&[("old.py", &key())]);
    project.commit("a secret");
    project.write("new.py", "nothing\n");
    let said = project.dod(&["scan", "secrets", "--since", "main"]);
    assert_eq!((said.code, said.last()), (0, "no secrets in 1 file"), "{said}");
    // A line that the change brought, in a file with an older secret.
    project.write("old.py", &format!("{}other_{}", key(), key()));
    let said = project.dod(&["scan", "secrets", "--since", "main"]);
    assert!(said.code == 1 && said.stdout.starts_with("old.py:2:"), "{said}");
    assert_eq!(said.last(), "1 secret in 2 files", "{said}");
    project.write("old.py", &key());
    let said = project.dod(&["scan", "secrets", "old.py"]);
    assert_eq!((said.code, said.last()), (1, "1 secret in 1 file"), "{said}");
    check(
        &project,
        &["scan", "secrets", "none.py"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: `none.py` cannot be read: entity not found
    "#]],
    );
    let said = project.dod(&["scan", "secrets", ".", "--format", "json"]);
    assert!(said.stdout.contains("\"files\": 2"), "{said}");
    let said = project.dod(&["scan", "secrets", ".."]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.starts_with("error: `..` is outside the project "), "{said}");
}

#[test]
fn sarif_goes_where_it_is_asked_to_go() {
    let project = Project::with(&[("a.py", &key())]);
    let said = project.dod(&["scan", "secrets", "--as", "sarif", "--output", "report.sarif"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said}");
    let sarif: serde_json::Value = serde_json::from_str(&project.read("report.sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
}

#[test]
fn the_gate_of_the_catalogue_calls_it_rightly() {
    let workflow =
        "policy: minimal\nsteps:\n  test: { run: 'true', kind: test }\n  secrets: { uses: scan/secrets }\n";
    let project = Project::with(&[("dod.yaml", workflow)]);
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
    project.write("a.py", &key());
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 1, "{said}");
}
