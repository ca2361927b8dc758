//! People, messages and time.

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::expect;

use super::{Teller, check, governance, identity, tell};
use crate::id::{Digest, Name, StepRef};
use crate::policy::Governance;
use crate::run::*;
use crate::value::Value;

#[test]
fn an_approval_needs_as_many_different_people_as_it_says() {
    check(
        "signoff(approve=2); deploy < signoff",
        "start; signoff yes by alice; signoff yes by alice; signoff yes by bob; deploy exits 0",
        expect![[r#"
            start                 run started
                                  step waiting: signoff until 5000
            signoff yes by alice  answered: signoff yes by alice
            signoff yes by alice  answer refused: signoff by alice: already answered
            signoff yes by bob    answered: signoff yes by bob
                                  step passed: signoff (answers)
                                  step ready: deploy
            deploy exits 0        attempt ended: deploy (exit code 0)
                                  step passed: deploy (exit code only)
                                  run finished: passed
        "#]],
    );
}

#[test]
fn somebody_without_the_role_is_refused_and_that_is_recorded() {
    check(
        "signoff(approve=1)",
        "start; signoff yes by mallory; signoff yes by bob",
        expect![[r#"
        start                   run started
                                step waiting: signoff until 5000
        signoff yes by mallory  answer refused: signoff by mallory: not in role
        signoff yes by bob      answered: signoff yes by bob
                                step passed: signoff (answers)
                                run finished: passed
    "#]],
    );
}

#[test]
fn a_person_answers_once_under_whatever_name() {
    check(
        "signoff(approve=3)",
        "start; signoff yes by bob; signoff yes by BOB; signoff yes by bobby; signoff yes by Alice; signoff yes by carol",
        expect![[r#"
            start                 run started
                                  step waiting: signoff until 5000
            signoff yes by bob    answered: signoff yes by bob
            signoff yes by BOB    answer refused: signoff by BOB: already answered
            signoff yes by bobby  answer refused: signoff by bobby: already answered
            signoff yes by Alice  answered: signoff yes by Alice
            signoff yes by carol  answered: signoff yes by carol
                                  step passed: signoff (answers)
                                  run finished: passed
        "#]],
    );
}

#[test]
fn an_author_of_the_change_does_not_answer_where_others_are_asked_for() {
    check(
        "signoff(approve=1,others)",
        "start; signoff yes by CAROL; signoff no proved carol; signoff yes by mallory; signoff yes by alice",
        expect![[r#"
            start                    run started
                                     step waiting: signoff until 5000
            signoff yes by CAROL     answer refused: signoff by CAROL: author of the change
            signoff no proved carol  answer refused: signoff by carol: author of the change
            signoff yes by mallory   answer refused: signoff by mallory: not in role
            signoff yes by alice     answered: signoff yes by alice
                                     step passed: signoff (answers)
                                     run finished: passed
        "#]],
    );
}

#[test]
fn a_claim_does_not_do_where_proof_is_asked_for() {
    check(
        "signoff(approve=2,proved)",
        "start; signoff yes by alice; signoff yes proved alice; signoff yes by alice; signoff yes proved bob",
        expect![[r#"
            start                     run started
                                      step waiting: signoff until 5000
            signoff yes by alice      answer refused: signoff by alice: not proved
            signoff yes proved alice  answered: signoff yes by alice (proved)
            signoff yes by alice      answer refused: signoff by alice: already answered
            signoff yes proved bob    answered: signoff yes by bob (proved)
                                      step passed: signoff (answers)
                                      run finished: passed
        "#]],
    );
}

#[test]
fn a_policy_of_the_run_asks_for_proof_at_every_approval_and_not_of_held_steps() {
    let mut policies = vec![super::build::policy(), super::build::policy()];
    policies[1].approvals.proved = true;
    let governance = Governance { policies, ..governance() };
    let mut teller = tell("signoff(approve=1); once(once)", "");
    teller.run = Run::new(teller.workflow.clone(), Arc::new(governance));
    for line in
        ["start", "once is lost", "once yes by mallory", "signoff yes by alice", "signoff yes proved alice"]
    {
        teller.tell(line);
    }
    let answers = teller.recorded.iter().filter_map(|one| match &one.event {
        Event::Answered(answered) => Some((answered.step.name.as_str(), None)),
        Event::AnswerRefused { step, why, .. } => Some((step.name.as_str(), Some(*why))),
        _ => None,
    });
    let answers: Vec<_> = answers.collect();
    assert_eq!(answers, [("once", None), ("signoff", Some(AnswerRefusal::NotProved)), ("signoff", None)]);
}

#[test]
fn a_proof_is_there_and_is_bounded() {
    let teller = tell("signoff(approve=1)", "start");
    let answer = |proved: bool, proof: Option<String>| {
        let by = Identity { name: "alice".into(), proved };
        let (proof, step) = (proof.map(Name::from), teller.instance("signoff"));
        decide(
            &teller.run,
            Command::Answer { accept: true, because: None, by, proof, set: BTreeMap::new(), step },
        )
    };
    assert_eq!(answer(true, None), Err(Refusal::Proof));
    assert_eq!(answer(false, Some("x".repeat(PROOF_BYTES_MAX + 1))), Err(Refusal::Proof));
    assert!(matches!(answer(true, Some("x".repeat(PROOF_BYTES_MAX))), Ok(Event::Answered(_))));
    // A signature of which nobody knows the key is kept.
    assert!(matches!(answer(false, Some("x".into())), Ok(Event::Answered(one)) if one.proof.is_some()));
}

#[test]
fn in_runs_from_before_people_were_counted_names_are_compared_letter_by_letter() {
    let old = Governance { judging: 2, ..governance() };
    let mut teller = tell("signoff(approve=2)", "");
    teller.run = Run::new(teller.workflow.clone(), Arc::new(old));
    for line in ["start", "signoff yes by bob", "signoff yes by BOB", "signoff yes by bobby"] {
        teller.tell(line);
    }
    let kinds: Vec<bool> = teller
        .recorded
        .iter()
        .filter_map(|one| match &one.event {
            Event::Answered(_) => Some(true),
            Event::AnswerRefused { why: AnswerRefusal::NotInRole, .. } => Some(false),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, [true, false, true]);
}

/// What a signature of an answer to this step is over, with `V` for the digest of a verdict.
fn statement(teller: &Teller, step: &str) -> String {
    let id = teller.instance(step);
    let answer = Answered {
        accept: true,
        because: None,
        by: identity("alice"),
        proof: Some("left out".into()),
        set: [("n".into(), Value::Integer(1))].into(),
        step: StepRef { id, name: step.into() },
    };
    let statement = teller.run.statement(&answer, &|_| Digest([7; 32])).unwrap();
    let text = serde_json::to_string(&statement).unwrap();
    let canonical: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(canonical.to_string(), text, "the fields of a statement are declared in canonical order");
    let digest = |byte: u8| Digest([byte; 32]).to_string();
    text.replace(&digest(7), "V").replace(&digest(0), "0").replace(&digest(1), "1")
}

#[test]
fn a_statement_names_the_run_the_step_and_the_verdicts_before_it() {
    let teller = tell(
        "lint(gate); ready(judge=test) < lint; beside(judge=test) < lint; signoff(approve=1) < ready",
        "start; lint finds nothing",
    );
    expect![[r#"{"accept":true,"by":"alice","governance":"0","run":"test","set":{"n":{"integer":"1"}},"step":{"id":"3","name":"signoff"},"verdicts":[{"digest":"V","step":{"id":"1","name":"ready"}}],"workflow":"0"}"#]].assert_eq(&statement(&teller, "signoff"));
}

#[test]
fn a_statement_names_verdicts_within_calls_and_around_them() {
    let teller = tell(
        "ready(judge=test); c(call=within) < ready; d(call=asks) < c; later(judge=test) < d | within: j(judge=test) | asks: signoff(approve=1)",
        "start",
    );
    expect![[r#"{"accept":true,"by":"alice","governance":"0","run":"test","set":{"n":{"integer":"1"}},"step":{"id":"2/5","name":"signoff"},"verdicts":[{"digest":"V","step":{"id":"0","name":"ready"}},{"digest":"V","step":{"id":"1/4","name":"j"}}],"workflow":"0"}"#]].assert_eq(&statement(&teller, "signoff"));
}

#[test]
fn one_no_ends_an_approval() {
    check(
        "signoff(approve=2); deploy < signoff",
        "start; signoff yes by alice; signoff no by bob",
        expect![[r#"
            start                 run started
                                  step waiting: signoff until 5000
            signoff yes by alice  answered: signoff yes by alice
            signoff no by bob     answered: signoff no by bob
                                  step failed: signoff (answers)
                                  step skipped: deploy, because of signoff
                                  run finished: failed
        "#]],
    );
}

#[test]
fn an_approval_that_nobody_gave_in_time_has_failed() {
    check(
        "signoff(approve=1); deploy < signoff",
        "start; tick 5000",
        expect![[r#"
        start    run started
                 step waiting: signoff until 5000
        at 5000  timer fired: wait
                 step failed: signoff (time)
                 step skipped: deploy, because of signoff
                 run finished: failed
    "#]],
    );
}

#[test]
fn a_wait_ends_when_its_time_has_come_and_not_before() {
    check(
        "nap(wait=1000); after < nap",
        "start; tick 999; tick 1; after exits 0",
        expect![[r#"
        start          run started
                       step waiting: nap until 1000
        at 1000        timer fired: wait
                       step passed: nap (time)
                       step ready: after
        after exits 0  attempt ended: after (exit code 0)
                       step passed: after (exit code only)
                       run finished: passed
    "#]],
    );
}

#[test]
fn a_message_reaches_those_who_wait_for_it() {
    check(
        "hook(message=built); after < hook",
        "start; send other; send built; after exits 0",
        expect![[r#"
        start                     run started
                                  step waiting: hook
        send other (refused: nothing waits for the message `other`)
        send built                message received: built
                                  step passed: hook (message)
                                  step ready: after
        after exits 0             attempt ended: after (exit code 0)
                                  step passed: after (exit code only)
                                  run finished: passed
    "#]],
    );
}

#[test]
fn a_step_that_must_not_run_twice_waits_for_a_person_after_it_was_lost() {
    check(
        "a(once); b(once); c",
        "start; a is lost; b is lost; c is lost; c exits 0; a yes by alice; a exits 0; b no by alice",
        expect![[r#"
            start           run started
                            step ready: a
                            step ready: b
                            step ready: c
            a is lost       attempt ended: a (lost)
                            step held: a
            b is lost       attempt ended: b (lost)
                            step held: b
            c is lost       attempt ended: c (lost)
                            step ready: c (attempt 2)
            c exits 0       attempt ended: c (exit code 0)
                            step passed: c (exit code only)
            a yes by alice  answered: a yes by alice
                            step ready: a (attempt 2)
            a exits 0       attempt ended: a (exit code 0)
                            step passed: a (exit code only)
            b no by alice   answered: b no by alice
                            step failed: b (answers)
                            run finished: failed
        "#]],
    );
}

#[test]
fn a_message_of_another_key_reaches_nobody() {
    check(
        "hook(message=built@7); other(message=built)",
        "start; send built 8; send built; send built 7",
        expect![[r#"
            start                     run started
                                      step waiting: hook
                                      step waiting: other
            send built 8              message received: built
                                      step passed: other (message)
            send built (refused: nothing waits for the message `built`)
            send built 7              message received: built
                                      step passed: hook (message)
                                      run finished: passed
        "#]],
    );
}

#[test]
fn an_answer_after_the_time_was_up_does_not_count() {
    check(
        "signoff(approve=1); z",
        "start; tick 5000; signoff yes by alice; z exits 0",
        expect![[r#"
        start                     run started
                                  step waiting: signoff until 5000
                                  step ready: z
        at 5000                   timer fired: wait
                                  step failed: signoff (time)
        signoff yes by alice (refused: step 0 waits for no answer)
        z exits 0                 attempt ended: z (exit code 0)
                                  step passed: z (exit code only)
                                  run finished: failed
    "#]],
    );
}

#[test]
fn a_condition_is_asked_of_every_kind_of_step() {
    check(
        "a(approve=1,if=no); j(judge=test,if=unknown); c(call=i,if=no); m(message=x,if=no) | i: x",
        "start without=x",
        expect![[r#"
            start without=x  run started
                             condition asked: a: false
                             step not applicable: a (condition)
                             condition asked: j: unknown
                             step undecided: j (condition)
                             condition asked: c: false
                             step not applicable: c (condition)
                             condition asked: m: false
                             step not applicable: m (condition)
                             run finished: undecided
        "#]],
    );
}

#[test]
fn a_step_inside_a_call_can_be_left_out() {
    check(
        "c(call=i); d(call=f) < c | i: x; y < x | f: tokens; s -> t; t",
        "start without=x,s; y exits 0; t exits 0",
        expect![[r#"
            start without=x,s  run started
                               scope opened: 1 by c
                               step not applicable: x (not selected)
                               step ready: y
            y exits 0          attempt ended: y (exit code 0)
                               step passed: y (exit code only)
                               step passed: c (scope)
                               scope opened: 2 by d
                               step not applicable: s (not selected)
                               flow taken: s along 2
                               step ready: t
            t exits 0          attempt ended: t (exit code 0)
                               step passed: t (exit code only)
                               step passed: d (scope)
                               run finished: passed
        "#]],
    );
}
