//! Claims about failures that a catch has handled: what they take along, and what is left of them.

use expect_test::expect;

use super::check;

#[test]
fn a_good_round_takes_back_every_failure_that_a_catch_has_handled() {
    check(
        "tokens; s(pass) -> a; a -> b; x(catch=error,on=a) -> a; b(pass)",
        "start; a exits 1; a#1 exits 1; a#2 exits 0",
        expect![[r#"
            start        run started
                         step passed: s
                         flow taken: s along 0
                         step ready: a
            a exits 1    attempt ended: a (exit code 1)
                         step failed: a
                         thrown: error failed by a, caught by x
                         step passed: x (error failed)
                         flow taken: x along 2
                         step ready: a#1
            a#1 exits 1  attempt ended: a#1 (exit code 1)
                         step failed: a#1
                         thrown: error failed by a#1, caught by x#1
                         step passed: x#1 (error failed)
                         flow taken: x#1 along 2
                         step ready: a#2
            a#2 exits 0  attempt ended: a#2 (exit code 0)
                         step passed: a#2 (exit code only)
                         flow taken: a#2 along 1
                         step passed: b
                         run finished: passed
        "#]],
    );
}

#[test]
fn what_a_good_round_takes_back_is_its_own() {
    check(
        "tokens; p(call=inner) -> z; z(pass) | inner: tokens; s(pass) -> a b; a -> c; x(catch=error,on=a) -> a; b; c(pass)",
        "start; b exits 1; a exits 1; a#1 exits 0",
        expect![[r#"
            start        run started
                         scope opened: 1 by p
                         step passed: s
                         flow taken: s along 1 2
                         step ready: a
                         step ready: b
            b exits 1    attempt ended: b (exit code 1)
                         step failed: b
                         incident: b: task failed
            a exits 1    attempt ended: a (exit code 1)
                         step failed: a
                         thrown: error failed by a, caught by x
                         step passed: x (error failed)
                         flow taken: x along 4
                         step ready: a#1
            a#1 exits 0  attempt ended: a#1 (exit code 0)
                         step passed: a#1 (exit code only)
                         flow taken: a#1 along 3
                         step passed: c
                         step failed: p (scope)
                         run finished: failed
        "#]],
    );
}

#[test]
fn what_ends_too_large_while_it_is_interrupted_hands_its_token_on() {
    let mut teller = super::tell("tokens; a; x(catch=signal:go,on=a) -> c; c(pass)", "start; signal go");
    let long = "x".repeat(crate::run::SET_BYTES_MAX + 1);
    teller.tell(&format!("a exits 0 writes x={long}"));
    let said = super::render::log(&teller.log).replace(&long, "…");
    expect![[r#"
        start                     run started
                                  step ready: a
                                  step waiting: x
        signal go                 signal received: go
                                  step passed: x (signal)
                                  attempt stopping: a, interrupted
        a exits 0 writes x=…  attempt ended: a (exit code 0)
                                  incident: a: value the variables are more than 3145728 bytes
                                  flow taken: x along 0
                                  step passed: c
                                  run finished: undecided
    "#]]
    .assert_eq(&said);
    teller.replay();
}

#[test]
fn a_good_round_of_a_whole_sub_process_takes_back_what_went_wrong_in_it() {
    check(
        "tokens; s(pass) -> p; p(call=inner) -> b; x(catch=error,on=p) -> p; b(pass) | inner: tokens; a",
        "start; a exits 1; a exits 0",
        expect![[r#"
            start      run started
                       step passed: s
                       flow taken: s along 0
                       scope opened: 1 by p
                       step ready: a
            a exits 1  attempt ended: a (exit code 1)
                       step failed: a
                       thrown: error failed by a, caught by x
                       step passed: x (error failed)
                       step skipped: p (scope)
                       flow taken: x along 2
                       scope opened: 2 by p#1
                       step ready: a
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       step passed: p#1 (scope)
                       flow taken: p#1 along 1
                       step passed: b
                       run finished: passed
        "#]],
    );
}

#[test]
fn fail_fast_stops_at_a_gate_that_was_judged_failed() {
    check(
        "tokens; f(pass) -> a y; a(gate) -> b; b; y",
        "start fail_fast; a finds 1; y is cancelled",
        expect![[r#"
            start fail_fast  run started
                             step passed: f
                             flow taken: f along 0 1
                             step ready: a
                             step ready: y
            a finds 1        attempt ended: a (exit code 1, 1 findings)
                             gate judged: a failed
                             step finished: a (evidence)
                             run stopping: fail fast
                             flow taken: a along 2
                             attempt stopping: y, fail fast
            y is cancelled   attempt ended: y (cancelled)
                             step skipped: y (fail fast)
                             run finished: failed
        "#]],
    );
}

#[test]
fn fail_fast_lets_a_catch_repair_and_stops_where_there_is_none() {
    check(
        "tokens; s(pass) -> a; a -> b; b -> c; c; x(catch=error,on=a) -> fix; fix -> a",
        "start fail_fast; a exits 1; fix exits 0; a#1 exits 0; b exits 1",
        expect![[r#"
            start fail_fast  run started
                             step passed: s
                             flow taken: s along 0
                             step ready: a
            a exits 1        attempt ended: a (exit code 1)
                             step failed: a
                             thrown: error failed by a, caught by x
                             step passed: x (error failed)
                             flow taken: x along 3
                             step ready: fix
            fix exits 0      attempt ended: fix (exit code 0)
                             step passed: fix (exit code only)
                             flow taken: fix along 4
                             step ready: a#1
            a#1 exits 0      attempt ended: a#1 (exit code 0)
                             step passed: a#1 (exit code only)
                             flow taken: a#1 along 1
                             step ready: b
            b exits 1        attempt ended: b (exit code 1)
                             step failed: b
                             incident: b: task failed
                             run stopping: fail fast
                             run finished: failed
        "#]],
    );
}
