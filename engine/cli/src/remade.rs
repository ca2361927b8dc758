//! A log, made again from its facts alone: every decision follows, or the place where one does not is named.
//!
//! ```text
//!   log, line by line ─▶ decide, follow ─▶ the same decision?   no: different, at this event
//! ```
//!
//! **Invariant:** no more than one line of the log is in memory.
//!
//! **Absent on purpose:** printing, and looking at hashes and signatures: that is `verify`'s.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use dod_host::blob::{BlobError, Blobs, digest_of};
use dod_host::drive::EVIDENCE_BYTES_MAX;
use dod_host::history::{HistoryError, Stored};
use dod_host::log::LOG_FILE;
use dod_kernel::ask::{Answer, Ask, Expression, Facts, Wrong};
use dod_kernel::evidence::Evidence;
use dod_kernel::id::{Digest, Name};
use dod_kernel::record::Recorded;
use dod_kernel::run::{Difference, Event, Reading, Replay, Run};
use dod_kernel::value::Value;
use dod_views::verdict::{VerdictDocument, VerdictFold};
use serde::Serialize;
use serde_json::Value as Json;

use crate::engines::Engines;
use crate::joined::{Again, again};
use crate::runs::Found;

/// Missing blobs, and answers that were not made again, that are named.
const NAMED_MAX: usize = 10;

/// What came of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Good,
    Different,
    NotRemade,
    Incomplete,
    Unreadable,
}

/// The documented object.
#[derive(Debug, Serialize)]
pub(crate) struct Remade {
    pub(crate) run: Name,
    pub(crate) status: Status,
    /// Events that were replayed.
    pub(crate) events: u64,
    /// The verdict that the log leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<&'static str>,
    pub(crate) finished: bool,
    /// Where the log differs, or cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) difference: Option<Place>,
    /// Numbers of answers that another version of an engine gave.
    pub(crate) not_remade: Vec<u64>,
    /// Blobs that are missing or damaged.
    pub(crate) missing: Vec<Digest>,
    pub(crate) text: String,
}

/// A place in the log, and what is wrong there.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seq: Option<u64>,
    pub(crate) file: PathBuf,
    pub(crate) line: u64,
    pub(crate) why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recorded: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<Json>,
}

/// The engine of this program, and evidence from the blobs; what is missing there is remembered.
pub(crate) struct Asked {
    engines: Engines,
    blobs: Blobs,
    missing: RefCell<BTreeMap<Digest, String>>,
}

impl Ask for Asked {
    fn engine(&self) -> Name {
        self.engines.engine()
    }

    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        self.engines.evaluate(expression, facts)
    }

    fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        self.engines.run_script(script, facts)
    }

    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        self.engines.messages(rule, module, facts)
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        let read = self.blobs.get(digest, EVIDENCE_BYTES_MAX).map_err(|error: BlobError| error.to_string());
        let read = read.and_then(|bytes| {
            serde_json::from_slice(&bytes)
                .map_err(|error| format!("the blob {digest} is no evidence: {error}"))
        });
        match read {
            Ok(evidence) => Some(Arc::new(evidence)),
            Err(why) => {
                self.missing.borrow_mut().insert(*digest, why);
                None
            }
        }
    }
}

impl Asked {
    /// Of the blobs of a run.
    pub(crate) fn of(found: &Found) -> Self {
        Self {
            engines: Engines::default(),
            blobs: Blobs::at(&found.blobs),
            missing: RefCell::new(BTreeMap::new()),
        }
    }

    /// Evidence that was asked for and is not there.
    pub(crate) fn missing(&self) -> Vec<Digest> {
        self.missing.borrow().keys().copied().collect()
    }
}

/// Who watches a run being made again: told of each event that follows, with the run as it leaves it.
pub(crate) type Watch<'w> = &'w mut dyn FnMut(&Recorded<Event>, &Run);

/// What a log is made again with, and how far.
pub(crate) struct Remake<'f> {
    found: &'f Found,
    stored: Stored,
    /// The last event that is taken; `None`: all of them.
    until: Option<u64>,
}

impl Status {
    /// As the documented object spells it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Different => "different",
            Self::NotRemade => "not_remade",
            Self::Incomplete => "incomplete",
            Self::Unreadable => "unreadable",
        }
    }
}

impl<'f> Remake<'f> {
    /// Of a run.
    ///
    /// # Errors
    /// It cannot even be begun: what came of it.
    pub(crate) fn of(found: &'f Found, until: Option<u64>) -> Result<Self, Box<Remade>> {
        let stored = Stored::read_at(&found.folder, &Blobs::at(&found.blobs));
        let stored = stored.map_err(|error| Box::new(unreadable(found, 0, &error)))?;
        Ok(Self { found, stored, until })
    }

