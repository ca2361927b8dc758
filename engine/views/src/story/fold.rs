//! Folding events into a story.
//!
//! **Absent on purpose:** checking. A log that does not add up is `verify`'s business; here it is told as it
//! stands, and never a panic.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dod_kernel::ask::{Answer, Wrong};
use dod_kernel::id::{BodyId, Name, StepRef, Timestamp};
use dod_kernel::record::Recorded;
use dod_kernel::run::{Answered, AttemptEnded, ConditionAsked, Event, StepSettled};
use dod_kernel::workflow::{Kind, Workflow};

use crate::story::{
    Attempt, Finished, Incident, Judged, Phase, Rest, Settled, Standing, Step, Story, is_gate,
};

/// Activations of steps of one name that are kept, as long as the older ones ended well.
const ROUNDS_KEPT: usize = 1_000;
/// Names of contested variables that are kept.
const CONTESTED_MAX: usize = 100;
/// Refused answers that are kept of a step.
const REFUSED_MAX: usize = 20;

impl Story {
    /// A run of which nothing has been told.
    pub fn new(workflow: Arc<Workflow>) -> Self {
        let nodes = workflow.nodes_of(BodyId(0));
        let planned = nodes.filter(|id| !matches!(workflow.node(*id).kind, Kind::Pass)).count() as u64;
        Self {
            workflow,
            started: None,
            last_at: Timestamp::default(),
            events: 0,
            steps: Vec::new(),
            stopping: None,
            cancelled_by: Vec::new(),
            resumed: 0,
            incidents: Vec::new(),
            stuck: Vec::new(),
            limits: Vec::new(),
            tree: None,
            contested: BTreeSet::new(),
            taken: BTreeMap::new(),
            activations: BTreeMap::new(),
            finished: None,
            at: BTreeMap::new(),
            rest: Rest { planned, ..Rest::default() },
        }
    }

