//! `file_list`: each file that is named is one finding, under the rule that the caller gives.
//!
//! Formatters in checking mode: bare paths (`gofmt -l`, `rustfmt --check -l`, `prettier -l`), and the talk of
//! `ruff format --check`, `black --check`, `prettier --check` and `rustfmt --check`, of which the paths are
//! taken. Nothing named is clean; whether the tool lived is told by its exit code, which the catalogue knows.
//! A line that is not known talk is taken for a path, so that no complaint is lost.
//!
//! **Cannot be known:** whether bare paths are missing at the end: the format has no end marker.

use std::collections::BTreeSet;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Mismatch, Severity};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::error::Result;
use crate::findings::{FINDINGS_MAX, Findings, Seen};
use crate::input::Input;
use crate::text;

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let rule = context.rule.unwrap_or("file_list");
    let mut findings = Findings::default();
    let mut listed: BTreeSet<Name> = BTreeSet::new();
    let mut declared = None;
    let mut in_diff = false;
    let mut buffer = Vec::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        match classify(line.text, in_diff) {
            Said::Path(path) => {
                let place = context.place(path, None, None);
                if listed.len() < FINDINGS_MAX && listed.insert(place.path.clone()) {
                    findings.push(Seen::new(rule, "is listed", Severity::Error, Some(place)))?;
                }
            }
            Said::Diff(path, row) => {
                in_diff = true;
                let place = context.place(path, row, None);
                if listed.len() < FINDINGS_MAX && listed.insert(place.path.clone()) {
                    findings.push(Seen::new(rule, "is listed", Severity::Error, Some(place)))?;
                }
            }
            Said::Trouble(message) => findings.push(Seen::new(rule, message, Severity::Error, None))?,
            Said::Total(count) => declared = Some(count),
            Said::Talk => {}
        }
    }
    let mut evidence = Evidence::default();
    if let Some(declared) = declared.filter(|declared| *declared != listed.len() as u64) {
        evidence.mismatches.push(Mismatch {
            counted: Decimal::from(listed.len() as u64),
            declared: Decimal::from(declared),
            name: "findings".into(),
        });
    }
    evidence.findings = Some(findings.finish());
    Ok(evidence)
}

/// What a line says.
enum Said<'a> {
    Path(&'a str),
    Diff(&'a str, Option<u32>),
    Trouble(&'a str),
    Total(u64),
    Talk,
}

/// Lines that name no file.
const TALK: &[&str] = &[
    "Checking formatting...",
    "All matched files use Prettier code style!",
    "All done! ✨ 🍰 ✨",
    "Oh no! 💥 💔 💥",
];

fn classify(text: &str, in_diff: bool) -> Said<'_> {
    let trimmed = text.trim();
    if let Some(rest) = trimmed.strip_prefix("Diff in ") {
        let (path, row) = diff_place(rest);
        return Said::Diff(path, row);
    }
    if trimmed.is_empty() || TALK.contains(&trimmed) || (in_diff && text.starts_with([' ', '+', '-'])) {
        return Said::Talk;
    }
    if let Some(path) = trimmed.strip_prefix("Would reformat: ").or(trimmed.strip_prefix("would reformat ")) {
        return Said::Path(path);
    }
    if let Some(warned) = trimmed.strip_prefix("[warn] ") {
        return if warned.starts_with("Code style issues ") { Said::Talk } else { Said::Path(warned) };
    }
    for trouble in ["[error] ", "error: "] {
        if let Some(message) = trimmed.strip_prefix(trouble) {
            return Said::Trouble(message);
        }
    }
    match total(trimmed) {
        Some(count) => Said::Total(count),
        None => Said::Path(trimmed),
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
