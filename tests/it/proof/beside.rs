//! Runs, logs and anchors that do not belong together: newer anchors, runs that were put past the log, a log that is gone.

use std::path::Path;
use std::process::Command;

use super::ends;
use crate::dod::Project;

const HELLO: &str = "policy: own\nsteps: { a: { run: [\"true\"], kind: test } }\n";

fn project() -> Project {
    let files = [
        ("dod.yaml", HELLO),
        ("policies/own.yaml", "policy: own\n"),
        (".gitignore", ".dod\n*.dodz\n*.checkpoint\n"),
    ];
    let project = Project::with(&files);
    project.commit("one");
    project
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

fn name(run: &Path) -> String {
    run.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_run_that_is_older_than_the_anchor_is_good_where_the_leaves_are() {
    let project = project();
    project.dod(&["validate", "-q"]);
    let old = project.path().join("old.dodz");
    let old = old.to_str().unwrap();
    ends(&project.dod(&["export", "-o", old]), 0, &[]);
    project.dod(&["validate", "-q"]);
    let words = ["log", "anchor", "--note", "--file", "kept.checkpoint"];
    ends(&project.dod(&words), 0, &["4 leaves remembered in kept.checkpoint"]);
    for run in project.runs() {
        let said = project.dod(&["verify", &name(&run), "--anchor", "kept.checkpoint"]);
        ends(
            &said,
            0,
            &["good: run ", "(of 4 leaves)", "`kept.checkpoint` remembers 4 leaves of the clone log\n"],
        );
        let anchored = |line: &&str| line.contains("refs/notes/dod on");
        assert_eq!(said.stdout.lines().filter(anchored).count(), 1, "{said}");
    }
    // The file alone cannot say.
    let said = project.dod(&["verify", old, "--anchor", "kept.checkpoint"]);
    let why = "the receipt is older than the anchor, of 2: export the run again, or verify it in its clone";
    ends(&said, 3, &["incomplete: ", why]);
    ends(&project.dod(&["verify", old]), 0, &["good, not anchored: "]);
}

#[test]
fn a_run_that_was_put_past_the_log_is_not_anchored_by_it() {
    let (project, other) = (project(), project());
    project.dod(&["validate", "-q"]);
    ends(&project.dod(&["log", "anchor"]), 0, &[]);
    other.git(&["remote", "add", "origin", "https://example.org/a/b.git"]);
    project.git(&["remote", "add", "origin", "https://example.org/a/b.git"]);
    other.dod(&["validate", "-q"]);
    let stranger = other.runs().pop().unwrap();
    let id = name(&stranger);
    std::fs::remove_dir_all(project.path().join(".dod/log")).unwrap();
    project.git(&["update-ref", "-d", "refs/notes/dod"]);
    project.dod(&["validate", "-q"]);
    ends(&project.dod(&["log", "anchor"]), 0, &[]);
    let here = project.path().join(".dod/runs").join(&id);
    copy(&stranger, &here);
    copy(&other.path().join(".dod/blobs/."), &project.path().join(".dod/blobs"));
    let unknown = "this clone's log does not know this run: it was put here past it";
    let said = project.dod(&["verify", &id]);
    ends(
        &said,
        0,
        &["good, not anchored: ", unknown, "the log that it is of is not here: `example.org/a/b/log/"],
    );
    assert!(!said.stdout.contains("remembers"), "{said}");
    std::fs::remove_file(here.join("proof")).unwrap();
    let said = project.dod(&["verify", &id]);
    ends(&said, 3, &["incomplete: ", unknown, &format!("does not know run {id}: it was put here past it")]);
    let said = project.dod(&["verify", "--log"]);
    ends(&said, 3, &["incomplete: ", &format!("does not know run {id}: it was put here past it")]);
}

#[test]
fn a_log_that_was_removed_is_missed() {
    let project = project();
    project.dod(&["validate", "-q"]);
    ends(&project.dod(&["log", "anchor"]), 0, &[]);
    let old = name(&project.runs().pop().unwrap());
    std::fs::remove_dir_all(project.path().join(".dod/log")).unwrap();
    ends(&project.dod(&["verify", &old]), 0, &["the log that it is of is not here: `"]);
    project.dod(&["validate", "-q"]);
    let said = project.dod(&["verify", "--log"]);
    let beside = "remembers another log of this repository, `";
    let gone = "it is of another clone log of this repository, `";
    ends(&said, 3, &["incomplete: ", &format!("{old}/proof: {gone}"), "which is not here", beside]);
    ends(&project.dod(&["verify", &old]), 0, &["the log that it is of is not here: `"]);
    ends(&project.dod(&["log", "anchor"]), 0, &["warning: `refs/notes/dod on ", beside]);
}

#[test]
fn a_key_that_is_no_file_is_said_to_be_missing() {
    let said = project().dod(&["verify", "--key", "missing.pub"]);
    ends(&said, 2, &["there is no file `missing.pub`"]);
}
