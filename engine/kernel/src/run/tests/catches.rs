//! Claims about catches: beside steps and scopes, in the flow, racing.

use expect_test::expect;

use super::check;

#[test]
fn a_timer_beside_a_step_ends_it_and_its_token_goes_on_from_there() {
    check(
        "tokens; a -> b; t(catch=timer:PT5S,on=a) -> c; b; c",
        "start; tick 6000; a is cancelled; c exits 0",
        expect![[r#"
            start           run started
                            step ready: a
                            step waiting: t until 5000
            at 5000         timer fired: wait
                            step passed: t (time)
                            attempt stopping: a, interrupted
            a is cancelled  attempt ended: a (cancelled)
                            step skipped: a (interrupted)
                            flow taken: t along 1
                            step ready: c
            c exits 0       attempt ended: c (exit code 0)
                            step passed: c (exit code only)
                            run finished: passed
        "#]],
    );
}

#[test]
fn a_step_that_ends_in_time_withdraws_what_stands_beside_it() {
    check(
        "tokens; a -> b; t(catch=timer:PT5S,on=a) -> c; b; c",
        "start; a exits 0; tick 6000; b exits 0",
        expect![[r#"
            start      run started
                       step ready: a
                       step waiting: t until 5000
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       step skipped: t (withdrawn)
                       flow taken: a along 0
                       step ready: b
            b exits 0  attempt ended: b (exit code 0)
                       step passed: b (exit code only)
                       run finished: passed
        "#]],
    );
}

#[test]
fn a_catch_that_does_not_interrupt_brings_a_token_of_its_own_and_is_armed_again() {
    check(
        "tokens; a; m(catch=message:news,on=a,keeps) -> c; c",
        "start; send news; send news; a exits 0; send news; c exits 0; c#1 exits 0",
        expect![[r#"
            start                     run started
                                      step ready: a
                                      step waiting: m
            send news                 message received: news
                                      step passed: m (message)
                                      step waiting: m#1
                                      flow taken: m along 0
                                      step ready: c
            send news                 message received: news
                                      step passed: m#1 (message)
                                      step waiting: m#2
                                      flow taken: m#1 along 0
                                      step ready: c#1
            a exits 0                 attempt ended: a (exit code 0)
                                      step passed: a (exit code only)
                                      step skipped: m#2 (withdrawn)
            send news (refused: nothing waits for the message `news`)
            c exits 0                 attempt ended: c (exit code 0)
                                      step passed: c (exit code only)
            c#1 exits 0               attempt ended: c#1 (exit code 0)
                                      step passed: c#1 (exit code only)
                                      run finished: passed
        "#]],
    );
}

#[test]
fn a_repeating_timer_fires_as_often_as_it_says() {
    check(
        "tokens; a; t(catch=timer:R2/PT5S,on=a,keeps) -> c; c(pass)",
        "start; tick 60000; a exits 0",
        expect![[r#"
            start      run started
                       step ready: a
                       step waiting: t until 5000
            at 5000    timer fired: wait
                       step passed: t (time)
                       step waiting: t#1 until 10000
                       flow taken: t along 0
                       step passed: c
            at 10000   timer fired: wait
                       step passed: t#1 (time)
                       flow taken: t#1 along 0
                       step passed: c#1
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       run finished: passed
        "#]],
    );
}

#[test]
fn a_step_whose_time_cannot_be_evaluated_goes_on_and_the_run_is_undecided() {
    check(
        "tokens; a; t(catch=timer:=nothing,on=a) -> c; c(pass)",
        "start; a exits 0",
        expect![[r#"
        start      run started
                   step ready: a
                   value asked: t: wrong (no expression engine is present)
                   incident: t: value no expression engine is present
        a exits 0  attempt ended: a (exit code 0)
                   step passed: a (exit code only)
                   run finished: undecided
    "#]],
    );
    check(
        "tokens; a; t(catch=timer:soon,on=a) -> c; c(pass)",
        "start; a exits 0",
        expect![[r#"
        start      run started
                   step ready: a
                   incident: t: value `soon` is no time: this is neither a duration, a date nor a cycle
        a exits 0  attempt ended: a (exit code 0)
                   step passed: a (exit code only)
                   run finished: undecided
    "#]],
    );
}

#[test]
fn an_error_beside_a_step_catches_its_failure() {
    check(
        "tokens; a -> b; x(catch=error,on=a) -> repair; b; repair",
        "start; a exits 1; repair exits 0",
        expect![[r#"
            start           run started
                            step ready: a
            a exits 1       attempt ended: a (exit code 1)
                            step failed: a
                            thrown: error failed by a, caught by x
                            step passed: x (error failed)
                            flow taken: x along 1
                            step ready: repair
            repair exits 0  attempt ended: repair (exit code 0)
                            step passed: repair (exit code only)
                            run finished: failed
        "#]],
    );
}

#[test]
fn a_failure_that_nothing_catches_is_an_incident() {
    check(
        "tokens; a -> b; x(catch=error:other,on=a) -> repair; b; repair",
        "start; a exits 1",
        expect![[r#"
        start      run started
                   step ready: a
        a exits 1  attempt ended: a (exit code 1)
                   step failed: a
                   incident: a: task failed
                   run finished: failed
    "#]],
    );
}

#[test]
fn catches_in_the_flow_wait_for_their_trigger() {
    check(
        "tokens; t(catch=timer:PT5S) -> m; m(catch=message:paid@7) -> s; s(catch=signal:go) -> e; e(pass)",
        "start; tick 5000; send paid; send paid 7; signal stop; signal go",
        expect![[r#"
            start                     run started
                                      step waiting: t until 5000
            at 5000                   timer fired: wait
                                      step passed: t (time)
                                      flow taken: t along 0
                                      step waiting: m for 7
            send paid (refused: nothing waits for the message `paid`)
            send paid 7               message received: paid
                                      step passed: m (message)
                                      flow taken: m along 1
                                      step waiting: s
            signal stop (refused: nothing waits for the signal `stop`)
            signal go                 signal received: go
                                      step passed: s (signal)
                                      flow taken: s along 2
                                      step passed: e
                                      run finished: passed
        "#]],
    );
}

#[test]
fn the_first_of_racing_catches_withdraws_the_others() {
    check(
        "tokens; g(event) -> m t s; m(catch=message:paid) -> a; t(catch=timer:PT5S) -> b; s(catch=signal:go) -> c; a; b; c",
        "start; send paid; tick 6000; a exits 0",
        expect![[r#"
            start      run started
                       step passed: g
                       flow taken: g along 0 1 2
                       step waiting: m
                       step waiting: t until 5000
                       step waiting: s
            send paid  message received: paid
                       step passed: m (message)
                       step skipped: s (withdrawn)
                       step skipped: t (withdrawn)
                       flow taken: m along 3
                       step ready: a
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       run finished: passed
        "#]],
    );
}

#[test]
fn a_signal_that_two_rivals_wait_for_lets_one_of_them_go_on() {
    check(
        "tokens; g(event) -> m s; m(catch=signal:go) -> a; s(catch=signal:go) -> c; a(pass); c(pass)",
        "start; signal go",
        expect![[r#"
            start      run started
                       step passed: g
                       flow taken: g along 0 1
                       step waiting: m
                       step waiting: s
            signal go  signal received: go
                       step passed: m (signal)
                       step skipped: s (withdrawn)
                       flow taken: m along 2
                       step passed: a
                       run finished: passed
        "#]],
    );
}

#[test]
fn a_boundary_of_a_call_ends_everything_that_it_opened() {
    check(
        "tokens; p(call=inner) -> b; t(catch=timer:PT5S,on=p) -> c; b; c | inner: tokens; f(pass) -> x y; x -> j; y -> j; j(all)",
        "start; x exits 0; tick 5000; y is cancelled; c exits 0",
        expect![[r#"
            start           run started
                            scope opened: 1 by p
                            step waiting: t until 5000
                            step passed: f
                            flow taken: f along 2 3
                            step ready: x
                            step ready: y
            x exits 0       attempt ended: x (exit code 0)
                            step passed: x (exit code only)
                            flow taken: x along 4
            at 5000         timer fired: wait
                            step passed: t (time)
                            attempt stopping: y, interrupted
            y is cancelled  attempt ended: y (cancelled)
                            step skipped: y (interrupted)
                            step skipped: p (scope)
                            flow taken: t along 1
                            step ready: c
            c exits 0       attempt ended: c (exit code 0)
                            step passed: c (exit code only)
                            run finished: passed
        "#]],
    );
}

#[test]
fn an_event_sub_process_that_interrupts_ends_all_else_in_its_scope_first() {
    check(
        "tokens; f(pass) -> a b; a; b; s(catch=message:stop,on=scope) -> h; h(call=handler) | handler: tokens; x",
        "start; send stop; a is cancelled; b is cancelled; x exits 0",
        expect![[r#"
            start           run started
                            step waiting: s
                            step passed: f
                            flow taken: f along 0 1
                            step ready: a
                            step ready: b
            send stop       message received: stop
                            step passed: s (message)
                            attempt stopping: a, interrupted
                            attempt stopping: b, interrupted
            a is cancelled  attempt ended: a (cancelled)
                            step skipped: a (interrupted)
            b is cancelled  attempt ended: b (cancelled)
                            step skipped: b (interrupted)
                            flow taken: s along 2
                            scope opened: 1 by h
                            step ready: x
            x exits 0       attempt ended: x (exit code 0)
                            step passed: x (exit code only)
                            step passed: h (scope)
                            run finished: passed
        "#]],
    );
}

#[test]
fn an_event_sub_process_that_does_not_interrupt_runs_beside() {
    check(
        "tokens; a; s(catch=message:news,on=scope,keeps) -> h; h(call=handler) | handler: tokens; x",
        "start; send news; send news; x exits 0; a exits 0; x exits 0",
        expect![[r#"
            start      run started
                       step waiting: s
                       step ready: a
            send news  message received: news
                       step passed: s (message)
                       step waiting: s#1
                       flow taken: s along 0
                       scope opened: 1 by h
                       step ready: x
            send news  message received: news
                       step passed: s#1 (message)
                       step waiting: s#2
                       flow taken: s#1 along 0
                       scope opened: 2 by h#1
                       step ready: x
            x exits 0  attempt ended: x (exit code 0)
                       step passed: x (exit code only)
                       step passed: h#1 (scope)
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
            x exits 0  attempt ended: x (exit code 0)
                       step passed: x (exit code only)
                       step passed: h (scope)
                       step skipped: s#2 (withdrawn)
                       run finished: passed
        "#]],
    );
}

#[test]
fn what_waits_beside_a_scope_goes_when_the_scope_ends() {
    check(
        "tokens; p(call=inner) -> z; z | inner: tokens; a; s(catch=timer:PT1H,on=scope) -> h; h(pass)",
        "start; a exits 0; tick 4000000; z exits 0",
        expect![[r#"
            start      run started
                       scope opened: 1 by p
                       step waiting: s until 3600000
                       step ready: a
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       step skipped: s (withdrawn)
                       step passed: p (scope)
                       flow taken: p along 0
                       step ready: z
            z exits 0  attempt ended: z (exit code 0)
                       step passed: z (exit code only)
                       run finished: passed
        "#]],
    );
}

#[test]
fn two_interrupting_catches_for_one_signal_end_a_step_once() {
    check(
        "tokens; a; s(catch=signal:go,on=a) -> c; t(catch=signal:go,on=a) -> d; k(catch=signal:go,on=a,keeps) -> e; c(pass); d(pass); e(pass)",
        "start; signal go; a is cancelled",
        expect![[r#"
            start           run started
                            step ready: a
                            step waiting: s
                            step waiting: t
                            step waiting: k
            signal go       signal received: go
                            step skipped: k (withdrawn)
                            step skipped: t (withdrawn)
                            step passed: s (signal)
                            attempt stopping: a, interrupted
            a is cancelled  attempt ended: a (cancelled)
                            step skipped: a (interrupted)
                            flow taken: s along 0
                            step passed: c
                            run finished: passed
        "#]],
    );
}

#[test]
fn a_good_round_takes_back_a_failure_that_a_catch_has_handled() {
    check(
        "tokens; s(pass) -> m; m(pass) -> a; a -> b; x(catch=error,on=a) -> fix; fix -> m; b(pass)",
        "start; a exits 1; fix exits 0; a#1 exits 0",
        expect![[r#"
            start        run started
                         step passed: s
                         flow taken: s along 0
                         step passed: m
                         flow taken: m along 1
                         step ready: a
            a exits 1    attempt ended: a (exit code 1)
                         step failed: a
                         thrown: error failed by a, caught by x
                         step passed: x (error failed)
                         flow taken: x along 3
                         step ready: fix
            fix exits 0  attempt ended: fix (exit code 0)
                         step passed: fix (exit code only)
                         flow taken: fix along 4
                         step passed: m#1
                         flow taken: m#1 along 1
                         step ready: a#1
            a#1 exits 0  attempt ended: a#1 (exit code 0)
                         step passed: a#1 (exit code only)
                         flow taken: a#1 along 2
                         step passed: b
                         run finished: passed
        "#]],
    );
}

#[test]
fn a_gate_that_was_judged_failed_goes_on_unless_a_catch_stands_beside_it() {
    check(
        "tokens; a(gate) -> b; b(pass)",
        "start; a finds 1",
        expect![[r#"
        start      run started
                   step ready: a
        a finds 1  attempt ended: a (exit code 1, 1 findings)
                   gate judged: a failed
                   step finished: a (evidence)
                   flow taken: a along 0
                   step passed: b
                   run finished: failed
    "#]],
    );
    check(
        "tokens; s(pass) -> a; a(gate) -> b; x(catch=error:failed,on=a) -> fix; fix -> a; b(pass)",
        "start; a finds 1; fix exits 0; a#1 finds nothing",
        expect![[r#"
            start              run started
                               step passed: s
                               flow taken: s along 0
                               step ready: a
            a finds 1          attempt ended: a (exit code 1, 1 findings)
                               gate judged: a failed
                               step finished: a (evidence)
                               thrown: error failed by a, caught by x
                               step passed: x (error failed)
                               flow taken: x along 2
                               step ready: fix
            fix exits 0        attempt ended: fix (exit code 0)
                               step passed: fix (exit code only)
                               flow taken: fix along 3
                               step ready: a#1
            a#1 finds nothing  attempt ended: a#1 (exit code 0, 0 findings)
                               gate judged: a#1 passed
                               step finished: a#1 (evidence)
                               flow taken: a#1 along 1
                               step passed: b
                               run finished: passed
        "#]],
    );
}
