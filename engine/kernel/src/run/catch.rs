//! Catches: armed beside what they may interrupt, waiting in the flow, racing each other
//! (BPMN 2.0.2, clauses 10.5.4, 10.5.6, 10.6.6 and 13.5).
//!
//! ```text
//!   host begins ─▶ Arm ─▶ StepWaiting(catch) ─▶ its trigger ─▶ fire ─▶ StepSettled(catch) ─▶ its token goes on
//!                                                               └ interrupts: the host is ended first
//! ```
//!
//! A catch that has fired and interrupts is *held* until its host, or all else in its scope, has come to its end: what
//! repairs a failed deployment must not run beside it. Errors and escalations are never armed; a throw looks for them.
//!
//! **Absent on purpose:** throwing (`throw`), and who is told of what waits (`outstanding`).

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::Ask;
use crate::id::{BodyId, Instance, Name, NodeId, ScopeId, Timestamp};
use crate::moment::Moment;
use crate::run::agenda::{Todo, Trouble};
use crate::run::event::*;
use crate::run::state::{Phase, Run};
use crate::run::values::{asked, text_of};
use crate::value::Value;
use crate::workflow::{Catch, Kind, Trigger};

/// What catches need beside the state of steps.
#[derive(Clone, Debug, Default)]
pub(super) struct Catching {
    /// Armed catches, by the step they stand beside.
    beside: BTreeMap<Instance, Vec<Instance>>,
    /// Armed catches that stand beside something, with what they wait for.
    armed: BTreeMap<Instance, Arming>,
    /// What waits for messages and signals.
    listening: BTreeMap<Heard, BTreeSet<Instance>>,
    /// The correlation keys that were computed.
    keys: BTreeMap<Instance, Name>,
    /// Catches whose host is being ended; whether they have settled.
    held: BTreeMap<Instance, bool>,
    /// Steps that a catch ends.
    interrupted: BTreeMap<Instance, Instance>,
    /// Catches behind an event-based gateway, all of which go when one is triggered.
    races: BTreeMap<Instance, Vec<Instance>>,
    race_of: BTreeMap<Instance, Instance>,
}

/// What can be heard: a message or a signal of this name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Heard {
    Message(Name),
    Signal(Name),
}

/// A catch that is to be armed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arming {
    pub(super) catch: Instance,
    /// What it stands beside; `None` in the flow.
    pub(super) host: Option<ArmedBeside>,
    /// The time or key, once it is known.
    pub(super) given: Option<Value>,
    /// A timer that fires again: when it did last, and how often it has.
    pub(super) fired: Option<(Timestamp, u32)>,
}

/// What an armed catch stands beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArmedBeside {
    Scope(ScopeId),
    Step(Instance),
}

/// The trigger of this catch is to be waited for: since when, or why that cannot be.
pub(super) fn arm(run: &Run, ask: &dyn Ask, arming: &Arming) -> Event {
    let Some(catch) = run.catch(arming.catch.node) else {
        return Event::StepWaiting { due: None, key: None, step: run.step(arming.catch) };
    };
    let given = match (&catch.trigger, &arming.given) {
        (_, Some(value)) => Some(value.clone()),
        (Trigger::Timer(given), None) => match asked(run, ask, arming.catch, given, Purpose::Timer) {
            Ok(value) => Some(value),
            Err(event) => return *event,
        },
        (Trigger::Message { key: Some(key), .. }, None) => {
            match asked(run, ask, arming.catch, key, Purpose::Key) {
                Ok(value) => Some(value),
                Err(event) => return *event,
            }
        }
        _ => None,
    };
    let step = run.step(arming.catch);
    let wrong =
        |why: String| Event::Incident { step: run.step(arming.catch), what: IncidentKind::Value(why.into()) };
    match (&catch.trigger, given) {
        (Trigger::Timer(_), Some(value)) => match due(&value, run.now, arming.fired) {
            Ok(due) => Event::StepWaiting { due, key: None, step },
            Err(why) => wrong(why),
        },
        (_, Some(value)) => match text_of(&value) {
            Some(key) => Event::StepWaiting { due: None, key: Some(key), step },
            None => wrong(format!("the key of a message is a {}, not text or a number", value.kind())),
        },
        (_, None) => Event::StepWaiting { due: None, key: None, step },
    }
}

