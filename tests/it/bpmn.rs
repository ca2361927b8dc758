//! Diagrams as workflows: checked, run, answered, taken up again, replayed.

use std::os::unix::process::ExitStatusExt as _;

use crate::dod::{Project, Said, wait_for};

/// As an editor writes it: four gates by their names, people in a lane, a timer on their task.
const RELEASE: &str = include_str!("../../examples/release-bpmn/release.bpmn");

/// The example, with gates that need no tool.
fn release(bindings: &str) -> Project {
    let diagram = RELEASE.replace("cargo/build", "scan/files").replace("cargo/test", "Long work");
    let project = Project::with(&[
        ("release.bpmn", &diagram),
        ("release.bindings.yaml", bindings),
        ("roles.yaml", "release-managers: [{ name: alice }, { name: bob }]\n"),
        ("policies/anything.yaml", "policy: anything\n"),
        (".gitignore", "out\n"),
    ]);
    project.commit("release");
    project
}

const BINDINGS: &str = "\
policy: ./policies/anything.yaml
steps:
  ready:     { judge: ./policies/anything.yaml }
  long-work: { run: 'mkdir -p out; echo 1 >> out/work' }
  publish:   { run: 'echo x >> out/published; echo published=true >> \"$DOD_OUTPUT\"', idempotent: false }
";

fn replayed(project: &Project) {
    let said = project.dod(&["replay", "latest"]);
    assert_eq!(said.code, 0, "{said}");
}

fn answer(project: &Project, step: &str, words: &[&str]) -> Said {
    let mut all = vec!["approve", "latest", step, "--as", "alice"];
    all.extend(words);
    project.dod(&all)
}

