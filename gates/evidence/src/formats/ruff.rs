//! `ruff`: `ruff check --output-format=json`, an array with one object per finding.
//!
//! Ruff ends with an error for every finding and calls all of them `error` in its own SARIF, so they are.
//! An empty array means that it looked and found nothing.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::error::Result;
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::json::{Json, Value};

const EXPECTED: &str = "JSON of ruff";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::array_or_excuse(&mut json, EXPECTED)?;
    let mut findings = Findings::default();
    json.array(|json| {
        const FINDING: &str = "a finding of ruff with `code`, `message` and `filename`";
        let finding = json.value()?;
        let message = finding.get("message").text().ok_or(json.malformed(FINDING))?;
        let file = finding.get("filename").text().ok_or(json.malformed(FINDING))?;
        let rule = match finding.get("code") {
            Value::Text(code) => code.as_str(),
            // Older versions have no code for a file that does not parse.
            Value::Null if matches!(finding, Value::Map(ref map) if map.iter().any(|(key, _)| key == "code")) => {
                "invalid-syntax"
            }
            _ => return Err(json.malformed(FINDING)),
        };
        let severity = match finding.get("severity").text() {
            None | Some("error" | "fatal") => Severity::Error,
            Some("warning") => Severity::Warning,
            Some("info" | "help") => Severity::Note,
            Some(_) => return Err(json.malformed("a severity that ruff has")),
        };
        let (start, end) = (finding.get("location"), finding.get("end_location"));
        let mut place = context.place(file, start.get("row").index(), start.get("column").index());
        place.end_line = end.get("row").index();
        findings.push(Seen::new(rule, message, severity, Some(place)))
    })?;
    json.end()?;
    Ok(Evidence { findings: Some(findings.finish()), ..Evidence::default() })
}

#[cfg(test)]
mod tests;
