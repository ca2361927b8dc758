//! Reading the lines of a log once, however long it is, and making nothing of them but what verifying needs.
//!
//! ```text
//!   bytes ─ lines ─┬─ canonical? ─ number, kind, the blobs that it names
//!                  └─ leaf hash ─ the tree: root at the end, and at every size that is asked for
//! ```
//!
//! **Invariant:** one line is in memory, beside the names of blobs.
//!
//! **Absent on purpose:** what events mean. Replay reads meaning; only events that state something about the bytes (how
//! the run began and ended) are read as events.

use std::collections::BTreeMap;
use std::io::{self, Read};

use dod_kernel::id::{Digest, Timestamp};
use dod_kernel::policy::{State, Verdict};
use dod_kernel::record::{FORMAT, Recorded};
use dod_kernel::run::{Event, RunStarted};
use dod_proof::tree::{Frontier, Hash};
use sha2::{Digest as _, Sha256};

use super::canonical::{Checker, NotCanonical, Path, Watch};
use super::problem::{Problems, Wrong};
use crate::blob::digest_of;

/// Bytes that are read at once, where lines are shorter.
const BUFFER_BYTES: usize = 64 << 10;
/// Blobs that one run may name and that are looked at.
pub(super) const BLOBS_MAX: usize = 4 << 20;

/// Every kind of event, sorted. A test holds them against the kernel.
pub(super) const KINDS: &[&str] = &[
    "answer_refused",
    "answered",
    "attempt_ended",
    "attempt_ignored",
    "attempt_started",
    "attempt_stopping",
    "cancel_requested",
    "capacity_set",
    "condition_asked",
    "decision_taken",
    "event_thrown",
    "flow_taken",
    "gate_judged",
    "incident",
    "join_fired",
    "judge_taken",
    "limit_reached",
    "message_received",
    "retry_scheduled",
    "run_finished",
    "run_resumed",
    "run_started",
    "run_stopping",
    "scope_opened",
    "script_run",
    "service_ready",
    "signal_received",
    "step_held",
    "step_ready",
    "step_settled",
    "step_waiting",
    "stuck",
    "timer_fired",
    "tree_digested",
    "value_asked",
    "variables_contested",
];

/// Where in an event a digest stands that names a blob, and what the blob is.
pub(super) const BLOBS: &[(&[&[u8]], What)] = &[
    (&[b"event", b"attempt_ended", b"evidence", b"read", b"digest"], What::Evidence),
    (&[b"event", b"attempt_ended", b"stderr", b"blob"], What::Output),
    (&[b"event", b"attempt_ended", b"stdout", b"blob"], What::Output),
    (&[b"event", b"run_started", b"comparison"], What::Comparison),
    (&[b"event", b"run_started", b"governance"], What::Policy),
    (&[b"event", b"run_started", b"workflow"], What::Workflow),
];

/// What a blob is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// What findings were compared with.
    Comparison,
    /// What a gate found.
    Evidence,
    /// What a step printed.
    Output,
    /// Policies, waivers and roles.
    Policy,
    /// A report that evidence was read from.
    Report,
    /// The checked workflow.
    Workflow,
}

impl What {
    /// The same for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Comparison => "what the evidence was compared with",
            Self::Evidence => "the evidence",
            Self::Output => "the output",
            Self::Policy => "the policy",
            Self::Report => "a report",
            Self::Workflow => "the workflow",
        }
    }
}

/// What a log says of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The first line that names it.
    pub line: u64,
    /// What it is.
    pub what: What,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The line.
    pub line: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// Digest of its canonical JSON.
    pub digest: Digest,
}

