//! Services that die early, are lost with the process, or are stopped half way.

use expect_test::expect;

use super::{check, tell};
use crate::policy::State;

#[test]
fn a_service_that_ends_before_it_is_ready_has_failed_whatever_its_exit_code() {
    check(
        "db(service); t < db",
        "start; db exits 0",
        expect![[r#"
            start       run started
                        step ready: db
            db exits 0  attempt ended: db (exit code 0)
                        step failed: db
                        step skipped: t, because of db
                        run finished: failed
        "#]],
    );
}

#[test]
fn a_service_that_dies_while_it_is_needed_fails_the_run() {
    let state = |story| tell("db(service); t < db", story).run.verdict().unwrap().state;
    assert_eq!(state("start; db ready; db exits 0; t exits 0"), State::Failed);
    assert_eq!(state("start; db ready; t exits 0; db exits 0"), State::Passed);
    let allowed = tell("db(service,may_fail); t < db", "start; db ready; db crashes; t exits 0");
    assert_eq!(allowed.run.verdict().unwrap().state, State::Passed);
}

#[test]
fn a_service_that_was_lost_with_the_process_comes_up_before_anything_else_starts() {
    let story = "start; db ready; t is lost; db is lost; db ready; t exits 0; db is cancelled";
    check(
        "db(service); t < db",
        story,
        expect![[r#"
            start            run started
                             step ready: db
            db ready         service ready: db
                             step passed: db (ready)
                             step ready: t
            t is lost        attempt ended: t (lost)
                             step ready: t (attempt 2)
            db is lost       attempt ended: db (lost)
                             step ready: db (attempt 2)
            db ready         service ready: db
            t exits 0        attempt ended: t (exit code 0)
                             step passed: t (exit code only)
                             attempt stopping: db, unneeded
            db is cancelled  attempt ended: db (cancelled)
                             run finished: passed
        "#]],
    );
    let mut teller = tell("db(service); t < db", "start; db ready; db is lost; t is lost");
    assert_eq!(teller.run.in_flight().count(), 1, "only the service runs");
    teller.tell("cancel");
    teller.tell("db is cancelled");
    assert!(teller.run.verdict().is_some(), "a cancel while it comes up ends the run");
    teller.replay();
}

#[test]
fn a_service_whose_user_is_skipped_or_left_out_is_stopped() {
    for story in ["start without=t; db ready; a exits 0", "start; db ready; a exits 1"] {
        let mut teller = tell("db(service); a; t < db a", story);
        assert!(teller.run.verdict().is_none());
        teller.tell("db is cancelled");
        assert!(teller.run.verdict().is_some(), "{story}");
        teller.replay();
    }
}
