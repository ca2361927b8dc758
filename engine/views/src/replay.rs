//! A run made again, told for whoever audits it: which fact came, what followed from it, and from what else.
//!
//! ```text
//!      9  15:04:36.200  `lint` attempt 1 ended: exit code 1, evidence sha256:ab12cd34ef56 (3 errors)
//!     10    -> gate `lint` judged failed: findings.error is 3, wanted 0 (rule `no-errors`), from the evidence of 9
//!  11-19                9 events of little weight: 3 attempts started, 6 steps became ready
//! ```
//!
//! **Invariant:** what is kept does not grow with the log; lines are handed out as they are ready.
//!
//! **Absent on purpose:** checking. Whoever makes the run again hands over the events that follow.

mod decision;
mod fact;
mod moment;
mod page;

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::id::{Digest, Name, Timestamp};
use dod_kernel::policy::Governance;
use dod_kernel::record::Recorded;
use dod_kernel::run::{Event, Identity, Outcome, SettledBy, Source};
use dod_kernel::workflow::{Kind, Workflow};

use crate::look::{Look, Paint, clean};
use crate::story::Story;
use crate::{time, words};

pub use moment::{Moment, OwedAt, StepAt};
pub use page::{Page, page};

/// Uneventful lines of steps of one name that are told; a loop must not fill the page.
const ROUNDS_TOLD_MAX: u32 = 20;
/// Lines of one step that are told though it has very many rounds, because something is wrong.
const TROUBLE_TOLD_MAX: u32 = 1_000;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// It came from the world.
    Fact,
    /// It followed, and was made again.
    Decision,
    /// Several events that say little.
    Folded,
}

/// A line of a run that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Line {
    /// The number of the event; of several, of the first.
    pub seq: u64,
    /// Of several events, the number of the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
    /// When.
    pub at: String,
    /// When.
    pub at_ms: i64,
    /// What it is.
    pub kind: LineKind,
    /// Its name in the log: `gate_judged`; absent for several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The step that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub step: Option<Name>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    /// For people.
    pub text: String,
    /// What it follows from beside the fact before it: numbers of events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<u64>,
    /// What is to be said beside that, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What it is to a reader.
    #[serde(skip)]
    pub paint: Option<Paint>,
}

/// Who did something, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Actor {
    /// The name.
    #[schemars(with = "String")]
    pub name: Name,
    /// A signature proved it; else it is claimed.
    pub proved: bool,
}

impl Actor {
    /// `alice (proved)`, `alice (claimed)`.
    pub fn text(&self) -> String {
        words::actor(&Identity { name: self.name.clone(), proved: self.proved })
    }
}

impl From<&Identity> for Actor {
    fn from(identity: &Identity) -> Self {
        Self { name: identity.name.clone(), proved: identity.proved }
    }
}

/// Enough of a digest to find it: `sha256:ab12cd34ef56`.
pub(crate) fn short(digest: &Digest) -> String {
    digest.to_string().get(..19).unwrap_or_default().to_owned()
}

/// Names as they are: `a, b and c`.
pub(crate) fn names(names: &[Name]) -> String {
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    words::list(&names, "and")
}

/// A run that another one joins: `run 0197…, 12 events, root …, unsigned`.
fn joined(source: &Source) -> String {
    let signed = match source.signed_by.is_empty() {
        true => "unsigned".to_owned(),
        false => format!("signed by {}", names(&source.signed_by)),
    };
    format!("run {}, {} events, root {}, {signed}", source.run, source.events, source.root)
}

/// What an event comes to in words; the parts of a line that the event itself decides.
#[derive(Default)]
struct Said {
    text: String,
    by: Option<Actor>,
    step: Option<Name>,
    from: Vec<u64>,
    details: Vec<String>,
    paint: Option<Paint>,
}

/// Tells a run, event by event.
#[derive(Debug)]
pub struct Telling {
    story: Story,
    governance: Arc<Governance>,
    /// Every event has a line of its own.
    every: bool,
    /// A fact that says little, until it is known whether something follows that says more.
    held: Option<(Line, Little)>,
    folded: Folded,
    told: BTreeMap<Name, u32>,
}

