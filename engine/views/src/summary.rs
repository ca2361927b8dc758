//! The end of a run: what is wrong first, what to do next, the verdict last.
//!
//! ```text
//!   failed and undecided steps, each with its rules, findings, tests or output, and the cure
//!   reasons that belong to no step
//!   warnings, what rests on earlier runs, what was not measured, waivers, definitions, the tree
//!   what to do next
//!   FAILED: 2 gates (5 passed) in 12.3s
//! ```
//!
//! **Absent on purpose:** everything that passed, unless the table of steps is asked for.

mod sections;

use crate::look::{Look, clean, clean_line};
use crate::story::{Step, Story};
use crate::{Sources, time, words};

/// Findings and tests shown for one step.
pub const SHOWN_MAX: usize = 10;

/// Lines of output shown for a step that broke.
pub const TAIL_LINES_MAX: usize = 10;

/// Characters shown of a line of output; a report for programs may be one long line.
pub const TAIL_CHARS_MAX: usize = 160;

/// Steps shown with their reasons; a run of a million steps must not print a million lines.
pub const STEPS_SHOWN_MAX: usize = 50;

/// How an entry of a run's settings begins that names a governed file which the change touches.
pub const GOVERNED_CHANGE: &str = "governed file changed: ";

/// What a summary is to contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// A table of all steps first: for `dod show`, where nobody watched.
    pub steps: bool,
}

/// The end of a run, or how far it has come, as text.
pub fn render(story: &Story, sources: Sources<'_>, look: Look, contents: Contents) -> String {
    let mut text = Text { look, lines: Vec::new() };
    if contents.steps {
        steps(story, &mut text);
    }
    sections::bad_steps(story, sources, &mut text);
    sections::other_reasons(story, sources, &mut text);
    sections::remarks(story, sources, &mut text);
    sections::waiting(story, &mut text);
    sections::next(story, &mut text);
    let headline = words::headline(story);
    text.gap();
    text.raw(format!("{}{}", look.paint(headline.paint, headline.word), headline.rest));
    clean(&(text.lines.join("\n") + "\n"), look.color)
}

/// Commands that help with a run, each with what it does.
pub(crate) fn commands(story: &Story) -> Vec<(String, &'static str)> {
    story.id().map(|id| sections::commands(story, words::short(id))).unwrap_or_default()
}

/// The last line alone.
pub fn headline(story: &Story, look: Look) -> String {
    let headline = words::headline(story);
    format!("{}{}", look.paint(headline.paint, headline.word), headline.rest)
}

/// The lines so far.
struct Text {
    look: Look,
    lines: Vec<String>,
}

impl Text {
    /// A line as it is.
    fn raw(&mut self, line: String) {
        self.lines.push(line);
    }

    /// An indented line without colors, cut to the width.
    fn item(&mut self, line: &str) {
        let line = self.look.cut(&format!("  {line}"));
        self.lines.push(line);
    }

    /// What to do about what was said last.
    fn todo(&mut self, advice: Option<String>) {
        if let Some(advice) = advice {
            let line = self.look.cut(&format!("  to do: {advice}"));
            self.lines.push(line);
        }
    }

    /// An empty line, unless there is one or nothing stands above.
    fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }
}

/// The table of steps, in the order in which they were heard of.
fn steps(story: &Story, text: &mut Text) {
    let shown: Vec<&Step> = story.shown().take(STEPS_SHOWN_MAX * 20).collect();
    let name_width = shown.iter().map(|step| step.name.chars().count()).max().unwrap_or(0).min(40);
    for step in &shown {
        let took = step.duration_ms().map(time::duration).unwrap_or_default();
        let name = pad(&label(step), name_width);
        let rest = format!("{name}  {took:>7}  {}", words::result(story, step));
        let word = text.look.standing(step.standing(), 14);
        let rest =
            Look { width: text.look.width.map(|width| width.saturating_sub(15)), ..text.look }.cut(&rest);
        text.raw(format!("{word} {rest}").trim_end().to_owned());
    }
    let more = story.shown().count().saturating_sub(shown.len());
    if more > 0 {
        text.raw(format!("and {more} more: `--format json` lists all of them"));
    }
    text.gap();
}

/// Text with spaces behind it, up to a width.
pub(crate) fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

/// A step's name; rounds after the first are numbered as people count.
pub(crate) fn label(step: &Step) -> String {
    let name = clean_line(&step.name);
    match step.id.round {
        0 => name,
        round => format!("{name} (round {})", round + 1),
    }
}
