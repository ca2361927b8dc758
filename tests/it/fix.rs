//! `dod fix`: fixers of failing gates, with gates of the project's own so that no tool is needed.

use crate::dod::{Project, Said};

const WORKFLOW: &str = "policy: minimal
steps:
  build:  { run: [\"true\"], kind: build }
  tabs:   { uses: own/tabs, with: { word: two } }
  dashes: { uses: own/dashes }
  long:   { uses: own/long }
";

/// Gates that list the files they complain about. The fixer of `dashes` breaks, that of `long` is not there.
const GATES: &str = r#"
- gate: own/tabs
  about: finds tabs
  kind: format
  run: [sh, -c, 'grep -l "	" *.txt && exit 1 || exit 0', "{word}"]
  with: { word: { type: text, default: one, about: "what a tab becomes" } }
  exit: { clean: [0], findings: [1] }
  evidence: { from: stdout, format: file_list, rule: tabs }
  fix: [sh, -c, 'for file in *.txt; do sed "s/	/ $1 /" "$file" >"$DOD_REPORTS/x" && cp "$DOD_REPORTS/x" "$file"; done; exit 1', fix, "{word}"]
- gate: own/dashes
  about: finds dashes
  kind: lint
  run: [sh, -c, 'grep -l -e -- *.txt && exit 1 || exit 0']
  exit: { clean: [0], findings: [1] }
  evidence: { from: stdout, format: file_list, rule: dashes }
  fix: [sh, -c, 'echo half done >a.txt; echo no memory left >&2; exit 9']
- gate: own/long
  about: finds long files
  kind: docs
  run: [sh, -c, 'ls long.txt 2>/dev/null && exit 1 || exit 0']
  exit: { clean: [0], findings: [1] }
  evidence: { from: stdout, format: file_list, rule: long }
"#;

fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::with(&[("dod.yaml", WORKFLOW), ("gates/own.yaml", GATES)]);
    for (path, text) in files {
        project.write(path, text);
    }
    project.commit("one");
    project
}

#[track_caller]
fn check(said: &Said, code: i32, parts: &[&str]) {
    assert_eq!(said.code, code, "{said}");
    for part in parts {
        assert!(said.stdout.contains(part) || said.stderr.contains(part), "`{part}` is not in {said}");
    }
}

#[test]
fn what_failed_is_put_right_and_judged_again() {
    let project = project(&[("a.txt", "one\ttwo\n"), ("b.txt", "plain\n"), ("c.txt", "\tthree\n")]);
    check(&project.dod(&["validate"]), 1, &["tabs"]);
    let planned = project.dod(&["fix", "--dry-run"]);
    check(&planned, 0, &["tabs (own/tabs): would run", "nothing ran"]);
    assert!(!planned.stdout.contains("dashes"), "it did not fail: {planned}");
    assert_eq!(project.read("a.txt"), "one\ttwo\n");
    let fixed = project.dod(&["fix"]);
    check(
        &fixed,
        0,
        &["tabs (own/tabs): changed 2 files\n", "\n  a.txt\n  c.txt\n", "`dod validate` judges again"],
    );
    assert_eq!(project.read("a.txt"), "one two two\n", "the parameters of the step are those of its fixer");
    check(&project.dod(&["validate"]), 0, &["PASSED"]);
    check(&project.dod(&["fix"]), 0, &["nothing failed in the newest run"]);
}

#[test]
fn a_tree_with_changes_is_left_alone() {
    let project = project(&[("a.txt", "one\ttwo\n")]);
    check(&project.dod(&["validate"]), 1, &[]);
    project.write("mine.txt", "not committed\n");
    check(&project.dod(&["fix"]), 2, &["the tree has changes already: mine.txt", "--allow-dirty"]);
    assert_eq!(project.read("a.txt"), "one\ttwo\n");
    check(&project.dod(&["fix", "--dry-run"]), 0, &["would run"]);
    let fixed = project.dod(&["fix", "--allow-dirty"]);
    check(&fixed, 0, &["changed 1 file\n", "\n  a.txt\n"]);
    assert!(!fixed.stdout.contains("mine.txt"), "only what the fixer changed: {fixed}");
}

#[test]
fn gates_are_named_by_step_kind_or_catalogue() {
    for word in ["tabs", "format", "own/tabs"] {
        let project = project(&[("a.txt", "one\ttwo\n")]);
        check(&project.dod(&["fix", word]), 0, &["tabs (own/tabs): changed 1 file\n"]);
        check(&project.dod(&["fix", word, "--allow-dirty"]), 0, &["changed nothing", "no file was changed"]);
    }
    let project = project(&[]);
    check(&project.dod(&["fix"]), 2, &["`dod validate` makes the first run"]);
    check(
        &project.dod(&["fix", "tabz"]),
        2,
        &["no gate of the workflow is called `tabz`", "did you mean `tabs`?"],
    );
    check(
        &project.dod(&["fix", "build"]),
        2,
        &["no fixer is known for `build`", "these have one: tabs, dashes"],
    );
}

#[test]
fn a_fixer_that_broke_is_told_and_so_is_a_gate_without_one() {
    let project = project(&[("a.txt", "a -- b\n"), ("long.txt", "x\n")]);
    check(&project.dod(&["validate"]), 1, &["dashes", "long"]);
    let broke = project.dod(&["fix"]);
    check(
        &broke,
        3,
        &["dashes (own/dashes): broke: exit code 9", "| no memory left", "no fixer is known for: long"],
    );
    check(&broke, 3, &["\n  a.txt\n"]);
    project.git(&["checkout", "--quiet", "."]);
    let told = project.dod(&["fix", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../schemas/fix.schema.json")).unwrap();
    let problems: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&object)
        .map(|error| error.to_string())
        .collect();
    assert!(problems.is_empty(), "{problems:?}: {object}");
    assert_eq!(object["fixers"][0]["state"], "broke");
    assert_eq!(object["fixers"][0]["exit"], 9);
    assert_eq!(object["changed"], serde_json::json!(["a.txt"]));
    assert_eq!(object["without_fixer"], serde_json::json!(["long"]));
}

#[test]
fn a_missing_fixer_is_said_with_its_cure() {
    let gates = GATES
        .replace("fix: [sh, -c, 'echo half", "install: get it somewhere\n  fix: [no-such-fixer, 'echo half");
    let project = project(&[("a.txt", "a -- b\n")]);
    project.write("gates/own.yaml", &gates);
    project.commit("two");
    check(&project.dod(&["validate"]), 1, &[]);
    let said = project.dod(&["fix"]);
    check(&said, 3, &["did not start: `no-such-fixer` is not on PATH", "= help: get it somewhere"]);
}
