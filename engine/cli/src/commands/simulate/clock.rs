//! The virtual clock: gives the kernel facts about a world that is made up, and folds what it decides.
//!
//! **Invariant:** it ends. Activations are bounded by the workflow's limits, events here, and each turn of a loop
//! either adds an event or is the last.

use std::collections::BTreeMap;
use std::sync::Arc;

use dod_kernel::ask::{Answer, Ask, Expression, Facts, Wrong};
use dod_kernel::evidence::{Evidence, Finding, Severity};
use dod_kernel::id::{Digest, Instance, Name, RunId, Timestamp};
use dod_kernel::policy::Definitions;
use dod_kernel::record::{FORMAT, RULES};
use dod_kernel::run::{
    self, Command, Effect, End, EndReport, ExitSays, Identity, Printed, Read, Reading, Run, RunStarted,
    StopReason, Usage, WaitingFor,
};
use dod_kernel::value::Value;
use dod_kernel::workflow::{Discipline, Kind, Task};
use dod_views::simulation::{Fold, Simulation};

use crate::engines::Engines;

use super::prepared::{Prepared, facts};
use super::scenario::{Happening, Scenario, SentAs, State, is_called};

/// When a simulation begins, 2026-01-01T00:00:00Z: a fixed day, so that dates that have passed are due at once, and
/// every simulation comes out the same.
const BEGIN: Timestamp = Timestamp(1_767_225_600_000);
/// Events of one simulation; more end it with `error`.
const EVENTS_MAX: u64 = 200_000_000;
/// Different people who say yes by themselves; an approval that asks for more stays open.
const PEOPLE_MAX: u32 = 100;
/// Steps that may be said to run at once; each ends before the next one begins.
const CAPACITY: u32 = 64;
/// Warnings that are kept.
const WARNINGS_MAX: usize = 100;
/// Who answers where nobody is named.
pub(crate) const PERSON: &str = "simulated-1";

/// A simulation under way.
pub(crate) struct Clock<'s> {
    scenario: &'s Scenario,
    run: Run,
    fold: Fold,
    ask: Made,
    now: Timestamp,
    events: u64,
    auto: bool,
    people: Vec<Name>,
    warnings: Vec<String>,
    /// The bound on events was reached.
    full: bool,
}

impl<'s> Clock<'s> {
    /// Begins the run at [`BEGIN`].
    pub(crate) fn start(prepared: Prepared, scenario: &'s Scenario) -> Self {
        let most = prepared.workflow.nodes().iter().filter_map(|node| match &node.kind {
            Kind::Approval(approval) => Some(approval.min.clamp(1, PEOPLE_MAX)),
            _ => None,
        });
        let most = most.max().unwrap_or(1);
        let people: Vec<Name> = (1..=most).map(|number| format!("simulated-{number}").into()).collect();
        let mut answering = people.clone();
        answering.extend(scenario.steps.iter().filter_map(|step| match step {
            Happening::Answer { by, .. } if !people.contains(by) => Some(by.clone()),
            _ => None,
        }));
        let governance = prepared.governance(scenario, &answering);
        let started = started(&prepared, scenario);
        let mut clock = Self {
            scenario,
            run: Run::new(prepared.workflow.clone(), Arc::new(governance)),
            fold: Fold::new(prepared.workflow),
            ask: Made::new(),
            now: BEGIN,
            events: 0,
            auto: true,
            people,
            warnings: Vec::new(),
            full: false,
        };
        clock.give(Command::Start(Box::new(started)));
        clock
    }

    /// Lets everything in a scenario happen.
    pub(crate) fn play(&mut self, steps: &[Happening]) {
        for (at, step) in steps.iter().enumerate() {
            match step {
                Happening::Run { auto } => {
                    self.auto = *auto;
                    self.settle();
                }
                Happening::Advance { ms } => self.advance(self.now.plus(*ms)),
                Happening::Send { what, name, key, set } => {
                    let (name, set) = (name.clone(), set.clone());
                    self.told(
                        at,
                        match what {
                            SentAs::Message => Command::Send { by: None, key: key.clone(), name, set },
                            SentAs::Signal => Command::Signal { by: None, name, set },
                        },
                    );
                }
                Happening::Answer { step, accept, by, set } => {
                    let found = self
                        .run
                        .waiting()
                        .map(|waiting| waiting.step)
                        .find(|found| is_called(self.run.workflow().node(found.node), step));
                    let Some(instance) = found else {
                        self.warn(format!("step {} of the scenario: `{step}` waits for nobody", at + 1));
                        continue;
                    };
                    let (accept, by, set) = (*accept, by.clone(), set.clone());
                    let answer = self.answer_of(instance, accept, by, set);
                    self.told(at, answer);
                }
            }
            if self.full {
                return;
            }
        }
    }

    /// What it came to.
    pub(crate) fn result(&self) -> Simulation {
        let mut result = self.fold.result(self.run.verdict().is_some(), self.run.variables());
        if self.full {
            result.state = "error";
        }
        result
    }

