//! `rustc`: JSON lines of `rustc --error-format=json`, without cargo around it.
//!
//! A compiler with nothing to say prints nothing, so an empty report is clean. One that says anything closes with
//! how much it said (`aborting due to 2 previous errors; 1 warning emitted`); a report without that was cut off,
//! and the numbers are compared with the count.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::coverage::compare;
use crate::documents::{self, Next};
use crate::error::{ReadError, Result};
use crate::findings::Findings;
use crate::formats::cargo;
use crate::input::Input;
use crate::json::Value;
use crate::text;

const EXPECTED: &str = "JSON lines of rustc";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut findings = Findings::default();
    let mut closing = Vec::new();
    let mut plain = false;
    let documents = documents::each(input, |next, spot| {
        let document = match next {
            Next::Document(document) => document,
            Next::Plain(_) => {
                plain = true;
                return Ok(());
            }
        };
        if !is_diagnostic(&document) {
            let of_rustc =
                document.get("$message_type").text().is_some() || !document.get("artifact").is_null();
            return match of_rustc {
                true => Ok(()),
                false => Err(spot.malformed("a message of rustc")),
            };
        }
        cargo::message(&document, context, &mut findings, &mut closing, &|expected| spot.malformed(expected))
    })?;
    if documents == 0 && plain {
        return Err(ReadError::OtherFormat {
            expected: EXPECTED,
            found: "text without JSON lines".to_owned(),
        });
    }
    let count = |severity| findings.iter().filter(|one| one.severity == severity).count() as u64;
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let said = closing.iter().map(|(_, text)| declared(text));
    let (mut stated_errors, mut stated_warnings) = (None, None);
    for (errors, warnings) in said {
        stated_errors = stated_errors.or(errors);
        stated_warnings = stated_warnings.or(warnings);
    }
    if (errors > 0 && stated_errors.is_none())
        || (warnings > 0 && stated_errors.or(stated_warnings).is_none())
    {
        return Err(ReadError::CutOff { at: input.at() });
    }
    if (stated_errors.is_some() && errors == 0) || (stated_warnings.is_some() && warnings == 0) {
        let message = "the compiler counts messages, and none of them is here".to_owned();
        return Err(ReadError::ToolFailed { message });
    }
    let mut evidence = Evidence::default();
    compare(&mut evidence.mismatches, "findings.error", stated_errors, errors);
    compare(&mut evidence.mismatches, "findings.warning", stated_warnings, warnings);
    evidence.findings = Some(findings.finish_once());
    Ok(evidence)
}

/// A diagnostic; older versions do not name the type of their messages.
fn is_diagnostic(document: &Value) -> bool {
    match document.get("$message_type").text() {
        Some(kind) => kind == "diagnostic",
        None => document.get("level").text().is_some() && document.get("message").text().is_some(),
    }
}

/// Errors and warnings that a closing line declares: `aborting due to 2 previous errors; 1 warning emitted`.
fn declared(text: &str) -> (Option<u64>, Option<u64>) {
    let (first, second) = text.split_once("; ").unwrap_or((text, ""));
    let errors = first.strip_prefix("aborting due to ").map(|rest| {
        // One error is `previous error` in older versions.
        rest.split(' ').next().and_then(text::count).unwrap_or(1)
    });
    let warnings = [first, second].into_iter().find_map(|part| {
        let (count, rest) = part.split_once(' ')?;
        rest.starts_with("warning").then(|| text::count(count)).flatten()
    });
    (errors, warnings)
}

#[cfg(test)]
mod tests;
