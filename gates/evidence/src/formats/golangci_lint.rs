//! `golangci_lint`: JSON of golangci-lint 1 and 2: `Issues` and `Report`.
//!
//! `"Issues": null` beside a `Report` means that it looked and found nothing. `Report.Error` means that a linter
//! broke down, whatever the others found. Every issue fails the run unless the configuration gives it another
//! severity, so it is an error where none is given or its word is not known. Version 2 prints a summary behind
//! the document, which is compared with the count.
//!
//! **Absent on purpose:** what `nolint` takes out; the tool does not tell.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::coverage::compare;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::json::{Json, Kind, Value};
use crate::text;

const EXPECTED: &str = "JSON of golangci-lint";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut findings = Findings::default();
    document(input, context, &mut findings)?;
    let declared = summary(input)?;
    let mut evidence = Evidence::default();
    compare(&mut evidence.mismatches, "findings", declared, findings.len() as u64);
    evidence.findings = Some(findings.finish());
    Ok(evidence)
}

fn document(input: &mut Input<'_>, context: &Context<'_>, findings: &mut Findings) -> Result<()> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let (mut issues, mut report) = (None, Value::Null);
    let mut rest = Vec::new();
    json.object(|json, key| {
        match key {
            "Issues" if json.kind()? == Kind::Null => {
                issues = Some(false);
                json.skip()?;
            }
            "Issues" => {
                issues = Some(true);
                json.array(|json| {
                    let issue = json.value()?;
                    finding(&issue, context, findings, json)
                })?;
            }
            "Report" => report = json.value()?,
            key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    let told = matches!(report, Value::Map(_));
    // Without a report only issues show that this is one.
    if issues.is_none() || (!told && findings.len() == 0) {
        return Err(excuse::no_shape(rest, EXPECTED, "a JSON object without `Issues` and `Report`"));
    }
    match report.get("Error").text().map(str::trim) {
        None | Some("") => Ok(()),
        Some(error) => Err(ReadError::ToolFailed { message: text::cut(error, 500).to_owned() }),
    }
}

fn finding(issue: &Value, context: &Context<'_>, findings: &mut Findings, json: &Json<'_, '_>) -> Result<()> {
    const ISSUE: &str = "an issue of golangci-lint with a linter, a text and a position";
    let malformed = || json.malformed(ISSUE);
    let linter = issue.get("FromLinter").text().ok_or_else(malformed)?;
    let message = issue.get("Text").text().ok_or_else(malformed)?;
    let position = issue.get("Pos");
    let file = position.get("Filename").text().ok_or_else(malformed)?;
    let word = issue.get("Severity").text().map(str::trim).filter(|word| !word.is_empty());
    let severity = match word.unwrap_or("error").to_ascii_lowercase().as_str() {
        "medium" | "minor" | "warning" => Severity::Warning,
        "hint" | "info" | "information" | "low" | "note" => Severity::Note,
        _ => Severity::Error,
    };
    let mut place = context.place(file, position.get("Line").index(), position.get("Column").index());
    let last = issue.at(&["LineRange", "To"]).index();
    place.end_line = last.filter(|last| place.line.is_some_and(|line| *last >= line));
    findings.push(Seen {
        original: word,
        quoted: issue.get("SourceLines").list().first().and_then(Value::text),
        ..Seen::new(linter, message, severity, Some(place))
    })
}

/// Version 2 writes behind the document: `3 issues:` and a line `* linter: 2` for each, or `0 issues.`.
fn summary(input: &mut Input<'_>) -> Result<Option<u64>> {
    let mut declared = None;
    let mut buffer = Vec::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        let text = line.text.trim();
        let count = text
            .strip_suffix([':', '.'])
            .and_then(|text| text.strip_suffix(" issues").or(text.strip_suffix(" issue")))
            .and_then(text::count);
        if count.is_some() && declared.is_none() {
            declared = count;
        } else if !(text.is_empty() || declared.is_some() && text.starts_with("* ")) {
            return Err(line.malformed("the end of the report"));
        }
    }
    Ok(declared)
}

#[cfg(test)]
mod tests;
