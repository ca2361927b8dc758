//! What is kept of a gate for the policies, where one gate may run many times.
//!
//! The last run of a gate counts: another attempt, another round of a loop, a token that comes again. But the rounds of a
//! multi-instance activity, and calls from several places, are several gates under one name, and the worst of them counts:
//! what one round found is not made good by what the next one did not find.
//!
//! **Absent on purpose:** judging. That is the policy's.

use std::sync::Arc;

use crate::id::{Instance, NodeId};
use crate::policy::State;
use crate::run::agenda::Todo;
use crate::run::event::*;
use crate::run::state::{Active, GateRecord, Phase, Run};

impl Run {
    /// What the attempt before had found, or the round before, is no evidence for this one.
    pub(super) fn forget_gate(&mut self, step: Instance) {
        let Some(record) = self.gates.get(&step.node) else { return };
        if record.place == self.place_of(step) {
            self.gates.remove(&step.node);
        }
    }

    pub(super) fn gate_judged(&mut self, event: &GateJudged) {
        let step = event.step.id;
        let place = self.place_of(step);
        if let Some(Active { phase: Phase::Ended { report, judged }, .. }) = self.active.get_mut(&step) {
            *judged = Some(event.state);
            let read = match &report.evidence {
                Reading::Read(read) => Some(read),
                _ => None,
            };
            let record = GateRecord {
                place,
                state: Some(event.state),
                outcomes: event.outcomes.clone(),
                evidence: read.map(|read| read.digest),
                summary: read.map(|read| Arc::new(read.summary.clone())),
                ..GateRecord::default()
            };
            let rank = rank(Outcome::Finished, record.state);
            if self.counts(step.node, &record, rank) {
                self.gates.insert(step.node, record);
            }
        }
        self.agenda.push_back(Todo::Conclude(step));
    }

    /// A gate has settled.
    pub(super) fn keep_gate(&mut self, settled: &StepSettled) {
        let step = settled.step.id;
        let is_gate = self.task(step).is_some_and(|task| task.gate.is_some() || task.yields_evidence());
        if !is_gate {
            return;
        }
        let place = self.place_of(step);
        if self.gates.get(&step.node).is_some_and(|record| record.place != place) {
            // Enough others have passed, and this one was not needed; or it was judged, and another one is worse.
            let void = settled.why == SettledBy::Stopped(StopReason::Decided)
                || settled.outcome == Outcome::Finished;
            let record = GateRecord { place: place.clone(), ..GateRecord::default() };
            if void || !self.counts(step.node, &record, rank(settled.outcome, None)) {
                return;
            }
            self.gates.insert(step.node, record);
        }
        let allowed = self.scope(step.scope).is_some_and(|scope| scope.allowed);
        let record = self.gates.entry(step.node).or_default();
        record.place = place;
        record.outcome = Some(settled.outcome);
        record.allowed = allowed;
        record.by_flag = settled.why == SettledBy::NotSelected;
    }

    /// Whether this takes the place of what is kept of the gate.
    fn counts(&self, node: NodeId, record: &GateRecord, own: u8) -> bool {
        let Some(kept) = self.gates.get(&node) else { return true };
        kept.place == record.place || rank(kept.outcome.unwrap_or(Outcome::Finished), kept.state) < own
    }

    /// Where a step stands: the calls around it, and which round of a multi-instance activity. Rounds of a loop are one
    /// place.
    pub(super) fn place_of(&self, step: Instance) -> Vec<(NodeId, u32)> {
        let mut place = Vec::new();
        let mut id = step.scope;
        while let Some(call) = self.scope(id).and_then(|scope| scope.parent) {
            place.push((call.node, self.round_of(call, id)));
            id = call.scope;
        }
        place
    }
}

/// How bad the end of a gate is.
fn rank(outcome: Outcome, state: Option<State>) -> u8 {
    match (outcome, state) {
        (Outcome::Failed, _) | (Outcome::Finished, Some(State::Failed)) => 5,
        (Outcome::Undecided, _) | (Outcome::Finished, Some(State::Undecided) | None) => 4,
        (Outcome::Skipped, _) => 3,
        (Outcome::Finished | Outcome::Passed, _) => 2,
        (Outcome::NotApplicable, _) => 1,
    }
}
