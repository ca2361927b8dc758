//! Variables of scopes, and what token bodies compute: values, scripts, decision tables.
//!
//! **Absent on purpose:** the languages; [`Ask`] answers.

use std::collections::BTreeMap;

use crate::ask::{Answer, Ask, Expression};
use crate::id::{Instance, Name, ScopeId};
use crate::run::agenda::{Todo, Trouble};
use crate::run::catch::Arming;
use crate::run::event::*;
use crate::run::state::Run;
use crate::value::Value;
use crate::workflow::{Decision, Given, Kind};

/// What the definition gives: at once, or through the event that asks for it.
pub(super) fn asked(
    run: &Run,
    ask: &dyn Ask,
    step: Instance,
    given: &Given,
    purpose: Purpose,
) -> Result<Value, Box<Event>> {
    let expression = match given {
        Given::Value(value) => return Ok(value.clone()),
        Given::Expression(expression) => expression,
    };
    let (engine, answer) = run.with_facts(step.scope, |facts| ask.answer(expression, facts));
    Err(Box::new(Event::ValueAsked(Box::new(ValueAsked {
        answer,
        engine,
        expression: expression.digest,
        purpose,
        step: run.step(step),
    }))))
}

/// A value as the text of a key; lists and maps have none.
pub(super) fn text_of(value: &Value) -> Option<Name> {
    Some(match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string().into(),
        Value::Decimal(number) => number.to_string().into(),
        Value::Bool(yes) => yes.to_string().into(),
        _ => return None,
    })
}

/// Runs a script task.
pub(super) fn script(run: &Run, ask: &dyn Ask, step: Instance, script: &Expression) -> Event {
    let (engine, ran) = run.with_facts(step.scope, |facts| ask.run_script(script, facts));
    let (set, wrong) = match ran {
        Ok(set) => (set, None),
        Err(wrong) => (BTreeMap::new(), Some(wrong)),
    };
    Event::ScriptRun(Box::new(ScriptRun { engine, script: script.digest, set, step: run.step(step), wrong }))
}

/// Asks a decision table.
pub(super) fn decide(run: &Run, _ask: &dyn Ask, step: Instance, _decision: &Decision) -> Event {
    Event::StepWaiting { due: None, key: None, step: run.step(step) }
}

impl Run {
    /// Sets variables in a scope.
    pub(super) fn set_variables(&mut self, scope: ScopeId, set: &BTreeMap<Name, Value>) {
        if let Some(scope) = self.scope_mut(scope) {
            scope.variables.extend(set.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
    }

    /// An expression answered with a value: what asked for it goes on. Without one the step cannot.
    pub(super) fn value_asked(&mut self, asked: &ValueAsked, todo: Option<Todo>) {
        let step = asked.step.id;
        let value = match &asked.answer {
            Answer::Value(value) => value.clone(),
            Answer::Unknown(names) => {
                let names: Vec<&str> = names.iter().map(Name::as_str).collect();
                let why = format!("{} is not known", names.join(", "));
                return self.cannot(step, why);
            }
            Answer::Wrong(wrong) => return self.cannot(step, wrong.message.to_string()),
        };
        let given = Some(value);
        match (todo, &self.node(step).kind) {
            (Some(Todo::Arm(arming)), _) => {
                self.agenda.push_front(Todo::Arm(Box::new(Arming { given, ..*arming })));
            }
            (Some(Todo::Enter(catch)), Kind::Catch(_)) => {
                let arming = Arming { catch, host: None, given, fired: None };
                self.agenda.push_front(Todo::Arm(Box::new(arming)));
            }
            (Some(Todo::Enter(instance)), Kind::Throw(_)) => {
                self.agenda.push_front(Todo::Throw { instance, given });
            }
            _ => {}
        }
    }

    fn cannot(&mut self, instance: Instance, why: String) {
        let what = Trouble::Incident(IncidentKind::Value(why.into()));
        self.agenda.push_front(Todo::Trouble { instance, what });
    }

    /// A script was run to its end, or could not be.
    pub(super) fn script_run(&mut self, ran: &ScriptRun) {
        self.set_variables(ran.step.id.scope, &ran.set);
        let outcome = if ran.wrong.is_none() { Outcome::Passed } else { Outcome::Undecided };
        let instance = ran.step.id;
        self.agenda.push_front(Todo::Settle { instance, outcome, why: SettledBy::Script });
    }

    /// A decision table was asked.
    pub(super) fn decision_taken(&mut self, taken: &DecisionTaken) {
        self.set_variables(taken.step.id.scope, &taken.set);
        let outcome = if taken.wrong.is_none() { Outcome::Passed } else { Outcome::Undecided };
        let instance = taken.step.id;
        self.agenda.push_front(Todo::Settle { instance, outcome, why: SettledBy::Decision });
    }
}
