//! `cargo`: JSON lines of `cargo build`, `check`, `clippy --message-format=json`.
//!
//! Only `"reason": "compiler-message"` is a finding; plain lines between the JSON are passed over. Without
//! `build-finished` the build died. A library and its tests are compiled one after the other and say the
//! same twice: what agrees in rule, place and message is one finding.

use dod_kernel::evidence::{Evidence, Place, Severity};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::json::{Json, Value};
use crate::path;

const EXPECTED: &str = "JSON lines of cargo";

/// How many expansions of macros are followed to find the place that the project can change.
const EXPANSIONS_MAX: usize = 64;

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let findings = messages(input, context)?;
    Ok(Evidence { findings: Some(findings.finish_once()), ..Evidence::default() })
}

/// All compiler messages that are findings, twins included.
pub(crate) fn messages(input: &mut Input<'_>, context: &Context<'_>) -> Result<Findings> {
    let mut findings = Findings::default();
    let mut closing = Vec::new();
    let mut finished = None;
    let mut documents = 0u64;
    let mut buffer = Vec::new();
    while let Some(first) = input.peek()? {
        if first != b'{' {
            input.line_into(&mut buffer)?;
            continue;
        }
        let (line, at) = (input.line(), input.at());
        let document = Json::new(input).value()?;
        if input.line_into(&mut buffer)?.is_some_and(|rest| !rest.text.trim().is_empty()) {
            return Err(ReadError::Malformed { line, at, expected: "one JSON object" });
        }
        documents += 1;
        let malformed = |expected| ReadError::Malformed { line, at, expected };
        match document.get("reason").text() {
            Some("compiler-message") => {
                message(document.get("message"), context, &mut findings, &mut closing, &malformed)?;
            }
            Some("build-finished") => {
                let success = document.get("success").bool();
                finished = Some(success.ok_or(malformed("`build-finished` with `success`"))?);
            }
            Some(_) => {}
            None if documents == 1 => {
                let found = "JSON lines without a `reason`".to_owned();
                return Err(ReadError::OtherFormat { expected: EXPECTED, found });
            }
            None => return Err(malformed("a message with a `reason`")),
        }
    }
    let at = input.at();
    match finished {
        None if documents == 0 => {
            Err(ReadError::OtherFormat { expected: EXPECTED, found: "text without JSON lines".to_owned() })
        }
        None => Err(ReadError::CutOff { at }),
        Some(success) => {
            // A closing line sums up what was said before; where nothing was, it is all there is.
            if findings.len() == 0 {
                for (_, text) in closing.iter().filter(|(severity, _)| *severity == Severity::Error) {
                    findings.push(Seen::new("rustc", text, Severity::Error, None))?;
                }
            }
            if !success && !findings.iter().any(|one| one.severity == Severity::Error) {
                let message = "the build failed, and no compiler message says why".to_owned();
                return Err(ReadError::ToolFailed { message });
            }
            Ok(findings)
        }
    }
}

/// Takes one diagnostic of the compiler; what only sums up others goes to `closing`.
pub(crate) fn message(
    message: &Value,
    context: &Context<'_>,
    findings: &mut Findings,
    closing: &mut Vec<(Severity, String)>,
    malformed: &dyn Fn(&'static str) -> ReadError,
) -> Result<()> {
    let level = message.get("level").text().ok_or(malformed("a compiler message with a level"))?;
    let text = message.get("message").text().ok_or(malformed("a compiler message with its text"))?;
    let severity = match level {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "note" | "help" | "failure-note" => Severity::Note,
        level if level.contains("internal compiler error") => {
            return Err(ReadError::ToolFailed { message: text.to_owned() });
        }
        _ => return Err(malformed("a compiler message with a level that rustc has")),
    };
    let code = message.at(&["code", "code"]).text();
    let spans = message.get("spans").list();
    if code.is_none() && spans.is_empty() && sums_up(text) {
        closing.push((severity, text.to_owned()));
        return Ok(());
    }
    let span = spans.iter().find(|span| span.get("is_primary").bool() == Some(true)).or(spans.first());
    let span = span.map(|span| own_code(span, context));
    let quoted =
        span.and_then(|span| span.get("text").list().first()).and_then(|line| line.get("text").text());
    findings.push(Seen {
        original: Some(level).filter(|_| severity == Severity::Note),
        quoted,
        ..Seen::new(code.unwrap_or("rustc"), text, severity, span.and_then(|span| place(span, context)))
    })
}

/// `aborting due to 2 previous errors; 1 warning emitted`, `3 warnings emitted`, `Some errors have …`.
fn sums_up(text: &str) -> bool {
    let counted = text.split_once(' ').is_some_and(|(count, rest)| {
        count.bytes().all(|digit| digit.is_ascii_digit())
            && matches!(rest, "warning emitted" | "warnings emitted")
    });
    let begins = |with: &str| text.starts_with(with);
    counted
        || begins("aborting due to ")
        || begins("Some errors have detailed explanations: ")
        || begins("For more information about ")
}

/// Where a macro of another crate is expanded, the place in the project's own code.
fn own_code<'v>(span: &'v Value, context: &Context<'_>) -> &'v Value {
    let mut at = span;
    for _ in 0..EXPANSIONS_MAX {
        let file = at.get("file_name").text().unwrap_or_default();
        let outside = file.starts_with('<') || path::is_absolute(&context.path(file));
        let next = at.at(&["expansion", "span"]);
        if !outside || next.is_null() {
            break;
        }
        at = next;
    }
    at
}

fn place(span: &Value, context: &Context<'_>) -> Option<Place> {
    let file = span.get("file_name").text()?;
    let mut place = context.place(file, span.get("line_start").index(), span.get("column_start").index());
    place.end_line = span.get("line_end").index().filter(|line| *line > 0);
    Some(place)
}

#[cfg(test)]
mod tests;
