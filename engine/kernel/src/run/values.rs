//! Variables of scopes, and what token bodies compute: values and scripts.
//!
//! ```text
//!   look up   the scope, then outwards as far as bodies are `Around` or `Returned`
//!   set       the nearest scope that has the name, as far outwards as bodies are `Around`; else the outermost of these
//! ```
//!
//! Nothing is copied for a look-up, and nothing is merged where tokens meet: variables belong to scopes, and writes apply
//! in the order of the log. Who wrote a variable last, and when, is kept, so that a write which takes away what another
//! step wrote meanwhile is recorded and never silent.
//!
//! **Absent on purpose:** the languages; [`Ask`] answers. Decision tables are in `table`, rounds in `repeat`.

use std::collections::BTreeMap;

use crate::ask::{Answer, Ask, Expression, Wrong};
use crate::id::{Instance, Name, ScopeId};
use crate::run::agenda::{Todo, Trouble};
use crate::run::catch::Arming;
use crate::run::event::*;
use crate::run::state::Run;
use crate::value::{DEPTH_MAX, Value, quoted};
use crate::workflow::{Given, Kind, Variables};

/// How many bytes one event may bring of variables, or of a value that was asked for. What is more is refused, or is why a
/// step is undecided; nothing is cut.
pub const SET_BYTES_MAX: usize = 3 << 20;

/// The error that an undecided step throws by its end.
const UNDECIDED: &str = "undecided";

/// From where an expression looks at variables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) scope: ScopeId,
    /// Between this step and its rounds: what is counted of them is known as well.
    pub(super) rounds: Option<Instance>,
}

/// Who set a variable last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    by: Instance,
    at: u64,
}

/// Somebody who sets variables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    pub(super) by: Instance,
    /// Since when it has been at work.
    pub(super) since: u64,
    /// The step that an event names.
    pub(super) step: Instance,
}

/// Why these variables cannot go into an event; `None`: they can.
pub(super) fn too_much<'a>(set: impl IntoIterator<Item = (&'a Name, &'a Value)>) -> Option<String> {
    let mut bytes = 0;
    for (name, value) in set {
        let Some(weight) = value.weight() else {
            return Some(format!("`{name}` has lists or maps more than {DEPTH_MAX} deep"));
        };
        bytes += 2 + quoted(name) + weight;
    }
    (bytes > SET_BYTES_MAX).then(|| format!("the variables are more than {SET_BYTES_MAX} bytes"))
}

/// An answer that can go into an event; a value that is too much for one is wrong.
pub(super) fn bounded(answer: Answer) -> Answer {
    let message = match &answer {
        Answer::Value(value) => match value.weight() {
            None => format!("the value has lists or maps more than {DEPTH_MAX} deep"),
            Some(bytes) if bytes > SET_BYTES_MAX => format!("the value is more than {SET_BYTES_MAX} bytes"),
            Some(_) => return answer,
        },
        _ => return answer,
    };
    Answer::Wrong(Wrong { column: 1, line: 1, message: message.into() })
}

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
    let place = Place { scope: step.scope, rounds: None };
    Err(Box::new(value_at(run, ask, step, place, expression, purpose)))
}

/// Asks an expression for a value.
pub(super) fn value_at(
    run: &Run,
    ask: &dyn Ask,
    step: Instance,
    place: Place,
    expression: &Expression,
    purpose: Purpose,
) -> Event {
    let (engine, answer) = run.with_facts_at(place, |facts| ask.answer(expression, facts));
    Event::ValueAsked(Box::new(ValueAsked {
        answer: bounded(answer),
        engine,
        expression: expression.digest,
        purpose,
        step: run.step(step),
    }))
}

