//! One run: its lines, its checkpoint, its blobs, the runs that it joins, and the receipt that came with it.
//!
//! **Absent on purpose:** the clone log of a workspace ([`super::log()`]), and decisions: replay makes them again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use dod_kernel::id::{Digest, RunId};
use dod_kernel::run::{RunStarted, Source as Cited};
use dod_proof::checkpoint::Checkpoint;
use dod_proof::receipt::Receipt;
use dod_proof::tree::{check_inclusion, leaf_hash};

use super::anchor::{Anchor, Anchored, Of, Remembered};
use super::blobs::{self, Looked};
use super::lines::{self, Named, Seen};
use super::people::{self, People};
use super::problem::{Problems, Rollback, Wrong};
use super::seal::{self, CHECKPOINT_BYTES_MAX, Counted, Keys, Sealed};
use super::source::{Source, blob_path, of_source, small};
use crate::clone_log::{Closed, Leaf};
use crate::exported::{CHECKPOINT_FILE, PROOF_BYTES_MAX, PROOF_FILE, SOURCES_MAX};
use crate::history::DEFINITION_BYTES_MAX;
use crate::log::{LINE_BYTES_MAX, LOG_FILE};

/// What came of looking at a run.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Its lines; absent where they cannot be read.
    pub seen: Option<Seen>,
    /// Its checkpoint, where there is one that can be read.
    pub sealed: Option<Sealed>,
    /// Its blobs.
    pub blobs: Looked,
    /// The checkpoint of the clone log in the receipt that came with it, where that shows that the run stands in the log.
    pub receipt: Option<Sealed>,
    /// The runs that it joins, with theirs, and how each is signed.
    pub sources: BTreeMap<RunId, Option<Sealed>>,
    /// What remembers it.
    pub anchored: Vec<Anchored>,
    /// What remembers the receipt's log at another size than the receipt: the leaves of that log decide, where they are.
    pub undecided: Vec<Undecided>,
    /// Who answered.
    pub people: People,
    /// What is wrong.
    pub problems: Problems,
}

/// An anchor of the receipt's log that the receipt alone does not decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// Its place among the anchors that were handed in.
    pub index: usize,
    /// What people know it by.
    pub anchor: String,
    /// Why, as a problem of whoever has no leaves.
    pub wrong: Wrong,
}

impl Verified {
    /// The run's id.
    pub fn run(&self) -> Option<&RunId> {
        self.started().map(|started| &started.id)
    }

    /// How it began.
    pub fn started(&self) -> Option<&RunStarted> {
        self.seen.as_ref()?.started.as_deref()
    }

    /// The leaf that the log of its clone has of it, where it has ended: it follows from the run's own lines.
    pub fn closed(&self) -> Option<Closed> {
        closed(self.seen.as_ref()?)
    }
}

/// The closed leaf that follows from a run's lines.
fn closed(seen: &Seen) -> Option<Closed> {
    let (started, ended) = (seen.started.as_ref()?, seen.ended.as_ref()?);
    Some(Closed {
        at: seen.last_at,
        events: seen.lines,
        policy: started.governance,
        root: seen.root,
        run: started.id.clone(),
        state: ended.verdict.state,
        verdict: ended.digest,
    })
}

/// Looks at a run. Anchors that are not of it are left for others.
pub fn run(source: &dyn Source, keys: &Keys<'_>, anchors: &[Anchor]) -> Verified {
    let mut all = Problems::default();
    let problems = &mut all;
    let one = log(source, LOG_FILE, CHECKPOINT_FILE, keys, anchors, problems);
    let Some(One { mut seen, sealed, remembered }) = one else {
        return Verified {
            seen: None,
            sealed: None,
            blobs: Looked::default(),
            receipt: None,
            sources: BTreeMap::new(),
            anchored: Vec::new(),
            undecided: Vec::new(),
            people: People::default(),
            problems: all,
        };
    };
    let mut anchored = remembered.finish(Of::Run, seen.lines, &seen.roots, &source.name(LOG_FILE), problems);
    let paths = source.paths().unwrap_or_else(|error| {
        problems.add(&source.name(""), None, Wrong::Unread { kind: error.kind() });
        None
    });
    let mut named = std::mem::take(&mut seen.blobs);
    let cited = seen.started.as_ref().map(|started| started.sources.clone()).unwrap_or_default();
    let sources = joined(source, cited, keys, &mut named, problems);
    let blobs = blobs::check(source, &mut named, problems);
    let receipt = receipt(source, &seen, keys, problems);
    let mut undecided = Vec::new();
    if let Some(receipt) = &receipt {
        anchored.extend(remembered_too(receipt, anchors, &mut undecided, problems));
    }
    let people = people::check(source, &seen, problems);
    if let Some(paths) = paths {
        strays(source, &paths, &named, &sources, problems);
    }
    seen.blobs = named;
    Verified { seen: Some(seen), sealed, blobs, receipt, sources, anchored, undecided, people, problems: all }
}

