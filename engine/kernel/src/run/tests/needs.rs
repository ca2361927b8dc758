//! Who runs, who is skipped, and because of whom (design: what a step's end means).

use expect_test::expect;

use super::check;

#[test]
fn a_failed_step_skips_what_needs_it_and_nothing_else() {
    check(
        "lint; build; test < build; publish < test lint",
        "start; build exits 1; lint exits 0",
        expect![[r#"
            start          run started
                           step ready: lint
                           step ready: build
            build exits 1  attempt ended: build (exit code 1)
                           step failed: build
                           step skipped: test, because of build
            lint exits 0   attempt ended: lint (exit code 0)
                           step passed: lint (exit code only)
                           step skipped: publish, because of test
                           run finished: failed
        "#]],
    );
}

#[test]
fn a_gate_with_findings_is_finished_and_what_needs_it_runs() {
    check(
        "lint(gate); test < lint",
        "start; lint finds 2; test exits 0",
        expect![[r#"
        start         run started
                      step ready: lint
        lint finds 2  attempt ended: lint (exit code 1, 2 findings)
                      gate judged: lint failed
                      step finished: lint (evidence)
                      step ready: test
        test exits 0  attempt ended: test (exit code 0)
                      step passed: test (exit code only)
                      run finished: failed
    "#]],
    );
}

#[test]
fn a_gate_that_must_succeed_fails_on_errors() {
    check(
        "build(must); test < build",
        "start; build finds 1",
        expect![[r#"
        start          run started
                       step ready: build
        build finds 1  attempt ended: build (exit code 1, 1 findings)
                       gate judged: build failed
                       step failed: build (evidence)
                       step skipped: test, because of build
                       run finished: failed
    "#]],
    );
}

#[test]
fn an_unreadable_report_is_undecided_and_not_a_pass() {
    check(
        "lint(gate); test < lint",
        "start; lint garbles",
        expect![[r#"
        start         run started
                      step ready: lint
        lint garbles  attempt ended: lint (exit code 0, unreadable: it is cut off)
                      step undecided: lint (unreadable)
                      step skipped: test, because of lint
                      run finished: undecided
    "#]],
    );
}

#[test]
fn a_report_without_findings_contradicts_an_exit_code_that_says_there_are() {
    check(
        "lint(gate)",
        "start; lint claims findings",
        expect![[r#"
        start                 run started
                              step ready: lint
        lint claims findings  attempt ended: lint (exit code 1, 0 findings)
                              gate judged: lint passed
                              step undecided: lint (disagreement)
                              run finished: undecided
    "#]],
    );
}

#[test]
fn a_missing_tool_a_crash_and_a_time_out_of_a_gate_are_undecided() {
    check(
        "a(gate); b(gate); c(gate,timeout=10)",
        "start; a is missing; b crashes; tick 10; c is timed out",
        expect![[r#"
            start           run started
                            step ready: a
                            step ready: b
                            step ready: c
            a is missing    attempt ended: a (not started {"why":"no such program"})
                            step undecided: a (exit)
            b crashes       attempt ended: b (signaled {"signal":11})
                            step undecided: b (exit)
            at 10           timer fired: attempt
                            attempt stopping: c, timeout
            c is timed out  attempt ended: c (timed out)
                            step undecided: c (exit)
                            run finished: undecided
        "#]],
    );
}

#[test]
fn a_clean_up_step_runs_however_the_others_ended() {
    check(
        "deploy; rollback < deploy:failed; report < deploy:any rollback:any",
        "start; deploy exits 1; rollback exits 0; report exits 0",
        expect![[r#"
            start             run started
                              step ready: deploy
            deploy exits 1    attempt ended: deploy (exit code 1)
                              step failed: deploy
                              step ready: rollback
            rollback exits 0  attempt ended: rollback (exit code 0)
                              step passed: rollback (exit code only)
                              step ready: report
            report exits 0    attempt ended: report (exit code 0)
                              step passed: report (exit code only)
                              run finished: failed
        "#]],
    );
}

#[test]
fn a_rollback_is_skipped_when_nothing_failed() {
    check(
        "deploy; rollback < deploy:failed",
        "start; deploy exits 0",
        expect![[r#"
        start           run started
                        step ready: deploy
        deploy exits 0  attempt ended: deploy (exit code 0)
                        step passed: deploy (exit code only)
                        step skipped: rollback, because of deploy
                        run finished: passed
    "#]],
    );
}

#[test]
fn a_gate_judged_failed_is_a_failure_to_those_who_ask_for_one() {
    check(
        "smoke(gate); rollback < smoke:failed",
        "start; smoke finds 1; rollback exits 0",
        expect![[r#"
        start             run started
                          step ready: smoke
        smoke finds 1     attempt ended: smoke (exit code 1, 1 findings)
                          gate judged: smoke failed
                          step finished: smoke (evidence)
                          step ready: rollback
        rollback exits 0  attempt ended: rollback (exit code 0)
                          step passed: rollback (exit code only)
                          run finished: failed
    "#]],
    );
}

#[test]
fn a_false_condition_is_not_applicable_and_satisfies_what_needs_it() {
    check(
        "a(if=no); b < a; c(if=yes)",
        "start; b exits 0; c exits 0",
        expect![[r#"
        start      run started
                   condition asked: a: false
                   step not applicable: a (condition)
                   condition asked: c: true
                   step ready: c
                   step ready: b
        b exits 0  attempt ended: b (exit code 0)
                   step passed: b (exit code only)
        c exits 0  attempt ended: c (exit code 0)
                   step passed: c (exit code only)
                   run finished: passed
    "#]],
    );
}

#[test]
fn an_unknown_or_wrong_condition_is_undecided_never_false() {
    check(
        "a(if=unknown); b(if=nonsense); c < a",
        "start",
        expect![[r#"
        start  run started
               condition asked: a: unknown
               step undecided: a (condition)
               condition asked: b: wrong (no expression engine is present)
               step undecided: b (condition)
               step skipped: c, because of a
               run finished: undecided
    "#]],
    );
}

#[test]
fn a_step_that_a_flag_left_out_satisfies_what_needs_it_and_makes_the_verdict_partial() {
    check(
        "a; b < a",
        "start without=a; b exits 0",
        expect![[r#"
        start without=a  run started
                         step not applicable: a (not selected)
                         step ready: b
        b exits 0        attempt ended: b (exit code 0)
                         step passed: b (exit code only)
                         run finished: passed
    "#]],
    );
}

#[test]
fn a_failure_that_is_allowed_does_not_reach_the_verdict() {
    check(
        "a(may_fail); b",
        "start; a exits 1; b exits 0",
        expect![[r#"
        start      run started
                   step ready: a
                   step ready: b
        a exits 1  attempt ended: a (exit code 1)
                   step failed: a
        b exits 0  attempt ended: b (exit code 0)
                   step passed: b (exit code only)
                   run finished: passed
    "#]],
    );
}

#[test]
fn two_of_three_are_enough_and_the_rest_is_cancelled() {
    check(
        "a; b; c; two(first=2) < a b c; d < two",
        "start; a exits 0; b exits 0; c is cancelled; d exits 0",
        expect![[r#"
            start           run started
                            step ready: a
                            step ready: b
                            step ready: c
            a exits 0       attempt ended: a (exit code 0)
                            step passed: a (exit code only)
            b exits 0       attempt ended: b (exit code 0)
                            step passed: b (exit code only)
                            step passed: two (joined)
                            step ready: d
                            attempt stopping: c, decided
            c is cancelled  attempt ended: c (cancelled)
                            step skipped: c (decided)
            d exits 0       attempt ended: d (exit code 0)
                            step passed: d (exit code only)
                            run finished: passed
        "#]],
    );
}

#[test]
fn at_least_fails_as_soon_as_it_cannot_be_reached() {
    check(
        "a; b; c; two(at_least=2) < a b c; d < two",
        "start; a exits 1; b exits 1; c exits 0",
        expect![[r#"
            start      run started
                       step ready: a
                       step ready: b
                       step ready: c
            a exits 1  attempt ended: a (exit code 1)
                       step failed: a
            b exits 1  attempt ended: b (exit code 1)
                       step failed: b
                       step failed: two (joined)
                       step skipped: d, because of two
            c exits 0  attempt ended: c (exit code 0)
                       step passed: c (exit code only)
                       run finished: failed
        "#]],
    );
}

#[test]
fn a_call_settles_as_the_scope_it_opened() {
    check(
        "a; deploy(call=inner) < a; z < deploy | inner: x; y < x",
        "start; a exits 0; x exits 0; y exits 1",
        expect![[r#"
            start      run started
                       step ready: a
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       scope opened: 1 by deploy
                       step ready: x
            x exits 0  attempt ended: x (exit code 0)
                       step passed: x (exit code only)
                       step ready: y
            y exits 1  attempt ended: y (exit code 1)
                       step failed: y
                       step failed: deploy (scope)
                       step skipped: z, because of deploy
                       run finished: failed
        "#]],
    );
}

#[test]
fn a_judge_lets_nothing_through_that_did_not_pass() {
    check(
        "lint(gate); ready(judge=test) < lint; deploy < ready",
        "start; lint finds 1",
        expect![[r#"
        start         run started
                      step ready: lint
        lint finds 1  attempt ended: lint (exit code 1, 1 findings)
                      gate judged: lint failed
                      step finished: lint (evidence)
                      judge taken: ready failed
                      step failed: ready (judge)
                      step skipped: deploy, because of ready
                      run finished: failed
    "#]],
    );
}

#[test]
fn a_judge_that_passed_lets_the_release_go_on() {
    check(
        "lint(gate); ready(judge=test) < lint; deploy < ready",
        "start; lint finds nothing; deploy exits 0",
        expect![[r#"
            start               run started
                                step ready: lint
            lint finds nothing  attempt ended: lint (exit code 0, 0 findings)
                                gate judged: lint passed
                                step finished: lint (evidence)
                                judge taken: ready passed
                                step passed: ready (judge)
                                step ready: deploy
            deploy exits 0      attempt ended: deploy (exit code 0)
                                step passed: deploy (exit code only)
                                run finished: passed
        "#]],
    );
}
