//! Trying again.

use expect_test::expect;

use super::{check, tell};
use crate::run::Event;

#[test]
fn a_failed_command_is_tried_again_with_growing_delays_until_it_passes() {
    check(
        "a(retry=2)",
        "start; a exits 1; tick 1000; a exits 1; tick 2000; a exits 0",
        expect![[r#"
        start      run started
                   step ready: a
        a exits 1  attempt ended: a (exit code 1)
                   retry scheduled: a (attempt 2) at 1000
        at 1000    timer fired: retry
                   step ready: a (attempt 2)
        a exits 1  attempt ended: a (exit code 1)
                   retry scheduled: a (attempt 3) at 3000
        at 3000    timer fired: retry
                   step ready: a (attempt 3)
        a exits 0  attempt ended: a (exit code 0)
                   step passed: a (exit code only)
                   run finished: passed
    "#]],
    );
}

#[test]
fn retries_end_and_the_last_end_counts() {
    check(
        "a(gate,retry=1)",
        "start; a finds 1; tick 1000; a finds 2",
        expect![[r#"
        start      run started
                   step ready: a
        a finds 1  attempt ended: a (exit code 1, 1 findings)
                   gate judged: a failed
                   retry scheduled: a (attempt 2) at 1000
        at 1000    timer fired: retry
                   step ready: a (attempt 2)
        a finds 2  attempt ended: a (exit code 1, 2 findings)
                   gate judged: a failed
                   step finished: a (evidence)
                   run finished: failed
    "#]],
    );
}

#[test]
fn a_time_out_stops_the_attempt_before_it_is_tried_again() {
    check(
        "a(retry=1,timeout=50)",
        "start; tick 50; a is timed out; tick 1000; a exits 0",
        expect![[r#"
        start           run started
                        step ready: a
        at 50           timer fired: attempt
                        attempt stopping: a, timeout
        a is timed out  attempt ended: a (timed out)
                        retry scheduled: a (attempt 2) at 1050
        at 1050         timer fired: retry
                        step ready: a (attempt 2)
        a exits 0       attempt ended: a (exit code 0)
                        step passed: a (exit code only)
                        run finished: passed
    "#]],
    );
}

#[test]
fn a_result_for_a_closed_attempt_is_recorded_and_changes_nothing() {
    check(
        "a; b",
        "start; a exits 0; a exits 1; b exits 0",
        expect![[r#"
        start      run started
                   step ready: a
                   step ready: b
        a exits 0  attempt ended: a (exit code 0)
                   step passed: a (exit code only)
        a exits 1  attempt ignored: a
        b exits 0  attempt ended: b (exit code 0)
                   step passed: b (exit code only)
                   run finished: passed
    "#]],
    );
}

#[test]
fn a_lost_attempt_spends_no_retry() {
    let teller = tell("a(retry=1)", "start; a is lost; a is lost; a exits 1; tick 1000; a exits 0");
    let retries =
        teller.recorded.iter().filter(|one| matches!(one.event, Event::RetryScheduled { .. })).count();
    assert_eq!(retries, 1);
    teller.replay();
}

#[test]
fn the_second_attempt_can_time_out_and_be_stopped_as_well() {
    check(
        "a(retry=2,timeout=50)",
        "start; tick 50; a is timed out; tick 1000; tick 50; a is timed out; tick 2000; cancel; a is cancelled",
        expect![[r#"
            start           run started
                            step ready: a
            at 50           timer fired: attempt
                            attempt stopping: a, timeout
            a is timed out  attempt ended: a (timed out)
                            retry scheduled: a (attempt 2) at 1050
            at 1050         timer fired: retry
                            step ready: a (attempt 2)
            at 1100         timer fired: attempt
                            attempt stopping: a, timeout
            a is timed out  attempt ended: a (timed out)
                            retry scheduled: a (attempt 3) at 3100
            at 3100         timer fired: retry
                            step ready: a (attempt 3)
            cancel          cancel requested by alice
                            run stopping: cancelled
                            attempt stopping: a, cancelled
            a is cancelled  attempt ended: a (cancelled)
                            step skipped: a (cancelled)
                            run finished: undecided
        "#]],
    );
}

#[test]
fn a_second_attempt_that_leaves_nothing_does_not_keep_the_evidence_of_the_first() {
    let teller = tell("a(gate,retry=1)", "start; a finds 1; tick 1000; a crashes");
    assert!(teller.run.gates.values().all(|gate| gate.evidence.is_none() && gate.summary.is_none()));
    assert_eq!(teller.run.verdict().unwrap().state, crate::policy::State::Undecided);
    teller.replay();
}