/// When a timer is due, or due again.
fn due(value: &Value, now: Timestamp, fired: Option<(Timestamp, u32)>) -> Result<Option<Timestamp>, String> {
    let Value::Text(text) = value else {
        return Err(format!("the time is a {}, not a text like `PT10M`", value.kind()));
    };
    let moment = Moment::parse(text).map_err(|wrong| format!("`{text}` is no time: {wrong}"))?;
    Ok(match fired {
        None => Some(moment.first_due(now)),
        Some((before, times)) => moment.next_due(before, times),
    })
}

impl Run {
    /// The catch that a node is.
    pub(super) fn catch(&self, node: NodeId) -> Option<&Catch> {
        match &self.workflow.node(node).kind {
            Kind::Catch(catch) => Some(catch),
            _ => None,
        }
    }

    /// Whether the node is a catch that stands beside something, and so has no token while it waits.
    pub(super) fn stands_beside(&self, node: NodeId) -> bool {
        self.catch(node).is_some_and(|catch| catch.host.is_some())
    }

    /// Puts what stands beside a step that begins on the agenda.
    pub(super) fn arm_beside(&mut self, host: Instance) {
        if self.workflow.catches_beside(host.node).is_empty() {
            return;
        }
        let workflow = self.workflow.clone();
        for node in workflow.catches_beside(host.node) {
            self.arm_node(host.scope, *node, ArmedBeside::Step(host));
        }
    }

    /// Puts what stands beside a whole scope that was opened on the agenda.
    pub(super) fn arm_scope(&mut self, scope: ScopeId, body: BodyId) {
        let workflow = self.workflow.clone();
        for node in workflow.catches_of(body) {
            self.arm_node(scope, *node, ArmedBeside::Scope(scope));
        }
    }

    fn arm_node(&mut self, scope: ScopeId, node: NodeId, host: ArmedBeside) {
        let waits = self.catch(node).is_some_and(|catch| {
            matches!(catch.trigger, Trigger::Message { .. } | Trigger::Signal(_) | Trigger::Timer(_))
        });
        if waits && let Some(catch) = self.next_round(scope, node) {
            let arming = Arming { catch, host: Some(host), given: None, fired: None };
            self.agenda.push_back(Todo::Arm(Box::new(arming)));
        }
    }

    /// Nothing is left to arm it for.
    pub(super) fn is_void_arming(&self, arming: &Arming) -> bool {
        match arming.host {
            None => !self.active.contains_key(&arming.catch),
            Some(ArmedBeside::Step(host)) => {
                !self.active.contains_key(&host) || self.catching.interrupted.contains_key(&host)
            }
            Some(ArmedBeside::Scope(scope)) => self.scope(scope).is_none_or(|scope| {
                scope.open == 0 || scope.stopping.is_some() || scope.interrupted_by.is_some()
            }),
        }
    }

    /// What a node waits to hear.
    fn heard_by(&self, node: NodeId) -> Option<Heard> {
        match &self.workflow.node(node).kind {
            Kind::Message(message) => Some(Heard::Message(message.name.clone())),
            Kind::Catch(catch) => match &catch.trigger {
                Trigger::Message { name, .. } => Some(Heard::Message(name.clone())),
                Trigger::Signal(name) => Some(Heard::Signal(name.clone())),
                _ => None,
            },
            _ => None,
        }
    }

    /// A catch, or a step that waits for a message, waits from now on.
    pub(super) fn armed(&mut self, step: Instance, key: Option<&Name>, todo: Option<Todo>) {
        if let Some(heard) = self.heard_by(step.node) {
            self.catching.listening.entry(heard).or_default().insert(step);
        }
        let wanted = match &self.node(step).kind {
            Kind::Message(message) => message.key.clone(),
            _ => key.cloned(),
        };
        if let Some(key) = wanted {
            self.catching.keys.insert(step, key);
        }
        let Some(Todo::Arm(arming)) = todo else { return };
        match arming.host {
            Some(ArmedBeside::Step(host)) => self.catching.beside.entry(host).or_default().push(step),
            Some(ArmedBeside::Scope(scope)) => {
                if let Some(scope) = self.scope_mut(scope) {
                    scope.armed.push(step);
                }
            }
            None => return,
        }
        self.catching.armed.insert(step, *arming);
    }

