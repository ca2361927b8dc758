//! What replay finds in a log that somebody has edited.

use std::sync::Arc;

use super::{Teller, governance, tell};
use crate::id::Timestamp;
use crate::record::Recorded;
use crate::run::*;

fn replay(teller: &Teller, log: &[Recorded<Event>]) -> Result<(), Difference> {
    let mut replay = Replay::new(Run::new(teller.workflow.clone(), Arc::new(governance())));
    log.iter().try_for_each(|recorded| replay.push(recorded, &teller.ask))
}

#[test]
fn every_edited_or_dropped_decision_is_found_at_its_number() {
    let teller =
        tell("lint(gate); build; test < build; z(if=yes) < test", "start; lint finds 1; build exits 1");
    let log = &teller.recorded;
    for (at, recorded) in log.iter().enumerate().filter(|(_, recorded)| !recorded.event.is_fact()) {
        let mut edited = log.clone();
        edited[at].event = match &recorded.event {
            Event::RunStopping { .. } => Event::LimitReached { limit: "x".into() },
            _ => Event::RunStopping { why: StopReason::Cancelled },
        };
        let found = replay(&teller, &edited).unwrap_err();
        assert!(matches!(found, Difference::Decision { seq, .. } if seq == at as u64), "{at}: {found:?}");

        let mut dropped = log.clone();
        dropped.remove(at);
        for (seq, recorded) in dropped.iter_mut().enumerate() {
            recorded.seq = seq as u64;
        }
        let found = replay(&teller, &dropped);
        assert!(found.is_err() || at == log.len() - 1, "{at}: a missing decision was not noticed");
    }
}

#[test]
fn a_failed_verdict_cannot_be_turned_into_a_passed_one() {
    let teller = tell("a", "start; a exits 1");
    let mut log = teller.recorded.clone();
    let last = log.len() - 1;
    if let Event::RunFinished(finished) = &mut log[last].event {
        finished.verdict.state = crate::policy::State::Passed;
        finished.verdict.reasons.clear();
    }
    assert!(matches!(replay(&teller, &log), Err(Difference::Decision { seq, .. }) if seq == last as u64));
}

/// Replays the log with another answer in the place of the last one, and answers what is said of that very event.
fn forged(workflow: &str, story: &str, forge: impl FnOnce(&mut Answered)) -> Option<Refusal> {
    let teller = tell(workflow, story);
    let mut log = teller.recorded.clone();
    let at = log.iter().rposition(|one| matches!(one.event, Event::Answered(_))).unwrap();
    if let Event::Answered(answered) = &mut log[at].event {
        forge(answered);
    }
    match replay(&teller, &log) {
        Err(Difference::Fact { seq, refusal }) if seq == at as u64 => refusal,
        other => panic!("the forged answer {at} is not named: {other:?}"),
    }
}

#[test]
fn an_answer_that_could_not_have_counted_is_found() {
    let named = |name: &'static str| move |answered: &mut Answered| answered.by.name = name.into();
    let others = "signoff(approve=2,others)";
    let story = "start; signoff yes by alice; signoff yes by bob";
    for name in ["carol", "Carol", "mallory", "alice", " ALICE"] {
        assert_eq!(
            forged(others, story, named(name)),
            None,
            "{name}: it would have been refused, and recorded so"
        );
    }
    let second = "start; signoff yes by bobby; signoff yes by alice";
    assert_eq!(forged(others, second, named("bob")), None, "two names of one person");
    let proved = "start; signoff yes proved alice";
    assert_eq!(forged("signoff(approve=1,proved)", proved, |one| one.by.proved = false), None);
    assert_eq!(forged("signoff(approve=1,proved)", proved, |one| one.proof = None), Some(Refusal::Proof));
    let claim = "start; signoff yes by alice";
    assert_eq!(forged("signoff(approve=1)", claim, |one| one.by.proved = true), Some(Refusal::Proof));
}

#[test]
fn a_wrong_number_a_wrong_name_and_a_wrong_time_are_found() {
    let teller = tell("a; b < a", "start; a exits 0; b exits 0");
    let mut log = teller.recorded.clone();
    log[3].seq = 4;
    assert!(matches!(replay(&teller, &log), Err(Difference::Sequence { expected: 3, found: 4 })));

    let mut log = teller.recorded.clone();
    let at = log.iter().position(|one| matches!(one.event, Event::AttemptStarted { .. })).unwrap();
    if let Event::AttemptStarted { step, .. } = &mut log[at].event {
        step.name = "another".into();
    }
    assert!(matches!(replay(&teller, &log), Err(Difference::Fact { .. })));

    let mut log = teller.recorded.clone();
    let at = log.iter().rposition(|one| !one.event.is_fact()).unwrap();
    log[at].at = Timestamp(77);
    assert!(matches!(replay(&teller, &log), Err(Difference::Decision { .. })));
}

#[test]
fn a_batch_that_a_crash_tore_is_completed_to_the_same_log() {
    let teller =
        tell("lint(gate); build; test < build; publish < test lint", "start; lint finds 1; build exits 1");
    let log = &teller.recorded;
    for kept in 1..log.len() {
        let mut replay = Replay::new(Run::new(teller.workflow.clone(), Arc::new(governance())));
        for recorded in &log[..kept] {
            replay.push(recorded, &teller.ask).unwrap();
        }
        let mut run = replay.into_run();
        let mut at = kept;
        complete(&mut run, log[kept - 1].at, &teller.ask, &mut |event| {
            assert_eq!(event, log[at].event, "event {at} after a crash behind event {kept}");
            at += 1;
        });
        assert!(log.get(at).is_none_or(|next| next.event.is_fact()), "the batch is complete");
    }
}

#[test]
fn a_clock_that_goes_back_is_found() {
    let teller = tell("a; nap(wait=50)", "start; tick 50; a exits 0");
    let mut log = teller.recorded.clone();
    let at = log.iter().rposition(|one| one.event.is_fact()).unwrap();
    log[at..].iter_mut().for_each(|recorded| recorded.at = Timestamp(7));
    let found = replay(&teller, &log);
    assert!(matches!(found, Err(Difference::Fact { seq, .. }) if seq == at as u64), "{found:?}");
}
