//! Claims about the end of a run.

use expect_test::{Expect, expect};

use crate::Look;
use crate::summary::{Contents, render};
use crate::tests::tell;

fn check(workflow: &str, story: &str, expect: &Expect) {
    let teller = tell(workflow, story);
    let contents = Contents { steps: false };
    let text = teller.with_sources(|sources| render(&teller.story(), sources, Look::PLAIN, contents));
    expect.assert_eq(&text);
}

#[test]
fn what_is_wrong_comes_first_and_the_verdict_last() {
    check(
        "fmt; lint(gate=lint); test(gate=test); cov(gate=coverage); deps(gate=dependencies); sec(gate=secrets)",
        "waivers; require secrets; start definitions=unprotected; tick 1500; fmt exits 0; lint finds 12; \
         test fails 2 of 28; cov covers 71.3; deps finds a hole; tick 10000; sec finds nothing",
        &expect![[r#"
            failed  lint  13 errors, 1 warning, 1 suppressed
              findings.error is 12, wanted 0 (rule `no-errors`)
              src/a.rs:10:5  error  R1  this is wrong
              src/a.rs:20:5  error  R1  this is wrong
              src/a.rs:30:5  error  R1  this is wrong
              src/a.rs:40:5  error  R1  this is wrong
              src/a.rs:50:5  error  R1  this is wrong
              src/a.rs:60:5  error  R1  this is wrong
              src/a.rs:70:5  error  R1  this is wrong
              src/a.rs:80:5  error  R1  this is wrong
              src/a.rs:90:5  error  R1  this is wrong
              src/a.rs:100:5  error  R1  this is wrong
              and 3 more: dod explain 019aa6c1-5d00 lint

            failed  test  2 of 28 tests failed
              tests.failed is 2, wanted 0 (rule `tests-pass`: broken windows)
              api::case_0  assertion failed: left == right
              api::case_1  assertion failed: left == right

            failed  cov  71.3 % of lines
              coverage.line is 71.3 %, wanted >= 80 % (rule `covered`)

            failed  deps  1 warning
              vulnerabilities.critical is 1, wanted 0 (rule `no-holes`)
              critical  RUSTSEC-2024-0001  pkg:cargo/foo@1.2  memory is shared  (fixed in 1.3)

            waiver refused: `R8`, its approver is an author of this change
            waiver refused: `R9`, it has expired
            waiver unused: `R7`; it changed no outcome
            definitions: unprotected (no base is known, so this change could have written its own judge; `--govern-from REF` names one)

            next:
              dod explain 019aa6c1-5d00         why, down to the lines of the reports
              dod rerun 019aa6c1-5d00 --failed  run again what did not pass

            FAILED: 4 gates (1 passed) in 11.5s
        "#]],
    );
}

#[test]
fn a_missing_tool_is_undecided_and_has_a_cure() {
    check(
        "lint(gate=lint); cov(gate=coverage,tool=cargo-llvm-cov,install=cargo install cargo-llvm-cov)",
        "start; lint finds nothing; cov is missing",
        &expect![[r#"
            undecided  cov
              `cargo-llvm-cov` was not found in any folder of `PATH` (/bin)
              cure: `cargo install cargo-llvm-cov`

            not measured: coverage (cargo-llvm-cov is missing; `cargo install cargo-llvm-cov`)
            not measured: dependencies and test (no step of this workflow measures them)

            next:
              dod explain 019aa6c1-5d00         why, down to the lines of the reports
              dod rerun 019aa6c1-5d00 --failed  run again what did not pass

            UNDECIDED: 1 gate (1 passed) in 0ms
        "#]],
    );
}

#[test]
fn a_pass_is_one_line() {
    check(
        "lint(gate=lint); test(gate=test)",
        "start; lint finds nothing; test fails 0 of 3",
        &expect![[r#"
            not measured: coverage and dependencies (no step of this workflow measures them)

            PASSED: 2 gates in 0ms
        "#]],
    );
}

#[test]
fn a_partial_pass_says_so_last() {
    check(
        "lint(gate=lint); test(gate=test); cov(gate=coverage)",
        "start --local without=test,cov; lint finds nothing",
        &expect![[r#"
            not measured: coverage (`cov`: left to CI: true is missing here)
            not measured: test (`test`: left to CI: true is missing here)
            not measured: dependencies (no step of this workflow measures it)

            PARTIAL PASS: 2 gates left to CI (1 passed) in 0ms
        "#]],
    );
}

#[test]
fn a_run_that_waits_says_for_whom_and_what_to_do() {
    check(
        "lint(gate=lint); sign(approve=2) < lint; msg(message=go); deploy < sign",
        "start; lint finds nothing; sign yes by alice",
        &expect![[r#"
            waiting  msg  the message `go`
            waiting  sign  1 person of `owners` to say yes, until 2026-11-21 16:00 UTC
              Ship it?
              alice (claimed) says yes

            next:
              dod send 019aa6c1-5d00 go       send it
              dod approve 019aa6c1-5d00 sign  say yes
              dod resume 019aa6c1-5d00        go on

            WAITING: `msg` and `sign`, 0ms so far
        "#]],
    );
}

#[test]
fn a_run_that_was_interrupted_can_be_told() {
    check(
        "a; b < a; c",
        "start; tick 5; a exits 1 no luck",
        &expect![[r#"
            failed  a
              exit code 1
              | no luck

            next:
              dod resume 019aa6c1-5d00  go on
              dod logs 019aa6c1-5d00 a  all that it printed

            NOT FINISHED: 2 of 3 steps settled, 1 failed so far, 5ms so far
        "#]],
    );
}

#[test]
fn a_crash_shows_its_last_words_and_what_it_kept_from_running() {
    check(
        "types(gate=types); test(gate=test,may_fail); pack < types; ship < pack",
        "start tree; types crashes Traceback: \\n boom; test fails 1 of 2; tree a.txt",
        &expect![[r#"
            undecided  types
              ended by signal 11 (SIGSEGV, it crashed)
              | Traceback:
              | boom

            allowed to fail: `test` failed: 1 of 2 tests failed
            not measured: coverage, dependencies and no-errors (no step of this workflow measures them)
            the tree changed during the run, and no step declares it: a.txt
            this verdict cannot be attested

            next:
              dod explain 019aa6c1-5d00         why, down to the lines of the reports
              dod rerun 019aa6c1-5d00 --failed  run again what did not pass
              dod logs 019aa6c1-5d00 types      all that it printed

            UNDECIDED: 1 gate (1 allowed to fail) in 0ms
        "#]],
    );
}

#[test]
fn required_gates_that_are_not_there_are_named() {
    check(
        "lint(gate=lint,if=no); test(gate=test) < lint:failed",
        "require secrets lint test; start definitions=introduced",
        &expect![[r#"
            undecided  a `secrets` gate is required, and this workflow has none
              to do: add a step to `dod.yaml`, like `secrets: { run: COMMAND, kind: secrets }`
            undecided  a `lint` gate is required, and none ran: its `if` is false
              to do: let its `if` hold, or take it out of the policy's `required`
            undecided  a `test` gate is required, and it was skipped because `lint` is not applicable
              to do: put right what it needs, and it runs
            not measured: coverage, dependencies and no-errors (no step of this workflow measures them)
            definitions: introduced here (the base has no workflow and policy of its own; this change's were used)

            next:
              dod explain 019aa6c1-5d00  why, down to the lines of the reports

            UNDECIDED: 3 required gates missing (1 skipped, 1 not applicable) in 0ms
        "#]],
    );
}

#[test]
fn a_stuck_run_names_the_join() {
    check(
        "tokens; s(xor) -> a?yes b; a -> j; b -> j; j(all)",
        "start; a exits 0",
        &expect![[r#"
            undecided  `j` waits for something that cannot come any more
              to do: `dod simulate FILE` shows how the tokens get there
            not measured: coverage, dependencies, no-errors and test (no step of this workflow measures them)

            next:
              dod explain 019aa6c1-5d00  why, down to the lines of the reports

            UNDECIDED: stuck in 0ms
        "#]],
    );
}

#[test]
fn a_cancelled_run_names_who_asked() {
    check(
        "a; b < a",
        "start; cancel; a is cancelled",
        &expect![[r#"
            undecided  the run was cancelled by alice (claimed)
              to do: `dod validate` begins anew
            not measured: coverage, dependencies, no-errors and test (no step of this workflow measures them)

            next:
              dod explain 019aa6c1-5d00  why, down to the lines of the reports

            UNDECIDED: cancelled in 0ms
        "#]],
    );
}

#[test]
fn a_judge_that_says_no_says_why() {
    check(
        "lint(gate=lint); ready(judge=standard) < lint; ship < ready",
        "start; lint finds 1",
        &expect![[r#"
            failed  lint  2 errors, 1 warning, 1 suppressed
              findings.error is 2, wanted 0 (rule `no-errors`)
              src/a.rs:4:5  error  R7  this is wrong
              src/a.rs:10:5  error  R1  this is wrong

            failed  ready
              policy `standard` says failed
              `lint`: findings.error is 2, wanted 0 (rule `no-errors`)

            not measured: coverage, dependencies and test (no step of this workflow measures them)

            next:
              dod explain 019aa6c1-5d00         why, down to the lines of the reports
              dod rerun 019aa6c1-5d00 --failed  run again what did not pass

            FAILED: 1 gate, 1 step in 0ms
        "#]],
    );
}

#[test]
fn a_round_that_failed_is_told_though_a_later_one_passed() {
    check(
        "tokens; s(pass) -> a a2; a(may_fail) -> m; a2(may_fail) -> m; m -> e; e(pass)",
        "start; a exits 0; m exits 7 first round; a2 exits 0; m exits 0",
        &expect![[r#"
            failed  m
              exit code 7
              | first round

            undecided  `m` could not go on: the task failed and nothing handles that
              to do: the definition has to say what happens then; `dod check` proofreads it
            not measured: coverage, dependencies, no-errors and test (no step of this workflow measures them)

            next:
              dod explain 019aa6c1-5d00         why, down to the lines of the reports
              dod rerun 019aa6c1-5d00 --failed  run again what did not pass
              dod logs 019aa6c1-5d00 m          all that it printed

            FAILED: 1 step in 0ms
        "#]],
    );
}

#[test]
fn a_thousand_skipped_steps_are_one_reason() {
    let chain: Vec<String> = (1..1000).map(|at| format!("s{at} < s{}", at - 1)).collect();
    check(
        &format!("s0; {}", chain.join("; ")),
        "start; s0 exits 1",
        &expect![[r#"
            failed  s0
              exit code 1

            not measured: coverage, dependencies, no-errors and test (no step of this workflow measures them)

            next:
              dod explain 019aa6c1-5d00         why, down to the lines of the reports
              dod rerun 019aa6c1-5d00 --failed  run again what did not pass

            FAILED: 1 step in 0ms
        "#]],
    );
}

#[test]
fn what_is_waived_is_said_and_passes() {
    let story = "waivers; start; lint finds what is waived";
    check(
        "lint(gate=lint)",
        story,
        &expect![[r#"
            not measured: coverage, dependencies and test (no step of this workflow measures them)
            waived: `R7` by alice (claimed)
            waiver refused: `R8`, its approver is an author of this change
            waiver refused: `R9`, it has expired

            PASSED: 1 gate (1 waived) in 0ms
        "#]],
    );
    let teller = tell("lint(gate=lint); b; c < b:failed", &format!("{story}; tick 61000; b exits 0"));
    let look = Look { color: true, unicode: true, width: Some(60) };
    let text = render(&teller.story(), crate::Sources::NONE, look, Contents { steps: true });
    expect![[r#"
        ^[33mwaived^[0m         lint      0ms  1 error, waived: `R7` by alice
        ^[32mpassed^[0m         b      1m 01s  exit code only
        ^[2mskipped^[0m        c              because `b` passed

        not measured: coverage, dependencies and test (no step of this workflow measures them)
        waived: `R7` by alice
        waiver refused: `R8`, its approver is an author of this change
        waiver refused: `R9`, it has expired

        ^[32mPASSED^[0m: 1 gate (1 waived) in 1m 01s
    "#]]
    .assert_eq(&text.replace('\x1b', "^"));
}

#[test]
fn what_rests_on_an_earlier_run_names_it() {
    check(
        "lint(gate=lint)",
        "require load:24; start recorded=load:passed:3; lint finds nothing",
        &expect![[r#"
            load: passed in run 019aa5b2-0000, 3h 00m ago
            not measured: coverage, dependencies and test (no step of this workflow measures them)

            PASSED: 1 gate in 0ms
        "#]],
    );
    check(
        "lint(gate=lint)",
        "require load:24; start recorded=load:passed:25; lint finds nothing",
        &expect![[r#"
            undecided  a `load` gate is required, and this workflow has none; the newest result is of run 019aa5b2-0000, 25h 00m ago, older than the policy allows
              to do: run `load` again, in a run of its own or in this one
            not measured: coverage, dependencies and test (no step of this workflow measures them)

            next:
              dod explain 019aa6c1-5d00  why, down to the lines of the reports

            UNDECIDED: 1 required gate missing (1 passed) in 0ms
        "#]],
    );
    check(
        "lint(gate=lint)",
        "require load:24; start recorded=load:undecided:3; lint finds nothing",
        &expect![[r#"
            undecided  a `load` gate is required, and this workflow has none; it was undecided in run 019aa5b2-0000, 3h 00m ago
              to do: `dod explain 019aa5b2-0000` says why it did not pass there; then run `load` again
            not measured: coverage, dependencies and test (no step of this workflow measures them)

            next:
              dod explain 019aa6c1-5d00  why, down to the lines of the reports

            UNDECIDED: 1 required gate missing (1 passed) in 0ms
        "#]],
    );
}
