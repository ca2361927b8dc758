//! What a run consists of: its lines, the runs that it joins, and every blob that these name.
//!
//! **Absent on purpose:** trust. Lines are read as events where they name something, and nothing is made again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use dod_kernel::evidence::Source as Report;
use dod_kernel::id::{Digest, RunId, Timestamp};
use dod_kernel::run::{Event, Reading, RunFinished, RunStarted};
use dod_proof::tree::{Frontier, leaf_hash};

use super::{ExportedError, SOURCES_FOLDER, SOURCES_MAX};
use crate::blob::{BlobError, Blobs};
use crate::disk;
use crate::drive::EVIDENCE_BYTES_MAX;
use crate::history::{HistoryError, event, version};
use crate::log::{LOG_FILE, LogReader, ReadError};
use crate::storage::StorageError;

/// What a line that may name a blob has in it.
const DIGEST: &[u8] = b"\"sha256:";
/// What the line with the verdict has in it.
const VERDICT: &[u8] = b"\"run_finished\"";

/// What the whole lines of a log come to.
#[derive(Debug)]
pub struct Lines {
    /// Bytes of the whole lines.
    pub bytes: u64,
    /// When the last event that was looked at happened.
    pub at: Timestamp,
    /// How the run ended, where it has.
    pub finished: Option<Box<RunFinished>>,
    /// Their tree: how many there are, and the root.
    pub frontier: Frontier,
    /// How the run began.
    pub started: Box<RunStarted>,
}

/// How a blob stands in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// It is there, with so many bytes, and is what its name says.
    Here(u64),
    /// It is not there.
    Missing,
    /// Something else is there under its name.
    Damaged,
}

/// A run, the runs that it joins, and what they name.
#[derive(Debug)]
pub struct Survey {
    /// The run itself.
    pub run: Lines,
    /// The runs that it joins and that lie beside it, with those that they join.
    pub sources: BTreeMap<RunId, Lines>,
    /// Those that do not lie beside it.
    pub missing_sources: BTreeSet<RunId>,
    evidence: BTreeSet<Digest>,
    others: BTreeSet<Digest>,
}

/// Reads the whole lines of a log; a torn last one is left out.
///
/// # Errors
/// The log cannot be read, or a line that names something is no event.
pub fn lines(log: &Path) -> Result<Lines, HistoryError> {
    walk(log, &mut |_| {})
}

/// As [`lines`]; shows every event that may name a blob.
fn walk(log: &Path, show: &mut dyn FnMut(&Event)) -> Result<Lines, HistoryError> {
    let mut reader = LogReader::open(log)?;
    let (mut started, mut finished, mut at, mut bytes) = (None, None, Timestamp(0), 0);
    let mut frontier = Frontier::default();
    loop {
        let line = match reader.next_line() {
            Ok(Some(line)) => line,
            Ok(None) | Err(ReadError::Torn { .. }) => break,
            Err(error) => return Err(error.into()),
        };
        if line.number == 1 {
            version(line.bytes)?;
        }
        frontier.push(leaf_hash(line.bytes));
        bytes = line.at_byte + line.bytes.len() as u64 + 1;
        let has = |part: &[u8]| line.bytes.windows(part.len()).any(|window| window == part);
        if line.number > 1 && !has(DIGEST) && !has(VERDICT) {
            continue;
        }
        let recorded = event(line.number, line.bytes)?;
        at = recorded.at;
        show(&recorded.event);
        match recorded.event {
            Event::RunStarted(begin) if line.number == 1 => started = Some(begin),
            Event::RunFinished(end) => finished = Some(end),
            _ => {}
        }
    }
    let started = started.ok_or(HistoryError::Empty)?;
    Ok(Lines { bytes, at, finished, frontier, started })
}

impl Lines {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.frontier.size()
    }

    /// What its checkpoints call the run.
    pub fn origin(&self) -> String {
        let named = self.started.origin.as_ref().map(ToString::to_string);
        named.unwrap_or_else(|| format!("run/{}", self.started.id))
    }
}

