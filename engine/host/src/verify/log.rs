//! A clone log: its leaves, its checkpoint, what it remembers of runs, and whether these are so.
//!
//! **Absent on purpose:** derived files. They are made again from the leaves by whoever needs them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use dod_kernel::id::{Digest, RunId};
use dod_kernel::policy::State;
use dod_proof::checkpoint::ORIGIN_BYTES_MAX;
use dod_proof::receipt::Receipt;
use dod_proof::tree::{Frontier, Hash};

use super::anchor::{Anchor, Anchored, Of, Remembered};
use super::lines::{End, each_line, hash_of};
use super::problem::{Problems, Wrong};
use super::run::Verified;
use super::seal::{self, CHECKPOINT_BYTES_MAX, Counted, Keys, Sealed};
use crate::clone_log::{CHECKPOINT_FILE, Closed, LEAF_BYTES_MAX, LEAVES_FILE, Leaf, LeafError, ORIGIN_FILE};
use crate::disk;
use crate::exported::{PROOF_BYTES_MAX, PROOF_FILE};
use crate::history;
use crate::log::LOG_FILE;
use crate::workspace::Workspace;

/// What a log says of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The line and the digest of the first event, where the run was opened here.
    pub opened: Option<(u64, Digest)>,
    /// The line and what it says, where the run has ended here or was taken in.
    pub stated: Option<(u64, Stated)>,
    /// The line, where its files were removed on purpose.
    pub pruned: Option<u64>,
}

/// What a log says of a run's lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// How many there are.
    pub events: u64,
    /// The root over them.
    pub root: Hash,
    /// Digest of what it is judged by.
    pub policy: Digest,
    /// The verdict in one word, where it has one.
    pub state: Option<State>,
    /// Digest of its verdict, where it has one.
    pub verdict: Option<Digest>,
    /// It was made elsewhere.
    pub added: bool,
}

impl From<&Closed> for Stated {
    fn from(it: &Closed) -> Self {
        let Closed { at: _, events, policy, root, run: _, state, verdict } = *it;
        Self { events, root, policy, state: Some(state), verdict: Some(verdict), added: false }
    }
}

/// What came of looking at a clone log.
#[derive(Clone, Debug)]
pub struct LogVerified {
    /// What it is called.
    pub origin: Option<String>,
    /// How many whole leaves there are.
    pub leaves: u64,
    /// Bytes of a leaf behind them that a crash tore.
    pub torn_bytes: u64,
    /// The root over them.
    pub root: Hash,
    /// Its checkpoint, where there is one that can be read.
    pub sealed: Option<Sealed>,
    /// What it says of runs: of one where one was asked for.
    pub runs: BTreeMap<RunId, Told>,
    /// What remembers it.
    pub anchored: Vec<Anchored>,
    /// What is wrong.
    pub problems: Problems,
}

impl LogVerified {
    /// Runs that were opened here and have no end: they wait, were interrupted, or are gone.
    pub fn open(&self) -> impl Iterator<Item = &RunId> {
        let open = |told: &Told| told.opened.is_some() && told.stated.is_none() && told.pruned.is_none();
        self.runs.iter().filter(move |(_, told)| open(told)).map(|(run, _)| run)
    }
}

