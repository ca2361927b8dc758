//! What the host owes a run, derived from its state: a restarted host asks again and gets the same answer.
//!
//! What is outstanding is bounded by the capacity that the host itself stated, by the services, and by the
//! attempts that are being stopped.
//!
//! **Absent on purpose:** a list of all ready steps.

use crate::id::{Instance, Name, RunId, Timestamp};
use crate::policy::Verdict;
use crate::run::event::{StopReason, Timer};
use crate::run::state::{Phase, Run};
use crate::workflow::{Discipline, Kind, Trigger, Workflow};

/// Work the host owes this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Digest the tree and report it.
    DigestTree,
    /// Start this attempt, after reporting that it starts.
    Start {
        /// Which, from 1.
        attempt: u32,
        /// The step.
        step: Instance,
    },
    /// End this attempt, and report how it ended.
    Stop {
        /// Which, from 1.
        attempt: u32,
        /// The step.
        step: Instance,
        /// Why; a time-out is reported as [`End::TimedOut`](crate::run::End::TimedOut).
        why: StopReason,
    },
}

/// Something a run waits for that no program can bring about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// When it stops waiting.
    pub due: Option<Timestamp>,
    /// For what.
    pub what: WaitingFor,
    /// The step.
    pub step: Instance,
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// So many more people to say yes.
    Answers(u32),
    /// Somebody to say whether the step may run again after its process was lost.
    Held,
    /// A message of this name.
    Message(Name),
    /// A signal of this name.
    Signal(Name),
    /// Time.
    Time,
}

impl Run {
    /// Work owed now: attempts to stop, steps to start while there is room (services first, then by priority),
    /// the digest of the tree. Costs no more than what it returns, plus the number of pools.
    pub fn outstanding(&self) -> Vec<Effect> {
        let mut owed = Vec::new();
        if self.finished.is_some() {
            return owed;
        }
        for step in &self.stops {
            if let Some(active) = self.active.get(step) {
                let why = active.stopping.clone().unwrap_or(StopReason::Cancelled);
                owed.push(Effect::Stop { attempt: active.attempt, step: *step, why });
            }
        }
        let startable = self.ready_services.iter().filter(|step| self.has_its_services(**step));
        owed.extend(startable.map(|step| self.start(*step)));
        if self.services_down.is_empty() {
            self.startable(self.capacity.saturating_sub(self.running), &mut owed);
        }
        if self.tree_is_due() {
            owed.push(Effect::DigestTree);
        }
        owed
    }

    /// The first steps of all queues together, as far as capacity and pools have room.
    fn startable(&self, mut room: u32, owed: &mut Vec<Effect>) {
        let mut queues: Vec<_> = self.ready.iter().map(|queue| queue.iter().peekable()).collect();
        let mut free: Vec<u32> = std::iter::once(u32::MAX)
            .chain(
                self.workflow
                    .pools()
                    .iter()
                    .zip(&self.pools_used)
                    .map(|(pool, used)| pool.size.saturating_sub(*used)),
            )
            .collect();
        while room > 0 {
            let next = queues
                .iter_mut()
                .enumerate()
                .filter(|(at, _)| free[*at] > 0)
                .filter_map(|(at, queue)| queue.peek().map(|(key, _)| (**key, at)))
                .min();
            let Some((_, at)) = next else { return };
            if let Some((_, step)) = queues[at].next() {
                owed.push(self.start(*step));
            }
            free[at] -= 1;
            room -= 1;
        }
    }

    fn start(&self, step: Instance) -> Effect {
        let attempt = self.active.get(&step).map_or(1, |active| active.attempt);
        Effect::Start { attempt, step }
    }

    /// Whether no service that this service needs has to come up again first.
    fn has_its_services(&self, step: Instance) -> bool {
        let needed = self.workflow.incoming(step.node).iter().map(|edge| self.workflow.edge(*edge).from);
        self.services_down.is_empty()
            || needed.map(|node| Instance { node, ..step }).all(|need| !self.services_down.contains(&need))
    }

    /// Whether the step may start now without going beyond the capacity or its pool.
    pub(super) fn has_room(&self, step: Instance) -> bool {
        if self.ready_services.contains(&step) {
            return self.has_its_services(step);
        }
        if !self.services_down.is_empty() {
            return false;
        }
        let pool = self.task(step).and_then(|task| task.pool);
        let fits = pool.is_none_or(|pool| self.pools_used[pool.index()] < self.workflow.pool(pool).size);
        self.running < self.capacity && fits
    }

