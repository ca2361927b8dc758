//! Bounds: reaching one is an event and leads to a verdict, never to a hang.

use expect_test::expect;

use super::{Teller, build, check};
use crate::workflow::{Limits, Parts, Workflow};

fn limited(workflow: &str, story: &str, limits: Limits) -> String {
    let parts = Parts { limits, ..Parts::from(build::workflow(workflow)) };
    let mut teller = Teller::new(Workflow::new(parts).unwrap());
    story.split(';').for_each(|line| teller.tell(line.trim()));
    assert!(teller.run.verdict().is_some(), "there is a verdict");
    teller.replay();
    super::render::log(&teller.log)
}

#[test]
fn a_loop_without_end_reaches_the_bound_on_activations() {
    let log = limited(
        "tokens; s(pass) -> a b; a(pass) -> j s2; s2(pass) -> a; b(pass) -> j; j(all)",
        "start",
        Limits { activations_max: 12, ..Limits::default() },
    );
    assert!(log.contains("limit reached: activations_max"), "{log}");
    assert!(log.contains("run finished: undecided"), "{log}");
}

#[test]
fn tokens_that_multiply_reach_the_bound_on_tokens() {
    let log = limited(
        "tokens; s(pass) -> a; a(pass) -> a b; b",
        "start; b is cancelled; b#1 is cancelled; b#2 is cancelled; b#3 is cancelled; b#4 is cancelled",
        Limits { tokens_max: 3, ..Limits::default() },
    );
    assert!(log.contains("limit reached: tokens_max"), "{log}");
}

#[test]
fn a_call_beyond_the_bound_on_scopes_is_undecided() {
    let log =
        limited("p(call=inner); z < p | inner: x", "start", Limits { scopes_max: 1, ..Limits::default() });
    assert!(log.contains("step undecided: p (limit)"), "{log}");
}

#[test]
fn a_body_of_tokens_without_a_beginning_is_refused() {
    assert!(build::try_workflow("p(call=f) | f: tokens; a -> b; b -> a").is_err());
    assert!(build::try_workflow("tokens; db(service)").is_err());
}

#[test]
fn a_call_whose_tokens_get_stuck_is_undecided_and_the_outer_scope_goes_on() {
    check(
        "p(call=f); z < p; w < p:any | f: tokens; s(xor) -> a?yes b?default; a(pass) -> j; b(pass) -> j; j(all)",
        "start; w exits 0",
        expect![[r#"
            start      run started
                       scope opened: 1 by p
                       step passed: s
                       condition asked: s edge 2: true
                       flow taken: s along 2
                       step passed: a
                       flow taken: a along 4
                       stuck: j
                       step undecided: p (scope)
                       step skipped: z, because of p
                       step ready: w
            w exits 0  attempt ended: w (exit code 0)
                       step passed: w (exit code only)
                       run finished: undecided
        "#]],
    );
}

#[test]
fn nothing_starts_without_capacity_and_everything_does_when_it_comes_back() {
    check(
        "a; b < a",
        "start capacity=0; capacity 1; a exits 0; b exits 0",
        expect![[r#"
        start capacity=0  run started
                          step ready: a
        capacity 1        capacity set: 1
        a exits 0         attempt ended: a (exit code 0)
                          step passed: a (exit code only)
                          step ready: b
        b exits 0         attempt ended: b (exit code 0)
                          step passed: b (exit code only)
                          run finished: passed
    "#]],
    );
}
