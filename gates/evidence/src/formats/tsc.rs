//! `tsc`: lines of the TypeScript compiler with `--pretty false`, `src/a.ts(3,7): error TS2322: text`.
//!
//! It prints nothing when it has nothing to say, so an empty report is clean. An error without a place (a
//! broken `tsconfig.json`, no input files) is a finding without a place. Indented lines go on with the
//! message before.
//!
//! **Cannot be known:** whether whole lines are missing at the end: the format has no end marker.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::error::Result;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::text;

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    const LINE: &str = "a line like `src/a.ts(3,7): error TS2322: text`";
    let mut findings = Findings::default();
    let mut buffer = Vec::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        let text = line.text;
        let goes_on = text.starts_with([' ', '\t']) && findings.len() > 0;
        if text.is_empty() || goes_on || is_closing(text) {
            continue;
        }
        let found = parse(text).ok_or(line.malformed(LINE))?;
        let place = found.place.map(|(file, row, column)| context.place(file, Some(row), Some(column)));
        findings.push(Seen::new(found.rule, found.message, found.severity, place))?;
    }
    Ok(Evidence { findings: Some(findings.finish()), ..Evidence::default() })
}

struct Found<'a> {
    place: Option<(&'a str, u32, u32)>,
    severity: Severity,
    rule: &'a str,
    message: &'a str,
}

fn parse(text: &str) -> Option<Found<'_>> {
    if let Some(found) = problem(text) {
        return Some(found);
    }
    // A path may hold `): ` itself, so every such place is tried.
    text.match_indices("): ").find_map(|(at, _)| {
        let found = problem(&text[at + 3..])?;
        let (file, position) = text[..at].rsplit_once('(')?;
        let (row, column) = position.split_once(',')?;
        let place = (file, text::line_number(row)?, text::line_number(column)?);
        Some(Found { place: Some(place), ..found })
    })
}

/// `error TS2322: text`
fn problem(text: &str) -> Option<Found<'_>> {
    let (word, rest) = text.split_once(' ')?;
    let severity = match word {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "message" | "suggestion" => Severity::Note,
        _ => return None,
    };
    let (rule, message) = rest.split_once(": ")?;
    let digits = rule.strip_prefix("TS")?;
    let sound = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    sound.then_some(Found { place: None, severity, rule, message })
}

/// `Found 3 errors in 2 files.`
fn is_closing(text: &str) -> bool {
    text.starts_with("Found ") && text.contains(" error")
}

#[cfg(test)]
mod tests;