    /// The timer that is due first, and when.
    pub fn next_timer(&self) -> Option<(Timestamp, Timer)> {
        self.timers.first().cloned()
    }

    /// The timer that is due first among those that a person would wait for; the bounds on attempts and on the
    /// run are left out.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.timers
            .iter()
            .find(|(_, timer)| matches!(timer, Timer::Retry(_) | Timer::Wait(_)))
            .map(|(due, _)| *due)
    }

    /// What the run waits for, in the order of the workflow.
    pub fn waiting(&self) -> impl Iterator<Item = Waiting> + '_ {
        // Where nothing else is left, a run waits for what could still interrupt it.
        let beside = self.waits.is_empty() && self.running == 0;
        let armed = self.armed_beside().filter(move |_| beside);
        self.waits.iter().copied().chain(armed).filter_map(|step| {
            let active = self.active.get(&step)?;
            let (due, what) = match (&active.phase, &self.node(step).kind) {
                (Phase::Held, _) => (None, WaitingFor::Held),
                (Phase::Waiting { due }, Kind::Approval(approval)) => {
                    let missing = approval.min.max(1).saturating_sub(active.answers.len() as u32);
                    (*due, WaitingFor::Answers(missing))
                }
                (Phase::Waiting { due }, Kind::Message(message)) => {
                    (*due, WaitingFor::Message(message.name.clone()))
                }
                (Phase::Waiting { due }, Kind::Catch(catch)) => match &catch.trigger {
                    Trigger::Message { name, .. } => (*due, WaitingFor::Message(name.clone())),
                    Trigger::Signal(name) => (*due, WaitingFor::Signal(name.clone())),
                    _ => (*due, WaitingFor::Time),
                },
                (Phase::Waiting { due }, _) => (*due, WaitingFor::Time),
                _ => return None,
            };
            Some(Waiting { due, what, step })
        })
    }

    /// Attempts that were started and have not ended, services among them.
    pub fn in_flight(&self) -> impl Iterator<Item = (Instance, u32)> + '_ {
        self.active.iter().filter_map(|(step, active)| {
            matches!(active.phase, Phase::Running { .. } | Phase::Serving).then_some((*step, active.attempt))
        })
    }

    /// The verdict, once there is one.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.finished.as_deref().map(|finished| &finished.verdict)
    }

    /// What the verdict can be at best, as far as is known: failed once something has failed that was not
    /// allowed to, else undecided once something is undecided. `None`: it may still pass.
    pub fn at_best(&self) -> Option<crate::policy::State> {
        use crate::policy::{Reason, State};
        let failed_gate = self.gates.iter().any(|(node, record)| {
            record.state == Some(State::Failed) && !self.workflow.node(*node).allow_failure
        });
        if failed_gate || self.reasons.iter().any(|reason| matches!(reason, Reason::StepFailed { .. })) {
            Some(State::Failed)
        } else {
            (!self.reasons.is_empty()).then_some(State::Undecided)
        }
    }

    /// The run's id, once it has begun.
    pub fn id(&self) -> Option<&RunId> {
        self.started.as_deref().map(|started| &started.id)
    }

    /// How the run began.
    pub fn started(&self) -> Option<&crate::run::RunStarted> {
        self.started.as_deref()
    }

    /// The definition it executes.
    pub fn workflow(&self) -> &Workflow {
        &self.workflow
    }

    /// What it is judged by.
    pub fn governance(&self) -> &crate::policy::Governance {
        &self.governance
    }

    /// What a step wrote to `$DOD_OUTPUT` under this name.
    pub fn output(&self, step: &str, name: &str) -> Option<&Name> {
        self.outputs.get(step)?.get(name)
    }

    /// Variables of the run's own scope.
    pub fn variables(&self) -> Option<&std::collections::BTreeMap<Name, crate::value::Value>> {
        self.scope(crate::id::ScopeId(0)).map(|scope| &scope.variables)
    }

    /// The variables that a step of a diagram sees, what is nearer before what is further out. Steps of YAML have outputs
    /// instead, and see none.
    pub fn variables_of(&self, step: Instance) -> std::collections::BTreeMap<Name, crate::value::Value> {
        let tokens = self.workflow.body(self.workflow.body_of(step.node)).discipline == Discipline::Tokens;
        if tokens { self.visible(step.scope) } else { std::collections::BTreeMap::new() }
    }

    /// Whether nothing new starts any more.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_some()
    }

    /// How often a node's state was changed so far: what a command touches, for tests of its cost.
    pub fn touched(&self) -> u64 {
        self.touched
    }
}