    /// What the scenario asked for and could not have.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How far the clock has moved.
    pub(crate) fn passed_ms(&self) -> u64 {
        self.now.0.abs_diff(BEGIN.0)
    }

    fn warn(&mut self, text: String) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(text);
        }
    }

    /// Reports a fact. A refusal changes nothing, and is for the caller to tell.
    fn give(&mut self, command: Command) -> bool {
        self.attempt(command).is_ok()
    }

    fn attempt(&mut self, command: Command) -> Result<(), run::Refusal> {
        if self.full {
            return Ok(());
        }
        let Self { run, fold, events, now, ask, .. } = self;
        let answer = run::batch(run, *now, command, ask, &mut |event| {
            fold.push(&event);
            *events += 1;
        });
        if self.events > EVENTS_MAX {
            self.full = true;
            self.warn(format!("the simulation ends after {EVENTS_MAX} events"));
        }
        answer
    }

    /// Something that a scenario says happens; what follows from it happens too.
    fn told(&mut self, at: usize, command: Command) {
        match self.attempt(command) {
            Ok(()) => self.settle(),
            Err(refusal) => self.warn(format!("step {} of the scenario: {refusal}", at + 1)),
        }
    }

    /// Goes on until nothing moves by itself.
    fn settle(&mut self) {
        while !self.full && self.run.verdict().is_none() {
            let owed = self.run.outstanding();
            let mut moved = false;
            for effect in owed {
                moved |= self.perform(effect);
            }
            // What is due comes before people answer: its time has come, theirs has not.
            if moved || self.fire_until(self.now) || (self.auto && self.answer()) {
                continue;
            }
            match self.fold.next_retry() {
                Some(due) if self.fire_until(due) => {}
                _ => return,
            }
        }
    }

    fn perform(&mut self, effect: Effect) -> bool {
        match effect {
            Effect::Start { attempt, step } => {
                let Some(task) = self.task(step) else { return false };
                if !self.give(Command::ReportStart { attempt, step }) {
                    return false;
                }
                let state = self.scenario.outcome(self.run.workflow().node(step.node), attempt);
                if task.probe.is_some() && state == State::Passed {
                    return self.give(Command::ReportReady { step });
                }
                let report = self.report(step, attempt, &task, state);
                self.give(Command::ReportEnd(Box::new(report)))
            }
            Effect::Stop { attempt, step, why } => {
                let end = if why == StopReason::Timeout { End::TimedOut } else { End::Cancelled };
                self.give(Command::ReportEnd(Box::new(ended(step, attempt, end, Reading::None))))
            }
            // The run began without a tree.
            Effect::DigestTree => false,
        }
    }

    fn task(&self, step: Instance) -> Option<Arc<Task>> {
        match &self.run.workflow().node(step.node).kind {
            Kind::Task(task) => Some(task.clone()),
            _ => None,
        }
    }

    fn report(&self, step: Instance, attempt: u32, task: &Task, state: State) -> EndReport {
        let exit = &task.action.exit;
        let clean = || End::Exited { code: exit.clean.first().copied().unwrap_or(0), says: ExitSays::Clean };
        let evidence = |finding: bool| match task.yields_evidence() {
            true => Reading::Read(Box::new(self.ask.read(finding))),
            false => Reading::None,
        };
        let (end, evidence) = match state {
            State::Passed | State::Skipped => (clean(), evidence(false)),
            State::Failed => match exit.findings.first() {
                Some(code) => (End::Exited { code: *code, says: ExitSays::Findings }, evidence(true)),
                None if task.yields_evidence() => (clean(), evidence(true)),
                None => (End::Exited { code: 1, says: ExitSays::Findings }, Reading::None),
            },
            State::Undecided => {
                (End::NotStarted { why: "the scenario says that it cannot be started".into() }, Reading::None)
            }
            State::Timeout => (End::TimedOut, Reading::None),
        };
        let outputs = self.scenario.outputs(self.run.workflow().node(step.node));
        let body = self.run.workflow().body(self.run.workflow().body_of(step.node));
        let written = if body.discipline == Discipline::Tokens { as_written } else { text_of };
        let outputs = outputs.map(|(name, value)| (name.clone(), written(value))).collect();
        EndReport { outputs, ..ended(step, attempt, end, evidence) }
    }

    /// Lets one more person answer everything that is open: yes, or no where the scenario says that the approval fails.
    fn answer(&mut self) -> bool {
        let waiting: Vec<Instance> = self
            .run
            .waiting()
            .filter(|waiting| matches!(waiting.what, WaitingFor::Answers(_) | WaitingFor::Held))
            .map(|waiting| waiting.step)
            .collect();
        let mut answered = false;
        for step in waiting {
            let node = self.run.workflow().node(step.node);
            let accept = match self.scenario.outcome(node, 1) {
                State::Passed | State::Skipped => true,
                State::Failed => false,
                // It stays open, until its own time is up.
                State::Undecided | State::Timeout => continue,
            };
            let set = self.scenario.outputs(node);
            let set = set.map(|(name, value)| (name.clone(), value.clone())).collect();
            let have = self.fold.open().get(&step).map(|open| open.answers.as_slice()).unwrap_or_default();
            let Some(by) = self.people.iter().find(|name| !have.contains(name)).cloned() else { continue };
            let answer = self.answer_of(step, accept, by, set);
            answered |= self.give(answer);
        }
        answered
    }

    /// An answer; of a person who is proved, where the step asks for that.
    fn answer_of(&self, step: Instance, accept: bool, name: Name, set: BTreeMap<Name, Value>) -> Command {
        let proved = match &self.run.workflow().node(step.node).kind {
            Kind::Approval(approval) => approval.proved,
            _ => false,
        };
        let proof = proved.then(|| "simulated".into());
        Command::Answer { accept, because: None, by: Identity { name, proved }, proof, set, step }
    }

    /// Moves the clock; everything that is due on the way happens at its time.
    fn advance(&mut self, target: Timestamp) {
        while let Some((due, _)) = self.run.next_timer()
            && due <= target
            && !self.full
            && self.run.verdict().is_none()
        {
            if !self.fire_until(due) {
                break;
            }
            self.settle();
        }
        self.now = self.now.max(target);
    }

    /// Fires every timer up to a time; whether there was one.
    fn fire_until(&mut self, until: Timestamp) -> bool {
        let mut fired = false;
        while let Some((due, timer)) = self.run.next_timer()
            && due <= until
        {
            self.now = self.now.max(due);
            if !self.give(Command::FireTimer { timer, now: self.now }) || self.full {
                break;
            }
            fired = true;
        }
        fired
    }
}

