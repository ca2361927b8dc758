//! The drive loop: ask the run what is owed, do it, report what came of it, keep the log.
//!
//! ```text
//!   outstanding ─> start / stop / digest ─> wait ─> Command ─> batch ─> append ─> (durable) ─> observer
//! ```
//!
//! Lines are handed to the system before a step is spawned and made durable together; the observer hears of
//! an event only when it is durable. A step that must not run twice is synced before it starts and after it
//! ends, and nothing starts in between.
//!
//! **Absent on purpose:** domain rules. An `if verdict` here would be a bug: the kernel decides.

mod alone;
mod attempt;
mod deliver;
mod ends;
mod environment;
mod letters;
mod probe;
mod report;
mod session;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dod_kernel::ask::{Answer, Ask, Expression, Facts, Wrong};
use dod_kernel::evidence::{Comparison, Evidence};
use dod_kernel::id::{Digest, Name, Timestamp};
use dod_kernel::record::Recorded;
use dod_kernel::run::{Event, Refusal, RunStarted};
use dod_kernel::value::Value;

use crate::blob::{BlobError, Blobs};
use crate::clone_log::CloneLogError;
use crate::history::Taken;
use crate::log::LogError;
use crate::seal::Sealing;
use crate::storage::StorageError;
use crate::workspace::{Workspace, WorkspaceError};
use crate::world::World;

pub use alone::{AloneEnd, Place, alone};
pub use deliver::{Delivered, deliver};
pub use environment::{missing_program, program_path};
pub use letters::{Letter, LetterEnd, post};
pub use session::{declared_outputs, drive};

/// Output of one stream up to this size lies in the event itself; more lies in a blob.
pub const INLINE_BYTES_MAX: usize = 4 * 1024;
/// Bytes kept of one stream of one attempt.
pub const OUTPUT_BYTES_MAX: u64 = 64 << 20;
/// Bytes that one report may have.
pub const REPORT_BYTES_MAX: u64 = 512 << 20;
/// Reports that one attempt may leave.
pub const REPORTS_MAX: usize = 1_000;
/// Bytes that a step may write to `$DOD_OUTPUT`.
pub const OUTPUTS_BYTES_MAX: u64 = 64 << 10;
/// Bytes of evidence read back from a blob.
pub const EVIDENCE_BYTES_MAX: u64 = 1 << 30;

/// Asks expressions. Handed in by the command line.
pub trait Expressions {
    /// Name and version of the engine.
    fn engine(&self) -> Name;
    /// Evaluates an expression over facts.
    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer;
    /// Runs a script over facts: who ran it, and the variables that it set.
    fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>);
    /// What a rule of a Rego module has to say, and who says so.
    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer);
}

/// Reads reports. Handed in by the command line, which knows the formats.
pub trait ReadReports {
    /// What a report says, and the format it was read as; or why there is nothing to read from it.
    fn read(&self, asked: &ReportAsked<'_>, report: &mut dyn BufRead) -> Result<(Evidence, Name), String>;
    /// Several reports of one gate as one.
    fn merge(&self, all: Vec<Evidence>) -> Evidence;
    /// Names what the evidence tells of by files of the tree, where reports name it otherwise; `touched` are those that
    /// the change touches.
    fn place(&self, evidence: &mut Evidence, touched: &mut dyn Iterator<Item = &Name>);
}

/// A report to be read.
#[derive(Clone, Copy, Debug)]
pub struct ReportAsked<'a> {
    /// The format by name; detected from content where absent.
    pub format: Option<&'a str>,
    /// The rule that findings of a format without rules belong to.
    pub rule: Option<&'a str>,
    /// The repository's root, absolute.
    pub root: &'a str,
    /// Where the tool ran, relative to the root.
    pub cwd: &'a str,
    /// The report's own path, or the name of the stream.
    pub path: &'a str,
}

/// Digests the tree. `at_end`: which of its paths changed since the start is wanted too.
pub trait Tree {
    /// The tree's digest now.
    fn digest(&self) -> Result<Digest, String>;
    /// The tree's digest at the end, and up to a hundred paths that changed since the start. What steps declare
    /// as their outputs ([`declared_outputs`]) counts in neither.
    fn digest_at_end(&self) -> Result<(Digest, Vec<Name>), String>;
}

/// Hears of a run while it goes on. Nothing it is told is lost in a crash.
pub trait Observer {
    /// An event is durable.
    fn event(&mut self, recorded: &Recorded<Event>);
    /// A step printed something; masked, and not yet in the log.
    fn output(&mut self, step: &str, bytes: &[u8]);
    /// Time passes; called as often as [`Observer::tick_every`] says.
    fn tick(&mut self, now: Timestamp);
    /// How often there is something to say while nothing happens; `None`: never.
    fn tick_every(&self) -> Option<Duration>;
    /// Whether what steps print is wanted as they print it.
    fn wants_output(&self) -> bool;
    /// Something that is not an event: a letter that was refused, a secret that cannot be masked.
    fn warn(&mut self, text: &str);
    /// A signal came, and steps are being ended: a CI system may not wait until they are.
    fn leaving(&mut self) {}
}

