//! How events change a run. Nothing here can say no.
//!
//! A decision takes its item off the front of the agenda; what has to be decided because of an event is put
//! at the back.
//!
//! **Absent on purpose:** refusals, expressions, policies.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::id::{BodyId, Instance, NodeId, ScopeId, Timestamp};
use crate::policy::Reason;
use crate::run::agenda::{Todo, Trouble};
use crate::run::event::*;
use crate::run::inclusive::Inclusive;
use crate::run::settle::FAILED;
use crate::run::state::{Active, Ending, NodeState, Phase, Run, Scope, is_service};
use crate::value::Value;
use crate::workflow::{Discipline, Join, Kind, Variables};

/// Applies one event of a log. `at` is the time of its batch.
pub fn evolve(run: &mut Run, at: Timestamp, event: &Event) {
    run.now = at;
    run.point += 1;
    let todo = if event.is_fact() { None } else { run.agenda.pop_front() };
    match event {
        Event::RunStarted(started) => run.begin(started),
        Event::CapacitySet { capacity } => run.capacity = *capacity,
        Event::StepReady { attempt, step } => run.make_ready(step.id, *attempt),
        Event::AttemptStarted { step, .. } => run.attempt_started(step.id),
        Event::AttemptEnded(ended) => run.attempt_ended(ended),
        Event::ServiceReady { step } => run.service_ready(step.id),
        Event::GateJudged(judged) => run.gate_judged(judged),
        Event::StepSettled(settled) => run.settle(settled),
        Event::RetryScheduled { due, step, .. } => run.back_off(step.id, *due),
        Event::StepHeld { step } => run.hold(step.id),
        Event::StepWaiting { due, key, step } => run.wait(step.id, *due, key.as_ref(), todo),
        Event::TimerFired { timer } => run.timer_fired(timer),
        Event::Answered(answered) => run.answered(answered),
        Event::MessageReceived { key, name, set, .. } => run.message_received(name, key.as_ref(), set),
        Event::SignalReceived { name, set, .. } => run.signal_received(name, set),
        Event::EventThrown(thrown) => run.thrown(thrown, todo.as_ref()),
        Event::ValueAsked(asked) => run.value_asked(asked, todo),
        Event::ScriptRun(ran) => run.script_run(ran),
        Event::DecisionTaken(taken) => run.decision_taken(taken),
        Event::VariablesContested { .. } => {}
        Event::ConditionAsked(asked) => run.condition_asked(asked, todo),
        Event::JudgeTaken(taken) => run.judge_taken(taken),
        Event::AttemptStopping { step, why, .. } => run.stop_attempt(step.id, why.clone()),
        Event::CancelRequested { by } => {
            run.give_reason(Reason::Cancelled { by: by.name.clone() });
            run.agenda.push_back(Todo::Stop(StopReason::Cancelled));
        }
        Event::LimitReached { limit } => {
            run.give_reason(Reason::Limit { name: limit.clone() });
            run.agenda.push_back(Todo::Stop(StopReason::Limit));
        }
        Event::RunStopping { why } => run.stop(why),
        Event::ScopeOpened { scope, step } => run.open_call(*scope, step.id),
        Event::FlowTaken { edges, step } => run.flow(step.id, edges),
        Event::JoinFired { step } => run.fire_inclusive(step.id),
        Event::Incident { step, what } => run.incident(step.id, what, todo.as_ref()),
        Event::Stuck { steps } => {
            run.give_reason(Reason::Stuck { steps: steps.iter().map(|step| step.name.clone()).collect() });
            run.drop_stuck();
        }
        Event::TreeDigested(digested) => run.tree_end = Some(digested.clone()),
        Event::RunFinished(finished) => {
            run.finished = Some(Arc::new((**finished).clone()));
            run.timers.clear();
        }
        Event::RunResumed { .. } => run.restart_clock(),
        Event::AnswerRefused { .. } | Event::AttemptIgnored { .. } => {}
    }
    run.drop_void();
}

