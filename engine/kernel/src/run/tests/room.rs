//! Capacity, pools, priorities, services.

use super::{Teller, build, tell};
use crate::run::Effect;

fn running(teller: &Teller) -> String {
    let workflow = &teller.workflow;
    let names: Vec<&str> =
        teller.run.in_flight().map(|(step, _)| workflow.node(step.node).name.as_str()).collect();
    names.join(" ")
}

#[track_caller]
fn check(workflow: &str, story: &str, expected: &str) {
    let teller = tell(workflow, story);
    assert_eq!(running(&teller), expected);
    teller.replay();
}

#[test]
fn no_more_steps_run_than_there_is_capacity() {
    check("a; b; c", "start capacity=2", "a b");
    check("a; b; c", "start capacity=2; a exits 0", "b c");
    check("a; b; c", "start capacity=1; capacity 3", "a b c");
}

#[test]
fn a_pool_of_one_is_a_mutex() {
    check("a(pool=db); b(pool=db); c", "start", "a c");
    check("a(pool=db); b(pool=db); c", "start; a exits 1", "b c");
}

#[test]
fn a_full_pool_does_not_keep_others_from_running() {
    check("a(pool=db,prio=9); b(pool=db,prio=9); c; d", "start capacity=2", "a c");
}

#[test]
fn higher_priority_starts_first() {
    check("a; b(prio=1); c(prio=5)", "start capacity=2", "b c");
}

#[test]
fn a_service_takes_no_room_and_ends_with_the_last_step_that_needs_it() {
    check("db(service); t < db", "start capacity=1", "db");
    check("db(service); t < db", "start capacity=1; db ready", "db t");
    let teller = tell("db(service); t < db", "start; db ready; t exits 0");
    assert!(matches!(teller.run.outstanding()[..], [Effect::Stop { .. }]), "{:?}", teller.run.outstanding());
    assert!(teller.run.verdict().is_none(), "the run ends after its services");
    let teller = tell("db(service); t < db", "start; db ready; t exits 0; db is cancelled");
    assert_eq!(teller.run.verdict().unwrap().state, crate::policy::State::Passed);
    teller.replay();
}

#[test]
fn a_service_that_never_gets_ready_fails_what_needs_it() {
    let teller = tell("db(service,timeout=10); t < db", "start; tick 10; db is timed out");
    assert_eq!(teller.run.verdict().unwrap().state, crate::policy::State::Failed);
    teller.replay();
}

#[test]
fn what_is_outstanding_is_bounded_by_the_capacity() {
    let text: Vec<String> = (0..1000).map(|at| format!("s{at}")).collect();
    let mut teller = Teller::new(build::workflow(&text.join(";")));
    teller.tell("start capacity=3");
    assert_eq!(teller.run.in_flight().count(), 3);
    assert!(teller.run.outstanding().is_empty());
}
