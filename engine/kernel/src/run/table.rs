//! Decision tables (DMN 1.3, clause 8): which rules match, and what they set.
//!
//! A test whose answer is not known, or that cannot be evaluated, leaves the table without a decision: a rule that nobody
//! could check is never a rule that does not match. Where no rule matches the result is null (clause 8.2.11: a table
//! without default outputs), so every output is set to null, and a value of an earlier round is never mistaken for it.
//!
//! **Absent on purpose:** hit policies that collect or order; unary tests, which the front end has made expressions of.

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::{Answer, Ask, Expression, Wrong};
use crate::id::{Instance, Name};
use crate::run::event::*;
use crate::run::state::Run;
use crate::run::values::{too_much, why_not};
use crate::value::Value;
use crate::workflow::{Decision, DecisionRule, Given, Hit};

/// Rules that may match together. More of them leave the table without a decision.
pub const MATCHES_MAX: usize = 1_000;

/// Asks a decision table.
pub(super) fn decide(run: &Run, ask: &dyn Ask, step: Instance, decision: &Decision) -> Event {
    let mut asking = Asking { run, ask, step, engine: None };
    let (rules, set, wrong) = match asking.decide(decision) {
        Ok((rules, set)) => (rules, set, None),
        Err((rules, wrong)) => (rules, BTreeMap::new(), Some(wrong)),
    };
    let engine = asking.engine.unwrap_or_else(|| ask.engine());
    Event::DecisionTaken(Box::new(DecisionTaken { engine, rules, set, step: run.step(step), wrong }))
}

type Outputs = BTreeMap<Name, Value>;

/// The rules that matched, and why that is no decision.
type NoDecision = (Vec<u32>, Wrong);

struct Asking<'a> {
    run: &'a Run,
    ask: &'a dyn Ask,
    step: Instance,
    /// Who has answered.
    engine: Option<Name>,
}

impl Asking<'_> {
    fn decide(&mut self, decision: &Decision) -> Result<(Vec<u32>, Outputs), NoDecision> {
        let mut matched: Vec<u32> = Vec::new();
        for (number, rule) in (1u32..).zip(&decision.rules) {
            if !self.matches(number, rule).map_err(|wrong| (matched.clone(), wrong))? {
                continue;
            }
            matched.push(number);
            if matched.len() > MATCHES_MAX {
                let why = format!("more than {MATCHES_MAX} rules match");
                return Err((Vec::new(), wrong(why)));
            }
            if decision.hit == Hit::First {
                break;
            }
        }
        if decision.hit == Hit::Unique && matched.len() > 1 {
            let why = format!("rules {} and {} both match, and only one may", matched[0], matched[1]);
            return Err((matched, wrong(why)));
        }
        match self.outputs(decision, &matched) {
            Ok(set) => Ok((matched, set)),
            Err(wrong) => Err((matched, wrong)),
        }
    }

    fn matches(&mut self, number: u32, rule: &DecisionRule) -> Result<bool, Wrong> {
        let Some(when) = &rule.when else { return Ok(true) };
        let answer = self.asked(when);
        match answer.clone().truth() {
            Ok(Some(yes)) => Ok(yes),
            Ok(None) => Err(of_rule(number, wrong(why_not(&answer)))),
            Err(wrong) => Err(of_rule(number, wrong)),
        }
    }

    /// What the rules that matched say together.
    fn outputs(&mut self, decision: &Decision, matched: &[u32]) -> Result<Outputs, Wrong> {
        let names: BTreeSet<&Name> = decision.rules.iter().flat_map(|rule| rule.set.keys()).collect();
        let mut said: Option<(u32, Outputs)> = None;
        for number in matched {
            let rule = &decision.rules[*number as usize - 1];
            let own = self.said_by(*number, rule, &names)?;
            match &said {
                Some((first, others)) if *others != own => {
                    return Err(wrong(format!(
                        "rules {first} and {number} both match and say different things"
                    )));
                }
                Some(_) => {}
                None => said = Some((*number, own)),
            }
        }
        let nothing = || names.iter().map(|name| ((*name).clone(), Value::Null)).collect();
        let outputs: Outputs = said.as_ref().map_or_else(nothing, |(_, outputs)| outputs.clone());
        let set = match &decision.into {
            None => outputs,
            // Null is the result as a whole where no rule matches.
            Some(into) if said.is_none() => [(into.clone(), Value::Null)].into(),
            Some(into) if outputs.len() == 1 => {
                outputs.into_values().map(|value| (into.clone(), value)).collect()
            }
            Some(into) => [(into.clone(), Value::Map(outputs))].into(),
        };
        match too_much(&set) {
            Some(why) => Err(wrong(why)),
            None => Ok(set),
        }
    }

    /// Outputs that a rule does not name are null (an empty cell).
    fn said_by(
        &mut self,
        number: u32,
        rule: &DecisionRule,
        names: &BTreeSet<&Name>,
    ) -> Result<Outputs, Wrong> {
        let mut outputs = Outputs::new();
        for name in names {
            let value = match rule.set.get(*name) {
                None => Value::Null,
                Some(Given::Value(value)) => value.clone(),
                Some(Given::Expression(expression)) => match self.asked(expression) {
                    Answer::Value(value) => value,
                    Answer::Wrong(wrong) => return Err(of_rule(number, wrong)),
                    unknown @ Answer::Unknown(_) => return Err(of_rule(number, wrong(why_not(&unknown)))),
                },
            };
            outputs.insert((*name).clone(), value);
        }
        Ok(outputs)
    }

    fn asked(&mut self, expression: &Expression) -> Answer {
        let (engine, answer) =
            self.run.with_facts(self.step.scope, |facts| self.ask.answer(expression, facts));
        self.engine.get_or_insert(engine);
        answer
    }
}

fn wrong(message: String) -> Wrong {
    Wrong { column: 1, line: 1, message: message.into() }
}

fn of_rule(number: u32, Wrong { column, line, message }: Wrong) -> Wrong {
    Wrong { column, line, message: format!("rule {number}: {message}").into() }
}
