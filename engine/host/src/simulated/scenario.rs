//! Random workflows, how their steps end, and what goes wrong in each life.
//!
//! Whatever a crash may change is left out: steps that race each other, time-outs close to the time that a step
//! takes, people who change their minds. So the verdict of a scenario is one, however often it is disturbed.
//!
//! **Absent on purpose:** services and diagrams.

use std::collections::BTreeMap;
use std::sync::Arc;

use dod_kernel::id::{Name, NodeId};
use dod_kernel::policy::Governance;
use dod_kernel::workflow::{
    Action, Approval, Body, Edge, ExitCodes, Fork, Gate, Join, Kind, Message, Node, Parts, Program, Report,
    ReportPlace, Retry, RetryOn, Task, When, Workflow,
};

use super::Dice;
use super::fate::Blow;
use crate::process::Exit;

/// Steps of a scenario.
const STEPS_MAX: u64 = 6;
/// Lives that something befalls.
const LIVES_MAX: u64 = 4;
/// Operations of a life that a blow may fall at; a life of a few steps has about as many.
const OPERATIONS: u64 = 260;

/// A scenario. The same scenario always goes the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Decides what is left open below: which unsynced bytes are lost, when the log is synced.
    pub seed: u64,
    /// How many steps run at once.
    pub capacity: u32,
    /// Who seals the run.
    pub sealed: Sealed,
    /// The steps.
    pub steps: Vec<Step>,
    /// What befalls each life; the life after the last is undisturbed.
    pub lives: Vec<Life>,
}

/// Who seals a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// It has no origin: nobody.
    Not,
    /// Nobody signs.
    Unsigned,
    /// A key signs.
    Signed,
}

/// What befalls a `dod`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// What goes wrong, and at which operation.
    pub blows: Vec<(u64, Blow)>,
    /// After it the calendar is set by so much.
    pub calendar_ms: i64,
    /// Time until somebody takes the run up.
    pub pause_ms: u64,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: Name,
    /// Earlier steps that it needs.
    pub needs: Vec<(usize, Need)>,
    /// What it does.
    pub does: Does,
}

/// How another step is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// `[x]`
    Ok,
    /// `{x: failed}`
    Failed,
    /// `{x: any}`
    Any,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// Runs something.
    Runs(Runs),
    /// Asks people; the answer.
    Approval(bool),
    /// Waits for a message of its own name.
    Message,
    /// Waits for so many milliseconds.
    Waits(u64),
    /// Takes the verdict over all that come before it.
    Judges,
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs {
    /// Leaves evidence: on standard output, or in a file of its own.
    pub gate: Option<bool>,
    /// Must not run twice.
    pub once: bool,
    /// Attempts beyond the first.
    pub retries: u32,
    /// Has a time-out of a second.
    pub timeout: bool,
    /// How its attempts end, in order; the last one for all that come after.
    pub endings: Vec<Ending>,
}

/// How an attempt ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Its exit.
    pub exit: Exit,
    /// How long it takes.
    pub takes_ms: u64,
    /// What it prints: findings, or so many bytes.
    pub printed: Prints,
    /// What it prints lies in a file.
    pub spooled: bool,
    /// What it writes to `$DOD_OUTPUT`.
    pub outputs: Option<String>,
    /// What it writes to a file in `$DOD_REPORTS`.
    pub report: Option<String>,
}

/// What a process prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prints {
    /// So many bytes.
    Bytes(usize),
    /// A report.
    Text(String),
}

impl Prints {
    /// The bytes themselves.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(count) => (b'a'..b'x').cycle().take(*count).collect(),
            Self::Text(text) => text.clone().into_bytes(),
        }
    }
}

/// How every step ends.
#[derive(Debug)]
pub struct Steps(BTreeMap<Name, Step>);

impl Steps {
    /// How an attempt of a step ends, after so many whose end is recorded.
    pub fn ending(&self, step: &Name, before: usize) -> Ending {
        let nothing = Ending::of(0);
        let Some(Step { does: Does::Runs(runs), .. }) = self.0.get(step) else { return nothing };
        runs.endings.get(before).or(runs.endings.last()).cloned().unwrap_or(nothing)
    }

    /// Whether it must not run twice.
    pub fn is_once(&self, step: &Name) -> bool {
        matches!(self.0.get(step), Some(Step { does: Does::Runs(runs), .. }) if runs.once)
    }

    /// What people say to a step; of a step that is held, that it may run again.
    pub fn accepts(&self, step: &Name) -> bool {
        !matches!(self.0.get(step), Some(Step { does: Does::Approval(false), .. }))
    }
}

