//! What a step's end does to what comes after it (design: what a step's end means).
//!
//! **Absent on purpose:** deciding how a step ended; that is `follow`'s.

use crate::id::{EdgeId, Instance};
use crate::policy::{Reason, State};
use crate::run::agenda::{Todo, Trouble};
use crate::run::event::*;
use crate::run::state::{Phase, Run, is_service};
use crate::workflow::{Discipline, Join, Kind, When};

impl Run {
    pub(super) fn settle(&mut self, settled: &StepSettled) {
        let step = settled.step.id;
        if settled.outcome == Outcome::Passed {
            self.hand_over(step);
        }
        let judged = match self.active.get(&step).map(|active| &active.phase) {
            Some(Phase::Ended { judged, .. }) => *judged,
            _ => None,
        };
        self.forget(step);
        self.keep_gate(settled);
        match self.workflow.body(self.workflow.body_of(step.node)).discipline {
            Discipline::Settled => {
                self.count_trouble(settled, judged);
                self.settle_node(step, settled.outcome, judged);
            }
            Discipline::Tokens => {
                self.remember_end(step, settled.outcome, judged);
                self.count_trouble(settled, judged);
                self.leave_node(step, settled.outcome, judged);
            }
        }
    }

    /// Takes the step out of every queue. A service that is ready goes on serving.
    pub(super) fn forget(&mut self, step: Instance) {
        self.waits.remove(&step);
        self.rounds.remove(&step);
        self.disarm(step);
        let Some(active) = self.active.get(&step) else { return };
        match active.phase.clone() {
            Phase::Serving => return,
            Phase::Ready(key) => {
                let queue = self.queue_of(step);
                self.ready[queue].remove(&key);
                self.ready_services.remove(&step);
            }
            Phase::Backoff { due } => {
                self.timers.remove(&(due, Timer::Retry(step)));
            }
            Phase::Waiting { due: Some(due) } => {
                self.timers.remove(&(due, Timer::Wait(step)));
            }
            _ => {}
        }
        self.deactivate(step);
    }

    /// A failed step makes the verdict failed, an undecided one undecided, unless it is allowed to. A gate that
    /// was judged failed is the policy's to report.
    fn count_trouble(&mut self, settled: &StepSettled, judged: Option<State>) {
        let step = settled.step.id;
        let node = self.node(step);
        let (name, allowed) = (node.name.clone(), node.allow_failure);
        let tokens = self.workflow.body(self.workflow.body_of(step.node)).discipline == Discipline::Tokens;
        // Tokens go on from a gate that was judged failed: it has done its work, and the policy reports it.
        let failed = settled.outcome == Outcome::Failed || (judged == Some(State::Failed) && !tokens);
        if allowed {
            return;
        }
        // In a token body a catch may take it; what nobody takes is counted as an incident.
        let thrown = tokens && !self.opened_tokens(step.node);
        if let Some(scope) = self.scope_mut(step.scope) {
            scope.failed += u32::from(failed && !thrown);
            scope.undecided += u32::from(settled.outcome == Outcome::Undecided && !thrown);
            if scope.allowed {
                return;
            }
        }
        // What went wrong inside a call has been said there.
        let inside = settled.why == SettledBy::Scope;
        match settled.outcome {
            Outcome::Failed if !inside => self.give_reason(Reason::StepFailed { step: name }),
            Outcome::Undecided if !inside => self.give_reason(Reason::StepUndecided { step: name }),
            _ => {}
        }
        if failed && !thrown {
            self.fail_fast();
        }
    }

    /// A failure that nothing handles: it stops a run that goes no further than the first one.
    pub(super) fn fail_fast(&mut self) {
        if self.started.as_ref().is_some_and(|started| started.fail_fast) {
            self.agenda.push_back(Todo::Stop(StopReason::FailFast));
        }
    }

    fn settle_node(&mut self, step: Instance, outcome: Outcome, judged: Option<State>) {
        if let Some(node) = self.node_state_mut(step) {
            node.outcome = Some(outcome);
            node.judged = judged;
        }
        let workflow = self.workflow.clone();
        for edge in workflow.outgoing(step.node) {
            self.settle_edge(step, *edge, outcome, judged);
        }
        if self.has_services {
            self.release_services(step);
            if is_service(workflow.node(step.node)) && outcome == Outcome::Passed {
                self.stop_if_unneeded(step);
            }
        }
        if let Join::AtLeast { cancel_rest: true, .. } = workflow.node(step.node).join {
            self.cancel_rest(step);
        }
        let Some(scope) = self.scope_mut(step.scope) else { return };
        scope.open -= 1;
        if scope.open == 0 {
            self.scope_done(step.scope);
        }
    }

