//! GitHub workflow commands (`::error file=…`) for findings and failed tests: shown beside the lines of a change.
//!
//! Ten errors and ten warnings are shown for a step and the rest is dropped silently by the platform, so the
//! worst are chosen here and the last one says how many more there are. Findings on one line become one
//! annotation.
//! Source: GitHub documentation, "Workflow commands for GitHub Actions".
//!
//! **Absent on purpose:** notices, finding out where `dod` runs.

use std::collections::BTreeMap;

use dod_kernel::evidence::{Finding, Place, Severity};
use dod_kernel::policy::State;

use crate::look::{clean, clean_line};
use crate::story::{Standing, Story};
use crate::{Sources, failing, words};

/// Annotations of one level that the platform shows for one step.
pub const LEVEL_MAX: usize = 10;

/// Findings told in one annotation.
const MERGED_MAX: usize = 5;

/// One annotation before it is written.
struct Note {
    place: Option<Place>,
    title: String,
    messages: Vec<String>,
    /// Findings that were merged and are not told.
    more: usize,
}

/// The lines to print, each of which begins a line; nothing for a run in which all is well.
pub fn render(story: &Story, sources: Sources<'_>) -> String {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for step in story.shown() {
        let failed = step.standing() == Standing::Failed;
        let evidence = step.evidence().and_then(sources.evidence);
        let Some(evidence) = evidence else {
            if failed || step.standing() == Standing::Undecided {
                let why = words::because(story, step);
                let message = format!("{} {}: {why}", step.name, words::is(step.standing()));
                errors.push(Note::new(None, step.name.to_string(), message));
            }
            continue;
        };
        let failing = failing::findings(step, &evidence, sources);
        merge(&step.name, &failing, &mut errors);
        let all = evidence.findings.as_deref().unwrap_or_default();
        let others = all.iter().filter(|finding| {
            !finding.suppressed
                && matches!(finding.severity, Severity::Error | Severity::Warning)
                && !failing.iter().any(|one| std::ptr::eq(*one, *finding))
        });
        let mut others: Vec<&Finding> = others.collect();
        failing::worst_first(&mut others, |_| false);
        merge(&step.name, &others, &mut warnings);
        let tests = failing::tests(&evidence);
        for test in &tests {
            let message = test.message.as_deref().map_or("failed".to_owned(), clean_text);
            errors.push(Note::new(test.place.clone(), words::test_name(test), message));
        }
        let broken = step.judged.iter().flat_map(|judged| &judged.outcomes);
        for outcome in
            broken.filter(|one| one.state == State::Failed && failing.is_empty() && tests.is_empty())
        {
            let message = words::why(outcome, sources.policy());
            errors.push(Note::new(None, format!("{} {}", step.name, outcome.rule), message));
        }
    }
    // Those with a place are worth most: they stand beside the line.
    errors.sort_by_key(|note| note.place.is_none());
    let mut text = String::new();
    write(&mut text, "error", &errors);
    write(&mut text, "warning", &warnings);
    clean(&text, false)
}

impl Note {
    fn new(place: Option<Place>, title: String, message: String) -> Self {
        Self { place, title, messages: vec![message], more: 0 }
    }
}

/// Findings in their order; those that stand on a line of which one was told already join it.
fn merge(step: &str, findings: &[&Finding], notes: &mut Vec<Note>) {
    let mut at: BTreeMap<(String, u32), usize> = BTreeMap::new();
    for finding in findings {
        let message = clean_text(&finding.message);
        let line = finding.place.as_ref().and_then(|place| Some((place.path.to_string(), place.line?)));
        if let Some(known) = line.as_ref().and_then(|line| at.get(line)) {
            let note = &mut notes[*known];
            if note.messages.len() < MERGED_MAX {
                note.messages.push(format!("{}: {message}", clean_line(&finding.rule)));
            } else {
                note.more += 1;
            }
            continue;
        }
        if let Some(line) = line {
            at.insert(line, notes.len());
        }
        let title = format!("{step} {}", clean_line(&finding.rule));
        notes.push(Note::new(finding.place.clone(), title, message));
    }
}

fn write(text: &mut String, level: &str, notes: &[Note]) {
    // The last one of a full list is spent on saying that there are more.
    let shown = if notes.len() > LEVEL_MAX { LEVEL_MAX - 1 } else { notes.len() };
    for note in &notes[..shown] {
        line(text, level, note);
    }
    if notes.len() > shown {
        let more = format!("{} more, see the report of the run", notes.len() - shown);
        line(text, level, &Note::new(None, "dod".to_owned(), more));
    }
}

fn line(text: &mut String, level: &str, note: &Note) {
    let mut properties = Vec::new();
    if let Some(place) = &note.place {
        properties.push(format!("file={}", property(&place.path)));
        let numbers =
            [("line", place.line), ("endLine", place.end_line), ("col", place.line.and(place.column))];
        for (name, number) in numbers {
            properties.extend(number.map(|number| format!("{name}={number}")));
        }
    }
    properties.push(format!("title={}", property(&note.title)));
    let mut message = note.messages.join("\n");
    if note.more > 0 {
        message.push_str(&format!("\nand {} more on this line", note.more));
    }
    text.push_str(&format!("::{level} {}::{}\n", properties.join(","), data(&message)));
}

/// Text of several lines without what would move a cursor.
fn clean_text(text: &str) -> String {
    clean(text, false).trim_end().to_owned()
}

/// A message: `%` first, else escapes would be escaped again.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value: as a message, and what ends a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
