//! What policies and expressions see of a run.
//!
//! **Absent on purpose:** judging. The picture adds no facts of its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::{Ask, Facts};
use crate::id::{BodyId, Instance, Name, NodeId, ScopeId, Timestamp};
use crate::policy::{
    self, Definitions, GateSeen, GateState, Judgement, Picture, Policy, RunFacts, Scope, State, step_of,
};
use crate::run::event::Outcome;
use crate::run::state::{GateRecord, Run};
use crate::run::values::Place;
use crate::value::Value;
use crate::workflow::{Discipline, Kind};

static NO_FACTS: BTreeMap<Name, Value> = BTreeMap::new();

impl Run {
    /// What a policy says of the facts that the run recorded, at its own time or at another one: a what-if, which is
    /// never the run's verdict.
    ///
    /// Gates are judged again on their evidence. Control flow is not decided again, waivers and roles are the run's own,
    /// and what was never recorded stays unknown.
    pub fn judged_by(&self, policy: &Policy, at: Option<Timestamp>, ask: &dyn Ask) -> Judgement {
        let picture = Picture { now: at.unwrap_or(self.now), ..self.picture() };
        policy::verdict(policy, &self.governance, &picture, ask)
    }

    /// The run as a policy sees it now. Looks at every gate once: for a verdict, not for every event.
    pub(super) fn picture(&self) -> Picture<'_> {
        let started = self.started.as_deref();
        let undeclared = self.tree_end.as_ref().is_some_and(|end| !end.changed.is_empty());
        Picture {
            facts: started.map_or(&NO_FACTS, |started| &started.facts),
            changed: started.and_then(|started| started.changed.as_deref()),
            definitions: started.map_or(Definitions::Unprotected, |started| started.definitions),
            gates: self.gates_seen(),
            now: self.now,
            own_reasons: self.reasons.clone(),
            outputs: &self.outputs,
            recorded: started.map_or(&[], |started| &started.recorded),
            scope: if self.left_out.is_empty() { Scope::Full } else { Scope::Partial },
            tree_changed: undeclared,
        }
    }

    fn gates_seen(&self) -> Vec<GateSeen<'_>> {
        let mut seen = Vec::new();
        let open = self.open_bodies();
        for (at, node) in (0u32..).zip(self.workflow.nodes()) {
            let Kind::Task(task) = &node.kind else { continue };
            if task.gate.is_none() && !task.yields_evidence() {
                continue;
            }
            let record = self.gates.get(&NodeId(at));
            let gate = task.gate.as_ref();
            seen.push(GateSeen {
                allow_failure: node.allow_failure || record.is_some_and(|record| record.allowed),
                evidence: record.and_then(|record| record.evidence),
                kind: gate.map_or(&node.name, |gate| &gate.kind),
                leg: self.is_leg(NodeId(at)),
                name: &node.name,
                outcomes: record.map_or(&[], |record| &record.outcomes),
                project: gate.and_then(|gate| gate.project.as_ref()),
                state: self.gate_state(NodeId(at), record, &open),
                summary: record.and_then(|record| record.summary.as_deref()),
            });
        }
        seen
    }

    /// Whether the node is one of several legs of a step, and the run's legs are judged together. Legs lie beside
    /// each other.
    pub(super) fn is_leg(&self, node: NodeId) -> bool {
        let nodes = self.workflow.nodes();
        let step = |at: usize| nodes.get(at).and_then(|node| step_of(&node.name));
        let at = node.index();
        self.governance.judging >= policy::LEGS_UNITED
            && step(at).is_some_and(|own| [at.wrapping_sub(1), at + 1].map(step).contains(&Some(own)))
    }

    fn gate_state(&self, node: NodeId, record: Option<&GateRecord>, open: &BTreeSet<BodyId>) -> GateState {
        let Some(record) = record else {
            // A graph that was never entered has no gates that could have run.
            return if self.finished.is_none() && open.contains(&self.workflow.body_of(node)) {
                GateState::Open
            } else {
                GateState::Skipped
            };
        };
        match record.outcome {
            None => GateState::Open,
            Some(Outcome::Finished) => GateState::Judged(record.state.unwrap_or(State::Undecided)),
            Some(Outcome::Passed) => GateState::PassedByExitCode,
            Some(Outcome::Failed) => GateState::Failed,
            Some(Outcome::Undecided) => GateState::Undecided,
            Some(Outcome::Skipped) => GateState::Skipped,
            Some(Outcome::NotApplicable) if record.by_flag => GateState::NotSelected,
            Some(Outcome::NotApplicable) => GateState::NotApplicable,
        }
    }

    /// Graphs whose nodes can still come to an end, in a scope that is open.
    fn open_bodies(&self) -> BTreeSet<BodyId> {
        self.scopes.iter().flatten().filter(|scope| scope.open > 0).map(|scope| scope.body).collect()
    }

    /// Lets an expression look at the facts that are known in a scope.
    pub(super) fn with_facts<T>(&self, scope: ScopeId, look: impl FnOnce(&dyn Facts) -> T) -> T {
        self.with_facts_at(Place { scope, rounds: None }, look)
    }

    /// Lets an expression look at the facts that are known in a place.
    pub(super) fn with_facts_at<T>(&self, place: Place, look: impl FnOnce(&dyn Facts) -> T) -> T {
        let started = self.started.as_deref();
        let facts = started.map_or(&NO_FACTS, |started| &started.facts);
        let changed = started.and_then(|started| started.changed.as_deref());
        let states = |name: &str| self.state_of(place.scope, name);
        let variables = |name: &str| self.variable(place, name);
        let seen = RunFacts::new(facts, &self.outputs, changed);
        let seen = seen.with_states(&states).with_variables(&variables);
        let tokens = self
            .scope(place.scope)
            .is_some_and(|scope| self.workflow.body(scope.body).discipline == Discipline::Tokens);
        if tokens { look(&seen.standing_in()) } else { look(&seen) }
    }

    /// How a step of this scope, or of one around it, stands, in one word for an expression.
    fn state_of(&self, mut scope: ScopeId, name: &str) -> Option<&'static str> {
        let node = self.workflow.find(name)?;
        let body = self.workflow.body_of(node);
        while self.scope(scope)?.body != body {
            scope = self.scope(scope)?.parent?.scope;
        }
        let state = self.node_state(Instance { scope, node, round: 0 })?;
        Some(match (state.outcome?, state.judged) {
            (Outcome::Finished, Some(State::Failed)) | (Outcome::Failed, _) => "failed",
            (Outcome::Finished, Some(State::Undecided)) | (Outcome::Undecided, _) => "undecided",
            (Outcome::Finished, Some(State::Waived)) => "waived",
            (Outcome::Finished | Outcome::Passed, _) => "passed",
            (Outcome::Skipped, _) => "skipped",
            (Outcome::NotApplicable, _) => "not_applicable",
        })
    }
}
