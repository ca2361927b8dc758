//! The next decision that a run owes. Reads the front of the agenda, or sees what has to happen at rest.
//!
//! **Absent on purpose:** changing anything; `evolve` does, and only by the event that is returned here.

use crate::ask::{Answer, Ask, Expression};
use crate::id::{EdgeId, Instance, ScopeId};
use crate::policy::{self, State};
use crate::run::agenda::Todo;
use crate::run::catch::Arming;
use crate::run::event::*;
use crate::run::state::{Active, Ending, Phase, Run};
use crate::run::{catch, repeat, table, throw, values};
use crate::workflow::{Fork, Join, Kind, RetryOn, When};

/// Attempts of one step that may be lost with the process before the step is undecided.
const LOST_MAX: u32 = 10;

/// The next decision owed, or `None`: the batch is complete.
///
/// Asked again after a crash in the middle of a batch, it goes on where the log ends.
pub fn follow(run: &Run, ask: &dyn Ask) -> Option<Event> {
    run.started.as_ref()?;
    let Some(todo) = run.agenda.front() else { return at_rest(run, ask) };
    Some(match todo {
        Todo::Enter(step) => enter(run, ask, *step),
        Todo::Entered { instance, truth } => entered(run, ask, *instance, *truth),
        Todo::Judge(step) => judge_gate(run, ask, *step),
        Todo::Conclude(step) => conclude(run, *step),
        Todo::Again(step) => {
            let attempt = run.active.get(step).map_or(1, |active| active.attempt + 1);
            Event::StepReady { attempt, step: run.step(*step) }
        }
        Todo::Settle { instance, outcome, why } => settled(run, *instance, *outcome, why.clone()),
        Todo::StopAttempt(step, why) => {
            let attempt = run.active.get(step).map_or(1, |active| active.attempt);
            Event::AttemptStopping { attempt, step: run.step(*step), why: why.clone() }
        }
        Todo::Fork { instance, next, taken, wrong } => {
            if let Some(wrong) = wrong {
                incident(run, *instance, IncidentKind::Condition(wrong.clone()))
            } else {
                fork(run, ask, *instance, *next, taken)
            }
        }
        Todo::Trouble { instance, what } => catch::trouble(run, *instance, what),
        Todo::Arm(arming) => catch::arm(run, ask, arming),
        Todo::Throw { instance, given } => throw::throw(run, ask, *instance, given.as_ref()),
        Todo::Rounds(step) => repeat::next(run, ask, *step),
        Todo::Round(round) => repeat::end(run, ask, round),
        Todo::Contested { names, step } => {
            Event::VariablesContested { names: names.clone(), step: run.step(*step) }
        }
        Todo::Stop(why) => Event::RunStopping { why: why.clone() },
        Todo::Limit(limit) => Event::LimitReached { limit: (*limit).into() },
    })
}

fn settled(run: &Run, step: Instance, outcome: Outcome, why: SettledBy) -> Event {
    Event::StepSettled(Box::new(StepSettled { outcome, step: run.step(step), why }))
}

fn incident(run: &Run, step: Instance, what: IncidentKind) -> Event {
    Event::Incident { step: run.step(step), what }
}

/// Everything a node waits for has come.
fn enter(run: &Run, ask: &dyn Ask, step: Instance) -> Event {
    if run.left_out.contains(&step.node) {
        return settled(run, step, Outcome::NotApplicable, SettledBy::NotSelected);
    }
    if let Some(why) = run.stop_for(step) {
        return settled(run, step, Outcome::Skipped, SettledBy::Stopped(why.clone()));
    }
    let node = run.node(step);
    match node.join {
        Join::AtLeast { .. } if run.at_least(step) == Some(false) => {
            return settled(run, step, Outcome::Failed, SettledBy::Joined);
        }
        Join::Settled => {
            if let Some(edge) = run.node_state(step).and_then(|node| node.because) {
                let upstream = Instance { node: run.workflow.edge(edge).from, round: 0, ..step };
                return settled(run, step, Outcome::Skipped, SettledBy::Upstream(run.step(upstream)));
            }
        }
        _ => {}
    }
    match &node.condition {
        Some(condition) => condition_asked(run, ask, step, None, condition),
        None => go(run, ask, step),
    }
}

fn condition_asked(
    run: &Run,
    ask: &dyn Ask,
    step: Instance,
    edge: Option<EdgeId>,
    expression: &Expression,
) -> Event {
    let (engine, answer) = run.with_facts(step.scope, |facts| ask.answer(expression, facts));
    Event::ConditionAsked(Box::new(ConditionAsked {
        answer: bounded(answer),
        edge,
        engine,
        expression: expression.digest,
        step: run.step(step),
    }))
}

