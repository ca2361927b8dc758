//! Required gates that rest on recorded runs: `required: { load: { within: 24h, from: ancestor } }`.
//!
//! The gate `load` runs on the branch `main` alone. Everywhere else the verdict needs an earlier run.

use crate::dod::{Project, Said};

const WORKFLOW: &str = "policy: own
steps:
  lint: { run: [\"true\"] }
  load:
    run: [cat, bench.json]
    evidence: { measures: stdout }
    if: 'branch == \"main\"'
";

/// A committed project on `main` with this requirement of `load`, and a load test of so many milliseconds.
fn project(required: &str, ms: u32) -> Project {
    let project = Project::with(&[("dod.yaml", WORKFLOW)]);
    project.write("policies/own.yaml", &policy(required, "1s"));
    measure(&project, ms);
    project.commit("one");
    project
}

fn policy(required: &str, below: &str) -> String {
    format!(
        "policy: own\nquality_gates: {{ performance: \"p99 < {below}\" }}\nrequired: {{ load: {required} }}\n"
    )
}

fn measure(project: &Project, ms: u32) {
    project.write("bench.json", &format!("{{\"p99\": {{\"value\": {ms}, \"unit\": \"ms\"}}}}\n"));
}

/// The next commit, on a branch of its own.
fn change(project: &Project) {
    project.git(&["checkout", "--quiet", "-b", "change"]);
    project.commit("two");
}

fn run_id(project: &Project, at: usize) -> String {
    project.runs()[at].file_name().unwrap().to_string_lossy().into_owned()
}

/// Undecided because `load` is missing, and every decision is made again from the log.
#[track_caller]
fn is_missing(project: &Project, said: &Said) {
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stdout.contains("a `load` gate is required"), "{said}");
    assert_eq!(project.dod(&["replay"]).code, 0);
}

/// Passed, resting on that run, and every decision is made again from the log.
#[track_caller]
fn rests_on(project: &Project, run: &str, said: &Said) {
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.contains(&format!("load: passed in run {}, ", &run[..13])), "{said}");
    let log = project.log();
    let verdict = &log.last().unwrap()["event"]["run_finished"]["verdict"];
    assert_eq!(verdict["rests_on"], serde_json::json!([["load", run]]), "{verdict}");
    assert_eq!(project.dod(&["replay"]).code, 0);
}

