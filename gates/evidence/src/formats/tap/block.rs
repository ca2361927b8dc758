//! What follows a test point and tells more of it: a block of YAML, or comments.
//!
//! **Absent on purpose:** YAML as such. Three keys are looked for, and the rest is kept as it stands.

use dod_kernel::evidence::Place;

use super::point::whole_ms;
use crate::context::Context;
use crate::text;

/// Keys whose text says what went wrong, the best first.
const MESSAGES: [&str; 3] = ["message:", "error:", "name:"];

/// Keys whose text says where.
const PLACES: [&str; 3] = ["at:", "location:", "file:"];

#[derive(Debug, Default)]
pub(super) struct Block {
    state: State,
    /// The lines, without their indentation.
    yaml: String,
    comments: String,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Before,
    /// Between `---` and `...`, which stand so many bytes from the left.
    Open(usize),
    Closed,
}

impl Block {
    /// A line that begins with white space.
    pub(super) fn indented(&mut self, line: &str) {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        match self.state {
            State::Before if text == "---" => self.state = State::Open(indent),
            // What is indented and no YAML is a subtest of the next test.
            State::Before => self.state = State::Closed,
            // Deeper in, it is part of what is quoted.
            State::Open(begun) if text == "..." && indent <= begun => self.state = State::Closed,
            State::Open(_) => keep(&mut self.yaml, text),
            State::Closed => {}
        }
    }

    /// What follows a `#` at the beginning of a line.
    pub(super) fn comment(&mut self, comment: &str) {
        keep(&mut self.comments, comment.trim());
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// What went wrong.
    pub(super) fn message(&self) -> Option<&str> {
        let said = MESSAGES.iter().find_map(|key| self.value(key));
        said.or(Some(self.yaml.trim()))
            .filter(|text| !text.is_empty())
            .or(Some(self.comments.trim()))
            .filter(|text| !text.is_empty())
    }

    pub(super) fn duration_ms(&self) -> Option<u64> {
        whole_ms(self.value("duration_ms:")?)
    }

    /// Where it went wrong: `at: 'lib/a.js:12:5'`, or Perl's `at t/a.t line 12.`
    pub(super) fn place(&self, context: &Context<'_>) -> Option<Place> {
        let said = PLACES.iter().find_map(|key| self.value(key));
        said.and_then(|said| colons(said, context)).or_else(|| perl(&self.comments, context))
    }

    /// The text behind a key; of a block scalar (`|-`) its first line.
    fn value(&self, key: &str) -> Option<&str> {
        let mut lines = self.yaml.lines();
        let value = lines.find_map(|line| line.strip_prefix(key))?.trim();
        let value =
            if matches!(value, "|" | "|-" | ">" | ">-" | "|+") { lines.next()?.trim() } else { value };
        let value = value.trim_matches(['"', '\'']);
        (!value.is_empty()).then_some(value)
    }
}

fn keep(all: &mut String, line: &str) {
    if all.len() < text::MESSAGE_BYTES_MAX {
        all.push_str(text::cut(line, text::MESSAGE_BYTES_MAX));
        all.push('\n');
    }
}

/// `lib/a.js:12:5`, `Object.<anonymous> (lib/a.js:12:5)`
fn colons(said: &str, context: &Context<'_>) -> Option<Place> {
    let said = said.rsplit_once('(').map_or(said, |(_, inner)| inner).trim_end_matches(')');
    let mut parts = said.rsplitn(3, ':');
    let last = parts.next().and_then(text::line_number)?;
    let before = parts.next()?;
    Some(match (text::line_number(before), parts.next()) {
        (Some(line), Some(path)) => context.place(path, Some(line), Some(last)),
        (_, None) => context.place(before, Some(last), None),
        (None, Some(path)) => context.place(&format!("{path}:{before}"), Some(last), None),
    })
}

fn perl(comments: &str, context: &Context<'_>) -> Option<Place> {
    let said = comments.lines().find_map(|line| line.strip_prefix("at "))?;
    let (path, line) = said.trim_end_matches('.').rsplit_once(" line ")?;
    Some(context.place(path, Some(text::line_number(line)?), None))
}