impl Run {
    fn begin(&mut self, started: &RunStarted) {
        self.started = Some(Arc::new(started.clone()));
        self.capacity = started.capacity;
        if !started.left_out.is_empty() {
            let named: BTreeMap<&str, NodeId> = (0u32..)
                .zip(self.workflow.nodes())
                .map(|(at, node)| (node.name.as_str(), NodeId(at)))
                .collect();
            self.left_out =
                started.left_out.iter().filter_map(|name| named.get(name.as_str()).copied()).collect();
        }
        if let Some(timeout) = started.timeout_ms {
            self.timers.insert((self.now.plus(timeout), Timer::Run));
        }
        let mut variables = self.workflow.body(BodyId(0)).declares.clone();
        variables.extend(started.variables.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.open(BodyId(0), None, variables);
    }

    /// The longest that a run may take bounds the work of one process: waiting for people between two of them,
    /// or being interrupted, is no work.
    fn restart_clock(&mut self) {
        let timeout = self.started.as_ref().and_then(|started| started.timeout_ms);
        let set = self.timers.iter().find(|(_, timer)| *timer == Timer::Run).cloned();
        if let (Some(timeout), Some(set)) = (timeout, set) {
            self.timers.remove(&set);
            self.timers.insert((self.now.plus(timeout), Timer::Run));
        }
    }

    /// Opens a scope over a body and puts what can begin on the agenda.
    pub(super) fn open(
        &mut self,
        body: BodyId,
        parent: Option<Instance>,
        variables: BTreeMap<crate::id::Name, Value>,
    ) {
        let id = ScopeId(u32::try_from(self.scopes.len()).expect("activations are bounded below 2^32"));
        let workflow = self.workflow.clone();
        let discipline = workflow.body(body).discipline;
        let nodes: Vec<NodeState> = workflow
            .nodes_of(body)
            .map(|node| NodeState {
                unmet: workflow.incoming(node).len() as u32,
                users: if self.has_services && is_service(workflow.node(node)) {
                    workflow.outgoing(node).len() as u32
                } else {
                    0
                },
                ..NodeState::default()
            })
            .collect();
        let open = if discipline == Discipline::Settled { nodes.len() as u32 } else { 0 };
        let around = parent.and_then(|call| self.scope(call.scope)).is_some_and(|scope| scope.allowed);
        let allowed = around || parent.is_some_and(|call| self.node(call).allow_failure);
        self.scopes.push(Some(Box::new(Scope {
            body,
            first: workflow.body(body).nodes_first,
            parent,
            nodes,
            open,
            waiting: BTreeMap::new(),
            inclusive: Inclusive::of(&workflow, body),
            failed: 0,
            undecided: 0,
            stopping: None,
            cleans_up: self.stopping.is_some(),
            allowed,
            variables,
            writers: BTreeMap::new(),
            since: self.point,
            ended: false,
            armed: Vec::new(),
            interrupted_by: None,
            verdicts: BTreeMap::new(),
        })));
        self.scopes_open += 1;
        // What stands beside the scope hears its first step as well.
        self.arm_scope(id, body);
        for node in workflow.nodes_of(body) {
            if workflow.is_start(node) {
                match discipline {
                    Discipline::Settled => self.enter_settled(Instance { scope: id, node, round: 0 }),
                    Discipline::Tokens => {
                        self.tokens_added(id, 1);
                        self.enter_token(id, node);
                    }
                }
            }
        }
    }

    fn open_call(&mut self, scope: ScopeId, call: Instance) {
        debug_assert_eq!(scope.index(), self.scopes.len(), "scopes are numbered in the order of opening");
        let Kind::Call(body) = self.node(call).kind else { return self.open_round(scope, call) };
        self.activate(call, Phase::Calling(scope));
        let definition = self.workflow.body(body);
        let copied = definition.variables == Variables::Copied;
        let declared = definition.declares.clone();
        let mut variables = if copied { self.visible(call.scope) } else { BTreeMap::new() };
        variables.extend(declared);
        self.open(body, Some(call), variables);
    }

    /// Puts a node of a settled body on the agenda, once.
    pub(super) fn enter_settled(&mut self, instance: Instance) {
        if let Some(node) = self.node_state_mut(instance)
            && !node.queued
            && node.outcome.is_none()
        {
            node.queued = true;
            self.count_activation();
            self.agenda.push_back(Todo::Enter(instance));
        }
    }

    pub(super) fn count_activation(&mut self) {
        self.activations += 1;
        if self.activations - 1 == self.workflow.limits().activations_max {
            self.agenda.push_back(Todo::Limit("activations_max"));
        }
    }

    pub(super) fn activate(&mut self, instance: Instance, phase: Phase) {
        self.moving += u32::from(phase.moves());
        match self.active.entry(instance) {
            Entry::Occupied(mut active) => {
                let before = std::mem::replace(&mut active.get_mut().phase, phase);
                self.moving -= u32::from(before.moves());
            }
            Entry::Vacant(place) => {
                let answers = Vec::new();
                let since = self.point;
                place.insert(Active {
                    attempt: 1,
                    retries: 0,
                    lost: 0,
                    since,
                    phase,
                    stopping: None,
                    answers,
                });
                if !self.stands_beside(instance.node) {
                    self.tokens_came(instance.scope, instance.node, 1);
                }
            }
        }
    }

    /// The step is active no longer.
    pub(super) fn deactivate(&mut self, instance: Instance) {
        let Some(active) = self.active.remove(&instance) else { return };
        self.moving -= u32::from(active.phase.moves());
        if !self.stands_beside(instance.node) {
            self.tokens_left(instance.scope, instance.node, 1);
        }
    }

    fn make_ready(&mut self, step: Instance, attempt: u32) {
        let key = (std::cmp::Reverse(self.node(step).priority), self.order);
        self.order += 1;
        self.waits.remove(&step);
        if is_service(self.node(step)) {
            self.ready_services.insert(step);
        } else {
            let queue = self.queue_of(step);
            self.ready[queue].insert(key, step);
        }
        self.activate(step, Phase::Ready(key));
        if let Some(active) = self.active.get_mut(&step) {
            active.attempt = attempt;
            // What was stopped was the attempt before.
            active.stopping = None;
        }
        self.forget_gate(step);
    }

    fn leave_queue(&mut self, step: Instance) {
        if let Some(Phase::Ready(key)) = self.active.get(&step).map(|active| active.phase.clone()) {
            let queue = self.queue_of(step);
            self.ready[queue].remove(&key);
            self.ready_services.remove(&step);
        }
    }

    fn attempt_started(&mut self, step: Instance) {
        self.leave_queue(step);
        let due = self.task(step).and_then(|task| task.timeout_ms).map(|timeout| self.now.plus(timeout));
        if let Some(due) = due {
            self.timers.insert((due, Timer::Attempt(step)));
        }
        self.take_room(step, true);
        self.activate(step, Phase::Running { due });
    }

    /// Services run beside the steps that need them and take no room, or nothing could ever use them.
    fn take_room(&mut self, step: Instance, take: bool) {
        if is_service(self.node(step)) {
            return;
        }
        let pool = self.task(step).and_then(|task| task.pool);
        let change = |count: &mut u32| *count = if take { *count + 1 } else { count.saturating_sub(1) };
        change(&mut self.running);
        if let Some(pool) = pool {
            change(&mut self.pools_used[pool.index()]);
        }
    }

    fn attempt_ended(&mut self, ended: &AttemptEnded) {
        let step = ended.step.id;
        self.stops.remove(&step);
        // The last attempt counts, also where it wrote nothing.
        if ended.outputs.is_empty() {
            self.outputs.remove(&ended.step.name);
        } else {
            self.outputs.insert(ended.step.name.clone(), ended.outputs.clone());
        }
        let phase = self.active.get(&step).map(|active| active.phase.clone());
        match phase {
            Some(Phase::Running { due }) => {
                if let Some(due) = due {
                    self.timers.remove(&(due, Timer::Attempt(step)));
                }
                self.take_room(step, false);
            }
            Some(Phase::Ready(_)) => self.leave_queue(step),
            Some(Phase::Serving) => {}
            _ => return,
        }
        if self.has_been_ready(step) {
            return self.service_ended(ended);
        }
        if let (End::Lost, Some(active)) = (&ended.end, self.active.get_mut(&step)) {
            active.lost += 1;
        }
        let tokens = self.workflow.body(self.workflow.body_of(step.node)).discipline == Discipline::Tokens;
        if tokens
            && matches!(ended.end, End::Exited { .. })
            && let Err(why) = self.set_outputs(step, &ended.outputs)
        {
            self.activate(step, Phase::Ended { report: Ending::of(ended), judged: None });
            return self.cannot(step, why);
        }
        let report = Ending::of(ended);
        let judge = matches!(report.evidence, Reading::Read(_));
        self.activate(step, Phase::Ended { report, judged: None });
        self.agenda.push_back(if judge { Todo::Judge(step) } else { Todo::Conclude(step) });
    }

    /// A service that had been ready is gone. Where it was lost with `dod` and is still needed it comes up
    /// again; where it ended by itself, what needed it was left without.
    fn service_ended(&mut self, ended: &AttemptEnded) {
        let step = ended.step.id;
        let stopped = self.active.get(&step).is_some_and(|active| active.stopping.is_some());
        let users = self.node_state(step).map_or(0, |node| node.users);
        let needed = users > 0 && !stopped && self.stop_for(step).is_none();
        let again = self.task(step).is_some_and(|task| task.idempotent);
        if needed && again && ended.end == End::Lost {
            self.services_down.insert(step);
            self.activate(step, Phase::Ended { report: Ending::of(ended), judged: None });
            return self.agenda.push_back(Todo::Again(step));
        }
        self.deactivate(step);
        self.services_down.remove(&step);
        let allowed = self.scope(step.scope).is_some_and(|scope| scope.allowed);
        if needed && !allowed && !self.node(step).allow_failure {
            let step = ended.step.name.clone();
            self.give_reason(match ended.end {
                End::Lost | End::NotStarted { .. } => Reason::StepUndecided { step },
                _ => Reason::StepFailed { step },
            });
        }
    }

    fn service_ready(&mut self, step: Instance) {
        if let Some(Active { phase: Phase::Running { due }, .. }) = self.active.get(&step)
            && let Some(due) = *due
        {
            self.timers.remove(&(due, Timer::Attempt(step)));
        }
        self.activate(step, Phase::Serving);
        self.services_down.remove(&step);
        self.agenda.push_back(Todo::Settle {
            instance: step,
            outcome: Outcome::Passed,
            why: SettledBy::Ready,
        });
    }

    fn back_off(&mut self, step: Instance, due: Timestamp) {
        if let Some(active) = self.active.get_mut(&step) {
            active.retries += 1;
        }
        self.activate(step, Phase::Backoff { due });
        self.timers.insert((due, Timer::Retry(step)));
    }

    fn hold(&mut self, step: Instance) {
        self.activate(step, Phase::Held);
        self.waits.insert(step);
    }

    fn wait(
        &mut self,
        step: Instance,
        due: Option<Timestamp>,
        key: Option<&crate::id::Name>,
        todo: Option<Todo>,
    ) {
        self.activate(step, Phase::Waiting { due });
        if !self.stands_beside(step.node) {
            self.waits.insert(step);
        }
        self.armed(step, key, todo);
        if let Some(due) = due {
            self.timers.insert((due, Timer::Wait(step)));
        }
    }

    fn timer_fired(&mut self, timer: &Timer) {
        if let Some(set) = self.timers.iter().find(|(_, set)| set == timer).cloned() {
            self.timers.remove(&set);
        }
        let todo = match timer {
            Timer::Run => {
                self.give_reason(Reason::Timeout);
                Todo::Stop(StopReason::Timeout)
            }
            Timer::Attempt(step) => Todo::StopAttempt(*step, StopReason::Timeout),
            Timer::Retry(step) => Todo::Again(*step),
            Timer::Wait(step) if self.catch(step.node).is_some() => return self.fire(*step, SettledBy::Time),
            Timer::Wait(step) => {
                let outcome = match self.node(*step).kind {
                    Kind::Wait(_) => Outcome::Passed,
                    _ => Outcome::Failed,
                };
                Todo::Settle { instance: *step, outcome, why: SettledBy::Time }
            }
        };
        self.agenda.push_back(todo);
    }

    fn answered(&mut self, answered: &Answered) {
        let step = answered.step.id;
        self.set_variables(step, &answered.set);
        let Some(active) = self.active.get_mut(&step) else { return };
        if matches!(active.phase, Phase::Held) {
            self.waits.remove(&step);
            let todo = if answered.accept {
                Todo::Again(step)
            } else {
                Todo::Settle { instance: step, outcome: Outcome::Failed, why: SettledBy::Answers }
            };
            self.agenda.push_back(todo);
            return;
        }
        active.answers.push(answered.by.clone());
        let answers = active.answers.len();
        let Kind::Approval(approval) = &self.node(step).kind else { return };
        let outcome = match answered.accept {
            false => Outcome::Failed,
            true if answers >= approval.min.max(1) as usize => Outcome::Passed,
            true => return,
        };
        self.agenda.push_back(Todo::Settle { instance: step, outcome, why: SettledBy::Answers });
    }

    fn message_received(
        &mut self,
        name: &crate::id::Name,
        key: Option<&crate::id::Name>,
        set: &BTreeMap<crate::id::Name, Value>,
    ) {
        for catch in self.hear_message(name, key) {
            self.set_variables(catch, set);
        }
    }

    fn signal_received(&mut self, name: &crate::id::Name, set: &BTreeMap<crate::id::Name, Value>) {
        for catch in self.hear_signal(name) {
            self.set_variables(catch, set);
        }
    }

    fn condition_asked(&mut self, asked: &ConditionAsked, todo: Option<Todo>) {
        let answer = asked.answer.clone().truth();
        match todo {
            Some(Todo::Round(round)) => self.round_asked(round, asked),
            Some(Todo::Rounds(step)) => self.rounds_asked(step, asked),
            Some(Todo::Entered { instance, .. }) => self.rounds_asked(instance, asked),
            Some(Todo::Enter(step)) if self.node(step).condition.is_none() => self.rounds_asked(step, asked),
            Some(Todo::Enter(instance)) => {
                let truth = answer.unwrap_or(None);
                self.agenda.push_front(Todo::Entered { instance, truth });
            }
            Some(Todo::Fork { instance, next, mut taken, wrong }) => {
                let outgoing = self.workflow.outgoing(instance.node);
                let asked_at = outgoing.iter().position(|edge| Some(*edge) == asked.edge).unwrap_or(next);
                let wrong = match answer {
                    Ok(Some(holds)) => {
                        taken.extend(asked.edge.filter(|_| holds));
                        wrong
                    }
                    Ok(None) => Some("the answer is not known".into()),
                    Err(problem) => Some(problem.message),
                };
                self.agenda.push_front(Todo::Fork { instance, next: asked_at + 1, taken, wrong });
            }
            _ => {}
        }
    }

    fn judge_taken(&mut self, taken: &JudgeTaken) {
        let outcome = match taken.verdict.state {
            crate::policy::State::Passed => Outcome::Passed,
            crate::policy::State::Failed => Outcome::Failed,
            _ => Outcome::Undecided,
        };
        let step = taken.step.id;
        let verdict = Arc::new(taken.verdict.clone());
        if let Some(scope) = self.scope_mut(step.scope) {
            scope.verdicts.insert(step.node, (step.round, verdict.clone()));
        }
        self.verdicts.insert(step.node, (step, verdict));
        self.agenda.push_front(Todo::Settle { instance: step, outcome, why: SettledBy::Judge });
    }

    fn stop_attempt(&mut self, step: Instance, why: StopReason) {
        if let Some(active) = self.active.get_mut(&step) {
            active.stopping = Some(why);
            self.stops.insert(step);
        }
    }

    /// Everything that is open is ended: what runs is stopped, what waits is settled, tokens die.
    fn stop(&mut self, why: &StopReason) {
        if self.stop_is_void(why) {
            return;
        }
        self.stopping = Some(why.clone());
        for scope in self.scopes.iter_mut().flatten() {
            scope.cleans_up = false;
        }
        // What is inside of calls is active as well.
        let calls = |active: &Active| matches!(active.phase, Phase::Calling(_) | Phase::Repeating);
        let open: Vec<Instance> =
            self.active.iter().filter(|(_, active)| !calls(active)).map(|(instance, _)| *instance).collect();
        for instance in open {
            self.end_early(instance, why.clone());
        }
        self.drop_waiting();
    }

    /// What a call opened is ended, and what was opened from there; the run goes on.
    pub(super) fn stop_scope(&mut self, scope: ScopeId, why: &StopReason) {
        if let Some(scope) = self.scope_mut(scope) {
            scope.stopping.get_or_insert_with(|| why.clone());
        }
        self.end_all_in(scope, why);
        self.drop_waiting_in(scope);
    }

    /// What is open in a scope is ended, and what was opened from there.
    pub(super) fn end_all_in(&mut self, scope: ScopeId, why: &StopReason) {
        let mut work = vec![scope];
        while let Some(id) = work.pop() {
            let inside = id != scope;
            if let Some(scope) = self.scope_mut(id).filter(|_| inside) {
                scope.stopping.get_or_insert_with(|| why.clone());
            }
            let open: Vec<(Instance, Option<Vec<ScopeId>>)> = self
                .active_in(id)
                .map(|(instance, phase)| (instance, self.opened_by(instance, phase)))
                .collect();
            for (instance, inner) in open {
                match inner {
                    Some(inner) => work.extend(inner),
                    None => self.end_early(instance, why.clone()),
                }
            }
            if inside {
                self.drop_waiting_in(id);
            }
        }
    }

    /// Puts the end of an open step on the agenda, whatever its phase.
    pub(super) fn end_early(&mut self, instance: Instance, why: StopReason) {
        let todo = match self.active.get(&instance).map(|active| &active.phase) {
            Some(Phase::Running { .. } | Phase::Serving) => Todo::StopAttempt(instance, why),
            // It ends with what it opened.
            Some(Phase::Calling(scope)) => {
                let scope = *scope;
                return self.stop_scope(scope, &why);
            }
            Some(Phase::Repeating) => return self.end_rounds(instance, &why),
            // Its end is on the agenda already.
            Some(Phase::Ended { .. } | Phase::Entered) => return,
            Some(Phase::Ready(_)) if self.has_been_ready(instance) => return self.give_up_service(instance),
            // It was in the middle of its work when it was lost, and nobody has said what became of that.
            Some(Phase::Held) => {
                let why = SettledBy::Stopped(why);
                Todo::Settle { instance, outcome: Outcome::Undecided, why }
            }
            _ => {
                let why = SettledBy::Stopped(why);
                Todo::Settle { instance, outcome: Outcome::Skipped, why }
            }
        };
        self.agenda.push_back(todo);
    }

    /// Takes items off the front whose step has settled meanwhile, so that `follow` never meets one.
    fn drop_void(&mut self) {
        while let Some(front) = self.agenda.front() {
            let void = match front {
                Todo::Enter(step) | Todo::Entered { instance: step, .. } => self.is_settled(*step),
                Todo::Judge(step) | Todo::Conclude(step) => {
                    !matches!(self.active.get(step).map(|active| &active.phase), Some(Phase::Ended { .. }))
                }
                Todo::Again(step) => !self.active.contains_key(step),
                Todo::Settle { instance, .. } => self.is_settled(*instance),
                Todo::StopAttempt(step, _) => !self.active.get(step).is_some_and(|active| {
                    active.stopping.is_none()
                        && matches!(active.phase, Phase::Running { .. } | Phase::Serving)
                }),
                Todo::Stop(why) => self.stop_is_void(why),
                // What else went wrong in a scope that is being ended has been counted: there is nothing left to catch it for.
                Todo::Trouble { instance, what: Trouble::Ended(_) } if self.is_ending(instance.scope) => {
                    let scope = instance.scope;
                    self.agenda.pop_front();
                    self.tokens_removed(scope, 1);
                    continue;
                }
                Todo::Fork { instance, .. } | Todo::Trouble { instance, .. } => {
                    self.scope(instance.scope).is_none()
                }
                Todo::Arm(arming) => self.is_void_arming(arming),
                Todo::Throw { instance, .. } => !self.active.contains_key(instance),
                Todo::Rounds(step) => !self.active.contains_key(step),
                Todo::Round(round) => {
                    !self.active.contains_key(&round.step) || self.scope(round.scope).is_none()
                }
                Todo::Limit(_) | Todo::Contested { .. } => false,
            };
            if !void {
                return;
            }
            self.agenda.pop_front();
        }
    }

    fn is_ending(&self, scope: ScopeId) -> bool {
        self.scope(scope).is_some_and(|scope| scope.stopping.is_some())
    }

    pub(super) fn is_settled(&self, step: Instance) -> bool {
        let Some(scope) = self.scope(step.scope) else { return true };
        match self.workflow.body(scope.body).discipline {
            Discipline::Settled => self.node_state(step).is_none_or(|node| node.outcome.is_some()),
            Discipline::Tokens => !self.active.contains_key(&step),
        }
    }

    fn incident(&mut self, step: Instance, what: &IncidentKind, todo: Option<&Todo>) {
        let detail = match what {
            IncidentKind::Condition(why) => why.clone(),
            IncidentKind::NoTrueCondition => "no condition holds and there is no default".into(),
            IncidentKind::TaskFailed => "the task failed and nothing handles that".into(),
            IncidentKind::Uncaught(code) => format!("nothing catches the error `{code}`").into(),
            IncidentKind::Value(why) => why.clone(),
        };
        let name = self.node(step).name.clone();
        self.give_reason(Reason::Incident { step: name, what: detail });
        self.forget(step);
        let failed = matches!(todo, Some(Todo::Trouble { what: Trouble::Ended(FAILED), .. }));
        if let Some(scope) = self.scope_mut(step.scope) {
            scope.failed += u32::from(failed);
            scope.undecided += u32::from(!failed);
            if failed && !scope.allowed {
                self.fail_fast();
            }
        }
        // A catch beside something has a token once it was triggered and is left.
        let token = !self.stands_beside(step.node) || matches!(todo, Some(Todo::Fork { .. }));
        self.withdraw_beside(step);
        self.end_race(step);
        match self.interrupted_by(step) {
            Some(catch) => self.release(catch),
            None => self.tokens_removed(step.scope, u32::from(token)),
        }
    }

    /// Whether an `AtLeast` join is decided by what has settled so far: `Some(passed)`.
    pub(super) fn at_least(&self, step: Instance) -> Option<bool> {
        let Join::AtLeast { passed, .. } = self.node(step).join else { return None };
        let node = self.node_state(step)?;
        if node.satisfied >= passed {
            Some(true)
        } else {
            (node.satisfied + node.unmet < passed).then_some(false)
        }
    }
}
