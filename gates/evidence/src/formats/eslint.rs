//! `eslint`: `eslint --format json`, an array with one object per file that was linted, also clean ones.
//!
//! Severity 2 is an error and 1 a warning. A `fatal` message means that the file did not parse, so it was
//! not linted: an error under the rule `fatal`. An empty array means that no file was linted at all. The format
//! `json-with-metadata` is read too.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::coverage::compare;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::json::{Json, Kind, Value};

const EXPECTED: &str = "JSON of ESLint";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    let mut report = Report::default();
    match excuse::kind(&mut json, EXPECTED)? {
        Kind::Object => with_metadata(&mut json, context, &mut report)?,
        _ => {
            excuse::array_or_excuse(&mut json, EXPECTED)?;
            json.array(|json| report.element(json, context))?;
        }
    }
    json.end()?;
    if report.files == 0 {
        return Err(ReadError::NotRun { what: "files" });
    }
    let declared = report.errors.unwrap_or(0) > 0 || report.warnings.unwrap_or(0) > 0;
    if declared && report.findings.len() == 0 {
        return Err(ReadError::NotRun { what: "messages, only totals" });
    }
    let mut evidence = Evidence::default();
    let count = |severity| {
        report.findings.iter().filter(|one| !one.suppressed && one.severity == severity).count() as u64
    };
    compare(&mut evidence.mismatches, "findings.error", report.errors, count(Severity::Error));
    compare(&mut evidence.mismatches, "findings.warning", report.warnings, count(Severity::Warning));
    evidence.findings = Some(report.findings.finish());
    Ok(evidence)
}

/// `--format json-with-metadata` puts the list into an object.
fn with_metadata(json: &mut Json<'_, '_>, context: &Context<'_>, report: &mut Report) -> Result<()> {
    let mut results = false;
    let mut rest = Vec::new();
    json.object(|json, key| {
        match key {
            "results" => {
                results = true;
                json.array(|json| report.element(json, context))?;
            }
            key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    match results {
        true => Ok(()),
        false => Err(excuse::no_shape(rest, EXPECTED, "a JSON object")),
    }
}

#[derive(Default)]
struct Report {
    findings: Findings,
    files: u64,
    errors: Option<u64>,
    warnings: Option<u64>,
}

impl Report {
    fn element(&mut self, json: &mut Json<'_, '_>, context: &Context<'_>) -> Result<()> {
        let file = json.value()?;
        self.file(&file, context, &|expected| json.malformed(expected))
    }

    fn file(
        &mut self,
        file: &Value,
        context: &Context<'_>,
        malformed: &dyn Fn(&'static str) -> ReadError,
    ) -> Result<()> {
        const FILE: &str = "a file of ESLint with `filePath` and `messages`";
        let path = file.get("filePath").text().ok_or(malformed(FILE))?;
        let Value::List(messages) = file.get("messages") else { return Err(malformed(FILE)) };
        let suppressed = file.get("suppressedMessages").list();
        let marked = messages.iter().map(|one| (one, false)).chain(suppressed.iter().map(|one| (one, true)));
        for (message, suppressed) in marked {
            self.message(message, suppressed, path, context, malformed)?;
        }
        for (key, sum) in [("errorCount", &mut self.errors), ("warningCount", &mut self.warnings)] {
            let declared = file.get(key);
            if !declared.is_null() {
                let more = declared.count(|| malformed("a file of ESLint with sound totals"))?;
                *sum = Some(sum.unwrap_or(0).saturating_add(more));
            }
        }
        self.files += 1;
        Ok(())
    }

    fn message(
        &mut self,
        message: &Value,
        suppressed: bool,
        path: &str,
        context: &Context<'_>,
        malformed: &dyn Fn(&'static str) -> ReadError,
    ) -> Result<()> {
        const MESSAGE: &str = "a message of ESLint with `message` and a severity of 1 or 2";
        let text = message.get("message").text().ok_or(malformed(MESSAGE))?;
        let fatal = message.get("fatal").bool() == Some(true);
        let severity = match message.get("severity").index() {
            Some(2) => Severity::Error,
            Some(1) if fatal => Severity::Error,
            Some(1) => Severity::Warning,
            _ => return Err(malformed(MESSAGE)),
        };
        // Messages of the linter itself (an ignored file, an unused directive) have no rule.
        let rule = message.get("ruleId").text().unwrap_or(if fatal { "fatal" } else { "eslint" });
        let mut place = context.place(path, message.get("line").index(), message.get("column").index());
        place.end_line = message.get("endLine").index().filter(|line| *line > 0);
        self.findings.push(Seen { suppressed, ..Seen::new(rule, text, severity, Some(place)) })
    }
}

#[cfg(test)]
mod tests;
