//! Recorded answers of other engines, told again: a judgement is made again from what they said.
//!
//! An engine that is not here, or is here in another version, cannot be asked again. What it said is on record
//! beside the outcome that rests on it, so that everything but the answer itself is still made again: an edited
//! outcome, waiver or verdict is found. Answers of the engines that are here are never recalled.
//!
//! **Absent on purpose:** believing that an answer was given. The caller reports it as *not re-made*.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ask::{Answer, Ask, Expression, Facts};
use crate::evidence::Evidence;
use crate::id::{Digest, Name};
use crate::policy::{Answered, Governance, Require, RuleOutcome, Why};
use crate::run::Event;

/// What was asked: the text by its digest, and the rule of a module.
type Question = (Digest, Option<Name>);

/// Asks the engines that are here, and tells again what others said.
pub(super) struct Recalled<'a> {
    ask: &'a dyn Ask,
    /// What was said; `None` where one question has several answers, and nobody can tell them apart.
    said: BTreeMap<Question, Option<(Name, Answer)>>,
    needed: Cell<bool>,
    /// An engine that is here said something else.
    differs: Cell<bool>,
}

impl<'a> Recalled<'a> {
    /// The answers that a judgement rests on; `None` where the event is no judgement.
    pub(super) fn of(event: &Event, governance: &Governance, ask: &'a dyn Ask) -> Option<Self> {
        let outcomes = match event {
            Event::GateJudged(judged) => &judged.outcomes,
            Event::JudgeTaken(taken) => &taken.outcomes,
            Event::RunFinished(finished) => &finished.outcomes,
            _ => return None,
        };
        let mut recalled =
            Self { ask, said: BTreeMap::new(), needed: Cell::new(false), differs: Cell::new(false) };
        for outcome in outcomes {
            if let Some(when) = &outcome.when {
                recalled.add(when, None);
            }
            if let Some(answered) = answered(&outcome.why) {
                recalled.add(answered, rule_of(outcome, answered, governance));
            }
        }
        Some(recalled)
    }

    fn add(&mut self, answered: &Answered, rule: Option<Name>) {
        let Answered { answer, engine, expression } = answered.clone();
        let said = Some((engine, answer));
        let known = self.said.entry((expression, rule)).or_insert_with(|| said.clone());
        if *known != said {
            *known = None;
        }
    }

    /// Whether another engine was told of.
    pub(super) fn was_needed(&self) -> bool {
        self.needed.get()
    }

    /// Whether the engines that are here say the same as those that were told of.
    pub(super) fn agrees(&self) -> bool {
        !self.differs.get()
    }

    fn recall(&self, question: &Question, own: (Name, Answer)) -> (Name, Answer) {
        match self.said.get(question) {
            Some(Some(said)) if said.0 != own.0 => {
                self.needed.set(true);
                self.differs.set(self.differs.get() || said.1 != own.1);
                said.clone()
            }
            _ => own,
        }
    }
}

/// What an engine said of a rule, with waivers or without.
fn answered(why: &Why) -> Option<&Answered> {
    match why {
        Why::Answered(answered) => Some(answered),
        Why::Waived { otherwise, .. } => match &**otherwise {
            Why::Answered(answered) => Some(answered),
            _ => None,
        },
        _ => None,
    }
}

/// The rule of the module that was asked; `None` for an expression.
fn rule_of(outcome: &RuleOutcome, answered: &Answered, governance: &Governance) -> Option<Name> {
    let rules = governance.policies.iter().flat_map(|policy| &policy.rules);
    rules.filter(|rule| rule.id == outcome.rule).find_map(|rule| match &rule.require {
        Require::Rego(rego) if rego.module.digest == answered.expression => Some(rego.rule.clone()),
        _ => None,
    })
}

impl Ask for Recalled<'_> {
    fn engine(&self) -> Name {
        self.ask.engine()
    }

    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        self.answer(expression, facts).1
    }

    fn answer(&self, expression: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        self.recall(&(expression.digest, None), self.ask.answer(expression, facts))
    }

    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        self.recall(&(module.digest, Some(rule.clone())), self.ask.messages(rule, module, facts))
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        self.ask.evidence(digest)
    }
}
