//! Claims about the documented objects.

use expect_test::{Expect, expect, expect_file};

use crate::object::{LogsObject, RunLine, RunObject, RunsObject, text};
use crate::simulation::Fold;
use crate::tests::{BAD, tell};

#[test]
fn a_run_has_one_documented_object() {
    let teller = tell(BAD.0, BAD.1);
    let object = teller.with_sources(|sources| text(&RunObject::of(&teller.story(), sources)));
    expect_file!["run.json"].assert_eq(&(object + "\n"));
}

#[test]
fn a_run_that_waits_says_so_in_its_object() {
    let teller =
        tell("lint(gate=lint); sign(approve=2) < lint", "start; lint finds nothing; sign yes by alice");
    let story = teller.story();
    let object = teller.with_sources(|sources| RunObject::of(&story, sources));
    expect![[r#"
        [
          {
            "step": "sign",
            "for": "answers",
            "text": "1 person of `owners` to say yes, until 2026-11-21 16:00 UTC",
            "answers_missing": 1,
            "from": [
              "owners"
            ],
            "due": "2026-11-21T16:00:00.000Z",
            "due_ms": 1795276800000
          }
        ]"#]]
    .assert_eq(&text(&object.waiting));
    expect![[r#"
        {
          "runs": [
            {
              "id": "019aa6c1-5d00-7abc-8def-0123456789ab",
              "state": "waiting",
              "headline": "WAITING: `sign`, 0ms so far",
              "scope": "full",
              "workflow": "test",
              "branch": "main",
              "started_at": "2026-11-21T15:00:00.000Z",
              "started_at_ms": 1795273200000,
              "duration_ms": 0,
              "waiting": [
                "sign"
              ]
            }
          ]
        }"#]]
    .assert_eq(&text(&RunsObject { runs: vec![RunLine::of(&story)] }));
    expect!["019aa6c1-5d00-7abc-8def-0123456789ab  2026-11-21 15:00 UTC  main              WAITING: `sign`, 0ms so far"].assert_eq(&RunLine::of(&story).line());
}

#[test]
fn what_a_step_printed_is_an_object_too() {
    let teller = tell("a", "start; a exits 3 so it \\n goes");
    let story = teller.story();
    let step = story.named("a").unwrap();
    let object = teller.with_sources(|sources| LogsObject::of(&story, step, None, sources));
    expect![[r#"
        {
          "run": "019aa6c1-5d00-7abc-8def-0123456789ab",
          "step": "a",
          "attempt": 1,
          "stdout": {
            "text": "",
            "bytes": 0,
            "cut": false
          },
          "stderr": {
            "text": "so it\ngoes",
            "bytes": 10,
            "cut": false
          }
        }"#]]
    .assert_eq(&text(&object));
}

fn simulate(workflow: &str, story: &str, expect: &Expect) {
    let teller = tell(workflow, story);
    let mut fold = Fold::new(teller.workflow.clone());
    teller.log.iter().for_each(|recorded| fold.push(&recorded.event));
    let story = teller.story();
    let result = fold.result(story.finished.is_some(), teller.variables());
    expect.assert_eq(&serde_json::to_string(&result).unwrap());
}

#[test]
fn a_simulation_tells_the_order_of_completion() {
    let workflow = "tokens; s(pass) -> a b; a -> j; b -> j; j(all) -> e; e(pass)";
    simulate(
        workflow,
        "start; b exits 0; a exits 0",
        &expect![[
            r#"{"state":"completed","completed":{"a":1,"b":1,"e":1,"j":1,"s":1},"sequence":["s","b","a","j","e"],"waiting":[],"variables":{}}"#
        ]],
    );
    simulate(
        workflow,
        "start; b exits 0",
        &expect![[
            r#"{"state":"waiting","completed":{"b":1,"s":1},"sequence":["s","b"],"waiting":["a"],"waiting_events":[{"event_type":"task","name":"a","node":"a"}],"variables":{}}"#
        ]],
    );
}

#[test]
fn a_simulation_that_is_stuck_waits_at_its_join() {
    simulate(
        "tokens; s(xor) -> a?yes b; a -> j; b -> j; j(all)",
        "start; a exits 0",
        &expect![[
            r#"{"state":"waiting","completed":{"a":1,"s":1},"sequence":["s","a"],"waiting":["j"],"variables":{}}"#
        ]],
    );
}

#[test]
fn a_simulation_waits_for_messages_and_keeps_what_they_carry() {
    let workflow = "tokens; s(pass) -> m; m(message=go) -> e; e(pass)";
    simulate(
        workflow,
        "start",
        &expect![[
            r#"{"state":"waiting","completed":{"s":1},"sequence":["s"],"waiting":["m"],"waiting_events":[{"event_type":"message","name":"go","node":"m"}],"variables":{}}"#
        ]],
    );
    simulate(
        workflow,
        "start; send go n=3 who=alice",
        &expect![[
            r#"{"state":"completed","completed":{"e":1,"m":1,"s":1},"sequence":["s","m","e"],"waiting":[],"variables":{"n":3,"who":"alice"}}"#
        ]],
    );
}

#[test]
fn a_simulation_without_a_way_out_is_an_error_and_a_failed_task_failed() {
    simulate(
        "tokens; s(xor) -> a?no b?no; a; b",
        "start",
        &expect![[
            r#"{"state":"error","completed":{},"sequence":[],"waiting":[],"troubles":["`s` cannot go on: no condition holds and there is no default"],"variables":{}}"#
        ]],
    );
    simulate(
        "tokens; a -> b; b",
        "start; a exits 1",
        &expect![[
            r#"{"state":"failed","completed":{},"sequence":[],"waiting":[],"troubles":["`a`: failed","`a` cannot go on: it failed and nothing handles that"],"variables":{}}"#
        ]],
    );
    simulate(
        "a; b < a",
        "start; a exits 1",
        &expect![[
            r#"{"state":"failed","completed":{},"sequence":[],"waiting":[],"troubles":["`a`: failed","`b`: skipped"],"variables":{}}"#
        ]],
    );
}
