//! Commands and refusals: the only place where a run says no.
//!
//! **Absent on purpose:** decisions. `decide` turns a command into the fact it reports, or refuses it.

use std::collections::BTreeMap;

use crate::id::{Instance, Name, RunId, Timestamp};
use crate::run::catch::Heard;
use crate::run::event::*;
use crate::run::human;
use crate::run::state::{Phase, Run};
use crate::run::values::too_much;
use crate::value::Value;

/// Something the outside world would like to have happened. Imperative; may be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Answer an approval, or say what becomes of a held step.
    Answer {
        /// Yes or no.
        accept: bool,
        /// Why.
        because: Option<Name>,
        /// Who.
        by: Identity,
        /// The signature that proves it, which the host has checked.
        proof: Option<Name>,
        /// Variables to set.
        set: BTreeMap<Name, Value>,
        /// The step.
        step: Instance,
    },
    /// End the run.
    Cancel {
        /// Who asks.
        by: Identity,
    },
    /// The time of this timer has come.
    FireTimer {
        /// Which.
        timer: Timer,
        /// What the clock says.
        now: Timestamp,
    },
    /// Report the digest of the tree at the end.
    ReportTree(Box<TreeDigested>),
    /// Report how an attempt ended.
    ReportEnd(Box<EndReport>),
    /// Report that a service can be used.
    ReportReady {
        /// The service.
        step: Instance,
    },
    /// Report that an attempt starts now.
    ReportStart {
        /// Which, from 1.
        attempt: u32,
        /// The step.
        step: Instance,
    },
    /// Take up a run that another process left.
    Resume {
        /// Bytes of a torn line that were cut.
        cut_bytes: u64,
        /// The tree as it is now.
        tree: Option<crate::id::Digest>,
    },
    /// Deliver a message.
    Send {
        /// Who, where that is known.
        by: Option<Identity>,
        /// Correlation key.
        key: Option<Name>,
        /// Name.
        name: Name,
        /// Variables it carries.
        set: BTreeMap<Name, Value>,
    },
    /// How many steps may run at once from now on.
    SetCapacity(u32),
    /// Deliver a signal.
    Signal {
        /// Who, where that is known.
        by: Option<Identity>,
        /// Name.
        name: Name,
        /// Variables it carries.
        set: BTreeMap<Name, Value>,
    },
    /// Begin.
    Start(Box<RunStarted>),
}

/// How an attempt ended, as the host reports it. See [`AttemptEnded`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndReport {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// How.
    pub end: End,
    /// What it left.
    pub evidence: Reading,
    /// What it wrote for others.
    pub outputs: BTreeMap<Name, Name>,
    /// The recorded run that the result is taken from.
    pub reused_from: Option<RunId>,
    /// Standard error.
    pub stderr: Printed,
    /// Standard output.
    pub stdout: Printed,
    /// The step.
    pub step: Instance,
    /// The tool's version.
    pub tool: Option<Name>,
    /// What it cost.
    pub usage: Usage,
}

/// A no. Nothing broke and nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The run has begun before.
    #[error("the run has begun already")]
    AlreadyStarted,
    /// The run has ended.
    #[error("the run has ended")]
    Ended,
    /// The log was written in another shape, or by another behavior.
    #[error("the log has format {format} and rules {rules}; this program knows format 1 and rules 1")]
    OtherVersion {
        /// Shape of the lines.
        format: u32,
        /// Behavior of the kernel.
        rules: u32,
    },
    /// The run has not begun.
    #[error("the run has not begun")]
    NotStarted,
    /// No such step in this run.
    #[error("the run has no step {0}")]
    NoSuchStep(Instance),
    /// The step may not start now.
    #[error("step {0} is not ready, or there is no room for it")]
    NotReady(Instance),
    /// No attempt of the step runs.
    #[error("step {0} is not running")]
    NotRunning(Instance),
    /// The step waits for nobody.
    #[error("step {0} waits for no answer")]
    NotWaiting(Instance),
    /// The timer is not set, or its time has not come.
    #[error("the timer is not due")]
    NotDue,
    /// Nobody waits for this signal.
    #[error("nothing waits for the signal `{0}`")]
    NobodyHears(Name),
    /// Nobody waits for this message.
    #[error("nothing waits for the message `{0}`")]
    NobodyWaits(Name),
    /// An answer that calls itself proved and has no signature, or one that is too long.
    #[error("an answer is proved by a signature of at most {PROOF_BYTES_MAX} bytes")]
    Proof,
    /// Variables that are too many or too deep for an event; why.
    #[error("{0}")]
    TooMuch(String),
    /// The tree was not asked for.
    #[error("the digest of the tree is not due")]
    TreeNotDue,
}

