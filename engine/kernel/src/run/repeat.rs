//! Rounds: multi-instance and loop activities (BPMN 2.0.2, clauses 13.3.6 and 13.3.7, tables 10.27 to 10.31).
//!
//! ```text
//!   ValueAsked(rounds) ─▶ ScopeOpened … ─▶ the round's end ─▶ ValueAsked(collect) ─▶ ConditionAsked(enough, again) ─▶ next
//!                           └ parallel: one after the other, at once                        └ StepSettled, or the next round
//! ```
//!
//! `loopCounter` begins with 1: table 10.31 calls it the sequence number of the instance, "the n-th instance that was
//! generated". (Some engines begin with 0.) `numberOfInstances` is how many there will be where that is known beforehand,
//! also where they come one after the other, as completion conditions of real files want it; else how many there were.
//! The counts are known under `nrOfInstances`, `nrOfActiveInstances` and `nrOfCompletedInstances` as well.
//!
//! A round that failed or is undecided has said so inside; the others of a parallel activity go on, no more are opened, and
//! the activity ends as a call does. A round that cannot be asked (enough? what to collect?) ends the others.
//!
//! A scope that has ended stays until all has been asked of it that is asked at its end, then nothing is kept of it.
//!
//! **Absent on purpose:** what a round does; each is a scope over a body of its own.

use std::collections::BTreeMap;

use crate::ask::{Ask, Expression};
use crate::id::{Instance, Name, ScopeId};
use crate::run::agenda::{Todo, Trouble};
use crate::run::event::*;
use crate::run::state::{Phase, Run};
use crate::run::values::{Place, Writer, asked, value_at, why_not};
use crate::value::Value;
use crate::workflow::{Given, Kind, Over, Repeat, Variables};

/// About how many bytes a list may grow to that is collected from rounds.
pub const COLLECTED_BYTES_MAX: usize = 64 << 20;

/// What is kept of an activity while it has rounds.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounds {
    /// How many there will be, where that is known.
    total: Option<u32>,
    elements: Vec<Value>,
    opened: u32,
    /// Of those that have ended.
    passed: u32,
    failed: bool,
    undecided: bool,
    ended: u32,
    /// By scope: which round it is, from 0.
    open: BTreeMap<ScopeId, u32>,
    collected: BTreeMap<u32, Value>,
    bytes: usize,
    /// It was asked whether there is another round, and there is.
    again: bool,
    over: Option<Ending>,
}

/// Why no more rounds are opened, though there could be.
#[derive(Clone, Debug)]
enum Ending {
    /// The activity is ended early.
    Early,
    /// There have been enough, or there is no other one.
    Enough,
    /// Something that had to be asked could not be.
    Trouble(IncidentKind),
}

/// What is asked at the end of a round, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    Collect,
    Enough,
    Again,
}

/// The end of a round, and what has to be asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RoundEnd {
    pub(super) step: Instance,
    pub(super) scope: ScopeId,
    pub(super) question: Question,
}

/// The activity begins, or goes on: opens a round, asks whether there is another one, or settles.
pub(super) fn next(run: &Run, ask: &dyn Ask, step: Instance) -> Event {
    let incident =
        |why: String| Event::Incident { step: run.step(step), what: IncidentKind::Value(why.into()) };
    let Some(repeat) = run.repeat(step) else { return incident("it has no rounds".to_owned()) };
    if let Some(why) = run.stop_for(step) {
        return settled(run, step, Outcome::Skipped, SettledBy::Stopped(why.clone()));
    }
    let begun;
    let rounds = match run.rounds.get(&step) {
        Some(rounds) => rounds,
        None => {
            let given = match &repeat.over {
                Over::Count(given) | Over::Elements(given) => {
                    match asked(run, ask, step, given, Purpose::Rounds) {
                        Ok(value) => Some(value),
                        Err(event) => return *event,
                    }
                }
                Over::While { .. } => None,
            };
            match Rounds::of(run, repeat, given) {
                Ok(rounds) => begun = rounds,
                Err(why) => return incident(why),
            }
            &begun
        }
    };
    if let Some(Ending::Early) = rounds.over {
        return settled(run, step, Outcome::Skipped, SettledBy::Scope);
    }
    if !rounds.may_go_on(repeat) {
        return settled(run, step, Outcome::Passed, SettledBy::Scope);
    }
    if let Over::While { before: true, condition: Some(condition), .. } = &repeat.over
        && !rounds.again
    {
        return condition_at(run, ask, step, Place { scope: step.scope, rounds: Some(step) }, condition);
    }
    let limits = run.workflow.limits();
    if rounds.opened >= limits.rounds_max {
        return incident(format!("there are more rounds than `rounds_max` ({}) allows", limits.rounds_max));
    }
    if run.scopes_open >= limits.scopes_max {
        return incident(format!(
            "there are more open scopes than `scopes_max` ({}) allows",
            limits.scopes_max
        ));
    }
    let scope = ScopeId(u32::try_from(run.scopes.len()).expect("activations are bounded below 2^32"));
    Event::ScopeOpened { scope, step: run.step(step) }
}