/// How a run is driven.
pub struct Settings {
    /// Time between SIGTERM and SIGKILL.
    pub grace: Duration,
    /// A timer further away than this ends the process with "waiting".
    pub wait_max: Duration,
    /// The root of the repository, absolute.
    pub root: PathBuf,
    /// The program itself, for steps that run `dod`.
    pub program: PathBuf,
    /// Who seals the end of a run.
    pub sealing: Sealing,
}

/// Everything outside the run that the drive needs.
pub struct Hands<'a> {
    /// Expressions.
    pub expressions: &'a dyn Expressions,
    /// Reports.
    pub reports: &'a dyn ReadReports,
    /// The tree, where it is to be digested.
    pub tree: &'a dyn Tree,
    /// Whoever watches.
    pub observer: &'a mut dyn Observer,
    /// Results of an earlier run that are taken instead of running steps again, by step.
    pub reused: BTreeMap<Name, Taken>,
    /// Time and processes: [`crate::world::Os`], or a simulation.
    pub world: &'a dyn World,
}

/// What to drive.
pub enum Begin {
    /// A new run.
    New {
        /// Its definition.
        workflow: Arc<dod_kernel::workflow::Workflow>,
        /// What it is judged by.
        governance: Arc<dod_kernel::policy::Governance>,
        /// What evidence is compared with, where a base or a baseline is known.
        comparison: Option<Arc<Comparison>>,
        /// How it begins.
        started: Box<RunStarted>,
    },
    /// A run that another process left.
    Resume(dod_kernel::id::RunId),
}

/// How driving ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriveEnd {
    /// There is a verdict.
    Finished,
    /// It waits for a person, a message, or a timer that is far away.
    Waiting,
    /// A signal came; the run can be resumed.
    Interrupted,
}

/// Driving cannot go on. What was acknowledged is in the log.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// A blob cannot be written or read.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// An earlier run cannot be taken up.
    #[error(transparent)]
    History(#[from] crate::history::HistoryError),
    /// The log cannot be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The clone's log or the run's checkpoint cannot be written, or is not what it should be.
    #[error(transparent)]
    CloneLog(#[from] CloneLogError),
    /// Somebody else writes the run's log.
    #[error("the log of the run changed while it was read: somebody else writes to it")]
    Changing,
    /// A file or folder cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The `.dod` folder cannot be used.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The run took a command in a way that it never should.
    #[error("the run refused what it had asked for: {0}; this is a defect of `dod`")]
    Refused(Refusal),
    /// The tree is not the one that the run began with.
    #[error("the tree has changed since the run began; a run is resumed only on the tree it began with")]
    OtherTree,
    /// The tree cannot be digested.
    #[error("the tree cannot be digested: {0}")]
    Tree(String),
    /// The system refused something that no file is to blame for.
    #[error("{doing}: {why}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        why: String,
    },
}

/// The kernel's [`Ask`] over expressions that are handed in and evidence that lies in the blobs.
pub struct Asked<'a> {
    expressions: &'a dyn Expressions,
    blobs: Blobs,
    recent: std::sync::Mutex<Option<(Digest, Arc<Evidence>)>>,
    /// The disk did not give what it has: what was decided since is not to be believed.
    failed: std::sync::Mutex<Option<BlobError>>,
}

impl<'a> Asked<'a> {
    /// Asks these expressions, and looks for evidence here.
    pub fn new(expressions: &'a dyn Expressions, workspace: &Workspace) -> Self {
        let blobs = Blobs::at(workspace.blobs_folder());
        Self { expressions, blobs, recent: std::sync::Mutex::new(None), failed: std::sync::Mutex::new(None) }
    }

    /// Whether the disk refused to give evidence that was asked for. Decisions since then rest on less than there is.
    ///
    /// # Errors
    /// It did.
    pub fn check(&self) -> Result<(), BlobError> {
        let failed = self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        failed.clone().map_or(Ok(()), Err)
    }

    /// Evidence that was just read is at hand without reading its blob.
    fn remember(&self, digest: Digest, evidence: Arc<Evidence>) {
        *self.recent.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((digest, evidence));
    }
}

impl Ask for Asked<'_> {
    fn engine(&self) -> Name {
        self.expressions.engine()
    }

    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        self.expressions.evaluate(expression, facts)
    }

    fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        self.expressions.run_script(script, facts)
    }

    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        self.expressions.messages(rule, module, facts)
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        let recent = self.recent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, evidence)) = recent.as_ref().filter(|(kept, _)| kept == digest) {
            return Some(evidence.clone());
        }
        let bytes = match self.blobs.get(digest, EVIDENCE_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(error) => {
                if matches!(error, BlobError::Storage(_)) {
                    let mut failed = self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    failed.get_or_insert(error);
                }
                return None;
            }
        };
        serde_json::from_slice(&bytes).ok().map(Arc::new)
    }
}
