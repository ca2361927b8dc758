//! How a run began and how it ended, without what lies between: lists of a thousand runs must be quick.
//!
//! **Absent on purpose:** trust in what was not read. A list shows what the two ends of a log say; whoever looks
//! at one run reads all of it.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use dod_kernel::id::{Digest, Name};
use dod_kernel::record::Recorded;
use dod_kernel::run::{Event, RunFinished, RunStarted};

use super::{DEFINITION_BYTES_MAX, HistoryError, event, version};
use crate::blob::Blobs;
use crate::disk;
use crate::log::{LOG_FILE, LogReader, ReadError};
use crate::storage::StorageError;

/// Bytes at the end of a log that the verdict is looked for in.
const TAIL_BYTES_MAX: u64 = 256 << 10;

/// The two ends of a log.
#[derive(Clone, Debug)]
pub struct Glance {
    /// How it began.
    pub started: Recorded<Box<RunStarted>>,
    /// How it ended. `None`: it has not, or the verdict lies too far before the end to be seen at a glance.
    pub finished: Option<Recorded<Box<RunFinished>>>,
    /// All of the log was looked at, so that without a verdict there is none.
    pub is_whole: bool,
}

/// Looks at the first line of a log, and at its end.
///
/// # Errors
/// The first line, or the last whole line, is no event.
pub fn glance(folder: &Path) -> Result<Glance, HistoryError> {
    let path = folder.join(LOG_FILE);
    let mut reader = LogReader::open(&path)?;
    let line = reader.next_line()?.ok_or(HistoryError::Empty)?;
    version(line.bytes)?;
    let Recorded { at, event: Event::RunStarted(started), seq } = event(1, line.bytes)? else {
        return Err(HistoryError::Empty);
    };
    let started = Recorded { at, event: started, seq };
    let (tail, is_whole) = tail(&path).map_err(ReadError::from)?;
    let mut finished = None;
    for (from_end, line) in tail.split(|byte| *byte == b'\n').rev().skip(1).enumerate() {
        const NAME: &[u8] = b"\"run_finished\"";
        let may_be_it = line.windows(NAME.len()).any(|part| part == NAME);
        if from_end > 0 && !may_be_it {
            continue;
        }
        // The number of a line is its event's number and one; here only the end of the log is at hand.
        let read: Recorded<Event> = serde_json::from_slice(line).map_err(|error| HistoryError::Line {
            line: number(line).unwrap_or_default(),
            why: error.to_string(),
        })?;
        if let Event::RunFinished(end) = read.event {
            finished = Some(Recorded { at: read.at, event: end, seq: read.seq });
            break;
        }
    }
    Ok(Glance { started, finished, is_whole })
}

/// The whole lines at the end of a file, and whether they are all that there are.
fn tail(path: &Path) -> Result<(Vec<u8>, bool), StorageError> {
    let read = || -> std::io::Result<(Vec<u8>, bool)> {
        let mut file = disk::open(path)?;
        let length = file.metadata()?.len();
        let from = length.saturating_sub(TAIL_BYTES_MAX);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES_MAX).read_to_end(&mut bytes)?;
        if from > 0 {
            let first = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            bytes.drain(..first);
        }
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        bytes.truncate(end);
        Ok((bytes, from == 0))
    };
    read().map_err(StorageError::when("read", path))
}

/// The line number that a damaged line still claims.
fn number(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line).ok()?;
    let (_, seq) = text.rsplit_once("\"seq\":")?;
    seq.trim_end_matches('}').parse::<u64>().ok().map(|seq| seq + 1)
}

/// What people call a workflow, without checking it; `None` where the blob is gone or is none.
pub fn workflow_name(blobs: &Blobs, workflow: &Digest) -> Option<Name> {
    #[derive(serde::Deserialize)]
    struct Named {
        name: Name,
    }
    let bytes = blobs.get(workflow, DEFINITION_BYTES_MAX).ok()?;
    serde_json::from_slice::<Named>(&bytes).ok().map(|named| named.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use dod_kernel::id::{RunId, Timestamp};
    use dod_kernel::policy::{Definitions, Scope, State, Verdict};
    use dod_kernel::record::{FORMAT, RULES};

    use super::*;
    use crate::blob::digest_of;

    fn started() -> Event {
        let none = digest_of(b"");
        Event::RunStarted(Box::new(RunStarted {
            capacity: 1,
            changed: None,
            comparison: None,
            definitions: Definitions::Unprotected,
            facts: BTreeMap::new(),
            fail_fast: false,
            format: FORMAT,
            governance: none,
            id: RunId("a".into()),
            left_out: Vec::new(),
            origin: None,
            program: "dod".into(),
            recorded: Vec::new(),
            rules: RULES,
            settings: Vec::new(),
            sources: Vec::new(),
            timeout_ms: None,
            tree: None,
            variables: BTreeMap::new(),
            workflow: none,
        }))
    }

    fn finished() -> Event {
        let verdict = Verdict {
            definitions: Definitions::Unprotected,
            few_lines: Vec::new(),
            not_measured: Vec::new(),
            policy: "p".into(),
            reasons: Vec::new(),
            rests_on: Vec::new(),
            scope: Scope::Full,
            state: State::Passed,
            tree_changed: false,
            waived: Vec::new(),
            waivers_refused: Vec::new(),
            waivers_unused: Vec::new(),
        };
        Event::RunFinished(Box::new(RunFinished { outcomes: Vec::new(), verdict }))
    }

    /// A log that begins, has so many other events, ends, and has so many more.
    fn log(before: u32, after: u32, tail: &str) -> tempfile::TempDir {
        let filler = |count: u32| (0..count).map(|capacity| Event::CapacitySet { capacity });
        let events = std::iter::once(started()).chain(filler(before));
        let events = events.chain(std::iter::once(finished())).chain(filler(after));
        let mut text = String::new();
        for (seq, event) in (0u64..).zip(events) {
            text += &serde_json::to_string(&Recorded { at: Timestamp(7), event, seq }).unwrap();
            text += "\n";
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(LOG_FILE), text + tail).unwrap();
        folder
    }

    #[test]
    fn a_verdict_is_seen_at_the_end_of_a_long_log() {
        for (before, after, tail) in [(0, 0, ""), (20_000, 3, ""), (9, 9, "{\"at\":"), (20_000, 0, "\u{0}")] {
            let folder = log(before, after, tail);
            let ends = glance(folder.path()).unwrap();
            assert_eq!(ends.finished.map(|end| end.seq), Some(u64::from(before) + 1));
            assert_eq!(ends.is_whole, before < 10);
        }
    }

    #[test]
    fn a_verdict_far_before_the_end_is_not_denied() {
        let ends = glance(log(0, 20_000, "").path()).unwrap();
        assert!(ends.finished.is_none() && !ends.is_whole);
    }

    #[test]
    fn a_last_line_that_is_no_event_is_named_by_its_number() {
        let error = glance(log(2, 0, "{\"at\":1,\"seq\":4}\n").path()).unwrap_err();
        assert!(matches!(error, HistoryError::Line { line: 5, .. }), "{error}");
    }
}
