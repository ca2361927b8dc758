//! What can be wrong with a run, a clone log or an exported file, each with its place and its meaning.
//!
//! **Absent on purpose:** exit codes, and advice. Whoever prints decides.

use std::fmt;
use std::io;

use dod_kernel::id::{Digest, RunId};
use dod_proof::checkpoint::CheckpointError;
use dod_proof::tree::ProofError;

use super::canonical::NotCanonical;

/// Problems that are kept; of more only the number is.
pub const PROBLEMS_MAX: usize = 100;

/// How good something is, the worst last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All that was looked at is what was written.
    #[default]
    Good,
    /// Something that would have to be looked at is not there: a blob, a checkpoint, a key.
    Incomplete,
    /// Something cannot be read, or was written by another version.
    Unreadable,
    /// Something is not what was written.
    Different,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as people know it.
    pub file: String,
    /// The line, from 1, where one can be named.
    pub line: Option<u64>,
    /// What it is.
    pub wrong: Wrong,
}

/// `file:line: meaning`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.wrong),
            None => write!(f, "{}: {}", self.file, self.wrong),
        }
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A file cannot be read.
    #[error("it cannot be read: {kind}")]
    Unread {
        /// Why.
        kind: io::ErrorKind,
    },
    /// A file that has to be there is not.
    #[error("it is missing")]
    Missing,
    /// The log has no line.
    #[error("there is no event in it: the run was lost before it began, or everything was removed")]
    Empty,
    /// A line is not written as `dod` writes.
    #[error("the line is not as `dod` writes it: {0}")]
    NotCanonical(NotCanonical),
    /// A line is longer than any that is written.
    #[error("the line is longer than {bytes_max} bytes, and `dod` writes none that is")]
    TooLong {
        /// The bound.
        bytes_max: usize,
    },
    /// The last line has no line feed.
    #[error("the last {bytes} bytes are no whole line: a crash, or the file was cut")]
    Torn {
        /// How many bytes there are of it.
        bytes: u64,
    },
    /// A line is canonical JSON and no event.
    #[error("the line is no event: {what}")]
    NoEvent {
        /// What it lacks.
        what: &'static str,
    },
    /// A line holds an event or a leaf of a kind that is not known.
    #[error("this `dod` does not know what the line says; a newer one may have written it ({what})")]
    Unknown {
        /// What it does not know.
        what: String,
    },
    /// The log has another format.
    #[error("the log has format {format}, and this `dod` reads format {known}: use the `dod` that wrote it")]
    Format {
        /// What the first event says.
        format: u64,
        /// What is read.
        known: u32,
    },
    /// The number of an event is not the one that follows.
    #[error("event {found} stands where event {expected} should: events were removed, added or exchanged")]
    Number {
        /// The number that the line has.
        found: u64,
        /// The number that it should have.
        expected: u64,
    },
    /// A second event says how the run began.
    #[error("the run began a second time: its start is the first event and no other")]
    SecondStart,
    /// A checkpoint is none, or its signature is bad.
    #[error("{0}")]
    Checkpoint(CheckpointError),
    /// A checkpoint is of something else.
    #[error("it is the checkpoint of `{found}` and not of `{expected}`")]
    Origin {
        /// What it is of.
        found: String,
        /// What it should be of.
        expected: String,
    },
    /// Lines are missing that a checkpoint counts.
    #[error("the checkpoint counts {size} lines, and there are {lines}: the last ones are missing")]
    Shorter {
        /// How many lines the checkpoint counts.
        size: u64,
        /// How many there are.
        lines: u64,
    },
    /// There are more lines than the checkpoint of a finished run counts.
    #[error(
        "the checkpoint counts {size} lines, and there are {lines}: what stands from here on was added later"
    )]
    Longer {
        /// How many lines the checkpoint counts.
        size: u64,
        /// How many there are.
        lines: u64,
    },
    /// The run has ended behind the lines that the checkpoint counts.
    #[error("it counts {size} of {lines} lines, and the run has ended behind them: nobody sealed its end")]
    NotCovered {
        /// How many lines the checkpoint counts.
        size: u64,
        /// How many there are.
        lines: u64,
    },
    /// The lines are not those of the checkpoint.
    #[error("the root over its {size} lines differs from the one in the checkpoint: a line was changed")]
    Root {
        /// How many lines were hashed.
        size: u64,
    },
    /// A finished run that is to have a checkpoint has none.
    #[error("it is missing, and the run has ended: nothing says how many events there were")]
    NoCheckpoint,
    /// A key had to have signed, and nobody has.
    #[error("it is unsigned, and a signature is asked for")]
    Unsigned,
    /// A signature is asked for, and nobody signed what shows that the run stands in a clone log.
    #[error("it is unsigned, and a signature is asked for: anybody could have made it")]
    UnsignedLog,
    /// Only keys signed that nobody here knows.
    #[error("it is signed by a key that is not trusted: {}", keys.join(", "))]
    Stranger {
        /// The keys, as `name+id`.
        keys: Vec<String>,
    },
    /// Others signed than those who had to.
    #[error("it is signed by {}, and by none of the keys that are asked for", keys.join(", "))]
    OtherKey {
        /// Who signed, as `name+id`.
        keys: Vec<String>,
    },
    /// A blob is not there.
    #[error("it is missing: {what} of line {line} cannot be looked at")]
    BlobMissing {
        /// What it is.
        what: &'static str,
        /// The first line that names it.
        line: u64,
    },
    /// A blob holds something else.
    #[error("its content has the digest {found}: {what} of line {line} was changed")]
    BlobDamaged {
        /// What it is.
        what: &'static str,
        /// The first line that names it.
        line: u64,
        /// The digest of what is there.
        found: Digest,
    },
    /// Evidence that is none.
    #[error("it is named as the evidence of line {line} and is none: {why}")]
    NoEvidence {
        /// The first line that names it.
        line: u64,
        /// Why.
        why: String,
    },
    /// Something was brought with a run that does not belong to it.
    #[error("nothing in the run names it: it does not belong to it")]
    Stray,
    /// More blobs are named than can be looked at.
    #[error("more than {max} blobs are named: those after that were not looked at")]
    TooManyBlobs {
        /// The bound.
        max: usize,
    },
    /// The archive is none.
    #[error("the file is not as `dod` writes it: {why}")]
    Archive {
        /// Why.
        why: String,
    },
    /// A receipt is none, or is not of this run.
    #[error("{what}")]
    Receipt {
        /// What is wrong with it.
        what: String,
    },
    /// A receipt does not lead to the checkpoint in it.
    #[error("it does not show that the run stands in the clone log: {0}")]
    Inclusion(ProofError),
    /// What the clone log says of the run is not so.
    #[error("the clone log says of the run that {said}, and {found}")]
    Leaf {
        /// What the leaf says.
        said: String,
        /// What is found.
        found: String,
    },
    /// The files of a run are gone, and nobody said that they were removed on purpose.
    #[error("the files of run {run} are gone, and no leaf says that they were removed on purpose")]
    RunGone {
        /// The run.
        run: RunId,
    },
    /// The clone log says that the run began and not that it ended.
    #[error(
        "the run was opened here and never closed, and it has ended: the last leaves are missing, or a crash prevented them"
    )]
    NotClosed,
    /// The file that says what a clone log is called does not.
    #[error("it does not say what this log is called")]
    NoOrigin,
    /// A leaf does not go with those before it.
    #[error("{what}")]
    LeafOrder {
        /// What is wrong.
        what: String,
    },
    /// What was remembered is not the beginning of what is there.
    #[error("{0}")]
    Rollback(Rollback),
    /// It cannot be said what is remembered elsewhere.
    #[error("what is remembered there cannot be read: {why}")]
    NoAnchors {
        /// Why.
        why: String,
    },
    /// What was remembered is of another size of the clone log than a receipt, and the leaves between are not here.
    #[error("it remembers {size} leaves of the clone log, and {}", beside(*size, *receipt))]
    OtherSize {
        /// How many leaves are remembered.
        size: u64,
        /// How many the receipt is of.
        receipt: u64,
    },
    /// A run of this repository stands in no log that is known: neither in the clone's, nor in one that a receipt is of.
    #[error("the log of this clone does not know run {run}: it was put here past it")]
    NotInLog {
        /// The run.
        run: RunId,
    },
    /// Somebody remembers a clone log of this repository that is not here any more.
    #[error(
        "it is of another clone log of this repository, `{origin}`, which is not here: that log was removed, or the run was put here past the log of this clone"
    )]
    LogGone {
        /// What the log is called.
        origin: String,
    },
    /// Who answered, or who waived, cannot be checked.
    #[error("whether people proved who they are cannot be checked: {why}")]
    NotJudged {
        /// Why.
        why: String,
    },
    /// What was remembered is of something else.
    #[error("it is the checkpoint of `{origin}`, which nothing that was looked at is: it shows nothing here")]
    Elsewhere {
        /// What it is of.
        origin: String,
    },
    /// A run that is joined is not the one that is cited.
    #[error("the run that joins it cites {cited}, and it is {found}: it was changed or exchanged")]
    Cited {
        /// What is cited.
        cited: String,
        /// What is found.
        found: String,
    },
    /// Runs are joined that nobody can look at.
    #[error("more than {max} runs are joined: those after that were not looked at")]
    TooManySources {
        /// The bound.
        max: usize,
    },
    /// An answer or waiver says that it is proved and is not.
    #[error("{why}")]
    Unproved {
        /// Whose, what, and why.
        why: String,
    },
}