/// What the lines of a log come to.
#[derive(Clone, Debug)]
pub struct Seen {
    /// How many whole lines there are.
    pub lines: u64,
    /// Their bytes, with line feeds.
    pub bytes: u64,
    /// Bytes behind them.
    pub torn_bytes: u64,
    /// The root over them.
    pub root: Hash,
    /// The roots at the sizes that were asked for and reached.
    pub roots: BTreeMap<u64, Hash>,
    /// How the run began.
    pub started: Option<Box<RunStarted>>,
    /// When it began, and the digest of that line.
    pub first: Option<(Timestamp, Digest)>,
    /// When the last event happened.
    pub last_at: Timestamp,
    /// How it ended, where it has.
    pub ended: Option<Ended>,
    /// Blobs that events name.
    pub blobs: BTreeMap<Digest, Named>,
    /// How many answers there are.
    pub answers: u64,
    /// How many of them carry a signature, or say that they are proved.
    pub signed_answers: u64,
}

impl Seen {
    /// The verdict in one word.
    pub fn state(&self) -> Option<State> {
        self.ended.as_ref().map(|ended| ended.verdict.state)
    }
}

/// Reads a log of events. `sizes`: where roots are asked for.
///
/// # Errors
/// It cannot be read. What was read until then is lost: without the rest it says nothing.
pub(super) fn events(
    reader: impl Read,
    line_bytes_max: usize,
    sizes: &[u64],
    file: &str,
    problems: &mut Problems,
) -> io::Result<Seen> {
    let mut events = Events::new(sizes, file, problems);
    let end = each_line(reader, line_bytes_max, &mut |line| events.line(line))?;
    Ok(events.finish(&end, line_bytes_max))
}

/// How the bytes of a log end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a line feed, or there are none.
    Whole,
    /// Inside a line, of which there are so many bytes.
    Torn(u64),
    /// A line is too long to be read.
    TooLong,
}

/// Hands out lines without their line feeds, each behind a zero: a leaf as it is hashed (RFC 6962, section 2.1).
pub(super) fn each_line(
    mut reader: impl Read,
    line_bytes_max: usize,
    line: &mut dyn FnMut(&[u8]),
) -> io::Result<End> {
    // The first byte belongs to no line.
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut held = 1;
    loop {
        if held == buffer.len() {
            if held > line_bytes_max + 1 {
                return Ok(End::TooLong);
            }
            buffer.resize((held * 2).min(line_bytes_max + 2), 0);
        }
        let count = match reader.read(&mut buffer[held..]) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = held + count;
        let (mut before, mut look) = (0, held);
        while let Some(at) = memchr::memchr(b'\n', &buffer[look..end]) {
            line(&buffer[before..look + at]);
            // The line feed is not needed any more: the next line begins behind it.
            before = look + at;
            buffer[before] = 0;
            look = before + 1;
        }
        buffer.copy_within(before..end, 0);
        held = end - before;
    }
    Ok(if held == 1 { End::Whole } else { End::Torn(held as u64 - 1) })
}

/// Which of [`KINDS`] a name is. Most kinds are told by their length alone.
fn kind(name: &[u8]) -> Option<usize> {
    KINDS.iter().position(|kind| kind.len() == name.len() && kind.as_bytes() == name)
}

/// The hash of a leaf that stands behind its zero.
pub(super) fn hash_of(leaf: &[u8]) -> Hash {
    Hash(Sha256::digest(leaf).into())
}

/// What is seen of one line while it is checked.
#[derive(Debug, Default)]
struct Line {
    at: Option<i64>,
    seq: Option<u64>,
    /// Which of [`KINDS`].
    kind: Option<usize>,
    /// Members of the line, and of its event.
    members: [u32; 2],
    blobs: Vec<(Digest, What)>,
    /// An answer that is signed, or says that it is proved.
    is_signed: bool,
    /// Where it should name a blob, it does not.
    is_odd: bool,
}

/// A number that was found to be one.
fn number(text: &[u8]) -> Option<u64> {
    let digits = || text.iter().map(|byte| byte.wrapping_sub(b'0'));
    let value = digits().fold(0u64, |value, digit| value.wrapping_mul(10).wrapping_add(u64::from(digit)));
    (text.len() <= 16 && digits().all(|digit| digit <= 9)).then_some(value)
}

impl Watch for Line {
    #[inline]
    fn member(&mut self, path: &Path<'_>) {
        match path.depth() {
            1 => self.members[0] += 1,
            2 if path.name(0) == b"event" => {
                self.members[1] += 1;
                self.kind = kind(path.name(1));
            }
            _ => {}
        }
    }