/// Why there is no value.
pub(super) fn why_not(answer: &Answer) -> String {
    match answer {
        Answer::Value(value) => format!("it is a {}", value.kind()),
        Answer::Wrong(wrong) => wrong.message.to_string(),
        Answer::Unknown(names) => {
            let names: Vec<&str> = names.iter().map(Name::as_str).collect();
            format!("{} is not known", names.join(", "))
        }
    }
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
    let ran = ran.and_then(|set| match too_much(&set) {
        None => Ok(set),
        Some(why) => Err(Wrong { column: 1, line: 1, message: why.into() }),
    });
    let (set, wrong) = match ran {
        Ok(set) => (set, None),
        Err(wrong) => (BTreeMap::new(), Some(wrong)),
    };
    Event::ScriptRun(Box::new(ScriptRun { engine, script: script.digest, set, step: run.step(step), wrong }))
}

impl Run {
    /// What a variable holds, seen from a place.
    pub(super) fn variable(&self, place: Place, name: &str) -> Option<Value> {
        if let Some(counted) = place.rounds.and_then(|rounds| self.counted(rounds, name)) {
            return Some(counted);
        }
        let mut id = place.scope;
        loop {
            let scope = self.scope(id)?;
            if let Some(value) = scope.variables.get(name) {
                return Some(value.clone());
            }
            if let Some(counted) = scope.parent.and_then(|rounds| self.counted(rounds, name)) {
                return Some(counted);
            }
            if self.workflow.body(scope.body).variables == Variables::Copied {
                return None;
            }
            id = scope.parent?.scope;
        }
    }

    /// Everything that is seen from a scope; what is nearer hides what is further out.
    pub(super) fn visible(&self, mut id: ScopeId) -> BTreeMap<Name, Value> {
        let mut all: BTreeMap<Name, Value> = BTreeMap::new();
        while let Some(scope) = self.scope(id) {
            for (name, value) in &scope.variables {
                all.entry(name.clone()).or_insert_with(|| value.clone());
            }
            let Some(parent) = scope.parent else { break };
            if self.workflow.body(scope.body).variables == Variables::Copied {
                break;
            }
            id = parent.scope;
        }
        all
    }

    /// The scope in which a variable is set from here.
    fn home_of(&self, mut id: ScopeId, name: &Name) -> ScopeId {
        while let Some(scope) = self.scope(id) {
            let around = self.workflow.body(scope.body).variables == Variables::Around;
            match scope.parent {
                Some(parent) if around && !scope.variables.contains_key(name) => id = parent.scope,
                _ => break,
            }
        }
        id
    }

    /// A step sets variables.
    pub(super) fn set_variables(&mut self, step: Instance, set: &BTreeMap<Name, Value>) {
        let since = self.active.get(&step).map_or(self.point, |active| active.since);
        self.write(step.scope, Writer { by: step, since, step }, set);
    }

    /// Sets variables as seen from a scope. What another one set while the writer was at work is contested.
    pub(super) fn write(&mut self, from: ScopeId, writer: Writer, set: &BTreeMap<Name, Value>) {
        let point = self.point;
        let mut contested = Vec::new();
        for (name, value) in set {
            let home = self.home_of(from, name);
            let Some(scope) = self.scope_mut(home) else { continue };
            let written = Written { by: writer.by, at: point };
            let before = scope.writers.insert(name.clone(), written);
            let held = scope.variables.insert(name.clone(), value.clone());
            let meanwhile = before.is_some_and(|before| before.by != writer.by && before.at > writer.since);
            if meanwhile && held.as_ref() != Some(value) {
                contested.push(name.clone());
            }
        }
        if !contested.is_empty() {
            self.agenda.push_front(Todo::Contested { names: contested, step: writer.step });
        }
    }

    /// A scope that keeps its variables to itself has ended well: what was set in it is set around it.
    pub(super) fn hand_back(&mut self, id: ScopeId) {
        let Some(scope) = self.scope(id) else { return };
        let Some(caller) = scope.parent else { return };
        if self.workflow.body(scope.body).variables != Variables::Returned || scope.writers.is_empty() {
            return;
        }
        let set =
            scope.writers.keys().filter_map(|name| Some((name.clone(), scope.variables.get(name)?.clone())));
        let set: BTreeMap<Name, Value> = set.collect();
        // Rounds of one step are several writers.
        let writer = Writer { by: Instance { scope: id, ..caller }, since: scope.since, step: caller };
        self.write(caller.scope, writer, &set);
    }

