//! `dod approve`, `dod send`, `dod cancel`, `dod resume`: with and without a process that holds the run.

use expect_test::expect;

use super::{THREE, check, json};
use crate::dod::Project;

/// Waits for a release manager, then prints what was set.
const RELEASE: &str = "\
steps:
  signoff: { approve: { from: [managers] } }
  deploy: { run: 'echo deployed', needs: [signoff] }
";

fn release() -> Project {
    let project = Project::of(RELEASE);
    project.write("roles.yaml", "managers: [{ name: alice }, { name: bob }]\n");
    project
}

fn waiting() -> Project {
    let project = release();
    let said = project.dod(&["validate", "--wait-max", "0s"]);
    assert_eq!(said.code, 4, "{said}");
    project
}

#[test]
fn a_run_that_waits_says_for_what() {
    let project = waiting();
    check(
        &project,
        &["runs", "--waiting"],
        &expect![[r#"
        exit code 0
        --- stdout
        RUN  STATE  STARTED  TOOK  COMMIT  BRANCH
        RUN  waiting  WHEN  TIME  -  -  for signoff
        --- stderr
    "#]],
    );
    check(
        &project,
        &["show"],
        &expect![[r#"
            exit code 0
            --- stdout
            dod 0.1.0, run RUN, policy anything (the run's own log DIGEST), definitions unprotected
            waiting: no process works on it

            waiting  signoff  1 person of `managers` to say yes, none of the authors of the change

            waiting  signoff  1 person of `managers` to say yes, none of the authors of the change

            next:
              dod approve RUN signoff  say yes
              dod resume RUN  go on

            WAITING: `signoff`, TIME so far
            --- stderr
        "#]],
    );
    assert_eq!(json(&project, &["runs", "--waiting"])["runs"][0]["waiting"], serde_json::json!(["signoff"]));
}

#[test]
fn an_answer_counts_at_once_and_the_run_goes_on_later() {
    let project = waiting();
    check(
        &project,
        &["approve", "latest", "signoff", "--as", "alice", "--because", "tested"],
        &expect![[r#"
            exit code 0
            --- stdout
            alice (claimed) says yes to `signoff`
            `dod resume RUN` goes on with the run
            --- stderr
        "#]],
    );
    assert!(project.steps("attempt_started").is_empty(), "an answer starts nothing");
    check(
        &project,
        &["resume"],
        &expect![[r#"
            exit code 0
            --- stdout
            resumed
            passed  deploy  TIME  exit code only

            definitions: unprotected (no base is known, so this change could have written its own judge; `--govern-from REF` names one)

            PASSED: 2 steps in TIME
            --- stderr
            unsigned  no key signed this run; `dod key new` makes one
        "#]],
    );
    check(
        &project,
        &["resume"],
        &expect![[r#"
        exit code 0
        --- stdout
        PASSED: 2 steps in TIME
        --- stderr
        run RUN is finished: nothing is left to do
    "#]],
    );
    assert_eq!(json(&project, &["replay"])["status"], "good");
}

#[test]
fn an_answer_of_somebody_else_does_not_count_and_is_recorded() {
    let project = waiting();
    check(
        &project,
        &["approve", "latest", "signoff", "--as", "mallory"],
        &expect![[r#"
        exit code 1
        --- stdout
        --- stderr
        error: the answer does not count: `mallory` has none of the roles that may answer (`managers`: alice, bob)
    "#]],
    );
    assert_eq!(project.steps("answer_refused"), ["signoff"]);
    let object = json(&project, &["approve", "latest", "signoff", "--as", "eve"]);
    assert_eq!(object["counted"], false);
    assert_eq!(object["may_answer"][0]["members"], serde_json::json!(["alice", "bob"]));
}

#[test]
fn a_no_fails_the_step() {
    let project = waiting();
    let words = ["approve", "latest", "signoff", "--as", "bob", "--reject", "--because", "no changelog"];
    check(
        &project,
        &words,
        &expect![[r#"
            exit code 0
            --- stdout
            bob (claimed) says no to `signoff`
            `dod resume RUN` goes on with the run
            --- stderr
        "#]],
    );
}

#[test]
fn a_step_that_waits_for_nothing_is_named() {
    let project = waiting();
    check(
        &project,
        &["approve", "latest", "signof"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: run RUN has no step `signof`
          = help: did you mean `signoff`?
    "#]],
    );
    check(
        &project,
        &["approve", "latest", "deploy"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: step `deploy` waits for no answer: it is not reached yet
          = help: these wait for one: signoff
    "#]],
    );
    check(
        &project,
        &["send", "latest", "ready"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: run RUN does not wait for a message `ready`
          = help: no step of this run waits for a message
    "#]],
    );
    check(
        &project,
        &["approve", "latest", "signoff", "--set", "x"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: `x` is not NAME=VALUE
    "#]],
    );
}

#[test]
fn the_process_that_holds_the_run_takes_the_answer() {
    let project = release();
    // Something runs beside the approval, so that the process stays.
    project.write("dod.yaml", &format!("policy: anything\n{RELEASE}  slow: {{ run: 'sleep 3' }}\n"));
    let run = project.start(&["validate"]);
    while project.steps("step_waiting").is_empty() || project.steps("attempt_started").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let refused = project.dod(&["approve", "latest", "signoff", "--as", "mallory"]);
    assert_eq!(refused.code, 1, "{refused}");
    let said = project.dod(&["approve", "latest", "signoff", "--as", "alice"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.contains(&format!("process {} goes on", run.id())), "{said}");
    let output = run.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let inbox = project.runs().pop().unwrap().join("inbox");
    assert_eq!(std::fs::read_dir(inbox).unwrap().count(), 0);
}

#[test]
fn a_run_that_a_process_holds_is_cancelled_by_it() {
    let project = Project::of("steps:\n  slow: { run: 'sleep 30' }\n");
    let run = project.start(&["validate"]);
    while project.steps("attempt_started").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let said = project.dod(&["cancel"]);
    assert_eq!(said.code, 0, "{said}");
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stdout));
    check(
        &project,
        &["cancel"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: run RUN has ended: undecided
    "#]],
    );
}

#[test]
fn a_run_that_waits_is_cancelled_at_once() {
    let project = waiting();
    check(
        &project,
        &["cancel"],
        &expect![[r#"
        exit code 0
        --- stdout
        cancelled: run RUN
        UNDECIDED: cancelled in TIME
        --- stderr
    "#]],
    );
    check(
        &project,
        &["approve", "latest", "signoff", "--as", "alice"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: run RUN has ended: undecided
    "#]],
    );
    assert_eq!(json(&project, &["replay"])["status"], "good");
}

#[test]
fn a_finished_run_is_not_resumed_and_ends_as_it_ended() {
    let project = Project::of(THREE);
    assert_eq!(project.dod(&["validate"]).code, 1);
    check(
        &project,
        &["resume"],
        &expect![[r#"
        exit code 1
        --- stdout
        FAILED: 1 step in TIME
        --- stderr
        run RUN is finished: nothing is left to do
    "#]],
    );
    check(
        &project,
        &["resume", "--jobs", "2"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: a run goes on with the `--jobs` that it began with
    "#]],
    );
}

/// A step that must not run twice and was running when its process was killed.
fn lost() -> Project {
    let project = Project::of(
        "steps:\n  deploy: { run: 'test -e ok || { touch ok; sleep 30; }', idempotent: false, outputs: [ok] }\n",
    );
    let mut run = project.start(&["validate"]);
    while project.read("ok").is_empty() && !project.path().join("ok").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    project
}

#[test]
fn a_step_that_must_not_run_twice_waits_for_a_person() {
    let project = lost();
    check(
        &project,
        &["resume"],
        &expect![[r#"
            exit code 4
            --- stdout
            resumed
            held  deploy  it was running when the run was lost and must not run twice: somebody has to say whether it may run again

            held  deploy  it was running when the run was lost and must not run twice: somebody has to say whether it may run again

            next:
              dod approve RUN deploy  let it run again
              dod approve RUN deploy --reject  count it as failed
              dod resume RUN  go on

            WAITING: `deploy`, TIME so far
            --- stderr
        "#]],
    );
    check(
        &project,
        &["runs", "--waiting"],
        &expect![[r#"
        exit code 0
        --- stdout
        RUN  STATE  STARTED  TOOK  COMMIT  BRANCH
        RUN  waiting  WHEN  TIME  -  -  for deploy
        --- stderr
    "#]],
    );
    check(
        &project,
        &["approve", "latest", "deploy", "--as", "alice"],
        &expect![[r#"
            exit code 0
            --- stdout
            alice (claimed) says yes to `deploy`
            `dod resume RUN` goes on with the run
            --- stderr
        "#]],
    );
    let said = project.dod(&["resume"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(json(&project, &["replay"])["status"], "good");
}

#[test]
fn what_was_lost_may_count_as_failed() {
    let project = lost();
    assert_eq!(project.dod(&["resume"]).code, 4);
    check(
        &project,
        &["approve", "latest", "deploy", "--reject", "--as", "alice"],
        &expect![[r#"
            exit code 0
            --- stdout
            alice (claimed) says no to `deploy`
            `dod resume RUN` goes on with the run
            --- stderr
        "#]],
    );
    assert_eq!(project.dod(&["resume"]).code, 1);
}

#[test]
fn an_answer_after_its_time_does_not_count() {
    let project = Project::of("steps:\n  signoff: { approve: { timeout: 1s } }\n");
    let said = project.dod(&["validate", "--wait-max", "0s"]);
    assert_eq!(said.code, 4, "{said}");
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    check(
        &project,
        &["approve", "latest", "signoff", "--as", "alice"],
        &expect![[r#"
        exit code 1
        --- stdout
        --- stderr
        error: the answer does not count: the step `signoff` waits for no answer
    "#]],
    );
}

#[test]
fn two_have_to_say_yes_and_nobody_twice() {
    let project = Project::of("steps:\n  signoff: { approve: { min: 2 } }\n");
    assert_eq!(project.dod(&["validate", "--wait-max", "0s"]).code, 4);
    check(
        &project,
        &["approve", "latest", "signoff", "--as", "alice"],
        &expect![[r#"
            exit code 0
            --- stdout
            alice (claimed) says yes to `signoff`
            still waits: signoff: 1 person to say yes, none of the authors of the change
            --- stderr
        "#]],
    );
    check(
        &project,
        &["approve", "latest", "signoff", "--as", "alice"],
        &expect![[r#"
            exit code 1
            --- stdout
            --- stderr
            error: the answer does not count: `alice` has answered before, under this name or another one
        "#]],
    );
    let object = json(&project, &["approve", "latest", "signoff", "--as", "bob"]);
    assert_eq!(object["counted"], true);
    assert_eq!(project.dod(&["resume"]).code, 0);
}

#[test]
fn a_message_is_taken_by_the_run_that_waits_for_it() {
    let project = Project::of(
        "steps:\n  shipped: { message: { name: shipped, key: eu } }\n  smoke: { run: 'true', needs: [shipped] }\n",
    );
    let said = project.dod(&["validate", "--wait-max", "0s"]);
    assert_eq!(said.code, 4, "{said}");
    check(
        &project,
        &["send", "latest", "shiped"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: run RUN does not wait for a message `shiped`
          = help: did you mean `shipped`?
    "#]],
    );
    check(
        &project,
        &["send", "latest", "shipped"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: nothing waits for the message `shipped` without a key
          = help: awaited with `--key`: eu
    "#]],
    );
    check(
        &project,
        &["send", "latest", "shipped", "--key", "eu", "--set", "version=2"],
        &expect![[r#"
        exit code 0
        --- stdout
        run RUN took `shipped`
        `dod resume RUN` goes on with the run
        --- stderr
    "#]],
    );
    check(
        &project,
        &["send", "latest", "shipped", "--key", "eu"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: run RUN does not wait for a message `shipped`
          = help: no step of this run waits for a message
    "#]],
    );
    assert_eq!(project.dod(&["resume"]).code, 0);
    assert_eq!(json(&project, &["replay"])["status"], "good");
}

#[test]
fn a_torn_line_is_cut_before_an_answer_is_recorded() {
    let project = waiting();
    let log = project.runs().pop().unwrap().join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, format!("{text}{{\"at\":17")).unwrap();
    let said = project.dod(&["approve", "latest", "signoff", "--as", "alice"]);
    assert_eq!(said.code, 0, "{said}");
    let cut = project.log().iter().find_map(|line| line["event"]["run_resumed"]["cut_bytes"].as_u64());
    assert_eq!(cut, Some(8));
    assert_eq!(json(&project, &["replay"])["status"], "good");
    assert_eq!(project.dod(&["resume"]).code, 0);
}

#[test]
fn what_came_of_a_letter_is_an_object_too() {
    let project =
        Project::of("steps:\n  go: { message: { name: go } }\n  signoff: { approve: {}, needs: [go] }\n");
    assert_eq!(project.dod(&["validate", "--wait-max", "0s"]).code, 4);
    assert_eq!(json(&project, &["send", "latest", "go"])["taken"], true);
    assert_eq!(json(&project, &["approve", "latest", "signoff"])["counted"], true);
    assert_eq!(json(&project, &["cancel"])["cancelled"], true);
}