    #[inline]
    fn scalar(&mut self, path: &Path<'_>, text: &[u8]) {
        if path.depth() == 1 {
            match path.name(0) {
                b"at" => self.at = time(text),
                b"seq" => self.seq = number(text),
                _ => {}
            }
        } else if text.len() == 71 && text.starts_with(b"sha256:") {
            let Some((_, what)) = BLOBS.iter().find(|(names, _)| path.is(names)) else { return };
            let digest = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
            match digest {
                Some(digest) => self.blobs.push((digest, *what)),
                None => self.is_odd = true,
            }
        } else if path.name(1) == ANSWERED.as_bytes() {
            let proved = text == b"true" && path.is(&[b"event", b"answered", b"by", b"proved"]);
            self.is_signed |= proved || path.is(&[b"event", b"answered", b"proof"]);
        }
    }
}

/// A time, which may lie before 1970.
fn time(text: &[u8]) -> Option<i64> {
    match text.strip_prefix(b"-") {
        None => number(text)?.try_into().ok(),
        Some(text) => i64::try_from(number(text)?).ok()?.checked_neg(),
    }
}

impl Line {
    /// Makes it ready for the next line.
    fn clear(&mut self) {
        let mut blobs = std::mem::take(&mut self.blobs);
        blobs.clear();
        *self = Self { blobs, ..Self::default() };
    }

    /// What the line lacks to be an event.
    fn lack(&self) -> Option<&'static str> {
        if self.members != [3, 1] {
            Some("it has not the members `at`, `event`, `seq`, and one kind in its `event`")
        } else if self.at.is_none() {
            Some("its `at` is no time")
        } else if self.seq.is_none() {
            Some("its `seq` is no number")
        } else if self.is_odd {
            Some("a digest in it is none")
        } else {
            None
        }
    }
}

/// Goes through the lines.
struct Events<'p> {
    checker: Checker,
    line: Line,
    frontier: Frontier,
    sizes: &'p [u64],
    next: u64,
    file: &'p str,
    problems: &'p mut Problems,
    seen: Seen,
}

const ANSWERED: &str = "answered";
const RUN_FINISHED: &str = "run_finished";
const RUN_STARTED: &str = "run_started";

impl<'p> Events<'p> {
    fn new(sizes: &'p [u64], file: &'p str, problems: &'p mut Problems) -> Self {
        let frontier = Frontier::new();
        let root = frontier.root();
        let roots = sizes.contains(&0).then_some((0, root)).into_iter().collect();
        let seen = Seen {
            lines: 0,
            bytes: 0,
            torn_bytes: 0,
            root,
            roots,
            started: None,
            first: None,
            last_at: Timestamp::default(),
            ended: None,
            blobs: BTreeMap::new(),
            answers: 0,
            signed_answers: 0,
        };
        Self {
            checker: Checker::default(),
            line: Line::default(),
            frontier,
            sizes,
            next: 0,
            file,
            problems,
            seen,
        }
    }

    fn line(&mut self, leaf: &[u8]) {
        self.frontier.push(hash_of(leaf));
        let bytes = &leaf[1..];
        self.seen.lines += 1;
        self.seen.bytes += bytes.len() as u64 + 1;
        let number = self.seen.lines;
        if self.sizes.contains(&number) {
            self.seen.roots.insert(number, self.frontier.root());
        }
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        self.event(bytes, &mut line);
        self.line = line;
    }