    /// What a step of a token body wrote becomes variables. An error where it is more than an event may bring.
    pub(super) fn set_outputs(
        &mut self,
        step: Instance,
        outputs: &BTreeMap<Name, Name>,
    ) -> Result<(), String> {
        let set: BTreeMap<Name, Value> =
            outputs.iter().map(|(name, text)| (name.clone(), Value::read(text))).collect();
        match too_much(&set) {
            Some(why) => Err(why),
            None => {
                self.set_variables(step, &set);
                Ok(())
            }
        }
    }

    /// An expression answered with a value: what asked for it goes on. Without one the step cannot.
    pub(super) fn value_asked(&mut self, asked: &ValueAsked, todo: Option<Todo>) {
        let step = asked.step.id;
        let value = match &asked.answer {
            Answer::Value(value) => value.clone(),
            other => {
                let why = why_not(other);
                return match todo {
                    Some(Todo::Round(round)) => self.round_trouble(round, IncidentKind::Value(why.into())),
                    _ => self.cannot(step, why),
                };
            }
        };
        if let Some(Todo::Round(round)) = todo {
            return self.collected(round, value);
        }
        let given = Some(value);
        match (todo, &self.node(step).kind) {
            (Some(Todo::Arm(arming)), _) => {
                self.agenda.push_front(Todo::Arm(Box::new(Arming { given, ..*arming })));
            }
            (Some(Todo::Enter(catch) | Todo::Entered { instance: catch, .. }), Kind::Catch(_)) => {
                let arming = Arming { catch, host: None, given, fired: None };
                self.agenda.push_front(Todo::Arm(Box::new(arming)));
            }
            (Some(Todo::Enter(step) | Todo::Entered { instance: step, .. }), Kind::Repeat(_)) => {
                self.rounds_known(step, given);
            }
            (Some(Todo::Enter(instance) | Todo::Entered { instance, .. }), Kind::Throw(_)) => {
                self.agenda.push_front(Todo::Throw { instance, given });
            }
            _ => {}
        }
    }

    pub(super) fn cannot(&mut self, instance: Instance, why: String) {
        let what = Trouble::Incident(IncidentKind::Value(why.into()));
        self.agenda.push_front(Todo::Trouble { instance, what });
    }

    /// A script was run to its end, or could not be.
    pub(super) fn script_run(&mut self, ran: &ScriptRun) {
        let wrong = ran.wrong.as_ref().map(|wrong| {
            let Wrong { column, line, message } = wrong;
            format!("the script cannot be run: {message} (line {line}, column {column})")
        });
        self.computed(ran.step.id, wrong, SettledBy::Script);
        self.set_variables(ran.step.id, &ran.set);
    }

    /// A decision table was asked.
    pub(super) fn decision_taken(&mut self, taken: &DecisionTaken) {
        let wrong = taken.wrong.as_ref().map(|wrong| format!("there is no decision: {}", wrong.message));
        self.computed(taken.step.id, wrong, SettledBy::Decision);
        self.set_variables(taken.step.id, &taken.set);
    }

    /// A step that computes has done so. Where it could not, and nothing would catch that, the incident says why.
    fn computed(&mut self, instance: Instance, wrong: Option<String>, why: SettledBy) {
        let undecided = || Contents::Error(UNDECIDED.into());
        let outcome = match wrong {
            None => Outcome::Passed,
            Some(wrong)
                if !self.node(instance).allow_failure && self.catcher(instance, &undecided()).is_none() =>
            {
                return self.cannot(instance, wrong);
            }
            Some(_) => Outcome::Undecided,
        };
        self.agenda.push_front(Todo::Settle { instance, outcome, why });
    }
}