    /// How the run began, and its definitions.
    pub(crate) fn stored(&self) -> &Stored {
        &self.stored
    }

    /// Makes it again, and holds a run that joins others against these.
    pub(crate) fn make(&self, watch: Watch<'_>) -> Remade {
        self.joined_again(self.make_own(watch))
    }

    /// Makes it again from what it says itself.
    pub(crate) fn make_own(&self, watch: Watch<'_>) -> Remade {
        let Self { found, stored, until } = self;
        let asked = Asked::of(found);
        let mut replay = Replay::new(Run::new(stored.workflow.clone(), stored.governance.clone()));
        match self.push_all(&mut replay, &asked, watch) {
            Ok(torn_bytes) => {
                let mut remade = remade(self, &replay, &asked, None);
                if let (Some(until), Status::Good) = (until, remade.status) {
                    let made = replay.len();
                    remade.text = match made.checked_sub(1) {
                        Some(last) if last == *until => {
                            format!(
                                "replayed {made} events, up to event {until}: every decision was made again"
                            )
                        }
                        _ => format!("{}; there is no event {until}", remade.text),
                    };
                    return remade;
                }
                if torn_bytes > 0 {
                    remade.text += &format!("; {torn_bytes} bytes behind them are no whole line");
                }
                remade
            }
            Err(Broken::Read(error)) => unreadable(found, replay.len(), &error),
            Err(Broken::Different(place)) => remade(self, &replay, &asked, Some(*place)),
        }
    }

    /// A run that joins others must say what they say.
    fn joined_again(&self, remade: Remade) -> Remade {
        let started = &self.stored.started.event;
        if started.sources.is_empty() || self.until.is_some() || remade.status != Status::Good {
            return remade;
        }
        match again(self.found, started) {
            Again::Same => remade,
            Again::Incomplete(why) => Remade {
                status: Status::Incomplete,
                text: format!("not all of what the run joins is here, so nothing is said of it: {why}"),
                ..remade
            },
            Again::Different { seq, why } => {
                let file = self.found.folder.join(LOG_FILE);
                let place = Place {
                    seq: Some(seq),
                    file,
                    line: seq + 1,
                    why: why.clone(),
                    recorded: None,
                    expected: None,
                };
                Remade {
                    status: Status::Different,
                    events: seq,
                    difference: Some(place),
                    text: why,
                    ..remade
                }
            }
        }
    }

    /// Takes the events, each when it is its turn; the number of bytes behind them that are no line.
    fn push_all(&self, replay: &mut Replay, asked: &Asked, watch: Watch<'_>) -> Result<u64, Broken> {
        let mut events = self.stored.events().map_err(Broken::Read)?;
        let mut line = 0;
        while let Some(recorded) = events.next().transpose().map_err(Broken::Read)? {
            if self.until.is_some_and(|until| recorded.seq > until) {
                break;
            }
            line += 1;
            let wrong = match replay.push(&recorded, asked) {
                Err(difference) => Some(said(&difference)),
                Ok(()) => miscounted(&recorded, asked).map(|(why, counted)| (why, Some(counted))),
            };
            if let Some((why, expected)) = wrong {
                return Err(Broken::Different(Box::new(Place {
                    seq: Some(recorded.seq),
                    file: self.found.folder.join(LOG_FILE),
                    line,
                    why,
                    recorded: Some(as_json(&recorded.event)),
                    expected,
                })));
            }
            watch(&recorded, replay.run());
        }
        Ok(events.torn_bytes())
    }
}

/// Makes a run again, with its verdict document: only where every decision was made again and there is a verdict.
pub(crate) fn with_document(remake: &Remake<'_>, watch: Watch<'_>) -> (Remade, Option<VerdictDocument>) {
    let stored = remake.stored();
    let mut fold = VerdictFold::default();
    let remade = remake.make(&mut |recorded, run| {
        fold.push(recorded, &stored.workflow);
        watch(recorded, run);
    });
    if remade.status != Status::Good {
        return (remade, None);
    }
    let policy = stored.governance.policies.first();
    let canonical = policy.map(|policy| serde_json::to_vec(policy).expect("a policy can always be written"));
    let digest = digest_of(&canonical.unwrap_or_default());
    let document = fold.finish(&stored.workflow, &stored.governance, digest);
    (remade, document)
}

/// Why a log does not go on.
enum Broken {
    Different(Box<Place>),
    Read(HistoryError),
}