    /// A catch waits no longer. The scope or step beside which it stood forgets it.
    pub(super) fn disarm(&mut self, step: Instance) {
        if let Some(heard) = self.heard_by(step.node)
            && let Some(listening) = self.catching.listening.get_mut(&heard)
        {
            listening.remove(&step);
            if listening.is_empty() {
                self.catching.listening.remove(&heard);
            }
        }
        self.catching.keys.remove(&step);
        let Some(arming) = self.catching.armed.remove(&step) else { return };
        match arming.host {
            Some(ArmedBeside::Step(host)) => {
                if let Some(beside) = self.catching.beside.get_mut(&host) {
                    beside.retain(|other| *other != step);
                    if beside.is_empty() {
                        self.catching.beside.remove(&host);
                    }
                }
            }
            Some(ArmedBeside::Scope(scope)) => {
                if let Some(scope) = self.scope_mut(scope) {
                    scope.armed.retain(|other| *other != step);
                }
            }
            None => {}
        }
    }

    /// What waits for a message or signal, in the order of scopes and nodes.
    pub(super) fn listeners(&self, heard: &Heard) -> Vec<Instance> {
        self.catching.listening.get(heard).map(|all| all.iter().copied().collect()).unwrap_or_default()
    }

    /// Whether a catch takes a message with this key: a catch without a key takes every message of its name.
    pub(super) fn takes_key(&self, catch: Instance, key: Option<&Name>) -> bool {
        self.catching.keys.get(&catch).is_none_or(|wanted| Some(wanted) == key)
    }