    fn settle_edge(&mut self, from: Instance, edge: EdgeId, outcome: Outcome, judged: Option<State>) {
        let workflow = self.workflow.clone();
        let crate::workflow::Edge { to, when, .. } = workflow.edge(edge);
        let target = Instance { node: *to, round: 0, ..from };
        let counted = matches!(workflow.node(*to).join, Join::AtLeast { .. });
        let holds = if counted {
            outcome == Outcome::Passed
                || (outcome == Outcome::Finished && !matches!(judged, Some(State::Failed | State::Undecided)))
        } else {
            satisfies(when, outcome, judged)
        };
        let Some(node) = self.node_state_mut(target) else { return };
        node.unmet -= 1;
        if holds {
            node.satisfied += 1;
        } else if node.because.is_none() {
            node.because = Some(edge);
        }
        let complete = node.unmet == 0;
        if complete || (counted && self.at_least(target).is_some()) {
            self.enter_settled(target);
        }
    }

    /// The step needs its services no longer; a service that nobody needs is stopped.
    fn release_services(&mut self, step: Instance) {
        let workflow = self.workflow.clone();
        for edge in workflow.incoming(step.node) {
            let service = Instance { node: workflow.edge(*edge).from, round: 0, ..step };
            if is_service(workflow.node(service.node)) {
                if let Some(node) = self.node_state_mut(service) {
                    node.users = node.users.saturating_sub(1);
                }
                self.stop_if_unneeded(service);
            }
        }
    }

    fn stop_if_unneeded(&mut self, service: Instance) {
        let unneeded = self.node_state(service).is_some_and(|node| node.users == 0);
        if !unneeded || !self.has_been_ready(service) {
            return;
        }
        match self.active.get(&service).map(|active| &active.phase) {
            Some(Phase::Serving | Phase::Running { .. }) => {
                self.agenda.push_back(Todo::StopAttempt(service, StopReason::Unneeded));
            }
            Some(Phase::Ready(_)) => self.give_up_service(service),
            _ => {}
        }
    }

    /// A service that was to come up again is not needed any more.
    pub(super) fn give_up_service(&mut self, service: Instance) {
        self.forget(service);
        self.services_down.remove(&service);
    }

    fn cancel_rest(&mut self, join: Instance) {
        let workflow = self.workflow.clone();
        let mut unbegun = Vec::new();
        for edge in workflow.incoming(join.node) {
            let rest = Instance { node: workflow.edge(*edge).from, round: 0, ..join };
            if self.is_settled(rest) {
                continue;
            }
            if self.active.contains_key(&rest) {
                self.end_early(rest, StopReason::Decided);
            } else {
                unbegun.push(rest);
            }
        }
        // Before they are entered: what they would open must not outlive them.
        for instance in unbegun.into_iter().rev() {
            let why = SettledBy::Stopped(StopReason::Decided);
            self.agenda.push_front(Todo::Settle { instance, outcome: Outcome::Skipped, why });
        }
    }

    /// Everything in a scope has come to its end. The run's own scope stays: its end is a verdict.
    pub(super) fn scope_done(&mut self, scope: crate::id::ScopeId) {
        let Some(done) = self.scope(scope).filter(|scope| !scope.ended) else { return };
        let Some(instance) = done.parent else { return };
        let outcome = if done.failed > 0 {
            Outcome::Failed
        } else if done.undecided > 0 {
            Outcome::Undecided
        } else if done.stopping == Some(StopReason::Terminated) && self.stop_for(instance).is_none() {
            // It was terminated from within, and not with what is around it.
            Outcome::Passed
        } else if done.stopping.is_some() || (self.stopping.is_some() && !done.cleans_up) {
            Outcome::Skipped
        } else {
            Outcome::Passed
        };
        if outcome == Outcome::Passed {
            self.hand_back(scope);
        }
        if matches!(self.node(instance).kind, Kind::Repeat(_)) {
            if let Some(scope) = self.scope_mut(scope) {
                scope.ended = true;
            }
            return self.round_ended(instance, scope, outcome);
        }
        self.close(scope);
        self.agenda.push_back(Todo::Settle { instance, outcome, why: SettledBy::Scope });
    }

