//! `dod simulate`: the kernel's decisions in a world that is made up.

use expect_test::{Expect, expect};

use super::object;
use crate::dod::Project;

const RELEASE: &str = "\
steps:
  build:    { run: ./build.sh, retry: { max: 1, when: [failed] } }
  test:     { uses: cargo/test, needs: [build] }
  ready:    { judge: enterprise, needs: [test] }
  signoff:  { approve: { from: [managers], min: 2, timeout: 7d }, needs: [ready] }
  pause:    { wait: 1h, needs: [signoff] }
  deploy:   { run: ./deploy.sh, needs: [pause], if: 'branch == \"main\"' }
  paid:     { message: { name: payment }, needs: [deploy] }
  rollback: { run: ./rollback.sh, needs: { deploy: failed } }
";

/// Simulates a workflow with a scenario; one line for each part of the result.
fn simulate(workflow: &str, scenario: &str, expect: &Expect) {
    let project = Project::with(&[("flow.yaml", workflow), ("s.json", scenario)]);
    let result = object(&project, &["simulate", "flow.yaml", "--scenario", "s.json"]);
    assert!(result.get("error").is_none() && result.get("diagnostics").is_none(), "{result:#}");
    let text = ["state", "sequence", "waiting", "variables"].map(|key| format!("{key} {}\n", result[key]));
    expect.assert_eq(&text.concat());
    // Nothing is left behind.
    assert!(!project.path().join(".dod").exists());
}