/// Asks what has to be asked at the end of a round, in its scope.
pub(super) fn end(run: &Run, ask: &dyn Ask, round: &RoundEnd) -> Event {
    let place = Place { scope: round.scope, rounds: None };
    let question = run.repeat(round.step).and_then(|repeat| question_of(repeat, round.question));
    match question {
        Some(expression) if round.question == Question::Collect => {
            value_at(run, ask, round.step, place, expression, Purpose::Collect)
        }
        Some(expression) => condition_at(run, ask, round.step, place, expression),
        None => settled(run, round.step, Outcome::Undecided, SettledBy::Scope),
    }
}

fn question_of(repeat: &Repeat, question: Question) -> Option<&Expression> {
    match (question, &repeat.over) {
        (Question::Collect, _) => match &repeat.collect.as_ref()?.each {
            Given::Expression(expression) => Some(expression),
            Given::Value(_) => None,
        },
        (Question::Enough, _) => repeat.enough.as_deref(),
        (Question::Again, Over::While { before: false, condition, .. }) => condition.as_deref(),
        (Question::Again, _) => None,
    }
}

fn settled(run: &Run, step: Instance, outcome: Outcome, why: SettledBy) -> Event {
    Event::StepSettled(Box::new(StepSettled { outcome, step: run.step(step), why }))
}

fn condition_at(run: &Run, ask: &dyn Ask, step: Instance, place: Place, condition: &Expression) -> Event {
    let (engine, answer) = run.with_facts_at(place, |facts| ask.answer(condition, facts));
    Event::ConditionAsked(Box::new(ConditionAsked {
        answer: crate::run::follow::bounded(answer),
        edge: None,
        engine,
        expression: condition.digest,
        step: run.step(step),
    }))
}

impl Rounds {
    /// What is known when it begins; why it cannot.
    fn of(run: &Run, repeat: &Repeat, given: Option<Value>) -> Result<Self, String> {
        let mut rounds = Self::default();
        let wanted = match (&repeat.over, given) {
            (Over::While { .. }, _) => return Ok(rounds),
            (Over::Elements(_), Some(Value::List(elements))) => {
                let wanted = i64::try_from(elements.len()).unwrap_or(i64::MAX);
                rounds.elements = elements;
                wanted
            }
            (Over::Elements(_), given) => {
                let kind = given.as_ref().map_or("nothing", Value::kind);
                return Err(format!("what the rounds go over is a {kind}, not a list"));
            }
            (Over::Count(_), Some(Value::Integer(wanted))) => wanted,
            (Over::Count(_), given) => {
                let kind = given.as_ref().map_or("nothing", Value::kind);
                return Err(format!("the number of rounds is a {kind}, not a whole number"));
            }
        };
        let total = u32::try_from(wanted).map_err(|_| {
            if wanted < 0 { format!("{wanted} rounds are less than none") } else { too_many(run, wanted) }
        })?;
        let limits = run.workflow.limits();
        if total > limits.rounds_max {
            return Err(too_many(run, wanted));
        }
        if repeat.parallel && total > limits.scopes_max.saturating_sub(run.scopes_open) {
            return Err(format!(
                "{total} rounds at once are more than `scopes_max` ({}) allows",
                limits.scopes_max
            ));
        }
        rounds.total = Some(total);
        Ok(rounds)
    }

