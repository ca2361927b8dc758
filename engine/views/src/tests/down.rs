//! Claims about explanations.

use expect_test::{Expect, expect};

use crate::Look;
use crate::explain::{Target, explain, render};
use crate::tests::{BAD, tell};

fn check(story: (&str, &str), word: &str, expect: &Expect) {
    let teller = tell(story.0, story.1);
    let text = teller.with_sources(|sources| {
        let story = teller.story();
        let target = match word {
            "" => Some(Target::Run),
            word => Target::of(&story, sources, word),
        };
        let Some(target) = target else { return format!("nobody knows `{word}`\n") };
        let object = explain(&story, &target, sources);
        serde_json::to_string(&object).unwrap();
        render(&object, Look::PLAIN)
    });
    expect.assert_eq(&text);
}

#[test]
fn a_run_is_explained_from_the_verdict_down_to_the_report() {
    check(
        BAD,
        "",
        &expect![[r#"
            FAILED: 2 gates (1 undecided) in 1.5s  (event 21)
              judged by policy `standard`
              `lint`: findings.error is 2, wanted 0 (rule `no-errors`)
                `lint` failed after 1.5s: 3 errors, 1 warning, 1 suppressed  (event 13)
                  attempt 1: ended with exit code 1  (event 11)
                  rule `no-errors` failed: findings.error is 2, wanted 0  (event 12)
                  its evidence: 3 errors, 1 warning, 1 suppressed  sha256:6464646464646464646464646464646464646464646464646464646464646464  (event 11)
                    read from stdout as gcc_lines  sha256:0808080808080808080808080808080808080808080808080808080808080808
                    src/a.rs:10:5  error  R1  this is wrong
                    src/a.rs:20:5  error  R1  this is wrong
                    src/a.rs:4:5  error  R7  this is wrong  (a waiver names it)
              `test`: tests.failed is 1, wanted 0 (rule `tests-pass`)
                `test` failed after 1.5s: 1 of 28 tests failed  (event 16)
                  attempt 1: ended with exit code 1  (event 14)
                  rule `tests-pass` failed: tests.failed is 1, wanted 0  (event 15)
                    because: broken windows
                  its evidence: 1 of 28 tests failed  sha256:6565656565656565656565656565656565656565656565656565656565656565  (event 14)
                    api::case_0  assertion failed: left == right
              `cov` is undecided: `cargo-llvm-cov` was not found in any folder of `PATH` (/bin)
                `cov` is undecided after 1.5s: `cargo-llvm-cov` was not found in any folder of `PATH` (/bin)  (event 18)
                  attempt 1: `cargo-llvm-cov` was not found in any folder of `PATH` (/bin)  (event 17)
                  cure: `get llvm-cov`
              a `secrets` gate is required, and this workflow has none; one is `secrets: { run: COMMAND, kind: secrets }` in `dod.yaml`, which `dod init` writes
              not measured: coverage (cargo-llvm-cov is missing; `get llvm-cov`)
              not measured: dependencies (no step of this workflow measures it)

            next:
              dod rerun 019aa6c1-5d00 --failed
        "#]],
    );
}

#[test]
fn a_skipped_step_is_followed_back_to_what_failed() {
    check(
        BAD,
        "ship",
        &expect![[r#"
            `ship` was skipped: because `pack` was skipped  (event 20)
              it needs `pack`, which was skipped  (event 19)
              it needs `cov`, which is undecided  (event 18)

            next:
              dod rerun 019aa6c1-5d00 --failed
        "#]],
    );
}

#[test]
fn a_rule_says_what_it_wants_and_how_each_gate_answered() {
    check(
        BAD,
        "tests-pass",
        &expect![[r#"
        rule `tests-pass` wants tests.failed == 0 at `test`, when it was measured
          because: broken windows
          at `test` it failed: tests.failed is 1, wanted 0  (event 15)
            its evidence: 1 of 28 tests failed  sha256:6565656565656565656565656565656565656565656565656565656565656565  (event 14)
              api::case_0  assertion failed: left == right

        next:
          dod rerun 019aa6c1-5d00 --failed
    "#]],
    );
}

#[test]
fn a_finding_says_who_found_it_and_whether_it_counts() {
    check(
        BAD,
        "src/a.rs:10",
        &expect![[r#"
        src/a.rs:10:5  error  R1  this is wrong
          found by `lint`, which failed  (event 11)
          a rule that failed counts it
          fingerprint f10
          read from stdout as gcc_lines  sha256:0808080808080808080808080808080808080808080808080808080808080808

        next:
          dod rerun 019aa6c1-5d00 --failed
    "#]],
    );
    check(
        BAD,
        "R7",
        &expect![[r#"
            src/a.rs:4:5  error  R7  this is wrong
              found by `lint`, which failed  (event 11)
              a rule that failed counts it, unless a waiver covers it
              a waiver names it: r (approved by alice, until 2030-03-17 17:46 UTC)
              fingerprint f4
              read from stdout as gcc_lines  sha256:0808080808080808080808080808080808080808080808080808080808080808

            next:
              dod rerun 019aa6c1-5d00 --failed
        "#]],
    );
    check(
        BAD,
        "R99",
        &expect![[r#"
        nobody knows `R99`
    "#]],
    );
}