fn remade(of: &Remake<'_>, replay: &Replay, asked: &Asked, different: Option<Place>) -> Remade {
    let owes = different.is_none() && of.until.is_none() && replay.owed(asked).is_some();
    let missing = asked.missing.take();
    let verdict = replay.run().verdict().map(|verdict| verdict.state.word());
    let status = match () {
        // Without all of the evidence a decision cannot be made again, so nothing is said against it.
        () if !missing.is_empty() => Status::Incomplete,
        () if different.is_some() => Status::Different,
        () if !replay.not_remade().is_empty() => Status::NotRemade,
        () => Status::Good,
    };
    let events = different.as_ref().and_then(|place| place.seq).unwrap_or_else(|| replay.len());
    let mut text = match (status, verdict) {
        (Status::Incomplete, _) => incomplete(&missing),
        (Status::Different, _) => different.as_ref().map(|place| place.why.clone()).unwrap_or_default(),
        (Status::NotRemade, _) => not_remade(replay.not_remade()),
        (_, Some(verdict)) => {
            format!("replayed {events} events: every decision was made again; verdict {verdict}")
        }
        (_, None) => {
            format!("replayed {events} events: every decision was made again; there is no verdict yet")
        }
    };
    if owes && verdict.is_none() {
        text += "; the last batch is not complete, `dod resume` completes it";
    }
    Remade {
        run: of.stored.id.0.clone(),
        status,
        events,
        verdict,
        finished: verdict.is_some(),
        difference: different.filter(|_| status == Status::Different),
        not_remade: replay.not_remade().to_vec(),
        missing: missing.into_keys().collect(),
        text,
    }
}

/// What an event keeps of evidence must be what the evidence says.
fn miscounted(recorded: &Recorded<Event>, asked: &Asked) -> Option<(String, Json)> {
    let Event::AttemptEnded(ended) = &recorded.event else { return None };
    let Reading::Read(read) = &ended.evidence else { return None };
    let counted = asked.evidence(&read.digest)?.summary();
    let why = || "the counts that are recorded are not those of the evidence they name".to_owned();
    (counted != read.summary).then(|| (why(), as_json(&counted)))
}

fn said(difference: &Difference) -> (String, Option<Json>) {
    match difference {
        Difference::Sequence { expected, .. } => {
            (format!("event {expected} should stand here: events are missing or were added"), None)
        }
        Difference::Decision { expected: Some(expected), .. } => (
            "another decision follows from the facts than the one that is recorded".to_owned(),
            Some(as_json(expected)),
        ),
        Difference::Decision { expected: None, .. } => {
            ("a decision is recorded that does not follow from the facts".to_owned(), None)
        }
        Difference::Missing { expected, .. } => (
            "a decision that follows from the facts is missing before this event".to_owned(),
            Some(as_json(expected)),
        ),
        Difference::Fact { refusal: Some(refusal), .. } => {
            (format!("the run could not have taken this fact: {refusal}"), None)
        }
        Difference::Fact { refusal: None, .. } => {
            ("the run would have recorded this fact otherwise".to_owned(), None)
        }
    }
}

fn not_remade(events: &[u64]) -> String {
    let named: Vec<String> = events.iter().take(NAMED_MAX).map(u64::to_string).collect();
    let more = match events.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let events = named.join(", ");
    format!(
        "not re-made: another version of the engine answered at event {events}{more}; all else was made again"
    )
}

fn incomplete(missing: &BTreeMap<Digest, String>) -> String {
    let named: Vec<&str> = missing.values().take(NAMED_MAX).map(String::as_str).collect();
    let more = match missing.len() - named.len() {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("incomplete: not every decision could be made again: {}{more}", named.join("; "))
}

/// The log, or a definition it names, cannot be read.
fn unreadable(found: &Found, events: u64, error: &HistoryError) -> Remade {
    let status = match error {
        HistoryError::NotCanonical { .. } => Status::Different,
        HistoryError::Definition { .. } => Status::Incomplete,
        _ => Status::Unreadable,
    };
    let line = match error {
        HistoryError::Line { line, .. } | HistoryError::NotCanonical { line } => Some(*line),
        _ => None,
    };
    let place = |line: u64| Place {
        seq: None,
        file: found.folder.join(LOG_FILE),
        line,
        why: error.to_string(),
        recorded: None,
        expected: None,
    };
    let missing = match error {
        HistoryError::Definition {
            source: BlobError::Missing { digest } | BlobError::Damaged { digest, .. },
            ..
        } => vec![*digest],
        _ => Vec::new(),
    };
    Remade {
        run: found.id.0.clone(),
        status,
        events,
        verdict: None,
        finished: false,
        difference: line.map(place),
        not_remade: Vec::new(),
        missing,
        text: match status {
            Status::Incomplete => format!("incomplete: {error}"),
            Status::Different => error.to_string(),
            _ => format!("unreadable: {error}"),
        },
    }
}

fn as_json(event: &impl Serialize) -> Json {
    serde_json::to_value(event).expect("an event can always be written")
}