#[test]
fn a_run_on_an_ancestor_will_do() {
    let project = project("{ within: 24h, from: ancestor }", 812);
    assert_eq!(project.dod(&["validate"]).code, 0);
    change(&project);
    let said = project.dod(&["validate"]);
    rests_on(&project, &run_id(&project, 0), &said);
    assert!(said.last().starts_with("PASSED"), "{said}");
    let earlier = std::fs::read_to_string(project.runs()[0].join("events.jsonl")).unwrap();
    let settled =
        earlier.lines().find(|line| line.contains("step_settled") && line.contains("\"load\"")).unwrap();
    let settled: serde_json::Value = serde_json::from_str(settled).unwrap();
    let recorded = &project.log()[0]["event"]["run_started"]["recorded"][0];
    assert_eq!(recorded["at"], settled["at"], "it is as old as its gate, not as its run");
    let shown = project.dod(&["show", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(object["rests_on"][0]["run"], run_id(&project, 0), "{shown}");
    std::fs::remove_dir_all(&project.runs()[0]).unwrap();
    assert_eq!(project.dod(&["replay"]).code, 0, "a log needs no other run to be replayed");
}

#[test]
fn without_an_earlier_run_the_gate_is_missing() {
    let project = project("{ within: 24h, from: ancestor }", 812);
    change(&project);
    let said = project.dod(&["validate"]);
    is_missing(&project, &said);
    project.git(&["checkout", "--quiet", "main"]);
    assert_eq!(project.dod(&["validate"]).code, 0, "where it runs, it needs no other run");
}

#[test]
fn a_result_that_is_too_old_is_named() {
    let project = project("{ within: 1ms, from: ancestor }", 812);
    assert_eq!(project.dod(&["validate"]).code, 0);
    change(&project);
    let said = project.dod(&["validate"]);
    is_missing(&project, &said);
    let run = run_id(&project, 0);
    assert!(said.stdout.contains(&format!("run {}", &run[..13])) && said.stdout.contains("older"), "{said}");
}

#[test]
fn a_result_that_failed_is_no_ground_and_hides_an_older_one() {
    let project = project("{ within: 24h, from: ancestor }", 812);
    assert_eq!(project.dod(&["validate"]).code, 0);
    measure(&project, 2_000);
    project.commit("slower");
    assert_eq!(project.dod(&["validate"]).code, 1);
    change(&project);
    let said = project.dod(&["validate"]);
    is_missing(&project, &said);
    assert!(said.stdout.contains(&format!("failed in run {}", &run_id(&project, 1)[..13])), "{said}");
}

#[test]
fn a_result_is_judged_by_the_policy_of_today() {
    let required = "{ within: 24h, from: ancestor }";
    let project = project(required, 812);
    assert_eq!(project.dod(&["validate"]).code, 0);
    project.write("policies/own.yaml", &policy(required, "500ms"));
    change(&project);
    let said = project.dod(&["validate"]);
    is_missing(&project, &said);
    assert!(said.stdout.contains("failed in run"), "{said}");
}

#[test]
fn a_run_of_another_branch_is_not_taken() {
    let project = project("{ within: 24h, from: ancestor }", 812);
    project.git(&["branch", "aside"]);
    project.commit("only on main");
    assert_eq!(project.dod(&["validate"]).code, 0);
    project.git(&["checkout", "--quiet", "aside"]);
    let said = project.dod(&["validate"]);
    is_missing(&project, &said);
    assert!(project.log()[0]["event"]["run_started"]["recorded"].is_null(), "{said}");
}

#[test]
fn without_from_ancestor_the_commit_must_be_the_same() {
    let project = project("{ within: 24h }", 812);
    assert_eq!(project.dod(&["validate"]).code, 0);
    project.git(&["checkout", "--quiet", "-b", "change"]);
    let said = project.dod(&["validate"]);
    rests_on(&project, &run_id(&project, 0), &said);
    project.commit("two");
    is_missing(&project, &project.dod(&["validate"]));
}

#[test]
fn a_partial_run_serves_with_the_gate_that_it_ran() {
    let project = project("{ within: 24h, from: ancestor }", 812);
    assert_eq!(project.dod(&["validate", "--only", "load"]).code, 0);
    change(&project);
    let said = project.dod(&["validate"]);
    rests_on(&project, &run_id(&project, 0), &said);
    assert!(said.last().starts_with("PASSED"), "{said}");
    let said = project.dod(&["validate", "--skip", "load"]);
    rests_on(&project, &run_id(&project, 0), &said);
    assert!(said.last().starts_with("PARTIAL PASS"), "a flag is a flag: {said}");
}

#[test]
fn a_result_that_was_taken_over_is_as_old_as_the_run_that_it_comes_from() {
    let project = project("{ within: 24h, from: ancestor }", 812);
    project.write("dod.yaml", &WORKFLOW.replace("[\"true\"]", "'test -e .dod/good'"));
    project.commit("lint may fail");
    assert_eq!(project.dod(&["validate"]).code, 1);
    project.write(".dod/good", "");
    assert_eq!(project.dod(&["rerun", "latest", "--failed"]).code, 0);
    change(&project);
    let said = project.dod(&["validate"]);
    rests_on(&project, &run_id(&project, 0), &said);
}

#[test]
fn a_log_that_does_not_follow_from_its_facts_is_no_ground() {
    let project = project("{ within: 24h, from: ancestor }", 2_000);
    assert_eq!(project.dod(&["validate"]).code, 1);
    let log = project.runs()[0].join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let better = text.replace("\"state\":\"failed\"", "\"state\":\"passed\"").replace("2000", "20");
    assert_ne!(text, better);
    std::fs::write(&log, better).unwrap();
    change(&project);
    let said = project.dod(&["validate"]);
    is_missing(&project, &said);
    assert!(!said.stdout.contains("in run"), "it is not even named: {said}");
}

#[test]
fn without_git_nothing_is_an_ancestor() {
    let project = Project::with(&[("dod.yaml", &WORKFLOW.replace("branch == \"main\"", "inputs.load"))]);
    project.write(
        "dod.yaml",
        &(project.read("dod.yaml") + "inputs: { load: { type: boolean, default: false } }\n"),
    );
    project.write("policies/own.yaml", &policy("{ within: 24h, from: ancestor }", "1s"));
    measure(&project, 812);
    let said = project.dod(&["validate", "--input", "load=true"]);
    assert_eq!(said.code, 0, "{said}");
    is_missing(&project, &project.dod(&["validate"]));
}
