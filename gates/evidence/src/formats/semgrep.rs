//! `semgrep`: `semgrep scan --json`: `results`, `errors`, `paths`.
//!
//! ERROR, CRITICAL and HIGH are errors, WARNING and MEDIUM are warnings, INFO and LOW are notes. What `nosemgrep`
//! takes out is suppressed. Errors of level `error` mean that a rule or a file was not looked at: counted as
//! `notices.error`, and where nothing was found besides them the tool has failed; those of level `warn` (a file
//! parsed in part) as `notices.warning`. A scan that names no file it has looked at has not run.
//!
//! A match of supply chain rules (`sca_info`) is a vulnerability of the package that was found.
//!
//! **Absent on purpose:** the tool's fingerprint, which holds the index of the match in its file.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::error::Result;
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::json::{Json, Kind, Value};

mod supply;

const EXPECTED: &str = "JSON of Semgrep";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut report = Report { context, findings: Findings::default(), results: false, scanned: None };
    let mut errors = None;
    let mut rest = Vec::new();
    json.object(|json, key| {
        match key {
            "results" => {
                report.results = true;
                if json.kind()? != Kind::Array {
                    return Err(json.malformed("Semgrep's list of `results`"));
                }
                json.array(|json| {
                    let result = json.value()?;
                    report.finding(&result, json)
                })?;
            }
            "errors" if json.kind()? == Kind::Array => errors = Some(unread(json)?),
            "paths" => report.paths(json)?,
            key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    let Some(errors) = errors.filter(|errors| report.results || errors.any()) else {
        return Err(excuse::no_shape(rest, EXPECTED, "a JSON object without `results` and `errors`"));
    };
    let nothing = report.findings.len() == 0;
    let scanned = report.scanned;
    let evidence = errors.judge(report.findings)?;
    if nothing && scanned == Some(0) {
        return Err(crate::ReadError::NotRun { what: "file that was scanned" });
    }
    Ok(evidence)
}

/// Errors by level. One without a level is taken for the worst.
fn unread(json: &mut Json<'_, '_>) -> Result<excuse::Unread> {
    let mut unread = excuse::Unread::default();
    json.array(|json| {
        let error = json.value()?;
        match error.get("level").text() {
            Some("warn" | "warning") => unread.warn(1),
            Some("info") => {}
            _ => {
                let said =
                    ["message", "long_msg", "short_msg", "type"].iter().find_map(|key| error.get(key).text());
                unread.add(1, said.map(str::to_owned));
            }
        }
        Ok(())
    })?;
    Ok(unread)
}

struct Report<'c> {
    context: &'c Context<'c>,
    findings: Findings,
    results: bool,
    /// Files that were looked at, where the report lists them.
    scanned: Option<u64>,
}

impl Report<'_> {
    fn paths(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        json.maybe_object(|json, key| match key {
            "scanned" => json.maybe_array(|json| {
                self.scanned = Some(self.scanned.unwrap_or(0) + 1);
                json.skip()
            }),
            _ => json.skip(),
        })?;
        self.scanned = self.scanned.or(Some(0));
        Ok(())
    }

    fn finding(&mut self, result: &Value, json: &Json<'_, '_>) -> Result<()> {
        const RESULT: &str = "a result of Semgrep with a rule, a path, a message and a severity";
        let malformed = || json.malformed(RESULT);
        let extra = result.get("extra");
        let rule = result.get("check_id").text().ok_or_else(malformed)?;
        let path = result.get("path").text().ok_or_else(malformed)?;
        let message = extra.get("message").text().ok_or_else(malformed)?;
        let word = extra.get("severity").text().ok_or_else(malformed)?;
        let severity = match word.to_ascii_uppercase().as_str() {
            "CRITICAL" | "ERROR" | "HIGH" => Severity::Error,
            "MEDIUM" | "WARNING" => Severity::Warning,
            "INFO" | "LOW" => Severity::Note,
            // Made to be tried out, or to be counted.
            "EXPERIMENT" | "INVENTORY" => Severity::None,
            _ => return Err(json.malformed("a severity that Semgrep has")),
        };
        let start = result.get("start");
        let mut place = self.context.place(path, start.get("line").index(), start.get("col").index());
        let last = result.at(&["end", "line"]).index();
        place.end_line = last.filter(|last| place.line.is_some_and(|line| *last >= line));
        // Without an account the tool says this instead of the code.
        let quoted = extra.get("lines").text().filter(|lines| *lines != "requires login");
        self.findings.push(Seen {
            original: Some(word),
            quoted,
            suppressed: extra.get("is_ignored").bool() == Some(true),
            vulnerability: supply::vulnerability(rule, extra),
            ..Seen::new(rule, message, severity, Some(place))
        })
    }
}

#[cfg(test)]
mod tests;
