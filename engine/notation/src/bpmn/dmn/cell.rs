//! The text of a cell → a tree whose ranges are bytes of the file.
//!
//! **Absent on purpose:** columns and rules.

use std::ops::Range;

use super::codes;
use super::xml::Document;
use crate::bpmn::dialect::{Dialect, EXPRESSION_BYTES_MAX, Misfit, parse::Parser, tree::Node};
use crate::bpmn::read;
use crate::diagnose::{Diagnostic, Diagnostics};

/// A text of a file: decoded, and where it stands.
pub(super) struct Cell<'d> {
    document: &'d Document<'d>,
    pub(super) text: String,
    /// What stands between the tags.
    inside: Range<usize>,
    /// The start tag of what holds the text.
    pub(super) tag: Range<usize>,
}

impl<'d> Cell<'d> {
    /// The `<text>` in an element.
    pub(super) fn of(document: &'d Document<'d>, element: usize) -> Self {
        let tag = document.elements[element].tag.clone();
        let inside = document.first(element, "text").map(|text| document.elements[text].inside.clone());
        let inside = inside.unwrap_or(tag.end..tag.end);
        let raw = document.source.get(inside.clone()).unwrap_or("");
        Self { document, text: read::content(raw).into_owned(), inside, tag }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Bytes of the file that bytes of the text come from.
    fn place(&self, range: &Range<usize>) -> Range<usize> {
        let raw = self.document.source.get(self.inside.clone()).unwrap_or("");
        let start = read::raw_offset(raw, range.start);
        // Behind the last character, not behind markup that follows it.
        let last =
            self.text.get(..range.end).and_then(|text| text.chars().next_back()).map_or(0, char::len_utf8);
        let end = match range.end.checked_sub(last).filter(|_| !range.is_empty()) {
            Some(last) => {
                let last = read::raw_offset(raw, last);
                let rest = raw.get(last..).unwrap_or("");
                last + read::resolve(rest)
                    .map_or(rest.chars().next().map_or(0, char::len_utf8), |(_, length)| length)
            }
            None => start,
        };
        self.inside.start + start..self.inside.start + end.max(start)
    }

    /// The language of a text, where it says one.
    pub(super) fn dialect(
        &self,
        element: usize,
        file: Option<&str>,
        problems: &mut Diagnostics,
    ) -> Option<Dialect> {
        let own = self.document.elements[element].attribute("expressionLanguage");
        match Dialect::of(&self.text, own.map(|(name, _)| name), file) {
            // DMN says FEEL where nobody says anything.
            Ok(Dialect::Plain) => Some(Dialect::Feel),
            Ok(dialect) => Some(dialect),
            Err(unknown) => {
                let message = format!("the language `{}` is not known", read::short(unknown));
                let place = own.map_or(&self.tag, |(_, place)| place);
                let problem = Diagnostic::error(codes::LANGUAGE, self.document.span(place), message);
                problems.push(problem.hint("tables are in FEEL"));
                None
            }
        }
    }

    /// Reads the text as one expression, or with another reader. `None` where it is wrong, and that was said.
    pub(super) fn read<T>(
        &self,
        dialect: Dialect,
        problems: &mut Diagnostics,
        read: impl FnOnce(Parser<'_>) -> Result<T, Misfit>,
    ) -> Option<T> {
        let found = match self.text.len() > EXPRESSION_BYTES_MAX {
            true => Err(Misfit::new(0..0, format!("a cell has at most {EXPRESSION_BYTES_MAX} bytes"))),
            false => {
                let inside = dialect.inside(&self.text);
                inside.and_then(|inside| Parser::new(&self.text, inside, dialect)).and_then(read)
            }
        };
        match found {
            Ok(found) => Some(found),
            Err(misfit) => {
                let place = self.document.span(&self.place(&misfit.range));
                problems.push(Diagnostic::error(codes::CELL, place, misfit.message).maybe_hint(misfit.hint));
                None
            }
        }
    }

    /// A tree whose ranges are bytes of the file.
    pub(super) fn placed(&self, mut node: Node) -> Node {
        node.each(&mut |part| part.range = self.place(&part.range));
        node
    }
}
