//! Logs that another program wrote: engines that are not here, or are here in another version.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Teller, Words, build, governance};
use crate::ask::{Answer, Ask, Expression, Facts, NoOne, Wrong};
use crate::evidence::Evidence;
use crate::id::{Digest, Name};
use crate::policy::{Effect, Governance, Rego, Require, Rule, State, Why};
use crate::record::Recorded;
use crate::run::*;
use crate::value::Value;

/// Answers as [`Words`] do, under another name, and knows modules: each says its own text.
struct Other {
    words: Words,
    engine: &'static str,
    modules: bool,
    /// Says something else than [`Words`].
    otherwise: bool,
}

impl Ask for Other {
    fn engine(&self) -> Name {
        self.engine.into()
    }

    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        match self.otherwise {
            true => Answer::Wrong(Wrong { column: 1, line: 1, message: "otherwise".into() }),
            false => self.words.evaluate(expression, facts),
        }
    }

    fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        let (_, set) = self.words.run_script(script, facts);
        (self.engine.into(), set.map(|set| if self.otherwise { BTreeMap::new() } else { set }))
    }

    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        if !self.modules {
            return self.words.messages(rule, module, facts);
        }
        let said = [Value::Text(module.text.clone())].into_iter().filter(|_| **rule == *"deny");
        ("modules 1".into(), Answer::Value(Value::List(said.collect())))
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        self.words.evidence(digest)
    }
}

fn other(teller: &Teller, engine: &'static str, modules: bool) -> Other {
    let words = Words(NoOne { evidence: teller.ask.0.evidence.clone() });
    Other { words, engine, modules, otherwise: false }
}

fn expression(text: &str, digest: u8) -> Expression {
    Expression { digest: Digest([digest; 32]), text: text.into() }
}

/// `no-errors` if `yes`, and two rules of one module.
fn judged_by() -> Governance {
    let mut governance = governance();
    let rules = &mut governance.policies[0].rules;
    rules[0].when = Some(expression("yes", 1));
    for name in ["deny", "warn"] {
        let rego = Rego {
            facts: Vec::new(),
            file: "m.rego".into(),
            module: expression("too bad", 2),
            rule: name.into(),
        };
        let id = format!("m.{name}").into();
        let own =
            Rule { effect: Effect::Block, id, require: Require::Rego(rego), when: None, ..rules[0].clone() };
        rules.push(own);
    }
    governance
}

/// A log of a program that knows modules.
fn told() -> (Teller, Vec<Recorded<Event>>) {
    let mut teller = Teller::new(build::workflow("lint(gate); build"));
    for line in ["start", "lint finds 0", "build exits 0"] {
        teller.tell(line);
    }
    let mut run = Run::new(teller.workflow.clone(), Arc::new(judged_by()));
    let ask = other(&teller, "words 1", true);
    let mut log: Vec<Recorded<Event>> = Vec::new();
    for recorded in teller.recorded.iter().filter(|recorded| recorded.event.is_fact()) {
        let mut push = |event: Event| {
            log.push(Recorded { at: recorded.at, event, seq: log.len() as u64 });
        };
        push(recorded.event.clone());
        evolve(&mut run, recorded.at, &recorded.event);
        complete(&mut run, recorded.at, &ask, &mut push);
    }
    (teller, log)
}

fn replay(log: &[Recorded<Event>], by: &Other, teller: &Teller) -> Result<Vec<u64>, Difference> {
    let mut replay = Replay::new(Run::new(teller.workflow.clone(), Arc::new(judged_by())));
    log.iter().try_for_each(|recorded| replay.push(recorded, by))?;
    Ok(replay.not_remade().to_vec())
}