/// An answer that is not yes or no is wrong, and is kept as its kind only: an event is bounded.
pub(super) fn bounded(answer: Answer) -> Answer {
    match answer.clone().truth() {
        Err(wrong) => Answer::Wrong(wrong),
        Ok(_) => answer,
    }
}

fn entered(run: &Run, ask: &dyn Ask, step: Instance, truth: Option<bool>) -> Event {
    match truth {
        Some(true) => go(run, ask, step),
        Some(false) => settled(run, step, Outcome::NotApplicable, SettledBy::Condition),
        None => settled(run, step, Outcome::Undecided, SettledBy::Condition),
    }
}

/// Nothing keeps the node from doing what it is for.
fn go(run: &Run, ask: &dyn Ask, step: Instance) -> Event {
    let reference = run.step(step);
    let waiting = |due| Event::StepWaiting { due, key: None, step: run.step(step) };
    match &run.node(step).kind {
        Kind::Task(_) => Event::StepReady { attempt: 1, step: reference },
        Kind::Pass => {
            let joined = matches!(run.node(step).join, Join::AtLeast { .. });
            let why = if joined { SettledBy::Joined } else { SettledBy::Nothing };
            settled(run, step, Outcome::Passed, why)
        }
        Kind::Wait(ms) => waiting(Some(run.now.plus(*ms))),
        Kind::Approval(approval) => waiting(approval.timeout_ms.map(|ms| run.now.plus(ms))),
        Kind::Message(message) => waiting(message.timeout_ms.map(|ms| run.now.plus(ms))),
        Kind::Judge(name) => judge(run, ask, step, name),
        Kind::Catch(_) => catch::arm(run, ask, &Arming { catch: step, host: None, given: None, fired: None }),
        Kind::Throw(_) => throw::throw(run, ask, step, None),
        Kind::Script(script) => values::script(run, ask, step, script),
        Kind::Decide(decision) => table::decide(run, ask, step, decision),
        Kind::Repeat(_) => repeat::next(run, ask, step),
        Kind::Call(_) if run.scopes_open >= run.workflow.limits().scopes_max => {
            settled(run, step, Outcome::Undecided, SettledBy::Stopped(StopReason::Limit))
        }
        Kind::Call(_) => {
            let scope = ScopeId(u32::try_from(run.scopes.len()).expect("activations are bounded below 2^32"));
            Event::ScopeOpened { scope, step: reference }
        }
    }
}

fn judge(run: &Run, ask: &dyn Ask, step: Instance, name: &crate::id::Name) -> Event {
    let Some(policy) = run.governance.policies.iter().find(|policy| policy.name == *name) else {
        return settled(run, step, Outcome::Undecided, SettledBy::Judge);
    };
    let judgement = policy::verdict(policy, &run.governance, &run.picture(), ask);
    Event::JudgeTaken(Box::new(JudgeTaken {
        outcomes: judgement.outcomes,
        step: run.step(step),
        verdict: judgement.verdict,
    }))
}

fn judge_gate(run: &Run, ask: &dyn Ask, step: Instance) -> Event {
    let (attempt, evidence) = match run.active.get(&step) {
        Some(Active { attempt, phase: Phase::Ended { report, .. }, .. }) => (*attempt, &report.evidence),
        _ => (1, &Reading::None),
    };
    let task = run.task(step);
    let gate = task.and_then(|task| task.gate.as_ref());
    let name = &run.node(step).name;
    let (state, outcomes) = match (evidence, run.governance.policies.first()) {
        (Reading::Read(read), Some(policy)) => {
            let evidence = ask.evidence(&read.digest).unwrap_or_default();
            run.with_facts(step.scope, |facts| {
                let asked = policy::GateAsked {
                    facts,
                    kind: gate.map_or(name, |gate| &gate.kind),
                    leg: run.is_leg(step.node),
                    name,
                    now: run.now,
                    project: gate.and_then(|gate| gate.project.as_ref()),
                };
                policy::judge_gate(policy, &run.governance, asked, &evidence, &read.summary, ask)
            })
        }
        _ => (State::Passed, Vec::new()),
    };
    Event::GateJudged(Box::new(GateJudged { attempt, outcomes, state, step: run.step(step) }))
}

