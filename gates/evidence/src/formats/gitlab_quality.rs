//! `gitlab_quality`: GitLab's code quality report, a part of Code Climate's: an array with one object per issue.
//!
//! `blocker`, `critical` and `major` are errors, `minor` is a warning and `info` a note: linters write `major` for
//! what they call an error. An empty array means that the tool looked and found nothing.
//!
//! **Absent on purpose:** the report's fingerprints. Some tools hash the line number into them, and GitLab wants
//! them to differ, so that they are counted up.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::error::Result;
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::json::{Json, Value};

const EXPECTED: &str = "a GitLab code quality report";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::array_or_excuse(&mut json, EXPECTED)?;
    let mut findings = Findings::default();
    json.array(|json| {
        let issue = json.value()?;
        finding(&issue, context, &mut findings, json)
    })?;
    json.end()?;
    Ok(Evidence { findings: Some(findings.finish()), ..Evidence::default() })
}

fn finding(issue: &Value, context: &Context<'_>, findings: &mut Findings, json: &Json<'_, '_>) -> Result<()> {
    const ISSUE: &str = "an issue of code quality with a description and a path";
    let malformed = || json.malformed(ISSUE);
    match issue.get("type").text() {
        None => {}
        Some(kind) if kind.eq_ignore_ascii_case("issue") => {}
        // Code Climate's engines also measure.
        Some("measurement") => return Ok(()),
        Some(_) => return Err(malformed()),
    }
    let message = issue.get("description").text().ok_or_else(malformed)?;
    let location = issue.get("location");
    let path = location.get("path").text().ok_or_else(malformed)?;
    let word = match issue.get("severity") {
        Value::Null => None,
        value => Some(value.text().ok_or_else(malformed)?),
    };
    let severity = match word.map(str::to_ascii_lowercase).as_deref() {
        Some("blocker" | "critical" | "major") => Severity::Error,
        // Nobody said that it is harmless.
        Some("minor") | None => Severity::Warning,
        Some("info") => Severity::Note,
        Some(_) => return Err(json.malformed("a severity that code quality has")),
    };
    let begin = location.at(&["positions", "begin"]);
    let line = location.at(&["lines", "begin"]).index().or(begin.get("line").index());
    let mut place = context.place(path, line, begin.get("column").index());
    let last = location.at(&["lines", "end"]).index().or(location.at(&["positions", "end", "line"]).index());
    place.end_line = last.filter(|last| place.line.is_some_and(|line| *last >= line));
    let rule = issue.get("check_name").text().or(context.rule).unwrap_or("code_quality");
    findings.push(Seen { original: word, ..Seen::new(rule, message, severity, Some(place)) })
}

#[cfg(test)]
mod tests;