/// Why an anchor and a receipt of other sizes say nothing about each other, and what helps.
fn beside(remembered: u64, receipt: u64) -> String {
    if receipt < remembered {
        return format!(
            "the receipt is older than the anchor, of {receipt}: export the run again, or verify it in its clone"
        );
    }
    format!("the receipt is newer, of {receipt}: whether it continues the anchor is seen in the run's clone")
}

/// How something fails to continue what was remembered of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rollback {
    /// There is less than was remembered.
    #[error(
        "it has {size} lines, and `{anchor}` remembers {remembered}: it was rolled back to an older state"
    )]
    Shorter {
        /// What remembers.
        anchor: String,
        /// How many lines there are.
        size: u64,
        /// How many there were.
        remembered: u64,
    },
    /// Something else stands where the remembered lines stood.
    #[error("its first {remembered} lines are not those that `{anchor}` remembers: they were rewritten")]
    Rewritten {
        /// What remembers.
        anchor: String,
        /// How many lines there were.
        remembered: u64,
    },
}

impl Wrong {
    /// How bad it is.
    pub fn status(&self) -> Status {
        match self {
            Self::Missing
            | Self::Torn { .. }
            | Self::NoCheckpoint
            | Self::NotCovered { .. }
            | Self::NotClosed
            | Self::UnsignedLog
            | Self::RunGone { .. }
            | Self::NotInLog { .. }
            | Self::LogGone { .. }
            | Self::Stranger { .. }
            | Self::OtherSize { .. }
            | Self::NotJudged { .. }
            | Self::BlobMissing { .. }
            | Self::Elsewhere { .. }
            | Self::TooManySources { .. }
            | Self::TooManyBlobs { .. } => Status::Incomplete,
            Self::Unread { .. }
            | Self::NoAnchors { .. }
            | Self::Empty
            | Self::Unknown { .. }
            | Self::Format { .. }
            | Self::Checkpoint(CheckpointError::Malformed { .. })
            | Self::NoOrigin
            | Self::NoEvidence { .. } => Status::Unreadable,
            Self::Checkpoint(CheckpointError::Note(error)) => match error {
                dod_proof::note::NoteError::BadSignature { .. } => Status::Different,
                dod_proof::note::NoteError::Malformed { .. } => Status::Unreadable,
            },
            Self::NotCanonical(_)
            | Self::TooLong { .. }
            | Self::NoEvent { .. }
            | Self::Number { .. }
            | Self::SecondStart
            | Self::Origin { .. }
            | Self::Shorter { .. }
            | Self::Longer { .. }
            | Self::Root { .. }
            | Self::Unsigned
            | Self::OtherKey { .. }
            | Self::BlobDamaged { .. }
            | Self::Stray
            | Self::Archive { .. }
            | Self::Receipt { .. }
            | Self::Inclusion(_)
            | Self::Leaf { .. }
            | Self::LeafOrder { .. }
            | Self::Cited { .. }
            | Self::Rollback(_)
            | Self::Unproved { .. } => Status::Different,
        }
    }
}

/// The problems that were found: so many that they can be shown, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    count: u64,
    worst: Status,
}

impl Problems {
    /// Adds one.
    pub fn add(&mut self, file: &str, line: Option<u64>, wrong: Wrong) {
        self.worst = self.worst.max(wrong.status());
        self.count += 1;
        if self.list.len() < PROBLEMS_MAX {
            self.list.push(Problem { file: file.to_owned(), line, wrong });
        }
    }

    /// Adds all of others.
    pub fn extend(&mut self, others: &Self) {
        let room = PROBLEMS_MAX.saturating_sub(self.list.len());
        self.list.extend(others.list.iter().take(room).cloned());
        self.count += others.count;
        self.worst = self.worst.max(others.worst);
    }

    /// Those that were kept, in the order in which they were found.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// How many were not kept.
    pub fn more(&self) -> u64 {
        self.count - self.list.len() as u64
    }

    /// How bad the worst is.
    pub fn status(&self) -> Status {
        self.worst
    }
}
