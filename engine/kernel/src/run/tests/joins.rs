//! Claims about joins of tokens: what they wait for, what they do not, and what is said of those that wait for ever.

use expect_test::expect;

use super::check;

#[test]
fn two_tokens_on_one_flow_do_not_fire_a_parallel_join() {
    check(
        "tokens; s(pass) -> a b; a -> m; b -> m; m(pass) -> j; c -> j; j(all) -> e; e(pass); s2(xor) -> c?no d?default; d(pass)",
        "start; a exits 0; b exits 0",
        expect![[r#"
            start      run started
                       step passed: s
                       step passed: s2
                       flow taken: s along 0 1
                       condition asked: s2 edge 7: false
                       flow taken: s2 along 8
                       step ready: a
                       step ready: b
                       step passed: d
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 2
                       step passed: m
                       flow taken: m along 4
            b exits 0  attempt ended: b (exit code 0)
                       step passed: b (exit code only)
                       flow taken: b along 3
                       step passed: m#1
                       flow taken: m#1 along 4
                       stuck: j
                       run finished: undecided
        "#]],
    );
}

#[test]
fn a_parallel_join_in_a_loop_takes_one_token_from_each_flow_in_each_round() {
    check(
        "tokens; s(pass) -> m; m(pass) -> a b; a -> j; b -> j; j(all) -> x; x(xor) -> m?again e?default; e(throw=terminate)",
        "start set=again; b exits 0; a exits 0; a#1 exits 0; b#1 exits 0; cancel; a#2 is cancelled; b#2 is cancelled",
        expect![[r#"
            start set=again   run started
                              step passed: s
                              flow taken: s along 0
                              step passed: m
                              flow taken: m along 1 2
                              step ready: a
                              step ready: b
            b exits 0         attempt ended: b (exit code 0)
                              step passed: b (exit code only)
                              flow taken: b along 4
            a exits 0         attempt ended: a (exit code 0)
                              step passed: a (exit code only)
                              flow taken: a along 3
                              step passed: j
                              flow taken: j along 5
                              step passed: x
                              condition asked: x edge 6: true
                              flow taken: x along 6
                              step passed: m#1
                              flow taken: m#1 along 1 2
                              step ready: a#1
                              step ready: b#1
            a#1 exits 0       attempt ended: a#1 (exit code 0)
                              step passed: a#1 (exit code only)
                              flow taken: a#1 along 3
            b#1 exits 0       attempt ended: b#1 (exit code 0)
                              step passed: b#1 (exit code only)
                              flow taken: b#1 along 4
                              step passed: j#1
                              flow taken: j#1 along 5
                              step passed: x#1
                              condition asked: x#1 edge 6: true
                              flow taken: x#1 along 6
                              step passed: m#2
                              flow taken: m#2 along 1 2
                              step ready: a#2
                              step ready: b#2
            cancel            cancel requested by alice
                              run stopping: cancelled
                              attempt stopping: a#2, cancelled
                              attempt stopping: b#2, cancelled
            a#2 is cancelled  attempt ended: a#2 (cancelled)
                              step skipped: a#2 (cancelled)
            b#2 is cancelled  attempt ended: b#2 (cancelled)
                              step skipped: b#2 (cancelled)
                              run finished: undecided
        "#]],
    );
}

#[test]
fn a_token_at_a_join_ends_with_its_scope_by_termination_and_by_error() {
    check(
        "tokens; p(call=inner) -> b; b(pass) | inner: tokens; f(pass) -> a c; a -> j; z -> j; c -> e; e(throw=terminate); j(all); q(xor) -> z?no y?default; y(pass)",
        "start; a exits 0; c exits 0",
        expect![[r#"
            start      run started
                       scope opened: 1 by p
                       step passed: f
                       step passed: q
                       flow taken: f along 1 2
                       condition asked: q edge 6: false
                       flow taken: q along 7
                       step ready: a
                       step ready: c
                       step passed: y
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 3
            c exits 0  attempt ended: c (exit code 0)
                       step passed: c (exit code only)
                       flow taken: c along 5
                       thrown: termination by e
                       step passed: e (thrown)
                       step passed: p (scope)
                       flow taken: p along 0
                       step passed: b
                       run finished: passed
        "#]],
    );
    check(
        "tokens; p(call=inner) -> b; b(pass); x(catch=error,on=p) -> b | inner: tokens; f(pass) -> a c; a -> j; z -> j; c -> e; e(throw=error:broken); j(all); q(xor) -> z?no y?default; y(pass)",
        "start; a exits 0; c exits 0",
        expect![[r#"
            start      run started
                       scope opened: 1 by p
                       step passed: f
                       step passed: q
                       flow taken: f along 2 3
                       condition asked: q edge 7: false
                       flow taken: q along 8
                       step ready: a
                       step ready: c
                       step passed: y
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 4
            c exits 0  attempt ended: c (exit code 0)
                       step passed: c (exit code only)
                       flow taken: c along 6
                       thrown: error broken by e, caught by x
                       step passed: e (thrown)
                       step passed: x (error broken)
                       step skipped: p (scope)
                       flow taken: x along 1
                       step passed: b
                       run finished: passed
        "#]],
    );
}

#[test]
fn a_join_inside_that_waits_for_ever_is_stuck_once_nothing_else_can_move() {
    check(
        "tokens; f(pass) -> p t; p(call=inner) -> b; b(pass); t | inner: tokens; x(xor) -> a?yes c?default; a -> j; c -> j; j(all)",
        "start; a exits 0; t exits 0",
        expect![[r#"
            start      run started
                       step passed: f
                       flow taken: f along 0 1
                       scope opened: 1 by p
                       step ready: t
                       step passed: x
                       condition asked: x edge 3: true
                       flow taken: x along 3
                       step ready: a
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 5
            t exits 0  attempt ended: t (exit code 0)
                       step passed: t (exit code only)
                       stuck: j
                       step undecided: p (scope)
                       run finished: undecided
        "#]],
    );
}

#[test]
fn a_timer_beside_a_sub_process_frees_it_from_a_join_that_waits_for_ever() {
    check(
        "tokens; p(call=inner) -> b; b(pass); t(catch=timer:PT5S,on=p) -> c; c(pass) | inner: tokens; x(xor) -> a?yes d?default; a -> j; d -> j; j(all)",
        "start; a exits 0; tick 5000",
        expect![[r#"
            start      run started
                       scope opened: 1 by p
                       step waiting: t until 5000
                       step passed: x
                       condition asked: x edge 2: true
                       flow taken: x along 2
                       step ready: a
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 4
            at 5000    timer fired: wait
                       step passed: t (time)
                       step skipped: p (scope)
                       flow taken: t along 1
                       step passed: c
                       run finished: passed
        "#]],
    );
}

/// As by camunda#19460: one branch arrives, the other leaves by an error beside it.
#[test]
fn an_inclusive_join_fires_when_the_token_it_waits_for_leaves_by_a_catch() {
    check(
        "tokens; f(pass) -> a b; a -> j; b -> j; x(catch=error,on=b) -> h; j(or) -> e; e; h",
        "start; a exits 0; b exits 1; e exits 0; h exits 0",
        expect![[r#"
            start      run started
                       step passed: f
                       flow taken: f along 0 1
                       step ready: a
                       step ready: b
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 2
            b exits 1  attempt ended: b (exit code 1)
                       step failed: b
                       thrown: error failed by b, caught by x
                       step passed: x (error failed)
                       flow taken: x along 4
                       step ready: h
                       join fired: j
                       step passed: j
                       flow taken: j along 5
                       step ready: e
            e exits 0  attempt ended: e (exit code 0)
                       step passed: e (exit code only)
            h exits 0  attempt ended: h (exit code 0)
                       step passed: h (exit code only)
                       run finished: failed
        "#]],
    );
}

#[test]
fn an_inclusive_join_waits_for_what_a_catch_may_still_bring() {
    check(
        "tokens; f(pass) -> a b; a -> j; b(approve=1) -> d; d(pass); x(catch=timer:PT2S,on=b) -> j; j(or) -> e; e",
        "start; a exits 0; tick 2000; e exits 0",
        expect![[r#"
            start      run started
                       step passed: f
                       flow taken: f along 0 1
                       step ready: a
                       step waiting: b until 5000
                       step waiting: x until 2000
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 2
            at 2000    timer fired: wait
                       step passed: x (time)
                       step skipped: b (interrupted)
                       flow taken: x along 4
                       join fired: j
                       step passed: j
                       flow taken: j along 5
                       step ready: e
            e exits 0  attempt ended: e (exit code 0)
                       step passed: e (exit code only)
                       run finished: passed
        "#]],
    );
}

/// As by camunda#19464: one flow is taken twice before the join fires.
#[test]
fn of_two_tokens_on_one_flow_an_inclusive_join_takes_one_at_a_time_and_none_is_lost() {
    check(
        "tokens; f(pass) -> a b c; a -> m; b -> m; m(pass) -> j; c -> j; j(or) -> e; e",
        "start; a exits 0; b exits 0; c exits 0; e exits 0; e#1 exits 0",
        expect![[r#"
            start        run started
                         step passed: f
                         flow taken: f along 0 1 2
                         step ready: a
                         step ready: b
                         step ready: c
            a exits 0    attempt ended: a (exit code 0)
                         step passed: a (exit code only)
                         flow taken: a along 3
                         step passed: m
                         flow taken: m along 5
            b exits 0    attempt ended: b (exit code 0)
                         step passed: b (exit code only)
                         flow taken: b along 4
                         step passed: m#1
                         flow taken: m#1 along 5
            c exits 0    attempt ended: c (exit code 0)
                         step passed: c (exit code only)
                         flow taken: c along 6
                         join fired: j
                         step passed: j
                         flow taken: j along 7
                         step ready: e
                         join fired: j#1
                         step passed: j#1
                         flow taken: j#1 along 7
                         step ready: e#1
            e exits 0    attempt ended: e (exit code 0)
                         step passed: e (exit code only)
            e#1 exits 0  attempt ended: e#1 (exit code 0)
                         step passed: e#1 (exit code only)
                         run finished: passed
        "#]],
    );
}

/// As by flowable#582: an inclusive gateway in an event sub-process.
#[test]
fn an_inclusive_join_in_an_event_sub_process_sees_its_own_scope_only() {
    check(
        "tokens; t; m(catch=message:go,on=scope,keeps) -> h; h(call=handler) | handler: tokens; f(or) -> a?yes b?no; a -> j; b -> j; j(or) -> e; e",
        "start; send go; a exits 0; e exits 0; t exits 0",
        expect![[r#"
            start      run started
                       step waiting: m
                       step ready: t
            send go    message received: go
                       step passed: m (message)
                       step waiting: m#1
                       flow taken: m along 0
                       scope opened: 1 by h
                       step passed: f
                       condition asked: f edge 1: true
                       condition asked: f edge 2: false
                       flow taken: f along 1
                       step ready: a
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 3
                       join fired: j
                       step passed: j
                       flow taken: j along 5
                       step ready: e
            e exits 0  attempt ended: e (exit code 0)
                       step passed: e (exit code only)
                       step passed: h (scope)
            t exits 0  attempt ended: t (exit code 0)
                       step passed: t (exit code only)
                       step skipped: m#1 (withdrawn)
                       run finished: passed
        "#]],
    );
}

/// As by flowable#1741 and #3603: several tasks complete at one join at the same time.
#[test]
fn an_inclusive_join_of_many_fires_once() {
    check(
        "tokens; f(or) -> a?yes b?yes c?yes d?no; a -> j; b -> j; c -> j; d -> j; j(or) -> e; e",
        "start; c exits 0; a exits 0; b exits 0; e exits 0",
        expect![[r#"
            start      run started
                       step passed: f
                       condition asked: f edge 0: true
                       condition asked: f edge 1: true
                       condition asked: f edge 2: true
                       condition asked: f edge 3: false
                       flow taken: f along 0 1 2
                       step ready: a
                       step ready: b
                       step ready: c
            c exits 0  attempt ended: c (exit code 0)
                       step passed: c (exit code only)
                       flow taken: c along 6
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 4
            b exits 0  attempt ended: b (exit code 0)
                       step passed: b (exit code only)
                       flow taken: b along 5
                       join fired: j
                       step passed: j
                       flow taken: j along 8
                       step ready: e
            e exits 0  attempt ended: e (exit code 0)
                       step passed: e (exit code only)
                       run finished: passed
        "#]],
    );
}

#[test]
fn an_inclusive_join_in_a_loop_waits_for_the_tokens_of_its_round() {
    check(
        "tokens; s(pass) -> m; m(pass) -> f; f(or) -> a?yes b?again; a -> j; b -> j; j(or) -> x; x(xor) -> m?no e?default; e(pass)",
        "start set=again; a exits 0; b exits 0",
        expect![[r#"
            start set=again  run started
                             step passed: s
                             flow taken: s along 0
                             step passed: m
                             flow taken: m along 1
                             step passed: f
                             condition asked: f edge 2: true
                             condition asked: f edge 3: true
                             flow taken: f along 2 3
                             step ready: a
                             step ready: b
            a exits 0        attempt ended: a (exit code 0)
                             step passed: a (exit code only)
                             flow taken: a along 4
            b exits 0        attempt ended: b (exit code 0)
                             step passed: b (exit code only)
                             flow taken: b along 5
                             join fired: j
                             step passed: j
                             flow taken: j along 6
                             step passed: x
                             condition asked: x edge 7: false
                             flow taken: x along 8
                             step passed: e
                             run finished: passed
        "#]],
    );
}

/// Each could still get a token from the other: by table 13.3 neither may fire, and that is said.
#[test]
fn two_inclusive_joins_that_wait_for_each_other_are_stuck_and_it_is_recorded() {
    check(
        "tokens; f(pass) -> j k; j(or) -> x; k(or) -> y; x(xor) -> k?no d?default; y(xor) -> j?no d?default; d(pass)",
        "start",
        expect![[r#"
            start  run started
                   step passed: f
                   flow taken: f along 0 1
                   stuck: j k
                   run finished: undecided
        "#]],
    );
}
