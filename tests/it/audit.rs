//! `dod audit`: every commit of a branch with the run that speaks for it.
//!
//! **Absent on purpose:** what the log of a run withstands; that is `look::replay`'s and `verify`'s.

use serde_json::Value as Json;

use crate::dod::{Project, Said};

const WORKFLOW: &str = "\
policy: own
steps:
  check: { run: 'test ! -e broken' }
  other: { run: 'true' }
";

/// A repository with one commit and a passing run of it.
fn repository() -> Project {
    let project = Project::with(&[
        ("dod.yaml", WORKFLOW),
        ("policies/own.yaml", "policy: own\nversion: 2\n"),
        ("policies/child.yaml", "policy: child\nextends: ./own.yaml\n"),
        (".gitignore", "broken\n"),
    ]);
    project.commit("one");
    passes(&project.dod(&["validate"]));
    project
}

#[track_caller]
fn passes(said: &Said) {
    assert_eq!(said.code, 0, "{said}");
}

fn head(project: &Project) -> String {
    project.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

fn newest(project: &Project) -> String {
    project.runs().pop().unwrap().file_name().unwrap().to_string_lossy().into_owned()
}

/// A commit that changes one file.
fn change(project: &Project, text: &str) {
    project.write("file", text);
    project.commit(text);
}

/// What is said, held against its schema, and the exit code.
#[track_caller]
fn audit(project: &Project, words: &[&str]) -> (Json, i32) {
    let words = [&["audit"][..], words, &["--format", "json"]].concat();
    let said = project.dod(&words);
    let object: Json = serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let schema: Json = serde_json::from_str(&project.dod(&["schema", "audit"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&object).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{object:#}");
    assert_eq!(said.code, i32::from(object["lacking"] != 0), "{said}");
    (object, said.code)
}

/// What is said of the newest commit.
#[track_caller]
fn last(project: &Project, words: &[&str]) -> Json {
    let (object, _) = audit(project, words);
    assert_eq!(object["commits"][0]["commit"], head(project));
    object["commits"][0].clone()
}

#[test]
fn a_merge_and_a_squash_are_found_by_their_tree() {
    let project = repository();
    let first = newest(&project);
    project.git(&["checkout", "--quiet", "-b", "feature"]);
    change(&project, "two");
    passes(&project.dod(&["validate"]));
    let merged = newest(&project);
    project.git(&["checkout", "--quiet", "main"]);
    project.git(&["merge", "--quiet", "--no-ff", "--message", "merged", "feature"]);
    project.git(&["checkout", "--quiet", "-b", "other"]);
    change(&project, "three");
    change(&project, "four");
    passes(&project.dod(&["validate"]));
    let squashed = newest(&project);
    project.git(&["checkout", "--quiet", "main"]);
    project.git(&["merge", "--quiet", "--squash", "other"]);
    project.git(&["commit", "--quiet", "--message", "squashed"]);
    let (object, code) = audit(&project, &[]);
    assert_eq!((code, object["commits"].as_array().unwrap().len()), (0, 3), "{object:#}");
    let of = |at: usize| {
        let run = &object["commits"][at]["run"];
        (run["id"].as_str().unwrap().to_owned(), run["matched"].as_str().unwrap().to_owned())
    };
    assert_eq!(of(0), (squashed, "tree".to_owned()));
    assert_eq!(of(1), (merged, "tree".to_owned()));
    assert_eq!(of(2), (first, "commit".to_owned()));
    assert_eq!(audit(&project, &["main~1.."]).0["commits"].as_array().unwrap().len(), 1);
    let said = project.dod(&["audit", "--branch", "main", "main~1..", "--format", "table"]);
    assert_eq!(said.last(), "1 of 1 commit have a passing full run; none lacks one", "{said}");
    let said = project.dod(&["audit", "--replay"]);
    passes(&said);
}

#[test]
fn a_commit_without_a_run_is_named() {
    let project = repository();
    change(&project, "two");
    let last = last(&project, &[]);
    assert_eq!((&last["gated"], &last["run"]), (&false.into(), &Json::Null));
    let said = project.dod(&["audit"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.stdout.contains("no run of this commit, or of the same files"), "{said}");
    assert_eq!(said.last(), "1 of 2 commits have a passing full run; 1 lacks one");
}

#[test]
fn a_partial_run_is_not_enough_and_a_full_one_beside_it_is() {
    let project = repository();
    change(&project, "two");
    project.dod(&["validate", "--only", "other"]);
    let one = last(&project, &[]);
    assert_eq!((&one["gated"], &one["run"]["scope"]), (&false.into(), &"partial".into()), "{one:#}");
    passes(&project.dod(&["validate"]));
    let full = newest(&project);
    project.dod(&["validate", "--only", "other"]);
    let one = last(&project, &[]);
    assert_eq!((&one["gated"], &one["run"]["id"]), (&true.into(), &full.as_str().into()), "{one:#}");
    assert_eq!(one["other_runs"].as_array().unwrap().len(), 2);
}

#[test]
fn the_newest_full_run_counts() {
    let project = repository();
    change(&project, "two");
    project.write("broken", "");
    assert_eq!(project.dod(&["validate"]).code, 1);
    assert_eq!(last(&project, &[])["run"]["state"], "failed");
    std::fs::remove_file(project.path().join("broken")).unwrap();
    passes(&project.dod(&["rerun", "latest"]));
    let one = last(&project, &[]);
    assert_eq!(
        (&one["gated"], &one["run"]["id"]),
        (&true.into(), &newest(&project).as_str().into()),
        "{one:#}"
    );
    project.write("broken", "");
    assert_eq!(project.dod(&["rerun", "latest"]).code, 1);
    let one = last(&project, &[]);
    assert_eq!((&one["gated"], &one["why"]), (&false.into(), &"its run is failed".into()));
}

#[test]
fn a_run_on_files_that_were_not_committed_does_not_count() {
    let project = repository();
    change(&project, "two");
    project.write("file", "another");
    passes(&project.dod(&["validate"]));
    let one = last(&project, &[]);
    assert_eq!((&one["gated"], &one["run"]["matched"]), (&false.into(), &"changed".into()), "{one:#}");
    // Committed as they are, they need a run of their own: what differed from another commit is not a commit.
    project.commit("three");
    let one = last(&project, &[]);
    assert_eq!((&one["gated"], &one["run"]), (&false.into(), &Json::Null), "{one:#}");
}

#[test]
fn only_the_policy_that_is_asked_for_counts_or_one_that_extends_it() {
    let project = repository();
    for policy in ["own", "own@2"] {
        assert_eq!(last(&project, &["--policy", policy])["gated"], true, "{policy}");
    }
    let one = last(&project, &["--policy", "own@1"]);
    assert_eq!(one["gated"], false);
    assert!(one["why"].as_str().unwrap().contains("which is not `own@1`"), "{one:#}");
    let digest = one["run"]["policy_digest"].as_str().unwrap();
    assert_eq!(last(&project, &["--policy", digest])["gated"], true);
    passes(&project.dod(&["validate", "--policy", "child"]));
    assert_eq!(last(&project, &["--policy", "own"])["gated"], true, "it extends it");
    assert_eq!(last(&project, &["--policy", "child"])["gated"], true);
    assert_eq!(last(&project, &["--policy", "enterprise"])["gated"], false);
}

#[test]
fn a_log_that_was_changed_does_not_count() {
    let project = repository();
    let log = project.runs().pop().unwrap().join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    // The same length, and it replays: only the checkpoint knows.
    let first = text.lines().next().unwrap();
    let at = first.split("\"at\":").nth(1).unwrap().split(',').next().unwrap();
    let earlier = (at.parse::<i64>().unwrap() - 1).to_string();
    std::fs::write(&log, text.replacen(at, &earlier, 1)).unwrap();
    let one = last(&project, &[]);
    assert_eq!(one["gated"], false, "{one:#}");
    assert!(one["why"].as_str().unwrap().contains("the log was changed"), "{one:#}");
}

#[test]
fn a_forged_decision_is_found_by_the_log_of_the_clone_or_where_runs_are_made_again() {
    let project = repository();
    project.write("broken", "");
    assert_eq!(project.dod(&["rerun", "latest"]).code, 1);
    let run = project.runs().pop().unwrap();
    let log = run.join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("\"state\":\"failed\"", "\"state\":\"passed\"")).unwrap();
    let _ = std::fs::remove_file(run.join("checkpoint"));
    let one = last(&project, &[]);
    assert_eq!(one["gated"], false, "{one:#}");
    assert!(one["why"].as_str().unwrap().contains("states another end"), "{one:#}");
    // Elsewhere no log knows it.
    let elsewhere = Project::with(&[]);
    let (there, dod) = (elsewhere.path(), project.path().join(".dod"));
    std::fs::rename(&run, there.join("run")).unwrap();
    std::fs::rename(dod.join("blobs"), there.join("blobs")).unwrap();
    std::fs::remove_dir_all(dod).unwrap();
    let place = there.join("run");
    let named = ["--log", place.to_str().unwrap()];
    assert_eq!(last(&project, &named)["gated"], true, "nothing is made again");
    let one = last(&project, &[named[0], named[1], "--replay"]);
    assert_eq!(one["gated"], false, "{one:#}");
    assert!(one["why"].as_str().unwrap().starts_with("different: "), "{one:#}");
}

#[test]
fn runs_of_other_machines_speak_too() {
    let project = repository();
    change(&project, "two");
    passes(&project.dod(&["validate"]));
    let files = Project::with(&[]);
    for (at, run) in project.runs().iter().enumerate() {
        let id = run.file_name().unwrap().to_str().unwrap();
        let file = files.path().join(format!("{at}.dodz"));
        passes(&project.dod(&["export", id, "--output", file.to_str().unwrap()]));
    }
    std::fs::remove_dir_all(project.path().join(".dod")).unwrap();
    assert_eq!(audit(&project, &[]).0["lacking"], 2);
    let folder = files.path().to_str().unwrap();
    let (object, code) = audit(&project, &["--log", folder]);
    assert_eq!((code, &object["gated"]), (0, &2.into()), "{object:#}");
    assert!(object["commits"][0]["run"]["place"].as_str().unwrap().ends_with("1.dodz"), "{object:#}");
    let one = files.path().join("1.dodz");
    assert_eq!(audit(&project, &["--log", one.to_str().unwrap()]).0["lacking"], 1);
    let said = project.dod(&["audit", "--log", "nowhere"]);
    assert_eq!(said.code, 2, "{said}");
    // Where the team keeps its log: a folder, or a reference that was fetched.
    let two = files.path().join("0.dodz");
    let gathered = files.path().join("team");
    let add = |to: &str| {
        let words = ["log", "add", one.to_str().unwrap(), two.to_str().unwrap(), "--to", to];
        passes(&project.dod(&words));
    };
    add(gathered.to_str().unwrap());
    assert_eq!(audit(&project, &["--log", gathered.to_str().unwrap()]).1, 0);
    assert_eq!(audit(&project, &[]).1, 1);
    add("refs/dod/logs/team");
    let (object, code) = audit(&project, &[]);
    assert_eq!(code, 0, "{object:#}");
    let place = object["commits"][0]["run"]["place"].as_str().unwrap();
    assert!(place.starts_with("refs/dod/logs/team, runs/"), "{place}");
    assert_eq!(audit(&project, &["--log", "refs/dod/logs/team", "--replay"]).1, 0);
    assert_eq!(project.dod(&["audit", "--log", "refs/dod/logs/other"]).code, 2);
}

#[test]
fn a_spreadsheet_takes_no_cell_for_a_formula() {
    let project = repository();
    project.commit("=HYPERLINK(\"http://example.com\"), and more");
    let said = project.dod(&["audit", "--format", "csv"]);
    let rows: Vec<&str> = said.stdout.split("\r\n").collect();
    assert!(rows[0].starts_with("commit,tree,committed_at,author,summary,gated,why,verdict,"), "{said}");
    assert!(rows[1].contains(",\"'=HYPERLINK(\"\"http://example.com\"\"), and more\","), "{said}");
    assert_eq!(rows.len(), 4, "{said}");
    assert_eq!(project.dod(&["show", "--format", "csv"]).code, 2);
}

#[test]
fn what_cannot_be_asked_is_said() {
    let project = repository();
    assert_eq!(project.dod(&["audit", "no-such-branch"]).code, 2);
    assert_eq!(project.dod(&["audit", "main..main", "--branch", "main"]).code, 2);
    let (object, code) = audit(&project, &["main..main"]);
    assert_eq!((code, object["commits"].as_array().unwrap().len()), (0, 0));
    let nothing = Project::with(&[]);
    assert_eq!(nothing.dod(&["audit"]).code, 2);
}
