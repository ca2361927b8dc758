//! Ending early: cancel, fail-fast, the time-out of a run; and its very end.

use expect_test::expect;

use super::check;

#[test]
fn a_cancelled_run_ends_what_runs_and_skips_the_rest() {
    check(
        "a; b < a; nap(wait=1000); signoff(approve=1)",
        "start; cancel; a is cancelled",
        expect![[r#"
        start           run started
                        step ready: a
                        step waiting: nap until 1000
                        step waiting: signoff until 5000
        cancel          cancel requested by alice
                        run stopping: cancelled
                        attempt stopping: a, cancelled
                        step skipped: nap (cancelled)
                        step skipped: signoff (cancelled)
        a is cancelled  attempt ended: a (cancelled)
                        step skipped: a (cancelled)
                        step skipped: b (cancelled)
                        run finished: undecided
    "#]],
    );
}

#[test]
fn fail_fast_stops_at_the_first_failure_but_lets_the_clean_up_run() {
    check(
        "a; b; c < b; undo < a:failed",
        "start fail_fast; a exits 1; b is cancelled; undo exits 0",
        expect![[r#"
            start fail_fast  run started
                             step ready: a
                             step ready: b
            a exits 1        attempt ended: a (exit code 1)
                             step failed: a
                             run stopping: fail fast
                             step ready: undo
                             attempt stopping: b, fail fast
            b is cancelled   attempt ended: b (cancelled)
                             step skipped: b (fail fast)
                             step skipped: c (fail fast)
            undo exits 0     attempt ended: undo (exit code 0)
                             step passed: undo (exit code only)
                             run finished: failed
        "#]],
    );
}

#[test]
fn a_run_that_takes_too_long_is_undecided() {
    check(
        "a; b < a",
        "start timeout=100; tick 100; a is cancelled",
        expect![[r#"
        start timeout=100  run started
                           step ready: a
        at 100             timer fired: run
                           run stopping: timeout
                           attempt stopping: a, timeout
        a is cancelled     attempt ended: a (cancelled)
                           step skipped: a (timeout)
                           step skipped: b (timeout)
                           run finished: undecided
    "#]],
    );
}

#[test]
fn an_undeclared_change_of_the_tree_is_in_the_verdict() {
    check(
        "a",
        "start tree; a exits 0; tree src/main.rs",
        expect![[r#"
        start tree        run started
                          step ready: a
        a exits 0         attempt ended: a (exit code 0)
                          step passed: a (exit code only)
        tree src/main.rs  tree digested
                          run finished: passed, tree changed
    "#]],
    );
}

#[test]
fn nothing_is_taken_after_the_end() {
    check(
        "a",
        "start; a exits 0; cancel; send x; start",
        expect![[r#"
        start                     run started
                                  step ready: a
        a exits 0                 attempt ended: a (exit code 0)
                                  step passed: a (exit code only)
                                  run finished: passed
        cancel (refused: the run has ended)
        send x (refused: the run has ended)
        start (refused: the run has begun already)
    "#]],
    );
}

#[test]
fn the_time_between_two_processes_does_not_count_for_the_longest_that_a_run_may_take() {
    check(
        "signoff(approve=1); a < signoff",
        "start timeout=100; later 3000; resume; signoff yes by alice; tick 99; a exits 0",
        expect![[r#"
            start timeout=100     run started
                                  step waiting: signoff until 5000
            resume                run resumed
            signoff yes by alice  answered: signoff yes by alice
                                  step passed: signoff (answers)
                                  step ready: a
            a exits 0             attempt ended: a (exit code 0)
                                  step passed: a (exit code only)
                                  run finished: passed
        "#]],
    );
}

#[test]
fn what_cleans_up_after_the_first_failure_can_still_be_cancelled() {
    check(
        "a; undo < a:failed",
        "start fail_fast; a exits 1; cancel; undo is cancelled",
        expect![[r#"
            start fail_fast    run started
                               step ready: a
            a exits 1          attempt ended: a (exit code 1)
                               step failed: a
                               run stopping: fail fast
                               step ready: undo
            cancel             cancel requested by alice
                               run stopping: cancelled
                               attempt stopping: undo, cancelled
            undo is cancelled  attempt ended: undo (cancelled)
                               step skipped: undo (cancelled)
                               run finished: failed
        "#]],
    );
}

#[test]
fn a_rollback_that_is_a_call_runs_after_the_first_failure_too() {
    check(
        "a; b < a; undo(call=back) < a:failed | back: x; y < x",
        "start fail_fast; a exits 1; x exits 0; y exits 0",
        expect![[r#"
            start fail_fast  run started
                             step ready: a
            a exits 1        attempt ended: a (exit code 1)
                             step failed: a
                             run stopping: fail fast
                             step skipped: b (fail fast)
                             scope opened: 1 by undo
                             step ready: x
            x exits 0        attempt ended: x (exit code 0)
                             step passed: x (exit code only)
                             step ready: y
            y exits 0        attempt ended: y (exit code 0)
                             step passed: y (exit code only)
                             step passed: undo (scope)
                             run finished: failed
        "#]],
    );
}

#[test]
fn the_rest_that_is_cancelled_may_be_a_call_a_wait_a_retry_or_not_begun() {
    check(
        "a; c(call=inner); n(wait=9000); r(retry=1); x; u < x; one(first=1) < a c n r u | inner: i; k < i",
        "start; r exits 1; a exits 0; i is cancelled; x exits 0",
        expect![[r#"
            start           run started
                            step ready: a
                            scope opened: 1 by c
                            step waiting: n until 9000
                            step ready: r
                            step ready: x
                            step ready: i
            r exits 1       attempt ended: r (exit code 1)
                            retry scheduled: r (attempt 2) at 1000
            a exits 0       attempt ended: a (exit code 0)
                            step passed: a (exit code only)
                            step passed: one (joined)
                            step skipped: u (decided)
                            attempt stopping: i, decided
                            step skipped: n (decided)
                            step skipped: r (decided)
            i is cancelled  attempt ended: i (cancelled)
                            step skipped: i (decided)
                            step skipped: k (decided)
                            step skipped: c (scope)
            x exits 0       attempt ended: x (exit code 0)
                            step passed: x (exit code only)
                            run finished: passed
        "#]],
    );
}

#[test]
fn a_held_step_of_a_cancelled_run_is_undecided_and_not_skipped() {
    check(
        "a(once)",
        "start; a is lost; cancel",
        expect![[r#"
        start      run started
                   step ready: a
        a is lost  attempt ended: a (lost)
                   step held: a
        cancel     cancel requested by alice
                   run stopping: cancelled
                   step undecided: a (cancelled)
                   run finished: undecided
    "#]],
    );
}

#[test]
fn an_attempt_that_was_cancelled_though_nobody_asked_is_undecided() {
    check(
        "a",
        "start; a is cancelled",
        expect![[r#"
        start           run started
                        step ready: a
        a is cancelled  attempt ended: a (cancelled)
                        step undecided: a (exit)
                        run finished: undecided
    "#]],
    );
}

#[test]
fn a_failure_inside_a_call_that_may_fail_does_not_reach_the_verdict() {
    check(
        "c(call=inner,may_fail); z < c:any | inner: x",
        "start fail_fast; x exits 1; z exits 0",
        expect![[r#"
            start fail_fast  run started
                             scope opened: 1 by c
                             step ready: x
            x exits 1        attempt ended: x (exit code 1)
                             step failed: x
                             step failed: c (scope)
                             step ready: z
            z exits 0        attempt ended: z (exit code 0)
                             step passed: z (exit code only)
                             run finished: passed
        "#]],
    );
}

#[test]
fn a_gate_inside_a_call_that_may_fail_does_not_reach_the_verdict_either() {
    let state = |workflow| super::tell(workflow, "start; g finds 1").run.verdict().unwrap().state;
    assert_eq!(state("c(call=i) | i: g(gate)"), crate::policy::State::Failed);
    assert_eq!(state("c(call=i,may_fail) | i: g(gate)"), crate::policy::State::Passed);
}
