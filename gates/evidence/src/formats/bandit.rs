//! `bandit`: `bandit -f json`: `results`, `errors`, `metrics`.
//!
//! Severity HIGH is an error, MEDIUM and UNDEFINED are warnings, LOW is a note. `errors` are files that could not
//! be read, so that nobody looked there: counted as `notices.error`, and where nothing at all was found besides
//! them the tool has failed. Lines that `# nosec` takes out are counted as `findings.nosec`; Bandit names none.
//!
//! **Absent on purpose:** confidence, and the totals of `metrics`: they count what `-l` leaves out.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Measure, Severity};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::json::{Json, Kind, Value};

const EXPECTED: &str = "JSON of Bandit";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut findings = Findings::default();
    let (mut results, mut own, mut files, mut nosec) = (false, false, false, 0);
    let mut errors = excuse::Unread::default();
    let mut rest = Vec::new();
    json.object(|json, key| {
        match key {
            "results" => {
                results = true;
                if json.kind()? != Kind::Array {
                    return Err(json.malformed("Bandit's list of `results`"));
                }
                json.array(|json| {
                    let result = json.value()?;
                    finding(&result, context, &mut findings, json)
                })?;
            }
            "metrics" => json.maybe_object(|json, key| {
                own = true;
                let metrics = json.value()?;
                files |= key != "_totals";
                if key == "_totals" && !metrics.get("nosec").is_null() {
                    nosec = metrics.get("nosec").count(|| json.malformed("metrics with a sound count"))?;
                }
                Ok(())
            })?,
            "generated_at" => {
                own = true;
                json.skip()?;
            }
            "errors" => {
                let all = json.value()?;
                errors.add(all.list().len() as u64, all.list().iter().find_map(said));
                rest.push((key.to_owned(), all));
            }
            key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    if !results || !own {
        return Err(excuse::no_shape(rest, EXPECTED, "a JSON object without `results` and `metrics`"));
    }
    let nothing = findings.len() == 0;
    let mut evidence = errors.judge(findings)?;
    // Metrics name every file that was looked at, also clean ones.
    if nothing && !files {
        return Err(ReadError::NotRun { what: "files" });
    }
    if nosec > 0 {
        let measure = Measure { unit: "1".into(), value: Decimal::from(nosec) };
        evidence.measures.insert("findings.nosec".into(), measure);
    }
    Ok(evidence)
}

/// `{"filename": "a.py", "reason": "syntax error while parsing AST from file"}`
fn said(error: &Value) -> Option<String> {
    let reason = error.get("reason").text()?;
    Some(match error.get("filename").text() {
        Some(file) => format!("{file}: {reason}"),
        None => reason.to_owned(),
    })
}

fn finding(
    result: &Value,
    context: &Context<'_>,
    findings: &mut Findings,
    json: &Json<'_, '_>,
) -> Result<()> {
    let malformed = |expected: &'static str| -> ReadError { json.malformed(expected) };
    let text = |key: &str| {
        result
            .get(key)
            .text()
            .ok_or_else(|| malformed("a result of Bandit with a test, a file, a text and a severity"))
    };
    let word = text("issue_severity")?;
    let severity = match word {
        "HIGH" => Severity::Error,
        // Nobody said that it is harmless.
        "MEDIUM" | "UNDEFINED" => Severity::Warning,
        "LOW" => Severity::Note,
        _ => return Err(malformed("a severity that Bandit has")),
    };
    let line = result.get("line_number").index();
    // Columns count from 0 here, and -1 says that there is none.
    let column = result.get("col_offset").index().and_then(|column| column.checked_add(1));
    let mut place = context.place(text("filename")?, line, column);
    let last = result.get("line_range").list().last().and_then(Value::index);
    place.end_line = last.filter(|last| line.is_some_and(|line| *last >= line));
    findings.push(Seen {
        original: Some(word),
        quoted: line.and_then(|line| numbered(result.get("code").text()?, line)),
        ..Seen::new(text("test_id")?, text("issue_text")?, severity, Some(place))
    })
}

/// The code of one line out of several that begin with their number.
fn numbered(code: &str, line: u32) -> Option<&str> {
    code.lines().find_map(|text| {
        let (number, rest) = text.split_once(' ')?;
        (number.parse() == Ok(line)).then_some(rest)
    })
}

#[cfg(test)]
mod tests;
