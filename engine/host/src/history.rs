//! Reading runs back: the log, the definitions it names, and the run that it leads to.
//!
//! **Absent on purpose:** judging what is read. Replay says whether the log is what it claims to be.

mod events;
mod glance;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dod_kernel::ask::Ask;
use dod_kernel::evidence::Comparison;
use dod_kernel::id::{Digest, Name, RunId};
use dod_kernel::policy::Governance;
use dod_kernel::record::{FORMAT, RULES, Recorded};
use dod_kernel::run::{
    AttemptEnded, Difference, Event, Outcome, Read, Reading, Replay, Run, RunStarted, SettledBy,
};
use dod_kernel::workflow::Workflow;
use dod_proof::tree::{Frontier, leaf_hash};

use crate::blob::{BlobError, Blobs};
use crate::log::ReadError;
use crate::workspace::Workspace;

pub use events::{Events, Lined};
pub use glance::{Glance, glance, workflow_name};

/// Runs that durations are taken from.
const DURATIONS_FROM_MAX: usize = 5;
/// Bytes that a definition may have as canonical JSON.
pub const DEFINITION_BYTES_MAX: u64 = 1 << 30;

/// A run cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// A definition that the log names is missing or damaged.
    #[error("the {what} that the run was started with cannot be read: {source}")]
    Definition {
        /// Which.
        what: &'static str,
        /// Why.
        source: BlobError,
    },
    /// A definition is not what it should be.
    #[error("the {what} that the run was started with is not readable: {why}")]
    Unsound {
        /// Which.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// A line is no event that this program knows.
    #[error("line {line} of the log is no event that this `dod` knows: {why}")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// Why.
        why: String,
    },
    /// A line is not written as events are.
    #[error("line {line} of the log is not in canonical form: it was not written by `dod`")]
    NotCanonical {
        /// Its number, from 1.
        line: u64,
    },
    /// The log was written by another version.
    #[error(
        "the log has format {format} and rules {rules}, and this `dod` reads format {FORMAT} and rules {RULES}; use the `dod` that wrote it ({program})"
    )]
    OtherVersion {
        /// Shape of the lines.
        format: u64,
        /// Behavior of the kernel.
        rules: u64,
        /// Who wrote it.
        program: String,
    },
    /// There is no first event.
    #[error("the log is empty: the run was lost before it began")]
    Empty,
    /// The log does not lead where it says.
    #[error("event {seq} does not follow from those before it; `dod replay` says more")]
    Different {
        /// The event's number.
        seq: u64,
        /// What differs.
        difference: Box<Difference>,
    },
}

/// A run as it lies on the disk: how it began, and the way to its events. A log may be larger than memory, so its
/// events are read one after the other, each time they are asked for.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: RunId,
    /// The definition.
    pub workflow: Arc<Workflow>,
    /// What it is judged by.
    pub governance: Arc<Governance>,
    /// How it began.
    pub started: Recorded<Box<RunStarted>>,
    folder: PathBuf,
}

/// A recorded result that another run may take.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The run it was recorded in.
    pub from: RunId,
    /// The result.
    pub ended: AttemptEnded,
}

pub(crate) fn event(line: u64, bytes: &[u8]) -> Result<Recorded<Event>, HistoryError> {
    let read: Recorded<Event> =
        serde_json::from_slice(bytes).map_err(|error| HistoryError::Line { line, why: error.to_string() })?;
    let written = serde_json::to_vec(&read).expect("an event can always be written");
    if written == bytes { Ok(read) } else { Err(HistoryError::NotCanonical { line }) }
}

/// Looks at the two version numbers before anything else, so that a newer log is refused by name.
pub(crate) fn version(first: &[u8]) -> Result<(), HistoryError> {
    let value: serde_json::Value = serde_json::from_slice(first)
        .map_err(|error| HistoryError::Line { line: 1, why: error.to_string() })?;
    let started = &value["event"]["run_started"];
    let number = |name: &str| started[name].as_u64();
    let (Some(format), Some(rules)) = (number("format"), number("rules")) else {
        return Err(HistoryError::Line {
            line: 1,
            why: "the first event is not the start of a run".to_owned(),
        });
    };
    if (format, rules) == (u64::from(FORMAT), u64::from(RULES)) {
        Ok(())
    } else {
        let program = started["program"].as_str().unwrap_or("its version is not known").to_owned();
        Err(HistoryError::OtherVersion { format, rules, program })
    }
}

/// How long steps took the last times, in milliseconds, from the newest runs that can be read.
pub fn durations(workspace: &Workspace) -> BTreeMap<Name, u64> {
    let mut found = BTreeMap::new();
    for id in workspace.runs().unwrap_or_default().into_iter().take(DURATIONS_FROM_MAX) {
        let Ok(events) = Events::of(&workspace.run_folder(&id)) else { continue };
        let mut durations = BTreeMap::new();
        for recorded in events {
            let Ok(recorded) = recorded else {
                durations.clear();
                break;
            };
            if let Event::AttemptEnded(ended) = recorded.event
                && ended.reused_from.is_none()
            {
                durations.entry(ended.step.name).or_insert(ended.usage.wall_ms);
            }
        }
        for (name, ms) in durations {
            found.entry(name).or_insert(ms);
        }
    }
    found
}

/// Only how a run began.
///
/// # Errors
/// Its log has no first event that can be read.
pub fn started(folder: &Path) -> Result<Box<RunStarted>, HistoryError> {
    beginning(folder).map(|recorded| recorded.event)
}