/// What an event that says little is counted as: one, and many of them.
type Little = (&'static str, &'static str);

/// Events that say little, counted.
#[derive(Debug, Default)]
struct Folded {
    first: Option<(u64, Timestamp)>,
    last: u64,
    counts: BTreeMap<Little, u64>,
}

impl Telling {
    /// Of a run that has not begun. `every`: each event has a line of its own.
    pub fn new(workflow: Arc<Workflow>, governance: Arc<Governance>, every: bool) -> Self {
        let (folded, told) = (Folded::default(), BTreeMap::new());
        Self { story: Story::new(workflow), governance, every, held: None, folded, told }
    }

    /// The run so far.
    pub fn story(&self) -> &Story {
        &self.story
    }

    /// Takes the next event; lines that are ready.
    pub fn push(&mut self, recorded: &Recorded<Event>) -> Vec<Line> {
        self.story.push(recorded);
        let is_fact = recorded.event.is_fact();
        let mut lines = Vec::new();
        if is_fact {
            self.fold_held();
        }
        let little = if self.every { None } else { self.says_little(recorded) };
        match (little, is_fact) {
            (Some(what), true) => self.held = Some((self.line(recorded), what)),
            (Some(what), false) => {
                // What follows from a fact that says little is counted behind it.
                self.fold_held();
                self.folded.add(recorded.seq, recorded.at, what);
            }
            (None, _) => {
                lines.extend(self.folded.take());
                lines.extend(self.held.take().map(|(line, _)| line));
                lines.push(self.line(recorded));
            }
        }
        lines
    }

    /// The lines that are left.
    pub fn last_lines(&mut self) -> Vec<Line> {
        self.fold_held();
        self.folded.take().into_iter().collect()
    }

    /// The run as it was told.
    pub fn into_story(self) -> Story {
        self.story
    }

    fn fold_held(&mut self) {
        if let Some((line, what)) = self.held.take() {
            self.folded.add(line.seq, Timestamp(line.at_ms), what);
        }
    }

    /// What an event is counted as where it says little.
    fn says_little(&mut self, recorded: &Recorded<Event>) -> Option<Little> {
        let what = match &recorded.event {
            Event::StepReady { .. } => return Some(("step became ready", "steps became ready")),
            Event::AttemptStarted { .. } => return Some(("attempt started", "attempts started")),
            Event::FlowTaken { .. } => return Some(("flow taken", "flows taken")),
            Event::JoinFired { .. } => return Some(("join fired", "joins fired")),
            Event::ScopeOpened { .. } => return Some(("scope opened", "scopes opened")),
            Event::StepSettled(settled) if settled.why == SettledBy::Nothing => {
                return Some(("gateway passed", "gateways passed"));
            }
            Event::StepSettled(settled)
                if settled.outcome == Outcome::Passed
                    && self.node_is(settled.step.id.node.index(), |kind| matches!(kind, Kind::Pass)) =>
            {
                return Some(("gateway passed", "gateways passed"));
            }
            Event::AttemptEnded(ended) => Some(&ended.step.name),
            Event::ConditionAsked(asked) => Some(&asked.step.name),
            Event::DecisionTaken(taken) => Some(&taken.step.name),
            Event::EventThrown(thrown) => Some(&thrown.step.name),
            Event::GateJudged(judged) => Some(&judged.step.name),
            Event::RetryScheduled { step, .. } | Event::StepWaiting { step, .. } => Some(&step.name),
            Event::ScriptRun(ran) => Some(&ran.step.name),
            Event::StepSettled(settled) => Some(&settled.step.name),
            Event::ValueAsked(asked) => Some(&asked.step.name),
            _ => None,
        };
        let told = self.told.entry(what?.clone()).or_insert(0);
        *told = told.saturating_add(1);
        let told = *told;
        let most = if is_trouble(&recorded.event) { TROUBLE_TOLD_MAX } else { ROUNDS_TOLD_MAX };
        (told > most).then_some(("event of a step in many rounds", "events of steps in many rounds"))
    }