impl Ending {
    fn of(code: i32) -> Self {
        let (exit, takes_ms, printed) = (Exit::Code(code), 40, Prints::Bytes(0));
        Self { exit, takes_ms, printed, spooled: false, outputs: None, report: None }
    }

    fn random(dice: &mut Dice, gate: Option<bool>, timeout: bool) -> Self {
        let mut ending = Self::of(i32::from(dice.once_in(4)));
        ending.takes_ms = 1 + dice.roll(300);
        if timeout && dice.once_in(4) {
            ending.takes_ms = 5_000;
        }
        if dice.once_in(12) {
            ending.exit = Exit::Signal(11);
        }
        let findings = format!("findings {}", if dice.once_in(3) { 1 + dice.roll(3) } else { 0 });
        let findings = if dice.once_in(12) { "garbage".to_owned() } else { findings };
        match gate {
            Some(true) => ending.printed = Prints::Text(findings),
            Some(false) => ending.report = (!dice.once_in(12)).then_some(findings),
            None => {
                let bytes = [0, 20, 3_000, 5_000][usize::try_from(dice.roll(4)).unwrap_or(0)];
                ending.printed = Prints::Bytes(bytes);
                ending.spooled = dice.once_in(3);
            }
        }
        ending.outputs = dice.once_in(3).then(|| format!("value={}\n", dice.roll(100)));
        ending
    }
}

impl Runs {
    fn random(dice: &mut Dice) -> Self {
        let gate = dice.once_in(2).then(|| dice.once_in(2));
        let timeout = dice.once_in(4);
        let retries = if dice.once_in(3) { 1 + u32::try_from(dice.roll(2)).unwrap_or(0) } else { 0 };
        let endings = (0..1 + dice.roll(3)).map(|_| Ending::random(dice, gate, timeout)).collect();
        Self { gate, once: dice.once_in(4), retries, timeout, endings }
    }

    fn task(&self) -> Task {
        let place = match self.gate {
            Some(true) => Some(ReportPlace::Stdout),
            Some(false) => Some(ReportPlace::File("$DOD_REPORTS/report".into())),
            None => None,
        };
        let report = |from| Report { format: None, from, rule: None };
        // `dod` is the one program that nobody looks for.
        let word = if self.gate == Some(false) { "$DOD_REPORTS" } else { "x" };
        let action = Action {
            cwd: "".into(),
            env: BTreeMap::new(),
            evidence: place.map(report).into_iter().collect(),
            exit: ExitCodes {
                clean: vec![0],
                findings: if self.gate.is_some() { vec![1] } else { Vec::new() },
            },
            inputs: Vec::new(),
            install: None,
            outputs: Vec::new(),
            programs: Vec::new(),
            run: Program::Argv(vec!["dod".into(), word.into()]),
            secrets: BTreeMap::new(),
            version: Vec::new(),
        };
        let retry = Retry {
            attempts: self.retries,
            delay_max_ms: 1_000,
            delay_ms: 100,
            factor: 2,
            jitter_percent: 10,
            when: vec![RetryOn::Failed, RetryOn::Timeout, RetryOn::Undecided],
        };
        let gate = |_| Gate { kind: "lint".into(), must_succeed: false, project: None, uses: None };
        Task {
            action,
            gate: self.gate.map(gate),
            idempotent: !self.once,
            pool: None,
            probe: None,
            retry: (self.retries > 0).then_some(retry),
            tags: Vec::new(),
            timeout_ms: self.timeout.then_some(1_000),
        }
    }
}

impl Step {
    fn random(dice: &mut Dice, at: usize) -> Self {
        let does = match dice.roll(12) {
            0 => Does::Approval(!dice.once_in(4)),
            1 => Does::Message,
            2 => Does::Waits(dice.roll(2_000)),
            3 if at > 0 => Does::Judges,
            _ => Does::Runs(Runs::random(dice)),
        };
        let mut needs: BTreeMap<usize, Need> = BTreeMap::new();
        for _ in 0..dice.roll(3).min(at as u64) {
            let how =
                [Need::Ok, Need::Ok, Need::Any, Need::Failed][usize::try_from(dice.roll(4)).unwrap_or(0)];
            needs.entry(dice.place(at - 1)).or_insert(how);
        }
        Self { name: format!("s{at}").into(), needs: needs.into_iter().collect(), does }
    }

    fn kind(&self) -> Kind {
        match &self.does {
            Does::Runs(runs) => Kind::Task(Arc::new(runs.task())),
            Does::Approval(_) => Kind::Approval(Arc::new(Approval { min: 1, ..Approval::default() })),
            Does::Message => {
                Kind::Message(Arc::new(Message { key: None, name: self.name.clone(), timeout_ms: None }))
            }
            Does::Waits(ms) => Kind::Wait(*ms),
            Does::Judges => Kind::Judge("simulated".into()),
        }
    }
}

