//! What the host does for a step, as plain data: the kernel stores it and decides nothing by it, except
//! where a field says so.
//!
//! **Absent on purpose:** reading a catalogue, resolving programs, running anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{Name, PoolId};

/// A step's work and the rules about doing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What to run.
    pub action: Action,
    /// What the step is to a policy: `lint`, `test`, `coverage`, …; a command of no kind is judged by its end alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// May be started again after a crash without asking a person.
    pub idempotent: bool,
    /// Takes one place in this pool while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolId>,
    /// How to wait until a service is ready. A task with a probe is a service: it settles when it is ready
    /// and is stopped when the last step that needs it has settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// When to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Labels for `--tag`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Name>,
    /// The longest an attempt may take; `None` for no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

impl Task {
    /// Whether the step must leave evidence to be finished.
    pub fn yields_evidence(&self) -> bool {
        !self.action.evidence.is_empty()
    }
}

/// What a gate is to policies and reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// `lint`, `test`, `coverage`, `build`, `install`, `format`, `types`, `secrets`, `dependencies`, …
    pub kind: Name,
    /// Its errors make the step failed as well as leaving findings (install, build): what needs it cannot work.
    #[serde(default, skip_serializing_if = "is_false")]
    pub must_succeed: bool,
    /// The project of a monorepo it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Name>,
    /// The catalogue entry it was made from (`cargo/clippy`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<Name>,
}

/// A program and everything around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Working directory relative to the repository root, `/`-separated; empty for the root.
    #[serde(default, skip_serializing_if = "name_is_empty")]
    pub cwd: Name,
    /// Environment on top of the allowlist.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<Name, EnvValue>,
    /// Reports it leaves. Empty for a command without evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Report>,
    /// What its exit codes mean.
    #[serde(default)]
    pub exit: ExitCodes,
    /// Globs of the files it reads, repository-relative; empty for "anything".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Name>,
    /// How to get the tool where it is missing: one command or sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<Name>,
    /// Globs of the files it writes, repository-relative; their change is declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Name>,
    /// Programs that must be found on `PATH` beside the one that `run` names (`cargo-clippy`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<Name>,
    /// The program.
    pub run: Program,
    /// Secrets it is given, by environment variable.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<Name, SecretSource>,
    /// Prints the tool's version; recorded with the evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub version: Vec<Name>,
}

/// How a program is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// Program and arguments, without a shell. A program named `dod` is this very binary.
    Argv(Vec<Name>),
    /// A script given to a shell.
    Shell {
        /// The script.
        script: Name,
        /// Program and arguments before the script (`["sh", "-e", "-c"]`).
        shell: Vec<Name>,
    },
}

/// A value in a step's environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvValue {
    /// What another step wrote to `$DOD_OUTPUT` under this name; without it the step is not started.
    Output {
        /// The name it was written under.
        name: Name,
        /// The step that wrote it.
        step: Name,
    },
    /// The text itself.
    Text(Name),
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretSource {
    /// What a program prints, without the last newline.
    Command(Vec<Name>),
    /// An environment variable of `dod` itself.
    Env(Name),
    /// A file, without the last newline.
    File(Name),
}

/// A report that a step leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Format by name; detected from content where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Name>,
    /// Where it is.
    pub from: ReportPlace,
    /// The rule that findings of a format without rules belong to (`gofmt`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Name>,
}

/// Where a report is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportPlace {
    /// A file, or every file that a glob names, relative to the step's working directory. A file older than
    /// the attempt is not its report.
    File(Name),
    /// Standard error.
    Stderr,
    /// Standard output.
    Stdout,
}

/// What exit codes mean. Every code not named here means that the tool broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitCodes {
    /// Looked and found nothing to hold against the product.
    pub clean: Vec<i32>,
    /// Looked and found something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<i32>,
}

impl Default for ExitCodes {
    fn default() -> Self {
        Self { clean: vec![0], findings: Vec::new() }
    }
}

/// When a service is ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Time between two tries.
    pub interval_ms: u64,
    /// What is tried.
    pub ready: Ready,
    /// Time after which a service that is not ready has failed.
    pub timeout_ms: u64,
}

/// What is tried to see whether a service is ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ready {
    /// A program exits with 0.
    Command(Vec<Name>),
    /// An HTTP GET on this machine answers with a status below 400.
    Http(Name),
    /// The service prints a line that contains this text.
    Line(Name),
    /// A TCP port on this machine accepts a connection.
    Tcp(u16),
}

/// How an attempt can end badly enough for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryOn {
    /// The command failed, or the gate was judged failed.
    Failed,
    /// The time was up.
    Timeout,
    /// The tool crashed, was missing or left no readable evidence.
    Undecided,
}

/// When and how often a step is tried again. The delay before attempt n+1 is `delay_ms` × `factor`^(n-1), at
/// most `delay_max_ms`, of which up to `jitter_percent` is taken off by a hash of run, step and attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts beyond the first.
    pub attempts: u32,
    /// The longest delay.
    pub delay_max_ms: u64,
    /// The delay before the second attempt.
    pub delay_ms: u64,
    /// What each further delay is multiplied by.
    pub factor: u32,
    /// How much of a delay may be taken off, in percent.
    pub jitter_percent: u32,
    /// Which ends are worth another attempt.
    pub when: Vec<RetryOn>,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

fn name_is_empty(name: &Name) -> bool {
    name.is_empty()
}