impl Command {
    /// Variables that it sets while the run goes on.
    fn sets(&self) -> Option<&BTreeMap<Name, Value>> {
        match self {
            Self::Answer { set, .. } | Self::Send { set, .. } | Self::Signal { set, .. } => Some(set),
            _ => None,
        }
    }
}

/// Turns a command into the fact it reports.
///
/// # Errors
/// The command does not fit the run; nothing happened.
pub fn decide(run: &Run, command: Command) -> Result<Event, Refusal> {
    if let Command::Start(started) = command {
        return start(run, started);
    }
    if run.started.is_none() {
        return Err(Refusal::NotStarted);
    }
    if run.finished.is_some() {
        return match command {
            Command::ReportEnd(report) => end(run, *report),
            _ => Err(Refusal::Ended),
        };
    }
    if let Some(why) = command.sets().and_then(too_much) {
        return Err(Refusal::TooMuch(why));
    }
    match command {
        Command::Start(_) => Err(Refusal::AlreadyStarted),
        Command::ReportStart { attempt, step } => report_start(run, step, attempt),
        Command::ReportEnd(report) => end(run, *report),
        Command::ReportReady { step } => match run.active.get(&step).map(|active| &active.phase) {
            Some(Phase::Running { .. }) if is_service(run, step) => {
                Ok(Event::ServiceReady { step: run.step(step) })
            }
            _ => Err(Refusal::NotRunning(step)),
        },
        Command::FireTimer { timer, now } => {
            let set = run.timers.iter().take_while(|(due, _)| *due <= now).any(|(_, set)| *set == timer);
            if set { Ok(Event::TimerFired { timer }) } else { Err(Refusal::NotDue) }
        }
        Command::Answer { accept, because, by, proof, set, step } => {
            let step = if run.knows(step) { run.step(step) } else { return Err(Refusal::NoSuchStep(step)) };
            human::answer(run, Answered { accept, because, by, proof, set, step })
        }
        Command::Send { by, key, name, set } => {
            let waiting = run.listeners(&Heard::Message(name.clone()));
            if waiting.into_iter().any(|step| run.takes_key(step, key.as_ref())) {
                Ok(Event::MessageReceived { by, key, name, set })
            } else {
                Err(Refusal::NobodyWaits(name))
            }
        }
        Command::Signal { by, name, set } => {
            if run.listeners(&Heard::Signal(name.clone())).is_empty() {
                Err(Refusal::NobodyHears(name))
            } else {
                Ok(Event::SignalReceived { by, name, set })
            }
        }
        Command::Cancel { by } => Ok(Event::CancelRequested { by }),
        Command::SetCapacity(capacity) => Ok(Event::CapacitySet { capacity }),
        Command::Resume { cut_bytes, tree } => Ok(Event::RunResumed { cut_bytes, tree }),
        Command::ReportTree(digested) => {
            if run.tree_is_due() {
                Ok(Event::TreeDigested(digested))
            } else {
                Err(Refusal::TreeNotDue)
            }
        }
    }
}

fn start(run: &Run, started: Box<RunStarted>) -> Result<Event, Refusal> {
    if run.started.is_some() {
        return Err(Refusal::AlreadyStarted);
    }
    if (started.format, started.rules) != (crate::record::FORMAT, crate::record::RULES) {
        return Err(Refusal::OtherVersion { format: started.format, rules: started.rules });
    }
    if let Some(why) = too_much(&started.variables) {
        return Err(Refusal::TooMuch(why));
    }
    Ok(Event::RunStarted(started))
}

