//! A workflow file as written: located, not yet checked against anything outside it.
//!
//! Reading collects every problem of the file's own shape (unknown keys, wrong types, two actions in one step,
//! durations that are none). Names are not resolved, `${{ … }}` stands where it was written, and nothing that
//! was left out has been filled in.
//!
//! **Absent on purpose:** defaults, other files, the catalogue; see [`crate::lower`].

mod action;
mod duration;
mod house;
pub mod keys;
mod matrix;
mod step;
mod top;

use dod_kernel::id::Name;
use dod_kernel::workflow::RetryOn;

use crate::yaml::{Located, Node};

pub use duration::{DURATION_MS_MAX, parse_duration};
pub use house::{House, Keep, parse_keep, read_house};
pub use top::read;

/// A name with its place.
pub type Word = Located<Name>;

/// One workflow file.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// `defaults:`.
    pub defaults: Defaults,
    /// `env:` of the whole file.
    pub env: Vec<(Word, Word)>,
    /// `fail_fast:`.
    pub fail_fast: Option<Located<bool>>,
    /// `keep:` and `archive:`. They are no part of the workflow: [`read_house`] reads them alone.
    pub house: House,
    /// `include:`.
    pub include: Vec<Include>,
    /// `inputs:`.
    pub inputs: Vec<Input>,
    /// `name:`.
    pub name: Option<Word>,
    /// `policy:`.
    pub policy: Option<Word>,
    /// `pools:`, name and size.
    pub pools: Vec<(Word, Located<i64>)>,
    /// `dod:`, the versions of the program that the file was written for.
    pub program: Option<Word>,
    /// `projects:`.
    pub projects: Vec<Project>,
    /// `services:`, as steps with a probe.
    pub services: Vec<Step>,
    /// `steps:`.
    pub steps: Vec<Step>,
    /// `timeout:` of the whole run.
    pub timeout: Option<Located<u64>>,
}

/// What holds for every step of a file that does not say otherwise.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Failures do not reach the verdict.
    pub allow_failure: Option<Located<bool>>,
    /// Working directory.
    pub cwd: Option<Word>,
    /// Environment.
    pub env: Vec<(Word, Word)>,
    /// When to try again.
    pub retry: Option<Retry>,
    /// Shell of scripts.
    pub shell: Option<Shell>,
    /// The longest an attempt may take.
    pub timeout: Option<Located<u64>>,
}

/// Another file whose steps join this one's.
#[derive(Clone, Debug)]
pub enum Include {
    /// A file of the same tree.
    Local(Word),
    /// A file of another repository at one commit.
    Git {
        /// The repository.
        url: Word,
        /// The full commit id.
        rev: Word,
        /// The file in it.
        path: Word,
    },
}

/// A value that whoever starts the workflow may give.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is called.
    pub name: Word,
    /// What values it takes.
    pub kind: InputKind,
    /// Its value where none is given.
    pub default: Option<Node>,
    /// Must be given.
    pub required: bool,
}

/// What values an input takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// `true` or `false`.
    Boolean,
    /// One of these.
    Choice(Vec<Word>),
    /// A whole number.
    Integer,
    /// Any text.
    Text,
}

/// A part of a monorepo with a workflow of its own.
#[derive(Clone, Debug)]
pub struct Project {
    /// Prefix of its gates.
    pub name: Word,
    /// Its folder.
    pub path: Word,
    /// Values of its workflow's inputs.
    pub with: Vec<(Word, Node)>,
    /// `builtin/rust` or a file.
    pub workflow: Word,
}

