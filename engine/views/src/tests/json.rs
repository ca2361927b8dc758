//! Claims about the documented objects.

use expect_test::{Expect, expect};

use crate::object::{LogsObject, RunLine, RunObject, RunsObject, text};
use crate::simulation::Simulation;
use crate::tests::{BAD, tell};

#[test]
fn a_run_has_one_documented_object() {
    let teller = tell(BAD.0, BAD.1);
    let object = teller.with_sources(|sources| text(&RunObject::of(&teller.story(), sources)));
    expect![[r#"
        {
          "id": "019aa6c1-5d00-7abc-8def-0123456789ab",
          "state": "failed",
          "headline": "FAILED: 2 gates (1 undecided) in 1.5s",
          "scope": "full",
          "policy": "standard",
          "definitions": "protected",
          "workflow": {
            "name": "test",
            "digest": "sha256:0303030303030303030303030303030303030303030303030303030303030303"
          },
          "governance": "sha256:0202020202020202020202020202020202020202020202020202020202020202",
          "program": "dod 0.1.0",
          "settings": [],
          "facts": {
            "branch": "main"
          },
          "tree_changed": [],
          "started_at": "2026-11-21T15:00:00.000Z",
          "started_at_ms": 1795273200000,
          "finished_at": "2026-11-21T15:00:01.500Z",
          "finished_at_ms": 1795273201500,
          "duration_ms": 1500,
          "events": 22,
          "gates": {
            "allowed": 0,
            "failed": 2,
            "not_applicable": 0,
            "open": 0,
            "passed": 0,
            "skipped": 0,
            "undecided": 1,
            "waived": 0
          },
          "counts": {
            "allowed": 0,
            "failed": 2,
            "not_applicable": 0,
            "open": 0,
            "passed": 1,
            "skipped": 2,
            "undecided": 1,
            "waived": 0
          },
          "reasons": [
            {
              "kind": "rule",
              "weighs": "failed",
              "text": "`lint`: findings.error is 2, wanted 0 (rule `no-errors`)",
              "step": "lint",
              "rule": {
                "rule": "no-errors",
                "gate": "lint",
                "state": "failed",
                "effect": "block",
                "text": "findings.error is 2, wanted 0",
                "fact": "findings.error",
                "found": {
                  "unit": "1",
                  "value": "2"
                },
                "wanted": {
                  "fact": "findings.error",
                  "is": "equal",
                  "unit": "1",
                  "value": "0"
                }
              }
            },
            {
              "kind": "rule",
              "weighs": "failed",
              "text": "`test`: tests.failed is 1, wanted 0 (rule `tests-pass`)",
              "step": "test",
              "rule": {
                "rule": "tests-pass",
                "gate": "test",
                "state": "failed",
                "effect": "block",
                "text": "tests.failed is 1, wanted 0",
                "because": "broken windows",
                "fact": "tests.failed",
                "found": {
                  "unit": "1",
                  "value": "1"
                },
                "wanted": {
                  "fact": "tests.failed",
                  "is": "equal",
                  "unit": "1",
                  "value": "0"
                }
              }
            },
            {
              "kind": "step_undecided",
              "weighs": "undecided",
              "text": "`cov` is undecided: the program was not found on PATH",
              "step": "cov"
            },
            {
              "kind": "missing",
              "weighs": "undecided",
              "text": "a `secrets` gate is required, and this workflow has none",
              "step": "secrets"
            }
          ],
          "rules": [
            {
              "rule": "no-errors",
              "gate": "lint",
              "state": "failed",
              "effect": "block",
              "text": "findings.error is 2, wanted 0",
              "fact": "findings.error",
              "found": {
                "unit": "1",
                "value": "2"
              },
              "wanted": {
                "fact": "findings.error",
                "is": "equal",
                "unit": "1",
                "value": "0"
              },
              "seq": 12
            },
            {
              "rule": "tests-pass",
              "gate": "test",
              "state": "failed",
              "effect": "block",
              "text": "tests.failed is 1, wanted 0",
              "because": "broken windows",
              "fact": "tests.failed",
              "found": {
                "unit": "1",
                "value": "1"
              },
              "wanted": {
                "fact": "tests.failed",
                "is": "equal",
                "unit": "1",
                "value": "0"
              },
              "seq": 15
            }
          ],
          "steps": [
            {
              "name": "fmt",
              "id": "0",
              "kind": "command",
              "state": "passed",
              "outcome": "passed",
              "because": "exit code only",
              "exit_code_only": true,
              "allow_failure": false,
              "started_at": "2026-11-21T15:00:00.000Z",
              "started_at_ms": 1795273200000,
              "duration_ms": 1500,
              "attempts": [
                {
                  "attempt": 1,
                  "end": "exited",
                  "exit_code": 0,
                  "duration_ms": 1500,
                  "seq": 9
                }
              ],
              "measures": {}
            },
            {
              "name": "lint",
              "id": "1",
              "kind": "gate",
              "gate": "lint",
              "state": "failed",
              "outcome": "finished",
              "exit_code_only": false,
              "allow_failure": false,
              "started_at": "2026-11-21T15:00:00.000Z",
              "started_at_ms": 1795273200000,
              "duration_ms": 1500,
              "attempts": [
                {
                  "attempt": 1,
                  "end": "exited",
                  "exit_code": 1,
                  "duration_ms": 1500,
                  "seq": 11
                }
              ],
              "findings": {
                "error": 3,
                "none": 0,
                "note": 0,
                "suppressed": 1,
                "warning": 1
              },
              "measures": {},
              "evidence": "sha256:6464646464646464646464646464646464646464646464646464646464646464"
            },
            {
              "name": "test",
              "id": "2",
              "kind": "gate",
              "gate": "test",
              "state": "failed",
              "outcome": "finished",
              "exit_code_only": false,
              "allow_failure": false,
              "started_at": "2026-11-21T15:00:00.000Z",
              "started_at_ms": 1795273200000,
              "duration_ms": 1500,
              "attempts": [
                {
                  "attempt": 1,
                  "end": "exited",
                  "exit_code": 1,
                  "duration_ms": 1500,
                  "seq": 14
                }
              ],
              "tests": {
                "errored": 0,
                "failed": 1,
                "flaky": 0,
                "passed": 27,
                "skipped": 0
              },
              "measures": {},
              "evidence": "sha256:6565656565656565656565656565656565656565656565656565656565656565"
            },
            {
              "name": "cov",
              "id": "3",
              "kind": "gate",
              "gate": "coverage",
              "state": "undecided",
              "outcome": "undecided",
              "because": "the program was not found on PATH",
              "exit_code_only": false,
              "allow_failure": false,
              "started_at": "2026-11-21T15:00:00.000Z",
              "started_at_ms": 1795273200000,
              "duration_ms": 1500,
              "attempts": [
                {
                  "attempt": 1,
                  "end": "not_started",
                  "duration_ms": 1500,
                  "seq": 17
                }
              ],
              "measures": {},
              "cure": "get llvm-cov"
            },
            {
              "name": "pack",
              "id": "4",
              "kind": "command",
              "state": "skipped",
              "outcome": "skipped",
              "because": "because `cov` is undecided",
              "exit_code_only": false,
              "allow_failure": false,
              "attempts": [],
              "measures": {}
            },
            {
              "name": "ship",
              "id": "5",
              "kind": "command",
              "state": "skipped",
              "outcome": "skipped",
              "because": "because `pack` was skipped",
              "exit_code_only": false,
              "allow_failure": false,
              "attempts": [],
              "measures": {}
            }
          ],
          "waiting": [],
          "not_measured": [
            {
              "kind": "coverage",
              "text": "coverage (llvm-cov is missing; `get llvm-cov`)"
            },
            {
              "kind": "dependencies",
              "text": "dependencies (no step of this workflow measures it)"
            }
          ],
          "waivers": [
            {
              "of": "R8",
              "state": "refused",
              "why": "own_change"
            },
            {
              "of": "R9",
              "state": "refused",
              "why": "expired"
            },
            {
              "of": "R7",
              "state": "unused"
            }
          ]
        }"#]]
    .assert_eq(&object);
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
    expect.assert_eq(&serde_json::to_string(&Simulation::of(&teller.story())).unwrap());
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
        &expect![[r#"{"state":"waiting","completed":{"b":1,"s":1},"sequence":["s","b"],"waiting":["a"],"variables":{}}"#]],
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
            r#"{"state":"waiting","completed":{"s":1},"sequence":["s"],"waiting":["m"],"variables":{}}"#
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
        &expect![[r#"{"state":"error","completed":{"s":1},"sequence":["s"],"waiting":[],"variables":{}}"#]],
    );
    simulate(
        "tokens; a -> b; b",
        "start; a exits 1",
        &expect![[r#"{"state":"failed","completed":{},"sequence":[],"waiting":[],"variables":{}}"#]],
    );
    simulate(
        "a; b < a",
        "start; a exits 1",
        &expect![[r#"{"state":"failed","completed":{},"sequence":[],"waiting":[],"variables":{}}"#]],
    );
}