impl Life {
    fn random(dice: &mut Dice) -> Self {
        let mut blows = Vec::new();
        // Resuming has fewer operations than a whole run, and its beginning is the more delicate part.
        let range = if dice.once_in(2) { OPERATIONS } else { OPERATIONS / 6 };
        if dice.once_in(3) {
            let blow = match dice.roll(3) {
                0 => Blow::Full(1 + dice.roll(8)),
                1 => Blow::Error,
                _ => Blow::SyncError,
            };
            blows.push((dice.roll(range), blow));
        }
        if dice.once_in(12) {
            blows.push((dice.roll(range), Blow::Terminate));
        }
        if !dice.once_in(4) {
            let death = if dice.once_in(2) { Blow::Kill } else { Blow::PowerLoss };
            blows.push((dice.roll(range), death));
        }
        let calendar_ms = match dice.roll(6) {
            0 => i64::try_from(dice.roll(86_400_000)).unwrap_or(0),
            1 => -i64::try_from(dice.roll(86_400_000)).unwrap_or(0),
            _ => 0,
        };
        Self { blows, calendar_ms, pause_ms: dice.roll(500) }
    }
}

impl Scenario {
    /// The scenario of a seed.
    pub fn random(seed: u64) -> Self {
        let mut dice = Dice::of(seed);
        let count = usize::try_from(1 + dice.roll(STEPS_MAX)).unwrap_or(1);
        let steps = (0..count).map(|at| Step::random(&mut dice, at)).collect();
        let capacity = 1 + u32::try_from(dice.roll(3)).unwrap_or(0);
        let lives = (0..1 + dice.roll(LIVES_MAX)).map(|_| Life::random(&mut dice)).collect();
        // Signatures cost more than everything else.
        let sealed = match dice.roll(6) {
            0 => Sealed::Signed,
            1 | 2 => Sealed::Not,
            _ => Sealed::Unsigned,
        };
        Self { seed: dice.number(), capacity, sealed, steps, lives }
    }

    /// The same steps, and so many other ways in which things go wrong.
    pub fn disturbed(self, count: u64) -> Vec<Self> {
        let mut dice = Dice::of(self.seed);
        let mut all = vec![self];
        for _ in 1..count {
            let lives = (0..1 + dice.roll(LIVES_MAX)).map(|_| Life::random(&mut dice)).collect();
            all.push(Self { seed: dice.number(), lives, ..all[0].clone() });
        }
        all
    }

    /// How its steps end.
    pub fn steps(&self) -> Steps {
        Steps(self.steps.iter().map(|step| (step.name.clone(), step.clone())).collect())
    }

    /// What a step needs. Nothing runs beside a judge: what it knows would depend on who was first.
    fn needs_of(&self, at: usize) -> BTreeMap<usize, Need> {
        let judges = |step: &Step| step.does == Does::Judges;
        let mut needs: BTreeMap<usize, Need> = self.steps[at].needs.iter().copied().collect();
        for before in (0..at).filter(|before| judges(&self.steps[at]) || judges(&self.steps[*before])) {
            needs.entry(before).or_insert(Need::Any);
        }
        needs
    }

    /// Its workflow.
    pub fn workflow(&self) -> Workflow {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mut parts = Parts { name: "simulated".into(), ..Parts::default() };
        parts.bodies.push(Body { nodes: count(self.steps.len()), ..Body::default() });
        for (at, step) in self.steps.iter().enumerate() {
            for (need, how) in &self.needs_of(at) {
                let when = match how {
                    Need::Ok => When::Ok,
                    Need::Failed => When::Failed,
                    Need::Any => When::Any,
                };
                parts.edges.push(Edge { from: NodeId(count(*need)), to: NodeId(count(at)), when });
            }
            parts.nodes.push(Node {
                allow_failure: false,
                condition: None,
                element: None,
                fork: Fork::All,
                join: Join::Settled,
                kind: step.kind(),
                name: step.name.clone(),
                priority: 0,
            });
        }
        Workflow::new(parts).expect("needs point backwards")
    }

    /// What its runs are judged by.
    pub fn governance() -> Governance {
        let text = r#"{ "judging": 2, "policies": [{
            "extends": [], "name": "simulated", "required": [], "waivers": { "proved": false },
            "rules": [{ "effect": "block", "id": "no-errors", "when_measured": true, "require": {
                "threshold": { "fact": "findings.error", "is": "equal", "unit": "1", "value": "0" }
            } }]
        }] }"#;
        serde_json::from_str(text).expect("it is a policy")
    }
}
