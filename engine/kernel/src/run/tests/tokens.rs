//! Bodies where tokens move: the joins and forks of BPMN.

use expect_test::expect;

use super::check;

#[test]
fn a_parallel_join_waits_for_one_token_on_each_edge() {
    check(
        "tokens; s(pass) -> f; f(pass) -> a b; a -> j; b -> j; j(all) -> e; e(pass)",
        "start; a exits 0; b exits 0",
        expect![[r#"
            start      run started
                       step passed: s
                       flow taken: s along 0
                       step passed: f
                       flow taken: f along 1 2
                       step ready: a
                       step ready: b
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 3
            b exits 0  attempt ended: b (exit code 0)
                       step passed: b (exit code only)
                       flow taken: b along 4
                       step passed: j
                       flow taken: j along 5
                       step passed: e
                       run finished: passed
        "#]],
    );
}

#[test]
fn a_parallel_join_whose_token_can_never_come_is_stuck() {
    check(
        "tokens; s(xor) -> a?yes b?default; a -> j; b -> j; j(all) -> e; e(pass)",
        "start; a exits 0",
        expect![[r#"
            start      run started
                       step passed: s
                       condition asked: s edge 0: true
                       flow taken: s along 0
                       step ready: a
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 2
                       stuck: j
                       run finished: undecided
        "#]],
    );
}

#[test]
fn an_exclusive_gateway_takes_the_first_true_flow_or_the_default() {
    check(
        "tokens; x(xor) -> a?no b?yes c?default; a; b; c",
        "start; b exits 0",
        expect![[r#"
        start      run started
                   step passed: x
                   condition asked: x edge 0: false
                   condition asked: x edge 1: true
                   flow taken: x along 1
                   step ready: b
        b exits 0  attempt ended: b (exit code 0)
                   step passed: b (exit code only)
                   run finished: passed
    "#]],
    );
    check(
        "tokens; x(xor) -> a?no c?default; a; c",
        "start; c exits 0",
        expect![[r#"
        start      run started
                   step passed: x
                   condition asked: x edge 0: false
                   flow taken: x along 1
                   step ready: c
        c exits 0  attempt ended: c (exit code 0)
                   step passed: c (exit code only)
                   run finished: passed
    "#]],
    );
}

#[test]
fn no_true_condition_is_an_incident_never_completion() {
    check(
        "tokens; x(xor) -> a?no b?no; a; b",
        "start",
        expect![[r#"
        start  run started
               step passed: x
               condition asked: x edge 0: false
               condition asked: x edge 1: false
               incident: x: no true condition
               run finished: undecided
    "#]],
    );
}

#[test]
fn an_unknown_condition_is_an_incident_never_false() {
    check(
        "tokens; x(xor) -> a?unknown b?default; a; b",
        "start",
        expect![[r#"
        start  run started
               step passed: x
               condition asked: x edge 0: unknown
               incident: x: condition the answer is not known
               run finished: undecided
    "#]],
    );
}

#[test]
fn an_inclusive_join_waits_for_the_tokens_that_can_come_and_no_others() {
    check(
        "tokens; f(or) -> a?yes b?yes c?no; a -> j; b -> j; c -> j; j(or) -> e; e",
        "start; a exits 0; b exits 0; e exits 0",
        expect![[r#"
            start      run started
                       step passed: f
                       condition asked: f edge 0: true
                       condition asked: f edge 1: true
                       condition asked: f edge 2: false
                       flow taken: f along 0 1
                       step ready: a
                       step ready: b
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       flow taken: a along 3
            b exits 0  attempt ended: b (exit code 0)
                       step passed: b (exit code only)
                       flow taken: b along 4
                       join fired: j
                       step passed: j
                       flow taken: j along 6
                       step ready: e
            e exits 0  attempt ended: e (exit code 0)
                       step passed: e (exit code only)
                       run finished: passed
        "#]],
    );
}

#[test]
fn a_task_with_two_incoming_flows_runs_for_each_token() {
    check(
        "tokens; s(pass) -> a b; a -> c; b -> c; c",
        "start; a exits 0; b exits 0; c exits 0; c#1 exits 0",
        expect![[r#"
            start        run started
                         step passed: s
                         flow taken: s along 0 1
                         step ready: a
                         step ready: b
            a exits 0    attempt ended: a (exit code 0)
                         step passed: a (exit code only)
                         flow taken: a along 2
                         step ready: c
            b exits 0    attempt ended: b (exit code 0)
                         step passed: b (exit code only)
                         flow taken: b along 3
                         step ready: c#1
            c exits 0    attempt ended: c (exit code 0)
                         step passed: c (exit code only)
            c#1 exits 0  attempt ended: c#1 (exit code 0)
                         step passed: c#1 (exit code only)
                         run finished: passed
        "#]],
    );
}

#[test]
fn a_loop_ends_when_its_condition_says_so() {
    check(
        "tokens; s(pass) -> m; m(pass) -> t; t -> x; x(xor) -> m?again e?default; e(pass)",
        "start set=again; t exits 0; t#1 exits 1",
        expect![[r#"
            start set=again  run started
                             step passed: s
                             flow taken: s along 0
                             step passed: m
                             flow taken: m along 1
                             step ready: t
            t exits 0        attempt ended: t (exit code 0)
                             step passed: t (exit code only)
                             flow taken: t along 2
                             step passed: x
                             condition asked: x edge 3: true
                             flow taken: x along 3
                             step passed: m#1
                             flow taken: m#1 along 1
                             step ready: t#1
            t#1 exits 1      attempt ended: t#1 (exit code 1)
                             step failed: t#1
                             incident: t#1: task failed
                             run finished: failed
        "#]],
    );
}

#[test]
fn a_call_from_a_settled_body_into_one_of_tokens_settles_when_its_tokens_are_gone() {
    check(
        "a; p(call=flow) < a; z < p | flow: tokens; s(pass) -> x y; x; y",
        "start; a exits 0; x exits 0; y exits 0; z exits 0",
        expect![[r#"
            start      run started
                       step ready: a
            a exits 0  attempt ended: a (exit code 0)
                       step passed: a (exit code only)
                       scope opened: 1 by p
                       step passed: s
                       flow taken: s along 2 3
                       step ready: x
                       step ready: y
            x exits 0  attempt ended: x (exit code 0)
                       step passed: x (exit code only)
            y exits 0  attempt ended: y (exit code 0)
                       step passed: y (exit code only)
                       step passed: p (scope)
                       step ready: z
            z exits 0  attempt ended: z (exit code 0)
                       step passed: z (exit code only)
                       run finished: passed
        "#]],
    );
}