    fn node_is(&self, at: usize, is: impl Fn(&Kind) -> bool) -> bool {
        self.story.workflow.nodes().get(at).is_some_and(|node| is(&node.kind))
    }

    fn line(&self, recorded: &Recorded<Event>) -> Line {
        let Recorded { at, ref event, seq } = *recorded;
        let is_fact = event.is_fact();
        let said = match is_fact {
            true => fact::said(&self.story, &self.governance, event),
            false => decision::said(&self.story, &self.governance, event),
        };
        let Said { text, by, step, from, details, paint } = said;
        let cleaned = |text: String| clean(&text, false);
        Line {
            seq,
            last: None,
            at: time::rfc3339(at),
            at_ms: at.0,
            kind: if is_fact { LineKind::Fact } else { LineKind::Decision },
            event: Some(name_of(event)),
            step,
            by,
            text: cleaned(text),
            from,
            details: details.into_iter().map(cleaned).collect(),
            paint,
        }
    }
}

/// A reader has to see it.
fn is_trouble(event: &Event) -> bool {
    use dod_kernel::policy::State;
    match event {
        Event::GateJudged(judged) => !matches!(judged.state, State::Passed | State::NotApplicable),
        Event::StepSettled(settled) => matches!(settled.outcome, Outcome::Failed | Outcome::Undecided),
        _ => false,
    }
}

/// The name of an event in the log.
fn name_of(event: &Event) -> String {
    let written = serde_json::to_value(event).expect("an event can always be written");
    match written {
        serde_json::Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

impl Folded {
    fn add(&mut self, seq: u64, at: Timestamp, what: Little) {
        self.first.get_or_insert((seq, at));
        self.last = seq;
        *self.counts.entry(what).or_insert(0) += 1;
    }

    fn take(&mut self) -> Option<Line> {
        let Self { first, last, counts } = std::mem::take(self);
        let (seq, at) = first?;
        let total: u64 = counts.values().sum();
        let parts = counts.iter().map(|((one, many), count)| words::count(*count, one, many));
        let parts: Vec<String> = parts.collect();
        let text = match parts.as_slice() {
            [one] => one.clone(),
            _ => format!("{total} events of little weight: {}", parts.join(", ")),
        };
        Some(Line {
            seq,
            last: (last != seq).then_some(last),
            at: time::rfc3339(at),
            at_ms: at.0,
            kind: LineKind::Folded,
            event: None,
            step: None,
            by: None,
            text,
            from: Vec::new(),
            details: Vec::new(),
            paint: Some(Paint::Quiet),
        })
    }
}

/// Lines as text: numbers on the left, the day where it changes.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    day: String,
}

impl Lines {
    /// A line for people, with its line ends.
    pub fn render(&mut self, line: &Line, look: Look) -> String {
        let mut text = String::new();
        let (day, clock) = line.at.split_once('T').unwrap_or(("", &line.at));
        if self.day != day {
            self.day = day.to_owned();
            text += &format!("{}\n", look.paint(Paint::Strong, &format!("{day} (UTC)")));
        }
        let seq = match line.last {
            Some(last) => format!("{}-{last}", line.seq),
            None => line.seq.to_string(),
        };
        let lead = match line.kind {
            LineKind::Fact => clock.trim_end_matches('Z').to_owned(),
            LineKind::Decision => "          ->".to_owned(),
            LineKind::Folded => String::new(),
        };
        let from = from(&line.from);
        let said = format!("{}{from}", line.text);
        let said = line.paint.map_or_else(|| said.clone(), |paint| look.paint(paint, &said));
        text += &format!("{seq:>7}  {lead:12}  {said}\n");
        for detail in &line.details {
            text += &format!("{:7}  {:12}    {detail}\n", "", "");
        }
        clean(&text, look.color)
    }
}

/// `, from 9 and 11`.
fn from(events: &[u64]) -> String {
    if events.is_empty() {
        return String::new();
    }
    let numbers: Vec<String> = events.iter().map(u64::to_string).collect();
    format!(" (from {})", words::list(&numbers, "and"))
}