/// A log with its checkpoint.
struct One<'a> {
    seen: Seen,
    sealed: Option<Sealed>,
    remembered: Remembered<'a>,
}

fn log<'a>(
    source: &dyn Source,
    log_path: &str,
    checkpoint_path: &str,
    keys: &Keys<'_>,
    anchors: &'a [Anchor],
    problems: &mut Problems,
) -> Option<One<'a>> {
    let (file, log) = (source.name(checkpoint_path), source.name(log_path));
    let note = match small(source, checkpoint_path, CHECKPOINT_BYTES_MAX) {
        Ok(note) => note,
        Err(error) => {
            problems.add(&file, None, Wrong::Unread { kind: error.kind() });
            return None;
        }
    };
    let sealed = note.as_ref().and_then(|note| seal::read(note, keys, &file, problems));
    let mut sizes: Vec<u64> = anchors.iter().map(|anchor| anchor.checkpoint.size).collect();
    sizes.extend(sealed.as_ref().map(|sealed| sealed.checkpoint.size));
    let read = match source.open(log_path) {
        Ok(Some(reader)) => lines::events(reader, LINE_BYTES_MAX, &sizes, &log, problems),
        Ok(None) => Err(io::ErrorKind::NotFound.into()),
        Err(error) => Err(error),
    };
    let seen = match read {
        Ok(seen) => seen,
        Err(error) => {
            let missing = error.kind() == io::ErrorKind::NotFound;
            let wrong = if missing { Wrong::Missing } else { Wrong::Unread { kind: error.kind() } };
            problems.add(&log, None, wrong);
            return None;
        }
    };
    let started = seen.started.as_deref();
    if let (Some(sealed), Some(started)) = (&sealed, started) {
        let found = &sealed.checkpoint.origin;
        if !is_origin(started, found) {
            let expected = origin(started);
            problems.add(&file, Some(1), Wrong::Origin { found: found.clone(), expected });
        }
    }
    if let Some(sealed) = &sealed {
        let root = seen.roots.get(&sealed.checkpoint.size);
        // Without a verdict under it, a checkpoint is of a run that went on.
        let size = sealed.checkpoint.size;
        let ended = seen.ended.as_ref().is_some_and(|ended| ended.line <= size);
        if seen.ended.is_some() && !ended && size < seen.lines {
            problems.add(&file, None, Wrong::NotCovered { size, lines: seen.lines });
        }
        seal::compare(&sealed.checkpoint, &Counted { size: seen.lines, root, ended }, &log, problems);
    }
    let promised = started.is_some_and(|started| started.origin.is_some());
    if note.is_none() && seen.ended.is_some() && promised {
        problems.add(&file, None, Wrong::NoCheckpoint);
    } else if note.is_none() && !keys.asked.is_empty() {
        problems.add(&file, None, Wrong::Unsigned);
    }
    let is_of = |origin: &str| started.is_some_and(|started| is_origin(started, origin));
    let remembered = Remembered::of(anchors, &is_of);
    Some(One { seen, sealed, remembered })
}

/// What checkpoints call a run.
fn origin(started: &RunStarted) -> String {
    let named = started.origin.as_ref().map(ToString::to_string);
    named.unwrap_or_else(|| format!("run/{}", started.id))
}