/// What an attempt's end means for its step (design: what a step's end means).
fn conclude(run: &Run, step: Instance) -> Event {
    let (Some(active), Some(task)) = (run.active.get(&step), run.task(step)) else {
        return settled(run, step, Outcome::Undecided, SettledBy::Exit);
    };
    let Phase::Ended { report, judged } = &active.phase else {
        return settled(run, step, Outcome::Undecided, SettledBy::Exit);
    };
    let reference = run.step(step);
    // A time-out alone ends an attempt; any other stop ends the step.
    let stopped = match &active.stopping {
        Some(StopReason::Timeout) => run.stop_for(step),
        Some(why) => Some(why),
        None => run.stop_for(step),
    };
    match (&report.end, stopped) {
        (End::Cancelled, Some(why)) => {
            return settled(run, step, Outcome::Skipped, SettledBy::Stopped(why.clone()));
        }
        // Nobody had asked for it, so nobody can say what became of the step.
        (End::Cancelled, None) => return settled(run, step, Outcome::Undecided, SettledBy::Exit),
        (End::Lost, Some(StopReason::Decided)) => {
            return settled(run, step, Outcome::Skipped, SettledBy::Stopped(StopReason::Decided));
        }
        _ => {}
    }
    match &report.end {
        End::Lost if stopped.is_some() || active.lost >= LOST_MAX => {
            return settled(run, step, Outcome::Undecided, SettledBy::Exit);
        }
        End::Lost if task.idempotent => {
            return Event::StepReady { attempt: active.attempt + 1, step: reference };
        }
        End::Lost => return Event::StepHeld { step: reference },
        _ => {}
    }
    let (outcome, why) = outcome_of(task, report, *judged);
    let retry_on = match (&report.end, outcome) {
        (End::TimedOut, _) => Some(RetryOn::Timeout),
        (_, Outcome::Failed) => Some(RetryOn::Failed),
        (_, Outcome::Finished) if *judged == Some(State::Failed) => Some(RetryOn::Failed),
        (_, Outcome::Undecided) => Some(RetryOn::Undecided),
        _ => None,
    };
    if let (Some(cause), Some(retry), None) = (retry_on, &task.retry, stopped)
        && retry.when.contains(&cause)
        && active.retries < retry.attempts
    {
        let due = run.now.plus(delay(run, step, active.retries, retry));
        return Event::RetryScheduled { attempt: active.attempt + 1, due, step: reference };
    }
    settled(run, step, outcome, why)
}

fn outcome_of(task: &crate::workflow::Task, report: &Ending, judged: Option<State>) -> (Outcome, SettledBy) {
    let gate = task.gate.is_some() || task.yields_evidence();
    let says = match report.end {
        // A service that ended before it was ready serves nobody, whatever its exit code.
        End::Exited { .. } if task.probe.is_some() => return (Outcome::Failed, SettledBy::Exit),
        End::Exited { says, .. } => says,
        End::NotStarted { .. } => return (Outcome::Undecided, SettledBy::Exit),
        // Crash, time-out: a gate cannot say; a command did not do its work.
        _ if gate => return (Outcome::Undecided, SettledBy::Exit),
        _ => return (Outcome::Failed, SettledBy::Exit),
    };
    let must_succeed = task.gate.as_ref().is_some_and(|gate| gate.must_succeed);
    match (&report.evidence, says) {
        (Reading::None, ExitSays::Clean) => (Outcome::Passed, SettledBy::Exit),
        (Reading::None, ExitSays::Findings) => (Outcome::Failed, SettledBy::Exit),
        // Only a tool that says what its exit codes mean can be known to be broken by one; a command without
        // evidence that says nothing of the kind failed.
        (Reading::None, ExitSays::Broken)
            if !must_succeed && (task.yields_evidence() || !task.action.exit.findings.is_empty()) =>
        {
            (Outcome::Undecided, SettledBy::Exit)
        }
        (Reading::None, ExitSays::Broken) => (Outcome::Failed, SettledBy::Exit),
        (Reading::Unreadable { .. }, _) => (Outcome::Undecided, SettledBy::Unreadable),
        (Reading::Read(_), ExitSays::Broken) => (Outcome::Undecided, SettledBy::Exit),
        (Reading::Read(read), says) => {
            let summary = &read.summary;
            let errors = summary.findings.is_some_and(|counts| counts.error > 0)
                || summary.tests.is_some_and(|counts| counts.failed + counts.errored > 0);
            let anything = errors
                || summary.findings.is_some_and(|counts| counts.total() + counts.suppressed > 0)
                || summary.vulnerabilities.is_some();
            if must_succeed && (errors || says == ExitSays::Findings) {
                (Outcome::Failed, SettledBy::Evidence)
            } else if says == ExitSays::Findings && !anything {
                (Outcome::Undecided, SettledBy::Disagreement)
            } else {
                debug_assert!(judged.is_some(), "evidence is judged before its step is concluded");
                (Outcome::Finished, SettledBy::Evidence)
            }
        }
    }
}

