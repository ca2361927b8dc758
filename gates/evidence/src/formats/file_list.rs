//! `file_list`: each file that is named is one finding, under the rule that the caller gives.
//!
//! Formatters in checking mode: bare paths (`gofmt -l`, `rustfmt --check -l`, `prettier -l`), and the talk of
//! `ruff format --check`, `black --check`, `prettier --check` and `rustfmt --check`, of which the paths are
//! taken. Nothing named is clean; whether the tool lived is told by its exit code, which the catalogue knows.
//! A line that is not known talk is taken for a path, so that no complaint is lost. A tool that closes with
//! a line (ruff, prettier) must have closed with it.
//!
//! **Cannot be known:** whether bare paths are missing at the end: the format has no end marker.

use std::collections::BTreeSet;

use dod_kernel::evidence::{Evidence, Severity};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::coverage::compare;
use crate::error::{ReadError, Result};
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::text;

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut reader = Reader {
        context,
        rule: context.rule.unwrap_or("file_list"),
        findings: Findings::default(),
        listed: BTreeSet::new(),
        declared: None,
        around: Around::Nothing,
        owes_closing: false,
    };
    let mut buffer = Vec::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        reader.line(line.text)?;
    }
    if reader.owes_closing || matches!(reader.around, Around::Headed(_)) {
        return Err(ReadError::CutOff { at: input.at() });
    }
    let mut evidence = Evidence::default();
    compare(&mut evidence.mismatches, "findings", reader.declared, reader.listed.len() as u64);
    evidence.findings = Some(reader.findings.finish());
    Ok(evidence)
}

struct Reader<'c> {
    context: &'c Context<'c>,
    rule: &'c str,
    findings: Findings,
    /// Files named so far: several differences in one file are one finding.
    listed: BTreeSet<Name>,
    /// How many files the tool says it named.
    declared: Option<u64>,
    around: Around,
    /// The tool began to talk in a way that it ends with a closing line.
    owes_closing: bool,
}

/// What the lines before make of this one.
enum Around {
    Nothing,
    /// A difference in rustfmt's form; quoted lines begin with a blank, `+` or `-`.
    Diff,
    /// Ruff has said what is wrong, and says next where.
    Headed(String),
    /// Ruff quotes, up to an empty line.
    Quote,
}

/// What ruff calls a file that is sound and not formatted.
const UNFORMATTED: &str = "unformatted: File would be reformatted";

/// How ruff begins what it says of a file that does not parse.
const INVALID: &str = "invalid-syntax: ";

/// How prettier ends what it says.
const CLOSINGS: &[&str] = &[
    "All matched files use Prettier code style!",
    "[warn] Code style issues ",
    "Code style issues ",
    "Error occurred when checking code style ",
];

/// How black ends what it says.
const FAREWELLS: &[&str] = &["All done! ", "Oh no! "];

impl Reader<'_> {
    fn line(&mut self, text: &str) -> Result<()> {
        let trimmed = text.trim();
        match &self.around {
            Around::Headed(message) => {
                let Some(place) = trimmed.strip_prefix("--> ") else { return Ok(()) };
                let message = message.clone();
                self.around = Around::Quote;
                return self.ruff(&message, place);
            }
            Around::Quote if !text.is_empty() => return Ok(()),
            Around::Quote => self.around = Around::Nothing,
            Around::Diff if text.starts_with([' ', '+', '-']) => return Ok(()),
            Around::Diff | Around::Nothing => {}
        }
        if trimmed.is_empty() || FAREWELLS.iter().any(|farewell| trimmed.starts_with(farewell)) {
            return Ok(());
        }
        if let Some(rest) = trimmed.strip_prefix("Diff in ") {
            self.around = Around::Diff;
            let (path, row) = diff_place(rest);
            return self.list(path, row);
        }
        if trimmed == UNFORMATTED || trimmed.starts_with(INVALID) {
            self.owes_closing = true;
            self.around = Around::Headed(trimmed.to_owned());
            return Ok(());
        }
        if trimmed == "Checking formatting..." {
            self.owes_closing = true;
            return Ok(());
        }
        if CLOSINGS.iter().any(|closing| trimmed.starts_with(closing)) {
            self.owes_closing = false;
            return Ok(());
        }
        if let Some(declared) = total(trimmed) {
            self.owes_closing = false;
            self.declared = Some(declared);
            return Ok(());
        }
        self.named(trimmed)
    }

    /// A line that names a file, in one of the forms that stand alone.
    fn named(&mut self, text: &str) -> Result<()> {
        for head in ["Would reformat: ", "would reformat ", "[warn] "] {
            if let Some(path) = text.strip_prefix(head) {
                return self.list(path, None);
            }
        }
        for trouble in ["[error] ", "error: "] {
            match text.strip_prefix(trouble) {
                // Prettier goes on with the code that it could not read.
                Some(quoted) if quoted.starts_with([' ', '>']) => return Ok(()),
                Some(message) => return self.trouble(message, None, None),
                None => {}
            }
        }
        // The concise form of ruff: `a.py:1:6: unformatted: File would be reformatted`.
        let concise = [UNFORMATTED, INVALID].iter().find_map(|word| text.find(&format!(": {word}")));
        match concise {
            Some(at) => {
                self.owes_closing = true;
                self.ruff(&text[at + 2..], &text[..at])
            }
            None => self.list(text, None),
        }
    }

    fn ruff(&mut self, message: &str, place: &str) -> Result<()> {
        let mut parts = place.rsplitn(3, ':');
        let numbers = (parts.next().and_then(text::line_number), parts.next().and_then(text::line_number));
        let (path, row) = match (numbers, parts.next()) {
            ((Some(_), Some(row)), Some(path)) => (path, Some(row)),
            _ => (place, None),
        };
        match message == UNFORMATTED {
            true => self.list(path, None),
            false => self.trouble(message, Some(path), row),
        }
    }

    fn list(&mut self, path: &str, row: Option<u32>) -> Result<()> {
        let place = self.context.place(path, row, None);
        match self.listed.insert(place.path.clone()) {
            true => self.findings.push(Seen::new(self.rule, "is listed", Severity::Error, Some(place))),
            false => Ok(()),
        }
    }

    /// The tool could not even read a file.
    fn trouble(&mut self, message: &str, path: Option<&str>, row: Option<u32>) -> Result<()> {
        let place = path.map(|path| self.context.place(path, row, None));
        self.findings.push(Seen::new(self.rule, message, Severity::Error, place))
    }
}

/// `/home/me/src/main.rs:12:`, older `/home/me/src/main.rs at line 12:`
fn diff_place(text: &str) -> (&str, Option<u32>) {
    let text = text.strip_suffix(':').unwrap_or(text);
    let split = text.rsplit_once(" at line ").or_else(|| text.rsplit_once(':'));
    match split {
        Some((path, row)) if text::line_number(row).is_some() => (path, text::line_number(row)),
        _ => (text, None),
    }
}

/// `1 file would be reformatted, 2 files already formatted`, black's `… would be left unchanged.`
fn total(text: &str) -> Option<u64> {
    let mut reformatted = 0;
    for part in text.trim_end_matches('.').split(", ") {
        let (count, rest) = part.split_once(' ')?;
        let count = text::count(count)?;
        match rest.strip_prefix("files ").or(rest.strip_prefix("file "))? {
            "would be reformatted" => reformatted = count,
            "already formatted" | "would be left unchanged" | "left unchanged" => {}
            _ => return None,
        }
    }
    Some(reformatted)
}

#[cfg(test)]
mod tests;