impl Survey {
    /// Looks at a run in its folder.
    ///
    /// # Errors
    /// A log cannot be read, or a run that it joins is not the one that it cites.
    pub fn of(folder: &Path) -> Result<Self, ExportedError> {
        let (mut evidence, mut others) = (BTreeSet::new(), BTreeSet::new());
        let mut show = |event: &Event| name(event, &mut evidence, &mut others);
        let run = walk(&folder.join(LOG_FILE), &mut show)?;
        let mut wanted: VecDeque<_> = run.started.sources.clone().into();
        let (mut sources, mut missing) = (BTreeMap::<RunId, Lines>::new(), BTreeSet::new());
        let mut looked_at = 0usize;
        while let Some(source) = wanted.pop_front() {
            looked_at += 1;
            if looked_at > SOURCES_MAX {
                let what = format!("it joins more than {SOURCES_MAX} runs");
                return Err(ExportedError::different(format!("run {}", run.started.id), what));
            }
            let log = source_folder(folder, &source.run).join(LOG_FILE);
            if !disk::is_file(&log) {
                missing.insert(source.run);
                continue;
            }
            let known = sources.contains_key(&source.run);
            let read = walk(&log, &mut show)?;
            let cited = (source.events, source.root.to_string(), &source.run);
            if (read.count(), read.frontier.root().to_string(), &read.started.id) != cited {
                let what = "its log is not the one that the joined run cites";
                return Err(ExportedError::different(format!("source {}", source.run), what));
            }
            if !known {
                wanted.extend(read.started.sources.iter().cloned());
                sources.insert(source.run, read);
            }
        }
        Ok(Self { run, sources, missing_sources: missing, evidence, others })
    }

    /// Every blob that the run and its sources name, directly or through evidence, which is handed in by digest.
    ///
    /// # Errors
    /// Those of the one who hands it in.
    pub fn named<E>(
        &self,
        mut evidence: impl FnMut(&Digest) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<BTreeSet<Digest>, E> {
        let mut named = self.others.clone();
        for digest in &self.evidence {
            named.insert(*digest);
            named.extend(evidence(digest)?.map(|bytes| reports_of(&bytes)).unwrap_or_default());
        }
        Ok(named)
    }

    /// The same, and how each of them stands in a store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn blobs(&self, store: &Blobs) -> Result<BTreeMap<Digest, Stands>, StorageError> {
        let named = self.named(|digest| match store.get(digest, EVIDENCE_BYTES_MAX) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(BlobError::Storage(error)) => Err(error),
            Err(_) => Ok(None),
        })?;
        let stands = |digest: Digest| match store.check(&digest) {
            Ok(bytes) => Ok((digest, Stands::Here(bytes))),
            Err(BlobError::Missing { .. }) => Ok((digest, Stands::Missing)),
            Err(BlobError::Storage(error)) => Err(error),
            Err(_) => Ok((digest, Stands::Damaged)),
        };
        named.into_iter().map(stands).collect()
    }
}

/// Where the log of a run that is joined lies beside the one that joins it.
pub(super) fn source_folder(folder: &Path, run: &RunId) -> PathBuf {
    folder.join(SOURCES_FOLDER).join(run.0.as_str())
}

/// The reports that evidence was read from.
fn reports_of(evidence: &[u8]) -> Vec<Digest> {
    #[derive(serde::Deserialize)]
    struct Sources {
        #[serde(default)]
        sources: Vec<Report>,
    }
    let read = serde_json::from_slice::<Sources>(evidence);
    read.map(|read| read.sources.into_iter().map(|report| report.digest).collect()).unwrap_or_default()
}

/// The blobs that an event names.
fn name(event: &Event, evidence: &mut BTreeSet<Digest>, others: &mut BTreeSet<Digest>) {
    match event {
        Event::RunStarted(started) => {
            others.extend([started.workflow, started.governance]);
            others.extend(started.comparison);
        }
        Event::AttemptEnded(ended) => {
            others.extend(ended.stderr.blob.into_iter().chain(ended.stdout.blob));
            if let Reading::Read(read) = &ended.evidence {
                evidence.insert(read.digest);
            }
        }
        _ => {}
    }
}