/// Looks at the clone log in this folder; `None` where there is none. What it says is kept of one run, or of all.
pub fn log(folder: &Path, about: Option<&RunId>, keys: &Keys<'_>, anchors: &[Anchor]) -> Option<LogVerified> {
    let leaves = folder.join(LEAVES_FILE);
    let file = match disk::open(&leaves) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !disk::is_dir(folder) => return None,
        file => file,
    };
    let mut problems = Problems::default();
    let origin = origin(folder, &mut problems);
    let checkpoint_file = folder.join(CHECKPOINT_FILE).display().to_string();
    let note = optional(folder, CHECKPOINT_FILE, CHECKPOINT_BYTES_MAX, &mut problems);
    let sealed = note.and_then(|note| seal::read(&note, keys, &checkpoint_file, &mut problems));
    let mut sizes: Vec<u64> = anchors.iter().map(|anchor| anchor.checkpoint.size).collect();
    sizes.extend(sealed.as_ref().map(|sealed| sealed.checkpoint.size));
    let leaves = leaves.display().to_string();
    let mut log = Leaves::new(about, sizes, &leaves, &mut problems);
    let read = file.and_then(|file| each_line(file, LEAF_BYTES_MAX, &mut |line| log.line(line)));
    let Leaves { frontier, roots, runs, ends, .. } = log;
    let torn_bytes = match read {
        Ok(End::Whole) => 0,
        Ok(End::Torn(bytes)) => bytes,
        Ok(End::TooLong) => {
            let line = Some(frontier.size() + 1);
            problems.add(&leaves, line, Wrong::TooLong { bytes_max: LEAF_BYTES_MAX });
            0
        }
        Err(error) => {
            let missing = error.kind() == io::ErrorKind::NotFound;
            let wrong = if missing { Wrong::Missing } else { Wrong::Unread { kind: error.kind() } };
            problems.add(&leaves, None, wrong);
            0
        }
    };
    let size = frontier.size();
    if let Some(Sealed { checkpoint, .. }) = &sealed {
        if let Some(expected) = origin.as_ref().filter(|origin| **origin != checkpoint.origin) {
            let (found, expected) = (checkpoint.origin.clone(), expected.clone());
            problems.add(&checkpoint_file, Some(1), Wrong::Origin { found, expected });
        }
        let root = roots.get(&checkpoint.size);
        seal::compare(checkpoint, &Counted { size, root, ended: false }, &leaves, &mut problems);
    } else if ends > 0 && problems.list().iter().all(|problem| problem.file != checkpoint_file) {
        problems.add(&checkpoint_file, None, Wrong::Missing);
    }
    let is_of = |of: &str| origin.as_ref().is_some_and(|origin| *origin == *of);
    let anchored = Remembered::of(anchors, &is_of).finish(Of::Log, size, &roots, &leaves, &mut problems);
    let root = frontier.root();
    Some(LogVerified { origin, leaves: size, torn_bytes, root, sealed, runs, anchored, problems })
}

fn optional(folder: &Path, name: &str, bytes_max: u64, problems: &mut Problems) -> Option<Vec<u8>> {
    let path = folder.join(name);
    match disk::read_bounded(&path, bytes_max) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            problems.add(&path.display().to_string(), None, Wrong::Unread { kind: error.kind() });
            None
        }
    }
}

/// What the log says it is called.
fn origin(folder: &Path, problems: &mut Problems) -> Option<String> {
    let bytes = optional(folder, ORIGIN_FILE, ORIGIN_BYTES_MAX as u64 + 1, problems);
    let file = folder.join(ORIGIN_FILE).display().to_string();
    let Some(bytes) = bytes else {
        problems.add(&file, None, Wrong::Missing);
        return None;
    };
    let text = String::from_utf8(bytes).ok();
    let line = text.as_deref().and_then(|text| text.strip_suffix('\n'));
    let line = line.filter(|line| !line.is_empty() && !line.contains('\n')).map(str::to_owned);
    if line.is_none() {
        problems.add(&file, None, Wrong::NoOrigin);
    }
    line
}

/// Goes through the leaves.
struct Leaves<'a> {
    about: Option<&'a RunId>,
    sizes: Vec<u64>,
    file: &'a str,
    problems: &'a mut Problems,
    frontier: Frontier,
    roots: BTreeMap<u64, Hash>,
    runs: BTreeMap<RunId, Told>,
    /// How many leaves close something: a checkpoint follows them.
    ends: u64,
}

