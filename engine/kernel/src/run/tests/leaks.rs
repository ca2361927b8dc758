//! Claims about tokens that were once lost or doubled: each was found by random graphs.

use expect_test::expect;

use super::check;

#[test]
fn a_sub_process_ends_with_its_last_step_and_with_what_stood_beside_that() {
    check(
        "tokens; p(call=inner) -> b; b(pass) | inner: tokens; a; t(catch=timer:PT5S,on=a) -> c; c(pass)",
        "start; a exits 0",
        expect![[r#"
            start      run started
                       scope opened: 1 by p
                       step ready: a
                       step waiting: t until 5000
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       step skipped: t (withdrawn)
                       step passed: p (scope)
                       flow taken: p along 0
                       step passed: b
                       run finished: passed
        "#]],
    );
}

#[test]
fn a_catch_that_was_triggered_and_has_no_way_on_takes_its_token_along() {
    check(
        "tokens; a -> b; x(catch=error:failed,on=a) -> c?no; b; c",
        "start; a exits 1",
        expect![[r#"
            start      run started
                       step ready: a
            a exits 1  attempt ended: a (exit code 1)
                       step failed: a
                       thrown: error failed by a, caught by x
                       step passed: x (error failed)
                       condition asked: x edge 1: false
                       incident: x: no true condition
                       run finished: failed
        "#]],
    );
}

#[test]
fn a_signal_that_ends_the_scope_wakes_nothing_else_that_stands_beside_it() {
    check(
        "tokens; s(xor) -> a?yes b?default; a -> j; b -> j; j(all); x(catch=signal:g,on=scope) -> c; y(catch=signal:g,on=scope,keeps) -> d; c(pass); d(pass)",
        "start; a exits 0; signal g",
        expect![[r#"
            start      run started
                       step waiting: x
                       step waiting: y
                       step passed: s
                       condition asked: s edge 0: true
                       flow taken: s along 0
                       step ready: a
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 2
            signal g   signal received: g
                       step skipped: y (withdrawn)
                       step passed: x (signal)
                       flow taken: x along 4
                       step passed: c
                       run finished: passed
        "#]],
    );
    check(
        "tokens; p(call=inner); x(catch=signal:g,on=scope) -> c; c(pass) | inner: tokens; a; y(catch=signal:g,on=scope,keeps) -> d; d(pass)",
        "start; signal g; a is cancelled",
        expect![[r#"
            start           run started
                            step waiting: x
                            scope opened: 1 by p
                            step waiting: y
                            step ready: a
            signal g        signal received: g
                            step passed: x (signal)
                            attempt stopping: a, interrupted
                            step skipped: y (interrupted)
            a is cancelled  attempt ended: a (cancelled)
                            step skipped: a (interrupted)
                            step skipped: p (scope)
                            flow taken: x along 0
                            step passed: c
                            run finished: passed
        "#]],
    );
}

#[test]
fn a_failure_that_is_caught_inside_a_sub_process_does_not_end_it_badly() {
    check(
        "tokens; p(call=inner) -> b; b(pass) | inner: tokens; a; x(catch=error,on=a) -> c; c",
        "start; a exits 1; c exits 0",
        expect![[r#"
            start      run started
                       scope opened: 1 by p
                       step ready: a
            a exits 1  attempt ended: a (exit code 1)
                       step failed: a
                       thrown: error failed by a, caught by x
                       step passed: x (error failed)
                       flow taken: x along 1
                       step ready: c
            c exits 0  attempt ended: c (exit code 0)
                       step passed: c (exit code only)
                       step passed: p (scope)
                       flow taken: p along 0
                       step passed: b
                       run finished: failed
        "#]],
    );
}

#[test]
fn a_sub_process_that_ends_with_its_surroundings_has_not_passed() {
    check(
        "tokens; f(pass) -> p y; p(call=inner) -> z; z(pass); y -> e; e(throw=terminate) | inner: tokens; a",
        "start; y exits 0; a is cancelled",
        expect![[r#"
            start           run started
                            step passed: f
                            flow taken: f along 0 1
                            scope opened: 1 by p
                            step ready: y
                            step ready: a
            y exits 0       attempt ended: y (exit code 0)
                            step passed: y (exit code only)
                            flow taken: y along 3
                            thrown: termination by e
                            step passed: e (thrown)
                            attempt stopping: a, terminated
            a is cancelled  attempt ended: a (cancelled)
                            step skipped: a (terminated)
                            step skipped: p (scope)
                            run finished: passed
        "#]],
    );
}

#[test]
fn a_rival_whose_key_is_not_known_takes_the_others_along() {
    check(
        "tokens; g(event) -> m t; m(catch=message:go@=unknown) -> c; t(catch=timer:PT5S) -> d; c(pass); d(pass)",
        "start",
        expect![[r#"
            start  run started
                   step passed: g
                   flow taken: g along 0 1
                   value asked: m key: unknown
                   incident: m: value something is not known
                   step skipped: t (withdrawn)
                   run finished: undecided
        "#]],
    );
}

#[test]
fn what_stands_beside_a_scope_hears_its_first_step() {
    check(
        "tokens; p(call=inner) | inner: tokens; e(throw=signal:go) -> a; a(pass); h(catch=signal:go,on=scope) -> b; b(pass)",
        "start",
        expect![[r#"
            start  run started
                   scope opened: 1 by p
                   step waiting: h
                   thrown: signal go by e, reaches 1
                   step passed: e (thrown)
                   step passed: h (signal)
                   flow taken: h along 1
                   step passed: b
                   step passed: p (scope)
                   run finished: passed
        "#]],
    );
}