    /// Whether another round may be opened, as far as their number goes.
    fn may_go_on(&self, repeat: &Repeat) -> bool {
        let most = match repeat.over {
            Over::While { max, .. } => max,
            _ => self.total,
        };
        self.over.is_none() && most.is_none_or(|most| self.opened < most)
    }
}

fn too_many(run: &Run, wanted: i64) -> String {
    format!("{wanted} rounds are more than `rounds_max` ({}) allows", run.workflow.limits().rounds_max)
}

impl Run {
    fn repeat(&self, step: Instance) -> Option<&Repeat> {
        match &self.node(step).kind {
            Kind::Repeat(repeat) => Some(repeat),
            _ => None,
        }
    }

    /// What is counted of the rounds of a step (BPMN 2.0.2, table 10.31, and the names that engines know).
    pub(super) fn counted(&self, step: Instance, name: &str) -> Option<Value> {
        self.repeat(step)?;
        let nothing = Rounds::default();
        let rounds = self.rounds.get(&step).unwrap_or(&nothing);
        let count = match name {
            "loopCounter" => rounds.opened,
            "numberOfInstances" | "nrOfInstances" => rounds.total.unwrap_or(rounds.opened),
            "numberOfActiveInstances" | "nrOfActiveInstances" => rounds.opened - rounds.ended,
            "numberOfCompletedInstances" | "nrOfCompletedInstances" => rounds.passed,
            "numberOfTerminatedInstances" => rounds.ended - rounds.passed,
            _ => return None,
        };
        Some(Value::Integer(i64::from(count)))
    }

    /// Which round of a multi-instance activity a scope is, from 1; 0 for loops and calls.
    pub(super) fn round_of(&self, step: Instance, scope: ScopeId) -> u32 {
        match self.repeat(step).map(|repeat| &repeat.over) {
            Some(Over::Count(_) | Over::Elements(_)) => {
                self.rounds.get(&step).and_then(|rounds| rounds.open.get(&scope)).map_or(0, |round| round + 1)
            }
            _ => 0,
        }
    }

    /// The number of rounds, or what they go over, was asked for.
    pub(super) fn rounds_known(&mut self, step: Instance, given: Option<Value>) {
        let Some(repeat) = self.repeat(step) else { return };
        match Rounds::of(self, repeat, given) {
            Ok(rounds) => {
                self.rounds.insert(step, rounds);
                self.agenda.push_front(Todo::Rounds(step));
            }
            Err(why) => self.cannot(step, why),
        }
    }

    /// A round was opened.
    pub(super) fn open_round(&mut self, scope: ScopeId, step: Instance) {
        let workflow = self.workflow.clone();
        let Kind::Repeat(repeat) = &workflow.node(step.node).kind else { return };
        let mut rounds = match self.rounds.remove(&step) {
            Some(rounds) => rounds,
            None => {
                let given = match &repeat.over {
                    Over::Count(Given::Value(value)) | Over::Elements(Given::Value(value)) => {
                        Some(value.clone())
                    }
                    _ => None,
                };
                Rounds::of(self, repeat, given).unwrap_or_default()
            }
        };
        let round = rounds.opened;
        rounds.opened += 1;
        rounds.again = false;
        rounds.open.insert(scope, round);
        let body = workflow.body(repeat.body);
        let copied = body.variables == Variables::Copied;
        let mut variables = if copied { self.visible(step.scope) } else { BTreeMap::new() };
        variables.extend(body.declares.iter().map(|(name, value)| (name.clone(), value.clone())));
        variables.insert("loopCounter".into(), Value::Integer(i64::from(rounds.opened)));
        if let Some(name) = &repeat.element {
            let element = rounds
                .elements
                .get_mut(round as usize)
                .map(|element| std::mem::replace(element, Value::Null));
            variables.insert(name.clone(), element.unwrap_or(Value::Null));
        }
        let more = repeat.parallel && rounds.may_go_on(repeat);
        self.rounds.insert(step, rounds);
        self.activate(step, Phase::Repeating);
        self.open(repeat.body, Some(step), variables);
        if more {
            self.agenda.push_front(Todo::Rounds(step));
        }
    }