#[test]
fn without_a_scenario_everything_passes_until_time_is_needed() {
    let project = Project::with(&[("flow.yaml", RELEASE)]);
    super::check(
        &project,
        &["simulate", "flow.yaml"],
        &expect![[r#"
        exit code 0
        --- stdout
           1  build
           2  test
           3  ready
           4  signoff
        waits for: `pause`
        waiting: 4 steps completed after 0ms
        --- stderr
    "#]],
    );
}

#[test]
fn the_clock_moves_only_when_it_is_told() {
    simulate(
        RELEASE,
        r#"{ "facts": { "branch": "main" } }"#,
        &expect![[r#"
        state "waiting"
        sequence ["build","test","ready","signoff"]
        waiting ["pause"]
        variables {}
    "#]],
    );
    simulate(
        RELEASE,
        r#"{ "facts": { "branch": "main" }, "steps": [{ "do": "run", "auto": true }, { "do": "advance", "seconds": 3600 }] }"#,
        &expect![[r#"
            state "waiting"
            sequence ["build","test","ready","signoff","pause","deploy"]
            waiting ["paid"]
            variables {}
        "#]],
    );
}

#[test]
fn a_message_is_taken_by_whoever_waits_for_it() {
    simulate(
        RELEASE,
        r#"{ "facts": { "branch": "main" }, "steps": [
            { "do": "run", "auto": true }, { "do": "advance", "seconds": 3600 },
            { "do": "send", "type": "message", "name": "payment", "set": { "amount": 5.25 } }] }"#,
        &expect![[r#"
            state "completed"
            sequence ["build","test","ready","signoff","pause","deploy","paid"]
            waiting []
            variables {"amount":5.25}
        "#]],
    );
}

#[test]
fn a_failed_step_takes_its_edges() {
    simulate(
        RELEASE,
        r#"{ "facts": { "branch": "main" }, "outcomes": { "deploy": { "state": "failed" } },
             "steps": [{ "do": "run" }, { "do": "advance", "seconds": 3600 }] }"#,
        &expect![[r#"
            state "failed"
            sequence ["build","test","ready","signoff","pause","rollback"]
            waiting []
            variables {}
        "#]],
    );
}

#[test]
fn a_gate_that_fails_keeps_its_judge_from_passing() {
    simulate(
        RELEASE,
        r#"{ "outcomes": { "test": { "state": "failed" } } }"#,
        &expect![[r#"
        state "failed"
        sequence ["build","test"]
        waiting []
        variables {}
    "#]],
    );
    simulate(
        RELEASE,
        r#"{ "outcomes": { "test": { "state": "undecided" } } }"#,
        &expect![[r#"
        state "error"
        sequence ["build"]
        waiting []
        variables {}
    "#]],
    );
    simulate(
        RELEASE,
        r#"{ "outcomes": { "ready": { "state": "failed" } } }"#,
        &expect![[r#"
        state "failed"
        sequence ["build","test"]
        waiting []
        variables {}
    "#]],
    );
}

#[test]
fn a_retry_has_an_outcome_of_its_own() {
    simulate(
        RELEASE,
        r#"{ "outcomes": { "build": { "state": ["failed", "passed"] } } }"#,
        &expect![[r#"
        state "waiting"
        sequence ["build","test","ready","signoff"]
        waiting ["pause"]
        variables {}
    "#]],
    );
    simulate(
        RELEASE,
        r#"{ "outcomes": { "build": { "state": "failed" } } }"#,
        &expect![[r#"
        state "failed"
        sequence []
        waiting []
        variables {}
    "#]],
    );
}

#[test]
fn without_auto_people_have_to_answer() {
    simulate(
        RELEASE,
        r#"{ "steps": [{ "do": "run", "auto": false }] }"#,
        &expect![[r#"
        state "waiting"
        sequence ["build","test","ready"]
        waiting ["signoff"]
        variables {}
    "#]],
    );
    simulate(
        RELEASE,
        r#"{ "steps": [{ "do": "run", "auto": false },
             { "do": "answer", "step": "signoff", "by": "alice" }, { "do": "answer", "step": "signoff", "by": "bob" }] }"#,
        &expect![[r#"
            state "waiting"
            sequence ["build","test","ready","signoff"]
            waiting ["pause"]
            variables {}
        "#]],
    );
    simulate(
        RELEASE,
        r#"{ "steps": [{ "do": "run", "auto": false }, { "do": "advance", "seconds": 604800 }] }"#,
        &expect![[r#"
            state "failed"
            sequence ["build","test","ready"]
            waiting []
            variables {}
        "#]],
    );
}

#[test]
fn a_word_about_a_matrix_is_about_all_its_legs() {
    let workflow = "steps:\n  t: { run: x, matrix: { os: [a, b] } }\n  u: { run: y, needs: { t: any } }\n";
    simulate(
        workflow,
        r#"{ "outcomes": { "t": { "state": "failed" } } }"#,
        &expect![[r#"
        state "failed"
        sequence ["u"]
        waiting []
        variables {}
    "#]],
    );
    simulate(
        workflow,
        r#"{ "outcomes": { "t[os=b]": { "state": "skipped" } } }"#,
        &expect![[r#"
        state "completed"
        sequence ["t[os=a]","u"]
        waiting []
        variables {}
    "#]],
    );
    simulate(
        workflow,
        r#"{ "left_out": ["t"] }"#,
        &expect![[r#"
        state "completed"
        sequence ["u"]
        waiting []
        variables {}
    "#]],
    );
}

#[test]
fn what_did_not_end_well_is_told() {
    let project = Project::with(&[
        ("flow.yaml", RELEASE),
        ("s.json", r#"{ "outcomes": { "test": { "state": "failed" } } }"#),
    ]);
    super::check(
        &project,
        &["simulate", "flow.yaml", "--scenario", "s.json"],
        &expect![[r#"
        exit code 0
        --- stdout
           1  build
           2  test
           -  `test`: failed
           -  `ready`: failed
           -  `signoff`: skipped
           -  `pause`: skipped
           -  `deploy`: skipped
           -  `paid`: skipped
           -  `rollback`: skipped
        failed: 2 steps completed after 0ms
        --- stderr
    "#]],
    );
}

#[test]
fn more_attempts_and_people_than_anybody_has_come_to_an_end() {
    let workflow = "steps:\n  a: { run: x, retry: { max: 100, when: [failed], delay: 1s } }\n  \
        b: { approve: { from: [r], min: 1000 } }\n  c: { wait: 300d }\n";
    let scenario = r#"{ "outcomes": { "a": { "state": "failed" } },
        "steps": [{ "do": "run" }, { "do": "advance", "seconds": 31557600000 }] }"#;
    simulate(
        workflow,
        scenario,
        &expect![[r#"
        state "waiting"
        sequence ["c"]
        waiting ["b"]
        variables {}
    "#]],
    );
}

#[test]
fn an_approval_with_a_no_has_failed() {
    simulate(
        RELEASE,
        r#"{ "outcomes": { "signoff": { "state": "failed" } } }"#,
        &expect![[r#"
        state "failed"
        sequence ["build","test","ready"]
        waiting []
        variables {}
    "#]],
    );
}

#[test]
fn outputs_of_steps_are_seen_by_conditions() {
    let workflow =
        "steps:\n  a: { run: x }\n  b: { run: y, needs: [a], if: 'steps[\"a\"].outputs.version == \"3\"' }\n";
    simulate(
        workflow,
        r#"{ "task_outputs": { "a": { "version": 3 } } }"#,
        &expect![[r#"
        state "completed"
        sequence ["a","b"]
        waiting []
        variables {}
    "#]],
    );
    simulate(
        workflow,
        r#"{ "task_outputs": { "a": { "version": 4 } } }"#,
        &expect![[r#"
        state "completed"
        sequence ["a"]
        waiting []
        variables {}
    "#]],
    );
}

#[test]
fn variables_and_what_is_not_known_are_told() {
    let project = Project::with(&[
        ("flow.yaml", "steps: { a: { run: x } }\n"),
        (
            "s.json",
            r#"{ "variables": { "x": [1, true, null, 2.50] }, "expected": {}, "outcomes": { "b": { "state": "failed" } } }"#,
        ),
    ]);
    super::check(
        &project,
        &["simulate", "flow.yaml", "--scenario", "s.json"],
        &expect![[r#"
        exit code 0
        --- stdout
           1  a
        x = [1,true,null,2.5]
        completed: 1 step completed after 0ms
        --- stderr
        warning: `s.json`: `expected` means nothing here and is left alone
        warning: `s.json`: the workflow has no step `b`
    "#]],
    );
}

#[test]
fn a_wrong_scenario_is_told_with_its_place() {
    let check = |scenario: &str, expect: &Expect| {
        let project = Project::with(&[("flow.yaml", "steps: { a: { run: x } }\n"), ("s.json", scenario)]);
        super::check(&project, &["simulate", "flow.yaml", "--scenario", "s.json"], expect);
    };
    check(
        "{ \"steps\": [\n  { \"do\": \"run\" },\n  { \"do\": \"runn\" } ] }",
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error[S001]: step 2 of the scenario says `runn`, which is nothing that can happen
         --> s.json:3:5
          |
        3 |   { "do": "runn" } ] }
          |     ^^^^^^^^^^^^^
          |
          = help: did you mean `run`?

    "#]],
    );
    check(
        "{ \"outcomes\": { \"a\": { \"state\": \"fail\" } } }",
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error[S001]: this is no scenario: unknown variant `fail`, expected one of `passed`, `failed`, `undecided`, `timeout`, `skipped`
         --> s.json:1:38
          |
        1 | { "outcomes": { "a": { "state": "fail" } } }
          |                                      ^

    "#]],
    );
    check(
        "{ \"steps\": [{ \"do\": \"advance\", \"seconds\": -1 }] }",
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error[S001]: step 1 of the scenario moves the clock by -1 seconds, which is not possible
         --> s.json:1:15
          |
        1 | { "steps": [{ "do": "advance", "seconds": -1 }] }
          |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    "#]],
    );
    check(
        "not json",
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error[S001]: this is no scenario: expected ident
         --> s.json:1:2
          |
        1 | not json
          |  ^

    "#]],
    );
    check(
        &"[".repeat(100_000),
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error[S001]: this is no scenario: invalid type: sequence, expected a map
         --> s.json:1:1
          |
        1 | [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
          | ^

    "#]],
    );
}

#[test]
fn files_that_are_not_there_are_told() {
    let project = Project::with(&[("flow.yaml", "steps: { a: { run: x } }\n")]);
    super::check(
        &project,
        &["simulate", "no.yaml"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: there is no file `no.yaml`
    "#]],
    );
    super::check(
        &project,
        &["simulate", "flow.yaml", "called.yaml"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: there is no file `called.yaml`
    "#]],
    );
    super::check(
        &project,
        &["simulate", "flow.yaml", "--scenario", "no.json"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: `no.json` cannot be read: entity not found
    "#]],
    );
}