impl<'a> Leaves<'a> {
    fn new(about: Option<&'a RunId>, sizes: Vec<u64>, file: &'a str, problems: &'a mut Problems) -> Self {
        let frontier = Frontier::new();
        let roots = sizes.contains(&0).then(|| (0, frontier.root())).into_iter().collect();
        Self { about, sizes, file, problems, frontier, roots, runs: BTreeMap::new(), ends: 0 }
    }

    fn line(&mut self, leaf: &[u8]) {
        self.frontier.push(hash_of(leaf));
        let number = self.frontier.size();
        if self.sizes.contains(&number) {
            self.roots.insert(number, self.frontier.root());
        }
        match Leaf::read(&leaf[1..]) {
            Ok(leaf) => self.leaf(number, &leaf),
            Err(error) => {
                let wrong = match error {
                    LeafError::Unknown { why } => Wrong::Unknown { what: why },
                    LeafError::NotCanonical | LeafError::TooLong { .. } => {
                        Wrong::LeafOrder { what: error.to_string() }
                    }
                };
                self.problems.add(self.file, Some(number), wrong);
            }
        }
    }

    fn leaf(&mut self, number: u64, leaf: &Leaf) {
        self.ends += u64::from(leaf.states().is_some());
        let Some(run) = leaf.run().filter(|run| self.about.is_none_or(|about| about == *run)) else { return };
        let told = self.runs.entry(run.clone()).or_default();
        let stated = match leaf {
            Leaf::Opened(opened) => {
                let before = told.opened.replace((number, opened.started));
                if before.is_some_and(|(_, started)| started != opened.started) {
                    let what = format!("run {run} was opened before, with another first event");
                    self.problems.add(self.file, Some(number), Wrong::LeafOrder { what });
                }
                return;
            }
            Leaf::Pruned(_) => {
                told.pruned = Some(number);
                return;
            }
            Leaf::Closed(closed) => Stated::from(&**closed),
            Leaf::Added(it) => Stated {
                events: it.events,
                root: it.root,
                policy: it.policy,
                state: it.state,
                verdict: it.verdict,
                added: true,
            },
            Leaf::Key(_) => return,
        };
        // What was taken in before its end is taken in again with it; an end is an end.
        let is_end = |it: &Stated| it.verdict.is_some();
        let before = told.stated.as_ref().filter(|(_, before)| is_end(before));
        if let Some((line, before)) = before
            && (before.events, before.root) != (stated.events, stated.root)
        {
            let what = format!("run {run} has another end here than in line {line}");
            self.problems.add(self.file, Some(number), Wrong::LeafOrder { what });
        }
        told.stated = Some((number, stated));
    }
}

/// Holds what a clone log says of a run against the run.
pub fn bind(verified: &Verified, log: &LogVerified, file: &str, problems: &mut Problems) {
    let Some(told) = verified.run().and_then(|run| log.runs.get(run)) else { return };
    let Some(seen) = &verified.seen else { return };
    let mut add = |line, said: String, found: String| {
        problems.add(file, Some(line), Wrong::Leaf { said, found });
    };
    if let (Some((line, started)), Some((_, first))) = (told.opened, seen.first)
        && started != first
    {
        add(line, format!("its first event has the digest {started}"), format!("it has {first}"));
    }
    match &told.stated {
        Some((line, stated)) => {
            let Stated { events, root, policy, state, verdict, added: _ } = stated;
            let is_end = verdict.is_some();
            if *events != seen.lines && (is_end || *events > seen.lines) {
                let found = format!("it has {}", seen.lines);
                return add(*line, format!("it has {events} events"), found);
            }
            if *events == seen.lines && *root != seen.root {
                let said = format!("the root over its {events} events is {root}");
                return add(*line, said, format!("it is {}: a line was changed", seen.root));
            }
            let found = seen.started.as_ref().map(|started| started.governance);
            if found.is_some_and(|found| found != *policy) {
                add(*line, format!("it is judged by {policy}"), "it is judged by another policy".to_owned());
            }
            let found = seen.ended.as_ref().map(|ended| ended.digest);
            if is_end && (*verdict, *state) != (found, seen.state()) {
                let word = state.map_or("unknown", State::word);
                let found = seen.state().map_or("it has none".to_owned(), |it| {
                    format!("the verdict that it has is another one: {}", it.word())
                });
                add(*line, format!("its verdict is `{word}`"), found);
            }
        }
        None if told.opened.is_some() && seen.ended.is_some() => {
            problems.add(file, told.opened.map(|(line, _)| line), Wrong::NotClosed);
        }
        None => {}
    }
}