/// Whether a checkpoint of this origin is of the run. An old run does not say what it is called.
pub fn is_origin(started: &RunStarted, origin: &str) -> bool {
    match &started.origin {
        Some(named) => **named == *origin,
        None => {
            let end = format!("run/{}", started.id);
            origin.strip_suffix(&end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        }
    }
}

/// What a run is judged by: what people know the blob by, and its bytes.
pub fn governance(source: &dyn Source, started: &RunStarted) -> Option<(String, Vec<u8>)> {
    let path = blob_path(&started.governance);
    Some((source.name(&path), small(source, &path, DEFINITION_BYTES_MAX).ok()??))
}

/// Looks at the runs that a run joins, and at those that they join. Their blobs are added.
fn joined(
    source: &dyn Source,
    mut cited: Vec<Cited>,
    keys: &Keys<'_>,
    blobs: &mut BTreeMap<Digest, Named>,
    problems: &mut Problems,
) -> BTreeMap<RunId, Option<Sealed>> {
    let mut found = BTreeMap::new();
    // Whoever joined them said which signatures there were.
    let keys = keys.unasked();
    while let Some(next) = cited.pop() {
        if found.contains_key(&next.run) {
            continue;
        }
        if found.len() == SOURCES_MAX {
            problems.add(&source.name(LOG_FILE), Some(1), Wrong::TooManySources { max: SOURCES_MAX });
            break;
        }
        let (path, note) = (of_source(&next.run, LOG_FILE), of_source(&next.run, CHECKPOINT_FILE));
        let Some(One { seen, sealed, .. }) = log(source, &path, &note, &keys, &[], problems) else {
            found.insert(next.run, None);
            continue;
        };
        let said =
            |run: &str, events: u64, root: &str| format!("run {run} with {events} events and root {root}");
        let id = seen.started.as_ref().map(|started| started.id.to_string()).unwrap_or_default();
        let is = said(&id, seen.lines, &seen.root.to_string());
        let wanted = said(&next.run.0, next.events, &next.root);
        if is != wanted {
            problems.add(&source.name(&path), None, Wrong::Cited { cited: wanted, found: is });
        }
        cited.extend(seen.started.into_iter().flat_map(|started| started.sources));
        for (digest, named) in seen.blobs {
            blobs.entry(digest).or_insert(named);
        }
        found.insert(next.run, sealed);
    }
    found
}

/// Checks that the run stands in the clone log that its receipt is of.
fn receipt(source: &dyn Source, seen: &Seen, keys: &Keys<'_>, problems: &mut Problems) -> Option<Sealed> {
    let file = source.name(PROOF_FILE);
    let mut add = |what: String| problems.add(&file, None, Wrong::Receipt { what });
    let bytes = match small(source, PROOF_FILE, PROOF_BYTES_MAX) {
        Ok(bytes) => bytes?,
        Err(error) => {
            problems.add(&file, None, Wrong::Unread { kind: error.kind() });
            return None;
        }
    };
    let receipt = match Receipt::read(&bytes) {
        Ok(receipt) => receipt,
        Err(error) => {
            add(error.to_string());
            return None;
        }
    };
    let Some(closed) = closed(seen) else {
        add("it is the receipt of a run that has ended, and this one has not".to_owned());
        return None;
    };
    let sealed = seal::read(receipt.checkpoint.as_bytes(), &keys.unasked(), &file, problems)?;
    if !keys.asked.is_empty() && sealed.is_unsigned() {
        problems.add(&file, None, Wrong::UnsignedLog);
    }
    let leaf = leaf_hash(&Leaf::Closed(Box::new(closed)).to_line());
    let checkpoint = &sealed.checkpoint;
    match check_inclusion(receipt.index, checkpoint.size, &leaf, &receipt.hashes, &checkpoint.root) {
        Ok(()) => Some(sealed),
        Err(error) => {
            problems.add(&file, None, Wrong::Inclusion(error));
            None
        }
    }
}

/// Holds anchors of a clone log against the checkpoint in a receipt: of the log itself nothing else is at hand.
fn remembered_too(
    receipt: &Sealed,
    anchors: &[Anchor],
    undecided: &mut Vec<Undecided>,
    problems: &mut Problems,
) -> Vec<Anchored> {
    let Checkpoint { origin, size, root } = &receipt.checkpoint;
    let mut found = Vec::new();
    for (index, anchor) in anchors.iter().enumerate() {
        let Anchor { name, checkpoint, .. } = anchor;
        let (remembered, anchor) = (checkpoint.size, name.clone());
        match () {
            () if checkpoint.origin != *origin => {}
            () if remembered != *size => {
                let wrong = Wrong::OtherSize { size: remembered, receipt: *size };
                undecided.push(Undecided { index, anchor, wrong });
            }
            () if checkpoint.root != *root => {
                let wrong = Wrong::Rollback(Rollback::Rewritten { anchor, remembered });
                problems.add(PROOF_FILE, None, wrong);
            }
            () => found.push(Anchored { anchor, size: remembered, index, of: Of::Log }),
        }
    }
    found
}

/// Names what was brought with a run and does not belong to it.
fn strays(
    source: &dyn Source,
    paths: &[String],
    blobs: &BTreeMap<Digest, Named>,
    sources: &BTreeMap<RunId, Option<Sealed>>,
    problems: &mut Problems,
) {
    let mut known: BTreeSet<String> = blobs.keys().map(blob_path).collect();
    known.extend([LOG_FILE, CHECKPOINT_FILE, PROOF_FILE].map(str::to_owned));
    for run in sources.keys() {
        known.extend([LOG_FILE, CHECKPOINT_FILE].map(|file| of_source(run, file)));
    }
    for path in paths.iter().filter(|path| !known.contains(*path)) {
        problems.add(&source.name(path), None, Wrong::Stray);
    }
}