fn report_start(run: &Run, step: Instance, attempt: u32) -> Result<Event, Refusal> {
    if !run.knows(step) {
        return Err(Refusal::NoSuchStep(step));
    }
    let ready = run
        .active
        .get(&step)
        .is_some_and(|now| matches!(now.phase, Phase::Ready(_)) && now.attempt == attempt);
    if ready && run.has_room(step) {
        Ok(Event::AttemptStarted { attempt, step: run.step(step) })
    } else {
        Err(Refusal::NotReady(step))
    }
}

fn end(run: &Run, report: EndReport) -> Result<Event, Refusal> {
    let EndReport { attempt, end, evidence, outputs, reused_from, stderr, stdout, step, tool, usage } =
        report;
    if step.node.index() >= run.workflow.nodes().len() {
        return Err(Refusal::NoSuchStep(step));
    }
    let open = run.active.get(&step).is_some_and(|now| {
        now.attempt == attempt && matches!(now.phase, Phase::Running { .. } | Phase::Serving)
    });
    // A result that is taken from elsewhere, or a program that cannot be started, ends an attempt that never ran.
    let unstarted = (reused_from.is_some() || matches!(end, End::NotStarted { .. }))
        && run
            .active
            .get(&step)
            .is_some_and(|now| now.attempt == attempt && matches!(now.phase, Phase::Ready(_)));
    if open || unstarted {
        let step = run.step(step);
        Ok(Event::AttemptEnded(Box::new(AttemptEnded {
            attempt,
            end,
            evidence,
            outputs,
            reused_from,
            stderr,
            stdout,
            step,
            tool,
            usage,
        })))
    } else {
        Ok(Event::AttemptIgnored { attempt, step: run.step(step) })
    }
}

fn is_service(run: &Run, step: Instance) -> bool {
    run.task(step).is_some_and(|task| task.probe.is_some())
}

impl Event {
    /// The command that a fact reports; `None` for decisions. Replay feeds these to [`decide`]. `at` is the
    /// time of the fact's batch.
    pub fn as_command(&self, at: Timestamp) -> Option<Command> {
        Some(match self.clone() {
            Self::Answered(answered) => {
                let Answered { accept, because, by, proof, set, step } = *answered;
                Command::Answer { accept, because, by, proof, set, step: step.id }
            }
            Self::AnswerRefused { by, step, .. } => {
                // Why the answer was no longer matters: it did not count.
                let set = BTreeMap::new();
                Command::Answer { accept: true, because: None, by, proof: None, set, step: step.id }
            }
            Self::AttemptEnded(ended) => {
                let AttemptEnded {
                    attempt,
                    end,
                    evidence,
                    outputs,
                    reused_from,
                    stderr,
                    stdout,
                    step,
                    tool,
                    usage,
                } = *ended;
                Command::ReportEnd(Box::new(EndReport {
                    attempt,
                    end,
                    evidence,
                    outputs,
                    reused_from,
                    stderr,
                    stdout,
                    step: step.id,
                    tool,
                    usage,
                }))
            }
            Self::AttemptIgnored { attempt, step } => Command::ReportEnd(Box::new(EndReport {
                attempt,
                end: End::Lost,
                evidence: Reading::None,
                outputs: BTreeMap::new(),
                reused_from: None,
                stderr: Printed::default(),
                stdout: Printed::default(),
                step: step.id,
                tool: None,
                usage: Usage::default(),
            })),
            Self::AttemptStarted { attempt, step } => Command::ReportStart { attempt, step: step.id },
            Self::CancelRequested { by } => Command::Cancel { by },
            Self::CapacitySet { capacity } => Command::SetCapacity(capacity),
            Self::MessageReceived { by, key, name, set } => Command::Send { by, key, name, set },
            Self::RunResumed { cut_bytes, tree } => Command::Resume { cut_bytes, tree },
            Self::RunStarted(started) => Command::Start(started),
            Self::ServiceReady { step } => Command::ReportReady { step: step.id },
            Self::SignalReceived { by, name, set } => Command::Signal { by, name, set },
            Self::TimerFired { timer } => Command::FireTimer { timer, now: at },
            Self::TreeDigested(digested) => Command::ReportTree(digested),
            _ => return None,
        })
    }
}
