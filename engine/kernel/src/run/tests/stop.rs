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