#[test]
fn a_diagram_stops_at_its_user_task_and_goes_on_after_the_answer() {
    let project = release(BINDINGS);
    let said = project.dod(&["check", "release.bpmn"]);
    assert_eq!(said.code, 0, "{said}");
    let said = project.dod(&["validate", "--workflow", "release.bpmn"]);
    assert_eq!(said.code, 4, "{said}");
    // What to type is said, ready to be pasted.
    assert!(said.stdout.contains("dod approve"), "{said}");
    assert!(said.stdout.contains("'Approve the release'"), "{said}");
    assert!(said.stdout.contains("scan/secrets"), "steps are called by their names: {said}");

    let said = project.dod(&["approve", "latest", "Approve the release", "--as", "mallory"]);
    assert_eq!(said.code, 1, "whoever is in no lane does not count: {said}");
    // By the id of the element, too.
    let said = answer(&project, "Task_signoff", &["--set", "approved=true"]);
    assert_eq!(said.code, 0, "{said}");
    let said = project.dod(&["resume", "latest"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.last().starts_with("PASSED"), "{said}");
    assert_eq!(project.read("out/published"), "x\n");
    replayed(&project);
    for words in
        [&["show", "latest"][..], &["logs", "latest", "Long work"], &["explain", "latest"], &["runs"]]
    {
        let said = project.dod(words);
        assert_eq!(said.code, 0, "{words:?}: {said}");
    }
}

#[test]
fn an_answer_decides_the_way() {
    let project = release(BINDINGS);
    assert_eq!(project.dod(&["validate", "--workflow", "release.bpmn"]).code, 4);
    assert_eq!(answer(&project, "Approve the release", &["--set", "approved=false"]).code, 0);
    let said = project.dod(&["resume", "latest"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(project.read("out/published"), "", "nobody published: {said}");
    replayed(&project);
}

#[test]
fn a_gateway_without_an_answer_is_an_incident_and_undecided() {
    let project = release(BINDINGS);
    assert_eq!(project.dod(&["validate", "--workflow", "release.bpmn"]).code, 4);
    assert_eq!(answer(&project, "Approve the release", &[]).code, 0);
    let said = project.dod(&["resume", "latest"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stdout.contains("Approved?") && said.stdout.contains("approved"), "{said}");
    replayed(&project);
}

#[test]
fn a_no_of_a_person_is_an_error_that_nothing_catches() {
    let project = release(BINDINGS);
    assert_eq!(project.dod(&["validate", "--workflow", "release.bpmn"]).code, 4);
    assert_eq!(answer(&project, "Approve the release", &["--reject", "--because", "too early"]).code, 0);
    let said = project.dod(&["resume", "latest"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.stdout.contains("too early"), "{said}");
    replayed(&project);
}

#[test]
fn a_run_that_was_killed_in_the_middle_goes_on_where_it_was() {
    let bindings = BINDINGS.replace("echo 1 >> out/work", "echo 1 >> out/work; sleep 30; true");
    let project = release(&bindings);
    let mut child = project.start(&["validate", "--workflow", "release.bpmn"]);
    wait_for("the long work", || (!project.read("out/work").is_empty()).then_some(()));
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    let settled = project.steps("step_settled");
    // It is the definition that the run began with that goes on, whatever lies there now.
    project.write("release.bindings.yaml", "steps: { ready: { run: exit 1 } }\n");
    project.git(&["checkout", "--quiet", "release.bindings.yaml"]);
    let mut child = project.start(&["resume", "latest"]);
    wait_for("the second attempt", || (project.read("out/work").lines().count() == 2).then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    let said = project.dod(&["cancel", "latest"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(project.steps("step_settled").len() >= settled.len());
    replayed(&project);
}

/// A message with a key, a signal, a timer that is far away.
const WAITS: &str = r#"<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:dod="urn:dod:bpmn:1" targetNamespace="t">
  <message id="m" name="paid"/><signal id="s" name="freeze"/>
  <process id="p" isExecutable="true">
    <startEvent id="a"/><sequenceFlow id="f1" sourceRef="a" targetRef="set"/>
    <scriptTask id="set" scriptFormat="rhai"><script>order = "A-1"; n = 0;</script></scriptTask>
    <sequenceFlow id="f2" sourceRef="set" targetRef="pay"/>
    <receiveTask id="pay" name="Payment" messageRef="m" dod:key="order"/>
    <boundaryEvent id="stop" attachedToRef="pay"><signalEventDefinition signalRef="s"/></boundaryEvent>
    <sequenceFlow id="f3" sourceRef="stop" targetRef="stopped"/><endEvent id="stopped"/>
    <sequenceFlow id="f4" sourceRef="pay" targetRef="rest"/>
    <intermediateCatchEvent id="rest" name="A day"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <sequenceFlow id="f5" sourceRef="rest" targetRef="z"/><endEvent id="z"/>
  </process>
</definitions>"#;

fn waits() -> Project {
    let project = Project::with(&[("w.bpmn", WAITS), ("policies/anything.yaml", "policy: anything\n")]);
    let said = project.dod(&["validate", "--workflow", "w.bpmn", "--policy", "anything"]);
    assert_eq!(said.code, 4, "{said}");
    project
}

#[test]
fn a_message_goes_by_its_key_and_a_timer_far_away_is_waited_for() {
    let project = waits();
    let said = project.dod(&["send", "latest", "paid", "--key", "B-2"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("A-1"), "{said}");
    let said = project.dod(&[
        "send",
        "latest",
        "paid",
        "--key",
        "A-1",
        "--set",
        "amount=5.25",
        "--set",
        "items=[1,2]",
    ]);
    assert_eq!(said.code, 0, "{said}");
    let taken =
        project.log().into_iter().find(|line| line["event"].get("message_received").is_some()).unwrap();
    let set = &taken["event"]["message_received"]["set"];
    assert!(set["amount"].get("decimal").is_some() && set["items"].get("list").is_some(), "{set}");
    let said = project.dod(&["resume", "latest"]);
    assert_eq!(said.code, 4, "an open timer is waited for: {said}");
    assert!(said.stdout.contains("A day"), "{said}");
    let said = project.dod(&["runs", "--waiting"]);
    assert!(said.stdout.contains("waiting"), "{said}");
}

#[test]
fn a_signal_interrupts() {
    let project = waits();
    let said = project.dod(&["send", "latest", "freeze"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("--signal"), "{said}");
    let said = project.dod(&["send", "latest", "freeze", "--signal"]);
    assert_eq!(said.code, 0, "{said}");
    let said = project.dod(&["resume", "latest"]);
    assert_eq!(said.code, 0, "{said}");
    replayed(&project);
}

/// A loop in which nothing waits; it ends after so many rounds.
fn rounds(limit: &str) -> String {
    format!(
        r#"<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"><process id="p" isExecutable="true">
<startEvent id="a"/><sequenceFlow id="f0" sourceRef="a" targetRef="i"/>
<scriptTask id="i" scriptFormat="rhai"><script>n = 0;</script></scriptTask><sequenceFlow id="f1" sourceRef="i" targetRef="w"/>
<scriptTask id="w" scriptFormat="rhai"><script>n = n + 1;</script></scriptTask><sequenceFlow id="f2" sourceRef="w" targetRef="x"/>
<exclusiveGateway id="x" default="out"/>
<sequenceFlow id="again" sourceRef="x" targetRef="w"><conditionExpression>{limit}</conditionExpression></sequenceFlow>
<sequenceFlow id="out" sourceRef="x" targetRef="z"/><endEvent id="z"/></process></definitions>"#
    )
}

#[test]
fn a_loop_that_ends_is_played_to_its_end() {
    let project = Project::with(&[("loop.bpmn", &rounds("n &lt; 20000"))]);
    let said = project.dod(&["simulate", "loop.bpmn", "--format", "json"]);
    let result: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(result["state"], "completed", "{}", said.stderr);
    assert_eq!((&result["completed"]["w"], &result["variables"]["n"]), (&20000.into(), &20000.into()));
}

#[test]
fn a_date_that_has_passed_is_due_at_once() {
    let waits = |date: &str| {
        format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" isExecutable="true">
<startEvent id="s"/><intermediateCatchEvent id="c"><timerEventDefinition><timeDate>{date}</timeDate></timerEventDefinition></intermediateCatchEvent>
<sequenceFlow id="f" sourceRef="s" targetRef="c"/></process></definitions>"#
        )
    };
    for (date, state) in [("2019-10-01T12:00:00Z", "completed"), ("2099-10-01T12:00:00Z", "waiting")] {
        let project = Project::with(&[("x.bpmn", &waits(date))]);
        let said = project.dod(&["simulate", "x.bpmn", "--format", "json"]);
        let result: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(result["state"], state, "{said}");
    }
}

#[test]
fn a_loop_that_runs_for_real_is_recorded_round_by_round() {
    let project = Project::with(&[
        ("loop.bpmn", &rounds("n &lt; 2000")),
        ("policies/anything.yaml", "policy: anything\n"),
    ]);
    let said = project.dod(&["validate", "--workflow", "loop.bpmn", "--policy", "anything"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.lines().count() < 300, "only some rounds have a line of their own");
    assert_eq!(project.steps("script_run").len(), 2001);
    replayed(&project);
}

#[test]
fn a_task_that_says_nothing_is_refused_where_it_would_have_to_run() {
    let project = Project::with(&[(
        "x.bpmn",
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
<process id="p"><startEvent id="a"/><sequenceFlow id="f" sourceRef="a" targetRef="t"/>
<serviceTask id="t" name="Deploy"/></process></definitions>"#,
    )]);
    let said = project.dod(&["validate", "--workflow", "x.bpmn"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("x.bpmn:3:1") && said.stderr.contains("Deploy"), "{said}");
    let said = project.dod(&["check", "x.bpmn"]);
    assert_eq!(said.code, 0, "it is no mistake of the drawing: {said}");
    assert!(said.stdout.contains("warning"), "{said}");
    assert_eq!(project.dod(&["simulate", "x.bpmn"]).code, 0);
}

#[test]
fn a_change_of_the_diagram_does_not_judge_itself() {
    let project = release(BINDINGS);
    let changed = project.read("release.bpmn").replace("name=\"Ready\"", "name=\"Whatever\"");
    project.write("release.bpmn", &changed);
    project.commit("nobody needs a verdict");
    let said = project.dod(&["validate", "--workflow", "release.bpmn", "--since", "HEAD~1"]);
    assert_eq!(said.code, 4, "{said}");
    let began = &project.log()[0]["event"]["run_started"];
    assert_eq!(began["definitions"], "protected");
    assert!(began["settings"].to_string().contains("release.bpmn"), "{began}");
    assert!(project.steps("judge_taken").contains(&"Ready".to_owned()), "the base's diagram was run");
}

#[test]
fn another_policy_would_have_said_otherwise() {
    let project = release(BINDINGS);
    assert_eq!(project.dod(&["validate", "--workflow", "release.bpmn"]).code, 4);
    assert_eq!(answer(&project, "Task_signoff", &["--set", "approved=true"]).code, 0);
    assert_eq!(project.dod(&["resume", "latest"]).code, 0);
    let said = project.dod(&["replay", "latest", "--policy", "strict"]);
    assert!(said.stdout.contains("strict") && said.stdout.contains("test"), "{said}");
}

#[test]
fn what_is_planned_is_called_by_its_names() {
    let project = release(BINDINGS);
    let said = project.dod(&["plan", "--workflow", "release.bpmn"]);
    assert_eq!(said.code, 0, "{said}");
    for name in ["scan/secrets", "Long work", "Ready", "Approve the release", "Publish", "release-managers"] {
        assert!(said.stdout.contains(name), "{name}: {said}");
    }
    assert!(!said.stdout.contains("Split_checks"), "gateways are no steps: {said}");
}