    /// The scopes that a step has opened and that are open; `None`: it is no step of that kind.
    pub(super) fn opened_by(&self, step: Instance, phase: &Phase) -> Option<Vec<ScopeId>> {
        match phase {
            Phase::Calling(scope) => Some(vec![*scope]),
            Phase::Repeating => Some(
                self.rounds
                    .get(&step)
                    .map(|rounds| rounds.open.keys().copied().collect())
                    .unwrap_or_default(),
            ),
            _ => None,
        }
    }

    /// The step is ended early, with all rounds that are open.
    pub(super) fn end_rounds(&mut self, step: Instance, why: &StopReason) {
        let Some(rounds) = self.rounds.get_mut(&step) else { return };
        rounds.over = Some(Ending::Early);
        self.stop_rounds(step, None, why);
    }

    fn stop_rounds(&mut self, step: Instance, but: Option<ScopeId>, why: &StopReason) {
        let open = self.opened_by(step, &Phase::Repeating).unwrap_or_default();
        for scope in open.into_iter().filter(|scope| Some(*scope) != but) {
            self.stop_scope(scope, why);
        }
    }

    /// Everything in the scope of a round has come to its end.
    pub(super) fn round_ended(&mut self, step: Instance, scope: ScopeId, outcome: Outcome) {
        let Some(rounds) = self.rounds.get_mut(&step) else { return };
        rounds.ended += 1;
        match outcome {
            Outcome::Failed => rounds.failed = true,
            Outcome::Undecided => rounds.undecided = true,
            Outcome::Skipped => {}
            _ => {
                rounds.passed += 1;
                return self.ask_round(step, scope, Question::Collect);
            }
        }
        self.close_round(step, scope);
    }

    /// Puts what has to be asked of a round on the agenda, from this question on; with nothing left it is closed.
    fn ask_round(&mut self, step: Instance, scope: ScopeId, from: Question) {
        let workflow = self.workflow.clone();
        let (Kind::Repeat(repeat), Some(rounds)) = (&workflow.node(step.node).kind, self.rounds.get(&step))
        else {
            return;
        };
        if from == Question::Collect
            && let Some(Given::Value(value)) = repeat.collect.as_ref().map(|collect| &collect.each)
        {
            let round = RoundEnd { step, scope, question: Question::Collect };
            return self.collected(round, value.clone());
        }
        let wanted = |question: &Question| match question {
            _ if *question < from || rounds.over.is_some() => false,
            Question::Again => rounds.may_go_on(repeat) && question_of(repeat, *question).is_some(),
            _ => question_of(repeat, *question).is_some(),
        };
        let question = [Question::Collect, Question::Enough, Question::Again].into_iter().find(wanted);
        match question {
            Some(question) => self.agenda.push_front(Todo::Round(RoundEnd { step, scope, question })),
            None => self.close_round(step, scope),
        }
    }

    /// A round leaves this value in the list.
    pub(super) fn collected(&mut self, round: RoundEnd, value: Value) {
        let Some(rounds) = self.rounds.get_mut(&round.step) else { return };
        rounds.bytes += value.weight().unwrap_or(COLLECTED_BYTES_MAX);
        if rounds.bytes > COLLECTED_BYTES_MAX {
            let why = format!("what the rounds leave is more than {COLLECTED_BYTES_MAX} bytes");
            return self.round_trouble(round, IncidentKind::Value(why.into()));
        }
        if let Some(number) = rounds.open.get(&round.scope) {
            rounds.collected.insert(*number, value);
        }
        self.ask_round(round.step, round.scope, Question::Enough);
    }

    /// Whether there have been enough rounds, or is another one, was asked at the end of a round.
    pub(super) fn round_asked(&mut self, round: RoundEnd, asked: &ConditionAsked) {
        let Some(rounds) = self.rounds.get_mut(&round.step) else { return };
        match (round.question, asked.answer.clone().truth()) {
            (Question::Enough, Ok(Some(true))) => {
                rounds.over.get_or_insert(Ending::Enough);
                self.stop_rounds(round.step, Some(round.scope), &StopReason::Decided);
            }
            (Question::Enough, Ok(Some(false))) => {
                return self.ask_round(round.step, round.scope, Question::Again);
            }
            (_, Ok(Some(true))) => rounds.again = true,
            (_, Ok(Some(false))) => {
                rounds.over.get_or_insert(Ending::Enough);
            }
            (_, Ok(None)) => {
                let why = why_not(&asked.answer);
                return self.round_trouble(round, IncidentKind::Condition(why.into()));
            }
            (_, Err(wrong)) => return self.round_trouble(round, IncidentKind::Condition(wrong.message)),
        }
        self.close_round(round.step, round.scope);
    }

