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
              judged by policy `standard`  (event 0)
              `lint` failed after 1.5s: 3 errors, 1 warning, 1 suppressed  (event 13)
                rule `no-errors` failed: findings.error is 2, wanted 0  (event 12)
                  to do: put them right (`dod fix` runs the fixers there are); `dod explain PATH:LINE` says more of one
                its evidence: 3 errors, 1 warning, 1 suppressed  sha256:6464646464646464646464646464646464646464646464646464646464646464  (event 11)
                  read from stdout as gcc_lines  sha256:0808080808080808080808080808080808080808080808080808080808080808
                  src/a.rs:10:5  error  R1  this is wrong
                  src/a.rs:20:5  error  R1  this is wrong
                  src/a.rs:4:5  error  R7  this is wrong  (a waiver names it)
                attempt 1: ended with exit code 1  (event 11)
              `test` failed after 1.5s: 1 of 28 tests failed  (event 16)
                rule `tests-pass` failed: tests.failed is 1, wanted 0  (event 15)
                  because: broken windows
                  to do: `dod logs 019aa6c1-5d00 test` shows what they printed
                its evidence: 1 of 28 tests failed  sha256:6565656565656565656565656565656565656565656565656565656565656565  (event 14)
                  api::case_0  assertion failed: left == right
                attempt 1: ended with exit code 1  (event 14)
              `cov` is undecided after 1.5s: `cargo-llvm-cov` was not found in any folder of `PATH` (/bin)  (event 18)
                attempt 1: `cargo-llvm-cov` was not found in any folder of `PATH` (/bin)  (event 17)
                to do: install it: `get llvm-cov`; or leave it to CI: `dod validate --local`
              a `secrets` gate is required, and this workflow has none
                to do: add a step to `dod.yaml`, like `secrets: { run: COMMAND, kind: secrets }`
              waiver refused: `R8`, its approver is an author of this change
                its reason: r (approved by carol, until 2030-03-17 17:46 UTC)  (event 0)
                to do: somebody who is not an author of the change has to approve it
              waiver refused: `R9`, it has expired
                its reason: r (approved by alice, until 1970-01-01 00:00 UTC)  (event 0)
                to do: put it right, or decide again: `dod waive R9 --replace --expires 30d`, and have it merged
              waiver unused: `R7`; it changed no outcome
                to do: take it out of `waivers.yaml`
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
                `cargo-llvm-cov` was not found in any folder of `PATH` (/bin)

            next:
              dod explain 019aa6c1-5d00
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
            rule `tests-pass` wants tests.failed == 0 at `test`, when it was measured  (event 0)
              the verdict fails where it does not hold
              because: broken windows
              at `test` it failed: tests.failed is 1, wanted 0  (event 15)
                to do: `dod logs 019aa6c1-5d00 test` shows what they printed
                its evidence: 1 of 28 tests failed  sha256:6565656565656565656565656565656565656565656565656565656565656565  (event 14)
                  api::case_0  assertion failed: left == right

            next:
              dod explain 019aa6c1-5d00
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
            src/a.rs:10:5  error  R1  this is wrong  (event 11)
              found by `lint`, which failed  (event 13)
              whether it is new is not known: nothing was compared (`dod validate --since REF` names a base, `dod baseline` records what there is)
              rule `no-errors` counts it; it failed: findings.error is 2, wanted 0  (event 12)
              fingerprint f10
              it stands in the evidence  sha256:6464646464646464646464646464646464646464646464646464646464646464
                read from stdout as gcc_lines  sha256:0808080808080808080808080808080808080808080808080808080808080808
              to do: put it right; to live with it for a while: `dod waive R1 --scope src/a.rs --reason '...' --expires 30d`

            next:
              dod explain 019aa6c1-5d00
              dod rerun 019aa6c1-5d00 --failed
        "#]],
    );
    check(
        BAD,
        "R7",
        &expect![[r#"
            src/a.rs:4:5  error  R7  this is wrong  (event 11)
              found by `lint`, which failed  (event 13)
              whether it is new is not known: nothing was compared (`dod validate --since REF` names a base, `dod baseline` records what there is)
              rule `no-errors` counts it, unless a waiver covers it; it failed: findings.error is 2, wanted 0  (event 12)
              a waiver names it  (event 0)
                its reason: r (approved by alice, until 2030-03-17 17:46 UTC)
              fingerprint f4
              it stands in the evidence  sha256:6464646464646464646464646464646464646464646464646464646464646464
                read from stdout as gcc_lines  sha256:0808080808080808080808080808080808080808080808080808080808080808
              to do: put it right

            next:
              dod explain 019aa6c1-5d00
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
