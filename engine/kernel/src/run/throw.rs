//! Throws: who catches an error or escalation, whom a message or signal reaches, what a termination ends
//! (BPMN 2.0.2, clauses 10.5.1 and 13.5.4).
//!
//! An error or escalation looks outwards: catches beside the step itself, event sub-processes of its scope, then the
//! boundary of the call around it, and so on. A catch that names the code comes before one that takes any. What an event
//! sub-process throws is not caught beside it, but further out.
//!
//! **Absent on purpose:** what a catch does once it is triggered (`catch`).

use crate::ask::Ask;
use crate::id::{Instance, NodeId};
use crate::run::agenda::Todo;
use crate::run::catch::{ArmedBeside, Heard};
use crate::run::event::*;
use crate::run::state::Run;
use crate::run::values::{asked, text_of};
use crate::value::Value;
use crate::workflow::{Host, Kind, Throw, Trigger};

/// The node throws what it throws.
pub(super) fn throw(run: &Run, ask: &dyn Ask, step: Instance, given: Option<&Value>) -> Event {
    let Kind::Throw(throw) = &run.node(step).kind else {
        return Event::Incident { step: run.step(step), what: IncidentKind::NoTrueCondition };
    };
    let what = match &**throw {
        Throw::Error(code) => Contents::Error(code.clone()),
        Throw::Escalation(code) => Contents::Escalation(code.clone()),
        Throw::Signal(name) => Contents::Signal(name.clone()),
        Throw::Terminate => Contents::Termination,
        Throw::Message { key: None, name } => Contents::Message { key: None, name: name.clone() },
        Throw::Message { key: Some(key), name } => {
            let value = match given {
                Some(value) => value.clone(),
                None => match asked(run, ask, step, key, Purpose::Key) {
                    Ok(value) => value,
                    Err(event) => return *event,
                },
            };
            let Some(key) = text_of(&value) else {
                let why = format!("the key of a message is a {}, not text or a number", value.kind());
                return Event::Incident { step: run.step(step), what: IncidentKind::Value(why.into()) };
            };
            Contents::Message { key: Some(key), name: name.clone() }
        }
    };
    let catcher = run.catcher(step, &what);
    if let (Contents::Error(code), None) = (&what, catcher) {
        return Event::Incident { step: run.step(step), what: IncidentKind::Uncaught(code.clone()) };
    }
    let reached = match &what {
        Contents::Message { key, name } => {
            let waiting = run.listeners(&Heard::Message(name.clone()));
            waiting.into_iter().filter(|catch| run.takes_key(*catch, key.as_ref())).count()
        }
        Contents::Signal(name) => run.listeners(&Heard::Signal(name.clone())).len(),
        _ => 0,
    };
    Event::EventThrown(Box::new(EventThrown {
        caught_by: catcher.map(|(catch, _)| run.step(catch)),
        reached: u32::try_from(reached).unwrap_or(u32::MAX),
        step: run.step(step),
        what,
    }))
}

impl Run {
    /// The catch that takes an error or escalation that this step throws, and what it stands beside.
    pub(super) fn catcher(&self, thrower: Instance, what: &Contents) -> Option<(Instance, ArmedBeside)> {
        if !matches!(what, Contents::Error(_) | Contents::Escalation(_)) {
            return None;
        }
        let mut step = thrower;
        loop {
            let scope = self.scope(step.scope)?;
            let beside = self.workflow.catches_beside(step.node);
            if let Some(node) = self.best(beside, what) {
                return Some((self.coming_round(step, node), ArmedBeside::Step(step)));
            }
            if !self.is_handler(step.node) {
                let of_scope = self.workflow.catches_of(scope.body);
                if scope.interrupted_by.is_none()
                    && let Some(node) = self.best(of_scope, what)
                {
                    return Some((self.coming_round(step, node), ArmedBeside::Scope(step.scope)));
                }
            }
            step = scope.parent?;
        }
    }

    /// Whether a catch beside the step takes an error with this code.
    pub(super) fn is_watched(&self, step: Instance, code: &str) -> bool {
        self.best(self.workflow.catches_beside(step.node), &Contents::Error(code.into())).is_some()
    }

    /// The catch among these that takes what is thrown: one that names its code, else one that takes any.
    fn best(&self, catches: &[NodeId], what: &Contents) -> Option<NodeId> {
        let takes = |node: &NodeId, named: bool| {
            let wanted = match (self.catch(*node).map(|catch| &catch.trigger), what) {
                (Some(Trigger::Error(wanted)), Contents::Error(code))
                | (Some(Trigger::Escalation(wanted)), Contents::Escalation(code)) => {
                    wanted.as_ref().map(|wanted| wanted == code)
                }
                _ => return false,
            };
            wanted.map_or(!named, |same| named && same)
        };
        let find = |named| catches.iter().copied().find(|node| takes(node, named));
        find(true).or_else(|| find(false))
    }

    /// Whether the node is an event sub-process: it stands behind a catch of the whole scope.
    fn is_handler(&self, node: NodeId) -> bool {
        self.workflow.incoming(node).iter().any(|edge| {
            let from = self.workflow.edge(*edge).from;
            self.catch(from).is_some_and(|catch| catch.host == Some(Host::Scope))
        })
    }

    /// The instance that a catch will be when it is triggered now.
    fn coming_round(&self, near: Instance, node: NodeId) -> Instance {
        let first = Instance { node, round: 0, ..near };
        let round = self.node_state(first).map_or(0, |state| state.rounds);
        Instance { round, ..first }
    }

    /// Something was thrown.
    pub(super) fn thrown(&mut self, thrown: &EventThrown, todo: Option<&Todo>) {
        let step = thrown.step.id;
        let caught = self.catcher(step, &thrown.what);
        let by_its_end = matches!(todo, Some(Todo::Trouble { .. }));
        if !by_its_end {
            let why = SettledBy::Thrown;
            self.agenda.push_back(Todo::Settle { instance: step, outcome: Outcome::Passed, why });
        }
        match &thrown.what {
            Contents::Error(code) => self.caught(step, caught, SettledBy::Error(code.clone()), by_its_end),
            Contents::Escalation(code) => {
                self.caught(step, caught, SettledBy::Escalation(code.clone()), by_its_end);
            }
            Contents::Message { key, name } => {
                self.hear_message(name, key.as_ref());
            }
            Contents::Signal(name) => {
                self.hear_signal(name);
            }
            Contents::Termination => self.terminate(step),
        }
    }

    fn caught(
        &mut self,
        thrower: Instance,
        caught: Option<(Instance, ArmedBeside)>,
        why: SettledBy,
        by_its_end: bool,
    ) {
        let Some((catch, host)) = caught else { return };
        if self.is_being_ended(host) {
            // Another one came first.
            return self.tokens_removed(thrower.scope, u32::from(by_its_end));
        }
        if self.next_round(catch.scope, catch.node).is_none() {
            return;
        }
        self.activate(catch, crate::run::state::Phase::Entered);
        self.agenda.push_back(Todo::Settle { instance: catch, outcome: Outcome::Passed, why });
        self.take_over(catch, host);
        // The token of a step that threw by its end goes on from a catch beside it, and nowhere else.
        if by_its_end {
            self.keep_handled(thrower);
        }
        if by_its_end && host != ArmedBeside::Step(thrower) {
            self.tokens_removed(thrower.scope, 1);
        }
    }

    /// The scope of the step ends here, and ends well.
    fn terminate(&mut self, step: Instance) {
        self.withdraw_armed(step.scope);
        self.stop_scope(step.scope, &StopReason::Terminated);
    }
}