    /// A story from a whole log, or from the part of it that there is.
    pub fn of<'a>(workflow: Arc<Workflow>, log: impl IntoIterator<Item = &'a Recorded<Event>>) -> Self {
        let mut story = Self::new(workflow);
        for recorded in log {
            story.push(recorded);
        }
        story
    }

    /// Takes the next event.
    pub fn push(&mut self, recorded: &Recorded<Event>) {
        let Recorded { at, ref event, seq } = *recorded;
        self.last_at = self.last_at.max(at);
        self.events += 1;
        match event {
            Event::RunStarted(started) => {
                self.started = Some((at, started.clone()));
            }
            Event::RunResumed { .. } => self.resumed += 1,
            Event::RunStopping { why } => self.stopping = Some(why.clone()),
            Event::RunFinished(end) => {
                let (outcomes, verdict) = (end.outcomes.clone(), end.verdict.clone());
                self.finished = Some(Finished { at, outcomes, seq, verdict });
            }
            Event::CancelRequested { by } => self.cancelled_by.push(by.clone()),
            Event::LimitReached { limit } => self.limits.push(limit.clone()),
            Event::Stuck { steps } => self.stuck = steps.iter().map(|step| step.name.clone()).collect(),
            Event::TreeDigested(digested) => self.tree = Some((**digested).clone()),
            Event::Incident { step, what } => {
                let incident = Incident { seq, step: step.name.clone(), what: what.clone() };
                self.incidents.push(incident);
                self.enter(step, at).phase = Phase::Settled;
                if let Some(place) = self.at.get(&step.id) {
                    self.rest.open.remove(place);
                }
            }
            Event::ScopeOpened { step, .. } => {
                self.enter(step, at);
            }
            Event::VariablesContested { names, .. } => {
                let room = CONTESTED_MAX.saturating_sub(self.contested.len());
                self.contested.extend(names.iter().take(room).cloned());
            }
            // What was heard or thrown, and a timer, show in what follows from them; capacity and late results are for
            // `events.jsonl`.
            Event::CapacitySet { .. } | Event::TimerFired { .. } | Event::AttemptIgnored { .. } => {}
            Event::MessageReceived { .. } | Event::SignalReceived { .. } | Event::EventThrown(_) => {}
            Event::FlowTaken { edges, .. } => {
                for edge in edges {
                    *self.taken.entry(*edge).or_insert(0) += 1;
                }
            }
            // Joins show in the steps that they reach.
            Event::JoinFired { .. } => {}
            _ => self.step_event(at, seq, event),
        }
    }

    fn step_event(&mut self, at: Timestamp, seq: u64, event: &Event) {
        match event {
            Event::StepReady { step, .. } => self.enter(step, at).phase = Phase::Ready,
            Event::AttemptStarted { attempt, step } => {
                let step = self.enter(step, at);
                step.phase = Phase::Running(at);
                step.attempt(*attempt).started_at = Some(at);
            }
            Event::AttemptStopping { attempt, step, why } => {
                self.enter(step, at).attempt(*attempt).stopping = Some(why.clone());
            }
            Event::AttemptEnded(ended) => self.attempt_ended(at, seq, ended),
            Event::ServiceReady { step } => {
                self.enter(step, at);
            }
            Event::GateJudged(judged) => {
                let (outcomes, state) = (judged.outcomes.clone(), judged.state);
                self.enter(&judged.step, at).judged = Some(Judged { outcomes, seq, state });
            }
            Event::JudgeTaken(taken) => {
                self.enter(&taken.step, at).verdict = Some(Box::new(taken.verdict.clone()));
            }
            Event::RetryScheduled { due, step, .. } => self.enter(step, at).phase = Phase::Backoff(*due),
            Event::StepHeld { step } => self.enter(step, at).phase = Phase::Held,
            Event::StepWaiting { due, key, step } => {
                let step = self.enter(step, at);
                step.phase = Phase::Waiting(*due);
                step.key = key.clone();
            }
            Event::Answered(answered) => self.answered(at, answered),
            Event::AnswerRefused { by, step, why } => {
                let refused = &mut self.enter(step, at).refused;
                if refused.len() == REFUSED_MAX {
                    refused.remove(0);
                }
                refused.push((by.clone(), *why));
            }
            Event::ConditionAsked(asked) => self.condition(at, asked),
            Event::ValueAsked(asked) => {
                self.enter(&asked.step, at);
            }
            Event::ScriptRun(ran) => self.wrong(at, &ran.step, ran.wrong.as_ref()),
            Event::DecisionTaken(taken) => self.wrong(at, &taken.step, taken.wrong.as_ref()),
            Event::StepSettled(settled) => self.settle(at, seq, settled),
            _ => {}
        }
    }

    /// The step of an event, made where it is heard of for the first time.
    fn enter(&mut self, step: &StepRef, at: Timestamp) -> &mut Step {
        if let Some(place) = self.at.get(&step.id).copied() {
            return &mut self.steps[place];
        }
        let node = self.workflow.nodes().get(step.id.node.index());
        *self.activations.entry(step.id.node).or_insert(0) += 1;
        self.rest.heard += u64::from(node.is_none_or(|node| !matches!(node.kind, Kind::Pass)));
        let told = Step {
            id: step.id,
            name: step.name.clone(),
            phase: Phase::Entered,
            attempts: Vec::new(),
            settled: None,
            judged: None,
            verdict: None,
            answers: Vec::new(),
            refused: Vec::new(),
            condition: None,
            key: None,
            since: at,
        };
        let place = self.place_for(&step.name);
        if place == self.steps.len() {
            self.steps.push(told);
        } else {
            self.at.remove(&self.steps[place].id);
            self.steps[place] = told;
        }
        self.at.insert(step.id, place);
        self.rest.open.insert(place);
        self.rest.names.entry(step.name.clone()).or_default().push_back(place);
        &mut self.steps[place]
    }

    /// Where a new activation goes: behind all others, or in the place of a round of the same step long ago that ended
    /// well. A loop of a million rounds must not keep a million steps.
    fn place_for(&mut self, name: &Name) -> usize {
        if let Some(places) = self.rest.names.get_mut(name)
            && places.len() >= ROUNDS_KEPT
            && let Some(oldest) = places.front().copied()
            && matches!(self.steps[oldest].standing(), Standing::Passed | Standing::Skipped)
            && self.steps[oldest].settled.is_some()
        {
            places.pop_front();
            return oldest;
        }
        self.steps.len()
    }

    /// A script or a decision table came to its end, or could not.
    fn wrong(&mut self, at: Timestamp, step: &StepRef, wrong: Option<&Wrong>) {
        self.enter(step, at).condition = wrong.cloned().map(Answer::Wrong);
    }

    fn attempt_ended(&mut self, at: Timestamp, seq: u64, ended: &AttemptEnded) {
        let step = self.enter(&ended.step, at);
        step.attempt(ended.attempt).ended = Some((at, seq, Arc::new(ended.clone())));
    }

    fn answered(&mut self, at: Timestamp, answered: &Answered) {
        self.enter(&answered.step, at).answers.push(answered.clone());
    }

    fn condition(&mut self, at: Timestamp, asked: &ConditionAsked) {
        let step = self.enter(&asked.step, at);
        if asked.edge.is_none() && !matches!(asked.answer.clone().truth(), Ok(Some(_))) {
            step.condition = Some(asked.answer.clone());
        }
    }

    fn settle(&mut self, at: Timestamp, seq: u64, settled: &StepSettled) {
        let order = self.rest.settled;
        self.rest.settled += 1;
        let step = self.enter(&settled.step, at);
        let (outcome, why) = (settled.outcome, settled.why.clone());
        step.phase = Phase::Settled;
        step.settled = Some(Settled { at, order, outcome, seq, why });
        let Some(place) = self.at.get(&settled.step.id).copied().filter(|at| self.rest.open.remove(at))
        else {
            return;
        };
        let step = &self.steps[place];
        let (standing, node) = (step.standing(), self.node(step));
        let allowed = node.is_some_and(|node| node.allow_failure);
        let (gate, shown) = (node.is_some_and(is_gate), self.is_shown(step));
        if gate {
            self.rest.gates.count(standing, allowed);
        }
        if shown {
            self.rest.shown.count(standing, allowed);
        }
    }
}

impl Step {
    /// The attempt of that number, made where it is heard of for the first time.
    fn attempt(&mut self, number: u32) -> &mut Attempt {
        let place = self.attempts.iter().position(|attempt| attempt.number == number);
        let place = place.unwrap_or_else(|| {
            self.attempts.push(Attempt { number, started_at: None, stopping: None, ended: None });
            self.attempts.len() - 1
        });
        &mut self.attempts[place]
    }
}
