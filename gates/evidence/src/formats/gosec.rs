//! `gosec`: `gosec -fmt=json`: `Issues`, `Stats`, `Golang errors`.
//!
//! HIGH is an error, MEDIUM a warning, LOW a note. `Golang errors` are files that do not compile, so that they
//! were not looked at: counted as `notices.error`, and where nothing was found besides them the tool has failed.
//! What `#nosec` or a suppression takes out is suppressed.
//!
//! **Absent on purpose:** confidence, CWE numbers.

use dod_kernel::evidence::{Evidence, Place, Severity};

use crate::context::Context;
use crate::coverage::compare;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::json::{Json, Kind, Value};
use crate::text;

const EXPECTED: &str = "JSON of gosec";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut findings = Findings::default();
    let (mut issues, mut stats) = (false, Value::Null);
    let mut errors = excuse::Unread::default();
    let mut rest = Vec::new();
    json.object(|json, key| {
        match key {
            // Go writes an empty list like this in places.
            "Issues" if json.kind()? == Kind::Null => {
                issues = true;
                json.skip()?;
            }
            "Issues" => {
                issues = true;
                json.array(|json| {
                    let issue = json.value()?;
                    finding(&issue, context, &mut findings, json)
                })?;
            }
            "Stats" => stats = json.value()?,
            "Golang errors" => json.maybe_object(|json, file| {
                let all = json.value()?;
                let said = all.list().iter().find_map(|one| one.get("error").text());
                errors.add(all.list().len().max(1) as u64, said.map(|said| format!("{file}: {said}")));
                Ok(())
            })?,
            key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    if !issues || !matches!(stats, Value::Map(_)) {
        return Err(excuse::no_shape(rest, EXPECTED, "a JSON object without `Issues` and `Stats`"));
    }
    let nothing = findings.len() == 0;
    let open = findings.iter().filter(|one| !one.suppressed).count() as u64;
    let mut evidence = errors.judge(findings)?;
    if nothing && stats.get("files").index() == Some(0) {
        return Err(ReadError::NotRun { what: "file that was scanned" });
    }
    if nothing && stats.get("found").index().is_some_and(|found| found > 0) {
        return Err(ReadError::NotRun { what: "issues, only totals" });
    }
    compare(&mut evidence.mismatches, "findings", stats.get("found").index().map(u64::from), open);
    Ok(evidence)
}

fn finding(issue: &Value, context: &Context<'_>, findings: &mut Findings, json: &Json<'_, '_>) -> Result<()> {
    const ISSUE: &str = "an issue of gosec with a rule, details, a file and a severity";
    let text = |key: &str| issue.get(key).text().ok_or_else(|| json.malformed(ISSUE));
    let word = text("severity")?;
    let severity = match word {
        "HIGH" => Severity::Error,
        "MEDIUM" => Severity::Warning,
        "LOW" => Severity::Note,
        _ => return Err(json.malformed("a severity that gosec has")),
    };
    let place = place(issue, text("file")?, context);
    let suppressed = issue.get("nosec").bool() == Some(true) || !issue.get("suppressions").list().is_empty();
    let code = issue.get("code").text();
    findings.push(Seen {
        original: Some(word),
        quoted: code.map(|code| place.line.and_then(|line| numbered(code, line)).unwrap_or(code)),
        suppressed,
        ..Seen::new(text("rule_id")?, text("details")?, severity, Some(place.clone()))
    })
}

/// Numbers are texts here, and several lines are `36-39`.
fn place(issue: &Value, file: &str, context: &Context<'_>) -> Place {
    let number = |value: &Value| match value {
        Value::Text(text) => text::line_number(text),
        value => value.index(),
    };
    let lines = issue.get("line").text().and_then(|lines| lines.split_once('-'));
    let line = match lines {
        Some((first, _)) => text::line_number(first),
        None => number(issue.get("line")),
    };
    let mut place = context.place(file, line, number(issue.get("column")));
    place.end_line = lines.and_then(|(_, last)| text::line_number(last)).filter(|last| Some(*last) >= line);
    place
}

/// The code of one line out of several that begin with their number, as newer versions quote it.
fn numbered(code: &str, line: u32) -> Option<&str> {
    code.lines().find_map(|text| {
        let (number, rest) = text.split_once(": ")?;
        (number.parse() == Ok(line)).then_some(rest)
    })
}

#[cfg(test)]
mod tests;