/// One step, or one service.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does; `None` where that was wrong, and said.
    pub action: Option<Action>,
    /// Its failure does not reach the verdict.
    pub allow_failure: Option<Located<bool>>,
    /// Asked before it runs.
    pub condition: Option<Word>,
    /// Working directory.
    pub cwd: Option<Word>,
    /// Environment.
    pub env: Vec<(Word, Word)>,
    /// Reports it leaves.
    pub evidence: Vec<Report>,
    /// Meaning of its exit codes: clean, findings.
    pub exit: Option<(Vec<i32>, Vec<i32>)>,
    /// May be started again after a crash.
    pub idempotent: Option<Located<bool>>,
    /// Globs it reads.
    pub inputs: Vec<Word>,
    /// What it is to a policy.
    pub kind: Option<Word>,
    /// Statically expanded axes.
    pub matrix: Option<Matrix>,
    /// Its name.
    pub name: Word,
    /// What must have settled before it.
    pub needs: Vec<Need>,
    /// Globs it writes.
    pub outputs: Vec<Word>,
    /// Its pool.
    pub pool: Option<Word>,
    /// Steps of higher priority start first.
    pub priority: i32,
    /// For a service: when it is ready.
    pub probe: Option<Probe>,
    /// When to try again.
    pub retry: Option<Retry>,
    /// Secrets by environment variable.
    pub secrets: Vec<(Word, Secret)>,
    /// Services it needs.
    pub services: Vec<Word>,
    /// Shell of its script.
    pub shell: Option<Shell>,
    /// Labels.
    pub tags: Vec<Word>,
    /// The longest an attempt may take.
    pub timeout: Option<Located<u64>>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// `any: n, of: […], rest: cancel`: goes on when n of these have passed.
    Any {
        /// How many.
        count: Located<i64>,
        /// Of which.
        of: Vec<Word>,
        /// Cancel what is still open once it is decided.
        cancel_rest: bool,
    },
    /// `approve:`.
    Approve {
        /// Authors of the change may answer as well, or may not; where that is said.
        authors: Option<bool>,
        /// Roles whose members may answer.
        from: Vec<Word>,
        /// How many.
        min: u32,
        /// The question.
        prompt: Option<Word>,
        /// Only people whom a signature proves.
        proved: bool,
        /// How long it stays open.
        timeout: Option<Located<u64>>,
    },
    /// `run:` with a list.
    Argv(Vec<Word>),
    /// `workflow:`.
    Call {
        /// The other file.
        workflow: Word,
        /// Values of its inputs.
        with: Vec<(Word, Node)>,
    },
    /// `judge:`.
    Judge(Word),
    /// `message:`.
    Message {
        /// The message's name.
        name: Word,
        /// The key it must carry.
        key: Option<Word>,
        /// How long it is waited for.
        timeout: Option<Located<u64>>,
    },
    /// `run:` with a text.
    Script(Word),
    /// `uses:`.
    Uses {
        /// The catalogue entry.
        entry: Word,
        /// Its parameters.
        with: Vec<(Word, Node)>,
    },
    /// `wait:`, in milliseconds.
    Wait(Located<u64>),
}

/// How scripts are run.
#[derive(Clone, Debug)]
pub enum Shell {
    /// Program and arguments before the script.
    Argv(Vec<Word>),
    /// By name: `sh`, `bash`, `python`.
    Named(Located<&'static [&'static str]>),
}

/// One needed step, as written.
#[derive(Clone, Debug)]
pub struct Need {
    /// `test`, `api/test`, `test[os=linux]`, a service or a project.
    pub step: Word,
    /// What is asked of it.
    pub when: Wanted,
}

/// What `needs` asks of another step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Settled in any way.
    Any,
    /// Failed, or judged failed.
    Failed,
    /// Finished, passed or not applicable.
    Ok,
}

/// A report that a step leaves.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its format; detected where absent.
    pub format: Option<Word>,
    /// `stdout`, `stderr` or a path.
    pub from: Word,
    /// The rule of findings that name none.
    pub rule: Option<Word>,
}

/// When to try again.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Attempts beyond the first.
    pub max: u32,
    /// Which ends are worth it; all where empty.
    pub when: Vec<RetryOn>,
    /// Before the second attempt.
    pub delay: Option<u64>,
    /// The longest delay.
    pub max_delay: Option<u64>,
    /// What each further delay is multiplied by.
    pub factor: Option<u32>,
    /// How much of a delay may be taken off, in percent.
    pub jitter: Option<u32>,
}

/// Where a secret comes from.
#[derive(Clone, Debug)]
pub enum Secret {
    /// What a program prints.
    Command(Vec<Word>),
    /// A variable of the surrounding environment.
    Env(Word),
    /// A file.
    File(Word),
}

/// When a service is ready.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What is tried; `None` where that was wrong, and said.
    pub ready: Option<Ready>,
    /// Time between two tries.
    pub interval: Option<Located<u64>>,
    /// Time after which it has failed.
    pub timeout: Option<Located<u64>>,
}

/// What is tried to see whether a service is ready.
#[derive(Clone, Debug)]
pub enum Ready {
    /// A program exits with 0.
    Command(Vec<Word>),
    /// An HTTP GET answers.
    Http(Word),
    /// A line holds this text.
    Line(Word),
    /// A port accepts a connection.
    Tcp(u16),
}

/// Axes, and legs added and taken away.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Where it stands.
    pub key: crate::diagnose::Span,
    /// Axes with their values.
    pub axes: Vec<(Word, Vec<Word>)>,
    /// Legs taken away.
    pub exclude: Vec<Vec<(Word, Word)>>,
    /// Legs added, or values added to legs.
    pub include: Vec<Vec<(Word, Word)>>,
}