    /// Whether there is another round was asked before it.
    pub(super) fn rounds_asked(&mut self, step: Instance, asked: &ConditionAsked) {
        let what = match asked.answer.clone().truth() {
            Ok(Some(true)) => {
                self.rounds.entry(step).or_default().again = true;
                return self.agenda.push_front(Todo::Rounds(step));
            }
            Ok(Some(false)) => {
                let (outcome, why) = (Outcome::Passed, SettledBy::Scope);
                return self.agenda.push_front(Todo::Settle { instance: step, outcome, why });
            }
            Ok(None) => IncidentKind::Condition(why_not(&asked.answer).into()),
            Err(wrong) => IncidentKind::Condition(wrong.message),
        };
        self.agenda.push_front(Todo::Trouble { instance: step, what: Trouble::Incident(what) });
    }

    /// Something could not be asked: the other rounds are ended, and then nobody can say what the step came to.
    pub(super) fn round_trouble(&mut self, round: RoundEnd, what: IncidentKind) {
        let Some(rounds) = self.rounds.get_mut(&round.step) else { return };
        rounds.over.get_or_insert(Ending::Trouble(what));
        self.stop_rounds(round.step, Some(round.scope), &StopReason::Decided);
        self.close_round(round.step, round.scope);
    }

    /// Nothing more is asked of a round. With the last one that is open the step ends, or opens the next one.
    fn close_round(&mut self, step: Instance, scope: ScopeId) {
        self.close(scope);
        let stopped = self.stop_for(step).is_some();
        let workflow = self.workflow.clone();
        let (Kind::Repeat(repeat), Some(rounds)) =
            (&workflow.node(step.node).kind, self.rounds.get_mut(&step))
        else {
            return;
        };
        rounds.open.remove(&scope);
        if !rounds.open.is_empty() {
            return;
        }
        let outcome = match &rounds.over {
            _ if rounds.failed => Outcome::Failed,
            _ if rounds.undecided => Outcome::Undecided,
            Some(Ending::Early) => Outcome::Skipped,
            _ if stopped => Outcome::Skipped,
            Some(Ending::Trouble(what)) => {
                let what = Trouble::Incident(what.clone());
                return self.agenda.push_front(Todo::Trouble { instance: step, what });
            }
            Some(Ending::Enough) => Outcome::Passed,
            None if rounds.may_go_on(repeat) => return self.agenda.push_back(Todo::Rounds(step)),
            None => Outcome::Passed,
        };
        self.agenda.push_back(Todo::Settle { instance: step, outcome, why: SettledBy::Scope });
    }

    /// The rounds are over: the list that they have left is set around them.
    pub(super) fn hand_over(&mut self, step: Instance) {
        let Some(collect) = self.repeat(step).and_then(|repeat| repeat.collect.clone()) else { return };
        let collected = self.rounds.get_mut(&step).map(|rounds| std::mem::take(&mut rounds.collected));
        let list = Value::List(collected.unwrap_or_default().into_values().collect());
        let set: BTreeMap<Name, Value> = [(collect.into, list)].into();
        let since = self.active.get(&step).map_or(self.point, |active| active.since);
        self.write(step.scope, Writer { by: step, since, step }, &set);
    }
}

#[cfg(test)]
impl Run {
    /// What is kept of rounds belongs to steps that have some, and knows their scopes.
    pub(super) fn assert_rounds_sound(&self) {
        for (step, active) in &self.active {
            let repeating = matches!(active.phase, Phase::Repeating);
            assert_eq!(repeating, self.rounds.contains_key(step), "{step} has rounds");
        }
        for (step, rounds) in &self.rounds {
            assert!(self.active.contains_key(step) && !rounds.open.is_empty(), "{step} waits for its rounds");
            assert_eq!((rounds.opened - rounds.ended) as usize, rounds.open.len(), "open rounds of {step}");
            for scope in rounds.open.keys() {
                let scope = self.scope(*scope).expect("the scope of a round is open");
                assert!(scope.parent == Some(*step) && !scope.ended, "{step} opened it");
            }
        }
    }
}