/// The delay before the next attempt. Its jitter is a hash of run, step and attempt, so that replay finds the
/// same one and two runs do not try at the same moment.
fn delay(run: &Run, step: Instance, retries: u32, retry: &crate::workflow::Retry) -> u64 {
    let factor = u64::from(retry.factor.max(1)).saturating_pow(retries);
    let full = retry.delay_ms.saturating_mul(factor).min(retry.delay_max_ms.max(retry.delay_ms));
    let id = run.started.as_ref().map_or("", |started| started.id.0.as_str());
    let text = format!("{id} {} {retries}", run.node(step).name);
    // FNV-1a, 64 bits.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let share = hash % (u64::from(retry.jitter_percent.min(100)) + 1);
    full - full / 100 * share
}

fn fork(run: &Run, ask: &dyn Ask, step: Instance, next: usize, taken: &[EdgeId]) -> Event {
    let workflow = &run.workflow;
    let outgoing = workflow.outgoing(step.node);
    let exclusive = workflow.node(step.node).fork == Fork::Exclusive;
    for edge in outgoing.iter().skip(next) {
        if exclusive && !taken.is_empty() {
            break;
        }
        match &workflow.edge(*edge).when {
            When::If(condition) => return condition_asked(run, ask, step, Some(*edge), condition),
            When::Any if exclusive => break,
            _ => {}
        }
    }
    let open = |edge: &&EdgeId| taken.contains(edge) || workflow.edge(**edge).when == When::Any;
    let mut edges: Vec<EdgeId> = outgoing.iter().filter(open).copied().collect();
    if exclusive {
        edges.truncate(1);
    }
    if edges.is_empty() {
        edges.extend(outgoing.iter().find(|edge| workflow.edge(**edge).when == When::Default));
    }
    if edges.is_empty() {
        incident(run, step, IncidentKind::NoTrueCondition)
    } else {
        Event::FlowTaken { edges, step: run.step(step) }
    }
}

/// Nothing is on the agenda: joins that have all that can come, a run that cannot go on, a run that is done.
fn at_rest(run: &Run, ask: &dyn Ask) -> Option<Event> {
    if run.finished.is_some() {
        return None;
    }
    if let Some(join) = run.inclusive_ready() {
        return Some(Event::JoinFired { step: run.step(join) });
    }
    if run.is_stuck() {
        let steps = run.stuck_joins().into_iter().map(|join| run.step(join)).collect();
        return Some(Event::Stuck { steps });
    }
    if !run.is_done() || run.tree_is_due() {
        return None;
    }
    let Some(policy) = run.governance.policies.first() else { return Some(finish_without_policy(run)) };
    let judgement = policy::verdict(policy, &run.governance, &run.picture(), ask);
    Some(Event::RunFinished(Box::new(RunFinished {
        outcomes: judgement.outcomes,
        verdict: judgement.verdict,
    })))
}

/// A run that no policy judges (a simulation, a test): its own reasons decide.
fn finish_without_policy(run: &Run) -> Event {
    let picture = run.picture();
    let failed = |reason: &policy::Reason| matches!(reason, policy::Reason::StepFailed { .. });
    let state = if picture.own_reasons.is_empty() {
        State::Passed
    } else if picture.own_reasons.iter().any(failed) {
        State::Failed
    } else {
        State::Undecided
    };
    Event::RunFinished(Box::new(RunFinished {
        outcomes: Vec::new(),
        verdict: policy::Verdict {
            definitions: picture.definitions,
            few_lines: Vec::new(),
            not_measured: Vec::new(),
            policy: "none".into(),
            reasons: picture.own_reasons,
            rests_on: Vec::new(),
            scope: picture.scope,
            state,
            tree_changed: picture.tree_changed,
            waived: Vec::new(),
            waivers_refused: Vec::new(),
            waivers_unused: Vec::new(),
        },
    }))
}

impl Run {
    /// Nothing moves any more, though tokens wait.
    fn is_stuck(&self) -> bool {
        self.tokens_waiting > 0 && self.moving == 0
    }

    /// Everything has come to its end, but for the verdict.
    pub(super) fn is_done(&self) -> bool {
        let ended = self.scope(ScopeId(0)).is_none_or(|scope| scope.open == 0);
        ended && self.agenda.is_empty() && self.active.is_empty()
    }

    /// The host owes the digest of the tree.
    pub(super) fn tree_is_due(&self) -> bool {
        let wanted = self.started.as_ref().is_some_and(|started| started.tree.is_some());
        wanted && self.tree_end.is_none() && self.finished.is_none() && self.is_done()
    }
}