fn finished(log: &mut [Recorded<Event>]) -> &mut RunFinished {
    match &mut log.last_mut().unwrap().event {
        Event::RunFinished(finished) => finished,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_program_that_wrote_it_makes_every_decision_again() {
    let (teller, mut log) = told();
    assert_eq!(finished(&mut log).verdict.state, State::Failed);
    assert_eq!(replay(&log, &other(&teller, "words 1", true), &teller), Ok(vec![]));
}

#[test]
fn a_program_without_the_engine_says_not_remade_and_not_different() {
    let (teller, log) = told();
    let last = log.len() as u64 - 1;
    assert_eq!(replay(&log, &other(&teller, "words 1", false), &teller), Ok(vec![last]));
}

#[test]
fn another_version_that_answers_otherwise_leaves_judgements_not_remade() {
    let (teller, log) = told();
    let judged = log.iter().position(|one| matches!(one.event, Event::GateJudged(_))).unwrap() as u64;
    let mut newer = other(&teller, "words 2", true);
    assert_eq!(replay(&log, &newer, &teller), Ok(vec![]), "the same answer was made again");
    newer.otherwise = true;
    assert_eq!(replay(&log, &newer, &teller), Ok(vec![judged]));
}

#[test]
fn what_does_not_follow_from_the_recorded_answers_is_different() {
    let (teller, log) = told();
    let without = other(&teller, "words 1", false);
    let mut better = log.clone();
    finished(&mut better).verdict.state = State::Passed;
    finished(&mut better).verdict.reasons.clear();
    assert!(matches!(replay(&better, &without, &teller), Err(Difference::Decision { .. })));

    let mut silent = log.clone();
    finished(&mut silent).outcomes.retain(|one| *one.rule != *"m.deny");
    assert!(matches!(replay(&silent, &without, &teller), Err(Difference::Decision { .. })));
}

#[test]
fn an_edited_answer_of_an_engine_that_is_here_is_different() {
    let (teller, log) = told();
    let mut edited = log.clone();
    for outcome in &mut finished(&mut edited).outcomes {
        if let Why::Answered(answered) = &mut outcome.why {
            answered.answer = Answer::Wrong(Wrong { column: 1, line: 1, message: "edited".into() });
        }
    }
    let here = other(&teller, "words 1", true);
    assert!(matches!(replay(&edited, &here, &teller), Err(Difference::Decision { .. })));
}

#[test]
fn values_scripts_and_tables_of_another_engine_stand_and_are_told() {
    let mut teller = Teller::new(build::workflow(
        "tokens; s(script=n:=n+1) -> d; d(decide=first/n==2?a:=n+1) -> r; r(repeat=b,count==n) -> e; e
         | b: tokens around; x",
    ));
    for line in ["start set=n:1", "x exits 0", "x exits 0", "e exits 0"] {
        teller.tell(line);
    }
    let again = |ask: &Other| {
        let mut replay = Replay::new(Run::new(teller.workflow.clone(), Arc::new(governance())));
        teller.recorded.iter().for_each(|recorded| replay.push(recorded, ask).unwrap());
        replay
    };
    let mut ask = other(&teller, "words 2", false);
    assert_eq!(again(&ask).not_remade(), [0; 0], "the same answers were made again");
    ask.otherwise = true;
    let replay = again(&ask);
    let told =
        |event: &Event| matches!(event, Event::ScriptRun(_) | Event::DecisionTaken(_) | Event::ValueAsked(_));
    let expected =
        teller.recorded.iter().filter(|recorded| told(&recorded.event)).map(|recorded| recorded.seq);
    assert_eq!(replay.not_remade(), expected.collect::<Vec<u64>>());
    assert_eq!(replay.not_remade().len(), 3);
    assert_eq!(replay.run().verdict(), teller.run.verdict());
    assert!(teller.run.verdict().is_some());
}

#[test]
fn an_edited_script_or_table_is_found() {
    let mut teller =
        Teller::new(build::workflow("tokens; s(script=n:=n+1) -> d; d(decide=first/n==2?a:=n+1/?a:9)"));
    teller.tell("start set=n:1");
    for at in 0..teller.recorded.len() {
        let mut log = teller.recorded.clone();
        match &mut log[at].event {
            Event::ScriptRun(ran) => ran.set.values_mut().for_each(|value| *value = Value::Integer(7)),
            Event::DecisionTaken(taken) => taken.rules = vec![2],
            _ => continue,
        }
        let mut replay = Replay::new(Run::new(teller.workflow.clone(), Arc::new(governance())));
        let found = log.iter().find_map(|recorded| replay.push(recorded, &teller.ask).err());
        assert!(matches!(found, Some(Difference::Decision { seq, .. }) if seq == at as u64), "{found:?}");
    }
}