    /// Nothing is kept of a scope that has come to its end.
    pub(super) fn close(&mut self, scope: crate::id::ScopeId) {
        if self.scopes[scope.index()].take().is_some() {
            self.scopes_open -= 1;
        }
    }

    /// Keeps how a node of a token body came to its last end. It takes the place of a trouble before it that a catch has
    /// handled: the last round of a repair counts, as the last attempt does.
    fn remember_end(&mut self, step: Instance, outcome: Outcome, judged: Option<State>) {
        if let Some(node) = self.node_state_mut(Instance { round: 0, ..step }) {
            node.outcome = Some(outcome);
            node.judged = judged;
        }
        // What was skipped, or did not apply, has repaired nothing.
        if self.handled.is_empty() || matches!(outcome, Outcome::Skipped | Outcome::NotApplicable) {
            return;
        }
        let name = self.node(step).name.clone();
        let undone = match self.handled.remove(&(step.node, self.place_of(step))) {
            Some(Outcome::Failed) => Reason::StepFailed { step: name },
            Some(Outcome::Undecided) => Reason::StepUndecided { step: name },
            _ => return,
        };
        if let Some(at) = self.reasons.iter().position(|reason| *reason == undone) {
            self.reasons.remove(at);
        }
    }

    /// A catch takes the trouble that the step has come to.
    pub(super) fn keep_handled(&mut self, step: Instance) {
        let outcome = self.node_state(Instance { round: 0, ..step }).and_then(|node| node.outcome);
        if let Some(outcome) = outcome {
            self.handled.insert((step.node, self.place_of(step)), outcome);
        }
    }

    /// Whether the node opened a scope of tokens, inside of which its trouble has looked for a catch already.
    fn opened_tokens(&self, node: crate::id::NodeId) -> bool {
        let body = match &self.workflow.node(node).kind {
            Kind::Call(body) => *body,
            Kind::Repeat(repeat) => repeat.body,
            _ => return false,
        };
        self.workflow.body(body).discipline == Discipline::Tokens
    }

    /// A node of a token body is left: its token goes on, or dies.
    fn leave_node(&mut self, step: Instance, outcome: Outcome, judged: Option<State>) {
        if self.stands_beside(step.node) {
            return self.leave_catch(step, outcome);
        }
        self.withdraw_beside(step);
        self.end_race(step);
        if let Some(catch) = self.interrupted_by(step) {
            return self.release(catch);
        }
        if self.stop_for(step).is_some() {
            // What it belongs to is being ended: nothing goes on from here, and nothing is thrown.
            return self.tokens_removed(step.scope, 1);
        }
        match outcome {
            Outcome::Failed | Outcome::Undecided if !self.node(step).allow_failure => {
                if self.opened_tokens(step.node) {
                    self.tokens_removed(step.scope, 1);
                } else {
                    let what = Trouble::Ended(error_code(outcome));
                    self.agenda.push_back(Todo::Trouble { instance: step, what });
                }
            }
            // Somebody stands by for it; otherwise a gate has done its work, whatever it found.
            Outcome::Finished if judged == Some(State::Failed) && self.is_watched(step, FAILED) => {
                let what = Trouble::Ended(FAILED);
                self.agenda.push_back(Todo::Trouble { instance: step, what });
            }
            Outcome::Skipped => self.tokens_removed(step.scope, 1),
            _ => {
                let allowed = self.node(step).allow_failure
                    || self.scope(step.scope).is_some_and(|scope| scope.allowed);
                if judged == Some(State::Failed) && !allowed {
                    self.fail_fast();
                }
                self.go_on(step);
            }
        }
    }
}

/// The error that a failed step throws by its end.
pub(super) const FAILED: &str = "failed";

/// The error that a step throws by its end.
fn error_code(outcome: Outcome) -> &'static str {
    if outcome == Outcome::Failed { FAILED } else { "undecided" }
}

/// Whether an edge of a settled body is satisfied (design §4).
fn satisfies(when: &When, outcome: Outcome, judged: Option<State>) -> bool {
    match when {
        When::Ok => matches!(outcome, Outcome::Finished | Outcome::Passed | Outcome::NotApplicable),
        When::Failed => {
            outcome == Outcome::Failed || (outcome == Outcome::Finished && judged == Some(State::Failed))
        }
        When::Any | When::Default | When::If(_) => true,
    }
}
