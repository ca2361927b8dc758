//! Running a checked script.
//!
//! **Absent on purpose:** rhai; what a form means is said here once.

use std::collections::BTreeMap;

use dod_kernel::ask::{Facts, Wrong};
use dod_kernel::id::Name;
use dod_kernel::value::Value;

use super::state::State;
use super::{Over, SCRIPT_OPERATIONS_MAX, Script, Statement, Step, Target, Way};
use crate::evaluate::{self, Outcome};
use crate::like::Budget;
use crate::tree::{Node, Operation, Place};

/// How a statement ended.
#[derive(PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
    Return,
}

struct Running<'f> {
    state: State<'f>,
    budget: Budget,
}

/// Runs a script: the variables that it set.
pub(super) fn run(script: &Script, facts: &dyn Facts) -> Result<BTreeMap<Name, Value>, Wrong> {
    let mut running = Running { state: State::new(facts), budget: Budget(SCRIPT_OPERATIONS_MAX) };
    running.all(&script.statements)?;
    Ok(running.state.finish())
}

impl Running<'_> {
    /// Counts a step and what was read since the last one.
    fn spend(&mut self, at: Place) -> Result<(), Wrong> {
        let owed = self.state.owed().saturating_add(1);
        let spent = self.budget.spend_all(owed);
        spent.map_err(|()| at.wrong(format!("the script takes more than {SCRIPT_OPERATIONS_MAX} operations")))
    }

    fn block(&mut self, statements: &[Statement]) -> Result<Flow, Wrong> {
        let mark = self.state.mark();
        let flow = self.all(statements);
        self.state.forget(mark);
        flow
    }

    fn all(&mut self, statements: &[Statement]) -> Result<Flow, Wrong> {
        for statement in statements {
            match self.statement(statement)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &Statement) -> Result<Flow, Wrong> {
        let at = statement.at;
        self.spend(at)?;
        match &statement.what {
            Step::Declare(name, value) => {
                let value = self.value(value)?;
                self.state.declare(name.clone(), value).map_err(|message| at.wrong(message))?;
            }
            Step::Assign(target, operation, value) => self.assign(target, *operation, value)?,
            Step::Push(target, value) => {
                let value = self.value(value)?;
                self.change(target, |part| match part {
                    Value::List(items) => {
                        items.push(value);
                        Ok(())
                    }
                    other => Err(format!("`push` does not take a {}", other.kind())),
                })?;
            }
            Step::If(condition, yes, no) => {
                let chosen = if self.truth(condition)? { yes } else { no };
                return self.block(chosen);
            }
            Step::While(condition, body) => return self.rounds(at, body, condition.as_ref(), None),
            Step::Until(body, condition, goes_on) => {
                return self.rounds(at, body, None, Some((condition, *goes_on)));
            }
            Step::For(name, over, body) => return self.each(at, name, over, body),
            Step::Block(statements) => return self.block(statements),
            Step::Look(value) => drop(self.value(value)?),
            Step::Break => return Ok(Flow::Break),
            Step::Continue => return Ok(Flow::Continue),
            Step::Return => return Ok(Flow::Return),
        }
        Ok(Flow::Next)
    }

    fn rounds(
        &mut self,
        at: Place,
        body: &[Statement],
        before: Option<&Node>,
        behind: Option<(&Node, bool)>,
    ) -> Result<Flow, Wrong> {
        loop {
            self.spend(at)?;
            if let Some(condition) = before
                && !self.truth(condition)?
            {
                return Ok(Flow::Next);
            }
            match self.block(body)? {
                Flow::Break => return Ok(Flow::Next),
                Flow::Return => return Ok(Flow::Return),
                Flow::Next | Flow::Continue => {}
            }
            if let Some((condition, goes_on)) = behind
                && self.truth(condition)? != goes_on
            {
                return Ok(Flow::Next);
            }
        }
    }

    fn each(&mut self, at: Place, name: &Name, over: &Over, body: &[Statement]) -> Result<Flow, Wrong> {
        let mut values: Box<dyn Iterator<Item = Value>> = match over {
            Over::Elements(list) => match self.value(list)? {
                Value::List(items) => Box::new(items.into_iter()),
                other => return Err(list.at.wrong(format!("`for` does not go over a {}", other.kind()))),
            },
            Over::Range(from, to, included) => {
                let (first, last) = (self.whole(from)?, self.whole(to)?);
                match included {
                    true => Box::new((first..=last).map(Value::Integer)),
                    false => Box::new((first..last).map(Value::Integer)),
                }
            }
        };
        let mark = self.state.mark();
        let flow = loop {
            let Some(value) = values.next() else { break Flow::Next };
            self.spend(at)?;
            self.state.forget(mark);
            self.state.declare(name.clone(), value).map_err(|message| at.wrong(message))?;
            match self.block(body)? {
                Flow::Break => break Flow::Next,
                Flow::Return => break Flow::Return,
                Flow::Next | Flow::Continue => {}
            }
        };
        self.state.forget(mark);
        Ok(flow)
    }

    fn assign(&mut self, target: &Target, operation: Option<Operation>, value: &Node) -> Result<(), Wrong> {
        let (at, places) = (target.at, (target.at, value.at));
        let value = self.value(value)?;
        let Some(operation) = operation else {
            if target.way.is_empty() {
                return self.state.assign(&target.root, value).map_err(|message| at.wrong(message));
            }
            return self.change(target, |part| {
                *part = value;
                Ok(())
            });
        };
        let mut wrong = None;
        let changed = self.change(target, |part| {
            match evaluate::calculate(operation, part, &value, at, places) {
                Ok(found) => *part = found,
                Err(found) => wrong = Some(found),
            }
            Ok(())
        });
        wrong.map_or(changed, Err)
    }

    /// Changes the part of a variable that a target means. A member that a map does not have yet is made.
    fn change(
        &mut self,
        target: &Target,
        change: impl FnOnce(&mut Value) -> Result<(), String>,
    ) -> Result<(), Wrong> {
        let mut way = Vec::with_capacity(target.way.len());
        for part in &target.way {
            way.push(match part {
                Way::Member(name, at) => (Value::Text(name.clone()), *at),
                Way::Index(node) => (self.value(node)?, node.at),
            });
        }
        let mut wrong_at = target.at;
        let changed = self.state.change(&target.root, |whole| {
            let mut part = whole;
            for (at, (step, place)) in way.iter().enumerate() {
                wrong_at = *place;
                part = inside(part, step, at + 1 == way.len())?;
            }
            change(part)
        });
        changed.map_err(|message| wrong_at.wrong(message))
    }

    fn value(&mut self, node: &Node) -> Result<Value, Wrong> {
        self.state.leave(self.budget.0);
        let found = evaluate::evaluate_within(node, &self.state, &mut self.budget);
        self.spend(node.at)?;
        match found? {
            Outcome::Value(value) => Ok(value),
            Outcome::Unknown(names) => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                let verb = if names.len() == 1 { "is" } else { "are" };
                Err(node.at.wrong(format!("{} {verb} not known", names.join(", "))))
            }
        }
    }

    fn truth(&mut self, node: &Node) -> Result<bool, Wrong> {
        match self.value(node)? {
            Value::Bool(yes) => Ok(yes),
            other => Err(node.at.wrong(format!("the answer is a {}, not true or false", other.kind()))),
        }
    }

    fn whole(&mut self, node: &Node) -> Result<i64, Wrong> {
        match self.value(node)? {
            Value::Integer(whole) => Ok(whole),
            other => {
                Err(node.at.wrong(format!("a range goes over whole numbers, not to a {}", other.kind())))
            }
        }
    }
}

/// A member or an element of a value. The last member on a way may be new.
fn inside<'v>(of: &'v mut Value, step: &Value, last: bool) -> Result<&'v mut Value, String> {
    let kind = of.kind();
    match (of, step) {
        (Value::Map(members), Value::Text(name)) => {
            if last {
                members.entry(name.clone()).or_insert(Value::Null);
            }
            members.get_mut(name).ok_or_else(|| format!("there is no member `{name}` yet"))
        }
        (Value::List(items), Value::Integer(number)) => {
            let count = items.len();
            let found = usize::try_from(*number).ok().and_then(|number| items.get_mut(number));
            found.ok_or_else(|| format!("there is no element {number} in a list of {count}"))
        }
        (_, step) => Err(format!("a {kind} has no element at a {}", step.kind())),
    }
}