    fn event(&mut self, bytes: &[u8], line: &mut Line) {
        // A line that cannot be read counts as the one that should stand there.
        let (number, expected) = (self.seen.lines, self.next);
        self.next += 1;
        if let Err(error) = self.checker.object(bytes, line) {
            return self.wrong(Wrong::NotCanonical(error));
        }
        if let Some(what) = line.lack() {
            return self.wrong(Wrong::NoEvent { what });
        }
        let found = line.seq.unwrap_or_default();
        if found != expected {
            self.wrong(Wrong::Number { found, expected });
        }
        self.next = found.saturating_add(1);
        self.seen.last_at = Timestamp(line.at.unwrap_or_default());
        let Some(kind) = line.kind.map(|kind| KINDS[kind]) else {
            return self.wrong(Wrong::Unknown { what: "the kind of its event".to_owned() });
        };
        if matches!(kind, RUN_STARTED | RUN_FINISHED) {
            self.ends(kind, bytes);
        } else if number == 1 {
            self.wrong(Wrong::NoEvent { what: "the first event is not the start of a run" });
        }
        self.seen.answers += u64::from(kind == ANSWERED);
        self.seen.signed_answers += u64::from(kind == ANSWERED && line.is_signed);
        for (digest, what) in line.blobs.drain(..) {
            if self.seen.blobs.len() < BLOBS_MAX {
                self.seen.blobs.entry(digest).or_insert(Named { line: number, what });
            } else if !self.seen.blobs.contains_key(&digest) {
                self.problems.add(self.file, Some(number), Wrong::TooManyBlobs { max: BLOBS_MAX });
            }
        }
    }

    /// The two events that say something about the log as a whole.
    fn ends(&mut self, kind: &str, bytes: &[u8]) {
        let number = self.seen.lines;
        if kind == RUN_STARTED && number == 1 {
            self.seen.first = Some((self.seen.last_at, digest_of(bytes)));
            if let Some(format) = other_format(bytes) {
                return self.wrong(Wrong::Format { format, known: FORMAT });
            }
        }
        let read = serde_json::from_slice::<Recorded<Event>>(bytes);
        if let Some(at) = read.as_ref().ok().and_then(|read| otherwise(read, bytes)) {
            let what = "it is spelled otherwise than the event that it is";
            self.wrong(Wrong::NotCanonical(NotCanonical { at, what }));
        }
        match read.map(|recorded| recorded.event) {
            Ok(Event::RunStarted(started)) if number == 1 => self.seen.started = Some(started),
            Ok(Event::RunStarted(_)) => self.wrong(Wrong::SecondStart),
            Ok(Event::RunFinished(end)) => {
                let text = serde_json::to_vec(&end.verdict).expect("a verdict can always be written");
                let digest = digest_of(&text);
                self.seen.ended = Some(Ended { line: number, verdict: end.verdict, digest });
            }
            Ok(_) => {}
            Err(error) => self.wrong(Wrong::Unknown { what: error.to_string() }),
        }
    }

    fn wrong(&mut self, wrong: Wrong) {
        self.problems.add(self.file, Some(self.seen.lines), wrong);
    }

    fn finish(mut self, end: &End, line_bytes_max: usize) -> Seen {
        self.seen.root = self.frontier.root();
        let behind = self.seen.lines + 1;
        match end {
            End::Whole if self.seen.lines == 0 => self.problems.add(self.file, None, Wrong::Empty),
            End::Whole => {}
            End::Torn(bytes) => {
                self.seen.torn_bytes = *bytes;
                self.problems.add(self.file, Some(behind), Wrong::Torn { bytes: *bytes });
            }
            End::TooLong => {
                self.problems.add(self.file, Some(behind), Wrong::TooLong { bytes_max: line_bytes_max });
            }
        }
        self.seen
    }
}

/// Where a line is not what `dod` writes for its event: canonical JSON may still spell out what is left out.
fn otherwise(read: &Recorded<Event>, bytes: &[u8]) -> Option<usize> {
    let written = serde_json::to_vec(read).expect("an event can always be written");
    let same = written.iter().zip(bytes).take_while(|(written, read)| written == read).count();
    (written != bytes).then_some(same)
}

/// The format that a first line states, where it is another than ours: then nothing else of it can be read.
fn other_format(line: &[u8]) -> Option<u64> {
    let value: serde_json::Value = serde_json::from_slice(line).ok()?;
    let format = value["event"][RUN_STARTED]["format"].as_u64()?;
    (format != u64::from(FORMAT)).then_some(format)
}