fn beginning(folder: &Path) -> Result<Recorded<Box<RunStarted>>, HistoryError> {
    match Events::of(folder)?.next().transpose()? {
        Some(Recorded { at, event: Event::RunStarted(started), seq }) => {
            Ok(Recorded { at, event: started, seq })
        }
        _ => Err(HistoryError::Empty),
    }
}

impl Stored {
    /// Reads a run of this workspace.
    ///
    /// # Errors
    /// The log or a definition it names is missing, damaged or of another version.
    pub fn read(workspace: &Workspace, id: &RunId) -> Result<Self, HistoryError> {
        let stored = Self::read_at(&workspace.run_folder(id), &Blobs::at(workspace.blobs_folder()))?;
        Ok(Self { id: id.clone(), ..stored })
    }

    /// Reads how a run began from its folder, wherever that is.
    ///
    /// # Errors
    /// As [`Stored::read`].
    pub fn read_at(folder: &Path, blobs: &Blobs) -> Result<Self, HistoryError> {
        let started = beginning(folder)?;
        let workflow = definition(blobs, "workflow", &started.event.workflow)?;
        let governance = definition(blobs, "policy", &started.event.governance)?;
        Ok(Self { id: started.event.id.clone(), workflow, governance, started, folder: folder.to_owned() })
    }

    /// Its events, from the first.
    ///
    /// # Errors
    /// The log cannot be opened.
    pub fn events(&self) -> Result<Events, HistoryError> {
        Events::of(&self.folder)
    }

    /// What the run's evidence was compared with, where it was compared with anything.
    ///
    /// # Errors
    /// The blob that its first event names is missing or damaged.
    pub fn comparison(&self, blobs: &Blobs) -> Result<Option<Arc<Comparison>>, HistoryError> {
        let digest = self.started.event.comparison;
        digest.map(|digest| definition(blobs, "comparison", &digest)).transpose()
    }

    /// The run that the log leads to, every decision having been made again.
    ///
    /// # Errors
    /// A line that cannot be read, or the first event that does not follow.
    pub fn replay(&self, ask: &dyn Ask) -> Result<Replay, HistoryError> {
        self.replay_lines(ask).map(|(replay, _)| replay)
    }

    /// As [`Stored::replay`]; with the root over the lines that it went through.
    ///
    /// # Errors
    /// As [`Stored::replay`].
    pub fn replay_lines(&self, ask: &dyn Ask) -> Result<(Replay, Frontier), HistoryError> {
        let mut replay = Replay::new(Run::new(self.workflow.clone(), self.governance.clone()));
        let (mut events, mut lines) = (self.events()?, Frontier::new());
        while let Some((recorded, line)) = events.next_line()? {
            lines.push(leaf_hash(line));
            replay.push(&recorded, ask).map_err(|difference| HistoryError::Different {
                seq: recorded.seq,
                difference: Box::new(difference),
            })?;
        }
        Ok((replay, lines))
    }

    /// The evidence that each gate left last.
    ///
    /// # Errors
    /// A line that cannot be read.
    pub fn last_reads(&self) -> Result<BTreeMap<Name, Read>, HistoryError> {
        let mut reads = BTreeMap::new();
        for recorded in self.events()? {
            let Event::AttemptEnded(ended) = recorded?.event else { continue };
            match ended.evidence {
                Reading::Read(read) => drop(reads.insert(ended.step.name, *read)),
                Reading::None | Reading::Unreadable { .. } => drop(reads.remove(&ended.step.name)),
            }
        }
        Ok(reads)
    }

    /// Results that another run on the same tree may take: those of steps that were good.
    ///
    /// # Errors
    /// A line that cannot be read.
    pub fn good_results(&self) -> Result<BTreeMap<Name, Taken>, HistoryError> {
        let mut ends: BTreeMap<Name, AttemptEnded> = BTreeMap::new();
        let mut failed_gates = std::collections::BTreeSet::new();
        let mut good = BTreeMap::new();
        let mut settled = std::collections::BTreeSet::new();
        for recorded in self.events()? {
            match recorded?.event {
                Event::AttemptEnded(ended) => {
                    ends.insert(ended.step.name.clone(), *ended);
                }
                Event::GateJudged(judged) => {
                    use dod_kernel::policy::State;
                    if matches!(judged.state, State::Failed | State::Undecided) {
                        failed_gates.insert(judged.step.name.clone());
                    } else {
                        failed_gates.remove(&judged.step.name);
                    }
                }
                Event::StepSettled(end) => {
                    let name = &end.step.name;
                    // A service that is ready has no result yet, and a loop or a second call has several.
                    let fine = match (end.outcome, &end.why) {
                        (Outcome::Passed, SettledBy::Exit) => true,
                        (Outcome::Finished, _) => !failed_gates.contains(name),
                        _ => false,
                    };
                    if !settled.insert(name.clone()) {
                        good.remove(name);
                    } else if let (true, Some(ended)) = (fine, ends.get(name)) {
                        let taken = Taken { from: self.id.clone(), ended: ended.clone() };
                        good.insert(name.clone(), taken);
                    }
                }
                _ => {}
            }
        }
        Ok(good)
    }
}

fn definition<T: serde::de::DeserializeOwned>(
    blobs: &Blobs,
    what: &'static str,
    digest: &Digest,
) -> Result<Arc<T>, HistoryError> {
    let bytes = blobs
        .get(digest, DEFINITION_BYTES_MAX)
        .map_err(|source| HistoryError::Definition { what, source })?;
    serde_json::from_slice(&bytes)
        .map(Arc::new)
        .map_err(|error| HistoryError::Unsound { what, why: error.to_string() })
}