    /// Armed catches beside something that wait for somebody outside.
    pub(super) fn armed_beside(&self) -> impl Iterator<Item = Instance> + '_ {
        self.catching.armed.keys().copied()
    }

    /// The trigger of an armed catch, or of one in the flow, has come.
    pub(super) fn fire(&mut self, catch: Instance, why: SettledBy) {
        if self.stop_for(catch).is_some() {
            // What it belongs to is being ended, and it with it.
            return;
        }
        let arming = self.catching.armed.get(&catch).cloned();
        if arming.as_ref().and_then(|arming| arming.host).is_some_and(|host| self.is_being_ended(host)) {
            // Another one came first, and this one is withdrawn.
            return;
        }
        let settle = Todo::Settle { instance: catch, outcome: Outcome::Passed, why };
        self.agenda.push_back(settle);
        let Some(arming) = arming else { return };
        let due = match self.active.get(&catch).map(|active| &active.phase) {
            Some(Phase::Waiting { due }) => *due,
            _ => None,
        };
        // From here on it is not withdrawn any more.
        self.disarm(catch);
        if let Some(host) = arming.host {
            self.take_over(catch, host);
            let interrupts = self.catch(catch.node).is_some_and(|catch| catch.interrupts);
            if !interrupts {
                self.arm_again(&arming, host, due);
            }
        }
    }

    pub(super) fn is_being_ended(&self, host: ArmedBeside) -> bool {
        match host {
            ArmedBeside::Step(host) => self.catching.interrupted.contains_key(&host),
            ArmedBeside::Scope(scope) => self.scope(scope).is_none_or(|scope| scope.interrupted_by.is_some()),
        }
    }

    /// A catch that does not interrupt waits for the next time.
    fn arm_again(&mut self, arming: &Arming, host: ArmedBeside, due: Option<Timestamp>) {
        let timer =
            matches!(self.catch(arming.catch.node).map(|catch| &catch.trigger), Some(Trigger::Timer(_)));
        let given = arming.given.clone().or_else(|| self.literal_time(arming.catch.node));
        let fired = due.map(|due| (due, arming.fired.map_or(1, |(_, times)| times + 1)));
        if timer {
            let (Some(Value::Text(text)), Some((before, times))) = (&given, fired) else { return };
            let again = Moment::parse(text).ok().and_then(|moment| moment.next_due(before, times));
            if again.is_none() {
                return;
            }
        }
        if let Some(catch) = self.next_round(arming.catch.scope, arming.catch.node) {
            let arming = Arming { catch, host: Some(host), given, fired };
            self.agenda.push_back(Todo::Arm(Box::new(arming)));
        }
    }

    fn literal_time(&self, node: NodeId) -> Option<Value> {
        match self.catch(node).map(|catch| &catch.trigger) {
            Some(Trigger::Timer(crate::workflow::Given::Value(value))) => Some(value.clone()),
            _ => None,
        }
    }

    /// What a triggered catch does to what it stands beside. Without an interruption its token is one more.
    pub(super) fn take_over(&mut self, catch: Instance, host: ArmedBeside) {
        let interrupts = self.catch(catch.node).is_some_and(|catch| catch.interrupts);
        match host {
            _ if !interrupts => self.tokens_added(catch.scope, 1),
            ArmedBeside::Step(host) => self.interrupt_step(host, catch),
            ArmedBeside::Scope(scope) => self.interrupt_scope(scope, catch),
        }
    }

    /// The step is ended, and its token goes on from the catch.
    fn interrupt_step(&mut self, host: Instance, catch: Instance) {
        if !self.active.contains_key(&host) || self.catching.interrupted.contains_key(&host) {
            // It has come to its end by itself: its token has waited for this.
            return;
        }
        self.catching.interrupted.insert(host, catch);
        self.catching.held.insert(catch, false);
        self.withdraw_beside(host);
        self.end_early(host, StopReason::Interrupted);
    }

    /// Everything else in the scope is ended; then the catch's token goes on.
    fn interrupt_scope(&mut self, id: ScopeId, catch: Instance) {
        let Some(scope) = self.scope_mut(id) else { return };
        scope.interrupted_by = Some(catch);
        scope.stopping.get_or_insert(StopReason::Interrupted);
        self.catching.held.insert(catch, false);
        self.tokens_added(id, 1);
        self.withdraw_armed(id);
        self.end_all_in(id, &StopReason::Interrupted);
        self.drop_waiting_in(id);
        self.resume_interrupted(id);
    }

    /// Where all but the token of the catch that interrupted the scope are gone, it goes on.
    pub(super) fn resume_interrupted(&mut self, id: ScopeId) {
        let Some(scope) = self.scope_mut(id) else { return };
        // What stood beside it hears nothing any more, and has to be gone before anything goes on.
        if scope.open != 1 || !scope.armed.is_empty() {
            return;
        }
        let Some(catch) = scope.interrupted_by.take() else { return };
        if scope.stopping == Some(StopReason::Interrupted) {
            scope.stopping = None;
        }
        self.release(catch);
    }

    /// What the catch interrupted has come to its end.
    pub(super) fn release(&mut self, catch: Instance) {
        if self.catching.held.remove(&catch) == Some(true) {
            self.go_on(catch);
        }
    }

    /// The catch that ended the step, where one did.
    pub(super) fn interrupted_by(&mut self, step: Instance) -> Option<Instance> {
        self.catching.interrupted.remove(&step)
    }

    /// A catch has settled. Its token goes on now, or when what it interrupted has come to its end.
    pub(super) fn leave_catch(&mut self, catch: Instance, outcome: Outcome) {
        if outcome != Outcome::Passed {
            // It stood beside something and was withdrawn: it had no token.
            return self.tokens_removed(catch.scope, 0);
        }
        match self.catching.held.get_mut(&catch) {
            Some(settled) => *settled = true,
            None => self.go_on(catch),
        }
    }

    /// What stands beside a step that has come to its end is not needed any more.
    pub(super) fn withdraw_beside(&mut self, host: Instance) {
        for catch in self.catching.beside.get(&host).cloned().unwrap_or_default() {
            self.withdraw(catch);
        }
    }

    /// What stands beside a scope that has come to its end is not needed any more. Whether there was anything.
    pub(super) fn withdraw_armed(&mut self, scope: ScopeId) -> bool {
        let armed = self.scope(scope).map(|scope| scope.armed.clone()).unwrap_or_default();
        for catch in &armed {
            self.withdraw(*catch);
        }
        !armed.is_empty()
    }

    fn withdraw(&mut self, catch: Instance) {
        let why = SettledBy::Stopped(StopReason::Withdrawn);
        self.agenda.push_front(Todo::Settle { instance: catch, outcome: Outcome::Skipped, why });
    }

    /// Catches behind an event-based gateway begin to race.
    pub(super) fn race(&mut self, gateway: Instance, catches: Vec<Instance>) {
        for catch in &catches {
            self.catching.race_of.insert(*catch, gateway);
        }
        self.catching.races.insert(gateway, catches);
    }

    /// One that raced has settled: the others go.
    pub(super) fn end_race(&mut self, step: Instance) {
        let Some(gateway) = self.catching.race_of.remove(&step) else { return };
        for rival in self.catching.races.remove(&gateway).unwrap_or_default() {
            self.catching.race_of.remove(&rival);
            if rival != step {
                self.withdraw(rival);
            }
        }
    }

    /// A message came from outside, or from a throw in this run: all that wait for it go on.
    pub(super) fn hear_message(&mut self, name: &Name, key: Option<&Name>) -> Vec<Instance> {
        let heard = Heard::Message(name.clone());
        let mut reached = self.listeners(&heard);
        reached.retain(|catch| self.takes_key(*catch, key));
        for catch in &reached {
            self.fire(*catch, SettledBy::Message);
        }
        reached
    }

    /// A signal came from outside, or from a throw in this run: all that wait for it go on.
    pub(super) fn hear_signal(&mut self, name: &Name) -> Vec<Instance> {
        let reached = self.listeners(&Heard::Signal(name.clone()));
        for catch in &reached {
            self.fire(*catch, SettledBy::Signal);
        }
        reached
    }
}