fn started(prepared: &Prepared, scenario: &Scenario) -> RunStarted {
    let none = dod_host::blob::digest_of(b"");
    RunStarted {
        capacity: CAPACITY,
        changed: scenario.changed.clone(),
        comparison: None,
        definitions: Definitions::Unprotected,
        facts: facts(prepared, scenario),
        fail_fast: prepared.settings.fail_fast,
        format: FORMAT,
        governance: none,
        id: RunId("simulated".into()),
        left_out: scenario.skipped(prepared.workflow.nodes()),
        origin: None,
        program: concat!("dod ", env!("CARGO_PKG_VERSION")).into(),
        recorded: Vec::new(),
        rules: RULES,
        settings: Vec::new(),
        sources: Vec::new(),
        timeout_ms: prepared.timeout_ms(),
        tree: None,
        variables: scenario.variables.clone(),
        workflow: none,
    }
}

fn ended(step: Instance, attempt: u32, end: End, evidence: Reading) -> EndReport {
    EndReport {
        attempt,
        end,
        evidence,
        outputs: Default::default(),
        reused_from: None,
        stderr: Printed::default(),
        stdout: Printed::default(),
        step,
        tool: None,
        usage: Usage::default(),
    }
}

/// An output that becomes a variable: as a step would have to write it for that.
fn as_written(value: &Value) -> Name {
    match value {
        Value::Text(text) if Value::read(text) != *value => {
            serde_json::Value::String(text.to_string()).to_string().into()
        }
        other => text_of(other),
    }
}

/// An output as a step would write it: one line of text.
fn text_of(value: &Value) -> Name {
    match value {
        Value::Text(text) => text.clone(),
        other => match dod_views::simulation::json(other, 0) {
            serde_json::Value::String(text) => text.into(),
            json => json.to_string().into(),
        },
    }
}

/// Whom the kernel asks: the real language, and evidence that is made up.
struct Made {
    engines: Engines,
    clean: (Digest, Arc<Evidence>),
    bad: (Digest, Arc<Evidence>),
}

impl Made {
    fn new() -> Self {
        let with = |findings| {
            let evidence = Evidence { findings: Some(findings), ..Evidence::default() };
            let text = serde_json::to_vec(&evidence).expect("evidence can always be written");
            (dod_host::blob::digest_of(&text), Arc::new(evidence))
        };
        let finding = Finding {
            fingerprint: "simulated".into(),
            introduced: None,
            license: None,
            message: "the scenario says that this gate fails".into(),
            original: None,
            place: None,
            rule: "simulated".into(),
            severity: Severity::Error,
            suppressed: false,
            vulnerability: None,
        };
        Self { engines: Engines::default(), clean: with(Vec::new()), bad: with(vec![finding]) }
    }

    fn read(&self, finding: bool) -> Read {
        let (digest, evidence) = if finding { &self.bad } else { &self.clean };
        Read { digest: *digest, summary: evidence.summary() }
    }
}

impl Ask for Made {
    fn engine(&self) -> Name {
        self.engines.engine()
    }

    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        self.engines.evaluate(expression, facts)
    }

    fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        self.engines.run_script(script, facts)
    }

    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        self.engines.messages(rule, module, facts)
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        [&self.clean, &self.bad]
            .into_iter()
            .find(|(known, _)| known == digest)
            .map(|(_, found)| found.clone())
    }
}
