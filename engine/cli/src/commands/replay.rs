//! `dod replay`: is a log what its facts lead to?

mod what_if;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use dod_host::blob::{BlobError, Blobs};
use dod_host::drive::EVIDENCE_BYTES_MAX;
use dod_host::history::{HistoryError, Stored};
use dod_host::log::LOG_FILE;
use dod_kernel::ask::{Answer, Ask, Expression, Facts, Wrong};
use dod_kernel::evidence::Evidence;
use dod_kernel::id::{Digest, Name};
use dod_kernel::record::Recorded;
use dod_kernel::run::{Difference, Event, Reading, Replay, Run};
use dod_kernel::value::Value;
use serde::Serialize;
use serde_json::Value as Json;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::engines::Engines;
use crate::runs::Found;
use crate::{launch, output};

/// Characters of an event that are shown of each side of a difference.
const SHOWN_CHARS_MAX: usize = 600;
/// Missing blobs, and answers that were not made again, that are named.
const NAMED_MAX: usize = 10;

/// Make every decision of a run again, from its facts alone
///
/// Needs the log and the blobs of the run: no `dod.yaml`, no tool, no network. With `--policy` it answers what another
/// policy would have said of the same facts; that never is the verdict of a run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod replay                                     the newest run
  dod replay ./exported/run                      a run from elsewhere
  dod replay latest --policy strict              what would another policy say of it?
  dod replay --since 30d --policy candidate      which runs of 30 days would come out otherwise, and why?

Exit codes: 0 every decision was made again (with `--policy`: no run would come out otherwise),
1 one is recorded that does not follow (with `--policy`: a run would come out otherwise),
3 it cannot be said: evidence is missing, another version of an engine answered,
or the log is not readable")]
pub(crate) struct ReplayArgs {
    /// `latest`, an id or its beginning, a commit, or the folder of an exported run
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// What would this policy say of the same facts? A built-in, or one of the project's own as it is now
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// Every run since then, not one: `30d`, `2026-01-31`
    #[arg(long, value_name = "DAY|TIME", requires = "policy", conflicts_with = "run")]
    since: Option<String>,
    /// When waivers and ages are looked at: each run's own time, or a day
    #[arg(long, value_name = "run|DAY", requires = "policy", default_value = "run")]
    at: String,
}

/// What came of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Good,
    Different,
    NotRemade,
    Incomplete,
    Unreadable,
}

/// The documented object.
#[derive(Debug, Serialize)]
struct Replayed {
    run: Name,
    status: Status,
    /// Events that were replayed.
    events: u64,
    /// The verdict that the log leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    finished: bool,
    /// Where the log differs, or cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Place>,
    /// Numbers of answers that another version of an engine gave.
    not_remade: Vec<u64>,
    /// Blobs that are missing or damaged.
    missing: Vec<Digest>,
    text: String,
}

/// A place in the log, and what is wrong there.
#[derive(Clone, Debug, Serialize)]
struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    file: PathBuf,
    line: u64,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Json>,
}

pub(crate) fn run(args: ReplayArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let ReplayArgs { run, policy, since, at } = args;
    let project = globals.project()?;
    if let Some(policy) = policy {
        return what_if::run(&project, &what_if::Try { run, policy, since, at }, globals);
    }
    let found = Found::of(&project, run.as_deref())?;
    let replayed = match Stored::read_at(&found.folder, &Blobs::at(&found.blobs)) {
        Ok(stored) => replay(&found, &stored),
        Err(error) => unreadable(&found, &error),
    };
    if globals.json() {
        output::result(&(launch::json(&replayed) + "\n"));
    } else {
        output::result(&text(&replayed));
    }
    Ok(match replayed.status {
        Status::Good => Exit::Done,
        Status::Different => Exit::Failed,
        Status::NotRemade | Status::Incomplete | Status::Unreadable => Exit::Undecided,
    })
}

/// The engine of this program, and evidence from the blobs; what is missing there is remembered.
pub(super) struct Asked {
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
    fn of(found: &Found) -> Self {
        Self {
            engines: Engines::default(),
            blobs: Blobs::at(&found.blobs),
            missing: RefCell::new(BTreeMap::new()),
        }
    }
}

fn replay(found: &Found, stored: &Stored) -> Replayed {
    let asked = Asked::of(found);
    let mut replay = Replay::new(Run::new(stored.workflow.clone(), stored.governance.clone()));
    let mut different = None;
    for (at, recorded) in (1u64..).zip(&stored.events) {
        let place = |why: String, expected: Option<Json>| Place {
            seq: Some(recorded.seq),
            file: found.folder.join(LOG_FILE),
            line: at,
            why,
            recorded: Some(as_json(&recorded.event)),
            expected,
        };
        if let Err(difference) = replay.push(recorded, &asked) {
            let (why, expected) = said(&difference);
            different = Some(place(why, expected));
            break;
        }
        if let Some((why, expected)) = miscounted(recorded, &asked) {
            different = Some(place(why, Some(expected)));
            break;
        }
    }
    let missing = asked.missing.take();
    let owes = different.is_none() && replay.owed(&asked).is_some();
    let verdict = replay.run().verdict().map(|verdict| verdict.state.word());
    let status = match () {
        // Without all of the evidence a decision cannot be made again, so nothing is said against it.
        () if !missing.is_empty() => Status::Incomplete,
        () if different.is_some() => Status::Different,
        () if !replay.not_remade().is_empty() => Status::NotRemade,
        () => Status::Good,
    };
    let events = different.as_ref().and_then(|place: &Place| place.seq).unwrap_or_else(|| replay.len());
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
    if stored.torn_bytes > 0 {
        text += &format!("; {} bytes behind them are no whole line", stored.torn_bytes);
    }
    Replayed {
        run: stored.id.0.clone(),
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
fn unreadable(found: &Found, error: &HistoryError) -> Replayed {
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
    Replayed {
        run: found.id.0.clone(),
        status,
        events: 0,
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

fn text(replayed: &Replayed) -> String {
    let Replayed { status, difference, text, .. } = replayed;
    let mut lines = Vec::new();
    match difference {
        None => lines.push(text.clone()),
        Some(Place { seq, file, line, why, recorded, expected }) => {
            let event = seq.map(|seq| format!("event {seq}: ")).unwrap_or_default();
            let word = if *status == Status::Different { "different" } else { "unreadable" };
            lines.push(format!("{word}: {event}{why}"));
            lines.extend(recorded.as_ref().map(|event| format!("  recorded  {}", short(event))));
            lines.extend(expected.as_ref().map(|event| format!("  follows   {}", short(event))));
            lines.push(format!("  at        {}:{line}", file.display()));
        }
    }
    lines.join("\n") + "\n"
}

fn short(event: &Json) -> String {
    let text = dod_views::clean(&event.to_string(), false);
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text;
    }
    text.chars().take(SHOWN_CHARS_MAX).collect::<String>() + "..."
}