/// What becomes of a step of a token body that cannot go on.
pub(super) fn trouble(run: &Run, step: Instance, what: &Trouble) -> Event {
    match what {
        Trouble::Incident(what) => Event::Incident { step: run.step(step), what: what.clone() },
        Trouble::Ended(code) => match run.catcher(step, &Contents::Error((*code).into())) {
            Some((catch, _)) => Event::EventThrown(Box::new(EventThrown {
                caught_by: Some(run.step(catch)),
                reached: 0,
                step: run.step(step),
                what: Contents::Error((*code).into()),
            })),
            None => Event::Incident { step: run.step(step), what: IncidentKind::TaskFailed },
        },
    }
}

#[cfg(test)]
impl Catching {
    /// Whether nothing waits or is held; for tests.
    pub(super) fn is_empty(&self) -> bool {
        let Self { beside, armed, listening, keys, held, interrupted, races, race_of } = self;
        beside.is_empty()
            && armed.is_empty()
            && listening.is_empty()
            && keys.is_empty()
            && held.is_empty()
            && interrupted.is_empty()
            && races.is_empty()
            && race_of.is_empty()
    }

    /// Every table says the same of what is active at rest.
    pub(super) fn assert_sound(&self, beside: &BTreeSet<Instance>, run: &Run) {
        assert_eq!(
            self.armed.keys().copied().collect::<BTreeSet<_>>(),
            *beside,
            "what stands beside something"
        );
        let of_steps = self.beside.values().flatten();
        let of_scopes = run.scopes.iter().flatten().flat_map(|scope| &scope.armed);
        let known: BTreeSet<Instance> = of_steps.chain(of_scopes).copied().collect();
        assert_eq!(known, *beside, "what hosts know of what stands beside them");
        let open = |step: &Instance| run.active.contains_key(step);
        assert!(self.beside.keys().all(open), "a host is gone and something stands beside it");
        assert!(
            self.listening.values().flatten().chain(self.keys.keys()).all(open),
            "nobody listens any more"
        );
        assert!(self.interrupted.keys().all(open), "a step that was interrupted is gone");
        let ended = self.interrupted.values().copied();
        let ended = ended.chain(run.scopes.iter().flatten().filter_map(|scope| scope.interrupted_by));
        assert_eq!(
            self.held.keys().copied().collect::<BTreeSet<_>>(),
            ended.collect(),
            "catches that are held"
        );
        let racing: BTreeSet<Instance> = self.races.values().flatten().copied().collect();
        assert_eq!(self.race_of.keys().copied().collect::<BTreeSet<_>>(), racing, "what races");
        assert!(racing.iter().all(open), "what races is gone");
    }
}
