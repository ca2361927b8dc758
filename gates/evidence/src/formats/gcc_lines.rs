//! `gcc_lines`: one finding per line, `path:line:col: level: text [rule]`, of gcc, clang, `shellcheck -f gcc`
//! and many others.
//!
//! A tool of this kind prints nothing when it has nothing to say, so an empty report is clean; whether the
//! tool lived is told by its exit code, which the catalogue knows. A line that is neither a finding nor
//! one of the known companions of findings is an error.
//!
//! **Cannot be known:** whether whole lines are missing at the end: the format has no end marker.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::error::Result;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::text;

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut findings = Findings::default();
    let mut buffer = Vec::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        if let Some(found) = parse(line.text) {
            push(&mut findings, &found, context)?;
        } else if !is_companion(line.text) {
            return Err(line.malformed(EXPECTED));
        }
    }
    Ok(Evidence { findings: Some(findings.finish()), ..Evidence::default() })
}

/// A finding of one line.
pub(crate) struct Found<'a> {
    path: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    level: &'a str,
    pub(crate) severity: Severity,
    message: &'a str,
    rule: Option<&'a str>,
}

/// Adds a finding. A note without a rule explains the finding before it and is none itself.
pub(crate) fn push(findings: &mut Findings, found: &Found<'_>, context: &Context<'_>) -> Result<()> {
    if found.severity == Severity::Note && found.rule.is_none() && findings.len() > 0 {
        return Ok(());
    }
    let place = context.place(found.path, found.line, found.column);
    let rule = found.rule.or(context.rule).unwrap_or(found.level);
    findings.push(Seen {
        original: Some(found.level),
        ..Seen::new(rule, found.message, found.severity, Some(place))
    })
}

/// A line in the form of a compiler's message. The path may hold colons (`C:\…`), so the level is sought first.
pub(crate) fn parse(text: &str) -> Option<Found<'_>> {
    let mut from = 0;
    while let Some(at) = text[from..].find(": ") {
        let (before, after) = (&text[..from + at], &text[from + at + 2..]);
        from += at + 2;
        let Some((level, severity, message)) = level(after) else { continue };
        let (path, line, column) = place(before)?;
        let (message, rule) = split_rule(message.trim());
        return Some(Found { path, line, column, level, severity, message, rule });
    }
    None
}

/// What a line that is not understood should have been.
pub(crate) const EXPECTED: &str = "a line like `path:line:col: level: text [rule]`";

/// What compilers print around findings: quoted code, where it was included from, closing counts.
pub(crate) fn is_companion(text: &str) -> bool {
    text.is_empty()
        || text.starts_with([' ', '\t'])
        || text.starts_with("In file included from ")
        || text == "compilation terminated."
        || [
            ": In function ",
            ": In member function ",
            ": In constructor ",
            ": At top level:",
            ": In instantiation of ",
        ]
        .iter()
        .any(|around| text.contains(around))
        || (text.ends_with(" generated.") && text.starts_with(|first: char| first.is_ascii_digit()))
        || text.ends_with(": all warnings being treated as errors")
}

fn level(text: &str) -> Option<(&str, Severity, &str)> {
    let (word, message) = text.split_once(": ")?;
    let severity = match word {
        "error" | "fatal error" => Severity::Error,
        "warning" => Severity::Warning,
        "note" | "info" | "style" | "remark" => Severity::Note,
        _ => return None,
    };
    Some((word, severity, message))
}

/// `path`, `path:line` or `path:line:column`.
fn place(text: &str) -> Option<(&str, Option<u32>, Option<u32>)> {
    let number =
        |text: &str| text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text::line_number(text));
    let split = |text| -> Option<(&str, Option<u32>)> {
        let (rest, last) = str::rsplit_once(text, ':')?;
        (!rest.is_empty() && !last.is_empty()).then_some(())?;
        Some((rest, number(last)?))
    };
    match split(text) {
        None => (!text.is_empty()).then_some((text, None, None)),
        Some((rest, last)) => match split(rest) {
            Some((path, line)) => Some((path, line, last)),
            None => Some((rest, last, None)),
        },
    }
}

/// `text [rule]`, where the rule is one word.
fn split_rule(text: &str) -> (&str, Option<&str>) {
    let found = text.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    match found {
        Some((message, rule))
            if !rule.is_empty() && !rule.contains(char::is_whitespace) && !message.is_empty() =>
        {
            (message.trim_end(), Some(rule.strip_prefix("-W").unwrap_or(rule)))
        }
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests;