/// Runs of this workspace that the log says nothing of. Those that were made before there were clone logs are the second
/// part; of a run that cannot be read, whoever verifies it says so.
pub fn unknown(log: &LogVerified, runs: Vec<RunId>, workspace: &Workspace) -> (Vec<RunId>, Vec<RunId>) {
    let strangers = runs.into_iter().filter(|run| !log.runs.contains_key(run));
    let started = strangers.filter_map(|run| {
        let started = history::started(&workspace.run_folder(&run)).ok()?;
        Some((run, started.origin.is_some()))
    });
    let (new, old): (Vec<_>, Vec<_>) = started.partition(|(_, named)| *named);
    let ids = |runs: Vec<(RunId, bool)>| runs.into_iter().map(|(run, _)| run).collect();
    (ids(new), ids(old))
}

/// The log that a run's receipt is of, where there is one that can be read.
pub fn log_of_receipt(folder: &Path) -> Option<String> {
    let bytes = disk::read_bounded(&folder.join(PROOF_FILE), PROOF_BYTES_MAX).ok()?;
    let receipt = Receipt::read(&bytes).ok()?;
    Some(Sealed::read(receipt.checkpoint.as_bytes(), &[]).ok()?.checkpoint.origin)
}

/// Whether this is what a clone log of the same repository is called.
pub fn is_sibling(log: &str, other: &str) -> bool {
    let repository = |origin: &str| origin.rsplit_once("/log/").map(|(repository, _)| repository.to_owned());
    log != other && repository(other).is_some() && repository(log) == repository(other)
}

/// Holds what a clone log says of all runs against what their checkpoints say: runs that are gone, and runs whose checkpoint
/// states another end. Lines are not read; each run is verified by itself.
pub fn runs(log: &LogVerified, workspace: &Workspace, file: &str, problems: &mut Problems) {
    for (run, told) in &log.runs {
        let folder = workspace.run_folder(run);
        if !disk::is_file(&folder.join(LOG_FILE)) {
            let line = told.stated.as_ref().map(|(line, _)| *line).or(told.opened.map(|(line, _)| line));
            if told.pruned.is_none() {
                problems.add(file, line, Wrong::RunGone { run: run.clone() });
            }
            continue;
        }
        let Some((line, stated)) = told.stated.as_ref().filter(|(_, stated)| stated.verdict.is_some()) else {
            continue;
        };
        let path = folder.join(CHECKPOINT_FILE);
        let name = path.display().to_string();
        match disk::read_bounded(&path, CHECKPOINT_BYTES_MAX).map(|bytes| Sealed::read(&bytes, &[])) {
            Ok(Ok(Sealed { checkpoint, .. })) => {
                let (size, root) = (checkpoint.size, checkpoint.root);
                if (stated.events, stated.root) != (size, root) {
                    let said = format!("run {run} has {} events and the root {}", stated.events, stated.root);
                    let found = format!("its checkpoint says {size} and {root}");
                    problems.add(file, Some(*line), Wrong::Leaf { said, found });
                }
            }
            Ok(Err(error)) => problems.add(&name, None, Wrong::Checkpoint(error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                problems.add(&name, None, Wrong::NoCheckpoint);
            }
            Err(error) => problems.add(&name, None, Wrong::Unread { kind: error.kind() }),
        }
    }
}
