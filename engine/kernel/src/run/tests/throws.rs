//! Claims about throws: who catches them, and what becomes of what they leave.

use expect_test::expect;

use super::check;

#[test]
fn an_error_ends_the_scope_whose_boundary_catches_it() {
    check(
        "tokens; p(call=inner) -> b; x(catch=error:broken,on=p) -> c; b; c | inner: tokens; f(pass) -> y e; y; e(throw=error:broken)",
        "start; y is cancelled; c exits 0",
        expect![[r#"
            start           run started
                            scope opened: 1 by p
                            step passed: f
                            flow taken: f along 2 3
                            step ready: y
                            thrown: error broken by e, caught by x
                            step passed: e (thrown)
                            step passed: x (error broken)
                            step skipped: y (interrupted)
                            step skipped: p (scope)
                            flow taken: x along 1
                            step ready: c
            y is cancelled  attempt ignored: y
            c exits 0       attempt ended: c (exit code 0)
                            step passed: c (exit code only)
                            run finished: passed
        "#]],
    );
}

#[test]
fn a_catch_that_names_the_code_comes_before_one_that_takes_any() {
    check(
        "tokens; p(call=inner); any(catch=error,on=p) -> c; named(catch=error:broken,on=p) -> d; c(pass); d(pass) | inner: tokens; e(throw=error:broken)",
        "start",
        expect![[r#"
            start  run started
                   scope opened: 1 by p
                   thrown: error broken by e, caught by named
                   step passed: e (thrown)
                   step passed: named (error broken)
                   step skipped: p (scope)
                   flow taken: named along 1
                   step passed: d
                   run finished: passed
        "#]],
    );
    check(
        "tokens; p(call=inner); any(catch=error,on=p) -> c; named(catch=error:broken,on=p) -> d; c(pass); d(pass) | inner: tokens; e(throw=error:other)",
        "start",
        expect![[r#"
            start  run started
                   scope opened: 1 by p
                   thrown: error other by e, caught by any
                   step passed: e (thrown)
                   step passed: any (error other)
                   step skipped: p (scope)
                   flow taken: any along 0
                   step passed: c
                   run finished: passed
        "#]],
    );
}

#[test]
fn an_uncaught_error_is_an_incident_and_the_scope_around_does_not_go_on() {
    check(
        "tokens; p(call=inner) -> b; b | inner: tokens; e(throw=error:broken)",
        "start",
        expect![[r#"
        start  run started
               scope opened: 1 by p
               incident: e: uncaught broken
               step undecided: p (scope)
               run finished: undecided
    "#]],
    );
}

#[test]
fn an_event_sub_process_catches_the_error_of_its_own_scope() {
    check(
        "tokens; f(pass) -> a e; a; e(throw=error:broken); x(catch=error,on=scope) -> h; h(call=handler) | handler: tokens; y",
        "start; a is cancelled; y exits 0",
        expect![[r#"
            start           run started
                            step passed: f
                            flow taken: f along 0 1
                            step ready: a
                            thrown: error broken by e, caught by x
                            step passed: e (thrown)
                            step passed: x (error broken)
                            step skipped: a (interrupted)
                            flow taken: x along 2
                            scope opened: 1 by h
                            step ready: y
            a is cancelled  attempt ignored: a
            y exits 0       attempt ended: y (exit code 0)
                            step passed: y (exit code only)
                            step passed: h (scope)
                            run finished: passed
        "#]],
    );
}

#[test]
fn an_error_of_an_event_sub_process_is_not_caught_beside_it() {
    check(
        "tokens; p(call=inner) -> b; out(catch=error,on=p) -> c; b(pass); c(pass) | inner: tokens; e(throw=error:broken); x(catch=error,on=scope) -> h; h(call=handler) | handler: tokens; y(throw=error:again)",
        "start",
        expect![[r#"
            start  run started
                   scope opened: 1 by p
                   thrown: error broken by e, caught by x
                   step passed: e (thrown)
                   step passed: x (error broken)
                   flow taken: x along 2
                   scope opened: 2 by h
                   thrown: error again by y, caught by out
                   step passed: y (thrown)
                   step passed: out (error again)
                   step skipped: h (scope)
                   step skipped: p (scope)
                   flow taken: out along 1
                   step passed: c
                   run finished: passed
        "#]],
    );
}

#[test]
fn an_escalation_lets_the_thrower_go_on() {
    check(
        "tokens; p(call=inner) -> b; x(catch=escalation:late,on=p,keeps) -> c; b(pass); c(pass) | inner: tokens; e(throw=escalation:late) -> y; y",
        "start; y exits 0",
        expect![[r#"
            start      run started
                       scope opened: 1 by p
                       thrown: escalation late by e, caught by x
                       step passed: e (thrown)
                       step passed: x (escalation late)
                       flow taken: e along 2
                       flow taken: x along 1
                       step ready: y
                       step passed: c
            y exits 0  attempt ended: y (exit code 0)
                       step passed: y (exit code only)
                       step passed: p (scope)
                       flow taken: p along 0
                       step passed: b
                       run finished: passed
        "#]],
    );
}

#[test]
fn an_escalation_that_nobody_catches_changes_nothing() {
    check(
        "tokens; e(throw=escalation:late) -> y; y",
        "start; y exits 0",
        expect![[r#"
        start      run started
                   thrown: escalation late by e
                   step passed: e (thrown)
                   flow taken: e along 0
                   step ready: y
        y exits 0  attempt ended: y (exit code 0)
                   step passed: y (exit code only)
                   run finished: passed
    "#]],
    );
}

#[test]
fn a_signal_reaches_everything_that_waits_and_a_message_what_waits_for_its_key() {
    check(
        "tokens; f(pass) -> a b c; a(catch=signal:go) -> z; b(catch=message:go@7) -> z; c -> s; s(throw=signal:go) -> m; m(throw=message:go@7) -> z; z(pass)",
        "start; c exits 0",
        expect![[r#"
            start      run started
                       step passed: f
                       flow taken: f along 0 1 2
                       step waiting: a
                       step waiting: b for 7
                       step ready: c
            c exits 0  attempt ended: c (exit code 0)
                       step passed: c (exit code only)
                       flow taken: c along 5
                       thrown: signal go by s, reaches 1
                       step passed: s (thrown)
                       step passed: a (signal)
                       flow taken: s along 6
                       flow taken: a along 3
                       thrown: message go for 7 by m, reaches 1
                       step passed: z
                       step passed: m (thrown)
                       step passed: b (message)
                       flow taken: m along 7
                       flow taken: b along 4
                       step passed: z#1
                       step passed: z#2
                       run finished: passed
        "#]],
    );
}

#[test]
fn a_termination_ends_its_scope_well_and_nothing_around_it() {
    check(
        "tokens; p(call=inner) -> b; b | inner: tokens; f(pass) -> x e; x; e(throw=terminate)",
        "start; x is cancelled; b exits 0",
        expect![[r#"
            start           run started
                            scope opened: 1 by p
                            step passed: f
                            flow taken: f along 1 2
                            step ready: x
                            thrown: termination by e
                            step passed: e (thrown)
                            step skipped: x (terminated)
                            step passed: p (scope)
                            flow taken: p along 0
                            step ready: b
            x is cancelled  attempt ignored: x
            b exits 0       attempt ended: b (exit code 0)
                            step passed: b (exit code only)
                            run finished: passed
        "#]],
    );
}

#[test]
fn a_termination_at_the_top_ends_the_run_and_no_reason_is_left() {
    check(
        "tokens; f(pass) -> x e j; x -> j; e(throw=terminate); j(all)",
        "start; x is cancelled",
        expect![[r#"
            start           run started
                            step passed: f
                            flow taken: f along 0 1 2
                            step ready: x
                            thrown: termination by e
                            step passed: e (thrown)
                            step skipped: x (terminated)
                            run finished: passed
            x is cancelled  attempt ignored: x
        "#]],
    );
}

#[test]
fn a_failure_in_a_sub_process_looks_outwards() {
    check(
        "tokens; p(call=inner) -> b; x(catch=error:failed,on=p) -> c; b; c | inner: tokens; a -> z; z",
        "start; a exits 1; c exits 0",
        expect![[r#"
            start      run started
                       scope opened: 1 by p
                       step ready: a
            a exits 1  attempt ended: a (exit code 1)
                       step failed: a
                       thrown: error failed by a, caught by x
                       step passed: x (error failed)
                       step skipped: p (scope)
                       flow taken: x along 1
                       step ready: c
            c exits 0  attempt ended: c (exit code 0)
                       step passed: c (exit code only)
                       run finished: failed
        "#]],
    );
}
